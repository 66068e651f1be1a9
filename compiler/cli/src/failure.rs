//! What a command can fail with, as its user sees it.

mod document;
pub mod system;

use crate::costs::CostFileError;
use crate::data::DataError;
use crate::fit::Undecided;
use crate::kinds::WrongKind;
use crate::streams::say;
pub use document::{document, messages, misused};
use hep_compiler::diagnostics::{Diagnostic, json, render};
use hep_compiler::source::SourceFile;
use hep_format::container::FileError;
use hep_format::place::PlaceError;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{fmt, io};

/// Why a command did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The program is wrong.
    Program {
        /// Rendered diagnostics.
        text: String,
        /// The same for machines.
        messages: Vec<Value>,
    },
    /// A data or model file cannot be used.
    Data(Box<DataError>),
    /// Something else, with one thing to do where it is known.
    Message {
        /// What happened.
        what: String,
        /// What to do.
        help: Option<String>,
    },
    /// The arguments contradict each other.
    Usage(String),
    /// Standard output takes no more.
    Output(io::Error),
    /// What a command on several things failed with; the document that it printed holds it already.
    Listed(Box<Failure>),
    /// A training that was asked to end, and what it goes on with, if the first run of its loop was done.
    Stopped {
        /// Where it was.
        what: String,
        /// The place of its checkpoint.
        checkpoint: PathBuf,
    },
    /// A difference, where differences were asked for as an exit code; it is shown already.
    Differs,
}

impl Failure {
    /// Diagnostics of a program.
    pub fn diagnostics(source: &SourceFile, list: &[Diagnostic]) -> Self {
        Failure::Program { text: render::render_all(list, source), messages: json::to_json(list, source) }
    }

    /// A message without advice.
    pub fn message(what: impl fmt::Display) -> Self {
        Failure::Message { what: what.to_string(), help: None }
    }

    /// A message with advice.
    pub fn with_help(what: impl fmt::Display, help: impl Into<String>) -> Self {
        Failure::Message { what: what.to_string(), help: Some(help.into()) }
    }

    /// What the operating system refused.
    pub fn system(what: impl fmt::Display, reason: &io::Error) -> Self {
        Failure::Message { what: what.to_string(), help: system::help(reason).map(str::to_owned) }
    }

    /// What a command on several things ends with: nothing failed, the only one did, or those that did are shown first.
    pub fn together(failures: Vec<Self>, all: usize, things: &str) -> Result<(), Self> {
        let count = failures.len();
        if all > 1 {
            failures.iter().for_each(|failure| say(failure.to_string().trim_end()));
        }
        match failures.into_iter().next() {
            None => Ok(()),
            Some(only) if all == 1 => Err(Self::Listed(Box::new(only))),
            Some(_) => {
                let what = format!("{count} of {all} {things} failed");
                Err(Self::Listed(Box::new(Self::message(what))))
            }
        }
    }

    /// 1 for a failure, 2 for wrong usage, 75 (`EX_TEMPFAIL`) for what goes on later.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Listed(failure) => failure.exit_code(),
            Failure::Stopped { .. } => ExitCode::from(75),
            _ => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Program { text, .. } => write!(f, "{text}"),
            Failure::Listed(failure) => failure.fmt(f),
            Failure::Data(error) => writeln!(f, "{error}"),
            Failure::Message { what, help } => {
                // Some messages bring their own heading.
                let heading = if what.starts_with("error") { "" } else { "error: " };
                writeln!(f, "{heading}{}", what.trim_end())?;
                help.as_ref().map_or(Ok(()), |help| writeln!(f, " help: {help}"))
            }
            Failure::Output(error) => {
                writeln!(f, "error: cannot write to standard output: {error}\n help: {OUTPUT_HELP}")
            }
            Failure::Differs => Ok(()),
            Failure::Stopped { what, checkpoint } if checkpoint.is_file() => {
                writeln!(
                    f,
                    "{what}\n help: go on with `--resume {}` and the same files",
                    checkpoint.display()
                )
            }
            Failure::Stopped { what, .. } => writeln!(f, "{what}, before the first run of the loop was done"),
            Failure::Usage(what) => writeln!(f, "error: {what}\n\nFor more information, try '--help'."),
        }
    }
}

/// What to do when standard output takes no more.
const OUTPUT_HELP: &str = "what was printed is not whole: send it elsewhere, or make room";

impl From<hep_owner::Error> for Failure {
    /// The runtime's messages end in their advice, after a semicolon.
    fn from(error: hep_owner::Error) -> Self {
        let text = error.to_string();
        let system = match &error {
            hep_owner::Error::File(
                FileError::Io { source, .. } | FileError::Place(PlaceError::Io { source, .. }),
            ) => Some(source),
            _ => None,
        };
        if let Some(source) = system {
            return Failure::system(text, source);
        }
        match text.rsplit_once("; ") {
            Some((what, help)) => Failure::with_help(what, help),
            None => Failure::message(text),
        }
    }
}

impl From<hep_server::Error> for Failure {
    fn from(error: hep_server::Error) -> Self {
        hep_owner::Error::from(error).into()
    }
}

impl From<hep_server::executor::RunError> for Failure {
    fn from(error: hep_server::executor::RunError) -> Self {
        hep_owner::Error::from(error).into()
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        hep_owner::Error::from(error).into()
    }
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Self {
        FileError::from(error).into()
    }
}

impl From<hep_server::machine::InstructionSetError> for Failure {
    /// The advice stands after the colon.
    fn from(error: hep_server::machine::InstructionSetError) -> Self {
        let text = error.to_string();
        text.rsplit_once(": ")
            .map_or_else(|| Failure::message(&text), |(what, help)| Failure::with_help(what, help))
    }
}

impl From<hep_calibrate::CalibrateError> for Failure {
    /// The advice stands after the semicolon.
    fn from(error: hep_calibrate::CalibrateError) -> Self {
        let text = error.to_string();
        text.rsplit_once("; ")
            .map_or_else(|| Failure::message(&text), |(what, help)| Failure::with_help(what, help))
    }
}

impl From<CostFileError> for Failure {
    fn from(error: CostFileError) -> Self {
        Failure::with_help(&error, error.help())
    }
}

impl From<Undecided> for Failure {
    fn from(error: Undecided) -> Self {
        Failure::with_help(error, "the model does not fit these rows: train it again")
    }
}

impl From<WrongKind> for Failure {
    fn from(wrong: WrongKind) -> Self {
        Failure::with_help(&wrong, &wrong.help)
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Failure::Data(Box::new(error))
    }
}
