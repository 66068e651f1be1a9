//! Helps that need the line, or the program, around what another language writes.

use super::rewrite::{arguments_end, expression, name, split};
use super::{Site, dims, is_in, is_word_byte, line_of, line_start};
use crate::syntax::limits;
use hep_tensor::source::library;

/// Functions that make decisions of scores, and those whose order of scores is that of the scores themselves.
const DECISIONS: [&str; 12] = [
    "argmax",
    "argmin",
    "sign",
    "round",
    "where",
    "heaviside",
    "step",
    "softmax",
    "log_softmax",
    "threshold",
    "sigmoid",
    "expit",
];

/// Why decisions of scores are not written.
const DECIDED: &str = "`predict` takes the scores, and ⟨predict⟩ decides by them";

/// Whether a function of other languages decides, or does what the decision undoes.
#[must_use]
pub fn is_decision(function: &str) -> bool {
    DECISIONS.contains(&function)
}

/// What `predict` is given where the text decides: `scores` is the argument of the deciding function.
#[must_use]
pub fn scores(scores: &str) -> String {
    format!("{DECIDED}: write `predict {}`", undecided(scores))
}

/// What a decision is made of.
fn undecided(scores: &str) -> &str {
    let mut scores = scores.trim();
    while let Some((function, inside)) = scores.split_once('(')
        && DECISIONS.contains(&function.rsplit('.').next().unwrap_or(function))
        && let Some(end) = arguments_end(inside)
        && let Some(first) = split(inside.get(..end).unwrap_or("")).first()
    {
        scores = first;
    }
    scores
}

/// What a condition compares with a number: the mark between them was replaced by a sign.
pub(super) fn compares(condition: &str) -> &str {
    let is_number = |(_, right): &(&str, &str)| right.trim().parse::<f64>().is_ok();
    condition.rsplit_once(" - ").filter(is_number).map_or(condition, |(left, _)| left)
}

/// What `predict` is given where the text decides by what is written here: a name that stands for a decision, or for nothing in
/// front of the training, is what the gradient is taken of.
pub(super) fn scored(text: &str, written: &str) -> String {
    let written = undecided(written);
    if name(written) != Some(written) || declared(text, written).is_some() {
        return scores(written);
    }
    let text = limits::beginning(text);
    let found = dims::lets(text).find_map(|(at, rest)| {
        let value = rest.strip_prefix(written)?.trim_start().strip_prefix('=')?;
        Some((at, expression(value)?))
    });
    // Brackets that are open there are those of the training.
    let is_inside = |at: usize| {
        let before = text.get(..at).unwrap_or("");
        before.matches('{').count() > before.matches('}').count()
    };
    match found {
        Some((at, value)) if is_inside(at) => scores(&trained(text).unwrap_or_else(|| value.to_owned())),
        Some((_, value)) if undecided(value) != value => scores(value),
        Some(_) => scores(written),
        None => scores(&trained(text).unwrap_or_else(|| written.to_owned())),
    }
}

/// The function that the first gradient is taken of, and what it is given there.
fn trained(text: &str) -> Option<String> {
    text.match_indices("grad(").find_map(|(at, word)| {
        let whole = !text.get(..at)?.ends_with(|c: char| c == '.' || c.is_ascii() && is_word_byte(c as u8));
        let inside = text.get(at + word.len()..)?;
        let arguments = split(inside.get(..arguments_end(inside)?)?);
        let (named, mut positional): (Vec<&str>, Vec<&str>) =
            arguments.into_iter().partition(|part| part.contains('='));
        let variable =
            named.iter().find_map(|part| part.strip_prefix("at")?.trim_start().strip_prefix('='))?;
        let given = positional.split_off(positional.len().min(3));
        let function = positional.get(2).copied().filter(|function| name(function) == Some(function))?;
        let given = if given.is_empty() { variable.trim().to_owned() } else { given.join(", ") };
        whole.then(|| format!("{function}({given})"))
    })
}

