//! The comparison as one HTML file: plots, and every number of them in tables.

use super::measure::Measured;
use super::rows::{self, Block, NOTHING, Quantity};
use crate::failure::Failure;
use crate::svg::bars::{self, Bar};
use crate::svg::lines::{self, Plot, Series};
use hep_compiler::explain::figures::Figure;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use std::collections::BTreeSet;

const TEMPLATE: &str = include_str!("page.html");
/// Figures that get bars.
const BARS: [&str; 6] =
    ["levels", "rotations", "keys at rest", "upload", "peak memory", "seconds, all cores"];

/// Names in the title.
const TITLED: usize = 6;
/// A value so many times what is usual is no longer drawn: its training has diverged.
const DIVERGED: f64 = 20.0;

#[derive(Serialize)]
struct Page {
    title: String,
    of: String,
    sizes: String,
    names: Vec<String>,
    plots: Vec<Picture>,
    /// Whether the plots are lines, which take more room than bars.
    lines: bool,
    bars: Vec<Picture>,
    blocks: Vec<Block>,
    iterations: Vec<Block>,
    polynomials: Vec<Polynomials>,
    notes: Vec<String>,
    costs: String,
    version: &'static str,
}

/// A plot under its caption.
#[derive(Serialize)]
struct Picture {
    caption: String,
    svg: Value,
}

/// What stands for the functions of one candidate.
#[derive(Serialize)]
struct Polynomials {
    name: String,
    lines: Vec<String>,
}

/// The page.
pub fn page(found: &[Measured], data: Option<String>, costs: &str) -> Result<String, Failure> {
    let names: Vec<String> = found.iter().map(|m| m.name.clone()).collect();
    let page = Page {
        title: title(&names),
        of: of(found, data),
        sizes: sizes(found),
        plots: Quantity::ALL.into_iter().filter_map(|quantity| plot(found, quantity)).collect(),
        lines: !single(found),
        bars: BARS.iter().filter_map(|name| bar(found, Figure::named(name)?)).collect(),
        blocks: rows::blocks(found),
        iterations: Quantity::ALL
            .into_iter()
            .filter_map(|quantity| rows::iterations(found, quantity))
            .collect(),
        polynomials: found.iter().map(polynomials).collect(),
        notes: rows::notes(found),
        costs: costs.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        names,
    };
    let mut templates = Environment::new();
    // The ending makes every text that is no picture escaped.
    templates.add_template("page.html", TEMPLATE).map_err(Failure::message)?;
    templates.get_template("page.html").and_then(|t| t.render(Serde(page))).map_err(Failure::message)
}

/// The first names.
fn title(names: &[String]) -> String {
    match names.len().saturating_sub(TITLED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..TITLED].join(", ")),
    }
}

/// Which programs, and which data.
fn of(found: &[Measured], data: Option<String>) -> String {
    let programs: BTreeSet<String> = found.iter().map(|m| m.program.display().to_string()).collect();
    programs.into_iter().chain(data).collect::<Vec<_>>().join(", ")
}

/// Sizes that all candidates share.
fn sizes(found: &[Measured]) -> String {
    let Some((first, rest)) = found.split_first() else { return String::new() };
    let shared = first.dims.iter().filter(|dim| rest.iter().all(|m| m.dims.contains(dim)));
    shared.map(|(name, size)| format!("{name} = {size}")).collect::<Vec<_>>().join(", ")
}

fn polynomials(measured: &Measured) -> Polynomials {
    let lines = measured.substitutions.iter().flat_map(|s| s.lines()).collect();
    Polynomials { name: measured.name.clone(), lines }
}

fn plot(found: &[Measured], quantity: Quantity) -> Option<Picture> {
    let title = capitalised(quantity.title());
    if single(found) {
        // A line needs two points.
        let value = |m: &Measured| quantity.of(m.curve.first()?);
        return bars_of(found, &title, value, |value| quantity.show(value), |_| NOTHING.to_string());
    }
    let series = series(found, quantity);
    if series.is_empty() {
        return None;
    }
    let ends =
        series.iter().filter_map(|s| Some(format!("{} {}", s.name(), quantity.show(*s.values.last()?))));
    let description = format!("After the last iteration: {}.", ends.collect::<Vec<_>>().join(", "));
    let limits = if quantity == Quantity::Score { limits(found, &series) } else { vec![] };
    let unit = match quantity {
        Quantity::Test | Quantity::Train => "%",
        Quantity::TestTargets | Quantity::TrainTargets => "R²",
        Quantity::Loss => "loss",
        Quantity::Score => "|z|",
    };
    let plot = Plot { title: &title, description: &description, unit, series: &series, limits: &limits };
    let svg = Value::from_safe_string(lines::svg(&plot));
    Some(Picture { caption: title, svg })
}

