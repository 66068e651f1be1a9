//! What a drawing of a schedule shows: its instructions in groups of one line of the source, one iteration and one level.
//!
//! A schedule has up to a million instructions, and nobody reads a million boxes; what belongs together is one box with
//! counts. Groups are as many as lines, iterations and levels make them, whatever the sizes of the data are.

use super::lines::{place, shown};
use super::time::{Basis, number};
use hep_plan::cost::instruction_work;
use hep_plan::isa::Op;
use hep_plan::server::{Instr, Kind};
use hep_plan::{Part, Plan};
use hep_tensor::source::{Lines, SourceFile, Span};
use std::collections::BTreeMap;

/// A line of the source in a part of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The part.
    pub part: Part,
    /// The program or a module; nothing for work that belongs to no line.
    pub file: String,
    /// Number of the line, from 1.
    pub line: usize,
    /// The line without what surrounds it.
    pub text: String,
}

/// Instructions of one row and one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Index into [`Drawing::rows`].
    pub row: usize,
    /// Level of their results.
    pub level: u32,
    /// Predicted seconds on one thread.
    pub seconds: f64,
    /// How many there are of each operation; rotations are counted one by one.
    pub operations: BTreeMap<&'static str, usize>,
    /// Positions of the instructions in the plan.
    pub instructions: Vec<usize>,
}

/// Ciphertexts that one group makes and another reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The group that makes them.
    pub from: usize,
    /// The group that reads them.
    pub to: usize,
    /// How many.
    pub values: usize,
}

/// A schedule as groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Name of the program.
    pub program: String,
    /// Level of fresh ciphertexts with all primes.
    pub top: u32,
    /// Rows from the first iteration to the last, each with the lines in order.
    pub rows: Vec<Row>,
    /// Groups by rows, high levels first.
    pub groups: Vec<Group>,
    /// Edges by the groups that make the values.
    pub edges: Vec<Edge>,
}

/// Part, file, line and level; levels from the top.
type Key = (Part, usize, usize, std::cmp::Reverse<u32>);

impl Drawing {
    /// Groups a schedule; `spans` has the place that each value of the plan serves.
    #[must_use]
    pub fn of(plan: &Plan, spans: &[Span], source: &SourceFile, basis: Basis<'_>) -> Self {
        let places = Lines::new(source);
        let ring = basis.table.ring(plan.params.log_n);
        let mut members: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (position, instr) in plan.server.instrs.iter().enumerate() {
            let key = key(plan, spans, &places, (plan.server.parts.at(position), instr));
            members.entry(key).or_default().push(position);
        }
        let mut rows = Vec::new();
        let mut last = None;
        let mut groups = Vec::new();
        let mut group_of = vec![0; plan.server.instrs.len()];
        for ((part, base, line, level), instructions) in members {
            if last.replace((part, base, line)) != Some((part, base, line)) {
                let (file, text) = if line == 0 { Default::default() } else { shown(&places, base, line) };
                rows.push(Row { part, file, line, text });
            }
            let of = |position: &usize| plan.server.instrs.get(*position);
            let work = instructions.iter().filter_map(of).map(|instr| instruction_work(plan, instr));
            let seconds = work.map(|work| ring.seconds(work, 1)).sum();
            let mut operations = BTreeMap::new();
            for instr in instructions.iter().filter_map(of) {
                // A sum of rotations is counted by its rotations.
                let rotations: u32 = instr.rotations().iter().map(|(_, count)| count).sum();
                let (name, count) = match rotations {
                    0 => (instr.op.name(), instr.outputs.len()),
                    _ => ("rotate", rotations as usize),
                };
                *operations.entry(name).or_default() += count;
            }
            instructions.iter().for_each(|position| group_of[*position] = groups.len());
            groups.push(Group { row: rows.len() - 1, level: level.0, seconds, operations, instructions });
        }
        let edges = edges(plan, &group_of);
        Self { program: plan.info.name.clone(), top: plan.params.max_level().0, rows, groups, edges }
    }

    /// A line that says what a group is: its place, its level, its operations.
    #[must_use]
    pub fn description(&self, group: &Group) -> String {
        let operations: Vec<String> = group
            .operations
            .iter()
            .map(|(name, count)| format!("{count} {}", name.replace('_', " ")))
            .collect();
        format!("level {}, {} s: {}", group.level, number(group.seconds), operations.join(", "))
    }
}

impl Row {
    /// The place of the row; the file is left out for the program itself.
    #[must_use]
    pub fn name(&self, program: &str) -> String {
        match self.line {
            0 => "no line".to_string(),
            line if self.file == program => format!("line {line}"),
            line => format!("{}:{line}", self.file),
        }
    }
}

fn key(plan: &Plan, spans: &[Span], places: &Lines<'_>, (part, instr): (Part, &Instr)) -> Key {
    let value = instr.outputs.first().map_or(0, |reg| *reg as usize);
    let (base, line) = place(places, spans.get(value).copied().unwrap_or_default());
    let level = plan.server.values.get(value).map_or(0, |value| value.level.0);
    (part, base, line, std::cmp::Reverse(level))
}

/// Ciphertexts that go from one group to another; a value that is read several times by a group counts once.
fn edges(plan: &Plan, group_of: &[usize]) -> Vec<Edge> {
    let mut made = vec![None; plan.server.values.len()];
    let mut read: BTreeMap<(usize, usize), Vec<u32>> = BTreeMap::new();
    for (instr, &group) in plan.server.instrs.iter().zip(group_of) {
        let is_cipher = |reg: &u32| {
            matches!(plan.server.values.get(*reg as usize).map(|v| v.kind), Some(Kind::Cipher { .. }))
        };
        for reg in instr.operands().into_iter().filter(is_cipher) {
            if let Some(Some(from)) = made.get(reg as usize).filter(|from| **from != Some(group)) {
                read.entry((*from, group)).or_default().push(reg);
            }
        }
        if !matches!(instr.op, Op::Encode { .. }) {
            instr.outputs.iter().for_each(|reg| made[*reg as usize] = Some(group));
        }
    }
    let edge = |((from, to), mut values): ((usize, usize), Vec<u32>)| {
        values.sort_unstable();
        values.dedup();
        Edge { from, to, values: values.len() }
    };
    read.into_iter().map(edge).collect()
}
