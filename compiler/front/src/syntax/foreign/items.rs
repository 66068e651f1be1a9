//! Helps that write a whole item anew.

use super::rewrite::{LONGEST, arguments_end, name, split};
use super::{Site, is_in, is_word_byte, line_of, lines, shown};
use crate::syntax::words::is_keyword;

/// The line of a place without what is said behind it, from its first word to the place and behind it.
fn line<'t>(site: &Site<'t>) -> Option<(&'t str, &'t str)> {
    let (start, line) = line_of(site.text, site.at.start);
    let line = line.split('#').next()?.trim_end();
    if line.len() > LONGEST {
        return None;
    }
    line.split_at_checked(site.at.start.checked_sub(start)?)
}

/// `dim n = 4, f = 3` is `dim n = 4  dim f = 3`.
pub(super) fn several(site: &Site<'_>) -> Option<String> {
    let (before, after) = line(site)?;
    let keyword = name(before)?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((named, whole)) = before.strip_prefix("dim").and_then(|rest| rest.split_once('='))
        && let Some(part) = after.strip_prefix(',').filter(|part| is_digits(part) && is_digits(whole.trim()))
    {
        let item = format!("let {} = {}.{part}", named.trim(), whole.trim());
        return Some(format!("a decimal has a point, and is no size: write `{item}`"));
    }
    let parts = split(after.strip_prefix(',')?).into_iter().map(|part| {
        let rest = part.strip_prefix(name(part)?)?.trim_start();
        (rest.starts_with(['=', ':'])).then(|| format!("{keyword} {part}"))
    });
    let parts: Vec<String> = parts.collect::<Option<_>>()?;
    Some(format!("every one has its keyword: write `{before}  {}`", parts.join("  ")))
}

/// `real(n, f)` is `real[n, f]`.
pub(super) fn bracketed(site: &Site<'_>) -> Option<String> {
    let (before, after) = line(site)?;
    let inside = after.strip_prefix('(')?;
    let (inside, after) = inside.split_at_checked(arguments_end(inside)?)?;
    Some(format!("dimensions stand in brackets: write `{before}[{inside}]{}`", after.strip_prefix(')')?))
}

/// `reveal w b` and `reveal w and b` are `reveal w, b`.
pub(super) fn revealed(site: &Site<'_>) -> Option<String> {
    let (before, after) = line(site)?;
    let names = before.strip_prefix("reveal")?.to_owned() + " " + after;
    let is_separator = |c: char| c.is_whitespace() || c == ',';
    let names: Vec<&str> = names
        .split(is_separator)
        .filter(|word| !matches!(*word, "" | "and"))
        .map(name_alone)
        .collect::<Option<_>>()?;
    Some(format!("write `reveal {}`", names.join(", ")))
}

/// `reveal P.W1, P.b1` is `reveal P`.
pub(super) fn whole_record(site: &Site<'_>) -> Option<String> {
    let line = line_of(site.text, site.at.start).1.split('#').next()?;
    let mut names: Vec<&str> = Vec::new();
    for part in line.strip_prefix("reveal")?.split(',') {
        let known = name_alone(part.split('.').next()?.trim())?;
        if !names.contains(&known) {
            names.push(known);
        }
    }
    Some(format!("a record is revealed as a whole: write `reveal {}`", names.join(", ")))
}

/// `reveal score(w)` is `reveal w` beside `predict score(w)`.
pub(super) fn scored(site: &Site<'_>) -> Option<String> {
    let (_, parts) = shown::parts(site)?;
    let (mut names, mut called): (Vec<&str>, Option<&str>) = (vec![], None);
    for part in parts {
        let given = match part.split_once('(') {
            Some((function, inside)) => {
                name_alone(function)?;
                called = Some(part);
                split(inside.strip_suffix(')')?).into_iter().map(name_alone).collect::<Option<_>>()?
            }
            None => vec![name_alone(part)?],
        };
        given.into_iter().for_each(|name| {
            if !names.contains(&name) {
                names.push(name)
            }
        });
    }
    let scores = called.filter(|_| !names.is_empty())?;
    Some(format!(
        "write `reveal {}`: what is revealed is a variable, and scores are those of `predict {scores}`",
        names.join(", ")
    ))
}

/// A text that is a name, of one tensor or of one of a model, and no keyword.
pub(super) fn name_alone(word: &str) -> Option<&str> {
    let is_name = |part: &str| name(part) == Some(part) && !is_keyword(part);
    word.split('.').all(is_name).then_some(word)
}

/// `program my-patients` and `program my patients` are `program my_patients`.
pub(super) fn header(site: &Site<'_>) -> Option<String> {
    let (before, after) = line(site)?;
    let (keyword, first) = before.trim_end().split_once([' ', '\t'])?;
    let more = first.to_owned() + before.get(before.trim_end().len()..)? + after;
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    let has_keyword = more.split(|c: char| !c.is_ascii_alphanumeric()).any(is_keyword);
    (more.chars().all(is_of_a_name) && !has_keyword).then(|| named(keyword, &more))?
}

/// `program "my patients"` is `program my_patients`.
pub(super) fn unquoted(site: &Site<'_>) -> Option<String> {
    let keyword = ["program", "module"].into_iter().find(|word| is_in(site.text, site.at.start, word))?;
    named(keyword, site.spelling().trim_matches(['"', '\'', '`']))
}

fn named(keyword: &str, text: &str) -> Option<String> {
    let words =
        text.split(|c: char| !(c.is_ascii() && is_word_byte(c as u8))).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("_");
    name_alone(&joined)
        .map(|name| format!("a name is made of letters, digits and `_`: write `{keyword} {name}`"))
}

/// A loss that has a formula for each label, and a prediction that decides.
pub(super) fn conditional(site: &Site<'_>) -> Option<String> {
    if is_in(site.text, site.at.start, "predict") {
        return Some(lines::scored(site.text, lines::compares(super::rewrite::expression(site.after())?)));
    }
    is_in(site.text, site.at.start, "loss").then(|| {
        "a loss is one formula for all labels: `y * A + (1 - y) * B` is A where the label is 1 and B where it is 0".to_owned()
    })
}
