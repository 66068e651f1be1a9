//! Relinearization where it costs least: a minimal vertex cut.
//!
//! Products have three parts; rotations, further products, rescales and results need two. What is linear in between (sums, level
//! drops) works on three parts as well, for half as much again. A rescale could too, but the rounding of the third part would be
//! multiplied by the square of the secret: at 2^14 that takes 7 bits of precision. So several products that are summed can share one
//! relinearization after the sum, and a product that is read by several sums can have one before them: which is cheapest is a
//! minimal cut through the vertices between products and the uses that need two parts. A vertex costs the relinearization of its
//! value at its level, as [`super::fuse_rescale`](mod@super::fuse_rescale) would make it; a linear vertex on the side of the products costs what its third part
//! costs. Sums move in front of rescales first (`relinearize/sums.rs`). The cut is found by maximal flow, one region of connected linear
//! operations at a time.

mod flow;
mod prices;
mod region;
mod sums;
#[cfg(test)]
mod tests;

use crate::ckks::graph::{Node, Op, Program};
use hep_tensor::dag::{Dag, NodeId};
use region::{Uses, regions};

pub use prices::Prices;

/// The program with relinearizations where they cost least. Those that it has are moved; merged ones are taken apart.
#[must_use]
pub fn relinearize(program: &Program, prices: Prices<'_>) -> Program {
    let program = sums::sums_first(&bare(program));
    let uses = Uses::of(&program);
    let mut cut = vec![false; program.graph.len()];
    for region in regions(&program) {
        for id in region.cheapest(&program, prices, &uses) {
            cut[id.index()] = true;
        }
    }
    inserted(&program, &cut)
}

/// The program without any relinearization: every value that depends on a product through linear operations has three parts.
fn bare(program: &Program) -> Program {
    let mut bare = program.rewrite();
    while let Some(id) = bare.advance() {
        let operands = bare.operands(id);
        let node = program.graph.node(id);
        if node.op == Op::Relinearize {
            bare.became(id, operands[0]);
            continue;
        }
        let op = if node.op == Op::RelinearizeRescale { Op::Rescale } else { node.op.clone() };
        let parts = if op.is_linear() { largest(&bare.graph, &operands) } else { node.parts };
        bare.replace(id, Node { op, parts, ..node.clone() });
    }
    program.rewritten(bare)
}

/// Most parts among operands.
fn largest(graph: &Dag<Node>, operands: &[NodeId]) -> u8 {
    operands.iter().map(|operand| graph.node(*operand).parts).max().unwrap_or(2)
}

/// The program with a relinearization after every node in `cut`; what reads such a node reads two parts.
fn inserted(program: &Program, cut: &[bool]) -> Program {
    let mut inserted = program.rewrite();
    while let Some(id) = inserted.advance() {
        let node = program.graph.node(id);
        let linear = node.op.is_linear();
        let parts = if linear { largest(&inserted.graph, &inserted.operands(id)) } else { node.parts };
        let placed = inserted.replace(id, Node { parts, ..node.clone() });
        if cut[id.index()] && parts == 3 {
            let two = Node { op: Op::Relinearize, parts: 2, ..node.clone() };
            let two = inserted.graph.push(two, vec![placed]);
            inserted.became(id, two);
        }
    }
    program.rewritten(inserted)
}
