//! Whether training on these data makes a model: what `check --data` and `train` stop at, and `--force` goes past.

use super::inputs;
use crate::data::Dataset;
use crate::failure::Failure;
use crate::{planned, source};
use hep_compiler::checks::{self, Findings, Sample, Trials};
use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::source::SourceFile;
use hep_compiler::{Analysis, Options};

/// Runs the program in the clear on the owner's data, whose sizes it has. What is proposed was run on these data before, what
/// `warnings` propose where that is wanted.
pub fn judge(
    file: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
    warnings: bool,
) -> Result<Findings, Failure> {
    let trials = Trials { warnings, does: &mut |_, _| true };
    judged(file, analysis, options, data, trials)
}

/// The same for who makes a plan for these data: what is proposed has a plan that does on them. With `warnings`, that goes for
/// what warnings propose, too.
pub fn judge_plans(
    file: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
    warnings: bool,
) -> Result<Findings, Failure> {
    let mut trying = planned::Trying::new(inputs(&analysis.program, data));
    judged(
        file,
        analysis,
        options,
        data,
        Trials { warnings, does: &mut |changed, options| trying.does(changed, options) },
    )
}

fn judged(
    file: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
    trials: Trials<'_>,
) -> Result<Findings, Failure> {
    let inputs = inputs(&analysis.program, data);
    let sample = Sample { inputs: &inputs, names: data.feature_names(), lines: &data.lines };
    let options = &Options { patience: source::patience(), ..options.clone() };
    checks::judge(file, analysis, options, sample, trials).map_err(Failure::message)
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
