//! Programs with errors: what their messages propose is followed until there is a plan.

use super::together::together;
use super::ways::{End, Ways};
use super::written::{self, Checked};
use super::{Attempt, Trial, compiled, sizes};
use crate::{Analysis, Options, Patience, analyze};
use hep_front::diagnostics::{Diagnostic, Proposal, codes};
use hep_tensor::source::SourceFile;

/// Messages whose proposals are tried.
const MESSAGES: usize = 4;

/// Parses and checks a program; where it has errors, what they propose is tried as long as `patience` lasts.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error. What they propose leads to a plan.
pub fn analyzed(
    source: &SourceFile,
    options: &Options,
    patience: &Patience,
) -> Result<Analysis, Vec<Diagnostic>> {
    analyze(source, options)
        .map_err(|list| settled(source, options, list, patience, (Trial::Samples, &mut compiled)))
}

/// The messages of a program with what was found to help: a proposal is told where the program has a plan once it was followed, alone
/// or together with what the other messages propose. Lines of another language are told as they are written here, with what is
/// needed besides or what remains then.
pub fn settled(
    source: &SourceFile,
    options: &Options,
    messages: Vec<Diagnostic>,
    patience: &Patience,
    (on, attempt): (Trial, &mut Attempt<'_>),
) -> Vec<Diagnostic> {
    let options = &Options { patience: patience.clone(), ..options.clone() };
    let checked = written::checked(source, options, messages, patience);
    let leads_on =
        checked.iter().all(|Checked { message, .. }| !message.is_error() || !message.proposals.is_empty());
    let errors: Vec<&Diagnostic> =
        checked.iter().map(|checked| &checked.message).filter(|message| message.is_error()).collect();
    let no_line = leads_on && checked.iter().all(|checked| !checked.line);
    let mut all_at_once =
        no_line.then(|| together(source, options, &errors, &mut *attempt)).flatten().map(Vec::into_iter);
    let last_line = checked.iter().rposition(|checked| checked.line);
    let last_proposing = checked.iter().rposition(|checked| !checked.message.proposals.is_empty());
    let mut ways = Ways::new(options, (on, &mut *attempt), checked.iter().map(|checked| &checked.message));
    let first = checked.iter().map(|checked| &checked.message).find(|message| message.is_error());
    let lines = match first.filter(|_| leads_on && last_line.is_some()) {
        Some(first) => ways.all(source, &first.proposals),
        None => End::Unknown,
    };
    let mut left = if leads_on { MESSAGES } else { 0 };
    let settle = |(at, Checked { mut message, line }): (usize, Checked)| {
        let proposals = std::mem::take(&mut message.proposals);
        if line {
            let is_last = last_line == Some(at);
            message.help = told(source, &message, &lines, is_last);
        } else if let Some(words) = all_at_once.as_mut().filter(|_| message.is_error()) {
            message.help = words.next();
        } else if left > 0 && !proposals.is_empty() {
            left -= 1;
            let is_last = last_proposing == Some(at);
            let remaining = |ways: &mut Ways<'_, '_, '_>| {
                message
                    .help
                    .as_deref()
                    .filter(|_| is_last)
                    .and_then(|help| ways.remaining(source, &proposals, help))
            };
            let found = ways.shortest(source, &proposals).or_else(|| remaining(&mut ways));
            message.help = found.or(message.help);
        }
        message
    };
    let mut settled: Vec<Diagnostic> = checked.into_iter().enumerate().map(settle).collect();
    // Data have the sizes that they have.
    let is_too_large = |message: &&mut Diagnostic| message.is_error() && message.code == codes::TOO_LARGE;
    let errors = settled.iter().filter(|message| message.is_error()).count();
    let mut too_large: Vec<&mut Diagnostic> = settled.iter_mut().filter(is_too_large).collect();
    if on == Trial::Samples
        && too_large.len() == errors
        && let Some(last) = too_large.last_mut().filter(|message| message.help.is_none())
    {
        last.help = sizes::fitting(source, options, attempt);
    }
    settled
}

/// The first of some changes that leads to a plan for the owner's data, with what was refused then, in words.
pub fn leading(
    source: &SourceFile,
    options: &Options,
    proposals: &[Proposal],
    patience: &Patience,
    attempt: &mut Attempt<'_>,
) -> Option<String> {
    let options = &Options { patience: patience.clone(), ..options.clone() };
    Ways::new(options, (Trial::Data, attempt), std::iter::empty()).shortest(source, proposals)
}

/// A line as it should be, with what is known of the program in which all of them are: said with the last of them.
fn told(source: &SourceFile, message: &Diagnostic, end: &End, is_last: bool) -> Option<String> {
    let help = message.help.clone()?;
    Some(match end {
        End::Unknown => return written::meaning(source, message),
        End::Plan(steps) if is_last => {
            std::iter::once(help).chain(steps.iter().cloned()).collect::<Vec<_>>().join(", and then: ")
        }
        End::Refused(code, title) if is_last => format!("{help}; then {code} remains: {title}"),
        End::Plan(_) | End::Refused(..) => help,
    })
}
