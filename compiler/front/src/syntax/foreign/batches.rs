//! Loops over batches as other languages write them: `for xb, yb in loader {` is `for batch in rows(X, Y, size = 32) {`, and in it
//! `X` and `Y` have the rows of the batch. Each is tried before somebody is told of it.

use super::rewrite::{LONGEST, arguments_end, name, split};
use super::shown::{closing, fresh};
use super::{Site, is_word_byte, line_of, lines};
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::limits;
use hep_tensor::source::Span;

/// Rows of a batch where the text names none, or none that divides the samples.
const SIZES: [&str; 7] = ["64", "32", "16", "8", "4", "2", "1"];
/// Lines of the block that are repeated; of more it is said what stands for what.
const LINES: usize = 3;

/// Whether a loop has several names.
pub(super) fn has_several_names(site: &Site<'_>) -> bool {
    Head::of(line_of(site.text, site.at.start).1).is_some_and(|head| head.names.len() > 1)
}

/// `for i, (xb, yb) in enumerate(rows(X, Y, 32)) {` without what counts the batches.
struct Head<'t> {
    names: Vec<&'t str>,
    /// What is said to be gone through.
    over: &'t str,
}

impl<'t> Head<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let line = line.split('#').next().filter(|line| line.len() < LONGEST)?;
        let (names, over) = line.strip_prefix("for")?.split_once(" in ")?;
        let is_mark = |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '[' | ']');
        let names: Vec<&str> = names.split(is_mark).filter(|word| !word.is_empty()).collect();
        let over = over.trim_end_matches(['{', ':', ' ', '\t']);
        names.iter().all(|word| name(word) == Some(*word)).then_some(Self { names, over })
    }

    /// The arguments of the call that makes batches, without what stands around it.
    fn arguments(&self) -> Vec<&'t str> {
        let mut rest = self.over;
        let mut found = vec![];
        while let Some((function, inside)) = rest.split_once('(')
            && let Some(inside) = arguments_end(inside).and_then(|end| inside.get(..end))
        {
            let is_loader = name(function).is_some();
            found = if is_loader { split(inside) } else { found };
            rest = inside;
        }
        found
    }
}

/// The tensors with a row for each sample that are encrypted, in the order of their items.
fn samples(text: &str) -> Vec<&str> {
    let secrets = text.match_indices("secret ").filter_map(|(at, word)| {
        let whole = !text.get(..at)?.ends_with(|c: char| c.is_ascii() && is_word_byte(c as u8));
        let tensor = name(text.get(at + word.len()..)?).filter(|_| whole)?;
        Some((tensor, lines::declared(text, tensor)?))
    });
    let secrets: Vec<(&str, Vec<String>)> = secrets.collect();
    let rows = secrets.iter().find(|(_, dims)| dims.len() == 2).and_then(|(_, dims)| dims.first()).cloned();
    let of_rows = secrets.into_iter().filter(|(_, dims)| rows.is_some() && dims.first() == rows.as_ref());
    of_rows.map(|(tensor, _)| tensor).collect()
}

/// The loop over `rows` that is meant, with every size that may be.
pub(super) fn looped(site: &Site<'_>) -> Vec<Proposal> {
    let (start, line) = line_of(site.text, site.at.start);
    let Some(head) = Head::of(line) else { return vec![] };
    let text = limits::beginning(site.text);
    let (known, arguments) = (samples(text), head.arguments());
    let given: Vec<&str> = arguments.iter().copied().filter(|part| known.contains(part)).collect();
    let tensors = if given.is_empty() { known } else { given };
    // One more name than tensors counts the batches.
    let names = match head.names.len().checked_sub(tensors.len()) {
        Some(0) => head.names.as_slice(),
        Some(1) => &head.names[1..],
        _ => return vec![],
    };
    let counter = head.names.first().filter(|_| names.len() < head.names.len());
    let end = start + line.split('#').next().unwrap_or(line).trim_end().len();
    let Some(block) = Block::behind(text, end, line.contains('{')) else { return vec![] };
    let body = text.get(block.inside.start..block.inside.end).unwrap_or("");
    if counter.is_some_and(|counter| places(body, counter).next().is_some()) {
        return vec![];
    }
    let mut edits = vec![];
    for (own, tensor) in names.iter().zip(&tensors).filter(|(own, tensor)| own != tensor) {
        edits.extend(places(body, own).map(|at| {
            let at = block.inside.start + at;
            Edit::Replace(Span::new(at, at + own.len()), (*tensor).to_owned())
        }));
    }
    let index = fresh(text, "batch");
    let inside = said(body, names, &tensors);
    let closed = if block.is_closed { "" } else { ", and `}` at its end" };
    let with = |size: &str| {
        let head = format!("for {index} in rows({}, size = {size}) {{", tensors.join(", "));
        let words =
            format!("a batch has one name, of the number of its rows: write `{head}`{inside}{closed}");
        let mut edits = edits.clone();
        edits.push(Edit::Replace(Span::new(start, end), head));
        if !block.is_closed {
            edits.push(Edit::Replace(Span::new(block.inside.end, block.inside.end), "\n}".to_owned()));
        }
        Proposal { words, edits }
    };
    let size = arguments.iter().find_map(|part| size(text, part, &tensors));
    size.into_iter().chain(SIZES.into_iter().filter(|other| Some(*other) != size)).map(with).collect()
}