/// Whether nobody trains for more than one iteration.
fn single(found: &[Measured]) -> bool {
    found.iter().all(|m| m.curve.len() <= 1)
}

/// One line for all candidates that have the same values.
fn series(found: &[Measured], quantity: Quantity) -> Vec<Series> {
    let most = usual(found, quantity) * DIVERGED;
    let mut series: Vec<Series> = Vec::new();
    for (style, measured) in found.iter().enumerate() {
        let values: Vec<f64> = measured.curve.iter().map(|i| quantity.of(i).unwrap_or(f64::NAN)).collect();
        let drawn: Vec<f64> =
            values.iter().map(|v| if v.abs() <= most { *v } else { f64::INFINITY }).collect();
        if values.is_empty() || values.iter().all(|value| !value.is_finite()) {
            continue;
        }
        match series.iter_mut().find(|known| known.values == drawn) {
            Some(known) => known.names.push(measured.name.clone()),
            None => {
                let diverges = drawn.iter().any(|value| !value.is_finite());
                series.push(Series { names: vec![measured.name.clone()], style, values: drawn, diverges });
            }
        }
    }
    series
}

/// The size of a quantity where training goes well: what half of all values stay below, and what it begins with.
fn usual(found: &[Measured], quantity: Quantity) -> f64 {
    let values =
        |m: &Measured| m.curve.iter().filter_map(|i| quantity.of(i)).map(f64::abs).collect::<Vec<_>>();
    let mut all: Vec<f64> = found.iter().flat_map(values).filter(|value| value.is_finite()).collect();
    all.sort_by(f64::total_cmp);
    let median = all.get(all.len() / 2).copied().unwrap_or(0.0);
    let first = found.iter().filter_map(|m| values(m).first().copied()).filter(|v| v.is_finite());
    let ranges = found.iter().flat_map(|m| &m.substitutions).filter_map(|s| s.domain);
    let ends = ranges.map(|(lo, hi)| lo.abs().max(hi.abs())).filter(|_| quantity == Quantity::Score);
    first.chain(ends).fold(median, f64::max).max(f64::MIN_POSITIVE)
}

/// Where approximations end, as far as that is near the scores.
fn limits(found: &[Measured], series: &[Series]) -> Vec<(f64, String)> {
    let largest = series.iter().flat_map(|s| s.values.iter().copied()).fold(0.0, f64::max);
    let domains = found.iter().flat_map(|m| &m.substitutions).filter_map(|s| s.domain);
    let mut ends: Vec<f64> = domains.map(|(lo, hi)| lo.abs().min(hi.abs())).collect();
    ends.retain(|end| *end > 0.0 && *end <= 4.0 * largest);
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    ends.into_iter().map(|end| (end, format!("range ends at {end}"))).collect()
}

fn bar(found: &[Measured], figure: &Figure) -> Option<Picture> {
    let value = |m: &Measured| rows::value(m, figure);
    let missing = |m: &Measured| match &m.cost {
        Err(error) => format!("no plan: {}", error.code),
        Ok(_) => NOTHING.to_string(),
    };
    bars_of(found, &capitalised(figure.name), value, |value| figure.unit.show(value), missing)
}

fn bars_of(
    found: &[Measured],
    title: &str,
    value: impl Fn(&Measured) -> Option<f64>,
    show: impl Fn(f64) -> String,
    missing: impl Fn(&Measured) -> String,
) -> Option<Picture> {
    let bar = |(style, m): (usize, &Measured)| {
        let value = value(m).filter(|value| value.is_finite());
        let text = value.map_or_else(|| missing(m), &show);
        Bar { name: m.name.clone(), style, value, text }
    };
    let bars: Vec<Bar> = found.iter().enumerate().map(bar).collect();
    if bars.iter().all(|bar| bar.value.is_none()) {
        return None;
    }
    let all: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.name, bar.text)).collect();
    let svg = bars::svg(title, &format!("{}.", all.join(", ")), &bars);
    Some(Picture { caption: title.to_string(), svg: Value::from_safe_string(svg) })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
