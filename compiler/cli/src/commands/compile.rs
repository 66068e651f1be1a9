//! `hep compile`

use super::{print, print_json, say};
use crate::args::{Compile, Stage};
use crate::failure::Failure;
use crate::on_data::{self, OnData};
use crate::twin::{self, judgement};
use crate::{costs, outputs, planned, source};
use hep_compiler::{ckks, explain, slot, syntax, tensor};
use hep_format::container::FileKind;
use hep_format::place::Output;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What a plan says that was made although training is unsound on the data.
const FORCED: &str = "in the clear, scores leave a range by far or training diverges on the owner's data";

/// Writes a plan, or prints a stage.
pub fn run(args: &Compile) -> Result<(), Failure> {
    if let (Some(_), Some(out)) = (args.emit, &args.output) {
        let out = out.display();
        let what = format!(
            "`--emit` prints a stage and writes no plan: leave `-o` out, or send what is printed there with `> {out}`"
        );
        return Err(Failure::Usage(what));
    }
    let file = source::read(&args.program)?;
    if args.emit == Some(Stage::Tokens) {
        print(&syntax::tokens::print(&file))?;
        return Ok(());
    }
    let place = args.emit.is_none().then(|| claimed(args)).transpose()?;
    let costs = costs::load(&args.costs)?;
    let options = source::packing_options(&args.program, &args.params, &costs);
    let (strict, force) = (args.strict.strict, args.force.force);
    let (analysis, options, known) = match args.data.given() {
        None => {
            let analysis = source::warned(&file, &options)?;
            source::warn(&file, &analysis.warnings, strict)?;
            (analysis, options, None)
        }
        Some(rows) => {
            let OnData { analysis, options, data } = on_data::open(&file, options, &rows, None)?;
            let findings = judgement::judge_plans(&file, &analysis, &options, &data, false)?;
            let diverges = judgement::accept(&file, &analysis.warnings, &findings, strict, force)?;
            let inputs = twin::inputs(&analysis.program, &data);
            (analysis, options, Some((inputs, diverges)))
        }
    };
    if args.emit == Some(Stage::Ast) {
        print(&syntax::print::print(&analysis.ast))?;
        return Ok(());
    }
    let compiled = match known {
        None => source::lower(&file, analysis, &options)?,
        Some((inputs, diverges)) => {
            // The server reads the plan, and is told no more than that.
            let mark = (diverges.map(|_| FORCED), force);
            planned::plan(&file, &analysis, &options, inputs, mark)?.compilation
        }
    };
    if let Some(place) = place {
        let out = place.path().display().to_string();
        hep_format::files::write_plan(&compiled.plan, place)?.finish()?;
        if args.printed.json {
            let mut said =
                json!({ "file": out, "plan": hep_format::files::plan_fingerprint(&compiled.plan) });
            let report = serde_json::to_value(explain::report(&compiled.plan)).map_err(Failure::message)?;
            if let (Some(said), serde_json::Value::Object(report)) = (said.as_object_mut(), report) {
                said.extend(report);
            }
            return print_json(&said);
        }
        say(format_args!("plan written to {out}"));
        return Ok(());
    }
    match args.emit {
        Some(Stage::Tensor) => print(&compiled.tensor.to_string()),
        Some(Stage::Dot) => print(&tensor::dot::dot(&compiled.tensor)),
        Some(Stage::Slot) => print(&slot::print::print(&compiled.slot)),
        Some(Stage::Ckks) => print(&ckks::print::print(&compiled.ckks)),
        Some(Stage::Plan) => print(&hep_plan::print::print(&compiled.plan)),
        // Printed above, or no stage at all.
        Some(Stage::Tokens | Stage::Ast) | None => Ok(()),
    }?;
    Ok(())
}

/// Where the plan goes.
fn claimed(args: &Compile) -> Result<Output, Failure> {
    let beside =
        || PathBuf::from(args.program.program.file_name().unwrap_or_default()).with_extension("hepc");
    let out = args.output.clone().unwrap_or_else(beside);
    let inputs =
        [Some(args.program.program.as_path()), args.data.data.as_deref(), args.costs.costs.as_deref()];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().collect();
    Ok(Output::claim(&out, outputs::container(FileKind::Plan), &inputs)?)
}
