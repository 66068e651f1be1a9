//! Smaller dimensions, for what is too wide or takes too much.

use super::Trials;
use super::iterations::outermost;
use crate::analyse;
use crate::refusals::Shortage;
use hep_front::syntax::ast::{ExprKind, Item};
use hep_plan::setting::Setting;

/// How often a size is halved at most.
const HALVINGS: usize = 6;
/// Sizes of a dimension that are tried.
const STEPS: usize = 4;

impl Trials<'_, '_, '_> {
    /// A smaller size of one dimension with a plan, for the dimensions from the largest on. Data that are
    /// given fix their sizes.
    pub(super) fn sizes(&mut self, from_least: bool) {
        if self.options.data.is_some() {
            return;
        }
        let Ok(analysis) = analyse(self.source, self.options) else { return };
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
            let mut halved: Vec<usize> = (1..=HALVINGS).map(|halvings| size >> halvings).collect();
            // Of what is too wide the least is tried first, because what is large takes long to try.
            if from_least {
                halved.reverse();
            }
            let mut largest = None;
            for size in halved.into_iter().filter(|size| *size > 1).take(STEPS) {
                let mut options = self.options.clone();
                options.dims.retain(|(known, _)| known != name);
                options.dims.push((name.to_owned(), size));
                match self.tries(self.source, &options) {
                    Ok(()) => largest = Some(size),
                    Err(_) if from_least => break,
                    Err(_) => continue,
                }
                if !from_least {
                    break;
                }
            }
            if let Some(size) = largest {
                self.works.push(format!(
                    "take a smaller `{name}`: {}",
                    Setting::Size.to(format_args!("{name}={size}"))
                ));
                any = true;
            }
        }
        if !any && !self.options.patience.is_over() {
            self.note(Err(Shortage::Other), "smaller sizes");
        }
    }
}
