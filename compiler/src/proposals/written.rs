//! Helps that repeat a line as it should be: the line is written into the program before it is told.

use super::regions::{block_end, needs_brackets, regions, stands_alone};
use crate::{Options, Patience, analyze};
use hep_front::diagnostics::{Diagnostic, Edit, Proposal, codes};
use hep_front::syntax;
use hep_front::syntax::foreign;
use hep_tensor::source::{SourceFile, Span};

/// Longest program in which lines are tried, in bytes.
const LONGEST: usize = 1 << 16;
/// Messages whose lines are tried.
const MESSAGES: usize = 8;
/// How a help says what to write.
const WRITE: &str = "write `";

/// A message, and whether what it proposes first is the line that its help repeats.
pub(super) struct Checked {
    pub message: Diagnostic,
    pub line: bool,
}

/// The messages with the lines that are right in their place as proposals; in place of others stands what is said in general.
pub(super) fn checked(
    source: &SourceFile,
    options: &Options,
    messages: Vec<Diagnostic>,
    patience: &Patience,
) -> Vec<Checked> {
    let mut left = MESSAGES;
    let trial = Trial::new(source, options, &messages);
    let check = |message: Diagnostic| {
        let may = left > 0 && !patience.is_over();
        left -= usize::from(may && repeated(source, &message).is_some());
        trial.checked(message, may)
    };
    messages.into_iter().map(check).collect()
}

/// What the first error proposes, the line that its help repeats first; nothing where another error proposes nothing.
pub(super) fn first(source: &SourceFile, options: &Options, messages: &[Diagnostic]) -> Option<Diagnostic> {
    let leads_on = |m: &&Diagnostic| !m.proposals.is_empty() || repeated(source, m).is_some();
    let errors = || messages.iter().filter(|message| message.is_error());
    let first = errors().next().filter(|_| errors().all(|message| leads_on(&message)))?;
    Some(Trial::new(source, options, messages).checked(first.clone(), true).message)
}

/// What a help says a line to be, where nobody knows whether it is enough.
pub(super) fn meaning(source: &SourceFile, message: &Diagnostic) -> Option<String> {
    let help = message.help.as_deref()?;
    let is_elsewhere = is_foreign(source, message);
    Some(if is_elsewhere { help.replacen(WRITE, "in `hep` this is `", 1) } else { help.to_owned() })
}

/// The line that a help repeats as it should be.
fn repeated(source: &SourceFile, message: &Diagnostic) -> Option<String> {
    let help = message.help.as_deref()?;
    let alone = message.proposals.is_empty() && help.starts_with(WRITE);
    (alone || is_foreign(source, message)).then(|| written(help).map(str::to_owned))?
}

/// Whether a message is about what another language writes.
fn is_foreign(source: &SourceFile, message: &Diagnostic) -> bool {
    let spelling = || message.span().map(|at| source.slice(at)).unwrap_or_default();
    let writes = || message.help.as_ref().is_some_and(|help| help.starts_with(WRITE));
    message.code == codes::FOREIGN || (writes() && foreign::is_known(spelling()))
}

/// What a help says to write.
fn written(help: &str) -> Option<&str> {
    let (_, code) = help.split_once(WRITE)?;
    code.split('`').next()
}

/// What is said of a spelling where no line can be told.
fn general(source: &SourceFile, message: &Diagnostic) -> Option<String> {
    let label = message.labels.iter().find(|label| label.primary)?;
    foreign::general(source.slice(label.span), &label.text).filter(|said| written(said).is_none())
}

/// What is asked of a program with a line in place of another.
#[derive(Clone, Copy)]
enum How {
    /// That nothing is wrong there any more.
    Alone,
    /// The same with the end of the block that the line opens.
    Closed,
    /// The same where the end of the block is missing.
    Open,
    /// That something else is wrong.
    Another,
}

struct Trial<'a> {
    source: &'a SourceFile,
    options: &'a Options,
    /// Errors of the program as it is.
    known: Vec<(&'static str, String)>,
    /// Whether they are errors of syntax: others are found in what can be read only.
    syntax: bool,
}

impl<'a> Trial<'a> {
    fn new(source: &'a SourceFile, options: &'a Options, messages: &[Diagnostic]) -> Self {
        let known = messages.iter().filter(|m| m.is_error()).map(|m| (m.code, m.title.clone())).collect();
        Self { source, options, known, syntax: syntax::parse(source).is_err() }
    }

    /// A message with the line that its help repeats as its first proposal, where the line is right in its place.
    fn checked(&self, mut message: Diagnostic, may: bool) -> Checked {
        let Some(code) = repeated(self.source, &message) else { return Checked { message, line: false } };
        let tried = may && self.source.text.len() <= LONGEST;
        let found = if tried { self.fits(&message, &code) } else { None };
        let line = found.is_some();
        if let Some((written, edits)) = found {
            let words = message.help.take().unwrap_or_default();
            let words = words.replacen(&format!("{WRITE}{code}`"), &format!("{WRITE}{written}`"), 1);
            message.help = Some(words.clone());
            message.proposals.insert(0, Proposal { words, edits });
        } else if is_foreign(self.source, &message) {
            message.help = general(self.source, &message);
        }
        Checked { message, line }
    }

