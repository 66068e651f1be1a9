//! `hep check`

use super::print_json;
use crate::args::Check;
use crate::data::Dataset;
use crate::failure::Failure;
use crate::{data, sizes, source, twin};
use hep_compiler::checks::{advise, approximations_text, range_warnings};
use hep_compiler::diagnostics::{Diagnostic, json};
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::region::{Region, regions};
use hep_compiler::tensor::{Program, bounds, ranges as runs};
use hep_compiler::{Analysis, Options};

/// Checks a program, and the ranges of its approximations where data are given.
pub fn run(args: &Check) -> Result<(), Failure> {
    let file = source::read(&args.program)?;
    let options = source::options(&args.program);
    if args.output.json
        && let Err(errors) = hep_compiler::analyse(&file, &options)
    {
        print_json(&json::to_json(&errors, &file))?;
        return Err(Failure::diagnostics(&file, &errors));
    }
    let mut warnings = Vec::new();
    match args.data.given() {
        None => {
            let analysis = source::analyse(&file, &options)?;
            fitted(&analysis.program);
            proven(&analysis.program, false);
            warnings.extend(analysis.warnings);
        }
        Some(rows) => {
            let real = source::has_real_targets(&file, &options)?;
            let data = data::training(&rows, None, real)?;
            data.summary.say();
            let (analysis, options) = sizes::analyse(&file, &args.program.sizes, options, &data, &rows.data)?;
            warnings.extend(ranges(&file, &analysis, &options, &data)?);
            fitted(&analysis.program);
            proven(&analysis.program, true);
            warnings.extend(analysis.warnings);
        }
    }
    if args.output.json {
        print_json(&json::to_json(&warnings, &file))?;
        return if args.strict.strict { source::warn(&file, &warnings, true) } else { Ok(()) };
    }
    source::warn(&file, &warnings, args.strict.strict)?;
    let plural = if warnings.len() == 1 { "" } else { "s" };
    eprintln!("{}: no errors, {} warning{plural}", file.name, warnings.len());
    Ok(())
}

/// Warnings about ranges that these data leave, with changes that were tried.
fn ranges(
    file: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
) -> Result<Vec<Diagnostic>, Failure> {
    let inputs = twin::inputs(&analysis.program, data);
    let reports = runs::check(&analysis.program, &inputs).map_err(Failure::message)?;
    let mut run = |changed: &SourceFile| {
        let program = hep_compiler::analyse(changed, options).ok()?.program;
        let reports = runs::check(&program, &inputs).ok()?;
        Some((program, reports))
    };
    let advice = |index| advise(file, analysis, options, (index, &reports), &mut run);
    Ok(range_warnings(&analysis.program, &reports, advice))
}

/// Says how well polynomials stand for functions.
fn fitted(program: &Program) {
    eprint!("{}", approximations_text(program));
}

/// Says how far declared ranges alone prove that approximations are not left.
fn proven(program: &Program, measured: bool) {
    let regions = regions(program);
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
        eprintln!(
            "{of} on {lo} .. {hi} over [{over}]: declared ranges prove {count} of {all} {when}; {rest}"
        );
    }
}