/// `predict np.argmax(f(w))` is `predict f(w)`.
pub(super) fn decided(site: &Site<'_>, function: &str, arguments: &[String]) -> Option<String> {
    let predicts = is_in(site.text, site.at.start, "predict") && is_decision(function);
    let first = arguments.first().map_or("", String::as_str);
    predicts.then(|| scored(site.text, if function == "where" { compares(first) } else { first }))
}

/// `loss = mean((z - y) ** 2)` and `loss nll = log(1 + exp(-z))` have neither name nor parameters.
pub(super) fn loss(site: &Site<'_>) -> Option<String> {
    let written = site.text.get(site.start..site.at.start)?.strip_prefix("loss")?;
    let name = name(written).unwrap_or("NAME");
    Some(loss_form(name))
}

/// How a loss is written, and what its sum is.
#[must_use]
pub fn loss_form(name: &str) -> String {
    format!(
        "a loss is a formula of one label and one score, outside of `train`: `loss {name}(y, z) = (z - y) ** 2`; its \
         gradient is that of its sum, `grad({name}, LABELS, FUNCTION, at = VARIABLE)`, and the mean is `/ n`"
    )
}

/// `predict f(w) as y`, `predict y = f(w)` and `reveal w as weights` give new names.
pub(super) fn renamed(site: &Site<'_>) -> Option<String> {
    let line = site.text.get(site.start..)?.lines().next()?;
    let (keyword, before) = line.split_at_checked(name(line)?.len())?;
    let before = if site.spelling() == "=" { site.after() } else { before };
    let kept = if keyword == "predict" { expression(before)? } else { name(before)? };
    let why = if keyword == "predict" { "scores have no name" } else { "what is revealed keeps its name" };
    Some(format!("{why}: write `{keyword} {kept}`"))
}

/// `predict f(w) > 0` is `predict f(w)`.
pub(super) fn compared(site: &Site<'_>) -> Option<String> {
    let (start, line) = line_of(site.text, site.at.start);
    line.strip_prefix("predict")?;
    let before = site.text.get(start + "predict".len()..site.at.start)?;
    // What is compared stands in brackets, or is all of the line.
    let open = before.rfind('(').filter(|open| arguments_end(before.get(open + 1..).unwrap_or("")).is_none());
    Some(scored(site.text, expression(before.get(open.map_or(0, |open| open + 1)..)?)?))
}

/// `use losses.*` is `use losses`.
pub(super) fn all_of_a_module(site: &Site<'_>) -> Option<String> {
    let line = line_start(site.text, site.at.start).strip_prefix("use")?.trim_start_matches([' ', '.', '/']);
    Some(format!("`use` takes the name alone: write `use {}`", name(line)?))
}

/// `use losses.bce, losses.mse` is two lines, and other spellings are one.
pub(super) fn used(site: &Site<'_>) -> Option<String> {
    let line = site.text.get(site.start..)?.lines().next()?.strip_prefix("use")?;
    if let Some(loss) = line.trim_start().strip_prefix("loss ").and_then(name) {
        let module = library::module_of(loss)?;
        return Some(format!("a loss of the library has a name alone: write `use {module}.{loss}`"));
    }
    let line =
        line.split('#').next()?.replace(['(', ')', '{', '}', '*'], " ").replace("::", ".").replace(':', ".");
    let (line, from) = line.split_once(" from ").unwrap_or((&line, ""));
    let mut module = name(from).unwrap_or("");
    let mut lines = vec![];
    for part in line.split(',') {
        // What a definition is called here is what it is called there.
        let part = part.split(" as ").next()?.replace(' ', "");
        let path: Vec<&str> = part.split('.').filter(|word| !word.is_empty()).collect();
        let known = |word: &&str| library::MODULES.iter().any(|(known, _)| known == word);
        let path = path.iter().position(known).map_or(path.as_slice(), |from| &path[from..]);
        match path {
            [item] if !module.is_empty() => lines.push(format!("use {module}.{item}")),
            [item] => lines.push(format!("use {item}")),
            [first, item] => {
                module =
                    library::MODULES.iter().find(|(known, _)| known == first).map_or("", |(known, _)| known);
                lines.push(format!("use {first}.{item}"));
            }
            _ => return None,
        }
    }
    let reads = lines.iter().all(|line| line.split([' ', '.']).all(|word| name(word) == Some(word)));
    let why = if lines.len() > 1 { "every definition has a `use` of its own: " } else { "" };
    reads.then(|| format!("{why}write `{}`", lines.join("  ")))
}

