//! One module per command.

mod accepted;
pub mod bench;
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

use crate::args::{CostArgs, DataArgs, ProgramArgs, RunArgs, TestArgs};
use crate::failure::Failure;
use hep_server::executor::Options;
use std::path::{Path, PathBuf};

/// The files that a training reads.
pub fn read_files<'a>(
    program: &'a ProgramArgs,
    data: &'a DataArgs,
    test: &'a TestArgs,
    costs: &'a CostArgs,
) -> Vec<&'a Path> {
    let given = [Some(&program.program), Some(&data.data), test.test.as_ref(), costs.costs.as_ref()];
    given.into_iter().flatten().map(PathBuf::as_path).collect()
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
    let pool = hep_server::executor::pool(options).map_err(hep_owner::Error::from)?;
    Ok(pool.install(work))
}

/// Says so when a file protects nothing.
pub fn warn_insecure(insecure: hep_format::container::Insecure) {
    if insecure.parameters {
        say("warning: made under parameters without security");
    }
    if insecure.seed {
        say("warning: made from a seed that can be guessed; marked insecure");
    }
}
