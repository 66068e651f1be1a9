//! Stable text of a plan, which [`read`](crate::read) reads back: what `--emit plan` shows and snapshots hold. Public vectors have ten
//! digits.

use crate::constant::{Constant, SlotVector};
use crate::host::{HostOp, HostProgram};
use crate::isa::text;
use crate::plan::{CipherInput, CipherOutput, DataSpec, LabelKind, Plan};
use crate::server::{CarriedReg, Instr, Kind, Reg, ValueInfo};
use crate::tables::{Table, Tables};
use crate::units::Scale;
use hep_params::RefreshShape;
use std::collections::HashMap;
use std::fmt::{self, Write};

/// Runs of a public vector that are written out.
const SHOWN_RUNS: usize = 8;

/// The plan as text. What its values are called in the source is no part of it.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let mut out = String::new();
    head(plan, &mut out);
    for (name, program) in [("owner", &plan.owner), ("predict", &plan.predict)] {
        let _ = write!(out, "{name}\n{}", program.text());
    }
    for name in &plan.state {
        let _ = writeln!(out, "keep {name}");
    }
    out.push_str(&tables(&plan.server.tables));
    for (index, constant) in plan.server.constants.iter().enumerate() {
        let _ = writeln!(out, "constant c{index} = {}", public(constant));
    }
    let scales = Scales::of(plan);
    for (index, scale) in scales.texts.iter().enumerate() {
        let _ = writeln!(out, "scale S{index} = {scale}");
    }
    for input in &plan.inputs {
        let CipherInput { name, layout, level, scale, usual, units } = input;
        let (shape, scale) = (&layout.shape, scales.name(*scale));
        let _ = writeln!(
            out,
            "upload {name}{shape:?} : {layout} @{level} {scale} usual 2^{usual} units {units:?}"
        );
    }
    for (key, level) in plan.keys.iter() {
        let _ = writeln!(out, "key {key} {level}");
    }
    for (part, instrs) in plan.server.by_parts().filter(|(_, instrs)| !instrs.is_empty()) {
        let _ = writeln!(out, "{part}");
        for instr in instrs {
            let _ = writeln!(out, "  {} : {}", made(plan, instr), of(plan, instr, &scales));
        }
    }
    if let Some(repeats) = &plan.server.repeats {
        let _ = writeln!(out, "{}", loop_line(repeats.runs, repeats.first, repeats.within));
        for (index, CarriedReg { init, next }) in repeats.carried.iter().enumerate() {
            let _ = writeln!(out, "carry v{index} = r{init} then r{next}");
        }
    }
    for (reg, table) in &plan.server.scales {
        let _ = writeln!(out, "scales r{reg} {table}");
    }
    for output in &plan.outputs {
        let CipherOutput { name, layout, values, precision_bits, units, deviation } = output;
        let values: Vec<String> = values.iter().map(|v| format!("r{v}")).collect();
        let (shape, values, deviation) = (&layout.shape, values.join(" "), rounded(*deviation));
        let _ = writeln!(
            out,
            "reveal {name}{shape:?} : {layout} = {values}, {precision_bits} bits, deviation {deviation}, units {units:?}"
        );
    }
    out
}

fn head(plan: &Plan, out: &mut String) {
    let (p, info, data) = (&plan.params, &plan.info, &plan.data);
    let dims: Vec<String> = info.dims.iter().map(|(name, size)| format!(" {name}={size}")).collect();
    let _ = writeln!(
        out,
        "plan {} : format {}, {} iterations{}",
        info.name,
        plan.format,
        info.iterations,
        dims.concat()
    );
    if let Some(bytes) = info.memory {
        let _ = writeln!(out, "memory {bytes}");
    }
    if let Some(why) = &info.diverges {
        let _ = writeln!(out, "diverges {}", why.replace('\n', " "));
    }
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
    p.refresh.iter().for_each(|shape| refresh(shape, out));
    let _ = writeln!(out, "data {data}");
    let flag = |on: bool, name| if on { name } else { "" };
    let (measured, balanced) = (flag(plan.measured, ", measured"), flag(plan.balanced, ", balanced"));
    let _ = writeln!(out, "promise {} bits{measured}{balanced}", rounded(plan.promised_bits));
    for range in &plan.ranges {
        let _ = writeln!(out, "range {} {} .. {}", range.name, range.lo, range.hi);
    }
}

impl fmt::Display for DataSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { features, labels, rows, columns, label_kind } = self;
        write!(f, "{features}[{rows}, {columns}] {labels}")?;
        match label_kind {
            LabelKind::Classes(count) => write!(f, "[{count} classes]"),
            LabelKind::Binary => write!(f, "[binary]"),
            LabelKind::Real => write!(f, "[real]"),
        }
    }
}

/// Different scales in the order in which they are met, as they are written: a billionth of a bit is far below what operands may
/// differ by.
struct Scales {
    texts: Vec<String>,
    known: HashMap<String, usize>,
}

