//! Stable text of a schedule, which [`read`](super::read) reads back: one node a line, by parts. Numbers have ten digits.
//!
//! ```text
//! ckks logistic : 64 slots, depth 4, 2 iterations
//! upload X[5, 4] : [n:8·8 | d:4·1]
//! constant c0 = [8×0.5 56×0]                      the runs of one period
//! scale S0 = 0.9669810242·q0^-1·s7                primes by the depth at which they are dropped, free scales
//! prologue
//!   %0 = input X[0] : @1 S0 t3                    depth, scale, node of the tensor graph that it serves
//! iteration 1
//!   %5 = sum_mul %3*%4 : ct3 @0 S1 t9             three parts instead of two
//!   %9 = rotate %0 by 4 : @1 S0 t3 again          made of the uploads, and made again here
//! reveal w[4] : [d:4·1] = %42
//! ```

use super::graph::{Carried, Program, Refreshes};
use hep_plan::isa::text;
use hep_plan::{Part, print};
use hep_tensor::dag::NodeId;
use std::collections::HashMap;
use std::fmt::Write;

/// The schedule as text.
#[must_use]
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    let Program { name, slots, depth, iterations, .. } = program;
    let _ = writeln!(out, "ckks {name} : {slots} slots, depth {depth}, {iterations} iterations");
    for upload in &program.uploads {
        let _ = writeln!(out, "upload {}{:?} : {}", upload.name, upload.layout.shape, upload.layout);
    }
    let refreshes = &program.refreshes;
    if !refreshes.packings.is_empty() {
        let packings: Vec<String> = refreshes.packings.iter().map(ToString::to_string).collect();
        let Refreshes { log_slots, below, above, bounds, .. } = refreshes;
        let bounds: Vec<String> = bounds.iter().map(|bound| bound.value().to_string()).collect();
        let _ = writeln!(
            out,
            "refreshes of 2^{log_slots} slots, {below} levels below, {above} bits above, bounds {} : {}",
            bounds.join(" "),
            packings.join(" ")
        );
    }
    out.push_str(&print::tables(&program.tables));
    for (index, constant) in program.constants.iter().enumerate() {
        let _ = writeln!(out, "constant c{index} = {}", print::public(constant));
    }
    let scales = Scales::of(program);
    for (index, scale) in scales.texts.iter().enumerate() {
        let _ = writeln!(out, "scale S{index} = {scale}");
    }
    for (part, range) in program.parts.ranges(program.graph.len()).filter(|(_, range)| !range.is_empty()) {
        let _ = writeln!(out, "{part}");
        for id in range.map(|position| NodeId(position as u32)) {
            let node = program.graph.node(id);
            let parts = if node.parts == 2 { String::new() } else { format!("ct{} ", node.parts) };
            let again = if node.of_uploads && part != Part::Prologue { " again" } else { "" };
            let (operation, scale) = (operation(program, id), scales.of[id.index()]);
            let _ = writeln!(
                out,
                "  {id} = {operation} : {parts}@{} S{scale} t{}{again}",
                node.depth, node.origin.0
            );
        }
    }
    if let Some(repeats) = &program.repeats {
        let _ = writeln!(out, "{}", print::loop_line(repeats.runs, repeats.first, repeats.within));
        for (index, Carried { init, next }) in repeats.carried.iter().enumerate() {
            let _ = writeln!(out, "carry v{index} = {init} then {next}");
        }
    }
    for output in &program.outputs {
        let values: Vec<String> = output.values.iter().map(ToString::to_string).collect();
        let (name, layout) = (&output.name, &output.layout);
        let _ = writeln!(out, "reveal {name}{:?} : {layout} = {}", layout.shape, values.join(" "));
    }
    out
}

/// Different scales in the order in which they are met.
struct Scales {
    texts: Vec<String>,
    /// By nodes.
    of: Vec<usize>,
}

impl Scales {
    fn of(program: &Program) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut found = Self { texts: Vec::new(), of: Vec::with_capacity(program.graph.len()) };
        for id in program.graph.ids() {
            let text = program.scales.resolve(&program.graph.node(id).scale).to_string();
            let index = *known.entry(text).or_insert_with_key(|text| {
                found.texts.push(text.clone());
                found.texts.len() - 1
            });
            found.of.push(index);
        }
        found
    }
}

fn operation(program: &Program, id: NodeId) -> String {
    let operands: Vec<String> = program.graph.operands(id).iter().map(ToString::to_string).collect();
    let input = |upload| program.uploads[upload as usize].name.clone();
    text(&program.graph.node(id).op, &operands, |constant| format!("c{}", constant.0), input)
}
