//! Where the time goes, by lines of the source.
//!
//! Every value of a schedule serves a node of the tensor graph, which knows where in the source it comes from. Copies
//! of data that are made before the loop serve the upload, vectors that are encoded the first operation that reads them.
//! The values of an instruction share its seconds equally: rotations of one ciphertext may serve several lines.

use super::time::{Basis, number};
use hep_plan::cost::instruction_work;
use hep_plan::isa::{Cost, Switch};
use hep_plan::server::Instr;
use hep_plan::{Part, Plan};
use hep_tensor::source::{Lines, SourceFile, Span};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Longest text of a line that is shown, in characters.
const SHOWN: usize = 60;

/// What a line of the source costs in the whole run, on one thread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The program or a module; nothing for work that belongs to no line.
    pub file: String,
    /// Its number, from 1.
    pub line: usize,
    /// The line without what surrounds it.
    pub text: String,
    /// Predicted seconds on one thread.
    pub seconds: f64,
    /// Those of them that pass before the loop.
    pub prologue: f64,
    /// Share of the whole run.
    pub share: f64,
    /// Rotations.
    pub rotations: u32,
    /// Relinearizations.
    pub relinearizations: u32,
}

/// What happens for one place of the source.
#[derive(Clone, Copy, Default)]
struct Spent {
    seconds: f64,
    prologue: f64,
    rotations: u32,
    relinearizations: u32,
}

/// The lines that cost something, in the order of the files and of their numbers; `spans` has the place that each value
/// of the plan serves.
#[must_use]
pub fn lines(plan: &Plan, spans: &[Span], source: &SourceFile, basis: Basis<'_>) -> Vec<Line> {
    let places = Lines::new(source);
    let mut spent: BTreeMap<(usize, usize), Spent> = BTreeMap::new();
    for (span, work) in works(plan, spans, basis) {
        let entry = spent.entry(place(&places, span)).or_default();
        entry.seconds += work.seconds;
        entry.prologue += work.prologue;
        entry.rotations += work.rotations;
        entry.relinearizations += work.relinearizations;
    }
    let total: f64 = spent.values().map(|of| of.seconds).sum();
    let line = |((base, line), of): ((usize, usize), Spent)| {
        let (file, text) =
            if line == 0 { (String::new(), String::new()) } else { shown(&places, base, line) };
        Line {
            file,
            line,
            text,
            seconds: of.seconds,
            prologue: of.prologue,
            share: if total > 0.0 { of.seconds / total } else { 0.0 },
            rotations: of.rotations,
            relinearizations: of.relinearizations,
        }
    };
    spent.into_iter().map(line).collect()
}

/// Every value of the schedule: the place that it serves, and its share of its instruction.
fn works<'a>(
    plan: &'a Plan,
    spans: &'a [Span],
    basis: Basis<'_>,
) -> impl Iterator<Item = (Span, Spent)> + use<'a> {
    let ring = basis.table.ring(plan.params.log_n);
    let of_value = move |part: Part, instr: &Instr, position: usize| {
        let seconds = ring.seconds(instruction_work(plan, instr), 1) / instr.outputs.len().max(1) as f64;
        Spent {
            seconds,
            prologue: if part == Part::Prologue { seconds } else { 0.0 },
            rotations: match instr.op.row().cost {
                // Each value of such an instruction is one rotation.
                Cost::Rotations => 1,
                // What several values share is counted with the first.
                _ if position == 0 => instr.rotations().into_iter().map(|(_, count)| count).sum(),
                _ => 0,
            },
            relinearizations: u32::from(instr.op.row().switch == Switch::Square),
        }
    };
    let span = move |value: u32| spans.get(value as usize).copied().unwrap_or_default();
    let instrs =
        plan.server.by_parts().flat_map(|(part, instrs)| instrs.iter().map(move |instr| (part, instr)));
    instrs.flat_map(move |(part, instr)| {
        let values = instr.outputs.iter().enumerate();
        values.map(move |(position, value)| (span(*value), of_value(part, instr, position)))
    })
}

/// Offset of the file and number of the line of a span; line 0 for one that is nowhere in particular.
pub(super) fn place(places: &Lines<'_>, span: Span) -> (usize, usize) {
    if span == Span::default() {
        return (0, 0);
    }
    let (part, index, offset) = places.locate(span.start);
    (part.base, index.line(offset))
}

/// File and text of a line.
pub(super) fn shown(places: &Lines<'_>, base: usize, line: usize) -> (String, String) {
    let (part, index, _) = places.locate(base);
    (part.file.to_string(), index.line_text(line).trim().to_string())
}

/// The lines as a table; those of the program have a number only.
#[must_use]
pub fn text(lines: &[Line], source: &SourceFile) -> String {
    let name = |line: &Line| match line.line {
        0 => "no line".to_string(),
        number if line.file == source.name => format!("line {number}"),
        number => format!("{}:{number}", line.file),
    };
    let wide = lines.iter().map(|line| name(line).chars().count()).max().unwrap_or(0).max(12);
    let mut out = String::from("where the time goes, on one thread:\n");
    let mut row = |name: &str, [seconds, share, before, rotations, relin]: [&str; 5], text: &str| {
        let cells = format!("{seconds:>8} {share:>6} {before:>8} {rotations:>9} {relin:>6}  {text}");
        let _ = writeln!(out, "  {name:<wide$} {}", cells.trim_end());
    };
    row("", ["seconds", "share", "prologue", "rotations", "relin"], "");
    for line in lines {
        let share = format!("{:.0} %", line.share * 100.0);
        let seconds = [line.seconds, line.prologue].map(number);
        let counts = [line.rotations, line.relinearizations].map(|count| count.to_string());
        row(&name(line), [&seconds[0], &share, &seconds[1], &counts[0], &counts[1]], &shortened(&line.text));
    }
    out
}

/// As much of a line as is shown.
fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_string();
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}
