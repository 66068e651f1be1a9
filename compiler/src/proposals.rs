//! What helps a program without a plan, each proposal tried before it is made.
//!
//! A proposal is a change to the text or to one of the settings. The changed program is compiled as its user would compile it, and what
//! works is told in words that can be pasted. Where nothing works, what was tried is told instead. What there was no time to try is not
//! mentioned.

mod change;
mod degrees;
mod edits;
mod factors;
mod iterations;
mod mistakes;
mod regions;
mod samples;
mod shares;
mod sizes;
mod starts;
mod steps;
mod together;
mod warned;
mod ways;
mod written;

#[cfg(test)]
mod tests;

use crate::refusals::{Refusal, Shortage};
use crate::{Options, Patience, analyze, lower};
use change::{Change, least_budget};
use hep_front::diagnostics::{Diagnostic, codes};
use hep_plan::security::RING_LOG2;
use hep_plan::setting::Setting;
use hep_tensor::source::SourceFile;

pub use mistakes::{analyzed, leading, settled};
pub use samples::Trial;
pub(crate) use shares::smaller;
pub use warned::warned;

/// What is said where there was no time to try everything.
pub(crate) const NO_TIME: &str = "nothing that helps was found in the time there is to look for it";
/// Proposals in one message.
const MOST: usize = 3;
/// Changes to which a second one is looked for.
const PAIRS: usize = 3;
/// Budgets that are tried one after the other, each what the one before lacked.
const BUDGETS: usize = 4;
/// Fewer bits than this are no model that somebody would want.
const LEAST_BITS: f64 = 4.0;

/// Compiles a changed program under changed settings as its user would. Returns the number of its warnings, or what is missing
/// where there is no plan.
pub type Attempt<'a> = dyn FnMut(&SourceFile, &Options) -> Result<usize, Shortage> + 'a;

/// The attempt of who has no more than the program.
///
/// # Errors
/// What is missing.
pub fn compiled(source: &SourceFile, options: &Options) -> Result<usize, Shortage> {
    let mut analysis = analyze(source, options).map_err(|_| Shortage::Other)?;
    let warnings = analysis.warnings.len();
    // True functions are for the clear twin: the plan has polynomials.
    let options = &Options { exact: false, ..options.clone() };
    if analysis.program.exact {
        analysis = analyze(source, options).map_err(|_| Shortage::Other)?;
    }
    lower(analysis, options).map(|_| warnings).map_err(|refusal| refusal.shortage)
}

/// The message of a refusal with what helps, tried as long as `patience` lasts.
pub fn advised(
    source: &SourceFile,
    options: &Options,
    refusal: Refusal,
    patience: &Patience,
    attempt: &mut Attempt<'_>,
) -> Diagnostic {
    let Refusal { message, shortage } = refusal;
    if is_of_starts(&message) {
        let options = &Options { patience: patience.clone(), ..options.clone() };
        let start = started(source, options, &message, attempt);
        return message.maybe_help(start);
    }
    message.maybe_help(help(source, options, shortage, patience, attempt))
}

/// Whether a program is refused for the first values of what it trains.
fn is_of_starts(refused: &Diagnostic) -> bool {
    [codes::NOT_REVEALABLE, codes::ALIKE].contains(&refused.code)
}

/// Other first values for a program that is refused for those that it has.
fn started(
    source: &SourceFile,
    options: &Options,
    refused: &Diagnostic,
    attempt: &mut Attempt<'_>,
) -> Option<String> {
    let random =
        is_of_starts(refused).then(|| starts::random(source, options, &options.patience, attempt)).flatten();
    let still = refused.code == codes::NOT_REVEALABLE;
    random.map(|start| if still { starts::still(&start) } else { start })
}

/// What helps a shortage, or what was tried in vain; nothing where there is nothing to try.
pub fn help(
    source: &SourceFile,
    options: &Options,
    shortage: Shortage,
    patience: &Patience,
    attempt: &mut Attempt<'_>,
) -> Option<String> {
    if matches!(shortage, Shortage::Other | Shortage::Time) {
        return None;
    }
    let options = Options { patience: patience.clone(), ..options.clone() };
    let warnings = analyze(source, &options).map_or(0, |analysis| analysis.warnings.len());
    let mut trials = Trials::new(source, &options, attempt, warnings);
    trials.all(shortage);
    trials.freed();
    trials.pairs();
    let Trials { works, failed, .. } = trials;
    if !works.is_empty() {
        return Some(works.join(", or "));
    }
    // What a matrix lacks its message says.
    let tried = !failed.is_empty() && shortage != Shortage::Packing;
    let in_vain = tried.then(|| format!("none of these helps: {}", failed.join(", ")));
    if in_vain.is_none() && patience.is_over() && shortage != Shortage::Packing {
        return Some(NO_TIME.to_owned());
    }
    in_vain
}

