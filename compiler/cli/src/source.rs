//! Reading programs.

use crate::args::{ParamArgs, ProgramArgs, SizeArgs};
use crate::costs::Costs;
use crate::failure::Failure;
use crate::kinds::{self, Wanted};
use crate::streams::say;
use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::optimization::Optimizations;
use hep_compiler::source::SourceFile;
use hep_compiler::{Analysis, Compilation, Options, Patience, Refusal, proposals};
use hep_plan::plan::LabelKind;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Once;
use std::time::{Duration, Instant};

/// Longest program or module read, in bytes.
const MAX_SOURCE: u64 = 1 << 20;

/// Reads a program with the modules beside it that it uses.
pub fn read(args: &ProgramArgs) -> Result<SourceFile, Failure> {
    once(&args.sizes)?;
    let path = &args.program;
    let help = "give the path of a .hep program";
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(path, e, help))?;
    kinds::expect(path, Wanted::Program)?;
    let program = SourceFile::new(path.display().to_string(), text(path, metadata.len(), help)?);
    hep_compiler::resolve::load(program, |name| module(&path.with_file_name(format!("{name}.hep"))))
}

/// Refuses two sizes of one dimension.
fn once(sizes: &SizeArgs) -> Result<(), Failure> {
    for (at, (name, size)) in sizes.dims.iter().enumerate() {
        if let Some((_, first)) =
            sizes.dims[..at].iter().find(|(known, first)| known == name && first != size)
        {
            let what = format!("`{name}` is given two sizes: -p {name}={first} and -p {name}={size}");
            return Err(Failure::with_help(what, "leave one of them out"));
        }
    }
    Ok(())
}

/// File name and text of a module, if there is such a file.
fn module(path: &Path) -> Result<Option<(String, String)>, Failure> {
    let help = "a module is a text file beside the program, or part of the standard library";
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(path, e, help)),
    };
    if !metadata.is_file() {
        return Err(unreadable(path, "not a file", help));
    }
    Ok(Some((path.display().to_string(), text(path, metadata.len(), help)?)))
}

fn text(path: &Path, length: u64, help: &str) -> Result<String, Failure> {
    if length > MAX_SOURCE {
        let what = format!("{} has {length} bytes, a program has at most {MAX_SOURCE}", path.display());
        return Err(Failure::with_help(what, help));
    }
    // What is no file may have no length, and no end.
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path).map_err(|e| unreadable(path, e, help))?;
    opened.take(MAX_SOURCE + 1).read_to_end(&mut bytes).map_err(|e| unreadable(path, e, help))?;
    if bytes.len() as u64 > MAX_SOURCE {
        let what = format!("{} goes on behind {MAX_SOURCE} bytes, the most a program has", path.display());
        return Err(Failure::with_help(what, help));
    }
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::with_help(format!("{} is no text: byte {at} is not UTF-8", path.display()), help)
    })
}

fn unreadable(path: &Path, why: impl std::fmt::Display, help: &str) -> Failure {
    Failure::with_help(format!("cannot read {}: {why}", path.display()), help)
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
        security: params.security,
        precision_bits: params.precision,
        key_budget: params.key_budget,
        memory: params.memory,
        upload_budget: params.upload_budget,
        optimizations: params.without.iter().fold(Optimizations::default(), |set, &one| set.without(one)),
        costs: costs.table.clone(),
        ..options(program)
    }
}

/// Checks a program; where it has errors, what helps is tried.
pub fn analyze(source: &SourceFile, options: &Options) -> Result<Analysis, Failure> {
    hep_compiler::analyze(source, options).map_err(|errors| refused(source, options, errors))
}

/// The same, and what its warnings propose is tried.
pub fn warned(source: &SourceFile, options: &Options) -> Result<Analysis, Failure> {
    let mut analysis = analyze(source, options)?;
    let trial = (proposals::Trial::Samples, &mut proposals::compiled as &mut proposals::Attempt<'_>);
    analysis.warnings = proposals::warned(source, options, analysis.warnings, &patience(), trial);
    Ok(analysis)
}

/// The failure of a program with errors; what helps is tried.
pub fn refused(source: &SourceFile, options: &Options, errors: Vec<Diagnostic>) -> Failure {
    let trial = (proposals::Trial::Samples, &mut proposals::compiled as &mut proposals::Attempt<'_>);
    let list = proposals::settled(source, options, errors, &patience(), trial);
    Failure::diagnostics(source, &list)
}

/// Whether the labels of a program are numbers instead of classes.
pub fn has_real_targets(source: &SourceFile, options: &Options) -> Result<bool, Failure> {
    Ok(analyze(source, options)?.program.data.label_kind == LabelKind::Real)
}

/// Packs and schedules a checked program; where there is no plan, what helps is tried.
pub fn lower(source: &SourceFile, analysis: Analysis, options: &Options) -> Result<Compilation, Failure> {
    let started = Instant::now();
    let mut compiled = schedule(analysis, options).map_err(|refusal| {
        let patience = patience_after(started.elapsed());
        let message = proposals::advised(source, options, *refusal, &patience, &mut proposals::compiled);
        Failure::diagnostics(source, &[message])
    })?;
    compiled.name_values(source);
    Ok(compiled)
}

/// How long a command looks for what helps a program without a plan.
const TRYING: Duration = Duration::from_secs(8);
/// Of a verdict that took longer, few can be made in that time.
const LONG: Duration = Duration::from_secs(3);

/// The patience of a command that begins to look for what helps.
pub fn patience() -> Patience {
    patience_after(Duration::ZERO)
}

/// The same where the refusal took so long: what is tried takes about as long each time, unless it is smaller.
pub fn patience_after(verdict: Duration) -> Patience {
    let started = Instant::now();
    let patience = Patience::while_it(move || started.elapsed() < TRYING);
    if verdict > LONG { patience.short() } else { patience }
}

/// The same for who goes on without a schedule, and for trials: nothing is proposed.
pub fn schedule(analysis: Analysis, options: &Options) -> Result<Compilation, Box<Refusal>> {
    if options.insecure {
        // Once, however many programs a command compiles.
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            say("warning: parameters without any security; every file made under them is marked");
        });
    }
    hep_compiler::lower(analysis, options)
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
    say(hep_compiler::diagnostics::render::render_all(&list, source));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_programs_that_take_long_smaller_ones_are_tried() {
        assert!(!patience().is_short() && patience_after(Duration::from_secs(20)).is_short());
        assert!(!patience_after(Duration::from_secs(20)).is_over());
    }
}
