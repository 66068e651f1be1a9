//! Whether training on these data makes a model: what `check --data` and `train` stop at, and `--force` goes past.

use super::inputs;
use crate::data::Dataset;
use crate::failure::Failure;
use crate::source;
use hep_compiler::checks::{self, Findings, Sample};
use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::source::SourceFile;
use hep_compiler::{Analysis, Options};

/// Runs the program in the clear on the owner's data, whose sizes it has. With `tried`, every change that a warning proposes
/// was run on these data before; what an error proposes always was.
pub fn judge(
    file: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
    tried: bool,
) -> Result<Findings, Failure> {
    let inputs = inputs(&analysis.program, data);
    let names = data.feature_names();
    let sample = Sample { inputs: &inputs, names };
    checks::judge(file, analysis, options, sample, tried).map_err(Failure::message)
}

/// Shows what is to be said, with the `warnings` of the program. What stops the training is an error; where `force` goes on,
/// a warning, and what the model is to be marked with.
pub fn accept(
    file: &SourceFile,
    warnings: &[Diagnostic],
    findings: &Findings,
    strict: bool,
    force: bool,
) -> Result<Option<String>, Failure> {
    let mut list = findings.messages(force);
    list.extend(warnings.iter().cloned());
    if findings.stops(force) {
        return Err(Failure::diagnostics(file, &list));
    }
    // What `--force` goes past is no error again under `--strict`.
    let (forced, rest): (Vec<_>, Vec<_>) =
        list.into_iter().partition(|message| findings.errors.iter().any(|error| error.code == message.code));
    source::warn(file, &forced, false)?;
    source::warn(file, &rest, strict)?;
    Ok(findings.mark())
}
