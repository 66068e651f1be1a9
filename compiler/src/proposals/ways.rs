//! From one change to the next, until there is a plan or nothing more is known.

use super::{Attempt, Trial, Trials, edits, samples, started, written};
use crate::refusals::Shortage;
use crate::{Options, analyze, lower};
use hep_front::diagnostics::{Diagnostic, Proposal};
use hep_front::syntax;
use hep_tensor::source::SourceFile;
use std::collections::BTreeMap;

/// Changes that are made one after the other, those that messages of the program tell not counted.
const CHANGES: usize = 4;
/// Changes that are made one after the other.
const MOST: usize = 12;

/// Ranges that are tried before it is looked for what else the first would need.
const SUITABLE: usize = 6;
/// How a line begins that has a range.
const APPROX: &str = "`approx ";

/// Where changes lead.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// To a plan: changes that no message tells.
    Plan(Vec<String>),
    /// To an error that nothing helps: its code and its title.
    Refused(&'static str, String),
    /// The rest could not be looked at.
    Unknown,
}

pub(super) struct Ways<'o, 'a, 't> {
    options: &'o Options,
    on: Trial,
    attempt: &'t mut Attempt<'a>,
    /// What the messages of the program propose.
    told: Vec<String>,
    /// The errors of the program.
    known: Vec<(&'static str, String)>,
    /// What came of programs without errors, by their text: several ways lead to the same one.
    tried: BTreeMap<String, End>,
    /// What came of looking for their plans.
    attempts: BTreeMap<String, Result<usize, Shortage>>,
    /// Texts from which nothing led on, with the changes that were left.
    in_vain: BTreeMap<String, usize>,
}

/// Changes that are left to be made.
#[derive(Clone, Copy)]
struct Left {
    all: usize,
    untold: usize,
}

