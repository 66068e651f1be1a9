//! What every schedule must satisfy: levels fall by rescales only, summands agree in level and exact scale, products
//! are relinearised before they are rotated or multiplied.

use super::graph::{Op, Program};
use super::scale::{Atom, Form};

/// All violations, as text; empty for a sound schedule.
#[must_use]
pub fn verify(program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    let graph = &program.graph;
    let scale = |id| program.scales.resolve(&graph.node(id).scale);
    for id in graph.ids() {
        let node = graph.node(id);
        let operands = graph.operands(id);
        let mut check = |ok: bool, what: &str| {
            if !ok {
                found.push(format!("{id}: {what}"));
            }
        };
        let depths: Vec<u32> = operands.iter().map(|o| graph.node(*o).depth).collect();
        let parts: Vec<u8> = operands.iter().map(|o| graph.node(*o).parts).collect();
        check(node.depth <= program.depth, "below the last level");
        match &node.op {
            Op::Input { upload, block } => {
                let count = program.uploads.get(*upload).map_or(0, |u| u.layout.ciphertexts());
                check(*block < count, "no such ciphertext of an upload");
            }
            Op::Add | Op::Sub => {
                check(depths == [node.depth; 2], "summands of different level");
                check(parts.iter().max() == Some(&node.parts), "not the parts of the larger summand");
                check(scale(operands[0]) == scale(operands[1]), "summands of different scale");
                check(scale(id) == scale(operands[0]), "scale is not the summands'");
            }
            Op::Neg | Op::AddPlain(_) | Op::SubPlain(_) => {
                check(depths == [node.depth] && scale(id) == scale(operands[0]), "level or scale changed");
                check(parts == [node.parts], "parts changed");
            }
            Op::Reread(number) => {
                check(depths == [node.depth] && parts == [node.parts], "level or parts changed");
                let before = scale(id).times(&Form::atom(Atom::Number(*number)));
                check(before == scale(operands[0]), "scale not divided by the number");
            }
            Op::Rotate(_) => {
                check(
                    depths == [node.depth] && parts == [2] && node.parts == 2,
                    "rotates a value of three parts",
                );
                check(scale(id) == scale(operands[0]), "scale changed");
            }
            Op::SumRotations(steps) => {
                check(steps.len() == operands.len() && !steps.is_empty(), "needs one step an operand");
                check(
                    depths.iter().all(|d| *d == node.depth)
                        && parts.iter().all(|p| *p == 2)
                        && node.parts == 2,
                    "rotates values of other levels or of three parts",
                );
                check(operands.iter().all(|o| scale(*o) == scale(id)), "scale is not the summands'");
            }
            Op::SumMulPlain(constants) => {
                check(
                    constants.len() == operands.len() && !operands.is_empty(),
                    "needs one constant an operand",
                );
                check(
                    depths.iter().all(|d| *d <= node.depth) && parts.iter().all(|p| *p == 2),
                    "operand too deep",
                );
            }
            Op::RotatedProducts(terms) => {
                check(terms.len() == operands.len() && !terms.is_empty(), "needs one term an operand");
                check(
                    depths.iter().all(|d| *d < node.depth)
                        && parts.iter().all(|p| *p == 2)
                        && node.parts == 2,
                    "not one level down, or of three parts",
                );
            }
            Op::SumMul => {
                check(!operands.is_empty() && operands.len().is_multiple_of(2), "needs pairs");
                check(
                    depths.iter().all(|d| *d <= node.depth) && parts.iter().all(|p| *p == 2),
                    "operand too deep",
                );
                check(node.parts == 3, "a product has three parts");
                let product = |pair: &[_]| {
                    program.scales.resolve(&graph.node(pair[0]).scale.times(&graph.node(pair[1]).scale))
                };
                check(
                    operands.chunks_exact(2).all(|pair| product(pair) == scale(id)),
                    "products of different scale",
                );
            }
            Op::Relinearize => {
                check(
                    depths == [node.depth] && parts == [3] && node.parts == 2,
                    "not from three parts to two",
                );
                check(scale(id) == scale(operands[0]), "scale changed");
            }
            Op::Rescale | Op::RelinearizeRescale => {
                let expected = if node.op == Op::Rescale { (node.parts, node.parts) } else { (3, 2) };
                check((parts.as_slice(), node.parts) == (&[expected.0], expected.1), "wrong number of parts");
                check(depths == [node.depth - 1], "not one level down");
                let before = scale(id).times(&Form::atom(Atom::Prime(node.depth - 1)));
                check(before == scale(operands[0]), "scale not divided by the dropped prime");
            }
            Op::DropLevel => {
                check(depths.iter().all(|d| *d < node.depth) && parts == [node.parts], "does not go down");
                check(scale(id) == scale(operands[0]), "scale changed");
            }
        }
    }
    found
}
