//! Random packed programs whose values stay of ordinary size, and data for them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::dag::NodeId;
use hep_compiler::layout::Placement;
use hep_compiler::slot::Program;
use hep_compiler::slot::build::Builder;
use hep_compiler::slot::graph::{Carried, FactorId, Op, Output, Scores, Upload};
use hep_plan::layout::{Axis, Digit, Layout};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;

/// No value of a random program exceeds this.
const BOUND: f64 = 1e3;

/// Numbers that depend on the seed only (xorshift64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 20) % count.max(1) as u64) as usize
    }

    pub fn unit(&mut self) -> f64 {
        self.below(1 << 30) as f64 / f64::from(1 << 29) - 1.0
    }
}

/// A node and a bound of its numbers.
type Sized = (NodeId, f64);

struct Generator {
    random: Random,
    builder: Builder,
    slots: usize,
    factors: Vec<FactorId>,
    iterations: u32,
}

/// One dimension over `blocks` vectors of `slots` numbers.
pub fn layout(slots: usize, blocks: usize) -> Layout {
    Layout {
        names: vec!["n".into()],
        shape: vec![slots * blocks],
        slots,
        axes: vec![Axis { home: Digit { stride: 1, extent: slots }, per_block: slots }],
        hollow: 0,
        turns: None,
    }
}

impl Generator {
    /// A public vector: one number, a mask, or a short period of numbers.
    fn vector(&mut self) -> Vec<f64> {
        let period = 1 << self.random.below(self.slots.ilog2() as usize + 1);
        let mask = self.random.below(2) == 0;
        let of = |random: &mut Random| if mask { random.below(2) as f64 } else { random.unit() };
        let values: Vec<f64> = (0..period).map(|_| of(&mut self.random)).collect();
        values.into_iter().cycle().take(self.slots).collect()
    }

    fn public(&mut self, body: bool) -> Sized {
        let values = self.vector();
        let factor = self.factors[self.random.below(self.factors.len())];
        let factor = (body && self.random.below(3) == 0).then_some(factor);
        if body && self.random.below(4) == 0 {
            let each: Vec<Vec<f64>> = (0..self.iterations).map(|_| self.vector()).collect();
            return (self.builder.series(&each), 1.0);
        }
        (self.builder.public(&values, factor), 1.0)
    }

    fn pick(&mut self, from: &[Sized]) -> Sized {
        // Recent nodes more often: chains as well as nodes that many read.
        let recent = from.len().min(6);
        let at = if self.random.below(2) == 0 {
            from.len() - 1 - self.random.below(recent)
        } else {
            self.random.below(from.len())
        };
        from[at]
    }

    /// A node on some of `from`; a rotation where another would grow too large.
    fn grow(&mut self, from: &[Sized], body: bool) -> Sized {
        let (a, b) = (self.pick(from), self.pick(from));
        let found = match self.random.below(6) {
            0 => (self.builder.add(a.0, b.0), a.1 + b.1),
            1 => (self.builder.sub(a.0, b.0), a.1 + b.1),
            2 => (self.builder.node(Op::Neg, vec![a.0]), a.1),
            3 => return (self.rotated(a.0), a.1),
            4 => {
                let mask = self.public(body);
                (self.builder.mul(a.0, mask.0), a.1)
            }
            _ => self.sum(from, body),
        };
        if found.1 <= BOUND { found } else { (self.rotated(a.0), a.1) }
    }

    fn rotated(&mut self, node: NodeId) -> NodeId {
        let by = self.random.below(self.slots) as i64;
        self.builder.rotate(node, by)
    }

    fn sum(&mut self, from: &[Sized], body: bool) -> Sized {
        let mut bound = 0.0;
        let mut pairs = Vec::new();
        for _ in 0..=self.random.below(9) {
            let a = self.pick(from);
            let b = if self.random.below(3) == 0 { self.public(body) } else { self.pick(from) };
            let turned = if self.random.below(2) == 0 { self.rotated(a.0) } else { a.0 };
            bound += a.1 * b.1;
            pairs.push((turned, b.0));
        }
        (self.builder.sum_mul(&pairs), bound)
    }

    /// One of some values from before the loop in every iteration.
    fn selected(&mut self, before: &[Sized]) -> Sized {
        let values: Vec<Sized> = (0..=self.random.below(4)).map(|_| self.pick(before)).collect();
        let nodes: Vec<NodeId> = values.iter().map(|v| self.rotated(v.0)).collect();
        (self.builder.select(&nodes), values.iter().map(|v| v.1).fold(0.0, f64::max))
    }

