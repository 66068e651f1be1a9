//! Helps that repeat the text as it should be.

use super::{Site, columns, is_word_byte, items, libraries, word_at, word_before};
use crate::syntax::{HepParser, Rule, limits};
use pest::Parser;

/// Longest expression that a help repeats, in bytes; it also bounds what is read again for each help.
pub(super) const LONGEST: usize = 200;

/// The expression that starts the text, if it is a short one.
pub(super) fn expression(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let mut length = text.len().min(LONGEST);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    let read = HepParser::parse(Rule::expr, text.get(..length)?).ok()?.as_str().trim_end();
    (read.len() < LONGEST && !read.contains(['\n', '#'])).then_some(read)
}

/// The name that starts the text.
pub(super) fn name(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let span = word_at(text, 0)?;
    text.get(..span.end).filter(|name| !name.starts_with(|c: char| c.is_ascii_digit()))
}

/// `(a, b)` at the start of the text, and what follows.
fn parameters(text: &str) -> Option<(Vec<&str>, &str)> {
    let (inside, after) = text.trim_start().strip_prefix('(')?.split_once(')')?;
    let names = inside.split(',').map(|part| name(part.split(':').next()?)).collect::<Option<_>>()?;
    Some((names, after))
}

/// Whether a value needs brackets as an operand of `*`.
fn is_compound(value: &str) -> bool {
    !value.bytes().all(|b| is_word_byte(b) || b == b'.')
}

/// `w -= g` is `w = w - g`.
pub(super) fn assignment(site: &Site<'_>) -> Option<String> {
    let operator = site.spelling().strip_suffix('=')?;
    let before = site.before().trim_end_matches([' ', '\t']);
    let start = before.len() - before.bytes().rev().take_while(|b| is_word_byte(*b) || *b == b'.').count();
    let target = before.get(start..).filter(|target| !target.is_empty())?;
    let value = libraries::nested(site.text, site.after().lines().next()?);
    let value = expression(&value)?;
    let simple = match operator {
        "+" => true,
        "-" => !value.contains(['+', '-']),
        _ => !is_compound(value),
    };
    Some(if simple {
        format!("write `{target} = {target} {operator} {value}`")
    } else {
        format!("write `{target} = {target} {operator} ({value})`")
    })
}

/// `^` is a power or a transpose.
pub(super) fn caret(site: &Site<'_>) -> Option<String> {
    let exponent = name(site.after())?;
    (exponent == "T").then(|| "a transpose is written `.T`".to_owned())
}

/// `0.1f` is 0.1, `2x` a product.
pub(super) fn suffix(site: &Site<'_>) -> Option<String> {
    let text = site.spelling();
    let number = numeral(text);
    let letters = text.get(number.len()..)?;
    let sized = matches!(
        letters.trim_end_matches(|c: char| c.is_ascii_digit()),
        "f" | "F" | "d" | "L" | "l" | "u" | "i" | "U"
    );
    Some(if sized { format!("write `{number}`") } else { format!("write `{number} * {letters}`") })
}

/// `2 x` is `2 * x`.
pub(super) fn product(site: &Site<'_>) -> Option<String> {
    // The second value starts with a bracket or is the last word.
    let words = site.spelling().trim_end_matches('(');
    let bracket = words.len() < site.spelling().len();
    let second = if bracket { words.len() } else { word_before(words, words.len())?.start };
    let first = site.spelling().get(..second)?.trim_end();
    Some(format!("write `{first} * {}`", expression(site.text.get(site.at.start + second..)?)?))
}

/// The number that starts the text.
fn numeral(text: &str) -> &str {
    let length = (1..=text.len().min(40)).rev().find(|&length| {
        text.get(..length).is_some_and(|part| {
            part.ends_with(|c: char| c.is_ascii_digit()) && part.replace('_', "").parse::<f64>().is_ok()
        })
    });
    text.get(..length.unwrap_or(0)).unwrap_or("")
}

