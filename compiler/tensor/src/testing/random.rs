//! Random training loops.

use super::{Frame, S};
use crate::dag::NodeId;
use crate::graph::Program;
use crate::testing::dim;
use hep_plan::host::{Reduction, Unary};
use hep_plan::tensor::Tensor;

/// A training loop with a random body, one choice per byte; on all rows or on mini-batches of two.
pub fn random_program(choices: &[u8]) -> Program {
    let mut p = Frame::new(4, 2, 3, 3);
    let (mut x, mut y) = (p.x, p.y);
    if choices.last().is_some_and(|last| last % 2 == 1) {
        let rows = dim("batch", 2);
        x = p.e.0.rows(x, rows.clone(), S).unwrap();
        y = p.e.0.rows(y, rows, S).unwrap();
    }
    let mut walk = Walk { bytes: choices, at: 0, x, y, cd: vec![p.w, p.v], nc: vec![y] };
    let first = walk.weights(&mut p, 5);
    let second = walk.weights(&mut p, 5);
    p.e.named("first", first);
    let small = p.e.num(0.01);
    let damped = p.e.mul(small, first);
    let w = p.e.sub(p.w, damped);
    let v = p.e.mul(second, small);
    p.finish(w, v, Vec::new())
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The features of all rows or of a batch.
    x: NodeId,
    /// The labels that belong to them.
    y: NodeId,
    cd: Vec<NodeId>,
    nc: Vec<NodeId>,
}

impl Walk<'_> {
    fn next(&mut self, bound: u8) -> u8 {
        self.at += 1;
        self.bytes.get(self.at - 1).copied().unwrap_or(0) % bound
    }

    fn pick(&mut self, weights: bool) -> NodeId {
        let choice = self.next(255) as usize;
        let pool = if weights { &self.cd } else { &self.nc };
        pool[choice % pool.len()]
    }

    fn scalar(&mut self, p: &mut Frame) -> NodeId {
        let choice = self.next(4);
        let half = p.e.num(0.5);
        match choice {
            0 => half,
            1 => p.e.div(half, p.t),
            2 => p.e.add(p.t, half),
            _ => p.e.num(-1.5),
        }
    }

    /// An expression over `[c, d]`.
    fn weights(&mut self, p: &mut Frame, depth: usize) -> NodeId {
        if depth == 0 {
            return self.pick(true);
        }
        let d = depth - 1;
        let node = match self.next(16) {
            0 | 1 => {
                let scores = self.scores(p, d);
                let t = p.e.t(scores);
                p.e.matmul(t, self.x)
            }
            2 | 3 => {
                let (x, y) = (self.weights(p, d), self.weights(p, d));
                p.e.add(x, y)
            }
            4 => {
                let (x, y) = (self.weights(p, d), self.weights(p, d));
                p.e.sub(x, y)
            }
            5 | 6 => {
                let (s, x) = (self.scalar(p), self.weights(p, d));
                p.e.mul(s, x)
            }
            7 | 8 => {
                let x = self.weights(p, d);
                p.e.mul(p.b, x)
            }
            9 => {
                let (s, x) = (self.scalar(p), self.weights(p, d));
                let factor = p.e.mul(s, p.b);
                p.e.mul(factor, x)
            }
            10 => {
                let x = self.weights(p, d);
                p.e.0.unary(Unary::Neg, x, S).unwrap()
            }
            11 => {
                let x = self.weights(p, d);
                let mask = Tensor::new(vec![3], vec![1.0, 0.0, -2.0]).unwrap();
                let mask = p.e.0.tensor(mask, vec![dim("d", 3)], S).unwrap();
                p.e.mul(x, mask)
            }
            12 => {
                let (x, y) = (self.weights(p, d), self.weights(p, d));
                p.e.mul(x, y)
            }
            13 => {
                let (s, x) = (self.scalar(p), self.weights(p, d));
                let t = p.e.t(x);
                let scaled = p.e.mul(s, t);
                p.e.t(scaled)
            }
            14 => {
                let (s, x) = (self.scalar(p), self.weights(p, d));
                let mean = p.e.0.reduce(Reduction::Mean, x, 0, S).unwrap();
                let scaled = p.e.mul(s, mean);
                let other = self.pick(true);
                p.e.add(other, scaled)
            }
            _ => self.pick(true),
        };
        self.cd.push(node);
        node
    }

    /// An expression over `[n, c]`.
    fn scores(&mut self, p: &mut Frame, depth: usize) -> NodeId {
        if depth == 0 {
            return self.pick(false);
        }
        let d = depth - 1;
        let node = match self.next(8) {
            0..=2 => {
                let w = self.weights(p, d);
                let t = p.e.t(w);
                p.e.matmul(self.x, t)
            }
            3 | 4 => {
                let z = self.scores(p, d);
                let unit = p.e.poly(&[0.1, 0.5, -0.2], z);
                p.e.sub(unit, self.y)
            }
            5 => {
                let (s, z) = (self.scalar(p), self.scores(p, d));
                p.e.mul(s, z)
            }
            6 => {
                let (x, y) = (self.scores(p, d), self.scores(p, d));
                p.e.mul(x, y)
            }
            _ => self.pick(false),
        };
        self.nc.push(node);
        node
    }
}