/// The rows of a batch, where an argument says how many there are.
fn size<'t>(text: &str, argument: &'t str, tensors: &[&str]) -> Option<&'t str> {
    let value = match argument.split_once('=') {
        Some((key, value)) if key.contains("size") || matches!(key.trim(), "batch" | "bs" | "n") => value,
        Some(_) => return None,
        None => argument,
    };
    let value = value.trim();
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty();
    let is_dim = || name(value) == Some(value) && text.contains(&format!("dim {value}"));
    (is_number || is_dim() && !tensors.contains(&value)).then_some(value)
}

/// What is written in the block: its lines as they should be, or what stands for what.
fn said(body: &str, names: &[&str], tensors: &[&str]) -> String {
    let meant = |line: &str| {
        let words = names.iter().zip(tensors);
        words.fold(line.trim().to_owned(), |line, (own, tensor)| {
            let mut found: Vec<usize> = places(&line, own).collect();
            found.reverse();
            found.into_iter().fold(line, |mut line, at| {
                line.replace_range(at..at + own.len(), tensor);
                line
            })
        })
    };
    let code = body.lines().map(|line| line.split('#').next().unwrap_or("").trim());
    let changed: Vec<(&str, String)> =
        code.map(|line| (line, meant(line))).filter(|(line, meant)| line != meant).collect();
    if changed.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = changed.iter().map(|(_, meant)| format!("`{meant}`")).collect();
    if lines.len() <= LINES {
        return format!(", and in it {}", lines.join(" and "));
    }
    let words = names.iter().zip(tensors).filter(|(own, tensor)| own != tensor);
    let words: Vec<String> = words.map(|(own, tensor)| format!("`{tensor}` for `{own}`")).collect();
    format!(", and in it {} everywhere", words.join(" and "))
}

/// Where a name stands as a word of its own that is no field of anything.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text.get(..*at).unwrap_or("").bytes().next_back();
        let after = text.get(at + word.len()..).unwrap_or("").bytes().next();
        let touches = |byte: Option<u8>| byte.is_some_and(is_word_byte);
        !touches(before) && before != Some(b'.') && !touches(after)
    })
}

/// The statements of a loop.
struct Block {
    inside: Span,
    /// Whether braces stand around it.
    is_closed: bool,
}

impl Block {
    /// The block behind a head that ends here: to its brace, or as far as lines stand further right.
    fn behind(text: &str, end: usize, has_brace: bool) -> Option<Self> {
        let rest = text.get(end..)?;
        if has_brace {
            let inside = Span::new(end, end + closing(rest)?);
            return Some(Self { inside, is_closed: true });
        }
        let indent = |line: &str| line.len() - line.trim_start().len();
        let before = text.get(..end)?;
        let own = indent(before.rsplit('\n').next()?);
        let mut length = 0;
        for line in rest.split_inclusive('\n').skip(1) {
            if !line.trim().is_empty() && indent(line) <= own {
                break;
            }
            length += line.len();
        }
        let first = rest.split_inclusive('\n').next()?.len();
        let body = rest.get(first..first + length)?.trim_end();
        let inside = Span::new(end + first, end + first + body.len());
        (!body.is_empty()).then_some(Self { inside, is_closed: false })
    }
}
