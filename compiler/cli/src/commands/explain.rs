//! `hep explain`

use super::{print, print_json};
use crate::args::Explain;
use crate::failure::Failure;
use crate::source;
use hep_compiler::explain;

/// Compiles and reports what the plan costs.
pub fn run(args: &Explain) -> Result<(), Failure> {
    let file = source::read(&args.program)?;
    let options = source::options(&args.program, Some(&args.params));
    let analysis = source::analyse(&file, &options)?;
    source::warn(&file, &analysis.warnings, false)?;
    let compiled = source::lower(&file, analysis, &options)?;
    if args.output.json {
        return print_json(&explain::report(&compiled.plan));
    }
    print(&explain::text(&compiled.plan));
    Ok(())
}
