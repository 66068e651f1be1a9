//! One module per command.

mod accepted;
pub mod calibrate;
pub mod check;
pub mod compare;
pub mod compile;
pub mod decrypt;
pub mod diff;
pub mod doctor;
pub mod encrypt;
pub mod eval;
pub mod explain;
pub mod info;
pub mod keygen;
pub mod library;
pub mod predict;
pub mod run;
pub mod simulate;
pub mod snapshot;
pub mod train;

pub use crate::streams::{print, print_json, print_styled, say};

use crate::args::RunArgs;
use crate::failure::Failure;
use hep_exec::executor::Options;
use std::path::Path;

/// Writes a text, replacing an older one at once.
pub fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|e| Failure::message(format!("cannot write {}: {e}", path.display())))
}

/// Refuses a place where no file can be written, before any work is done for it.
pub fn writable(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if path.is_dir() {
        return Err(Failure::with_help(
            format!("cannot write {}: it is a folder", path.display()),
            "give the name of a file",
        ));
    }
    match folder {
        Some(folder) if !folder.is_dir() => Err(Failure::with_help(
            format!("cannot write {}: there is no folder {}", path.display(), folder.display()),
            "make the folder first, or choose another",
        )),
        _ => Ok(()),
    }
}

/// Threads and memory of a run.
pub fn run_options(args: &RunArgs) -> Options {
    let mut options = Options::default();
    if let Some(threads) = args.threads {
        options.threads = usize::from(threads);
    }
    options
}

/// Runs work on a pool of this many threads.
pub fn on_pool<T: Send>(options: Options, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let pool = hep_exec::executor::pool(options).map_err(hep_exec::Error::from)?;
    Ok(pool.install(work))
}

/// Says so when a file protects nothing.
pub fn warn_insecure(insecure: hep_exec::container::Insecure) {
    if insecure.parameters {
        say("warning: made under parameters without security");
    }
    if insecure.seed {
        say("warning: made from a seed that can be guessed; marked insecure");
    }
}

/// A number with so many digits after the point, or by its magnitude where that says more.
pub(crate) fn number(value: f64, digits: usize) -> String {
    match value.abs() {
        size if !size.is_finite() => "no number".to_string(),
        size if size >= 1e5 => format!("{value:.2e}"),
        _ => format!("{value:.digits$}"),
    }
}
