//! A plot of values per iteration.

use super::scale::{Scale, whole};
use super::{STYLES, Svg, shortened, width};

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it shows: several things where their values are the same.
    pub names: Vec<String>,
    /// Style, which is that of the thing it shows in every picture.
    pub style: usize,
    /// Values of the iterations from the first; what is no number is left out.
    pub values: Vec<f64>,
    /// Whether values that are left out were too large.
    pub diverges: bool,
}

impl Series {
    /// All its names.
    pub fn name(&self) -> String {
        let diverges = if self.diverges { " (diverges)" } else { "" };
        format!("{}{diverges}", self.names.join(" = "))
    }

    /// As much of its names as there is room for.
    fn short_name(&self) -> String {
        let diverges = if self.diverges { " ↑" } else { "" };
        let all = self.names.join(" = ");
        let more = self.names.len().saturating_sub(1);
        match self.names.first() {
            Some(first) if more > 0 && all.chars().count() > LONGEST => {
                format!("{} = {more} more{diverges}", shortened(first, LONGEST - 9))
            }
            _ => shortened(&all, LONGEST) + diverges,
        }
    }
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
    let names: Vec<String> = plot.series.iter().map(Series::short_name).collect();
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
        for run in consecutive(&series.values) {
            let run: Vec<(f64, f64)> =
                run.map(|index| (x(index + 1), y.place(series.values[index]))).collect();
            svg.polyline("line", &run);
        }
        // Many markers would hide the line.
        let every = count.div_ceil(12).max(1);
        for (index, place) in places.iter().enumerate() {
            if index % every == 0 || index + 1 == places.len() {
                svg.marker(series.style, *place);
            }
        }
        svg.end();
        if let Some(end) = places.last() {
            ends.push(End { place: *end, style: series.style, name, title: series.name() });
        }
    }
    label(&mut svg, ends, right);
    svg.finish()
}

/// Runs of numbers without a gap, where there is a line to draw.
fn consecutive(values: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for end in 0..=values.len() {
        if values.get(end).is_none_or(|value| !value.is_finite()) {
            if end > start + 1 {
                runs.push(start..end);
            }
            start = end + 1;
        }
    }
    runs
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

/// Where a line ends, and what it is called there.
struct End {
    place: (f64, f64),
    style: usize,
    name: String,
    title: String,
}

/// Names at the ends of their lines, moved apart where they would touch.
fn label(svg: &mut Svg, mut ends: Vec<End>, right: f64) {
    ends.sort_by(|a, b| a.place.1.total_cmp(&b.place.1));
    let wanted: Vec<f64> = ends.iter().map(|end| end.place.1).collect();
    for (end, at) in ends.into_iter().zip(apart(&wanted, TOP, BOTTOM)) {
        let (x, y) = end.place;
        svg.group(&format!("s{}", end.style % STYLES));
        svg.hint(&end.title);
        svg.line("leader", (x + 6.0, y), (right + 14.0, at));
        svg.text("name", "start", (right + 18.0, at + 4.0), &end.name);
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
