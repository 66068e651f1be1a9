//! Stable text of a schedule: one node a line with depth and scale, by parts.

use super::graph::Program;
use crate::dag::NodeId;
use hep_plan::isa::text;
use std::fmt::Write;

/// The schedule as text.
#[must_use]
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "ckks {}  {} slots, depth {}", program.name, program.slots, program.depth);
    for upload in &program.uploads {
        let _ = writeln!(out, "upload {} : {}", upload.name, upload.layout);
    }
    for (part, range) in program.parts.ranges(program.graph.len()).filter(|(_, range)| !range.is_empty()) {
        let _ = writeln!(out, "{part}");
        for id in range.map(|position| NodeId(position as u32)) {
            let node = program.graph.node(id);
            let scale = program.scales.resolve(&node.scale);
            let _ = writeln!(out, "  {id} @{} = {}  [{scale}]", node.depth, operation(program, id));
        }
    }
    for output in &program.outputs {
        let values: Vec<String> = output.values.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "reveal {} : {} = {}", output.name, output.layout, values.join(" "));
    }
    out
}

fn operation(program: &Program, id: NodeId) -> String {
    let operands: Vec<String> = program.graph.operands(id).iter().map(ToString::to_string).collect();
    let input = |upload| program.uploads[upload as usize].name.clone();
    text(&program.graph.node(id).op, &operands, |constant| format!("c{}", constant.0), input)
}
