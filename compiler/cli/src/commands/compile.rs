//! `hep compile`

use super::{print, say, writable};
use crate::args::{Compile, Stage};
use crate::failure::Failure;
use crate::twin::{self, judgement};
use crate::{costs, data, planned, sizes, source};
use hep_compiler::{ckks, slot, syntax, tensor};
use std::path::PathBuf;

/// What a plan says that was made although training is unsound on the data.
const FORCED: &str = "in the clear, scores leave a range by far or training diverges on the owner's data";

/// Writes a plan, or prints a stage.
pub fn run(args: &Compile) -> Result<(), Failure> {
    let file = source::read(&args.program)?;
    if args.emit == Some(Stage::Tokens) {
        print(&syntax::tokens::print(&file))?;
        return Ok(());
    }
    args.output.as_deref().map_or(Ok(()), writable)?;
    let costs = costs::load(&args.costs)?;
    let options = source::packing_options(&args.program, &args.params, &costs);
    let (strict, force) = (args.strict.strict, args.force.force);
    let (analysis, options, known) = match args.data.given() {
        None => {
            let analysis = source::analyse(&file, &options)?;
            source::warn(&file, &analysis.warnings, strict)?;
            (analysis, options, None)
        }
        Some(rows) => {
            let real = source::has_real_targets(&file, &options)?;
            let data = data::training(&rows, None, real)?;
            data.summary.say();
            let (analysis, options) = sizes::analyse(&file, &args.program.sizes, options, &data, &rows.data)?;
            let findings = judgement::judge(&file, &analysis, &options, &data, false)?;
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
            planned::plan(&file, &analysis, &options, inputs, diverges.map(|_| FORCED))?.compilation
        }
    };
    let text = match args.emit {
        Some(Stage::Tensor) => compiled.tensor.to_string(),
        Some(Stage::Dot) => tensor::dot::dot(&compiled.tensor),
        Some(Stage::Slot) => slot::print::print(&compiled.slot),
        Some(Stage::Ckks) => ckks::print::print(&compiled.ckks),
        Some(Stage::Plan) => hep_plan::print::print(&compiled.plan),
        _ => {
            let beside =
                || PathBuf::from(args.program.program.file_name().unwrap_or_default()).with_extension("hepc");
            let out = args.output.clone().unwrap_or_else(beside);
            hep_exec::files::save_plan(&compiled.plan, &out).map_err(hep_exec::Error::from)?;
            say(format_args!("plan written to {}", out.display()));
            return Ok(());
        }
    };
    print(&text)?;
    Ok(())
}
