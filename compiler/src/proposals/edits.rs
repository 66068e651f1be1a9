//! Changed programs.

use hep_front::diagnostics::{Edit, Proposal};
use hep_front::syntax;
use hep_front::syntax::ast::Item;
use hep_front::syntax::walk::training;
use hep_tensor::source::{SourceFile, Span};

/// The program with a proposal followed; nothing where its places are not in the program.
pub(super) fn edited(source: &SourceFile, proposal: &Proposal) -> Option<SourceFile> {
    let mut changes: Vec<(Span, String)> = Vec::new();
    for edit in &proposal.edits {
        match edit {
            Edit::Replace(span, text) => changes.push((*span, text.clone())),
            Edit::Multiply(divisor, text) => {
                changes.push((slash(source, *divisor)?, "*".to_owned()));
                changes.push((*divisor, text.clone()));
            }
            Edit::Items(needed, text) => {
                let at = before(source, *needed);
                changes.push((Span::new(at, at), format!("{text}\n")));
            }
            Edit::Last(text) => {
                let end = Span::new(source.text.len(), source.text.len());
                changes.push((end, format!("\n{text}\n")));
            }
            Edit::Definition(place) => changes.push((definition(source, *place)?, String::new())),
            Edit::WithoutScores => changes.push((prediction(source)?, String::new())),
        }
    }
    // From the last on, so that the places of the others stay.
    changes.sort_by_key(|(span, _)| (span.start, span.end));
    changes.iter().rev().try_fold(source.clone(), |source, (span, text)| source.replaced(*span, text))
}

/// The sign of the quotient by what stands here, brackets around it aside.
fn slash(source: &SourceFile, divisor: Span) -> Option<Span> {
    let before = source.text.get(..divisor.start)?.trim_end_matches(|c: char| c.is_whitespace() || c == '(');
    before.ends_with('/').then(|| Span::new(before.len() - 1, before.len()))
}

/// A definition with the word before its name and the brackets behind its formula.
fn definition(source: &SourceFile, place: Span) -> Option<Span> {
    let (before, after) = (source.text.get(..place.start)?.trim_end(), source.text.get(place.end..)?);
    let word = ["let", "loss", "dim"].into_iter().find(|word| before.ends_with(word))?;
    let brackets = after.len() - after.trim_start_matches([' ', ')']).len();
    let line = after.get(..brackets)?.trim_end().len();
    Some(Span::new(before.len() - word.len(), place.end + line))
}

/// The item by which scores of new rows are computed.
fn prediction(source: &SourceFile) -> Option<Span> {
    let file = syntax::parse(source).ok()?;
    let scores = file.items.iter().find_map(|item| match item {
        Item::Predict(scores) => Some(scores.span),
        _ => None,
    })?;
    let start = source.text.get(..scores.start)?.rfind("predict")?;
    Some(Span::new(start, scores.end))
}

/// Where items stand that are needed in a place.
fn before(source: &SourceFile, needed: Span) -> usize {
    let training = match syntax::parse(source) {
        Ok(file) => training(&file).map(|train| train.span.start),
        // What cannot be read is searched.
        Err(_) => source.text.rfind("\ntrain").map(|end| end + 1),
    };
    let text = source.text.get(..needed.start).unwrap_or(&source.text);
    let line = text.rfind('\n').map_or(0, |end| end + 1);
    training.map_or(line, |training| training.min(line))
}
