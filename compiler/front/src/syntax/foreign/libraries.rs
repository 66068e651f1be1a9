//! Functions of libraries, and of R, as they are written here.

use super::rewrite::{LONGEST, arguments_end, call, expression, name, operand, split};
use super::{Site, columns, is_word_byte, line_start, lines, word_at, word_before};
use hep_tensor::source::library;

/// Names in front of functions of libraries.
const LIBRARIES: [&str; 13] =
    ["np", "numpy", "jnp", "torch", "tf", "math", "scipy", "F", "nn", "pd", "pandas", "keras", "sm"];

pub(super) fn is_library(name: &str) -> bool {
    LIBRARIES.contains(&name)
}

/// `np.c_[np.ones(n), X]` is `bias(X)`.
pub(super) fn beside(site: &Site<'_>) -> Option<String> {
    columns::beside(site.text, site.at.start).map(|(_, written)| format!("write `{written}`"))
}

/// Whether the site is the `(` behind `A.f`.
pub(super) fn is_method(site: &Site<'_>) -> bool {
    site.spelling() == "(" && receiver(site).is_some()
}

/// What stands before the `(` of `A.f(`: `A` and `f`.
fn receiver<'t>(site: &Site<'t>) -> Option<(&'t str, &'t str)> {
    let method = word_before(site.text, site.at.start)?;
    let before = site.text.get(..method.start)?.strip_suffix('.')?;
    // What is called may be a call or a formula in brackets.
    let called = before.strip_suffix(')').and_then(opening).unwrap_or(before.len());
    let word = before.get(..called)?;
    let object = called - word.bytes().rev().take_while(|b| is_word_byte(*b) || *b == b'.').count();
    Some((before.get(object..)?, site.text.get(method.start..method.end)?))
}

