//! The report for machines.

use crate::Failure;
use crate::goals;
use crate::row::{Report, Row, Section};
use serde_json::{Value, json};
use std::path::Path;

/// Writes the report.
pub fn write(report: &Report, path: &Path) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&value(report))?;
    std::fs::write(path, text + "\n").map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    println!("written to {}", path.display());
    Ok(())
}

fn value(report: &Report) -> Value {
    let machine = &report.machine;
    let sections: Vec<Value> = report.sections.iter().map(section).collect();
    json!({
        "machine": { "cpu": machine.cpu, "cores": machine.cores, "isa": machine.isa },
        "load": [machine.load, report.load_at_end],
        "peak_bytes": report.peak_bytes,
        "sections": sections,
    })
}

fn section(section: &Section) -> Value {
    let rows: Vec<Value> = section.rows.iter().map(|r| row(section, r)).collect();
    json!({
        "set": section.set,
        "threads": section.threads,
        "yardstick_seconds": section.yardstick,
        "others_took": section.others,
        "key_bytes_at_rest": section.keys.at_rest,
        "key_bytes_expanded": section.keys.expanded,
        "rows": rows,
    })
}

fn row(section: &Section, row: &Row) -> Value {
    let yards = section.yards(row);
    let mut value = json!({
        "kernel": row.kernel,
        "limbs": row.limbs,
        "median_seconds": row.time.median,
        "least_seconds": row.time.least,
        "repetitions": row.time.repetitions,
        "yards": yards,
    });
    if section.threads == 1
        && let Some(goal) = goals::goal(section.set, row.kernel, row.limbs)
    {
        value["goal"] = json!({
            "floor_ms": goal.floor_ms,
            "goal_ms": goal.goal_ms,
            "floor_yards": goal.floor_yards(),
            "goal_yards": goal.goal_yards,
            "in_ms": goal.by_time(row.milliseconds()).word(),
            "in_yards": goal.by_yardstick(yards).word(),
        });
    }
    value
}
