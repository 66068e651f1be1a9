//! Stable text of a slot graph, which [`read`](super::read) reads back: one node a line, by phase, with all of its numbers. Nodes are
//! numbered as they are printed, and those that nothing asks for are left out.
//!
//! ```text
//! slots logistic : 64 slots
//! home n : bits 3..6, 8 in a ciphertext
//! rows n
//! upload X[5, 4] : [n:8·8 | d:4·1]
//! vector v0 = [8×0.5 56×0]                        the runs of one period
//! factor f0 = [1, 0.5] : eta                      a number for each iteration
//! prologue
//!   %0 = input X[0] : t11                         node of the tensor graph that it was first made for
//! loop 2
//!   %1 = carried w[0] : t28
//!   %2 = %0*%1 + %0*%0 : t35
//! epilogue
//!   %3 = final w[0] : t28
//! carry w[5] : [n:8·8] = %0 -> %2
//! reveal w[4] : [d:4·1] = %3
//! scores 0[5] : [n:8·8] = %2                      what enters approximation 0
//! ```

use super::graph::{Op, Program, VectorId};
use hep_plan::SlotVector;
use hep_tensor::dag::NodeId;
use std::fmt::Write;

/// The program as text.
///
/// ```
/// use hep_back::slot::{print::print, read::read};
/// # let text = "\
/// # slots squares : 8 slots
/// # home n : bits 0..3, 8 in a ciphertext
/// # rows n
/// # upload X[8] : [n:8·1]
/// # prologue
/// #   %0 = input X[0] : t0
/// # loop 2
/// #   %1 = carried w[0] : t1
/// #   %2 = %0*%1 : t2
/// # epilogue
/// #   %3 = final w[0] : t3
/// # carry w[8] : [n:8·1] = %0 -> %2
/// # reveal w[8] : [n:8·1] = %3
/// # ";
/// let program = read(text).map_err(|e| e.to_string())?;
/// assert_eq!((program.slots(), print(&program).as_str()), (8, text));
/// # Ok::<(), String>(())
/// ```
#[must_use]
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "slots {} : {} slots", program.name, program.slots());
    for home in &program.placement.homes {
        let (name, bits) = (&home.name, &home.bits);
        let _ = writeln!(
            out,
            "home {name} : bits {}..{}, {} in a ciphertext",
            bits.start, bits.end, home.per_block
        );
    }
    for rows in &program.placement.rows {
        let _ = writeln!(out, "rows {rows}");
    }
    for upload in &program.uploads {
        let _ = writeln!(out, "upload {}{:?} : {}", upload.name, upload.layout.shape, upload.layout);
    }
    for (index, vector) in program.vectors.iter().enumerate() {
        let _ = writeln!(out, "vector v{index} = {}", runs(vector));
    }
    for (index, factor) in program.factors.iter().enumerate() {
        let values: Vec<String> = factor.values.iter().map(|v| format!("{v}")).collect();
        let _ = writeln!(out, "factor f{index} = [{}] : {}", values.join(", "), factor.text);
    }
    let phases = Phases::of(program);
    let heads = ["prologue".to_string(), format!("loop {}", program.iterations), "epilogue".to_string()];
    for (head, nodes) in heads.iter().zip(&phases.nodes) {
        let _ = writeln!(out, "{head}");
        for id in nodes {
            let (operation, origin) = (operation(program, *id, &phases), program.graph.node(*id).origin.0);
            let _ = writeln!(out, "  {} = {operation} : t{origin}", phases.name(*id));
        }
    }
    for variable in &program.carried {
        let (init, next) = (phases.list(&variable.init), phases.list(&variable.next));
        let name = &variable.name;
        let _ = match &variable.layout {
            Some(layout) => writeln!(out, "carry {name}{:?} : {layout} = {init} -> {next}", layout.shape),
            None => writeln!(out, "carry {name} : {init} -> {next}"),
        };
    }
    for output in &program.outputs {
        let (name, layout) = (&output.name, &output.layout);
        let _ = writeln!(out, "reveal {name}{:?} : {layout} = {}", layout.shape, phases.list(&output.values));
    }
    for scores in &program.scores {
        let (check, layout) = (scores.check, &scores.layout);
        let _ =
            writeln!(out, "scores {check}{:?} : {layout} = {}", layout.shape, phases.list(&scores.values));
    }
    out
}

/// Nodes before the loop, in it and after it, with their numbers in the text.
struct Phases {
    nodes: [Vec<NodeId>; 3],
    numbers: Vec<usize>,
}

impl Phases {
    fn of(program: &Program) -> Self {
        let needed = program.graph.reachable(program.observed_roots());
        let (body, after) = (program.in_body(), program.in_epilogue());
        let nodes = [(false, false), (true, false), (false, true)].map(|phase| {
            let here = |id: &NodeId| needed[id.index()] && (body[id.index()], after[id.index()]) == phase;
            program.graph.ids().filter(here).collect::<Vec<_>>()
        });
        let mut numbers = vec![0; program.graph.len()];
        nodes.iter().flatten().enumerate().for_each(|(number, id)| numbers[id.index()] = number);
        Self { nodes, numbers }
    }

    fn name(&self, id: NodeId) -> String {
        format!("%{}", self.numbers[id.index()])
    }

    fn list(&self, ids: &[NodeId]) -> String {
        ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>().join(" ")
    }
}

fn operation(program: &Program, id: NodeId, phases: &Phases) -> String {
    let operands: Vec<String> = program.graph.operands(id).iter().map(|o| phases.name(*o)).collect();
    match &program.graph.node(id).op {
        Op::Input { upload, block } => format!("input {}[{block}]", program.uploads[*upload].name),
        Op::Public { vector: VectorId(vector), factor: None } => format!("public v{vector}"),
        Op::Public { vector: VectorId(vector), factor: Some(factor) } => {
            format!("public v{vector} * f{}", factor.0)
        }
        Op::Series(vectors) => {
            let names: Vec<String> = vectors.iter().map(|v| format!("v{}", v.0)).collect();
            format!("public [{}]", names.join(" "))
        }
        Op::Select => format!("select [{}]", operands.join(" ")),
        Op::Carried { var, block } => format!("carried {}[{block}]", program.carried[*var].name),
        Op::Final { var, block } => format!("final {}[{block}]", program.carried[*var].name),
        Op::Add => format!("{} + {}", operands[0], operands[1]),
        Op::Sub => format!("{} - {}", operands[0], operands[1]),
        Op::Neg => format!("-{}", operands[0]),
        Op::Rotate(step) => format!("rotate {} by {step}", operands[0]),
        Op::SumMul => operands.chunks(2).map(|pair| pair.join("*")).collect::<Vec<_>>().join(" + "),
    }
}

/// A vector exactly: one number, or the runs of a period.
fn runs(vector: &SlotVector) -> String {
    if let Some(value) = vector.as_splat() {
        return format!("all {value}");
    }
    let run = |(length, value): (usize, f64)| match length {
        1 => value.to_string(),
        _ => format!("{length}×{value}"),
    };
    format!("[{}]", vector.runs().map(run).collect::<Vec<_>>().join(" "))
}
