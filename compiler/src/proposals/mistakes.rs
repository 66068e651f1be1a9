//! Programs with errors: what their messages propose is followed until there is a plan.

use super::{Attempt, Trials, compiled, edits, written};
use crate::diagnostics::{Diagnostic, Proposal};
use crate::refusals::Shortage;
use crate::source::SourceFile;
use crate::{Analysis, Options, Patience, analyse};
use std::collections::BTreeMap;

/// Changes that are made one after the other.
const CHANGES: usize = 4;
/// Messages whose proposals are tried.
const MESSAGES: usize = 4;

/// Parses and checks a program; where it has errors, what they propose is tried as long as `patience` lasts.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error. What they propose leads to a plan.
pub fn analysed(
    source: &SourceFile,
    options: &Options,
    patience: &Patience,
) -> Result<Analysis, Vec<Diagnostic>> {
    analyse(source, options).map_err(|list| settled(source, options, list, patience, &mut compiled))
}

/// The messages of a program with what was found to help: a proposal is told where the program has a plan once it was followed, alone
/// or together with what the other messages propose.
pub fn settled(
    source: &SourceFile,
    options: &Options,
    messages: Vec<Diagnostic>,
    patience: &Patience,
    attempt: &mut Attempt<'_>,
) -> Vec<Diagnostic> {
    let options = &Options { patience: patience.clone(), ..options.clone() };
    let messages = written::checked(source, options, messages, patience);
    let told: Vec<String> = messages.iter().flat_map(|m| &m.proposals).map(|p| p.words.clone()).collect();
    let mut following = Following::new(options, attempt);
    let mut left = if leads_on(&messages) { MESSAGES } else { 0 };
    let settle = |mut message: Diagnostic| {
        let proposals = std::mem::take(&mut message.proposals);
        if left > 0 && !proposals.is_empty() {
            left -= 1;
            let found = following.shortest(source, &proposals);
            message.help = found.map(|steps| words(steps, &told)).or(message.help);
        }
        message
    };
    messages.into_iter().map(settle).collect()
}

/// The first of some changes that leads to a plan, with what was refused then, in words.
pub fn leading(
    source: &SourceFile,
    options: &Options,
    proposals: &[Proposal],
    patience: &Patience,
    attempt: &mut Attempt<'_>,
) -> Option<String> {
    let options = &Options { patience: patience.clone(), ..options.clone() };
    let mut following = Following::new(options, attempt);
    following.shortest(source, proposals).map(|steps| words(steps, &[]))
}

/// Whether everything that is wrong has a proposal.
fn leads_on(messages: &[Diagnostic]) -> bool {
    messages.iter().filter(|message| message.is_error()).all(|message| !message.proposals.is_empty())
}

/// The steps to a plan in words; what another message tells is not said again.
fn words(steps: Vec<String>, told: &[String]) -> String {
    let mut steps = steps.into_iter();
    let first = steps.next().unwrap_or_default();
    let others = steps.filter(|step| !told.contains(step));
    std::iter::once(first).chain(others).collect::<Vec<_>>().join(", and then: ")
}

struct Following<'o, 'a, 't> {
    options: &'o Options,
    attempt: &'t mut Attempt<'a>,
    /// What came of the texts that were tried.
    tried: BTreeMap<String, Result<usize, Shortage>>,
    /// Texts from which nothing led to a plan, with the steps that were left.
    in_vain: BTreeMap<String, usize>,
}

impl<'o, 'a, 't> Following<'o, 'a, 't> {
    fn new(options: &'o Options, attempt: &'t mut Attempt<'a>) -> Self {
        Self { options, attempt, tried: BTreeMap::new(), in_vain: BTreeMap::new() }
    }

    fn tries(&mut self, source: &SourceFile) -> Result<usize, Shortage> {
        if let Some(known) = self.tried.get(&*source.text) {
            return *known;
        }
        let found = (self.attempt)(source, self.options);
        self.tried.insert(source.text.to_string(), found);
        found
    }

    /// Whether a proposal leads to a plan and nothing else has to be changed.
    fn is_enough(&mut self, source: &SourceFile, proposal: &Proposal) -> bool {
        let edited = edits::edited(source, proposal).filter(|_| !self.options.patience.is_over());
        edited.is_some_and(|edited| analyse(&edited, self.options).is_ok() && self.tries(&edited).is_ok())
    }

    /// The steps to a plan of the first proposal that is enough, else of the first that leads there. What only takes something away is
    /// no shorter way to what was wanted.
    fn shortest(&mut self, source: &SourceFile, proposals: &[Proposal]) -> Option<Vec<String>> {
        // Of many, one is found before it is looked for what else the first would need.
        let mut lasting = proposals.iter().filter(|proposal| !proposal.takes_away());
        if let Some(enough) = lasting.find(|proposal| self.is_enough(source, proposal)) {
            return Some(vec![enough.words.clone()]);
        }
        let mut longer = None;
        for proposal in proposals {
            match self.followed(source, proposal, CHANGES) {
                Some(steps) if steps.len() == 1 && (longer.is_none() || !proposal.takes_away()) => {
                    return Some(steps);
                }
                steps => longer = longer.or(steps),
            }
        }
        longer
    }

    /// The steps from a proposal to a plan.
    fn followed(&mut self, source: &SourceFile, proposal: &Proposal, left: usize) -> Option<Vec<String>> {
        if left == 0 || self.options.patience.is_over() {
            return None;
        }
        let edited = edits::edited(source, proposal)?;
        // Several proposals lead to one text.
        if self.in_vain.get(&edited.text).is_some_and(|steps| *steps >= left) {
            return None;
        }
        let more = self.further(&edited, left);
        if more.is_none() {
            self.in_vain.insert(edited.text, left);
        }
        Some(std::iter::once(proposal.words.clone()).chain(more?).collect())
    }

    /// The further steps from a changed program to a plan.
    fn further(&mut self, edited: &SourceFile, left: usize) -> Option<Vec<String>> {
        Some(match analyse(edited, self.options) {
            Err(messages) => {
                let first = messages.iter().find(|message| message.is_error() && leads_on(&messages))?;
                first.proposals.iter().find_map(|proposal| self.followed(edited, proposal, left - 1))?
            }
            Ok(analysis) => match self.tries(edited) {
                Ok(_) => Vec::new(),
                Err(Shortage::Other | Shortage::Time) => return None,
                Err(shortage) if left > 1 => {
                    let warnings = analysis.warnings.len();
                    let mut trials = Trials::new(edited, self.options, &mut *self.attempt, warnings).until(1);
                    trials.all(shortage);
                    (!trials.works.is_empty()).then_some(trials.works)?
                }
                Err(_) => return None,
            },
        })
    }
}
