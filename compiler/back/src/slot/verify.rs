//! What every slot graph must satisfy; run after lowering in debug builds.

use super::graph::{Op, Program};
use hep_plan::Step;
use hep_tensor::dag::NodeId;

/// All violations, as text; empty for a sound program.
#[must_use]
pub fn verify(program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    let slots = program.slots();
    let (body, after) = (program.in_body(), program.in_epilogue());
    for id in program.graph.ids() {
        let operands = program.graph.operands(id);
        let mut check = |ok: bool, what: &str| {
            if !ok {
                found.push(format!("{id}: {what}"));
            }
        };
        match &program.graph.node(id).op {
            Op::Input { upload, block } => {
                let count = program.uploads.get(*upload).map_or(0, |u| u.layout.ciphertexts());
                check(operands.is_empty() && *block < count, "no such ciphertext of an upload");
            }
            Op::Public { vector, factor } => {
                let vector = program.vectors.get(vector.0 as usize);
                check(vector.is_some_and(|v| v.slots() == slots), "public vector of another length");
                let known = factor.is_none_or(|f| {
                    program
                        .factors
                        .get(f.0 as usize)
                        .is_some_and(|f| f.values.len() == program.iterations as usize)
                });
                check(known, "a factor without a value for each iteration");
            }
            Op::Series(vectors) => {
                let known = |v: &super::graph::VectorId| program.vectors.get(v.0 as usize);
                let sound = vectors.iter().all(|v| known(v).is_some_and(|v| v.slots() == slots));
                check(
                    sound && vectors.len() == program.iterations as usize,
                    "not a vector for each iteration",
                );
            }
            Op::Select => {
                let before = |o: &NodeId| !body[o.index()] && !after[o.index()];
                check(
                    !operands.is_empty() && operands.iter().all(before),
                    "needs values from before the loop",
                );
            }
            Op::Carried { var, block } | Op::Final { var, block } => {
                let known = program.carried.get(*var).is_some_and(|c| *block < c.next.len());
                check(known, "no such loop variable");
            }
            Op::Add | Op::Sub => check(operands.len() == 2, "needs two operands"),
            Op::Neg => check(operands.len() == 1, "needs one operand"),
            Op::Rotate(Step(step)) => {
                check(operands.len() == 1 && *step > 0 && (*step as usize) < slots, "step out of range");
            }
            Op::SumMul => {
                check(!operands.is_empty() && operands.len().is_multiple_of(2), "needs pairs of operands")
            }
        }
        check(!(body[id.index()] && after[id.index()]), "in the loop and after it");
    }
    for variable in &program.carried {
        if variable.init.len() != variable.next.len() {
            found.push(format!(
                "`{}` has {} ciphertexts at first and {} later",
                variable.name,
                variable.init.len(),
                variable.next.len()
            ));
        }
        if variable.init.iter().any(|id| body[id.index()] || after[id.index()]) {
            found.push(format!("the first value of `{}` depends on the loop", variable.name));
        }
    }
    for output in &program.outputs {
        if output.layout.slots() != slots || output.layout.ciphertexts() != output.values.len() {
            found.push(format!("output `{}` does not fit its layout", output.name));
        }
        if output.values.iter().any(|id| body[id.index()]) {
            found.push(format!("output `{}` is inside the loop", output.name));
        }
    }
    for scores in &program.scores {
        if scores.layout.slots() != slots || scores.layout.ciphertexts() != scores.values.len() {
            found.push(format!("the scores of check {} do not fit their layout", scores.check));
        }
    }
    found
}
