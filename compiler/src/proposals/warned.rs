//! Warnings: what they propose is told where the changed program has a plan and is warned of less.

use super::{Attempt, Trial, edits};
use crate::diagnostics::Diagnostic;
use crate::source::SourceFile;
use crate::{Options, Patience, analyse};

/// Changes that are told of one warning.
const MOST: usize = 4;

/// The warnings of a program without errors, with what was found to help: on the owner's data the first change that does, on nobody's
/// all of them, because data decide which is meant.
pub fn warned(
    source: &SourceFile,
    options: &Options,
    warnings: Vec<Diagnostic>,
    patience: &Patience,
    (on, attempt): (Trial, &mut Attempt<'_>),
) -> Vec<Diagnostic> {
    let options = &Options { patience: patience.clone(), ..options.clone() };
    let (count, most) = (warnings.len(), if on == Trial::Data { 1 } else { MOST });
    let mut helps = |edited: &SourceFile| {
        let less = analyse(edited, options).is_ok_and(|analysis| analysis.warnings.len() < count);
        less && attempt(edited, options).is_ok_and(|warnings| warnings < count)
    };
    let settle = |mut message: Diagnostic| {
        let proposals = std::mem::take(&mut message.proposals);
        let works = proposals.into_iter().filter(|proposal| {
            let edited = edits::edited(source, proposal).filter(|_| !patience.is_over());
            edited.is_some_and(|edited| helps(&edited))
        });
        let works: Vec<String> = works.take(most).map(|proposal| proposal.words).collect();
        if !works.is_empty() {
            message.help = Some(works.join(", or "));
        }
        message
    };
    warnings.into_iter().map(settle).collect()
}
