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

#[derive(Serialize)]
struct Page {
    title: String,
    of: String,
    sizes: String,
    names: Vec<String>,
    plots: Vec<Picture>,
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
        title: names.join(", "),
        of: of(found, data),
        sizes: sizes(found),
        plots: Quantity::ALL.into_iter().filter_map(|quantity| plot(found, quantity)).collect(),
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
    let series = series(found, quantity);
    if series.is_empty() {
        return None;
    }
    let title = capitalised(quantity.title());
    let ends = series.iter().filter_map(|s| Some(format!("{} {}", s.name, quantity.show(*s.values.last()?))));
    let description = format!("After the last iteration: {}.", ends.collect::<Vec<_>>().join(", "));
    let limits = if quantity == Quantity::Score { limits(found, &series) } else { vec![] };
    let unit = match quantity {
        Quantity::Test | Quantity::Train => "%",
        Quantity::Loss => "loss",
        Quantity::Score => "|z|",
    };
    let plot = Plot { title: &title, description: &description, unit, series: &series, limits: &limits };
    let svg = Value::from_safe_string(lines::svg(&plot));
    Some(Picture { caption: title, svg })
}

/// One line for all candidates that have the same values.
fn series(found: &[Measured], quantity: Quantity) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for (style, measured) in found.iter().enumerate() {
        let values: Vec<f64> = measured.curve.iter().map(|i| quantity.of(i).unwrap_or(f64::NAN)).collect();
        if values.iter().all(|value| !value.is_finite()) {
            continue;
        }
        match series.iter_mut().find(|known| known.values == values) {
            Some(known) => known.name += &format!(" = {}", measured.name),
            None => series.push(Series { name: measured.name.clone(), style, values }),
        }
    }
    series
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
    let values: Vec<Option<f64>> = found.iter().map(|m| rows::value(m, figure)).collect();
    if values.iter().all(Option::is_none) {
        return None;
    }
    let bars: Vec<Bar> = found
        .iter()
        .zip(&values)
        .enumerate()
        .map(|(style, (m, value))| {
            let text = match (value, &m.cost) {
                (Some(value), _) => figure.unit.show(*value),
                (None, Err(error)) => format!("no plan: {}", error.code),
                (None, Ok(_)) => NOTHING.to_string(),
            };
            Bar { name: m.name.clone(), style, value: *value, text }
        })
        .collect();
    let title = capitalised(figure.name);
    let all: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.name, bar.text)).collect();
    let svg = bars::svg(&title, &format!("{}.", all.join(", ")), &bars);
    Some(Picture { caption: title, svg: Value::from_safe_string(svg) })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
