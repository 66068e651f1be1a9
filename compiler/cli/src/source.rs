//! Reading programs.

use crate::args::{ParamArgs, ProgramArgs};
use crate::costs::Costs;
use crate::failure::Failure;
use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::source::SourceFile;
use hep_compiler::{Analysis, Compilation, Options};
use hep_plan::plan::LabelKind;
use std::sync::Once;

/// Longest program read, in bytes.
const MAX_SOURCE: u64 = 1 << 20;

/// Reads a program.
pub fn read(args: &ProgramArgs) -> Result<SourceFile, Failure> {
    let name = args.program.display().to_string();
    let fail = |what: String| Failure::with_help(what, "give the path of a .hep program");
    let metadata = std::fs::metadata(&args.program).map_err(|e| fail(format!("cannot read {name}: {e}")))?;
    if metadata.len() > MAX_SOURCE {
        return Err(fail(format!("{name} has {} bytes, a program has at most {MAX_SOURCE}", metadata.len())));
    }
    let bytes = std::fs::read(&args.program).map_err(|e| fail(format!("cannot read {name}: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        fail(format!("{name} is no text: byte {} is not UTF-8", e.utf8_error().valid_up_to()))
    })?;
    Ok(SourceFile { name, text })
}

/// Compiler options from the command line, for commands that pack nothing.
pub fn options(program: &ProgramArgs) -> Options {
    Options { dims: program.sizes.dims.clone(), loss: program.loss.clone(), ..Options::default() }
}

/// Compiler options from the command line, with how parameters are chosen.
pub fn packing_options(program: &ProgramArgs, params: &ParamArgs, costs: &Costs) -> Options {
    Options {
        ring_log2: params.ring,
        insecure: params.insecure,
        precision_bits: params.precision,
        costs: costs.table.clone(),
        ..options(program)
    }
}

/// Checks a program.
pub fn analyse(source: &SourceFile, options: &Options) -> Result<Analysis, Failure> {
    hep_compiler::analyse(source, options).map_err(|list| Failure::diagnostics(source, &list))
}

/// Whether the labels of a program are numbers instead of classes.
pub fn has_real_targets(source: &SourceFile, options: &Options) -> Result<bool, Failure> {
    Ok(analyse(source, options)?.program.data.label_kind == LabelKind::Real)
}

/// Packs and schedules a checked program.
pub fn lower(source: &SourceFile, analysis: Analysis, options: &Options) -> Result<Compilation, Failure> {
    if options.insecure {
        // Once, however many programs a command compiles.
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            eprintln!("warning: parameters without any security; every file made under them is marked");
        });
    }
    hep_compiler::lower(analysis, options).map_err(|error| Failure::diagnostics(source, &[error]))
}

/// Shows warnings; under `strict` they are a failure.
pub fn warn(source: &SourceFile, warnings: &[Diagnostic], strict: bool) -> Result<(), Failure> {
    if warnings.is_empty() {
        return Ok(());
    }
    let mut list = warnings.to_vec();
    if strict {
        for warning in &mut list {
            warning.severity = hep_compiler::diagnostics::Severity::Error;
        }
        return Err(Failure::diagnostics(source, &list));
    }
    eprint!("{}", hep_compiler::diagnostics::render::render_all(&list, source));
    Ok(())
}
