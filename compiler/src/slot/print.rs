//! Stable text of a slot graph: one node a line, by phase.

use super::graph::{Op, Program, VectorId};
use crate::dag::NodeId;
use std::fmt::Write;

/// The program as text.
///
/// ```
/// use hep_compiler::{Options, compile, slot, source::SourceFile};
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/examples/linear_regression.hep"));
/// # let dims = [("n", 5), ("f", 3), ("T", 2)].map(|(name, size)| (name.to_string(), size)).to_vec();
/// # let options = Options { dims, ring_log2: Some(7), insecure: true, ..Options::default() };
/// let compiled = compile(&SourceFile::new("p.hep", text), &options).map_err(|errors| errors[0].title.clone())?;
/// let text = slot::print::print(&compiled.slot);
/// assert!(text.starts_with("slots linear_regression") && text.contains("= carried w[0]"));
/// # Ok::<(), String>(())
/// ```
#[must_use]
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "slots {}  {} slots", program.name, program.slots());
    for home in &program.placement.homes {
        let (name, bits) = (&home.name, &home.bits);
        let _ = writeln!(
            out,
            "home {name} : bits {}..{}, {} in a ciphertext",
            bits.start, bits.end, home.per_block
        );
    }
    for upload in &program.uploads {
        let _ = writeln!(out, "upload {} : {}", upload.name, upload.layout);
    }
    for (index, vector) in program.vectors.iter().enumerate() {
        let _ = writeln!(out, "vector v{index} = {}", describe(vector));
    }
    for (index, factor) in program.factors.iter().enumerate() {
        let values: Vec<String> = factor.values.iter().map(|v| format!("{v}")).collect();
        let _ = writeln!(out, "factor f{index} = [{}]", values.join(", "));
    }
    let needed = program.graph.reachable(program.roots());
    let (body, after) = (program.in_body(), program.in_epilogue());
    let mut section = |title: &str, want_body: bool, want_after: bool| {
        let _ = writeln!(out, "{title}");
        for id in program.graph.ids() {
            let i = id.index();
            if needed[i] && body[i] == want_body && after[i] == want_after {
                let _ = writeln!(out, "  {}", line(program, id));
            }
        }
    };
    section("prologue", false, false);
    section(&format!("loop {}", program.iterations), true, false);
    section("epilogue", false, true);
    for variable in &program.carried {
        let _ =
            writeln!(out, "carry {} : {} -> {}", variable.name, list(&variable.init), list(&variable.next));
    }
    for output in &program.outputs {
        let _ = writeln!(out, "reveal {} : {} = {}", output.name, output.layout, list(&output.values));
    }
    out
}

fn line(program: &Program, id: NodeId) -> String {
    let operands = program.graph.operands(id);
    let what = match &program.graph.node(id).op {
        Op::Input { upload, block } => format!("input {}[{block}]", program.uploads[*upload].name),
        Op::Public { vector: VectorId(vector), factor: None } => format!("public v{vector}"),
        Op::Public { vector: VectorId(vector), factor: Some(factor) } => {
            format!("public v{vector} * f{}", factor.0)
        }
        Op::Series(vectors) => {
            let names: Vec<String> = vectors.iter().map(|v| format!("v{}", v.0)).collect();
            format!("public [{}]", names.join(" "))
        }
        Op::Select => format!("select [{}]", list(operands)),
        Op::Carried { var, block } => format!("carried {}[{block}]", program.carried[*var].name),
        Op::Final { var, block } => format!("final {}[{block}]", program.carried[*var].name),
        Op::Add => format!("{} + {}", operands[0], operands[1]),
        Op::Sub => format!("{} - {}", operands[0], operands[1]),
        Op::Neg => format!("-{}", operands[0]),
        Op::Rotate(step) => format!("rotate {} by {step}", operands[0]),
        Op::SumMul => {
            let pairs: Vec<String> =
                operands.chunks(2).map(|p| format!("{}*{}", p[0], p[p.len() - 1])).collect();
            pairs.join(" + ")
        }
    };
    format!("{id} = {what}")
}

fn list(ids: &[NodeId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// First slots, number of non-zero ones and largest value: enough to recognise a mask.
fn describe(vector: &hep_plan::SlotVector) -> String {
    if let Some(value) = vector.as_splat() {
        return format!("all {value}");
    }
    let values = vector.expand();
    let nonzero = values.iter().filter(|v| **v != 0.0).count();
    let first: Vec<String> = values.iter().take(8).map(ToString::to_string).collect();
    format!("[{} …] {nonzero} non-zero, largest {}", first.join(" "), vector.max_abs())
}
