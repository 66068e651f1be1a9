//! Why skipped text does not parse.
//!
//! The first word of a skipped region decides. A name that is followed like an item lacks its keyword (`bare`). A keyword announces a rule: the region is parsed again with that
//! rule, and the place of the furthest failure with what was expected there is the message. A word that resembles a
//! keyword is a misspelling. Anything else is text where nothing can continue.

use super::words::{announced, human, is_keyword, starters};
use super::{HepParser, Rule, approximated, bare, foreign, header, typed};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use hep_tensor::source::{Span, library};
use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

/// Most lines of a region that are looked at for what they lack: each of them looks back to the start of the region.
const MAX_BARE_LINES: usize = 20;

/// Where the text was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the first item of a file without a header.
    Start,
    /// Between items.
    Item,
    /// In a block.
    Statement,
}

/// The messages for a skipped region: why it does not parse, and misspelt keywords at the start of later lines. Line
/// ends mean nothing to the grammar, but a writer who misspells a keyword still starts a line with it.
///
/// `module` is the name of the module that the text should be, and `named` says whether it has a header.
pub(super) fn explain_all(
    text: &str,
    region: Span,
    place: Place,
    module: Option<&str>,
    named: bool,
) -> Vec<Diagnostic> {
    let in_block = place == Place::Statement;
    let word = first_token(text.get(region.start..region.end).unwrap_or(""));
    let is_header = matches!(word, "program" | "module");
    if is_header && place == Place::Item && !named {
        // What is missing at the start is here.
        return vec![];
    }
    let first = explain(text, region, place, module);
    let known = starters(in_block);
    let mut bare_lines = 0;
    let are_bare = place != Place::Start && bare::recognize(text, region.start, in_block).is_some();
    let mut at = first.span().map_or(region.start, |span| span.end);
    let mut all = vec![first];
    while let Some(rest) = text.get(at..region.end)
        && let Some(end) = rest.find('\n')
    {
        let line = rest.get(end + 1..).unwrap_or("");
        at += end + 1 + line.len() - line.trim_start().len();
        let line = line.trim_start();
        let word = first_token(line);
        let next = line.get(word.len()..).unwrap_or("").trim_start();
        if is_word(word)
            && next.starts_with(|c: char| c.is_ascii_alphabetic() || c == '{')
            && let Some(keyword) = near(word, &known)
        {
            all.push(misspelt(word, keyword, Span::new(at, at + word.len())));
        } else if are_bare
            && bare_lines < MAX_BARE_LINES
            && is_outside_of_brackets(text.get(region.start..at).unwrap_or(""))
        {
            bare_lines += 1;
            all.extend(bare::recognize(text, at, in_block));
        }
    }
    all
}

/// Whether every bracket of the text is closed in it.
fn is_outside_of_brackets(text: &str) -> bool {
    let code = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    let depths = code.flat_map(str::bytes).map(|byte| match byte {
        b'(' | b'[' | b'{' => 1,
        b')' | b']' | b'}' => -1,
        _ => 0,
    });
    depths.sum::<i32>() == 0
}

fn explain(text: &str, region: Span, place: Place, module: Option<&str>) -> Diagnostic {
    let in_block = place == Place::Statement;
    let skipped = text.get(region.start..region.end).unwrap_or("");
    let word = first_token(skipped);
    let at = Span::new(region.start, region.start + word.len());

    if place == Place::Start
        && let Some(header) = near(word, &["program", "module"])
    {
        return misspelt(word, header, at);
    }
    if place == Place::Start && !is_keyword(word) {
        return header::missing(text, module, at);
    }
    let header = matches!(word, "program" | "module");
    if header && place == Place::Item {
        return Diagnostic::error(codes::SYNTAX, format!("`{word}` is not the first item"))
            .at(at, "a file has one program or module, named on the first line")
            .help("leave it out, or put what follows into a file of its own");
    }
    if let Some(known) = foreign::recognize(text, region.start, region.start) {
        return known;
    }
    if let Some(known) = value_at(text, region, word).and_then(|at| foreign::word(text, region.start, at)) {
        return known;
    }
    if let Some(bare) = bare::recognize(text, region.start, in_block) {
        return bare;
    }
    let starts = starters(in_block).contains(&word) || (header && place == Place::Start);
    if !starts
        && is_word(word)
        && !looks_like_assignment(skipped, word)
        && !is_keyword(word)
        && let Some(keyword) = near(word, &candidates(text, region.start, in_block))
    {
        return misspelt(word, keyword, at);
    }
    if UNNAMED.contains(&word) && starts_assignment(skipped, word) {
        return assigned(word, at);
    }
    if is_keyword(word) && !starts {
        return misplaced(word, at, in_block, (skipped, text));
    }
    if place != Place::Start
        && let Some(product) = foreign::product(text, region.start, region.start)
    {
        return product;
    }
    let rule = match word {
        "+" | "-" | "*" | "/" | "@" => Some(Rule::continuation),
        // What a name before it may be followed by.
        "(" => Some(Rule::arguments),
        "[" => Some(Rule::index),
        _ => announced(word, in_block),
    };
    match rule {
        Some(rule) => reparse(text, region, rule).unwrap_or_else(|| unexpected(word, at, in_block)),
        None => unexpected(word, at, in_block),
    }
}

