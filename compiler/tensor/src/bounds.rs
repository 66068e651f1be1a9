//! Interval analysis over the iterations: what the declared ranges say about every score, without any data.
//!
//! Exact for a first iteration on a zero model, soon too wide to prove anything: intervals know nothing of the
//! correlation between data and model. What they prove needs no clear run.

use super::graph::{Op, Place, Program, RangeCheck};
use super::interval::{self, Range};
use super::owner::PublicValues;
use super::region::{Region, regions};
use crate::dag::NodeId;
use hep_plan::host::HostOp;

/// For every check, how many of its scores, from the first iteration on, the declared ranges prove to stay inside its
/// domain, and how many there are. Nothing is looked at behind the first iteration that is not proven for any check.
#[must_use]
pub fn proven(program: &Program) -> Vec<(usize, usize)> {
    let regions = regions(program);
    let scores = |check: &RangeCheck| match regions[check.score.index()] {
        Region::Body => program.train.iterations as usize,
        _ => 1,
    };
    let mut counts = vec![0; program.checks.len()];
    let mut open = vec![true; program.checks.len()];
    each_iteration(program, |ranges| {
        for (index, (check, range)) in program.checks.iter().zip(ranges).enumerate() {
            let (lo, hi) = check.domain;
            open[index] &= counts[index] < scores(check) && range.is_some_and(|(a, b)| lo <= a && b <= hi);
            counts[index] += usize::from(open[index]);
        }
        open.contains(&true)
    });
    counts.into_iter().zip(program.checks.iter().map(scores)).collect()
}

/// Shows the interval of every check's score in iterations 1, 2, …, as long as that is wanted.
pub fn each_iteration(program: &Program, mut wanted: impl FnMut(&[Range]) -> bool) {
    let mut analysis = Analysis {
        program,
        regions: regions(program),
        public: PublicValues::new(program),
        known: program.graph.ids().map(|id| program.graph.node(id).ty.range).collect(),
    };
    let known = |a: &Analysis<'_>, id: NodeId| a.known[id.index()];
    let mut carried: Vec<Range> = program.train.carried.iter().map(|c| known(&analysis, c.init)).collect();
    for iteration in 1..=program.train.iterations {
        analysis.iterate(iteration, &carried);
        let ranges: Vec<Range> = program.checks.iter().map(|check| known(&analysis, check.score)).collect();
        if !wanted(&ranges) {
            return;
        }
        carried = program.train.carried.iter().map(|c| known(&analysis, c.next)).collect();
    }
}

struct Analysis<'p> {
    program: &'p Program,
    regions: Vec<Region>,
    public: PublicValues<'p>,
    /// By node; those of the loop body are of the last iteration analyzed.
    known: Vec<Range>,
}

impl Analysis<'_> {
    fn iterate(&mut self, iteration: u32, carried: &[Range]) {
        for id in self.program.graph.ids() {
            if self.regions[id.index()] == Region::Body {
                self.known[id.index()] = self.range(id, iteration, carried);
            }
        }
    }

    fn range(&mut self, id: NodeId, iteration: u32, carried: &[Range]) -> Range {
        let node = self.program.graph.node(id);
        if node.ty.place == Place::Public {
            return self.public.get(id, iteration).and_then(|value| interval::hull(&value.data));
        }
        let operands = self.program.graph.operands(id);
        match &node.op {
            Op::Carried(variable) => carried[*variable],
            Op::Encrypt { .. } | Op::Rows { .. } => self.known[operands[0].index()],
            Op::Host(op) => self.image(op, operands),
            Op::Final(_) | Op::Iteration => None,
        }
    }

    fn image(&self, op: &HostOp, operands: &[NodeId]) -> Range {
        let of = |id: &NodeId| (self.known[id.index()], self.program.graph.node(*id).ty.shape());
        let ranges: Vec<_> = operands.iter().map(of).collect();
        interval::image(op, &ranges, operands.first() == operands.get(1))
    }
}
