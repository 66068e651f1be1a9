//! A schedule as a drawing, for graphviz.

use super::drawing::Drawing;
use super::time::number;
use std::fmt::Write;

/// Graphviz text: a box per group, a cluster per part, levels from left to right. Edges carry the number of
/// ciphertexts.
#[must_use]
pub fn dot(drawing: &Drawing, source: &str) -> String {
    let mut out = String::from("digraph {\n  rankdir = LR\n  node [shape = box]\n");
    let (mut last, mut clusters) = (None, 0);
    for (index, group) in drawing.groups.iter().enumerate() {
        let row = &drawing.rows[group.row];
        if last.replace(row.part) != Some(row.part) {
            if index > 0 {
                out.push_str("  }\n");
            }
            let _ = writeln!(out, "  subgraph cluster_{clusters} {{\n    label = \"{}\"", row.part);
            clusters += 1;
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