/// Fewer iterations with which a program does, where their number can be chosen.
pub fn fewer(
    source: &SourceFile,
    options: &Options,
    does: &mut dyn FnMut(&SourceFile, &Options) -> bool,
) -> Option<String> {
    let mut attempt = |source: &SourceFile, options: &Options| match does(source, options) {
        true => Ok(0),
        false if options.patience.is_over() => Err(Shortage::Time),
        false => Err(Shortage::Room),
    };
    let mut trials = Trials::new(source, options, &mut attempt, 0);
    trials.iterations(Shortage::Room);
    trials.works.pop()
}

/// The words for a larger budget.
fn allowed(change: Change, printed: &str) -> String {
    format!("allow {}: {}", change.what(), change.setting().to(printed))
}

/// What is tried, and what came of it.
struct Trials<'s, 'a, 't> {
    source: &'s SourceFile,
    options: &'s Options,
    attempt: &'t mut Attempt<'a>,
    /// Warnings of the program as it is: a change that brings others is none.
    warnings: usize,
    /// Proposals that are looked for.
    most: usize,
    works: Vec<String>,
    failed: Vec<&'static str>,
    /// Changes that are not enough.
    leads: Vec<Lead>,
}

/// A change after which something is missing still.
struct Lead {
    source: SourceFile,
    options: Options,
    words: String,
    shortage: Shortage,
}

impl<'s, 'a, 't> Trials<'s, 'a, 't> {
    fn new(
        source: &'s SourceFile,
        options: &'s Options,
        attempt: &'t mut Attempt<'a>,
        warnings: usize,
    ) -> Self {
        let (works, failed, leads) = (Vec::new(), Vec::new(), Vec::new());
        Self { source, options, attempt, warnings, most: MOST, works, failed, leads }
    }

