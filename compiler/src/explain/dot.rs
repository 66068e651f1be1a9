//! A schedule as a drawing, for graphviz.

use super::drawing::Drawing;
use super::time::number;
use std::fmt::Write;

/// Graphviz text: a box per group, a cluster per iteration, levels from left to right. Edges carry the number of
/// ciphertexts.
#[must_use]
pub fn dot(drawing: &Drawing, source: &str) -> String {
    let mut out = String::from("digraph {\n  rankdir = LR\n  node [shape = box]\n");
    let mut iteration = None;
    for (index, group) in drawing.groups.iter().enumerate() {
        let row = &drawing.rows[group.row];
        if iteration.replace(row.iteration) != Some(row.iteration) {
            if index > 0 {
                out.push_str("  }\n");
            }
            let title = part(row.iteration);
            let _ = writeln!(out, "  subgraph cluster_{} {{\n    label = {title:?}", row.iteration);
        }
        let count: usize = group.operations.values().sum();
        let label = format!(
            "{}\n{count} operations\n{} s, level {}",
            row.name(source),
            number(group.seconds),
            group.level
        );
        let _ = writeln!(out, "    g{index} [label = {label:?} tooltip = {:?}]", drawing.description(group));
    }
    if !drawing.groups.is_empty() {
        out.push_str("  }\n");
    }
    for edge in &drawing.edges {
        let _ = writeln!(out, "  g{} -> g{} [label = \"{}\"]", edge.from, edge.to, edge.values);
    }
    out.push_str("}\n");
    out
}

/// What a part of the schedule is called.
#[must_use]
pub fn part(iteration: u32) -> String {
    match iteration {
        0 => "before the loop".to_string(),
        t => format!("iteration {t}"),
    }
}
