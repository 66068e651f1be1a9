//! A file of another kind than the one that is needed: what it is, what is needed, and one command.

use super::{Kind, filled, look};
use hep_format::container::FileKind;
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A program.
    Program,
    /// A table or an archive of arrays.
    Data,
    /// A file of the roles.
    Container(FileKind),
    /// A trained model.
    Model,
    /// A trained model, for the labels of rows.
    Predictor,
    /// A schedule.
    Snapshot,
    /// Costs of a machine.
    CostTable,
    /// A folder of keys.
    Keys,
    /// A folder to make keys in.
    KeyFolder,
}

impl Wanted {
    /// The kind of such files, where there is one.
    fn kind(self) -> Option<Kind> {
        Some(match self {
            Wanted::Program => Kind::Program,
            Wanted::Container(kind) => Kind::Container(kind),
            Wanted::Model | Wanted::Predictor => Kind::Model,
            Wanted::Snapshot => Kind::Snapshot,
            Wanted::CostTable => Kind::CostTable,
            Wanted::Keys | Wanted::KeyFolder => Kind::Keys,
            Wanted::Data => return None,
        })
    }

    /// Whether such a file goes to the reader, which knows more of what is wrong with it.
    fn takes(self, found: Kind, path: &Path) -> bool {
        if Some(found) == self.kind() {
            return true;
        }
        match (self, found) {
            (Wanted::Keys | Wanted::KeyFolder, found) => found == Kind::Folder,
            (_, Kind::Empty | Kind::Other | Kind::Stream) => true,
            (Wanted::Program, Kind::Table) => Kind::named(path) == Some(Kind::Program),
            (Wanted::Program | Wanted::Snapshot | Wanted::CostTable, found) => found == Kind::Text,
            (Wanted::Model | Wanted::Predictor, found) => found == Kind::Archive,
            (Wanted::Container(_), _) => false,
            (Wanted::Data, found) => !matches!(
                found,
                Kind::Container(_)
                    | Kind::Model
                    | Kind::Trace
                    | Kind::CostTable
                    | Kind::Page
                    | Kind::Snapshot
                    | Kind::Program
                    | Kind::Keys
                    | Kind::Folder
            ),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanted::Data => f.write_str("data are needed here: a table (.csv) or arrays (.npz)"),
            Wanted::KeyFolder => f.write_str("a folder for all three keys is needed here"),
            other => write!(f, "{} is needed here", other.kind().map_or("a file", Kind::described)),
        }
    }
}

/// A file of another kind.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path} {is} {found}, but {wanted}", path = path.display(), is = self.is(), found = found.described())]
pub struct WrongKind {
    /// The file.
    pub path: PathBuf,
    /// What it is, or what its name says.
    pub found: Kind,
    /// What is needed.
    pub wanted: Wanted,
    /// Whether there is no such file, and its name says this.
    pub by_name: bool,
    /// What to do.
    pub help: String,
}

impl WrongKind {
    fn is(&self) -> &'static str {
        if self.by_name { "is the name of" } else { "is" }
    }
}

/// Refuses a file that is known to be of another kind. What cannot be looked at is left to the reader.
///
/// # Errors
/// A file of another kind.
pub fn expect(path: &Path, wanted: Wanted) -> Result<(), WrongKind> {
    match look(path) {
        Ok(found) if !wanted.takes(found, path) => {
            let (path, help) = (path.to_path_buf(), help(path, found, wanted));
            Err(WrongKind { path, found, wanted, by_name: false, help })
        }
        _ => Ok(()),
    }
}

