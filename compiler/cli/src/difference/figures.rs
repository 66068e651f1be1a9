//! Figures side by side.

use crate::table::{Align, Table};
use hep_compiler::explain::figures::{FIGURES, Figure, PART, Unit};
use hep_compiler::explain::snapshot::{Snapshot, titles};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Settings, figures and parts of two schedules with what has changed; `all` figures, or only those.
pub fn text(old_name: &str, new_name: &str, old: &Snapshot, new: &Snapshot, all: bool) -> String {
    let mut table = Table::new([Align::Left, Align::Right, Align::Right, Align::Right]);
    let mut rows = 0;
    table.row(["", old_name, new_name, "change"]);
    for figure in FIGURES {
        let (before, after) = (old.figure(figure.name), new.figure(figure.name));
        if before.is_none() && after.is_none() || !all && before == after {
            continue;
        }
        rows += 1;
        let show = |value: Option<f64>| value.map_or("-".to_string(), |value| figure.unit.show(value));
        table.row([figure.name.to_string(), show(before), show(after), change(figure, before, after)]);
    }
    let figures = if rows == 0 { String::new() } else { table.text() };
    settings(old, new) + &figures + &parts(old, new)
}

/// What was asked for differently.
fn settings(old: &Snapshot, new: &Snapshot) -> String {
    let mut table = Table::new([Align::Left; 4]);
    for line in new.lines(titles::PROGRAM) {
        let Some((name, after)) = line.split_once("  ") else { continue };
        match old.setting(name) {
            Some(before) if before != after.trim() => table.row([name, before, "→", after.trim()]),
            _ => {}
        }
    }
    table.text()
}

/// A difference, and how large it is against the old value.
fn change(figure: &Figure, before: Option<f64>, after: Option<f64>) -> String {
    let (Some(before), Some(after)) = (before, after) else { return String::new() };
    let difference = after - before;
    if difference == 0.0 {
        return String::new();
    }
    let sign = if difference > 0.0 { "+" } else { "-" };
    let absolute = format!("{sign}{}", figure.unit.show(difference.abs()));
    match figure.unit {
        // Differences of logarithms are not set against anything.
        Unit::Bits => absolute,
        // Seconds are estimates: less than this is none.
        Unit::Seconds if difference.abs() < 0.005 * before => String::new(),
        _ if before == 0.0 => absolute,
        _ => format!("{absolute} ({:+.0} %)", 100.0 * difference / before),
    }
}

/// Parts whose counts differ.
fn parts(old: &Snapshot, new: &Snapshot) -> String {
    let mut table = Table::new([Align::Left, Align::Left]);
    for Part { name, old: before, new: after } in both_parts(old, new) {
        let counts = (0..PART.len()).filter_map(|at| {
            let value = |counts: &Option<Vec<f64>>| {
                counts.as_ref().and_then(|counts| counts.get(at)).map_or("-".into(), f64::to_string)
            };
            let (before, after) = (value(&before), value(&after));
            (before != after).then(|| format!("{} {before} → {after}", PART[at]))
        });
        let counts: Vec<String> = counts.collect();
        if !counts.is_empty() {
            table.row([name, counts.join(", ")]);
        }
    }
    table.text()
}

/// A part of the schedule, with its counts on the sides that have it.
struct Part {
    name: String,
    old: Option<Vec<f64>>,
    new: Option<Vec<f64>>,
}

/// Every part of either side.
fn both_parts(old: &Snapshot, new: &Snapshot) -> Vec<Part> {
    let (old, new) = (old.parts(), new.parts());
    let longer = if old.len() > new.len() { &old } else { &new };
    let counts = |parts: &[(String, Vec<f64>)], wanted: &str| {
        parts.iter().find(|(name, _)| name == wanted).map(|(_, counts)| counts.clone())
    };
    let part = |name: &String| Part { name: name.clone(), old: counts(&old, name), new: counts(&new, name) };
    longer.iter().map(|(name, _)| part(name)).collect()
}

/// The figures by name, each with both values.
pub fn json(old: &Snapshot, new: &Snapshot) -> Value {
    let both = |figure: &Figure| {
        let (before, after) = (old.figure(figure.name), new.figure(figure.name));
        (figure.name.to_string(), json!({ "old": before, "new": after }))
    };
    FIGURES.iter().map(both).collect::<serde_json::Map<_, _>>().into()
}

/// The counts of every part, each with both values.
pub fn parts_json(old: &Snapshot, new: &Snapshot) -> Value {
    let named =
        |counts: Option<Vec<f64>>| counts.map(|c| PART.into_iter().zip(c).collect::<BTreeMap<_, _>>());
    let part = |part: Part| json!({ "part": part.name, "old": named(part.old), "new": named(part.new) });
    both_parts(old, new).into_iter().map(part).collect()
}