    /// Blocks that all go the same way, as the ciphertexts of a data set do.
    fn blocks(&mut self, inputs: &[NodeId], weights: Sized) -> (Vec<NodeId>, Sized) {
        let coefficient = self.vector();
        let coefficient = self.builder.public(&coefficient, None);
        let (first, second) = (self.vector(), self.vector());
        let masks = [self.builder.public(&first, None), self.builder.public(&second, None)];
        let turns = [self.random.below(self.slots) as i64, self.random.below(self.slots) as i64];
        let mut scores = Vec::new();
        let mut terms = Vec::new();
        for &input in inputs {
            let turned = self.builder.rotate(input, turns[0]);
            let copies = masks.map(|mask| self.builder.mul(turned, mask));
            let other = self.builder.rotate(weights.0, turns[1]);
            let score = self.builder.sum_mul(&[(copies[0], weights.0), (copies[1], other), (input, other)]);
            let score = self.builder.fold(score, 1, 1);
            let square = self.builder.mul(score, score);
            let square = self.builder.mul(square, coefficient);
            let error = self.builder.sub(square, score);
            scores.push(score);
            terms.extend(copies.map(|copy| (copy, error)));
        }
        let z = 6.0 * weights.1;
        let sum = self.builder.sum_mul(&terms);
        let tiny = self.builder.public(&vec![1e-3 / inputs.len() as f64; self.slots], None);
        (scores, (self.builder.mul(sum, tiny), 2e-3 * (z * z + z)))
    }
}

/// A random program on vectors of `slots` numbers; `blocks` of them in its larger upload.
pub fn program(seed: u64, slots: usize, blocks: usize, size: usize) -> Program {
    let mut g = Generator {
        random: Random::new(seed),
        builder: Builder::new(slots),
        slots,
        factors: Vec::new(),
        iterations: 3,
    };
    for name in ["a", "b"] {
        let values = (0..g.iterations).map(|_| g.random.unit()).collect();
        let factor = g.builder.factor(name.into(), values);
        g.factors.push(factor);
    }
    let input = |g: &mut Generator, upload, block| g.builder.node(Op::Input { upload, block }, vec![]);
    let data: Vec<NodeId> = (0..blocks).map(|block| input(&mut g, 0, block)).collect();
    let small = input(&mut g, 1, 0);
    let mut before: Vec<Sized> = vec![(small, 1.0), (data[0], 1.0)];
    for _ in 0..size / 2 {
        let next = g.grow(&before, false);
        before.push(next);
    }
    let leaf = |g: &mut Generator, op: Op| g.builder.node(op, vec![]);
    let carried: Vec<NodeId> = (0..2).map(|var| leaf(&mut g, Op::Carried { var, block: 0 })).collect();
    let (scores, gradient) = g.blocks(&data, (carried[0], 1.0));
    let mut body: Vec<Sized> = before.clone();
    body.extend([(carried[0], 1.0), (carried[1], 1.0), gradient]);
    for _ in 0..=g.random.below(4) {
        let next = g.selected(&before);
        body.push(next);
    }
    for _ in 0..size {
        let next = g.grow(&body, true);
        body.push(next);
    }
    // Loop variables stay at most 1.
    let next = |g: &mut Generator| {
        let (node, bound) = g.pick(&body);
        let shrink = g.builder.public(&vec![1.0 / bound.max(1.0); slots], None);
        g.builder.mul(node, shrink)
    };
    let (first, second) = (next(&mut g), next(&mut g));
    let start = g.public(false).0;
    let variables = vec![
        Carried { name: "w".into(), layout: None, init: vec![start], next: vec![first] },
        Carried {
            name: "v".into(),
            layout: None,
            init: vec![small],
            next: vec![if seed.is_multiple_of(3) { carried[0] } else { second }],
        },
    ];
    let mut after = before;
    after.extend((0..2).map(|var| (leaf(&mut g, Op::Final { var, block: 0 }), 1.0)));
    let reached = after.len();
    for _ in 0..size / 3 {
        let next = g.grow(&after, false);
        after.push(next);
    }
    let outputs = [reached - 1, reached - 2, after.len() - 1]
        .iter()
        .enumerate()
        .map(|(i, at)| Output { name: format!("o{i}"), layout: layout(slots, 1), values: vec![after[*at].0] })
        .collect();
    Program {
        name: "random".into(),
        placement: Placement { slots, homes: vec![], rows: vec![] },
        uploads: vec![
            Upload { name: "X".into(), layout: layout(slots, blocks) },
            Upload { name: "B".into(), layout: layout(slots, 1) },
        ],
        iterations: g.iterations,
        graph: g.builder.graph,
        vectors: g.builder.vectors,
        factors: g.builder.factors,
        carried: variables,
        outputs,
        scores: vec![Scores { check: 0, layout: layout(slots, blocks), values: scores }],
    }
}

/// Numbers in −1 .. 1 for the uploads of a program.
pub fn uploads(program: &Program, seed: u64) -> BTreeMap<String, Tensor> {
    let mut random = Random::new(seed ^ 0xabcd);
    let mut tensor = |upload: &Upload| {
        let shape = upload.layout.shape.clone();
        let data = (0..shape.iter().product()).map(|_| random.unit()).collect();
        (upload.name.clone(), Tensor::new(shape, data).unwrap())
    };
    program.uploads.iter().map(&mut tensor).collect()
}
