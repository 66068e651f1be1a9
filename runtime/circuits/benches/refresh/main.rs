//! Times, precision and memory of refreshes: `cargo bench -p hep-circuits --features secret -- --help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a benchmark is for")]

mod json;
mod options;
mod table;

use std::process::ExitCode;

use hep_calibrate::refresh::{RefreshOptions, measure};
use options::Options;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Refreshes that are timed.
const REPETITIONS: usize = 10;
/// The same where it is to be quick.
const QUICK: usize = 3;

fn main() -> ExitCode {
    let options = match Options::from_arguments(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    if options.help {
        println!("{}", options::help());
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    // A wrong HEP_ISA would be measured under another name than it asks for.
    hep_server::machine::instruction_set()?;
    let mut reports = Vec::new();
    for &threads in &options.threads {
        let repetitions = if options.quick { QUICK } else { REPETITIONS };
        let how = RefreshOptions { threads, repetitions, memory: Some(options.memory) };
        let report = measure(&options.sets, how, &mut |step| eprintln!("{step}"))?;
        table::print(&report);
        reports.push(report);
    }
    options.json.as_ref().map_or(Ok(()), |path| json::write(&reports, path))
}
