//! What the values of a schedule are called in the source, for messages of who has the plan and not the program.

use hep_plan::plan::{SourceName, ValueNames};
use hep_tensor::source::{Lines, SourceFile, Span};
use std::collections::BTreeMap;
use std::path::Path;

/// Longest text of a value, in characters.
const SHOWN: usize = 48;

/// A name for each value, whose places in the source are given in order.
#[must_use]
pub fn value_names(spans: &[Span], source: &SourceFile) -> ValueNames {
    let places = Lines::new(source);
    let mut known: BTreeMap<Span, u32> = BTreeMap::new();
    let mut names: Vec<SourceName> = Vec::new();
    let mut name = |span: Span| {
        *known.entry(span).or_insert_with(|| {
            names.push(named(&places, source, span));
            names.len() as u32 - 1
        })
    };
    let of = spans.iter().map(|span| name(*span)).collect();
    ValueNames { names, of }
}

pub(crate) fn named(places: &Lines<'_>, source: &SourceFile, span: Span) -> SourceName {
    if span == Span::default() {
        return SourceName::default();
    }
    let (file, position) = places.position(span.start);
    // Where the owner keeps its files is nobody's business.
    let file = Path::new(file).file_name().map_or_else(|| file.into(), |name| name.to_string_lossy());
    let words: Vec<&str> = source.slice(span).split_whitespace().collect();
    let text = words.join(" ");
    let text = match text.chars().count() {
        0..=SHOWN => text,
        _ => text.chars().take(SHOWN - 1).chain(['…']).collect(),
    };
    SourceName { text, place: format!("{file}:{}", position.line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_text_and_line() {
        let source = SourceFile::new("/home/me/p.hep", "program p\nlet s =   X @\n  w");
        let span = Span::new(18, 27);
        let found = value_names(&[span, Span::default(), span], &source);
        assert_eq!((found.of.as_slice(), found.names.len()), (&[0, 1, 0][..], 2));
        assert_eq!((found.names[0].text.as_str(), found.names[0].place.as_str()), ("X @ w", "p.hep:2"));
        assert_eq!((found.get(1), found.get(3)), (Some(&SourceName::default()), None));
    }
}