/// Where the value of an assignment starts.
fn value_at(text: &str, region: Span, word: &str) -> Option<usize> {
    let rest = text.get(region.start + word.len()..region.end)?;
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix('=')?;
    Some(region.end - value.trim_start_matches([' ', '\t']).len())
}

/// Keywords that may be meant at a place: those that start something, and in a line that has begun also its parts.
fn candidates(text: &str, at: usize, in_block: bool) -> Vec<&'static str> {
    let line = text.get(..at).and_then(|before| before.rsplit(['\n', '\r']).next()).unwrap_or("");
    let inner = (!line.trim().is_empty()).then_some("degree");
    starters(in_block).into_iter().chain(inner).collect()
}

/// The keyword that a word at the start of something may be meant to be.
fn near<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // Of two letters, one in common says nothing.
    (word.len() > 1)
        .then(|| suggest::nearest(word, known.iter().copied().filter(|keyword| keyword.len() > 2)))?
}

fn misspelt(word: &str, keyword: &str, at: Span) -> Diagnostic {
    Diagnostic::error(codes::KEYWORD, format!("`{word}` is not a keyword"))
        .at(at, "not known here")
        .help(format!("did you mean `{keyword}`?"))
}

/// The module of the library that a keyword behind `use` is short of.
fn similar_module(item: &str, token: &str) -> Option<&'static str> {
    let modules = library::MODULES.iter().map(|(module, _)| *module);
    modules.into_iter().find(|module| item.starts_with("use ") && module.starts_with(token))
}

/// Keywords that no name and `=` follow: with a `=` behind them they are taken for names.
const UNNAMED: [&str; 7] = ["loss", "reveal", "predict", "train", "use", "approx", "pack"];

/// A keyword that is given a value.
fn assigned(word: &str, at: Span) -> Diagnostic {
    let error = Diagnostic::error(codes::SYNTAX, format!("`{word}` is a keyword and cannot be a name"));
    let error = error.at(at, "a value is given to it");
    if word == "loss" {
        return error.help(foreign::loss_form("NAME"));
    }
    error.help(format!("write another name, `{word}_` for example"))
}

fn misplaced(word: &str, at: Span, in_block: bool, (skipped, text): (&str, &str)) -> Diagnostic {
    let place = if in_block { "in a `train` block" } else { "here" };
    let title = format!("`{word}` cannot stand {place}");
    let error = Diagnostic::error(codes::SYNTAX, title);
    if matches!(word, "var" | "for" | "refresh") {
        return error.at(at, "a statement").help("move it into the `train { ... }` block");
    }
    if in_block && announced(word, false).is_some() {
        return error.at(at, "an item").help("it stands outside of the block").proposing(moved(
            word,
            at,
            (skipped, text),
        ));
    }
    error.at(at, format!("expected {}", expected_start(in_block)))
}

/// An item of a block, one line, behind the block or in front of it; or left out.
fn moved(word: &str, at: Span, (skipped, text): (&str, &str)) -> [Proposal; 2] {
    let is_last = matches!(word, "reveal" | "predict");
    // The value of a declaration looks like a statement of its own.
    let from = if is_last { skipped } else { text.get(at.start..).unwrap_or("") };
    let line = from.lines().next().unwrap_or("").split('#').next().unwrap_or("").trim_end();
    let place = Span::new(at.start, at.start + line.len());
    // What is computed by training is known behind it only.
    let (there, edit) = match is_last {
        true => ("behind", Edit::Last(line.to_owned())),
        false => ("in front of", Edit::Items(at, line.to_owned())),
    };
    let without = || Edit::Replace(place, String::new());
    [
        Proposal {
            words: format!("move `{line}` out of the block, {there} it"),
            edits: vec![without(), edit],
        },
        Proposal { words: format!("leave `{line}` out of the block"), edits: vec![without()] },
    ]
}

fn unexpected(word: &str, at: Span, in_block: bool) -> Diagnostic {
    Diagnostic::error(codes::SYNTAX, format!("unexpected `{}`", shorten(word)))
        .at(at, format!("expected {}", expected_start(in_block)))
}

fn expected_start(in_block: bool) -> &'static str {
    if in_block {
        "an operator, or a statement: `var`, `let`, `for` or an assignment"
    } else {
        "an operator, or an item such as `dim`, `secret`, `let`, `loss`, `train`"
    }
}

