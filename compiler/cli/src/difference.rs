//! What differs between two snapshots.
//!
//! Registers and constants are numbered through, so that one more instruction renames all that follow. Lines are
//! therefore aligned by what they do, whatever their operands are called; then a line is the same when its operands are
//! the results of lines that are the same.

pub mod figures;
mod names;
#[cfg(test)]
mod tests;
pub mod text;

use hep_compiler::explain::snapshot::{Snapshot, titles};
use names::Names;
use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};
use std::time::{Duration, Instant};

/// After this long an alignment is finished roughly: it may then show more than has changed, never less.
const PATIENCE: Duration = Duration::from_secs(5);

/// A line of either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// On both sides, as the new one writes it.
    Same(String),
    /// The same at another level or scale: where it was, and the line as the new side writes it.
    Moved(String, String),
    /// Only on the old side.
    Gone(String),
    /// Only on the new side.
    New(String),
}

/// A section of either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its title.
    pub title: String,
    /// Its lines in order.
    pub lines: Vec<Line>,
}

/// How many lines have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Lines only on the old side.
    pub gone: usize,
    /// Lines only on the new side.
    pub new: usize,
    /// Lines at another level or scale.
    pub moved: usize,
}

impl Difference {
    /// How many lines have changed.
    pub fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        for line in &self.lines {
            match line {
                Line::Same(_) => {}
                Line::Moved(..) => changes.moved += 1,
                Line::Gone(_) => changes.gone += 1,
                Line::New(_) => changes.new += 1,
            }
        }
        changes
    }
}

/// The sections that differ, in the order of the new side; those that only the old one has come last.
pub fn differences(old: &Snapshot, new: &Snapshot) -> Vec<Difference> {
    let deadline = Instant::now() + PATIENCE;
    let mut names = Names::default();
    let gone = old.sections.iter().filter(|s| !new.sections.iter().any(|other| other.title == s.title));
    let mut order: Vec<&str> = new.sections.iter().chain(gone).map(|s| s.title.as_str()).collect();
    let titles = order.clone();
    // Constants are named before the schedule uses them, results after.
    order.sort_by_key(|title| match *title {
        titles::CONSTANTS => 0,
        titles::TENSORS => 2,
        _ => 1,
    });
    let mut found: Vec<Difference> = order
        .into_iter()
        .map(|title| section(title, old.lines(title), new.lines(title), &mut names, deadline))
        .collect();
    found.sort_by_key(|difference| titles.iter().position(|title| *title == difference.title));
    found.retain(|difference| difference.changes() != Changes::default());
    found
}

/// Whether a section is part of the schedule.
pub fn is_schedule(title: &str) -> bool {
    !titles::ALL.contains(&title)
}

/// Whether a section is shown as a table ([`figures`]) rather than by its lines.
pub fn tabulated(title: &str) -> bool {
    [titles::PROGRAM, titles::FIGURES, titles::PARTS].contains(&title)
}

/// The lines of one section.
fn section(title: &str, old: &[String], new: &[String], names: &mut Names, deadline: Instant) -> Difference {
    let numbered = is_schedule(title) || [titles::CONSTANTS, titles::TENSORS].contains(&title);
    // What a line does, without where it does it; what is called the same.
    let split: fn(&str) -> (&str, &str) = match title {
        titles::KEYS => |line| line.rsplit_once(' ').unwrap_or((line, "")),
        _ if is_schedule(title) => |line| line.rsplit_once("  ").unwrap_or((line, "")),
        _ => |line| (line, ""),
    };
    let keys = |lines: &[String]| -> Vec<String> {
        let what = |line: &String| match title {
            titles::APPROXIMATIONS => anonymous(line),
            _ => split(line).0.to_string(),
        };
        lines.iter().map(|line| if numbered { names::key(&what(line)) } else { what(line) }).collect()
    };
    let ops = capture_diff_slices_deadline(Algorithm::Patience, &keys(old), &keys(new), Some(deadline));
    let mut lines = Vec::with_capacity(new.len());
    for op in ops {
        let (tag, before, after) = op.as_tag_tuple();
        let (before, after) = (&old[before], &new[after]);
        if tag != DiffTag::Equal {
            lines.extend(before.iter().cloned().map(Line::Gone));
            lines.extend(after.iter().cloned().map(Line::New));
            continue;
        }
        for (old, new) in before.iter().zip(after) {
            let (old_place, new_place) = (split(old).1, split(new).1);
            if numbered && !names.same(split(old).0, split(new).0) {
                lines.extend([Line::Gone(old.clone()), Line::New(new.clone())]);
            } else if old_place != new_place {
                lines.push(Line::Moved(old_place.to_string(), new.clone()));
            } else {
                lines.push(Line::Same(new.clone()));
            }
            names.correspond(old, new);
        }
    }
    Difference { title: title.to_string(), lines }
}

/// A line about an approximation without the name of the loss: what it is called changes no schedule.
fn anonymous(line: &str) -> String {
    let named = line.strip_prefix("grad ").and_then(|rest| rest.split_once(' '));
    named.map_or_else(|| line.to_string(), |(_, rest)| format!("grad {rest}"))
}
