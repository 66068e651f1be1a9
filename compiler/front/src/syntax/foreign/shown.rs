//! What other programs show of a training: a variable that is revealed, or nothing.

use super::rewrite::{LONGEST, arguments_end, expression, name, operand, split};
use super::{Site, is_word_byte, items, libraries, line_of};
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::limits;
use hep_tensor::source::Span;

/// `print(mean(e))`, `return e`: a number of its own, or else nothing.
pub(super) fn printed(site: &Site<'_>) -> Vec<Proposal> {
    let after = site.after();
    let line = after.lines().next().unwrap_or("").split('#').next().unwrap_or("").trim_end();
    let call = line.strip_prefix('(').and_then(|inside| inside.get(..arguments_end(inside)?));
    let (inside, length) = call.map_or((line, line.len()), |inside| (inside, inside.len() + 2));
    let region = Span::new(site.at.start, site.at.end + length);
    let inside = libraries::nested(site.text, inside);
    let shown = split(&inside).into_iter().find(|part| is_formula(part) && items::name_alone(part).is_none());
    let form =
        if call.is_some() { format!("{}(...)", site.spelling()) } else { format!("{} ...", site.spelling()) };
    let nothing = Proposal {
        words: format!(
            "leave `{form}` out: of what is trained on ciphertexts nothing is seen but what `reveal` names"
        ),
        edits: vec![Edit::Replace(region, String::new())],
    };
    let kept = shown.and_then(|formula| kept(site.text, region, formula, None));
    kept.into_iter().chain(Some(nothing)).collect()
}

/// `reveal w, mean(e)`: a formula is a variable of its own.
pub(super) fn revealed(site: &Site<'_>) -> Vec<Proposal> {
    let Some((region, parts)) = parts(site) else { return vec![] };
    let (names, formulas): (Vec<&str>, Vec<&str>) =
        parts.into_iter().partition(|part| items::name_alone(part).is_some());
    let [formula] = formulas.as_slice() else { return vec![] };
    kept(site.text, region, &libraries::nested(site.text, formula), Some(&names)).into_iter().collect()
}

/// What `reveal` is given, and where the line is.
pub(super) fn parts<'t>(site: &Site<'t>) -> Option<(Span, Vec<&'t str>)> {
    let (start, line) = line_of(site.text, site.at.start);
    let line = line.split('#').next()?.trim_end();
    let parts = split(line.strip_prefix("reveal")?.trim());
    (line.len() < LONGEST && !parts.is_empty()).then(|| (Span::new(start, start + line.len()), parts))
}

fn is_formula(part: &str) -> bool {
    let is_whole = expression(part).is_some_and(|read| read.len() == part.len());
    is_whole && part.parse::<f64>().is_err() && !part.contains('=')
}

/// The program with a formula as a variable that is revealed, in place of what stands in a region: in the training a statement,
/// behind it an item, which reveals these names as well.
fn kept(text: &str, region: Span, formula: &str, names: Option<&[&str]>) -> Option<Proposal> {
    // There may be many such lines.
    let text = limits::beginning(text);
    let train = text.match_indices("train").map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).unwrap_or("");
        !before.ends_with(|c: char| c.is_ascii() && is_word_byte(c as u8))
            && text.get(at + 5..).unwrap_or("").trim_start().starts_with('{')
    })?;
    let open = train + text.get(train..)?.find('{')? + 1;
    let close = open + closing(text.get(open..)?)?;
    let name = fresh(text, "shown");
    let (declared, assigned) = (format!("var {name} : real = 0"), format!("{name} = {formula}"));
    let mut edits = vec![Edit::Replace(Span::new(open, open), format!("\n  {declared}"))];
    let words = if open <= region.start && region.end <= close {
        edits.push(Edit::Replace(region, assigned.clone()));
        edits.push(Edit::Last(format!("reveal {name}")));
        format!(
            "make it a variable: add `{declared}` at the beginning of the block, write `{assigned}` here, and add `reveal {name}` \
             behind the block"
        )
    } else {
        let all: Vec<&str> = names.unwrap_or_default().iter().copied().chain([&*name]).collect();
        let revealed = format!("reveal {}", all.join(", "));
        // Nothing is assigned behind the loop.
        let end = open + text.get(open..close)?.rfind('}')?;
        edits.push(Edit::Replace(Span::new(end, end), format!("  {assigned}\n  ")));
        edits.push(Edit::Replace(region, revealed.clone()));
        format!(
            "make it a variable: add `{declared}` at the beginning of the `train` block and `{assigned}` at the end of the \
             loop, and write `{revealed}` here"
        )
    };
    Some(Proposal { words, edits })
}

/// Where the block ends that the text is in.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().enumerate().find_map(|(at, byte)| match byte {
        b'{' => {
            depth += 1;
            None
        }
        b'}' if depth == 0 => Some(at),
        b'}' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

/// A name that no word of a text has.
pub(super) fn fresh(text: &str, like: &str) -> String {
    let taken =
        |name: &str| text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name);
    let mut name = like.to_owned();
    while taken(&name) {
        name.push('_');
    }
    name
}

/// Parts of tensors, all of them: the tensors as a whole.
pub(super) fn wholes(site: &Site<'_>) -> Vec<Proposal> {
    let (mut words, mut edits): (Vec<String>, Vec<Edit>) = (vec![], vec![]);
    let text = site.text;
    for (at, _) in text.match_indices('[') {
        let before = text.get(..at).unwrap_or("");
        let start = at - before.bytes().rev().take_while(|b| is_word_byte(*b) || *b == b'.').count();
        let (tensor, inside) = (before.get(start..).unwrap_or(""), text.get(at + 1..).unwrap_or(""));
        let Some(end) = inside.find(']').filter(|end| *end < LONGEST) else { continue };
        let index = inside.get(..end).unwrap_or("");
        if name(tensor) != Some(tensor)
            || !(index.contains(':') || index.contains(".."))
            || index.contains('\n')
        {
            continue;
        }
        let said = format!("`{}` for `{tensor}[{index}]`", operand(tensor));
        if !words.contains(&said) {
            words.push(said);
        }
        edits.push(Edit::Replace(Span::new(at, at + end + 2), String::new()));
    }
    let words = format!(
        "rows of a data file are chosen by ⟨rows⟩, and columns are left out of the file: write {}",
        words.join(" and ")
    );
    if edits.is_empty() { vec![] } else { vec![Proposal { words, edits }] }
}
