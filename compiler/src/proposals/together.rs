//! Several errors whose proposals are made all at once: shapes of two layers, each with as many that it may have, fit together only.

use super::{Attempt, edits, started};
use crate::{Options, analyze, lower};
use hep_front::diagnostics::{Diagnostic, Proposal};
use hep_tensor::source::SourceFile;

/// Errors that are looked at together.
const ERRORS: usize = 4;
/// Choices that are tried: programs that are read, of which few are compiled.
const CHOICES: usize = 1024;

/// The words for the proposals, one of each error, that lead to a plan together; the last with what is needed besides. What brings
/// warnings is no better than what is found message by message.
pub(super) fn together(
    source: &SourceFile,
    options: &Options,
    messages: &[&Diagnostic],
    attempt: &mut Attempt<'_>,
) -> Option<Vec<String>> {
    let all: Vec<&[Proposal]> = messages.iter().map(|message| message.proposals.as_slice()).collect();
    let choices = all.iter().try_fold(1_usize, |product, of| product.checked_mul(of.len()))?;
    if !(2..=ERRORS).contains(&all.len()) || choices > CHOICES {
        return None;
    }
    (0..choices).take_while(|_| !options.patience.is_over()).find_map(|number| {
        let chosen = chosen(&all, number);
        let edits = chosen.iter().flat_map(|proposal| proposal.edits.clone()).collect();
        let edited = edits::edited(source, &Proposal { words: String::new(), edits })?;
        let analysis = analyze(&edited, options).ok().filter(|analysis| analysis.warnings.is_empty())?;
        let start = match attempt(&edited, options) {
            Ok(_) => None,
            Err(_) if analysis.program.exact => return None,
            Err(_) => Some(started(&edited, options, &lower(analysis, options).err()?.message, attempt)?),
        };
        let mut words: Vec<String> = chosen.iter().map(|proposal| proposal.words.clone()).collect();
        if let (Some(start), Some(last)) = (start, words.last_mut()) {
            last.push_str(&format!(", and then: {start}"));
        }
        Some(words)
    })
}

/// The choice with a number: those of the first error change slowest.
fn chosen<'p>(all: &[&'p [Proposal]], mut number: usize) -> Vec<&'p Proposal> {
    let mut chosen: Vec<&Proposal> = Vec::new();
    for of in all.iter().rev() {
        chosen.extend(of.get(number % of.len()));
        number /= of.len();
    }
    chosen.reverse();
    chosen
}
