//! In which units the data may be: what the owner scales before encrypting, and which line forbids it.

use crate::explain::names::named;
use hep_tensor::Program;
use hep_tensor::homogeneity::Symmetries;
use hep_tensor::source::{Lines, SourceFile};
use std::fmt::Write;

/// A line for every upload; `program` is what the symmetries were found in.
#[must_use]
pub fn text(symmetries: &Symmetries, program: &Program, source: &SourceFile) -> String {
    let Symmetries { uploads, reveals, fixed } = symmetries;
    let mut out = String::from("units of the data:\n");
    let count = uploads.iter().map(|(_, exponents)| exponents.len()).max().unwrap_or(0);
    for symmetry in 0..count {
        let of = |all: &[(String, Vec<i32>)]| {
            let moved = all.iter().filter_map(|(name, exponents)| match exponents.get(symmetry) {
                Some(0) | None => None,
                Some(1) => Some(name.clone()),
                Some(exponent) => Some(format!("{name} by its power {exponent}")),
            });
            moved.collect::<Vec<_>>().join(", ")
        };
        let _ = write!(out, "  any unit of {}: the owner divides by a power of two", of(uploads));
        let back = of(reveals);
        let _ = match back.is_empty() {
            true => writeln!(out, "; no result changes"),
            false => writeln!(out, " and multiplies back {back}"),
        };
    }
    let places = Lines::new(source);
    for (upload, node) in fixed {
        let name = named(&places, source, program.graph.node(*node).span);
        let because = if name.text.is_empty() {
            "the program".to_string()
        } else {
            format!("`{}` ({})", name.text, name.place)
        };
        let _ = writeln!(out, "  {upload} as it is: {because} fixes its unit");
    }
    out
}
