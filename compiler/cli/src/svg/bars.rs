//! Horizontal bars, one for each thing compared, with their values written beside them.

use super::{STYLES, Svg, shortened, width};

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is about.
    pub name: String,
    /// Style of that thing in every picture.
    pub style: usize,
    /// Its length; what is not known has none.
    pub value: Option<f64>,
    /// What stands beside it.
    pub text: String,
}

const WIDTH: f64 = 360.0;
const ROW: f64 = 24.0;
/// Most characters of a name.
const LONGEST: usize = 18;

/// The bars, from zero.
pub fn svg(title: &str, description: &str, bars: &[Bar]) -> String {
    let names: Vec<String> = bars.iter().map(|bar| shortened(&bar.name, LONGEST)).collect();
    let left = names.iter().map(|name| width(name)).fold(30.0, f64::max) + 12.0;
    let beside =
        bars.iter().filter(|bar| bar.value.is_some()).map(|bar| width(&bar.text)).fold(30.0, f64::max);
    let longest = bars.iter().filter_map(|bar| bar.value).fold(0.0, f64::max);
    let room = (WIDTH - left - beside - 14.0).max(40.0);
    let mut svg = Svg::new(WIDTH, bars.len() as f64 * ROW + 6.0, title, description);
    for (index, (bar, name)) in bars.iter().zip(names).enumerate() {
        let y = index as f64 * ROW + 4.0;
        // The baseline of text whose letters stand in the middle of the bar.
        let middle = y + ROW / 2.0;
        svg.group(&format!("s{}", bar.style % STYLES));
        svg.text("name", "end", (left - 8.0, middle), &name);
        match bar.value {
            Some(value) => {
                let length = if longest > 0.0 { value / longest * room } else { 0.0 };
                svg.rectangle("bar", (left, y), (length.max(1.0), ROW - 8.0));
                svg.text("value", "start", (left + length.max(1.0) + 6.0, middle), &bar.text);
            }
            None => svg.text("none", "start", (left, middle), &bar.text),
        }
        svg.end();
    }
    svg.line("axis", (left, 0.0), (left, bars.len() as f64 * ROW + 2.0));
    svg.finish()
}
