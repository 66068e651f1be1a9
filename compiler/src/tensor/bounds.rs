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
fn each_iteration(program: &Program, mut wanted: impl FnMut(&[Range]) -> bool) {
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
    /// By node; those of the loop body are of the last iteration analysed.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;
    use crate::tensor::interpret::Interpreter;
    use crate::tensor::testing::data;

    /// Features in −1 .. 1, as the data of these tests are.
    fn program(domain: f64) -> Program {
        analysed(domain, "for t in 1 .. T {")
    }

    fn analysed(domain: f64, head: &str) -> Program {
        let end = "}".repeat(head.matches('{').count());
        let text = format!(
            "program p  dim n = 4  dim f = 2  dim T = 3
             owner X0 : real[n, f] in -1 .. 1  owner y : class[n, 2]
             secret X : real[n, f] = X0  secret Y : bit[n] = y
             let score(w) = X @ w
             loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
             approx sigmoid on -{domain} .. {domain} degree 3
             train {{
               var w : real[f] = 0
               {head} w = w - 1 / (4 * t) * grad(nll, Y, score, at = w) {end}
             }}
             reveal w"
        );
        crate::analyse(&SourceFile::new("test.hep", text), &crate::Options::default()).unwrap().program
    }

    fn found(program: &Program) -> Vec<Range> {
        let mut all = vec![];
        each_iteration(program, |ranges| {
            all.push(ranges[0]);
            true
        });
        all
    }

    #[test]
    fn the_first_iteration_of_a_zero_model_is_proven() {
        assert_eq!(found(&program(0.9))[0], Some((0.0, 0.0)));
        assert_eq!((proven(&program(0.9)), proven(&program(8.0))), (vec![(1, 3)], vec![(3, 3)]));
    }

    #[test]
    fn intervals_hold_every_score() {
        let batches = analysed(8.0, "for t in 1 .. T { for batch in rows(X, Y, size = 2) {");
        assert_eq!(batches.train.iterations, 6);
        for program in [program(8.0), batches] {
            hold(&program);
        }
    }

    fn hold(program: &Program) {
        let found = found(program);
        for seed in 0..20 {
            let mut interpreter = Interpreter::new(program, &data(program, seed)).unwrap();
            for range in &found {
                let step = interpreter.step().unwrap();
                let scores = &step.node(program.checks[0].score).unwrap().data;
                let (lo, hi) = range.unwrap();
                assert!(scores.iter().all(|z| (lo..=hi).contains(z)), "{scores:?} leave {lo} .. {hi}");
            }
        }
    }
}
