//! What a schedule costs, by a table of some machine: enough to compare rings, digits and schedules.
//!
//! The composition of operations from steps is that of [`hep_plan::cost`]. The table is data that the caller brings; it
//! decides nothing but which of several correct plans is taken.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::ckks::graph::Program;
use hep_plan::cost::{RingCosts, Shape, Work};
use hep_plan::isa::{Cost, Plains, Terms};
use hep_plan::server::Kind as ValueKind;
use hep_plan::units::Level;
use hep_plan::{Part, Step};
use hep_tensor::dag::NodeId;
use std::collections::{BTreeMap, BTreeSet};

/// Vectors encoded per product with a public vector: most are encoded once and used again.
const ENCODINGS_PER_PRODUCT: f64 = 0.25;

/// What the work of a node depends on, beside the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    cost: Cost,
    terms: Terms,
    /// Depth of the result.
    depth: u32,
    /// Levels above the result that it is computed at.
    above: u32,
    /// How its vectors are encoded: modulo the special primes too, if there are any.
    encodes: Option<bool>,
}

/// The operations of a schedule, counted by kind, so that many parameters can be compared.
#[derive(Clone, Debug)]
pub struct Operations(BTreeMap<Kind, usize>);

impl Operations {
    /// Counts a schedule. What several nodes share, which will be one instruction, is counted with the first.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        Self::of_some(program, |_| true)
    }

    /// Counts some of the nodes of a schedule. Refreshes are not among them: what they take depends on the parameters.
    #[must_use]
    pub fn of_some(program: &Program, counts_in: impl Fn(NodeId) -> bool) -> Self {
        let mut rotated = vec![false; program.graph.len()];
        let mut multiplied: BTreeMap<(NodeId, u32, Part), BTreeSet<Step>> = BTreeMap::new();
        let mut counts = BTreeMap::new();
        for id in program.graph.ids().filter(|id| counts_in(*id)) {
            let (node, operands) = (program.graph.node(id), program.graph.operands(id));
            let row = node.op.row();
            let mut terms = node.op.work_terms(operands, usize::from(node.parts), false);
            match row.cost {
                // Data that are there already.
                Cost::Fresh | Cost::Copies | Cost::Encode | Cost::Refresh(_) => continue,
                // Further rotations of a source share its decomposition.
                Cost::Rotations => {
                    let known =
                        operands.first().map(|source| std::mem::replace(&mut rotated[source.index()], true));
                    terms.sources = usize::from(known != Some(true));
                }
                Cost::HoistedProducts => {
                    (terms.sources, terms.rotations) = (0, 0);
                    for (at, step) in node.op.turns().into_iter().filter(|(_, step)| !step.is_zero()) {
                        let known =
                            multiplied.entry((operands[at], node.depth, program.part(id))).or_default();
                        terms.sources += usize::from(known.is_empty());
                        terms.rotations += usize::from(known.insert(step));
                    }
                }
                Cost::Passes
                | Cost::Products
                | Cost::PlainProducts
                | Cost::Switch
                | Cost::Divide
                | Cost::SwitchAndDivide
                | Cost::SumRotations => {}
            }
            let encodes = match row.plains {
                Plains::Each(kind) => Some(kind == ValueKind::ExtendedPlain),
                Plains::None | Plains::One => None,
            };
            let above = row.levels.computed_at(Level(0), Level(0)).0;
            *counts.entry(Kind { cost: row.cost, terms, depth: node.depth, above, encodes }).or_default() +=
                1;
        }
        Self(counts)
    }

    /// Seconds on one thread when the deepest level has depth `depth` and digits have `digit_limbs` limbs, as many as there
    /// are special ones.
    #[must_use]
    pub fn seconds(&self, depth: u32, digit_limbs: u32, ring: &RingCosts) -> f64 {
        let mut work = Work::default();
        for (kind, count) in &self.0 {
            work += kind.work(depth, digit_limbs as usize) * *count as f64;
        }
        ring.seconds(work, 1)
    }
}

impl Kind {
    fn work(self, depth: u32, digit_limbs: usize) -> Work {
        let limbs = (depth - self.depth + 1 + self.above) as usize;
        let shape = Shape { limbs, digit_limbs, special: digit_limbs };
        let encoded = ENCODINGS_PER_PRODUCT * self.terms.ciphers as f64;
        self.cost.work(self.terms, shape)
            + match self.encodes {
                Some(true) => shape.encode_extended() * encoded,
                Some(false) => shape.encode() * encoded,
                None => Work::default(),
            }
    }
}
