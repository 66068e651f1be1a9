//! The schedule as one HTML file: a picture of its groups, and below it the instructions of each.

use crate::failure::Failure;
use crate::svg::schedule;
use hep_compiler::explain::drawing::Drawing;
use hep_compiler::explain::time::Basis;
use hep_plan::Plan;
use hep_plan::cost::estimate;
use hep_plan::print::instruction;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;

const TEMPLATE: &str = include_str!("page.html");
/// Most instructions of a group that are written out: the page stays small enough for a browser.
const LISTED: usize = 40;

#[derive(Serialize)]
struct Page {
    title: String,
    sizes: String,
    facts: String,
    picture: Value,
    /// Of the picture, in pixels: many levels are scrolled, not made small.
    width: f64,
    groups: Vec<Shown>,
    version: &'static str,
}

/// A group below the picture.
#[derive(Serialize)]
struct Shown {
    id: String,
    place: String,
    text: String,
    about: String,
    instructions: Vec<String>,
    /// Instructions that are not listed.
    more: usize,
}

/// The page.
pub fn page(plan: &Plan, drawing: &Drawing, source: &str, basis: Basis<'_>) -> Result<String, Failure> {
    let groups = drawing.groups.iter().enumerate().map(|(index, group)| {
        let row = &drawing.rows[group.row];
        let listed = group.instructions.iter().take(LISTED);
        Shown {
            id: format!("g{index}"),
            place: format!("{}, {}", row.part, row.name(source)),
            text: row.text.clone(),
            about: drawing.description(group),
            instructions: listed.map(|&position| instruction(plan, &plan.server.instrs[position])).collect(),
            more: group.instructions.len().saturating_sub(LISTED),
        }
    });
    let sizes: Vec<String> = plan.info.dims.iter().map(|(name, size)| format!("{name} = {size}")).collect();
    let seconds = estimate(plan, basis.table, 1).total;
    let (svg, width) = schedule::svg(drawing, source);
    let page = Page {
        title: drawing.program.clone(),
        sizes: sizes.join(", "),
        facts: format!(
            "{} instructions in {} groups, {} levels, ring 2^{}, {seconds:.1} s predicted on one thread by {}",
            plan.server.instrs.len(),
            drawing.groups.len(),
            drawing.top,
            plan.params.log_n,
            basis.name,
        ),
        picture: Value::from_safe_string(svg),
        width,
        groups: groups.collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let mut templates = Environment::new();
    // The ending makes every text that is no picture escaped.
    templates.add_template("page.html", TEMPLATE).map_err(Failure::message)?;
    templates.get_template("page.html").and_then(|t| t.render(Serde(page))).map_err(Failure::message)
}
