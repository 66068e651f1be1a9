//! What a user can set and ask for, in the words of no shell.
//!
//! A message of a library marks what the user is to set, `⟨ring = 16⟩`, or to ask for, `⟨check⟩`. Whoever shows the message writes
//! that as it is written there, by [`spelled`]: a command its options, `--ring 16`, a module of another language its arguments. A
//! message that nobody spelled can be read all the same.

use std::borrow::Cow;
use std::fmt;

/// Around what is marked.
const MARKS: [char; 2] = ['⟨', '⟩'];

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// log2 of the ring degree.
    Ring,
    /// Bits that results must have.
    Precision,
    /// Bits of the security claim.
    Security,
    /// Most bytes of evaluation keys.
    KeyBudget,
    /// Most bytes of a run.
    Memory,
    /// Optimizations that are left out.
    Without,
    /// The loss in place of the program's.
    Loss,
    /// A size of the program, as `NAME=VALUE`.
    Size,
    /// The file of the data.
    Data,
    /// Rows of the data that are used.
    Rows,
    /// The column of the labels.
    Label,
    /// Bits to which a result is rounded.
    Round,
    /// The file that the owner keeps.
    Owner,
    /// To go on in spite of a refusal.
    Force,
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To look for mistakes of a program, and whether it trains on data.
    Check,
    /// To run a program in the clear.
    Simulate,
    /// To explain a program or a message.
    Explain,
    /// To list the standard library.
    Std,
    /// To make a plan.
    Compile,
    /// To make keys.
    Keygen,
    /// To encrypt data.
    Encrypt,
    /// To decrypt a result.
    Decrypt,
    /// To decide by a model.
    Predict,
    /// To describe a file.
    Info,
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Ring,
        Self::Precision,
        Self::Security,
        Self::KeyBudget,
        Self::Memory,
        Self::Without,
        Self::Loss,
        Self::Size,
        Self::Data,
        Self::Rows,
        Self::Label,
        Self::Round,
        Self::Owner,
        Self::Force,
    ];

    /// Its name, of small letters and spaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Precision => "precision",
            Self::Security => "security",
            Self::KeyBudget => "key budget",
            Self::Memory => "memory",
            Self::Without => "without",
            Self::Loss => "loss",
            Self::Size => "size",
            Self::Data => "data",
            Self::Rows => "rows",
            Self::Label => "label",
            Self::Round => "round",
            Self::Owner => "owner",
            Self::Force => "force",
        }
    }

    /// It, set to a value, as a message says it.
    #[must_use]
    pub fn to(self, value: impl fmt::Display) -> String {
        let [open, close] = MARKS;
        format!("{open}{} = {value}{close}", self.name())
    }
}

impl Request {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Check,
        Self::Simulate,
        Self::Explain,
        Self::Std,
        Self::Compile,
        Self::Keygen,
        Self::Encrypt,
        Self::Decrypt,
        Self::Predict,
        Self::Info,
    ];

    /// Its name, of small letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Simulate => "simulate",
            Self::Explain => "explain",
            Self::Std => "std",
            Self::Compile => "compile",
            Self::Keygen => "keygen",
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Predict => "predict",
            Self::Info => "info",
        }
    }

    /// It, of something, as a message says it.
    #[must_use]
    pub fn of(self, what: impl fmt::Display) -> String {
        let [open, close] = MARKS;
        format!("{open}{} {what}{close}", self.name())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [open, close] = MARKS;
        write!(f, "{open}{}{close}", self.name())
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [open, close] = MARKS;
        write!(f, "{open}{}{close}", self.name())
    }
}

/// Something that is marked in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// A setting, with the value that it is to have where one is named.
    Set(Setting, Option<&'a str>),
    /// A request, with what it is about where that is named.
    Ask(Request, Option<&'a str>),
}

impl<'a> Mark<'a> {
    /// What stands between the marks; nothing where a text happens to have such marks.
    fn read(text: &'a str) -> Option<Self> {
        let (name, value) = text.split_once(" = ").map_or((text, None), |(name, value)| (name, Some(value)));
        let setting = Setting::ALL.into_iter().find(|setting| setting.name() == name);
        let request = || {
            let (name, what) = text.split_once(' ').map_or((text, None), |(name, what)| (name, Some(what)));
            let request = Request::ALL.into_iter().find(|request| request.name() == name)?;
            Some(Self::Ask(request, what))
        };
        setting.map(|setting| Self::Set(setting, value)).or_else(request)
    }
}

/// The message as a shell writes it.
pub fn spelled<'a>(message: &'a str, shell: impl Fn(Mark<'_>) -> String) -> Cow<'a, str> {
    let [open, close] = MARKS;
    let mut out = String::new();
    let mut rest = message;
    while let Some(at) = rest.find(open) {
        let (before, marked) = rest.split_at(at);
        let inside = &marked[open.len_utf8()..];
        out += before;
        match inside.split_once(close).and_then(|(mark, after)| Some((Mark::read(mark)?, after))) {
            Some((mark, after)) => {
                out += &shell(mark);
                rest = after;
            }
            None => {
                out.push(open);
                rest = inside;
            }
        }
    }
    if out.is_empty() { Cow::Borrowed(message) } else { Cow::Owned(out + rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(mark: Mark<'_>) -> String {
        format!("{mark:?}")
    }

    #[test]
    fn marks_are_read_back() {
        for setting in Setting::ALL {
            assert_eq!(spelled(&setting.to_string(), shell), shell(Mark::Set(setting, None)));
            assert_eq!(spelled(&setting.to("a b = c"), shell), shell(Mark::Set(setting, Some("a b = c"))));
        }
        for request in Request::ALL {
            assert_eq!(spelled(&request.to_string(), shell), shell(Mark::Ask(request, None)));
            assert_eq!(spelled(&request.of("A FILE"), shell), shell(Mark::Ask(request, Some("A FILE"))));
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in ["", "`--ring 16`", "⟨rings = 3⟩", "⟨", "⟨⟨⟩", "⟩⟨ring", "⟨ring=3⟩"] {
            assert_eq!(spelled(text, shell), text);
        }
        let text = format!("⟨x⟩ a larger {}: {}, ⟨", Setting::Ring, Request::Check);
        let written = |mark: Mark<'_>| match mark {
            Mark::Set(setting, _) => setting.name().to_uppercase(),
            Mark::Ask(request, _) => request.name().to_uppercase(),
        };
        assert_eq!(spelled(&text, written), "⟨x⟩ a larger RING: CHECK, ⟨");
    }
}
