//! `hep check`

use super::{print, print_json};
use crate::args::Check;
use crate::data::Dataset;
use crate::failure::Failure;
use crate::on_data::{self, OnData};
use crate::twin::judgement::{self, accept};
use crate::{costs, planned, progress, source, twin};
use hep_compiler::checks::{Findings, approximations_text};
use hep_compiler::diagnostics::json::to_json;
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::region::{Region, regions};
use hep_compiler::tensor::{Program, bounds};
use hep_compiler::{Analysis, Options};
use serde_json::json;

/// Checks a program as far as its plan, and how it trains in the clear where data are given.
pub fn run(args: &Check) -> Result<(), Failure> {
    let file = source::read(&args.program)?;
    let costs = costs::load(&args.costs)?;
    let options = source::packing_options(&args.program, &args.params, &costs);
    let mut report = String::new();
    let (strict, force) = (args.strict.strict, args.force.force);
    let (mut on_data, mut alone) = (None, None);
    let (warnings, findings) = match args.data.given() {
        None => {
            let analysis = source::warned(&file, &options)?;
            report += &approximations_text(&analysis.program);
            report += &proven(&analysis.program, false);
            let warnings = analysis.warnings.clone();
            alone = Some(analysis);
            (warnings, Findings::default())
        }
        Some(rows) => {
            let OnData { analysis, options, data } = on_data::open(&file, options.clone(), &rows, None)?;
            let findings = match args.quick {
                true => judgement::judge(&file, &analysis, &options, &data, true)?,
                false => judgement::judge_plans(&file, &analysis, &options, &data, true)?,
            };
            report += &approximations_text(&analysis.program);
            report += &proven(&analysis.program, true);
            let warnings = analysis.warnings.clone();
            on_data = Some((analysis, options, data));
            (warnings, findings)
        }
    };
    let mut said = findings.messages(force);
    said.extend(warnings.iter().cloned());
    accept(&file, &warnings, &findings, strict, force)?;
    if !args.quick {
        if let Some(analysis) = alone {
            progress::spin("compiling", || source::lower(&file, analysis, &options))?;
        }
        if let Some((analysis, options, data)) = on_data {
            report += &trains(&file, (&analysis, &options), &data, (findings.mark(), force))?;
        }
    }
    if args.output.json {
        let lines: Vec<&str> = report.lines().collect();
        return print_json(&json!({ "errors": [], "warnings": to_json(&said, &file), "report": lines }));
    }
    let (count, plural) = (said.len(), if said.len() == 1 { "" } else { "s" });
    print(&format!("{report}{}: no errors, {count} warning{plural}\n", file.name))
}

/// Makes a plan for the data and rehearses it: what `train` would refuse before it encrypts is refused here.
fn trains(
    file: &SourceFile,
    (analysis, options): (&Analysis, &Options),
    data: &Dataset,
    (diverges, force): (Option<String>, bool),
) -> Result<String, Failure> {
    let inputs = twin::inputs(&analysis.program, data);
    let planned = progress::spin("compiling", || {
        planned::plan(file, analysis, options, inputs, (diverges.as_deref(), force))
    })?;
    Ok(planned.rehearsal.delivered.iter().map(|delivered| format!("{delivered}\n")).collect())
}

/// How far declared ranges alone prove that approximations are not left.
fn proven(program: &Program, measured: bool) -> String {
    let regions = regions(program);
    let mut text = String::new();
    for (check, (count, all)) in program.checks.iter().zip(bounds::proven(program)) {
        let (lo, hi) = check.domain;
        let rest = match (count == all, measured) {
            (true, _) => "no data needed".to_owned(),
            (false, true) => "the others were run on the data".to_owned(),
            (false, false) => "`--data FILE` runs the others".to_owned(),
        };
        let (of, score) = (&check.function, &program.graph.node(check.score).ty);
        // Layers of a network differ in their dimensions.
        let over: Vec<&str> = score.dims.iter().map(|dim| dim.name.as_str()).collect();
        let over = over.join(", ");
        let when = match regions[check.score.index()] {
            Region::Body => "iterations",
            _ => "uses outside of the loop",
        };
        text += &format!(
            "{of} on {lo} .. {hi} over [{over}]: declared ranges prove {count} of {all} {when}; {rest}\n"
        );
    }
    text
}
