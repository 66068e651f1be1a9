//! Items and statements without the keyword in front: `n = 64` for `dim n = 64`, `X : real[n] = X0` for a secret.
//!
//! What follows the name says which keyword is missing, and what the rest of the text does with the name decides between
//! those that look alike.

use super::words::{announced, is_keyword};
use super::{HepParser, Rule, limits};
use crate::diagnostics::{Diagnostic, codes};
use hep_tensor::source::Span;
use pest::Parser;

/// Longest item that a help repeats, in bytes.
const LONGEST: usize = 200;

/// The message for a line that starts at `at` with a name and reads like an item or a statement.
pub(super) fn recognize(text: &str, at: usize, in_block: bool) -> Option<Diagnostic> {
    let rest = text.get(at..)?;
    let text = limits::beginning(text);
    if rest.starts_with('{') && !in_block && !text.contains("train") {
        return Some(missing("train", "{", at, in_block).help("write `train {`"));
    }
    let name = word(rest);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || is_keyword(name) {
        return None;
    }
    let line = Line { text, name, after: rest.get(name.len()..)?.trim_start_matches([' ', '\t']) };
    let keyword = if in_block { line.statement() } else { line.item() }?;
    let error = missing(keyword, name, at, in_block);
    let outside = in_block && keyword == "let";
    let place = if outside { " outside of the `train` block" } else { "" };
    Some(error.help(match whole(keyword, rest, in_block && !outside) {
        Some(item) => format!("write `{item}`{place}"),
        None => format!("write `{keyword}` in front of it{place}"),
    }))
}

fn missing(keyword: &str, before: &str, at: usize, in_block: bool) -> Diagnostic {
    let kind = if in_block { "a statement that is no assignment" } else { "an item" };
    Diagnostic::error(codes::KEYWORD, format!("there is no `{keyword}` in front of `{before}`"))
        .at(Span::new(at, at + before.len()), format!("{kind} starts with a keyword"))
}

/// The item with its keyword, where it then can be read and is short.
fn whole(keyword: &str, rest: &str, in_block: bool) -> Option<String> {
    let mut length = rest.len().min(LONGEST);
    while !rest.is_char_boundary(length) {
        length -= 1;
    }
    let line = format!("{keyword} {}", rest.get(..length)?);
    let rules = match announced(keyword, in_block)? {
        Rule::value => vec![Rule::function, Rule::value],
        Rule::for_loop => return line.lines().next().map(|line| line.trim_end().to_owned()),
        rule => vec![rule],
    };
    let read = rules.into_iter().find_map(|rule| HepParser::parse(rule, &line).ok())?;
    let item = read.as_str().trim_end();
    // What follows on the line may belong to it.
    let behind = line.get(item.len()..)?.split(['\n', '\r', '#']).next()?.trim_start();
    let is_whole = behind.is_empty() || is_keyword(word(behind)) || behind.starts_with('}');
    (item.len() < LONGEST && !item.contains(['\n', '#']) && is_whole).then(|| item.to_owned())
}

struct Line<'t> {
    text: &'t str,
    name: &'t str,
    /// What follows the name.
    after: &'t str,
}

impl<'t> Line<'t> {
    /// The keyword of an item that starts so.
    fn item(&self) -> Option<&'static str> {
        let line = self.after.lines().next().unwrap_or("");
        if let Some(inside) = self.after.strip_prefix('(') {
            let (_, after) = inside.split_once(')')?;
            let is_definition = is_assignment(after.trim_start_matches([' ', '\t']));
            return is_definition.then(|| if self.is_differentiated() { "loss" } else { "let" });
        }
        if is_assignment(self.after) {
            return Some(if self.is_size() { "dim" } else { "let" });
        }
        if self.after.starts_with(':') {
            return Some(match line.split_once('=') {
                None => "owner",
                Some((_, value)) if self.is_of_owner(value) => "secret",
                Some(_) => "public",
            });
        }
        if line.split('#').next().unwrap_or("").trim().is_empty() && !self.text.contains("reveal") {
            return Some("reveal");
        }
        (word(self.after) == "on").then_some("approx")
    }

    /// The keyword of a statement that starts so.
    fn statement(&self) -> Option<&'static str> {
        let line = self.after.lines().next().unwrap_or("");
        if self.after.starts_with(':') && line.contains('=') {
            return Some("var");
        }
        if word(self.after) == "in" && line.trim_end().ends_with('{') {
            return Some("for");
        }
        let (_, after) = self.after.strip_prefix('(')?.split_once(')')?;
        is_assignment(after.trim_start_matches([' ', '\t'])).then_some("let")
    }

    /// Whether a gradient is taken of it.
    fn is_differentiated(&self) -> bool {
        self.mentions().any(|at| {
            let before = self.text.get(..at).unwrap_or("").trim_end();
            before.ends_with("grad(") || before.ends_with("curvature(")
        })
    }

    /// Whether it is the size of a tensor or the end of a loop.
    fn is_size(&self) -> bool {
        self.mentions().any(|at| {
            let before = self.text.get(..at).unwrap_or("");
            let line = before.rsplit(['\n', '\r']).next().unwrap_or("");
            let inside = line.rsplit('[').next().filter(|_| line.contains('['));
            inside.is_some_and(|inside| !inside.contains(']')) || before.trim_end().ends_with("..")
        })
    }

    /// Whether a value is made of what the owner has.
    fn is_of_owner(&self, value: &str) -> bool {
        let names = words(value);
        let owned = self.text.match_indices("owner").filter_map(|(at, keyword)| {
            let name = word(self.text.get(at + keyword.len()..)?.trim_start());
            (!name.is_empty()).then_some(name)
        });
        owned.into_iter().any(|name| names.contains(&name))
    }

    /// Where the name stands, as a whole word.
    fn mentions(&self) -> impl Iterator<Item = usize> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.text.match_indices(self.name).map(|(at, _)| at).filter(move |at| {
            let before = self.text.get(..*at).and_then(|text| text.chars().next_back());
            let after = self.text.get(at + self.name.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }
}

fn is_assignment(text: &str) -> bool {
    text.starts_with('=') && !text.starts_with("==")
}

/// The word that starts the text.
fn word(text: &str) -> &str {
    let length = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    text.get(..length).unwrap_or("")
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect()
}
