//! What the commands write beside containers, and how such files are known again: what hep did not write is never replaced.

use crate::failure::Failure;
use crate::kinds::{self, Kind};
use hep_format::container::FileKind;
use hep_format::place::{Access, Content};
use std::fs::File;
use std::path::Path;

/// A model holds the owner's statistics.
pub const MODEL: Content = Content { name: Kind::Model.described(), access: Access::Private, known };
/// So do the values of a training, as an archive or as JSON.
pub const TRACE: Content = Content { name: Kind::Trace.described(), access: Access::Private, known };
/// Costs of a machine.
pub const COST_TABLE: Content = Content { name: Kind::CostTable.described(), access: Access::Shared, known };
/// A page for a browser.
pub const PAGE: Content = Content { name: Kind::Page.described(), access: Access::Shared, known };
/// A schedule beside its program.
pub const SNAPSHOT: Content = Content { name: Kind::Snapshot.described(), access: Access::Shared, known };

/// The user's own cost table, in a folder that nobody else writes to: one that is damaged is replaced, whatever is left of it.
pub const OWN_COST_TABLE: Content = Content { known: |_| Some(COST_TABLE.name), ..COST_TABLE };

/// Refuses a new model under a name that says another format.
pub fn model_name(path: &Path) -> Result<(), Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !OTHER_FORMATS.contains(&ending.to_ascii_lowercase().as_str()) || path.exists() {
        return Ok(());
    }
    let what = format!("{} is to be a model, and a model is an archive of NumPy", path.display());
    Err(Failure::with_help(what, format!("name it `{}`", path.with_extension("npz").display())))
}

/// Endings that say that a file is no archive of NumPy.
const OTHER_FORMATS: [&str; 12] =
    ["csv", "tsv", "txt", "json", "pkl", "pickle", "joblib", "h5", "hdf5", "onnx", "pt", "parquet"];

/// A container, where anything else that hep writes is known by its name too.
pub fn container(kind: FileKind) -> Content {
    Content { known, ..kind.into() }
}

/// What a file is, whoever wrote it.
fn known(file: &mut File) -> Option<&'static str> {
    kinds::of_file(file).ok().filter(|kind| *kind != Kind::Empty).map(Kind::described)
}