/// `from losses import bce` is `use losses.bce`; libraries of other languages are nothing here.
pub(super) fn imported(site: &Site<'_>) -> Option<String> {
    let line = line_start(site.text, site.at.start).split(['#', ';']).next()?;
    let is_known = |module: &str| library::MODULES.iter().any(|(known, _)| *known == module);
    let (module, items) = match line.strip_prefix("from") {
        Some(rest) => rest.split_once("import").map(|(module, items)| (module.trim(), items.trim()))?,
        None => {
            let path = name(line).and_then(|keyword| line.strip_prefix(keyword))?.trim();
            path.split_once('.').unwrap_or((path, ""))
        }
    };
    let module = module.rsplit('.').next().filter(|module| is_known(module))?;
    if matches!(items, "" | "*") {
        return Some(format!("write `use {module}`"));
    }
    let lines: Vec<String> =
        items.split(',').map(|item| Some(format!("use {module}.{}", name(item)?))).collect::<Option<_>>()?;
    Some(format!("write `{}`", lines.join("  ")))
}

/// `axis = 0` of a tensor whose declaration names its dimensions.
pub(super) fn axis(site: &Site<'_>) -> Option<String> {
    let before = site.before();
    let inside = before.get(before.rfind('(')? + 1..)?;
    let argument = split(inside).first().copied()?.to_owned();
    let value = site.after().trim_start().strip_prefix('=')?;
    let end = arguments_end(value)?;
    let number = split(value.get(..end)?).first().copied()?.to_owned();
    Some(format!(
        "name the dimension: write `{}`",
        over(site.text, "", &argument, &format!("axis={number}"))?
    ))
}

/// An argument that numbers a dimension of a declared tensor, as the name of that dimension.
pub(super) fn over(text: &str, function: &str, tensor: &str, argument: &str) -> Option<String> {
    // Of other functions a second number is a value.
    let reduces = matches!(function, "sum" | "mean" | "average" | "avg" | "variance" | "var" | "std");
    let alone = if reduces { argument } else { "" };
    let number = argument.split_once('=').map_or(alone, |(key, number)| {
        if matches!(key.trim(), "axis" | "dim" | "axes" | "dims") { number } else { "" }
    });
    let number: i64 = number.trim().parse().ok()?;
    let dims = dims::of(text, tensor)?;
    let from_end = usize::try_from(number.checked_neg()?).ok().and_then(|back| dims.len().checked_sub(back));
    let position = usize::try_from(number).ok().or(from_end)?;
    Some(format!("over = {}", dims.get(position)?))
}

/// The dimensions that a declaration gives to a tensor.
pub(super) fn declared(text: &str, tensor: &str) -> Option<Vec<String>> {
    let text = limits::beginning(text);
    let mut lines = text.match_indices(tensor).filter_map(|(at, _)| {
        let whole = !text.get(..at)?.ends_with(|c: char| c.is_ascii() && is_word_byte(c as u8));
        let ty = text.get(at + tensor.len()..)?.trim_start_matches([' ', '\t']).strip_prefix(':')?;
        let (kind, inside) = ty.lines().next()?.split_once('[')?;
        let named = whole && name(kind) == Some(kind.trim());
        named.then(|| Some(inside.split_once(']')?.0))?
    });
    let dims: Vec<String> = lines.next()?.split(',').map(|dim| dim.trim().to_owned()).collect();
    dims.iter().all(|dim| name(dim) == Some(dim.as_str())).then_some(dims)
}

