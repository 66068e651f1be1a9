//! `approx` lines that lack something: the whole line, with everything that is said of it already.

use super::foreign::line_of;
use crate::diagnostics::{Edit, Proposal};
use hep_tensor::source::Span;

/// Ways in which a polynomial is found.
pub(crate) const METHODS: [&str; 3] = ["least_squares", "chebyshev", "minimax"];

/// The line of a place as a fit on a range.
pub(super) fn written(text: &str, at: usize) -> Option<Proposal> {
    let (start, line) = line_of(text, at);
    let line = line.split('#').next()?.trim_end();
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest = line.strip_prefix("approx")?.trim_start();
    let (gradient, rest) = match rest.strip_prefix("grad ") {
        Some(rest) => ("grad ", rest.trim_start()),
        None => ("", rest),
    };
    let name = rest.split(|c: char| !is_of_word(c)).next().filter(|name| !name.is_empty())?;
    let rest = rest.get(name.len()..)?;
    // What has a formula is no fit.
    if rest.contains('=') && !rest.contains("<=") {
        return None;
    }
    let words: Vec<&str> = rest
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ','))
        .filter(|word| !word.is_empty())
        .collect();
    let behind = |word: &str| words.iter().position(|known| *known == word).and_then(|at| words.get(at + 1));
    let degree = behind("degree").filter(|degree| **degree == "auto" || degree.parse::<u32>().is_ok());
    let method = behind("by").filter(|method| METHODS.contains(method)).unwrap_or(&METHODS[0]);
    let bound = behind("<=").filter(|bound| bound.parse::<f64>().is_ok());
    let ends: Vec<&str> = rest
        .split("..")
        .flat_map(|part| part.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',')))
        .filter(|word| word.parse::<f64>().is_ok() && Some(word) != degree && Some(word) != bound)
        .collect();
    let (low, high) = match ends.as_slice() {
        [low, high] => (*low, *high),
        _ => usual_range(name),
    };
    let error = bound.map_or(String::new(), |bound| format!(" error <= {bound}"));
    let degree = degree.copied().unwrap_or(if bound.is_some() { "auto" } else { "3" });
    let whole = format!("approx {gradient}{name} on {low} .. {high} degree {degree} by {method}{error}");
    let words = format!("write `{whole}`, with the range of its argument");
    Some(Proposal { words, edits: vec![Edit::Replace(Span::new(start, start + line.len()), whole)] })
}

/// Where a function is finite, and a polynomial of low degree is near it.
fn usual_range(function: &str) -> (&'static str, &'static str) {
    match function {
        "exp" => ("-4", "4"),
        "log" | "sqrt" => ("0.1", "8"),
        _ => ("-8", "8"),
    }
}