/// `.5` is 0.5, `1.` is 1.0.
pub(super) fn point(site: &Site<'_>) -> Option<String> {
    if let Some(whole) = site.spelling().strip_suffix('.').filter(|whole| !whole.is_empty()) {
        return Some(format!("write `{whole}.0`"));
    }
    let digits = site.after().bytes().take_while(u8::is_ascii_digit).count();
    Some(format!("write `0.{}`", site.after().get(..digits)?))
}

/// A list of equal numbers is that number.
pub(super) fn list(site: &Site<'_>) -> Option<String> {
    let inside = site.spelling().replace(['[', ']'], " ");
    if inside.contains("..") && super::is_in(site.text, site.at.start, "for") {
        return Some(format!("a range has no brackets: `{}`", inside.trim()));
    }
    let before = site.before().trim_end();
    if (before.ends_with(" in") || before.ends_with(" on"))
        && let Some((lo, hi)) = inside.split_once(',')
        && !hi.contains(',')
    {
        return Some(format!("a range has no brackets: write `{} .. {}`", lo.trim(), hi.trim()));
    }
    // Parts side by side are separated by blanks elsewhere.
    let parts = site.spelling().trim_matches(['[', ']']);
    let parts = if parts.contains(',') { parts.to_owned() } else { parts.replace(' ', ",") };
    if let Some(beside) = columns::with_ones(&parts) {
        return Some(format!("write `{beside}`"));
    }
    let mut elements = inside.split(',').map(str::trim);
    let first = elements.next().filter(|first| first.parse::<f64>().is_ok_and(f64::is_finite))?;
    let first =
        if first.starts_with('.') { format!("0{first}") } else { first.trim_end_matches('.').to_owned() };
    elements
        .all(|element| element == first)
        .then(|| format!("a number fills a whole tensor: write `{first}`"))
}

/// Greek letters have names.
pub(super) fn letter(site: &Site<'_>) -> Option<String> {
    const GREEK: [(char, &str); 21] = [
        ('α', "alpha"),
        ('β', "beta"),
        ('γ', "gamma"),
        ('δ', "delta"),
        ('ε', "epsilon"),
        ('ζ', "zeta"),
        ('η', "eta"),
        ('θ', "theta"),
        ('κ', "kappa"),
        ('λ', "lambda_"),
        ('μ', "mu"),
        ('ν', "nu"),
        ('ξ', "xi"),
        ('ρ', "rho"),
        ('σ', "sigma"),
        ('τ', "tau"),
        ('φ', "phi"),
        ('χ', "chi"),
        ('ψ', "psi"),
        ('ω', "omega"),
        ('Θ', "Theta"),
    ];
    let letter = site.spelling().chars().next()?;
    if letter == 'π' {
        return Some("write `3.141592653589793`".to_owned());
    }
    GREEK.iter().find(|(greek, _)| *greek == letter).map(|(_, name)| format!("write its name: `{name}`"))
}

/// `return w` is what is revealed, outside of a function.
pub(super) fn result(site: &Site<'_>) -> Option<String> {
    let line = site.after().lines().next()?.split('#').next()?;
    let line = line.trim_matches(['(', ')', ' ', '\t', ';', ',']);
    let known = limits::beginning(site.text);
    let is_function =
        |name: &&&str| ["let ", "def "].iter().any(|word| known.contains(&format!("{word}{name}(")));
    let parts = split(line);
    let names: Vec<&str> = parts
        .iter()
        .filter(|name| !is_function(name))
        .map(|name| items::name_alone(name))
        .collect::<Option<_>>()?;
    let whole = !site.text.get(..site.at.start)?.ends_with(|c: char| c.is_alphanumeric());
    (whole && !names.is_empty()).then(|| {
        format!("write `reveal {}` behind the `train` block: it is what the owner gets", names.join(", "))
    })
}

