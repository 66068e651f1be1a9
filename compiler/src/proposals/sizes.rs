//! Smaller dimensions, for what is too wide or takes too much.

use super::iterations::outermost;
use super::{Attempt, Trials};
use crate::refusals::Shortage;
use crate::{Options, analyze};
use hep_front::syntax;
use hep_front::syntax::ast::{ExprKind, Item};
use hep_plan::setting::Setting;
use hep_tensor::source::SourceFile;

/// How often a size is halved at most.
const HALVINGS: usize = 6;
/// How often it is halved where the least is tried first.
const LEAST: [usize; 8] = [1, 2, 3, 4, 6, 9, 12, 15];
/// Sizes of a dimension that are tried from the largest on.
const STEPS: usize = 4;

impl Trials<'_, '_, '_> {
    /// A smaller size of one dimension with a plan, for the dimensions from the largest on. Data that are
    /// given fix their sizes.
    pub(super) fn sizes(&mut self, from_least: bool) {
        if self.options.data.is_some() {
            return;
        }
        let Ok(analysis) = analyze(self.source, self.options) else { return };
        // Iterations are looked at by themselves.
        let ends = outermost(&analysis).and_then(|range| range.dim);
        let size = |name: &str| analysis.program.dims.iter().find(|dim| dim.name == name).map(|dim| dim.size);
        let mut dims: Vec<(&str, usize)> = analysis
            .ast
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Dim(binding) if matches!(binding.value.kind, ExprKind::Number { .. }) => {
                    Some((binding.name.name.as_str(), size(&binding.name.name)?))
                }
                _ => None,
            })
            .filter(|(name, size)| *size > 1 && Some(*name) != ends)
            .collect();
        dims.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        let mut any = false;
        for (name, size) in dims {
            if self.enough() {
                return;
            }
            // Of what is too wide the least is tried first, because what is large takes long to try.
            let halved: Vec<usize> = match from_least {
                true => LEAST.iter().rev().map(|halvings| size >> halvings).collect(),
                false => (1..=HALVINGS).map(|halvings| size >> halvings).collect(),
            };
            let mut largest = None;
            let steps = if from_least { LEAST.len() } else { STEPS };
            for size in halved.into_iter().filter(|size| *size > 1).take(steps) {
                let mut options = self.options.clone();
                options.dims.retain(|(known, _)| known != name);
                options.dims.push((name.to_owned(), size));
                // What a size lacks another change may give.
                match self.proves(self.source, &options, smaller(name, size)) {
                    Ok(words) => largest = Some(words),
                    Err(_) if from_least => break,
                    Err(_) => continue,
                }
                if !from_least {
                    break;
                }
            }
            if let Some(words) = largest {
                self.works.push(words);
                any = true;
            }
        }
        if !any && !self.options.patience.is_over() {
            self.note(Err(Shortage::Other), "smaller sizes");
        }
    }
}

fn smaller(name: &str, size: usize) -> String {
    format!("take a smaller `{name}`: {}", Setting::Size.to(format_args!("{name}={size}")))
}

/// Factor between sizes that are tried of a dimension with which no graph of the program is made.
const FACTOR: usize = 8;
/// The first of them.
const FIRST: usize = 8;
/// The largest: plans for more take long to make.
const LARGEST: usize = 1 << 18;

/// The largest size of a dimension, of those that are tried, with which a program has a plan that is too large to be read: of the
/// largest dimension with one.
pub(super) fn fitting(source: &SourceFile, options: &Options, attempt: &mut Attempt<'_>) -> Option<String> {
    let file = syntax::parse(source).ok()?;
    let mut dims: Vec<(&str, usize)> = Vec::new();
    for item in &file.items {
        let Item::Dim(binding) = item else { continue };
        let ExprKind::Number { text, .. } = &binding.value.kind else { continue };
        let name = binding.name.name.as_str();
        let given = options.dims.iter().rev().find(|(known, _)| known == name).map(|(_, size)| *size);
        dims.extend(given.or_else(|| text.parse().ok()).map(|size| (name, size)));
    }
    dims.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    dims.into_iter().find_map(|(name, size)| {
        let mut fits = |tried: usize| {
            let mut options = options.clone();
            options.dims.retain(|(known, _)| known != name);
            options.dims.push((name.to_owned(), tried));
            !options.patience.is_over()
                && analyze(source, &options).is_ok()
                && attempt(source, &options).is_ok()
        };
        // From the least on, because what is large takes long to try.
        let sizes = std::iter::successors(Some(FIRST), |size| size.checked_mul(FACTOR));
        let mut largest = None;
        let mut next = None;
        for tried in sizes.take_while(|tried| *tried < size && *tried <= LARGEST) {
            if !fits(tried) {
                next = Some(tried);
                break;
            }
            largest = Some(tried);
        }
        // Between what fits and what does not.
        if let Some((fitting, too_large)) = largest.zip(next) {
            let between = [too_large / 2, too_large / 4].into_iter().filter(|tried| *tried > fitting);
            largest = between.into_iter().find(|tried| fits(*tried)).or(largest);
        }
        largest.map(|largest| smaller(name, largest))
    })
}