    /// The code with the brackets that it needs, and the changes after which the error is gone: the code stands in place of what is
    /// wrong, whatever belongs to that.
    fn fits(&self, message: &Diagnostic, code: &str) -> Option<(String, Vec<Edit>)> {
        let text = &self.source.text;
        let at = message.span().filter(|at| at.end <= text.len())?;
        let help = message.help.as_deref().unwrap_or_default();
        let behind = help.contains("behind the `train` block");
        // A block is closed by what follows the code in the help.
        let end = code.ends_with('{').then(|| block_end(text, at.start));
        let stands_alone = |region: &Span| stands_alone(text, *region, code);
        let regions: Vec<Span> = regions(text, at).into_iter().filter(stands_alone).collect();
        let error = (message.code, message.title.as_str());
        let fit = |region: Span, how: How| {
            if self.options.patience.is_over() {
                return None;
            }
            let code = match needs_brackets(text, region, code) {
                true => format!("({code})"),
                false => code.to_owned(),
            };
            if behind {
                let edits = vec![Edit::Replace(region, String::new()), Edit::Last(code.clone())];
                let rest = self.source.replaced(region, "")?;
                let end = rest.text.len();
                let changed = rest.with_text(format!("{}\n{code}\n", rest.text));
                let place = Span::new(end + 1, end + 1 + code.len());
                return self.is_right(&changed, place, error, 0).then_some((code, edits));
            }
            let line = Edit::Replace(region, code.clone());
            let place = Span::new(region.start, region.start + code.len());
            let (base, mut edits) = match how {
                How::Closed => {
                    let end = end.filter(|end| *end >= region.end).map(|end| Span::new(end, end))?;
                    let closing = "\n}".to_owned();
                    (self.source.replaced(end, &closing)?, vec![Edit::Replace(end, closing)])
                }
                _ => (self.source.clone(), vec![]),
            };
            let changed = base.replaced(region, &code)?;
            let is_right = match how {
                How::Alone | How::Closed => self.is_right(&changed, place, error, 0),
                How::Open => end.is_some() && self.is_right(&changed, place, error, 1),
                How::Another => self.is_gone(&changed, place, error),
            };
            edits.insert(0, line);
            is_right.then_some((code, edits))
        };
        let ways = [How::Alone, How::Closed, How::Open, How::Another];
        ways.into_iter().find_map(|how| regions.iter().find_map(|region| fit(*region, how)))
    }

    /// The errors of a changed program as they are looked for here: of syntax, where the program has such errors.
    fn errors(&self, changed: &SourceFile) -> Vec<Diagnostic> {
        let found = if self.syntax {
            syntax::parse(changed).map(|_| ())
        } else {
            analyze(changed, self.options).map(|_| ())
        };
        found.err().unwrap_or_default().into_iter().filter(Diagnostic::is_error).collect()
    }

    /// Whether this error is gone from a place, whatever is wrong instead: further down where a line is read from its start, or for
    /// another reason.
    fn is_gone(&self, changed: &SourceFile, place: Span, error: (&str, &str)) -> bool {
        let found = self.errors(changed);
        if !self.syntax {
            let is_new_name = |m: &Diagnostic| m.code == codes::UNKNOWN_NAME && !self.is_known(m);
            let stays = |m: &Diagnostic| is_same(m, error) && is_on_line(changed, place, m);
            return syntax::parse(changed).is_ok() && !found.iter().any(|m| stays(m) || is_new_name(m));
        }
        // What follows on the line was not read before.
        let is_behind = |m: &Diagnostic| {
            let follows = m.span().is_some_and(|at| place.end <= at.start);
            m.code == codes::FOREIGN && follows && is_on_line(changed, place, m)
        };
        let behind = found.iter().filter(|m| is_behind(m)).count();
        behind > 0 && !found.iter().any(|m| is_in(place, m)) && found.len() - behind < self.known.len()
    }

    fn is_known(&self, message: &Diagnostic) -> bool {
        self.known.iter().any(|(code, title)| *code == message.code && *title == message.title)
    }

    /// Whether nothing is wrong in a place, and no more is wrong elsewhere than before.
    fn is_right(&self, changed: &SourceFile, place: Span, error: (&str, &str), more: usize) -> bool {
        let found = self.errors(changed);
        let stays = |m: &Diagnostic| {
            is_in(place, m) || (!self.syntax && is_same(m, error) && is_on_line(changed, place, m))
        };
        // Errors of meaning are found in stages: in place of one that is gone another may be seen.
        let most = self.known.len() + more + usize::from(!self.syntax);
        let new = found.iter().filter(|m| !self.is_known(m)).count();
        !found.iter().any(stays) && (found.is_empty() || found.len() < most) && new <= more
    }
}

fn is_same(message: &Diagnostic, error: (&str, &str)) -> bool {
    (message.code, message.title.as_str()) == error
}

fn is_in(place: Span, message: &Diagnostic) -> bool {
    message.span().is_some_and(|at| at.start < place.end && place.start < at.end)
}

/// Whether a message is about the line, or the lines, of a place.
fn is_on_line(source: &SourceFile, place: Span, message: &Diagnostic) -> bool {
    let before = source.text.get(..place.start).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let rest = source.text.get(place.end..).and_then(|rest| rest.find('\n'));
    let end = rest.map_or(source.text.len(), |end| place.end + end);
    message.span().is_some_and(|at| start <= at.start && at.start < end)
}
