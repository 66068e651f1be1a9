//! Which cost table a command uses: the one it is given, else what `hep calibrate` wrote for this user, else the one that ships.

use crate::args::CostArgs;
use crate::kinds::{self, Wanted, WrongKind};
use crate::outputs;
use crate::streams::say;
use hep_compiler::explain::time::Basis;
use hep_format::place::Output;
use hep_plan::cost::{CostTable, CostTableError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Longest table read, in bytes.
const MAX_TABLE: u64 = 1 << 20;
/// Name of the table that ships.
const SHIPPED: &str = "the table that ships with hep";

/// A table and what to call it.
#[derive(Clone, Debug)]
pub struct Costs {
    /// The table.
    pub table: CostTable,
    /// Its file, or a description.
    pub name: String,
}

/// Why a file with a cost table cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CostFileError {
    /// It cannot be read.
    #[error("cannot read the cost table {path}: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It is of another kind.
    #[error(transparent)]
    Kind(#[from] WrongKind),
    /// It is no table for this hep.
    #[error("the cost table {path} cannot be used: {source}")]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CostTableError,
    },
    /// The user's own table has no place.
    #[error("there is no place for the user's cost table: neither XDG_CACHE_HOME nor HOME is set")]
    NoPlace,
    /// The user's own cannot be written.
    #[error("cannot make the folder of the cost table {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

impl CostFileError {
    /// The one thing to do.
    pub fn help(&self) -> String {
        match self {
            Self::Kind(wrong) => wrong.help.clone(),
            Self::Read { .. } => "give a file that `hep calibrate --out FILE` wrote".into(),
            // Only what was a table is replaced by one.
            Self::Table { path, .. } if Output::would_replace(path, outputs::COST_TABLE) => {
                format!("measure again: `hep calibrate --out {}`", path.display())
            }
            Self::Table { .. } => "give a file that `hep calibrate --out FILE` wrote".into(),
            Self::NoPlace => "say where with `--out FILE`".into(),
            Self::Write { .. } => "choose another place with `--out FILE`".into(),
        }
    }
}

impl Costs {
    fn shipped() -> Self {
        Self { table: CostTable::shipped().clone(), name: SHIPPED.into() }
    }

    /// What predictions rest on, for a run on this machine.
    pub fn basis(&self) -> Basis<'_> {
        let cores = hep_server::executor::Options::default().threads;
        Basis { table: &self.table, name: &self.name, cores }
    }
}

/// The table that is asked for, else the one that ships: for what must not depend on the machine.
pub fn shared(path: Option<&Path>) -> Result<Costs, CostFileError> {
    path.map_or_else(|| Ok(Costs::shipped()), read)
}

/// The table that a command uses. One that is asked for must be right; the user's own is left out with a warning.
pub fn load(args: &CostArgs) -> Result<Costs, CostFileError> {
    if let Some(path) = &args.costs {
        return read(path);
    }
    match user_file().filter(|path| path.exists()).map(|path| read(&path)) {
        Some(Ok(costs)) => {
            warn_of_other_kernels(&costs);
            Ok(costs)
        }
        Some(Err(error)) => {
            say(format_args!("warning: {error}; {SHIPPED} is used instead\n help: {}", error.help()));
            Ok(Costs::shipped())
        }
        None => Ok(Costs::shipped()),
    }
}

fn warn_of_other_kernels(costs: &Costs) {
    let (measured, now) = (&costs.table.machine.isa, hep_server::machine::active_instruction_set());
    if measured != now {
        say(format_args!(
            "warning: the cost table {} was measured with {measured}, this hep uses {now}\n help: measure again: `hep calibrate`",
            costs.name
        ));
    }
}

/// Reads a table.
fn read(path: &Path) -> Result<Costs, CostFileError> {
    let fail = |reason: String| CostFileError::Read { path: path.to_path_buf(), reason };
    kinds::expect(path, Wanted::CostTable)?;
    let bytes = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?.len();
    if bytes > MAX_TABLE {
        return Err(fail(format!("it has {bytes} bytes, a table has at most {MAX_TABLE}")));
    }
    let damaged = |source| CostFileError::Table { path: path.to_path_buf(), source };
    let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
        ErrorKind::InvalidData => damaged(CostTableError::Damaged("it is no text".into())),
        _ => fail(e.to_string()),
    })?;
    let table = CostTable::from_json(&text).map_err(damaged)?;
    Ok(Costs { table, name: path.display().to_string() })
}

/// Where the user's own table lies.
pub fn user_file() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("hep").join("costs.json"))
}
