//! Sets of keys for a schedule, from all to the fewest, whatever the budget: a budget takes one of them, so that more memory never
//! leads to another result than less does, unless it is a cheaper one.

use super::demand::Demands;
use super::forest::Forest;
use super::{Composed, Prices, digits, prune, relinearization_bytes, rewrite};
use crate::ckks::graph::Program;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Bytes of a rung by those of the one above it, at least: there are thousands of sets, and some dozens are told apart.
const STEP: f64 = 0.9;

/// A set of keys.
#[derive(Clone, Debug)]
pub struct Rung {
    /// Bytes of all keys in memory.
    pub bytes: u64,
    /// Seconds that its rotations take beyond those with all keys.
    pub extra_seconds: f64,
    /// Rotations by them; none where every rotation has a key.
    forest: Option<Forest>,
}

impl Rung {
    /// The schedule with these keys; none if that is the schedule as it is.
    pub fn composed(&self, program: &Program) -> Option<Composed> {
        self.forest.as_ref().map(|forest| rewrite::rewritten(program, forest))
    }
}

/// The sets of keys of a schedule, the largest first; each takes less time than those with fewer bytes.
#[must_use]
pub fn ladder(program: &Program, prices: Prices<'_>) -> Vec<Rung> {
    let other = relinearization_bytes(program, prices.params);
    let demands = Rc::new(Demands::of(program, prices));
    let direct = Forest::direct(&demands, &Rc::new(prices.params.clone()));
    let least = direct.seconds();
    let all = Rung { bytes: other + direct.bytes(), extra_seconds: 0.0, forest: None };
    let mut found = Found::below(&direct);
    prune::path(direct.clone(), &mut |forest, bytes| found.visit(forest, bytes));
    let fewest = found.fewest();
    // For what giving up keys does not reach.
    for forest in digits::forests(&direct) {
        digits::path(forest, fewest, &mut |forest, bytes| found.visit(forest, bytes));
    }
    let rung = |(bytes, seconds, forest): State| {
        let extra_seconds = seconds - least;
        Rung { bytes: other + bytes, extra_seconds, forest: Some(forest) }
    };
    std::iter::once(all).chain(found.rungs().into_iter().map(rung)).collect()
}

/// A set of keys on the way, with its bytes and the seconds of the rotations.
type State = (u64, f64, Forest);

/// The fastest states for their bytes.
struct Found {
    /// Bytes and seconds of direct rotations.
    direct: (u64, f64),
    /// By the number of steps below the direct rotations.
    fastest: BTreeMap<u32, State>,
    fewest: Option<State>,
}

impl Found {
    fn below(direct: &Forest) -> Self {
        Self { direct: (direct.bytes(), direct.seconds()), fastest: BTreeMap::new(), fewest: None }
    }

    fn visit(&mut self, forest: &Forest, bytes: u64) {
        let seconds = forest.seconds();
        let before = |known: &State| (known.1, known.0) <= (seconds, bytes);
        let steps = ((bytes as f64 / self.direct.0 as f64).ln() / STEP.ln()).floor().max(0.0) as u32;
        if bytes < self.direct.0 && !self.fastest.get(&steps).is_some_and(before) {
            self.fastest.insert(steps, (bytes, seconds, forest.clone()));
        }
        if self.fewest.as_ref().is_none_or(|(least, time, _)| (bytes, seconds) < (*least, *time)) {
            self.fewest = Some((bytes, seconds, forest.clone()));
        }
    }

    /// Bytes of the fewest keys so far.
    fn fewest(&self) -> u64 {
        self.fewest.as_ref().map_or(self.direct.0, |(bytes, ..)| *bytes)
    }

    /// Those that are faster than all with fewer bytes, the largest first.
    fn rungs(self) -> Vec<State> {
        let mut states: Vec<State> = self.fastest.into_values().chain(self.fewest).collect();
        states.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut least = f64::INFINITY;
        let mut rungs = Vec::new();
        for state in states {
            if state.1 < least && state.0 < self.direct.0 {
                least = state.1;
                rungs.push(state);
            }
        }
        rungs.reverse();
        rungs
    }
}
