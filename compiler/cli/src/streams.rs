//! What the command says: results on standard output, everything else on standard error.
//!
//! A result that cannot be written is a failure. Whoever closes a pipe wants no more: that is none, and files are still
//! written. Nothing depends on standard error, so that what cannot be written there is lost in silence. The macros of
//! the standard library panic in both cases; clippy refuses them.
//!
//! Whatever name a file brings along, what is printed steers no terminal. What libraries say that can be set is written as an option
//! here, and nowhere else.

use crate::failure::Failure;
use crate::spelling::spelled;
use hep_plan::visible::{is_hidden, visible_lines};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Prints a text to standard output, where it is when this returns.
pub fn print(text: &str) -> Result<(), Failure> {
    written(write_all(&mut io::stdout().lock(), &visible_lines(&spelled(text))))
}

/// Prints a text with colors, which a terminal gets and a file does not. Text of others in it was made visible.
pub fn print_styled(text: &str) -> Result<(), Failure> {
    written(write_all(&mut anstream::stdout().lock(), &spelled(text)))
}

/// Prints JSON. What would steer a terminal is escaped, as JSON has it: the value is the same.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::message)?;
    let mut escaped = String::with_capacity(text.len() + 1);
    for c in spelled(&text).chars() {
        match c {
            '\n' => escaped.push(c),
            // All of them have four digits.
            c if is_hidden(c) => escaped += &format!("\\u{:04x}", u32::from(c)),
            c => escaped.push(c),
        }
    }
    escaped.push('\n');
    written(write_all(&mut io::stdout().lock(), &escaped))
}

/// Says a text on standard error; it ends its line, and nothing is no line.
pub fn say(text: impl Display) {
    let text = ended(visible_lines(&spelled(&text.to_string())).into_owned());
    // There is no other place to say that this fails.
    let _ = write_all(&mut io::stderr().lock(), &text);
}

/// Says a text with colors, which a terminal gets and a file does not. Text of others in it was made visible.
pub fn say_styled(text: impl Display) {
    let text = ended(spelled(&text.to_string()).into_owned());
    let _ = write_all(&mut anstream::stderr().lock(), &text);
}

fn ended(mut text: String) -> String {
    if !(text.is_empty() || text.ends_with('\n')) {
        text.push('\n');
    }
    text
}

fn write_all(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}
