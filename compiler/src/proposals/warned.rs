//! Warnings: what they propose is told where the changed program has a plan and is warned of less.

use super::{Attempt, Trial, edits};
use crate::{Options, Patience, analyze};
use hep_front::diagnostics::{Diagnostic, codes};
use hep_tensor::source::SourceFile;

/// Changes that are told of one warning where its labels may be meant in several ways.
const MOST: usize = 4;

/// The warnings of a program without errors, with what was found to help: the first change that does, or what labels may be meant as
/// where nobody's data say so.
pub fn warned(
    source: &SourceFile,
    options: &Options,
    warnings: Vec<Diagnostic>,
    patience: &Patience,
    (on, attempt): (Trial, &mut Attempt<'_>),
) -> Vec<Diagnostic> {
    let options = &Options { patience: patience.clone(), ..options.clone() };
    let count = warnings.len();
    let mut helps = |edited: &SourceFile| {
        let less = analyze(edited, options).is_ok_and(|analysis| analysis.warnings.len() < count);
        less && attempt(edited, options).is_ok_and(|warnings| warnings < count)
    };
    let settle = |mut message: Diagnostic| {
        let proposals = std::mem::take(&mut message.proposals);
        let works = proposals.into_iter().filter(|proposal| {
            let edited = edits::edited(source, proposal).filter(|_| !patience.is_over());
            edited.is_some_and(|edited| helps(&edited))
        });
        let most = if on == Trial::Samples && message.code == codes::NO_SHARES { MOST } else { 1 };
        let works: Vec<String> = works.take(most).map(|proposal| proposal.words).collect();
        if !works.is_empty() {
            message.help = Some(works.join(", or "));
        }
        message
    };
    warnings.into_iter().map(settle).collect()
}
