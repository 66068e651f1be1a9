//! A plot of values per iteration.

use super::scale::{Scale, whole};
use super::{STYLES, Svg, shortened, width};

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What stands beside it.
    pub name: String,
    /// Style, which is that of the thing it shows in every picture.
    pub style: usize,
    /// Values of the iterations from the first; what is no number is left out.
    pub values: Vec<f64>,
}

/// What is plotted.
#[derive(Clone, Debug)]
pub struct Plot<'a> {
    /// Title.
    pub title: &'a str,
    /// For those who do not see it.
    pub description: &'a str,
    /// Unit of the values, written above the axis.
    pub unit: &'a str,
    /// The lines.
    pub series: &'a [Series],
    /// Values that are marked by a line of their own, with what to write there.
    pub limits: &'a [(f64, String)],
}

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 262.0;
/// Least distance between names.
const LINE: f64 = 15.0;
/// Most characters of a name.
const LONGEST: usize = 22;

/// The plot.
pub fn svg(plot: &Plot<'_>) -> String {
    let count = plot.series.iter().map(|s| s.values.len()).max().unwrap_or(0);
    let names: Vec<String> = plot.series.iter().map(|s| shortened(&s.name, LONGEST)).collect();
    let widest = names.iter().map(|name| width(name)).fold(40.0, f64::max);
    let right = WIDTH - widest - 26.0;
    let limits = plot.limits.iter().map(|(value, _)| *value);
    let values = plot.series.iter().flat_map(|s| s.values.iter().copied()).filter(|v| v.is_finite());
    let y = Scale::of(values.chain(limits), (BOTTOM, TOP));
    let x = |iteration: usize| {
        let share = if count > 1 { (iteration as f64 - 1.0) / (count as f64 - 1.0) } else { 0.5 };
        LEFT + 12.0 + share * (right - LEFT - 24.0)
    };
    let mut svg = Svg::new(WIDTH, HEIGHT, plot.title, plot.description);
    axes(&mut svg, plot.unit, &y, count, &x, right);
    for (value, text) in plot.limits {
        let at = y.place(*value);
        svg.line("limit", (LEFT, at), (right, at));
        svg.text("tick", "end", (right - 4.0, at - 4.0), text);
    }
    let mut ends = Vec::new();
    for (series, name) in plot.series.iter().zip(names) {
        let places: Vec<(f64, f64)> = series
            .values
            .iter()
            .enumerate()
            .filter(|(_, value)| value.is_finite())
            .map(|(index, value)| (x(index + 1), y.place(*value)))
            .collect();
        svg.group(&format!("s{}", series.style % STYLES));
        svg.polyline("line", &places);
        // Many markers would hide the line.
        let every = count.div_ceil(12).max(1);
        for (index, place) in places.iter().enumerate() {
            if index % every == 0 || index + 1 == places.len() {
                svg.marker(series.style, *place);
            }
        }
        svg.end();
        if let Some(end) = places.last() {
            ends.push((*end, series.style, name));
        }
    }
    label(&mut svg, ends, right);
    svg.finish()
}

fn axes(svg: &mut Svg, unit: &str, y: &Scale, count: usize, x: &dyn Fn(usize) -> f64, right: f64) {
    svg.text("unit", "start", (4.0, TOP - 14.0), unit);
    for (value, text) in y.ticks() {
        let at = y.place(value);
        svg.line("grid", (LEFT, at), (right, at));
        svg.text("tick", "end", (LEFT - 7.0, at + 4.0), &text);
    }
    for iteration in whole(count as u32) {
        let at = x(iteration as usize);
        svg.line("axis", (at, BOTTOM), (at, BOTTOM + 4.0));
        svg.text("tick", "middle", (at, BOTTOM + 17.0), &iteration.to_string());
    }
    svg.line("axis", (LEFT, BOTTOM), (right, BOTTOM));
    svg.text("unit", "middle", ((LEFT + right) / 2.0, HEIGHT - 4.0), "iteration");
}

/// Names at the ends of their lines, moved apart where they would touch.
fn label(svg: &mut Svg, mut ends: Vec<((f64, f64), usize, String)>, right: f64) {
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let wanted: Vec<f64> = ends.iter().map(|((_, y), ..)| *y).collect();
    for (((x, y), style, name), at) in ends.into_iter().zip(apart(&wanted, TOP, BOTTOM)) {
        svg.group(&format!("s{}", style % STYLES));
        svg.line("leader", (x + 6.0, y), (right + 14.0, at));
        svg.text("name", "start", (right + 18.0, at + 4.0), &name);
        svg.end();
    }
}

/// Places near the wanted ones, in their order, a line apart, between two ends as long as there is room.
pub(super) fn apart(wanted: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::with_capacity(wanted.len());
    for &place in wanted {
        let least = places.last().map_or(low, |last| last + LINE);
        places.push(place.max(least));
    }
    let mut most = high;
    for place in places.iter_mut().rev() {
        *place = place.min(most).max(low);
        most = *place - LINE;
    }
    places
}