/// Refuses a place for the keys of a plan that is a file, or is called like one.
///
/// # Errors
/// A file, or its name.
pub fn expect_folder(path: &Path) -> Result<(), WrongKind> {
    let wanted = Wanted::KeyFolder;
    let (found, by_name) = match look(path) {
        Ok(found) if wanted.takes(found, path) => return Ok(()),
        Ok(found) => (found, false),
        Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => return Ok(()),
        Err(_) => match Kind::named(path) {
            Some(kind) => (kind, true),
            None => return Ok(()),
        },
    };
    let beside = path.parent().filter(|folder| by_name && !folder.as_os_str().is_empty());
    let folder = beside.map_or("keys/".to_string(), |folder| folder.display().to_string());
    let help = format!("give the name of a folder: `-o {folder}`");
    Err(WrongKind { path: path.to_path_buf(), found, wanted, by_name, help })
}

/// What makes the wanted file of this one, or how both are used together; else what makes such files.
fn help(path: &Path, found: Kind, wanted: Wanted) -> String {
    let of_this = |command: &str| format!("`{}` makes it of this file", filled(command, path));
    let data = matches!(found, Kind::Table | Kind::Arrays);
    match (found, wanted) {
        (Kind::Program, Wanted::Container(FileKind::Plan)) => {
            of_this(&format!("hep compile {{}} -o {}", path.with_extension("hepc").display()))
        }
        (Kind::Container(FileKind::Inputs), Wanted::Container(FileKind::Outputs))
        | (Kind::Container(FileKind::Outputs), Wanted::Model | Wanted::Predictor) => {
            of_this(found.row().goes_on.unwrap_or_default())
        }
        (_, Wanted::Container(FileKind::Inputs)) if data => {
            of_this("hep encrypt PLAN.hepc --keys keys/ --data {} -o IN.hct")
        }
        (Kind::Keys, Wanted::Container(kind)) if keyfile(kind).is_some() => {
            format!("give the file in it: {}", path.join(keyfile(kind).unwrap_or_default()).display())
        }
        (Kind::Container(kind), Wanted::Keys) if keyfile(kind).is_some() => {
            filled("give the folder that it lies in: `--keys {folder}`", path)
        }
        (_, Wanted::Program) if data => {
            filled("give the program first, and the data by `--data`: `hep check PROG.hep --data {}`", path)
        }
        (Kind::Container(FileKind::Plan), Wanted::Program) => {
            let given = "give the program that it was compiled from";
            // What another version wrote says nothing more.
            match hep_format::files::info(path) {
                Ok(_) => filled(&format!("{given}; `hep info {{}}` says its name"), path),
                Err(_) => given.to_owned(),
            }
        }
        (_, Wanted::Model) if data => {
            filled("give the model first, and the data by `--data`: `hep eval MODEL.npz --data {}`", path)
        }
        (_, Wanted::Predictor) if data => {
            filled("give the model first, and the rows by `--data`: `hep predict MODEL.npz --data {}`", path)
        }
        (Kind::Model, Wanted::Data) => filled("use it on data: `hep eval {} --data FILE`", path),
        (Kind::Program, Wanted::Data) => filled("give it data: `hep check {} --data FILE`", path),
        (Kind::Utf16, Wanted::Program) => "save it as text in UTF-8".to_string(),
        (_, Wanted::Data) => {
            "give the rows to train or to test on: `hep check PROG.hep --data rows.csv`".to_string()
        }
        (_, Wanted::Program) => {
            "give a text that begins with `program NAME`: `hep check PROG.hep` says whether it is one"
                .to_string()
        }
        (_, wanted) => match wanted.kind().and_then(Kind::made_by) {
            Some(command) => format!("`{command}` makes it"),
            None => filled("`hep info {}` says what it is", path),
        },
    }
}

/// Name of a key in its folder.
fn keyfile(kind: FileKind) -> Option<&'static str> {
    match kind {
        FileKind::SecretKey => Some(hep_owner::files::SECRET_KEY),
        FileKind::PublicKey => Some(hep_format::files::PUBLIC_KEY),
        FileKind::EvaluationKeys => Some(hep_format::files::EVALUATION_KEYS),
        _ => None,
    }
}
