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

use crate::args::{CostArgs, DataArgs, ProgramArgs, RunArgs, TestArgs};
use crate::failure::Failure;
use hep_exec::executor::Options;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Prints to standard output; a closed pipe is no failure.
pub fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints text with colours, which a terminal gets and a file does not.
pub fn print_styled(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// Prints JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::message)?;
    print(&format!("{text}\n"));
    Ok(())
}

/// Refuses to start under kernels that the environment asks for and this processor lacks.
pub fn kernels_can_be_had() -> Result<(), Failure> {
    hep_exec::machine::instruction_set()?;
    Ok(())
}

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
    let pool = hep_exec::executor::pool(options).map_err(hep_exec::Error::from)?;
    Ok(pool.install(work))
}

/// Says so when a file protects nothing.
pub fn warn_insecure(insecure: hep_exec::container::Insecure) {
    if insecure.parameters {
        eprintln!("warning: made under parameters without security");
    }
    if insecure.seed {
        eprintln!("warning: made from a seed that can be guessed; marked insecure");
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