/// Parses the region with the rule it announces and words the furthest failure.
fn reparse(text: &str, region: Span, rule: Rule) -> Option<Diagnostic> {
    let skipped = text.get(region.start..region.end)?;
    // Functions and values share their keyword; the one that gets further is what was meant.
    let rules = if rule == Rule::value { vec![Rule::value, Rule::function] } else { vec![rule] };
    let mut furthest: Option<(usize, Vec<Rule>)> = None;
    for rule in rules {
        let Err(error) = HepParser::parse(rule, skipped) else { continue };
        let offset = match error.location {
            InputLocation::Pos(offset) | InputLocation::Span((offset, _)) => offset,
        };
        let ErrorVariant::ParsingError { positives, .. } = error.variant else { continue };
        match &mut furthest {
            Some((best, rules)) if *best == offset => rules.extend(positives),
            Some((best, _)) if *best > offset => {}
            _ => furthest = Some((offset, positives)),
        }
    }
    let (offset, expected) = furthest?;
    let expected = list(&expected);
    let rest = skipped.get(offset..).unwrap_or("");
    // A keyword in place of a name ends the region just before the word that is wrong.
    let rest = if rest.is_empty() && expected == NAME { same_line_keyword(text, region.end) } else { rest };
    let start = region.start + offset;
    if let Some(known) = foreign::recognize(text, region.start, start) {
        return Some(known);
    }
    if let Some(product) = foreign::product(text, region.start, start) {
        return Some(product);
    }
    let token = first_token(rest);
    // A nested block has its own regions of skipped text, and its errors are reported there.
    let error = if token.is_empty() {
        let end = region.start + skipped.trim_end().len();
        let error = Diagnostic::error(codes::SYNTAX, "something is missing at the end");
        let untyped = (expected == TYPE).then(|| foreign::typed(first_token(skipped)).to_owned());
        let types = if expected == TYPE { typed::written(text, region.start) } else { vec![] };
        error.at(Span::new(end, end), expected).maybe_help(untyped).proposing(types)
    } else if is_keyword(token) && expected == NAME {
        let at = Span::new(start, start + token.len());
        Diagnostic::error(codes::SYNTAX, format!("`{token}` is a keyword and cannot be a name"))
            .at(at, expected)
            .help(match similar_module(skipped, token) {
                Some(module) => format!("did you mean the module `{module}`?"),
                None => format!("write another name, `{token}_` for example"),
            })
    } else {
        let at = Span::new(start, start + token.len());
        let error =
            Diagnostic::error(codes::SYNTAX, format!("unexpected `{}`", shorten(token))).at(at, &*expected);
        let hint = suggest::nearest(token, ["in", "on", "degree", "by", "grad"]).filter(|_| token.len() > 1);
        error
            .maybe_help(
                hint.filter(|hint| expected.contains(*hint)).map(|hint| format!("did you mean `{hint}`?")),
            )
            .proposing(if expected == TYPE { typed::written(text, region.start) } else { vec![] })
    };
    let line = (rule == Rule::approx && error.help.is_none())
        .then(|| approximated::written(text, region.start))
        .flatten();
    Some(match line {
        Some(line) => error.help(line.words.clone()).proposing([line]),
        None => error,
    })
}

/// What [`list`] says where only a type may follow.
const TYPE: &str = "expected `:`";
/// What [`list`] says where only a name fits.
const NAME: &str = "expected a name";

/// The text from `at` on, if a keyword follows there on the same line.
fn same_line_keyword(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or("");
    let gap = before.len() - before.trim_end().len();
    let newline = before.get(before.len() - gap..).is_some_and(|gap| gap.contains(['\n', '\r']));
    text.get(at..).filter(|rest| !newline && is_keyword(first_token(rest))).unwrap_or("")
}

/// `expected a, b or c`, in human words, each once.
fn list(rules: &[Rule]) -> String {
    let mut words: Vec<&str> = rules.iter().filter_map(|rule| human(*rule)).collect();
    words.sort_unstable();
    words.dedup();
    // Where a whole expression may follow, its parts need no mention.
    if words.contains(&"an expression") {
        words.retain(|word| !matches!(*word, "a name" | "a number" | "`(`"));
    } else if words.contains(&"a number") && words.contains(&"a name") {
        words.retain(|word| !matches!(*word, "a name" | "a number" | "`(`"));
        words.insert(0, "an expression");
    }
    match words.split_last() {
        None => "this does not fit".to_owned(),
        Some((one, [])) => format!("expected {one}"),
        Some((last, rest)) => format!("expected {} or {last}", rest.join(", ")),
    }
}

/// The first word, or the first character that is no word.
fn first_token(text: &str) -> &str {
    let length = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let length = if length == 0 { text.chars().next().map_or(0, char::len_utf8) } else { length };
    text.get(..length).unwrap_or("")
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// `word =`, and no comparison.
fn starts_assignment(skipped: &str, word: &str) -> bool {
    let rest = skipped.get(word.len()..).unwrap_or("").trim_start_matches([' ', '\t']);
    rest.starts_with('=') && !rest.starts_with("==")
}

/// `word =` or `word,`: an assignment with an error on its right, or out of place.
fn looks_like_assignment(skipped: &str, word: &str) -> bool {
    skipped.get(word.len()..).is_some_and(|rest| rest.trim_start().starts_with(['=', ',']))
}

fn shorten(token: &str) -> String {
    let mut short: String = token.chars().take(30).collect();
    if short.len() < token.len() {
        short.push('…');
    }
    short
}
