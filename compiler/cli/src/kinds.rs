//! What files are: the kinds that commands read and write, how each is called, what makes it and what is done with it.
//!
//! One table, which `hep info`, the messages about a file of the wrong kind and the rules of outputs share. How a kind is
//! recognized stands in `look`, what is said where another one is needed in `wrong`.

mod look;
#[cfg(test)]
mod tests;
mod wrong;

pub use look::{arrays, contents, look, of_file};
pub use wrong::{Wanted, WrongKind, expect, expect_folder};

use hep_format::container::FileKind;
use std::path::Path;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the roles exchange, by its beginning: it may be damaged.
    Container(FileKind),
    /// A trained model.
    Model,
    /// Values of a training.
    Trace,
    /// Costs of a machine.
    CostTable,
    /// A page for a browser.
    Page,
    /// A schedule beside its program.
    Snapshot,
    /// A program, or a module of one.
    Program,
    /// Rows of cells with numbers.
    Table,
    /// An archive of arrays that may be data.
    Arrays,
    /// A folder of keys.
    Keys,
    /// Any other folder.
    Folder,
    /// A workbook, or a document of such a program.
    Workbook,
    /// An archive of anything else.
    Archive,
    /// A single array of NumPy.
    Array,
    /// A Parquet file.
    Parquet,
    /// A compressed file.
    Compressed,
    /// Text in UTF-16.
    Utf16,
    /// Text of any other kind.
    Text,
    /// Nothing.
    Empty,
    /// A pipe or a device: looking at it would take what it holds.
    Stream,
    /// Anything else.
    Other,
}

/// A row of the table. In commands, `{}` is the file and `{folder}` the one that it lies in.
struct Row {
    /// Name for machines.
    name: &'static str,
    /// What it is, in a sentence.
    described: &'static str,
    /// Ending of its name, where it has one of its own.
    ending: Option<&'static str>,
    /// The command that makes one.
    made_by: Option<&'static str>,
    /// The command that goes on with one.
    goes_on: Option<&'static str>,
}

impl Kind {
    /// All kinds that have an ending of their own.
    const WITH_ENDING: [Kind; 10] = [
        Kind::Container(FileKind::Plan),
        Kind::Container(FileKind::SecretKey),
        Kind::Container(FileKind::EvaluationKeys),
        Kind::Container(FileKind::Inputs),
        Kind::Container(FileKind::OwnerState),
        Kind::Model,
        Kind::Snapshot,
        Kind::Program,
        Kind::Table,
        Kind::Page,
    ];