/// `def f(x): return e` is `let f(x) = e`.
pub(super) fn function(site: &Site<'_>) -> Option<String> {
    let name = name(site.after())?;
    let (parameters, body) = parameters(site.after().trim_start().get(name.len()..)?)?;
    let body = body.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '{' | '='));
    let body = body.strip_prefix("return").unwrap_or(body).trim_start();
    let body = libraries::nested(site.text, body.lines().next()?.trim_end_matches([' ', ';', '}']));
    Some(format!("write `let {name}({}) = {}`", parameters.join(", "), expression(&body)?))
}

/// `let f = lambda x: e` is `let f(x) = e`.
pub(super) fn lambda(site: &Site<'_>) -> Option<String> {
    let before = site.before().trim_end().strip_suffix('=')?.trim_end();
    let name = before.get(word_before(before, before.len())?.start..)?;
    let (parameters, body) = site.after().split_once(':')?;
    let body = libraries::nested(site.text, body.lines().next()?);
    Some(format!("write `let {name}({}) = {}`", parameters.trim(), expression(&body)?))
}

/// `const k = 3` is `let k = 3`.
pub(super) fn constant(site: &Site<'_>) -> Option<String> {
    // The name may have a type of its own in front, or behind.
    let after = site.after().trim_start();
    let (left, right) = after.split_once('=')?;
    let name = left.split(':').next()?.split_whitespace().last()?;
    (left.len() < LONGEST && !left.contains('\n')).then_some(())?;
    Some(format!("write `let {} = {}`", self::name(name)?, expression(right)?))
}

/// `let x : real = e` is `let x = e`, and `var x : real = e` where it changes later.
pub(super) fn untyped(site: &Site<'_>) -> Option<String> {
    let left = site.text.get(site.start..site.at.start)?;
    let (ty, right) = site.after().split_once('=')?;
    let variable = left.strip_prefix("let")?.trim();
    let changes = |line: &str| {
        let after = line.trim_start().strip_prefix(variable).unwrap_or("").trim_start();
        after.starts_with(['=', ',']) && !after.starts_with("==")
    };
    if !variable.is_empty() && site.after().lines().skip(1).any(changes) {
        return Some(format!("write `var {variable} : {} = {}`", ty.trim(), expression(right)?));
    }
    Some(format!("write `{} = {}`", left.trim_end(), expression(right)?))
}

/// Where the arguments of a call end that start here.
pub(super) fn arguments_end(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in inside.bytes().enumerate().take(LONGEST) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// Arguments, separated by commas outside of brackets.
pub(super) fn split(arguments: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (vec![], 0_i32, 0);
    for (at, byte) in arguments.bytes().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b',' if depth == 0 => {
                parts.extend(arguments.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(arguments.get(from..).filter(|last| !last.trim().is_empty()));
    parts.into_iter().map(str::trim).collect()
}

/// Whether brackets stand around the whole value.
fn is_bracketed(value: &str) -> bool {
    let inside = value.strip_prefix('(');
    inside.is_some_and(|inside| arguments_end(inside).is_some_and(|end| end + 1 == inside.len()))
}

/// A value as an operand.
pub(super) fn operand(value: &str) -> String {
    if is_compound(value) && !is_bracketed(value) { format!("({value})") } else { value.to_owned() }
}

/// `f(a, b)` as `a OP b`.
pub(super) fn infix(operator: &str, arguments: &[String]) -> Option<String> {
    let [left, right] = arguments else { return None };
    Some(format!("write `{} {operator} {}`", operand(left), operand(right)))
}

/// `crossprod(A, B)` is `A.T @ B`.
pub(super) fn transposed(arguments: &[String]) -> Option<String> {
    let [left, right] = arguments else { return None };
    Some(format!("write `{}.T @ {}`", operand(left), operand(right)))
}

/// `f(a, b)` as a function with another name.
pub(super) fn call(function: &str, arguments: &[String]) -> Option<String> {
    (!arguments.is_empty()).then(|| format!("write `{function}({})`", arguments.join(", ")))
}

/// `f(a)` as a formula of `$`.
pub(super) fn formula(text: &str, arguments: &[String]) -> Option<String> {
    let [argument] = arguments else { return None };
    Some(format!("write `{}`", text.replace('$', &operand(argument))))
}