    /// The same for who looks for so many proposals.
    fn until(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Everything that may help a shortage.
    fn all(&mut self, shortage: Shortage) {
        // One iteration takes less time than all of them, and what is as large as the program as much.
        let short = self.options.patience.is_short();
        if short && shortage.depends_on_iterations() {
            self.iterations(shortage);
        }
        match shortage {
            Shortage::Keys { needed } => self.budget(Change::Keys, needed, "more memory for keys"),
            Shortage::Memory { needed } => self.memory(needed),
            _ => {}
        }
        // Larger rings take long to try and seldom are more precise.
        let precise = matches!(shortage, Shortage::Precision { .. });
        if precise {
            self.changed(shortage);
        }
        if !self.enough() {
            self.rings(shortage);
        }
        if !precise && !self.enough() {
            self.changed(shortage);
        }
        self.settings();
    }

    /// Settings that the user forces, all at once, where nothing else helps.
    fn freed(&mut self) {
        if self.works.is_empty()
            && let Some((free, words)) = change::freed(self.options)
            && let Ok(words) = self.proves(self.source, &free, words)
        {
            self.works.push(words);
        }
    }

    /// Two changes, where one is not enough: the last that were tried change most.
    fn pairs(&mut self) {
        let leads = std::mem::take(&mut self.leads);
        if leads.is_empty() {
            return;
        }
        for Lead { source, options, words, shortage } in leads.iter().rev().take(PAIRS) {
            if !self.works.is_empty() || self.options.patience.is_over() {
                return;
            }
            let mut trials = Trials::new(source, options, &mut *self.attempt, self.warnings).until(1);
            trials.all(*shortage);
            let then = trials.works.into_iter().next();
            self.works.extend(then.map(|then| format!("{words}, and then: {then}")));
        }
        if self.works.is_empty() && self.failed.len() > 1 && !self.options.patience.is_over() {
            self.failed.push("two of them");
        }
    }

    /// Changes of the program.
    fn changed(&mut self, shortage: Shortage) {
        // Steps of another size cost nothing.
        if shortage == Shortage::Room {
            self.steps();
        }
        let tried = self.options.patience.is_short();
        if shortage.depends_on_iterations() && !tried && !self.enough() {
            self.iterations(shortage);
        }
        if self.enough() {
            return;
        }
        match shortage {
            Shortage::Precision { found } => self.precision(found),
            Shortage::Levels { .. } => self.degrees(),
            Shortage::Packing => self.factors(),
            Shortage::Width | Shortage::Memory { .. } => self.sizes(shortage == Shortage::Width),
            _ => {}
        }
    }

    /// Whether a change leads to a plan; otherwise what is missing then.
    fn tries(&mut self, source: &SourceFile, options: &Options) -> Result<(), Shortage> {
        if self.options.patience.is_over() {
            return Err(Shortage::Time);
        }
        let tried = (self.attempt)(source, options);
        // What failed when time was over may have failed for that.
        if tried.is_err() && self.options.patience.is_over() {
            return Err(Shortage::Time);
        }
        let warnings = tried?;
        if warnings > self.warnings { Err(Shortage::Other) } else { Ok(()) }
    }

    /// The words of a change that leads to a plan; otherwise what is missing then, and the change is kept.
    fn proves(&mut self, source: &SourceFile, options: &Options, words: String) -> Result<String, Shortage> {
        let tried = self.tries(source, options);
        if let Err(shortage) = tried
            && !matches!(shortage, Shortage::Other | Shortage::Time)
        {
            let (source, options, words) = (source.clone(), options.clone(), words.clone());
            self.leads.push(Lead { source, options, words, shortage });
        }
        tried.map(|()| words)
    }

    fn with(&mut self, change: Change) -> Result<(), Shortage> {
        self.tries(self.source, &change.of(self.options))
    }

    /// Enough of them to choose from, or no time for more.
    fn enough(&self) -> bool {
        self.works.len() >= self.most || self.options.patience.is_over()
    }

    /// Notes a proposal that works, or what does not.
    fn note(&mut self, found: Result<String, Shortage>, failed: &'static str) {
        match found {
            Ok(words) => self.works.push(words),
            Err(Shortage::Time) => {}
            Err(_) => self.failed.push(failed),
        }
    }

    /// The smallest larger ring, where one is forced.
    fn rings(&mut self, shortage: Shortage) {
        let Some(forced) = self.options.ring_log2 else { return };
        if shortage == Shortage::Ring {
            let found = self.with(Change::AnyRing).map(|()| Change::AnyRing.words());
            return self.note(found, "another ring");
        }
        let mut last = Err(Shortage::Other);
        for ring in RING_LOG2.filter(|ring| *ring > forced) {
            let options = Change::Ring(ring).of(self.options);
            last =
                self.proves(self.source, &options, format!("use a larger ring: {}", Setting::Ring.to(ring)));
            if matches!(last, Ok(_) | Err(Shortage::Time)) {
                break;
            }
        }
        self.note(last, "a larger ring");
    }

    /// The memory of the plan with which a search ended that was refused: it is there, and need not be made again. On data more
    /// is asked of a plan.
    fn memory(&mut self, needed: u64) {
        if self.options.data.is_some() {
            return self.budget(Change::Memory, needed, "more memory");
        }
        let change = Change::Memory(least_budget(needed).0);
        self.works.push(allowed(change, &least_budget(needed).1));
    }

    /// The least budget that is enough: what is missing is asked of the attempt, in the digits that are printed.
    fn budget(&mut self, change: fn(u64) -> Change, mut needed: u64, failed: &'static str) {
        let mut last = Err(Shortage::Other);
        for _ in 0..BUDGETS {
            let (bytes, printed) = least_budget(needed);
            let change = change(bytes);
            last = self.proves(self.source, &change.of(self.options), allowed(change, &printed));
            match (last.as_ref(), change) {
                (Err(Shortage::Keys { needed: more }), Change::Keys(_))
                | (Err(Shortage::Memory { needed: more }), Change::Memory(_)) => {
                    // At least a tenth more, so that few steps lead far.
                    needed = (*more).max(needed + needed / 10);
                }
                _ => break,
            }
        }
        // The search for memory names the least whatever it may take.
        if last.is_ok() && matches!(change(needed), Change::Keys(_)) {
            last = self.less(change, least_budget(needed).0).map_or(last, Ok);
        }
        self.note(last, failed);
    }

    /// A smaller budget that is enough, where what is missing from less than another one says so: the search stops at what it is
    /// allowed to take.
    fn less(&mut self, change: fn(u64) -> Change, enough: u64) -> Option<String> {
        let mut words = None;
        let mut known = enough;
        for _ in 0..BUDGETS {
            let Err(Shortage::Keys { needed }) = self.with(change(known / 4 * 3)) else { break };
            let (bytes, printed) = least_budget(needed);
            if bytes >= known || self.with(change(bytes)).is_err() {
                break;
            }
            let change = change(bytes);
            words = Some(allowed(change, &printed));
            known = bytes;
        }
        words
    }

    /// As many bits as there are.
    fn precision(&mut self, mut found: f64) {
        let mut last = Err(Shortage::Other);
        while found.floor() >= LEAST_BITS && found.floor() < self.options.precision_bits {
            let bits = found.floor();
            let options = Change::Precision(bits).of(self.options);
            last =
                self.proves(self.source, &options, format!("ask for less: {}", Setting::Precision.to(bits)));
            match last {
                // The judge of the data may find fewer bits than the search did.
                Err(Shortage::Precision { found: less }) if less.floor() < bits => found = less,
                Err(Shortage::Precision { .. }) => found = bits - 1.0,
                _ => break,
            }
        }
        self.note(last, "fewer bits");
    }

    /// Settings that cost something, each as it is when it is left out.
    fn settings(&mut self) {
        if self.enough() {
            return;
        }
        for change in [Change::Security, Change::Everything] {
            if change.changes(self.options) {
                let found = self.proves(self.source, &change.of(self.options), change.words().to_owned());
                self.note(found, change.what());
            }
        }
    }
}
