//! `hep check`

use super::print_json;
use crate::args::Check;
use crate::failure::Failure;
use crate::{data, sizes, source, twin};
use hep_compiler::diagnostics::json;

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
        None => warnings.extend(source::analyse(&file, &options)?.warnings),
        Some(rows) => {
            let real = source::has_real_targets(&file, &options)?;
            let data = data::training(&rows, None, real)?;
            let (analysis, _) = sizes::analyse(&file, &args.program.sizes, options, &data, &rows.data)?;
            warnings.extend(twin::range_warnings(&analysis.program, &data)?);
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
