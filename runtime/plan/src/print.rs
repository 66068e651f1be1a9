//! Stable text of a plan: what `--emit plan` shows and snapshots hold.

use crate::constant::SlotVector;
use crate::host::{HostOp, HostProgram};
use crate::isa::text;
use crate::plan::{CipherInput, LabelKind, Plan};
use crate::server::{Instr, Kind, Reg};
use std::fmt::Write;

/// Runs of a public vector that are written out.
const SHOWN_RUNS: usize = 8;

/// The plan as text, one instruction a line.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let mut out = String::new();
    let dims: Vec<String> = plan.info.dims.iter().map(|(name, size)| format!("{name}={size}")).collect();
    let _ = writeln!(out, "plan {}  {}", plan.info.name, dims.join(" "));
    let p = &plan.params;
    let _ = writeln!(
        out,
        "params {:?} N=2^{} log2(Q)={:.2} log2(QP)={:.2} digit_limbs={} fingerprint={}",
        p.security,
        p.log_n,
        p.log_q(),
        p.log_qp(),
        p.digit_limbs,
        p.fingerprint()
    );
    let _ = writeln!(out, "  q {:?}\n  p {:?}", p.q, p.p);
    let labels = match plan.data.label_kind {
        LabelKind::Classes(count) => format!("{count} classes"),
        LabelKind::Binary => "2 classes".into(),
        LabelKind::Real => "real".into(),
    };
    let _ = writeln!(
        out,
        "data {}[{}, {}] {}[{labels}]",
        plan.data.features, plan.data.rows, plan.data.columns, plan.data.labels
    );
    for range in &plan.ranges {
        let _ = writeln!(out, "range {} {} .. {}", range.name, range.lo, range.hi);
    }
    for (name, program) in [("owner", &plan.owner), ("predict", &plan.predict)] {
        let _ = writeln!(out, "{name}");
        for line in host_program(program, |value| value) {
            let _ = writeln!(out, "  {line}");
        }
    }
    for input in &plan.inputs {
        let _ = writeln!(out, "upload {} : {} {} {}", input.name, input.layout, input.level, input.scale);
    }
    for (key, level) in plan.keys.iter() {
        let _ = writeln!(out, "key {key} {level}");
    }
    for (part, instrs) in plan.server.by_parts().filter(|(_, instrs)| !instrs.is_empty()) {
        let _ = writeln!(out, "{part}");
        for instr in instrs {
            let _ = writeln!(out, "  {}", instruction(plan, instr));
        }
    }
    for output in &plan.outputs {
        let values: Vec<String> = output.values.iter().map(|v| format!("r{v}")).collect();
        let _ = writeln!(
            out,
            "reveal {} : {} = {}  {:.1} bits",
            output.name,
            output.layout,
            values.join(" "),
            output.precision_bits
        );
    }
    out
}

/// The lines of a program in the clear, with its constants as `number` gives them: themselves, or [`rounded`].
#[must_use]
pub fn host_program(program: &HostProgram, number: fn(f64) -> f64) -> Vec<String> {
    let nodes = program.nodes.iter().enumerate().map(|(index, node)| {
        let operands: Vec<String> = node.operands.iter().map(|o| format!(" %{o}")).collect();
        let scalar = match &node.op {
            HostOp::Constant(value) if value.shape.is_empty() => value.as_scalar(),
            _ => None,
        };
        let name = scalar.map_or_else(|| node.op.name(), |value| format!("constant {}", number(value)));
        format!("%{index} = {name}{}", operands.concat())
    });
    let outputs = program.outputs.iter().map(|(output, node)| format!("{output} = %{node}"));
    nodes.chain(outputs).collect()
}

/// A public vector: its runs over its period, [`rounded`]. Of a long one the beginning and a digest.
#[must_use]
pub fn constant(vector: &SlotVector) -> String {
    let run = |(length, value): (usize, f64)| match length {
        1 => rounded(value).to_string(),
        _ => format!("{length}×{}", rounded(value)),
    };
    let runs: Vec<String> = vector.runs().map(run).collect();
    if runs.len() <= SHOWN_RUNS {
        return format!("[{}]", runs.join(" "));
    }
    let digest = blake3::hash(runs.join(" ").as_bytes()).to_hex();
    format!("[{} … {} runs, {}]", runs[..SHOWN_RUNS].join(" "), runs.len(), &digest[..16])
}

/// A number to ten digits, which are the same on machines whose mathematical functions differ in the last bits. Zero
/// has one sign.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    let short = format!("{value:.9e}").parse::<f64>().unwrap_or(value);
    if short == 0.0 { 0.0 } else { short }
}

/// One instruction: results, operation, level and scale.
#[must_use]
pub fn instruction(plan: &Plan, instr: &Instr) -> String {
    let register = |reg: &Reg| format!("r{reg}");
    let ciphers: Vec<String> = instr.ciphers.iter().map(register).collect();
    let input = |number| {
        plan.inputs.get(number as usize).map_or("?".into(), |input: &CipherInput| input.name.clone())
    };
    let what = text(&instr.op, &ciphers, register, input);
    let names: Vec<String> = instr.outputs.iter().map(|r| format!("r{r}")).collect();
    let info = instr.outputs.first().and_then(|r| plan.server.values.get(*r as usize));
    let info = info.map_or(String::new(), |v| {
        let kind = match v.kind {
            Kind::Plain => " plain",
            Kind::ExtendedPlain => " extended plain",
            Kind::Cipher { parts: 3 } => " 3 parts",
            Kind::Cipher { .. } => "",
        };
        format!("  [{} {}{kind}]", v.level, v.scale)
    });
    format!("{} = {what}{info}", names.join(" "))
}