    #[rustfmt::skip]
    const fn row(self) -> Row {
        const KEYS: Option<&str> = Some("hep keygen PLAN.hepc -o keys/");
        match self {
            Kind::Container(kind) => {
                let (ending, made_by, goes_on) = match kind {
                    FileKind::Plan => ("hepc", Some("hep compile PROG.hep -o PLAN.hepc"), "hep keygen {} -o keys/"),
                    FileKind::SecretKey => ("key", KEYS, "hep decrypt PLAN.hepc --keys {folder} --in OUT.hct -o MODEL.npz"),
                    FileKind::PublicKey => ("key", KEYS, "hep encrypt PLAN.hepc --keys {folder} --data FILE -o IN.hct"),
                    FileKind::EvaluationKeys => ("keys", KEYS, "hep run PLAN.hepc --eval-keys {} --in IN.hct -o OUT.hct"),
                    FileKind::Inputs => ("hct", Some("hep encrypt PLAN.hepc --keys keys/ --data FILE -o IN.hct"),
                        "hep run PLAN.hepc --eval-keys keys/eval.keys --in {} -o OUT.hct"),
                    FileKind::Outputs => ("hct", Some("hep run PLAN.hepc --eval-keys keys/eval.keys --in IN.hct -o OUT.hct"),
                        "hep decrypt PLAN.hepc --keys keys/ --in {} -o MODEL.npz"),
                    FileKind::OwnerState => ("state", Some("hep encrypt PLAN.hepc --keys keys/ --data FILE -o IN.hct"),
                        "hep decrypt PLAN.hepc --keys {folder} --owner {} --in OUT.hct -o MODEL.npz"),
                    FileKind::Checkpoint => ("checkpoint", Some("hep run PLAN.hepc --eval-keys keys/eval.keys --in IN.hct -o OUT.hct"),
                        "hep run PLAN.hepc --eval-keys keys/eval.keys --in IN.hct --resume {} -o OUT.hct"),
                };
                row(kind.name(), kind.described(), Some(ending), made_by, Some(goes_on))
            }
            Kind::Model => row("model", "a model", Some("npz"), Some("hep train PROG.hep --data FILE -o MODEL.npz"), Some("hep eval {} --data FILE")),
            Kind::Trace => row("trace", "a trace", None, Some("hep simulate PROG.hep --data FILE --trace TRACE.npz"), None),
            Kind::CostTable => row("cost-table", "a cost table", None, Some("hep calibrate --out COSTS.json"), Some("hep explain PROG.hep --costs {}")),
            Kind::Page => row("page", "a page of `hep compare`", Some("html"), Some("hep compare PROG.hep --html REPORT.html"), None),
            Kind::Snapshot => row("snapshot", "a snapshot", Some("schedule"), Some("hep snapshot PROG.hep --update"), Some("hep diff {} PROG.hep")),
            Kind::Program => row("program", "a program", Some("hep"), None, Some("hep check {}")),
            Kind::Table => row("table", "a table of text", Some("csv"), None, Some("hep train PROG.hep --data {}")),
            Kind::Arrays => row("arrays", "an archive of arrays", None, None, Some("hep train PROG.hep --data {}")),
            Kind::Keys => row("keys", "a folder of keys", None, KEYS, Some("hep encrypt PLAN.hepc --keys {} --data FILE -o IN.hct")),
            Kind::Folder => foreign("folder", "a folder"),
            Kind::Workbook => foreign("workbook", "a workbook"),
            Kind::Archive => foreign("archive", "another archive"),
            Kind::Array => foreign("array", "a single array of NumPy"),
            Kind::Parquet => foreign("parquet", "a Parquet file"),
            Kind::Compressed => foreign("compressed", "a compressed file"),
            Kind::Utf16 => foreign("utf-16", "text in UTF-16"),
            Kind::Text => foreign("text", "a text"),
            Kind::Empty => foreign("empty", "an empty file"),
            Kind::Stream => foreign("stream", "a pipe or a device"),
            Kind::Other => foreign("other", "a file of another kind"),
        }
    }

    /// Name for machines.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What it is, in a sentence.
    pub const fn described(self) -> &'static str {
        self.row().described
    }

    /// The command that makes one, where there is one.
    pub const fn made_by(self) -> Option<&'static str> {
        self.row().made_by
    }

    /// The command that goes on with such a file.
    pub fn goes_on(self, path: &Path) -> Option<String> {
        self.row().goes_on.map(|command| filled(command, path))
    }

    /// The kind that a name says a file to be.
    pub fn named(path: &Path) -> Option<Kind> {
        let ending = path.extension()?.to_str()?;
        Self::WITH_ENDING.into_iter().find(|kind| kind.row().ending == Some(ending))
    }
}

const fn row(
    name: &'static str,
    described: &'static str,
    ending: Option<&'static str>,
    made_by: Option<&'static str>,
    goes_on: Option<&'static str>,
) -> Row {
    Row { name, described, ending, made_by, goes_on }
}

/// What hep neither makes nor takes.
const fn foreign(name: &'static str, described: &'static str) -> Row {
    row(name, described, None, None, None)
}

/// A command with the file in its place.
fn filled(command: &str, path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    command.replace("{folder}", &folder.display().to_string()).replace("{}", &path.display().to_string())
}