impl<'o, 'a, 't> Ways<'o, 'a, 't> {
    pub fn new<'m>(
        options: &'o Options,
        (on, attempt): (Trial, &'t mut Attempt<'a>),
        messages: impl Iterator<Item = &'m Diagnostic>,
    ) -> Self {
        let (mut told, mut known) = (Vec::new(), Vec::new());
        for message in messages {
            told.extend(message.proposals.iter().map(|proposal| proposal.words.clone()));
            known.push((message.code, message.title.clone()));
        }
        Self {
            options,
            on,
            attempt,
            told,
            known,
            tried: BTreeMap::new(),
            attempts: BTreeMap::new(),
            in_vain: BTreeMap::new(),
        }
    }

    /// Where everything leads that the messages tell, from the proposals of the first of them on.
    pub fn all(&mut self, source: &SourceFile, proposals: &[Proposal]) -> End {
        self.best(source, proposals, Left { all: MOST, untold: CHANGES })
    }

    /// Whether a program without errors has a plan.
    fn attempted(&mut self, source: &SourceFile) -> Result<usize, Shortage> {
        if let Some(known) = self.attempts.get(&source.text) {
            return *known;
        }
        let found = (self.attempt)(source, self.options);
        self.attempts.insert(source.text.clone(), found);
        found
    }

    /// Whether a proposal leads to a plan and nothing else has to be changed.
    fn is_enough(&mut self, source: &SourceFile, proposal: &Proposal) -> bool {
        let edited = edits::edited(source, proposal).filter(|_| !self.options.patience.is_over());
        edited.is_some_and(|edited| analyze(&edited, self.options).is_ok() && self.attempted(&edited).is_ok())
    }

    /// The words for the first proposal that is enough, else for the first that leads to a plan. What only takes something away is
    /// no shorter way to what was wanted.
    pub fn shortest(&mut self, source: &SourceFile, proposals: &[Proposal]) -> Option<String> {
        let ordered = self.ordered(source, proposals);
        let words = |words: String, said: Option<&str>| match said {
            Some(said) => format!("{words}; {said}"),
            None => words,
        };
        // Of many, one is found before it is looked for what else the first would need.
        let lasting = ordered.iter().filter(|(proposal, _)| !proposal.takes_away());
        // Of ranges in the order of how they suit, the first are: what they need besides is looked for before the others are tried.
        let chosen = ordered.iter().any(|(_, said)| said.is_some());
        let mut lasting = lasting.take(if chosen { SUITABLE } else { usize::MAX });
        if let Some((enough, said)) = lasting.find(|(proposal, _)| self.is_enough(source, proposal)) {
            return Some(words(enough.words.clone(), *said));
        }
        let mut longer: Option<(String, Vec<String>, Option<&str>)> = None;
        for (proposal, said) in ordered {
            let End::Plan(more) = self.way(source, proposal, Left { all: MOST, untold: CHANGES }) else {
                continue;
            };
            // What another message tells is not said again; what this one tells is the first step.
            let first = proposal.words.clone();
            if more.is_empty() && (longer.is_none() || !proposal.takes_away()) {
                return Some(words(first, said));
            }
            longer.get_or_insert((first, more, said));
        }
        let (first, more, said) = longer?;
        let steps: Vec<String> = std::iter::once(first).chain(more).collect();
        Some(words(steps.join(", and then: "), said))
    }

    /// What a help proposes, with the error that is left where it is followed.
    pub fn remaining(&mut self, source: &SourceFile, proposals: &[Proposal], help: &str) -> Option<String> {
        let told = proposals.iter().find(|proposal| proposal.words == help)?;
        match self.way(source, told, Left { all: MOST, untold: CHANGES }) {
            End::Refused(code, title) => Some(format!("{help}; then {code} remains: {title}")),
            End::Plan(_) | End::Unknown => None,
        }
    }

    /// The proposals in the order in which they are tried: what brings warnings comes later, and so do ranges that sample data leave;
    /// with what is to be said of a range.
    fn ordered<'p>(
        &self,
        source: &SourceFile,
        proposals: &'p [Proposal],
    ) -> Vec<(&'p Proposal, Option<&'static str>)> {
        let has_range = |proposal: &&Proposal| proposal.words.contains(APPROX);
        // A range is chosen where there are several.
        let chosen = self.on == Trial::Samples && proposals.iter().filter(has_range).count() > 1;
        let rank = |proposal: &'p Proposal| {
            let over = proposals.len() == 1 || self.options.patience.is_over();
            let edited = edits::edited(source, proposal).filter(|_| !over);
            let analysis = edited.and_then(|edited| analyze(&edited, self.options).ok());
            let warnings = analysis.as_ref().map_or(0, |analysis| analysis.warnings.len());
            let program = analysis.as_ref().map(|analysis| &analysis.program);
            let program = program.filter(|_| chosen && has_range(&proposal));
            let left = program.and_then(samples::left);
            let said = program.map(|program| samples::said(program, left));
            ((proposal.takes_away(), warnings, left.flatten()), (proposal, said))
        };
        let mut ranked: Vec<_> = proposals.iter().map(rank).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, found)| found).collect()
    }

    /// The end of the first proposal that leads to a plan; otherwise of one that was told.
    fn best(&mut self, source: &SourceFile, proposals: &[Proposal], left: Left) -> End {
        let mut end = End::Unknown;
        let mut ordered = self.ordered(source, proposals);
        // What is enough comes before what needs more.
        if ordered.len() > 1 {
            let enough = ordered
                .iter()
                .position(|(proposal, _)| !proposal.takes_away() && self.is_enough(source, proposal));
            ordered[..=enough.unwrap_or(0)].rotate_right(1);
        }
        for (proposal, _) in ordered {
            let is_told = self.told.contains(&proposal.words);
            match self.way(source, proposal, left) {
                plan @ End::Plan(_) => return plan,
                refused @ End::Refused(..) if is_told && matches!(end, End::Unknown) => end = refused,
                End::Refused(..) | End::Unknown => {}
            }
        }
        end
    }

    /// Where a proposal leads.
    fn way(&mut self, source: &SourceFile, proposal: &Proposal, left: Left) -> End {
        if left.all == 0 || left.untold == 0 || self.options.patience.is_over() {
            return End::Unknown;
        }
        let is_told = self.told.contains(&proposal.words);
        let left = Left { all: left.all - 1, untold: left.untold - usize::from(!is_told) };
        let Some(edited) = edits::edited(source, proposal) else { return End::Unknown };
        if self.in_vain.get(&edited.text).is_some_and(|changes| *changes >= left.untold) {
            return End::Unknown;
        }
        let end = self.after(&edited, left);
        if matches!(end, End::Unknown) {
            self.in_vain.insert(edited.text, left.untold);
        }
        match end {
            End::Plan(more) if !is_told => {
                End::Plan(std::iter::once(proposal.words.clone()).chain(more).collect())
            }
            end => end,
        }
    }

    /// Where a changed program leads.
    fn after(&mut self, edited: &SourceFile, left: Left) -> End {
        let messages = match analyze(edited, self.options) {
            Ok(analysis) => {
                if let Some(end) = self.tried.get(&edited.text) {
                    return end.clone();
                }
                let end = self.tried(edited, analysis, left);
                self.tried.insert(edited.text.clone(), end.clone());
                return end;
            }
            Err(messages) => messages,
        };
        if let Some(first) = written::first(edited, self.options, &messages) {
            let end = self.best(edited, &first.proposals, left);
            if !matches!(end, End::Unknown) {
                return end;
            }
        }
        let first = messages.into_iter().find(Diagnostic::is_error);
        // What is behind an error of syntax, or behind one that its own message tells, was not looked at.
        let is_known = |error: &Diagnostic| {
            self.known.iter().any(|(code, title)| *code == error.code && *title == error.title)
        };
        match first {
            Some(first) if !is_known(&first) && syntax::parse(edited).is_ok() => {
                End::Refused(first.code, first.title)
            }
            _ => End::Unknown,
        }
    }

    /// Where a program without errors leads.
    fn tried(&mut self, edited: &SourceFile, analysis: crate::Analysis, left: Left) -> End {
        let shortage = match self.attempted(edited) {
            Ok(_) => return End::Plan(Vec::new()),
            Err(shortage) => shortage,
        };
        if left.untold > 0 {
            let warnings = analysis.warnings.len();
            let mut trials = Trials::new(edited, self.options, &mut *self.attempt, warnings).until(1);
            trials.all(shortage);
            if !trials.works.is_empty() {
                return End::Plan(trials.works);
            }
        }
        // A clear twin has no plan of its own.
        if shortage == Shortage::Time || analysis.program.exact || self.options.patience.is_over() {
            return End::Unknown;
        }
        match lower(analysis, self.options) {
            Err(refusal) => {
                let start = (left.untold > 0)
                    .then(|| started(edited, self.options, &refusal.message, &mut *self.attempt))
                    .flatten();
                let refused = || End::Refused(refusal.message.code, refusal.message.title.clone());
                start.map_or_else(refused, |start| End::Plan(vec![start]))
            }
            // It is the data that it does not suit.
            Ok(_) => End::Unknown,
        }
    }
}
