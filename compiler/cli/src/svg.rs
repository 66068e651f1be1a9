//! Plots as SVG, for a page that brings the style sheet: elements carry classes, `s0`, `s1`, … those of a series.
//!
//! Every picture has a title and a description for those who do not see it, and tells series apart by color, by dashes
//! and by the shape of its markers.

pub mod bars;
pub mod lines;
mod scale;
pub mod schedule;
#[cfg(test)]
mod tests;

use hep_plan::visible::is_hidden;
pub use scale::whole as iterations;
use std::fmt::{Display, Write};

/// Styles of series that the page tells apart; more series begin again.
pub const STYLES: usize = 7;

/// A picture that is being written.
pub struct Svg {
    out: String,
}

impl Svg {
    /// A picture of this size. Its title and description are read out in place of it.
    pub fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        let mut out = String::new();
        let (title, description) = (escaped(title), escaped(description));
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\
             <title>{title}</title><desc>{description}</desc>"
        );
        Self { out }
    }

    /// The picture.
    pub fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }

    /// Opens a group of this class.
    pub fn group(&mut self, class: &str) {
        let _ = write!(self.out, "<g class=\"{}\">", escaped(class));
    }

    /// Opens a link; what is written until it is closed can be clicked.
    pub fn link(&mut self, to: &str) {
        let _ = write!(self.out, "<a href=\"{}\">", escaped(to));
    }

    /// Closes the link.
    pub fn close_link(&mut self) {
        self.out.push_str("</a>");
    }

    /// What is shown over the group when it is pointed at.
    pub fn hint(&mut self, text: &str) {
        let _ = write!(self.out, "<title>{}</title>", escaped(text));
    }

    /// Closes the group.
    pub fn end(&mut self) {
        self.out.push_str("</g>");
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(short);
        self.element("line", class, &[("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
    }

    /// A line through points.
    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> =
            points.iter().map(|(x, y)| format!("{},{}", short(*x), short(*y))).collect();
        self.element("polyline", class, &[("points", &points.join(" "))]);
    }

    /// A rectangle.
    pub fn rectangle(&mut self, class: &str, at: (f64, f64), size: (f64, f64)) {
        let [x, y, width, height] = [at.0, at.1, size.0, size.1].map(short);
        self.element(
            "rect",
            class,
            &[("x", &x), ("y", &y), ("width", &width), ("height", &height), ("rx", &"2")],
        );
    }

    /// The marker of a series' style, around a point.
    pub fn marker(&mut self, style: usize, (x, y): (f64, f64)) {
        let path = match style % STYLES {
            0 => "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
            1 => "M-3.6,-3.6h7.2v7.2h-7.2z",
            2 => "M0,-4.8L4.4,3.4H-4.4z",
            3 => "M0,-5L5,0L0,5L-5,0z",
            4 => "M0,4.8L4.4,-3.4H-4.4z",
            5 => "M-4.5,-1.5h3v-3h3v3h3v3h-3v3h-3v-3h-3z",
            _ => "M-5,-2.5L0,-5L5,-2.5V2.5L0,5L-5,2.5z",
        };
        let place = format!("translate({} {})", short(x), short(y));
        self.element("path", "marker", &[("d", &path), ("transform", &place)]);
    }

    /// Text; `anchor` is `start`, `middle` or `end`.
    pub fn text(&mut self, class: &str, anchor: &str, (x, y): (f64, f64), text: &str) {
        let (x, y, text) = (short(x), short(y), escaped(text));
        let _ = write!(
            self.out,
            "<text class=\"{}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>",
            escaped(class)
        );
    }

    fn element(&mut self, name: &str, class: &str, attributes: &[(&str, &dyn Display)]) {
        let _ = write!(self.out, "<{name} class=\"{}\"", escaped(class));
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"{value}\"");
        }
        self.out.push_str("/>");
    }
}

/// A length to a tenth of a pixel.
fn short(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Text in which no character means anything to a parser. What is not seen, and control characters, which XML does not have, are
/// left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_hidden(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Text of at most so many characters.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Width of text in the page's font, about.
fn width(text: &str) -> f64 {
    text.chars().count() as f64 * 6.9
}