impl Scales {
    fn of(plan: &Plan) -> Self {
        let mut scales = Self { texts: Vec::new(), known: HashMap::new() };
        let inputs = plan.inputs.iter().map(|input| input.scale);
        for scale in inputs.chain(plan.server.values.iter().map(|value| value.scale)) {
            let text = Self::text(scale);
            if !scales.known.contains_key(&text) {
                scales.known.insert(text.clone(), scales.texts.len());
                scales.texts.push(text);
            }
        }
        scales
    }

    fn text(scale: Scale) -> String {
        format!("2^{:.9}", scale.bits())
    }

    fn name(&self, scale: Scale) -> String {
        self.known.get(&Self::text(scale)).map_or_else(String::new, |index| format!("S{index}"))
    }
}

/// The lines of a program in the clear for people, without axes and the values of tensors; other constants as `number` gives them:
/// themselves, or [`rounded`].
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

/// A kind of refresh; numbers exactly.
fn refresh(shape: &RefreshShape, out: &mut String) {
    let RefreshShape {
        log_slots,
        s2c,
        c2s,
        babies,
        packing,
        bound,
        ratio_log2,
        delta,
        few_keys,
        wide_square,
    } = shape;
    let few_keys = if few_keys.is_empty() { String::new() } else { format!(" few_keys {few_keys:?}") };
    let wide_square = if *wide_square { " wide_square" } else { "" };
    let _ = writeln!(
        out,
        "  refresh {packing} slots 2^{log_slots} s2c {s2c:?} c2s {c2s:?} babies {babies:?} bound {bound:?} ratio 2^{ratio_log2} delta \
         {delta:?}{few_keys}{wide_square}"
    );
}

/// The line of a loop: its runs, the iteration that they begin with, and whether they end within one.
#[must_use]
pub fn loop_line(runs: u32, first: u32, within: bool) -> String {
    let within = if within { " within one" } else { "" };
    format!("loop {runs} runs from iteration {first}{within}")
}

/// All tables, a line for each: numbers exactly.
#[must_use]
pub fn tables(tables: &Tables) -> String {
    let mut out = String::new();
    for (index, table) in tables.0.iter().enumerate() {
        let _ = match table {
            Table::Numbers(numbers) => writeln!(out, "table t{index} = numbers {numbers:?}"),
            Table::Positions(positions) => writeln!(out, "table t{index} = positions {positions:?}"),
        };
    }
    out
}

/// A public vector, or the sum that it is in a run: `[2×1 0]*t0 + [3]*t1`.
#[must_use]
pub fn public(constant: &Constant) -> String {
    sum_of(constant, vector)
}

fn sum_of(constant: &Constant, text: fn(&SlotVector) -> String) -> String {
    match constant {
        Constant::Fixed(vector) => text(vector),
        Constant::Sum(terms) => {
            let terms: Vec<String> =
                terms.iter().map(|(vector, table)| format!("{}*{table}", text(vector))).collect();
            terms.join(" + ")
        }
    }
}

/// A public vector: its runs over its period, [`rounded`].
#[must_use]
pub fn vector(vector: &SlotVector) -> String {
    format!("[{}]", runs(vector).join(" "))
}

fn runs(vector: &SlotVector) -> Vec<String> {
    let run = |(length, value): (usize, f64)| match length {
        1 => rounded(value).to_string(),
        _ => format!("{length}×{}", rounded(value)),
    };
    vector.runs().map(run).collect()
}

/// A public vector for people: of a long one the beginning and a digest.
#[must_use]
pub fn constant(constant: &Constant) -> String {
    sum_of(constant, shortened)
}

fn shortened(vector: &SlotVector) -> String {
    let runs = runs(vector);
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

/// One instruction for people: results, operation, level and scale.
#[must_use]
pub fn instruction(plan: &Plan, instr: &Instr) -> String {
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
    format!("{}{info}", made(plan, instr))
}

/// Results and operation.
fn made(plan: &Plan, instr: &Instr) -> String {
    let register = |reg: &Reg| format!("r{reg}");
    let ciphers: Vec<String> = instr.ciphers.iter().map(register).collect();
    let input = |number| {
        plan.inputs.get(number as usize).map_or("?".into(), |input: &CipherInput| input.name.clone())
    };
    let what = text(&instr.op, &ciphers, register, input);
    let names: Vec<String> = instr.outputs.iter().map(register).collect();
    format!("{} = {what}", names.join(" "))
}

/// What results are: kind, level, and scales, one if they are the same.
fn of(plan: &Plan, instr: &Instr, scales: &Scales) -> String {
    let values = instr.outputs.iter().filter_map(|r| plan.server.values.get(*r as usize));
    let mut names: Vec<String> = values.clone().map(|value| scales.name(value.scale)).collect();
    if names.windows(2).all(|pair| pair[0] == pair[1]) {
        names.truncate(1);
    }
    let Some(ValueInfo { kind, level, .. }) = values.clone().next() else { return String::new() };
    let kind = match kind {
        Kind::Plain => "plain ".into(),
        Kind::ExtendedPlain => "extended ".into(),
        Kind::Cipher { parts: 2 } => String::new(),
        Kind::Cipher { parts } => format!("ct{parts} "),
    };
    format!("{kind}@{level} {}", names.join(" "))
}
