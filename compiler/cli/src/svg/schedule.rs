//! A schedule: levels from left to right, a row for each line of the source in each iteration, and a box for what happens
//! there.

use super::{STYLES, Svg, shortened, width};
use hep_compiler::explain::drawing::{Drawing, Group};
use hep_plan::Part;
use std::collections::BTreeMap;

const COLUMN: f64 = 96.0;
const ROW: f64 = 30.0;
const HEADING: f64 = 26.0;
const BOX: (f64, f64) = (74.0, 20.0);
/// Most characters of a line's text.
const LONGEST: usize = 34;

/// Where boxes stand.
struct Places {
    left: f64,
    /// Upper edge of every row.
    rows: Vec<f64>,
    /// Heading of a part, and its upper edge.
    headings: Vec<(Part, f64)>,
    height: f64,
}

/// The picture and its width in pixels; a box links to the element `g0`, `g1`, … of the page that says more.
pub fn svg(drawing: &Drawing, source: &str) -> (String, f64) {
    let names: Vec<String> = drawing
        .rows
        .iter()
        .map(|row| shortened(&format!("{}  {}", row.name(source), row.text), LONGEST))
        .collect();
    let places = places(drawing, &names);
    let size = (places.left + f64::from(drawing.top + 1) * COLUMN, places.height);
    let description =
        format!("{} groups of instructions and {} edges", drawing.groups.len(), drawing.edges.len());
    let mut svg = Svg::new(size.0, size.1, &drawing.program, &description);
    for level in 0..=drawing.top {
        let x = places.left + f64::from(drawing.top - level) * COLUMN;
        svg.line("grid", (x, HEADING - 6.0), (x, size.1));
        svg.text("tick", "middle", (x + COLUMN / 2.0, 14.0), &format!("level {level}"));
    }
    for (part, y) in &places.headings {
        svg.text("name", "start", (4.0, y + 17.0), &part.to_string());
    }
    for (name, y) in names.iter().zip(&places.rows) {
        svg.text("row", "start", (16.0, y + ROW / 2.0 + 4.0), name);
    }
    for edge in &drawing.edges {
        let (from, to) = (&drawing.groups[edge.from], &drawing.groups[edge.to]);
        let (from, to) = (corner(drawing, &places, from), corner(drawing, &places, to));
        svg.group(&format!("edge e{} e{}", edge.from, edge.to));
        svg.hint(&format!("{} ciphertexts", edge.values));
        let (start, end) = ends(from, to);
        svg.line("wire", start, end);
        svg.end();
    }
    let most = drawing.groups.iter().map(|group| group.seconds).fold(f64::MIN_POSITIVE, f64::max);
    let styles = styles(drawing);
    for (index, group) in drawing.groups.iter().enumerate() {
        let at = corner(drawing, &places, group);
        svg.link(&format!("#g{index}"));
        svg.group(&format!("s{}", styles[group.row]));
        let row = &drawing.rows[group.row];
        svg.hint(&format!("{}, {}: {}", row.name(source), row.part, drawing.description(group)));
        svg.rectangle("box", at, BOX);
        svg.rectangle("bar", (at.0, at.1 + BOX.1 - 3.0), ((group.seconds / most * BOX.0).max(1.0), 3.0));
        let count: usize = group.operations.values().sum();
        svg.text("value", "middle", (at.0 + BOX.0 / 2.0, at.1 + 13.5), &format!("{count} ops"));
        svg.end();
        svg.close_link();
    }
    (svg.finish(), size.0)
}

/// Upper left corner of a group's box.
fn corner(drawing: &Drawing, places: &Places, group: &Group) -> (f64, f64) {
    let x =
        places.left + f64::from(drawing.top.saturating_sub(group.level)) * COLUMN + (COLUMN - BOX.0) / 2.0;
    (x, places.rows[group.row] + (ROW - BOX.1) / 2.0)
}

/// Ends of an edge: from right to left where the level falls, else from below to above.
fn ends(from: (f64, f64), to: (f64, f64)) -> ((f64, f64), (f64, f64)) {
    if from.0 < to.0 {
        return ((from.0 + BOX.0, from.1 + BOX.1 / 2.0), (to.0, to.1 + BOX.1 / 2.0));
    }
    let (below, above) = if from.1 < to.1 { (BOX.1, 0.0) } else { (0.0, BOX.1) };
    ((from.0 + BOX.0 / 2.0, from.1 + below), (to.0 + BOX.0 / 2.0, to.1 + above))
}

fn places(drawing: &Drawing, names: &[String]) -> Places {
    let left = names.iter().map(|name| width(name)).fold(120.0, f64::max) + 24.0;
    let mut y = HEADING;
    let (mut rows, mut headings) = (Vec::new(), Vec::new());
    for row in &drawing.rows {
        if headings.last().is_none_or(|(part, _)| *part != row.part) {
            headings.push((row.part, y));
            y += HEADING;
        }
        rows.push(y);
        y += ROW;
    }
    Places { left, rows, headings, height: y + 6.0 }
}

/// One style for each line of the source, the same in all iterations.
fn styles(drawing: &Drawing) -> Vec<usize> {
    let mut known: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    let rows = drawing.rows.iter();
    rows.map(|row| {
        let next = known.len() % STYLES;
        *known.entry((&row.file, row.line)).or_insert(next)
    })
    .collect()
}