/// The loop with the bounds that other languages write: `range(10)`, `1:T`, `1 to T`, `(t = 1; t <= T; t++)`.
pub(super) fn looped(site: &Site<'_>) -> Option<String> {
    let line = site.text.get(site.start..)?.lines().next()?;
    let inside = line.strip_prefix("for")?.trim_start().trim_start_matches('(').trim_start();
    let inside = inside.strip_prefix("int ").unwrap_or(inside).trim_start();
    let index = name(inside)?;
    let rest = inside.get(index.len()..)?.trim_start();
    let is_counted = rest.starts_with('=');
    let rest = ["in", "=", "from", "of"].iter().find_map(|word| rest.strip_prefix(*word))?.trim();
    let rest = rest.trim_end_matches(['{', ' ', ')', ':']);
    let rest = rest.strip_suffix(" do").unwrap_or(rest).trim_end();
    let bounds = if let Some(count) = rest.strip_prefix("range(") {
        match split(count).as_slice() {
            [count] => format!("1 .. {}", whole(count)?),
            [low, end] if *low == "0" => format!("1 .. {}", whole(end)?),
            [low, end] => match whole(end)?.strip_suffix("+ 1") {
                Some(last) => format!("{} .. {}", whole(low)?, last.trim_end()),
                None => format!("{} .. {} - 1", whole(low)?, whole(end)?),
            },
            _ => return None,
        }
    } else {
        let low = bound(rest)?;
        let after = rest.get(low.len()..)?.trim_start();
        // The index alone: a `t` is no `to`.
        let condition = after
            .strip_prefix(index)
            .filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        match condition.filter(|_| is_counted) {
            // The marks of a comparison were replaced: two signs for `<=`, one for `<`.
            Some(condition) => {
                let condition = condition.trim_start();
                let end = bound(condition.trim_start_matches('-'))?;
                match (low, condition.starts_with("--")) {
                    ("0", false) => format!("1 .. {end}"),
                    (low, true) => format!("{low} .. {end}"),
                    (low, false) => format!("{low} .. {end} - 1"),
                }
            }
            None => {
                let marked =
                    [":", "to", "..", ","].iter().find_map(|mark| Some((*mark, after.strip_prefix(mark)?)));
                let (mark, high) = marked.unwrap_or(("", after));
                let high = bound(high.trim_start_matches(['.', '=', '<']))?;
                // What starts at 0 leaves its end out, but for `to`, whose end is one less.
                let before = (low == "0" && mark == "to")
                    .then(|| high.strip_suffix('1')?.trim_end().strip_suffix('-'));
                let high = before.flatten().map_or(high, str::trim_end);
                format!("{} .. {high}", if low == "0" { "1" } else { low })
            }
        }
    };
    Some(format!("write `for {index} in {bounds} {{`, and `}}` at its end"))
}

/// `approx sigmoid from -8 to 8` is `approx sigmoid on -8 .. 8`.
pub(super) fn ranged(site: &Site<'_>) -> Option<String> {
    let line = line_start(site.text, site.at.start).split('#').next()?;
    let function = name(line.strip_prefix("approx")?)?;
    let rest = site.after().lines().next()?.split('#').next()?.trim_start();
    let (range, rest) = ["degree", "by"]
        .iter()
        .filter_map(|word| rest.find(&format!(" {word} ")))
        .min()
        .map_or((rest, ""), |end| rest.split_at(end));
    let (low, high) = ["to", "..", "until", "and", ",", ":"].iter().find_map(|mark| {
        let (low, high) = range.split_once(mark)?;
        Some((low.trim_matches([' ', '[', '(']), high.trim_matches([' ', ']', ')'])))
    })?;
    let are_numbers = [low, high].iter().all(|end| end.parse::<f64>().is_ok());
    let rest = if rest.trim().is_empty() { "degree 3 by least_squares" } else { rest.trim() };
    are_numbers.then(|| format!("write `approx {function} on {low} .. {high} {rest}`"))
}

/// An end of a range, which is a name, a number or a formula of one line.
fn bound(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let word = text.bytes().take_while(|b| is_word_byte(*b)).count();
    // Two words in a row are no formula.
    let first = text.get(..word).filter(|first| !first.is_empty())?;
    let next = text.get(word..)?.trim_start();
    if next.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-') {
        Some(first)
    } else {
        expression(text)
    }
}

fn whole(text: &str) -> Option<&str> {
    expression(text).filter(|read| read.len() == text.trim().len())
}
