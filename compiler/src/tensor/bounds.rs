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

/// For every check of the program, the interval that holds its score in iterations 1, 2, …; scores outside the loop
/// have one interval.
#[must_use]
pub fn bounds(program: &Program) -> Vec<Vec<Range>> {
    let mut analysis = Analysis {
        program,
        regions: regions(program),
        public: PublicValues::new(program),
        known: program.graph.ids().map(|id| program.graph.node(id).ty.range).collect(),
    };
    let mut found = vec![Vec::new(); program.checks.len()];
    let init = |a: &Analysis<'_>| program.train.carried.iter().map(|c| a.known[c.init.index()]).collect();
    let mut carried: Vec<Range> = init(&analysis);
    for iteration in 1..=program.train.iterations {
        analysis.iterate(iteration, &carried);
        for (check, list) in program.checks.iter().zip(&mut found) {
            if analysis.regions[check.score.index()] == Region::Body || iteration == 1 {
                list.push(analysis.known[check.score.index()]);
            }
        }
        carried = program.train.carried.iter().map(|c| analysis.known[c.next.index()]).collect();
    }
    found
}

/// For every check, how many of its scores, from the first iteration on, the declared ranges prove to stay inside its
/// domain, and how many there are.
#[must_use]
pub fn proven(program: &Program) -> Vec<(usize, usize)> {
    let inside = |range: &Range, (lo, hi): (f64, f64)| range.is_some_and(|(a, b)| lo <= a && b <= hi);
    let found = bounds(program);
    let checks = program.checks.iter().zip(&found);
    let count =
        |check: &RangeCheck, ranges: &[Range]| ranges.iter().take_while(|r| inside(r, check.domain)).count();
    checks.map(|(check, ranges)| (count(check, ranges), ranges.len())).collect()
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
            Op::Encrypt { .. } => self.known[operands[0].index()],
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
        let text = format!(
            "program p  dim n = 4  dim f = 2  dim T = 3
             owner X0 : real[n, f] in -1 .. 1  owner y : class[n, 2]
             secret X : real[n, f] = X0  secret Y : bit[n] = y
             let score(w) = X @ w
             loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
             approx sigmoid on -{domain} .. {domain} degree 3
             train {{
               var w : real[f] = 0
               for t in 1 .. T {{ w = w - 1 / (4 * t) * grad(nll, Y, score, at = w) }}
             }}
             reveal w"
        );
        crate::analyse(&SourceFile::new("test.hep", text), &crate::Options::default()).unwrap().program
    }

    #[test]
    fn the_first_iteration_of_a_zero_model_is_proven() {
        assert_eq!(bounds(&program(0.9))[0][0], Some((0.0, 0.0)));
        assert_eq!((proven(&program(0.9)), proven(&program(8.0))), (vec![(1, 3)], vec![(3, 3)]));
    }

    #[test]
    fn intervals_hold_every_score() {
        let program = program(8.0);
        let found = bounds(&program);
        for seed in 0..20 {
            let mut interpreter = Interpreter::new(&program, &data(&program, seed)).unwrap();
            for range in &found[0] {
                let step = interpreter.step().unwrap();
                let scores = &step.node(program.checks[0].score).unwrap().data;
                let (lo, hi) = range.unwrap();
                assert!(scores.iter().all(|z| (lo..=hi).contains(z)), "{scores:?} leave {lo} .. {hi}");
            }
        }
    }
}