/// Where the bracket opens that ends behind a text, on the same line.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev().take(LONGEST) {
        match byte {
            b')' | b']' => depth += 1,
            b'(' if depth == 0 => return Some(at),
            b'(' | b'[' => depth = depth.checked_sub(1)?,
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// `np.exp(x)` is `exp(x)`, `X.dot(w)` is `X @ w`.
pub(super) fn method(site: &Site<'_>) -> Option<String> {
    let (object, method) = receiver(site)?;
    let inside = site.after();
    let end = arguments_end(inside)?;
    let inside = nested(site.text, inside.get(..end)?);
    let mut arguments: Vec<String> = split(&inside).into_iter().map(str::to_owned).collect();
    if let Some(sum) = over_rows(site, method, &arguments) {
        return Some(sum);
    }
    // No element has number 0: this stood in the place of a mark that is none here.
    if arguments.iter().any(|argument| argument.contains("[0")) {
        return None;
    }
    if !LIBRARIES.contains(&object.split('.').next()?) {
        let object = nested(site.text, object);
        let inside = object.strip_prefix('(').and_then(|inside| Some((inside, arguments_end(inside)?)));
        let alone = inside
            .filter(|(inside, end)| end + 1 == inside.len())
            .and_then(|(inside, end)| inside.get(..end));
        let object = alone.unwrap_or(&object).to_owned();
        (!object.is_empty()).then(|| arguments.insert(0, object));
    }
    arguments.retain(|argument| !is_left_out(argument));
    let object = arguments.first().cloned().unwrap_or_default();
    if let Some(scores) = lines::decided(site, method, &arguments) {
        return Some(scores);
    }
    for argument in arguments.iter_mut().skip(1) {
        if let Some(over) = lines::over(site.text, method, &object, argument) {
            *argument = over;
        }
    }
    // Labels of two classes are the bits that the declaration says.
    if line_start(site.text, site.at.start).contains(": bit[") && super::is_of_classes(method) {
        return Some(format!("labels of two classes are bits as they are: write `{}`", arguments.first()?));
    }
    called(method, &arguments)
}

/// Whether an argument has a name that is left out here.
fn is_left_out(argument: &str) -> bool {
    const SHAPES: [&str; 5] = ["keepdims", "keepdim", "dtype", "out", "ddof"];
    argument.split_once('=').is_some_and(|(name, _)| SHAPES.contains(&name.trim()))
}

/// What a function of a library is here.
fn called(method: &str, arguments: &[String]) -> Option<String> {
    if let Some(help) = super::name(method, Some(arguments)).filter(|_| !super::is_polynomial(method)) {
        return Some(help);
    }
    if library::loss_meant(method).is_some() || library::is_loss(method) {
        return Some(match arguments {
            [] => format!("write `{method}`"),
            _ => format!("write `{method}({})`", arguments.join(", ")),
        });
    }
    let known = matches!(
        method,
        "exp"
            | "log"
            | "sqrt"
            | "abs"
            | "tanh"
            | "sigmoid"
            | "relu"
            | "softplus"
            | "sum"
            | "mean"
            | "variance"
            | "max"
            | "min"
            | "trace"
            | "transpose"
            | "identity"
            | "bias"
            | "one_hot"
    ) || super::is_polynomial(method);
    known.then(|| format!("write `{method}({})`", arguments.join(", ")))
}

/// A text in which functions of libraries are what they are here, wherever that is known.
pub(super) fn nested(program: &str, text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some((before, function, inside, after)) = call_of_library(rest) {
        let inside = nested(program, inside);
        let mut arguments: Vec<String> = split(&inside).into_iter().map(str::to_owned).collect();
        arguments.retain(|argument| !is_left_out(argument));
        let object = arguments.first().cloned().unwrap_or_default();
        for argument in arguments.iter_mut().skip(1) {
            if let Some(over) = lines::over(program, function, &object, argument) {
                *argument = over;
            }
        }
        let help = called(function, &arguments).unwrap_or_default();
        found.push_str(before);
        // A whole argument needs no brackets.
        let is_whole = (found.trim_end().is_empty() || found.trim_end().ends_with(['(', ',']))
            && (after.trim_start().is_empty() || after.trim_start().starts_with([')', ',']));
        match help.split_once("write `").and_then(|(_, code)| code.split('`').next()) {
            Some(code) => {
                found.push_str(&if is_whole || is_call(code) { code.to_owned() } else { operand(code) })
            }
            None => found.push_str(rest.get(before.len()..rest.len() - after.len()).unwrap_or("")),
        }
        rest = after;
    }
    found + rest
}

/// The first call of a function of a library: what is before it, its name, its arguments, and what is behind it.
fn call_of_library(text: &str) -> Option<(&str, &str, &str, &str)> {
    let starts = text.match_indices('.').filter_map(|(dot, _)| {
        let library = word_before(text, dot)?;
        let is_library = LIBRARIES.contains(&text.get(library.start..dot)?);
        let function = word_at(text, dot + 1)?;
        let inside = text.get(function.end..)?.strip_prefix('(')?;
        let end = arguments_end(inside)?;
        is_library.then_some((
            text.get(..library.start)?,
            text.get(function.start..function.end)?,
            inside.get(..end)?,
            inside.get(end + 1..)?,
        ))
    });
    let mut starts = starts;
    starts.next()
}

/// Whether a text is one call.
fn is_call(text: &str) -> bool {
    let Some(name) = name(text) else { return false };
    let inside = text.get(name.len()..).and_then(|rest| rest.strip_prefix('('));
    inside.and_then(|inside| (arguments_end(inside)? + 1 == inside.len()).then_some(())).is_some()
}

/// `mean(X * r[:, None], axis = 0)` is `X.T @ r / n`: a sum over the rows of what each row of X is multiplied by.
fn over_rows(site: &Site<'_>, method: &str, arguments: &[String]) -> Option<String> {
    // What cannot be read was replaced byte for byte.
    const COLUMN: [&str; 3] = ["[0, None]", "[0,None]", "[0, np.newaxis]"];
    let [product, axis] = arguments else { return None };
    if axis.split_once('=')?.1.trim() != "0" {
        return None;
    }
    let column = COLUMN.iter().find(|column| product.ends_with(**column))?;
    let (matrix, factor) = product.strip_suffix(column)?.split_once('*')?;
    let (matrix, factor) = (name(matrix).filter(|name| *name == matrix.trim())?, factor.trim());
    let dims = lines::declared(site.text, matrix)?;
    let factor = expression(factor).filter(|read| read.len() == factor.len())?;
    match method {
        "sum" => Some(format!("write `{matrix}.T @ {factor}`")),
        "mean" | "average" => Some(format!("write `{matrix}.T @ {factor} / {}`", dims.first()?)),
        _ => None,
    }
}

/// `X · w` is `X @ w` where X is a matrix.
pub(super) fn dot(site: &Site<'_>) -> Option<String> {
    let left = word_before(site.text, site.at.start)?;
    let matrix = site.text.get(left.start..left.end)?;
    let right = name(site.after())?;
    let dims = lines::declared(site.text, matrix)?;
    (dims.len() == 2).then(|| format!("write `{matrix} @ {right}`"))
}

/// `maximum(0, x)` is `relu(x)`.
pub(super) fn maximum(arguments: &[String]) -> Option<String> {
    let is_zero = |argument: &&String| argument.parse() == Ok(0.0);
    match arguments.iter().filter(|argument| !is_zero(argument)).collect::<Vec<_>>()[..] {
        [one] if arguments.len() == 2 => Some(format!("write `relu({one})`")),
        _ => call("max", arguments),
    }
}

/// `cbind(1, X)` is `bias(X)`.
pub(super) fn ones(arguments: &[String]) -> Option<String> {
    let is_one = |argument: &&String| argument.parse() == Ok(1.0) || argument.starts_with("ones(");
    match arguments.iter().filter(|argument| !is_one(argument)).collect::<Vec<_>>()[..] {
        [one] => Some(format!("write `bias({one})`")),
        _ => None,
    }
}

/// `rep(0, d)` and `full(d, 0)` are their number.
pub(super) fn filling(arguments: &[String]) -> Option<String> {
    let number = arguments.iter().find(|argument| argument.parse::<f64>().is_ok_and(f64::is_finite))?;
    Some(format!("a number fills a whole tensor: write `{number}`"))
}

/// `std(A, over = n)` is the root of a variance.
pub(super) fn deviation(arguments: &[String]) -> Option<String> {
    let [_, others @ ..] = arguments else { return None };
    let are_over = others.iter().all(|argument| argument.starts_with("over = "));
    are_over.then(|| format!("write `sqrt(variance({}))`", arguments.join(", ")))
}
