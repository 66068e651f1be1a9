//! Stable text of a schedule: one node a line with depth, scale and iteration.

use super::graph::{Op, Program};
use crate::dag::NodeId;
use hep_plan::print::rounded;
use std::fmt::Write;

/// The schedule as text.
#[must_use]
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "ckks {}  {} slots, depth {}", program.name, program.slots, program.depth);
    for upload in &program.uploads {
        let _ = writeln!(out, "upload {} : {}", upload.name, upload.layout);
    }
    let mut iteration = None;
    for id in program.graph.ids() {
        let node = program.graph.node(id);
        if iteration != Some(node.iteration) {
            iteration = Some(node.iteration);
            let _ = match node.iteration {
                0 => writeln!(out, "prologue"),
                t => writeln!(out, "iteration {t}"),
            };
        }
        let scale = program.scales.resolve(&node.scale);
        let _ = writeln!(out, "  {id} @{} = {}  [{scale}]", node.depth, operation(program, id));
    }
    for output in &program.outputs {
        let values: Vec<String> = output.values.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "reveal {} : {} = {}", output.name, output.layout, values.join(" "));
    }
    out
}

fn operation(program: &Program, id: NodeId) -> String {
    let operands = program.graph.operands(id);
    let constant = |c: &super::graph::ConstantId| format!("c{}", c.0);
    match &program.graph.node(id).op {
        Op::Input { upload, block } => format!("input {}[{block}]", program.uploads[*upload].name),
        Op::Add => format!("{} + {}", operands[0], operands[1]),
        Op::Sub => format!("{} - {}", operands[0], operands[1]),
        Op::Neg => format!("-{}", operands[0]),
        Op::AddPlain(c) => format!("{} + {}", operands[0], constant(c)),
        Op::SubPlain(c) => format!("{} - {}", operands[0], constant(c)),
        Op::Relinearize => format!("relinearize {}", operands[0]),
        Op::Rescale => format!("rescale {}", operands[0]),
        Op::RelinearizeRescale => format!("relinearize and rescale {}", operands[0]),
        Op::DropLevel => format!("drop {}", operands[0]),
        Op::Reread(number) => format!("{} read {} times as large", operands[0], rounded(number.value())),
        Op::Rotate(step) => format!("rotate {} by {step}", operands[0]),
        Op::SumRotations(steps) => {
            let terms = operands.iter().zip(steps).map(|(a, step)| match step.0 {
                0 => a.to_string(),
                _ => format!("rotate {a} by {step}"),
            });
            terms.collect::<Vec<_>>().join(" + ")
        }
        Op::SumMulPlain(constants) => {
            let terms: Vec<String> =
                operands.iter().zip(constants).map(|(a, c)| format!("{a}*{}", constant(c))).collect();
            terms.join(" + ")
        }
        Op::RotatedProducts(terms) => {
            let terms = operands.iter().zip(terms).map(|(a, (step, c))| match step.0 {
                0 => format!("{a}*{}", constant(c)),
                _ => format!("rotate {a} by {step}*{}", constant(c)),
            });
            format!("rescale ({})", terms.collect::<Vec<_>>().join(" + "))
        }
        Op::SumMul => {
            let pairs: Vec<String> = operands.chunks_exact(2).map(|p| format!("{}*{}", p[0], p[1])).collect();
            pairs.join(" + ")
        }
    }
}
