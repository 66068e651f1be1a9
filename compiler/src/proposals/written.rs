//! Helps that repeat a line as it should be: the line is written into the program before it is told.

use crate::diagnostics::{Diagnostic, codes};
use crate::source::{SourceFile, Span};
use crate::syntax::foreign;
use crate::{Options, Patience, analyse, syntax};

/// Longest program in which lines are tried, in bytes.
const LONGEST: usize = 1 << 16;
/// Messages whose lines are tried.
const MESSAGES: usize = 8;

/// The messages with the lines that are right in their place; in place of others stands what is said in general.
pub(super) fn checked(
    source: &SourceFile,
    options: &Options,
    messages: Vec<Diagnostic>,
    patience: &Patience,
) -> Vec<Diagnostic> {
    let mut left = MESSAGES;
    let known: Vec<(&'static str, String)> =
        messages.iter().filter(|m| m.is_error()).map(|m| (m.code, m.title.clone())).collect();
    let syntax = syntax::parse(source).is_err();
    let trial = Trial { source, options, known, syntax };
    let check = |mut message: Diagnostic| {
        let Some(code) = repeated(source, &message) else { return message };
        let tried = left > 0 && source.text.len() <= LONGEST && !patience.is_over();
        left -= usize::from(tried);
        if !tried || !trial.fits(&message, &code) {
            message.help = general(source, &message);
        }
        message
    };
    messages.into_iter().map(check).collect()
}

/// The line that a help repeats as it should be, where it is about what another language writes.
fn repeated(source: &SourceFile, message: &Diagnostic) -> Option<String> {
    let help = message.help.as_deref()?;
    let spelling = message.span().map(|at| source.slice(at)).unwrap_or_default();
    let foreign =
        message.code == codes::FOREIGN || (help.starts_with("write `") && foreign::is_known(spelling));
    foreign.then(|| written(help).map(str::to_owned))?
}

/// What a help says to write.
fn written(help: &str) -> Option<&str> {
    let (_, code) = help.split_once("write `")?;
    code.split('`').next()
}

/// What is said of a spelling where no line can be told.
fn general(source: &SourceFile, message: &Diagnostic) -> Option<String> {
    let label = message.labels.iter().find(|label| label.primary)?;
    foreign::general(source.slice(label.span), &label.text).filter(|said| written(said).is_none())
}

struct Trial<'a> {
    source: &'a SourceFile,
    options: &'a Options,
    /// Errors of the program as it is.
    known: Vec<(&'static str, String)>,
    /// Whether they are errors of syntax: others are found in what can be read only.
    syntax: bool,
}

impl Trial<'_> {
    /// Whether the error is gone where a code stands in place of what is wrong, whatever belongs to that.
    fn fits(&self, message: &Diagnostic, code: &str) -> bool {
        let text = &self.source.text;
        let Some(at) = message.span().filter(|at| at.end <= text.len()) else { return false };
        let help = message.help.as_deref().unwrap_or_default();
        // A block is closed by what follows the code in the help.
        let open = usize::from(code.ends_with('{'));
        regions(text, at).into_iter().any(|region| {
            if help.contains("behind the `train` block") {
                let rest = self.source.replaced(region, "");
                return rest.is_some_and(|rest| {
                    let end = rest.text.len();
                    let changed = format!("{}\n{code}\n", rest.text);
                    self.is_right(&rest.with_text(changed), Span::new(end + 1, end + 1 + code.len()), 0)
                });
            }
            let changed = self.source.replaced(region, code);
            let place = Span::new(region.start, region.start + code.len());
            changed.is_some_and(|changed| self.is_right(&changed, place, open))
        })
    }

    /// Whether nothing is wrong in a place, and no more is wrong elsewhere than before.
    fn is_right(&self, changed: &SourceFile, place: Span, more: usize) -> bool {
        let found = if self.syntax {
            syntax::parse(changed).map(|_| ())
        } else {
            analyse(changed, self.options).map(|_| ())
        };
        let Err(found) = found else { return true };
        let errors = || found.iter().filter(|message| message.is_error());
        let here =
            errors().filter_map(Diagnostic::span).any(|at| at.start < place.end && place.start < at.end);
        let is_new =
            |m: &&Diagnostic| !self.known.iter().any(|(code, title)| *code == m.code && *title == m.title);
        !here && errors().count() < self.known.len() + more && errors().filter(is_new).count() <= more
    }
}

/// What a spelling may belong to: the smallest first.
fn regions(text: &str, at: Span) -> Vec<Span> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (before, after) = (text.get(..at.start).unwrap_or(""), text.get(at.end..).unwrap_or(""));
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let blanks = |from: usize| {
        let rest = text.get(from..).unwrap_or("");
        from + rest.len() - rest.trim_start_matches([' ', '\t', '{', '(']).len()
    };
    let word = before.trim_end_matches([' ', '\t']).trim_end_matches(|c| is_word(c) || c == '.').len();
    let mut starts = vec![at.start, blanks(word), blanks(line)];
    // A word that starts an item or a statement within the line.
    let items = ["let ", "var ", "secret ", "public ", "owner ", "for ", "use ", "const ", "predict "];
    let inside = text.get(line..at.start).unwrap_or("");
    starts.extend(items.iter().filter_map(|item| inside.rfind(item)).map(|offset| line + offset));
    let rest = after.split(['\n', '#']).next().unwrap_or("");
    let whole = rest.trim_end().len();
    let mut ends = vec![at.end];
    ends.extend([",", ")"].iter().filter_map(|mark| rest.find(mark)).map(|end| at.end + end));
    ends.extend(closing(text.get(at.start..at.end + whole).unwrap_or("")).map(|end| at.start + end));
    ends.extend(rest.rfind('}').map(|end| at.end + rest.get(..end).unwrap_or("").trim_end().len()));
    ends.push(at.end + whole);
    let mut found: Vec<Span> = Vec::new();
    for end in ends {
        found.extend(starts.iter().filter(|start| **start < end).map(|start| Span::new(*start, end)));
    }
    found.sort_by_key(|region| (region.end - region.start, region.start));
    found.dedup();
    found
}

/// Behind the bracket that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
