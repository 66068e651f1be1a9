//! How many iterations fit.

use super::{Lead, Trials};
use crate::Options;
use crate::refusals::Shortage;
use crate::{Analysis, analyze};
use hep_front::syntax::ast::{Expr, ExprKind, File, For, Item, Over, Statement};
use hep_front::syntax::walk::training;
use hep_plan::setting::Setting;
use hep_tensor::source::SourceFile;

/// Trials of numbers of iterations at most: up to the largest number, and from there to every other.
const TRIES: usize = 64;
/// Iterations that are tried first of a loop that is too long for anything.
const FEW: u32 = 32;

/// The end of the outermost loop, and how it is changed.
pub(super) struct Loop<'a> {
    index: &'a str,
    low: &'a Expr,
    high: &'a Expr,
    /// The dimension that is its end, where it is one whose size can be chosen.
    pub dim: Option<&'a str>,
    /// Its present end.
    end: u32,
    /// What its range begins at.
    first: u32,
    /// Iterations of the program in one of its own.
    inner: u32,
}

impl Trials<'_, '_, '_> {
    /// The most iterations that have a plan: "at most" where one more was tried and has none, "at least" where time ended before that.
    pub(super) fn iterations(&mut self, shortage: Shortage) {
        let Ok(analysis) = analyze(self.source, self.options) else { return };
        let Some(range) = outermost(&analysis) else { return };
        let now = range.end.saturating_sub(range.first).saturating_add(1);
        if now <= 1 {
            return;
        }
        let (mut fits, mut too_many) = (0u32, now);
        let by_levels = |shortage| match shortage {
            Shortage::Levels { most, iteration } => (most / (iteration * range.inner).max(1)).max(1),
            Shortage::Length => FEW,
            _ => u32::MAX,
        };
        // From one on, because what is long takes long to try: who has more time only finds more.
        let mut guess = 1;
        let mut most = by_levels(shortage);
        let mut out_of_time = false;
        for _ in 0..TRIES {
            if too_many - fits <= 1 {
                break;
            }
            let count = guess.clamp(fits + 1, too_many - 1);
            match self.shorter(&range, count) {
                Ok(()) => {
                    fits = count;
                    if count > most {
                        most = u32::MAX;
                    }
                }
                Err(Shortage::Time) => {
                    out_of_time = true;
                    break;
                }
                // What one iteration lacks beside a plan, more may have.
                Err(Shortage::Other) if count == 1 => {
                    guess = most.min(now / 2);
                    continue;
                }
                Err(lacking) => {
                    if count == 1 {
                        self.single(&range, lacking);
                    }
                    too_many = count;
                    most = most.min(by_levels(lacking));
                }
            }
            let middle = fits + (too_many - fits) / 2;
            let next = if too_many == now && fits < now / 2 { 2 * fits } else { middle };
            // What levels allow at most is not passed before it was tried.
            guess = next.min(most.max(fits + 1));
        }
        if fits == 0 {
            let reason = if out_of_time { Shortage::Time } else { shortage };
            return self.note(Err(reason), "fewer iterations");
        }
        let end = range.first + fits - 1;
        let bound = if too_many - fits <= 1 { "at most" } else { "at least" };
        let plural = if fits == 1 { "iteration fits" } else { "iterations fit" };
        let what =
            if range.inner > 1 { format!(" of the loop over `{}`", range.index) } else { String::new() };
        self.works.push(format!("{bound} {fits} {plural}{what}: {}", self.how(&range, end)));
    }

    /// How the loop ends there, in the words of the user.
    fn how(&self, range: &Loop<'_>, end: u32) -> String {
        match range.dim {
            Some(dim) => Setting::Size.to(format_args!("{dim}={end}")),
            None => {
                let low = self.source.slice(range.low.span);
                format!("`for {} in {low} .. {end}`", range.index)
            }
        }
    }

    /// Keeps a single iteration, after which something else is missing.
    fn single(&mut self, range: &Loop<'_>, shortage: Shortage) {
        let words = format!("train for one iteration, {}", self.how(range, range.first));
        let lead =
            self.shortened(range, 1).map(|(source, options)| Lead { source, options, words, shortage });
        self.leads.extend(lead);
    }

    fn shorter(&mut self, range: &Loop<'_>, count: u32) -> Result<(), Shortage> {
        let (source, options) = self.shortened(range, count).ok_or(Shortage::Other)?;
        self.tries(&source, &options)
    }

    /// The program with so many iterations.
    fn shortened(&self, range: &Loop<'_>, count: u32) -> Option<(SourceFile, Options)> {
        let end = range.first + count - 1;
        let mut options = self.options.clone();
        let Some(dim) = range.dim else {
            return Some((self.source.replaced(range.high.span, &end.to_string())?, options));
        };
        options.dims.retain(|(name, _)| name != dim);
        options.dims.push((dim.to_owned(), end as usize));
        Some((self.source.clone(), options))
    }
}

/// The outermost loop over a range of the training.
pub(super) fn outermost(analysis: &Analysis) -> Option<Loop<'_>> {
    let train = training(&analysis.ast)?;
    let over = train.body.iter().find_map(|statement| match statement {
        Statement::For(For { index, over: Over::Range(range), .. }) => Some((index, range)),
        _ => None,
    })?;
    let (index, range) = over;
    let first = number(&range.low)?;
    let (dim, end) = match &range.high.kind {
        ExprKind::Name(name) => {
            let size = analysis.program.dims.iter().find(|dim| dim.name == *name)?.size;
            let own = chosen(&analysis.ast, name);
            (own.then_some(name.as_str()), u32::try_from(size).ok()?)
        }
        _ => (None, number(&range.high)?),
    };
    let count = end.checked_sub(first)?.checked_add(1)?;
    let inner = (analysis.program.train.iterations / count.max(1)).max(1);
    Some(Loop { index: &index.name, low: &range.low, high: &range.high, dim, end, first, inner })
}

/// Whether the size of a dimension is a number, which `-p` may replace.
fn chosen(file: &File, name: &str) -> bool {
    file.items.iter().any(|item| match item {
        Item::Dim(binding) => binding.name.name == name && number(&binding.value).is_some(),
        _ => false,
    })
}

fn number(expr: &Expr) -> Option<u32> {
    match &expr.kind {
        ExprKind::Number { text, .. } => text.parse().ok(),
        _ => None,
    }
}
