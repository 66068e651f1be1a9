//! Sums whose terms have different scales, where no free scale and no level drop is left to take up the difference.
//!
//! One operand is multiplied by ones encoded at the scale that brings the wanted one. That costs a product with a public
//! vector and a level before the sum, so it is the last resort, and it is done to the operand that has most levels to
//! spare. The scale of a corrected operand is free and occurs in this sum only, so that every sum fits in the end.

use super::conflict::{Mismatch, ScaleConflict};
use super::depths::earliest_depths;
use super::graph::{ConstantId, Op, Program};
use super::unroll::Node;
use super::unscaled::Unscaled;
use hep_tensor::dag::{NodeId, Rewrite};
use std::collections::BTreeSet;

/// An operand of a sum, by its position.
type Site = (NodeId, usize);

/// A schedule of arithmetic with as many corrected operands as it needs.
pub(super) fn corrected(
    mut straight: Unscaled,
    ones: ConstantId,
    place: impl Fn(&Unscaled) -> Result<Program, ScaleConflict>,
) -> Result<Program, ScaleConflict> {
    loop {
        match place(&straight) {
            Err(ScaleConflict::Sums { first, others }) => {
                let sites = sites(&straight, ones, [first].iter().chain(&others));
                if sites.is_empty() {
                    return Err(ScaleConflict::Sums { first, others });
                }
                straight = with_products(&straight, ones, &sites);
            }
            other => return other,
        }
    }
}

/// Of each sum the operand that has most levels to spare, if it is not corrected already.
fn sites<'m>(
    straight: &Unscaled,
    ones: ConstantId,
    mismatches: impl Iterator<Item = &'m Mismatch>,
) -> BTreeSet<Site> {
    let graph = &straight.graph;
    let depths = earliest_depths(straight);
    let is_corrected = |id: NodeId| matches!(&graph.node(id).op, Op::SumMulPlain(with) if with[..] == [ones]);
    let site = |mismatch: &Mismatch| {
        let operands = graph.operands(mismatch.at);
        let candidates = match graph.node(mismatch.at).op {
            Op::SumMul => vec![2 * mismatch.term, 2 * mismatch.term + 1, 0, 1],
            _ => vec![1, 0],
        };
        let open = candidates.into_iter().filter(|at| !is_corrected(operands[*at]));
        open.min_by_key(|at| depths[operands[*at].index()]).map(|at| (mismatch.at, at))
    };
    mismatches.filter_map(site).collect()
}

/// The same arithmetic with these operands multiplied by ones.
fn with_products(straight: &Unscaled, ones: ConstantId, sites: &BTreeSet<Site>) -> Unscaled {
    let mut corrected = Rewrite::of_parts(&straight.graph, &straight.parts);
    while let Some(id) = corrected.advance() {
        let node = straight.graph.node(id);
        let mut operands = corrected.operands(id);
        for (_, at) in sites.range((id, 0)..=(id, usize::MAX)) {
            let product = Node { op: Op::SumMulPlain(vec![ones]), ..node.clone() };
            operands[*at] = corrected.graph.push(product, vec![operands[*at]]);
        }
        let new = corrected.graph.push(node.clone(), operands);
        corrected.became(id, new);
    }
    straight.rewritten(corrected)
}
