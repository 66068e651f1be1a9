//! Times of every kernel, beside a yardstick of the same minute: `cargo bench -p hep-ckks -- --help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a benchmark is for")]

mod clock;
mod goals;
mod json;
mod machine;
mod options;
mod ring;
mod row;
mod scheme;
mod sets;
mod table;
mod usage;
mod yardstick;

use clock::Clock;
use options::Options;
use row::{Report, Section};
use std::process::ExitCode;
use usage::Usage;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let options = match Options::from_arguments(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    if options.help {
        println!("{}", options::HELP);
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
    hep_ring::Isa::from_environment()?;
    let mut report = Report::new(machine::Machine::now());
    table::machine(&report.machine);
    for set in &options.sets {
        for &threads in &options.threads {
            let section = measure(options, set, threads)?;
            table::section(&section, report.single(set.name));
            report.sections.push(section);
        }
    }
    report.finish();
    table::end(&report);
    options.json.as_ref().map_or(Ok(()), |path| json::write(&report, path))
}

/// One set of parameters on one number of threads. The yardstick is measured before and after: the ratios use the mean.
fn measure(options: &Options, set: &sets::Set, threads: usize) -> Result<Section, Failure> {
    let clock = Clock::new(options.quick);
    let (start, before) = (Usage::now(), yardstick::seconds(&clock)?);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let (rows, keys) = pool.install(|| scheme::measure(&clock, set, &options.filter))?;
    let after = yardstick::seconds(&clock)?;
    let others = start.zip(Usage::now()).map(|(start, end)| end.others_since(start));
    Ok(Section { set: set.name, threads, yardstick: [before, after], others, rows, keys })
}
