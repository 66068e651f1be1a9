//! The command `hep`: arguments, files, progress and exit codes around the compiler and the runtime.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 75 stopped with something to go on with.

mod allocator;
mod args;
mod commands;
mod costs;
mod data;
mod difference;
mod failure;
mod figures;
mod fit;
mod kinds;
mod model;
#[cfg(test)]
mod mutants;
mod on_data;
mod outputs;
mod planned;
mod progress;
mod sizes;
mod source;
mod spelling;
mod streams;
mod svg;
mod table;
mod trace;
mod twin;

use args::{Cli, Command};
use clap::Parser;
use clap::error::{ContextKind, ErrorKind};
use failure::Failure;
use hep_plan::visible::is_hidden;
use std::process::ExitCode;
use streams::{print_json, print_styled, say, say_styled};

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

fn main() -> ExitCode {
    allocator::prepare();
    hep_format::place::long_files_are_errors();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(mut error) => {
            if error.kind() == ErrorKind::UnknownArgument {
                // Values that look like options are no use to any command.
                error.remove(ContextKind::Suggested);
            }
            return unparsed(&error);
        }
    };
    let json = cli.command.json();
    if json {
        allocator::print_json();
    }
    match started(&cli.command).and_then(|()| run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure, json),
    }
}

/// Refuses to start under kernels that the environment asks for and this processor lacks, and without threads.
fn started(command: &Command) -> Result<(), Failure> {
    hep_server::machine::instruction_set()?;
    if matches!(command, Command::Std(_)) {
        return Ok(());
    }
    hep_server::executor::start_threads(command.threads()).map_err(hep_owner::Error::from)?;
    Ok(())
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Check(args) => commands::check::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Compile(args) => commands::compile::run(&args),
        Command::Simulate(args) => commands::simulate::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Snapshot(args) => commands::snapshot::run(&args),
        Command::Diff(args) => commands::diff::run(&args),
        Command::Keygen(args) => commands::keygen::run(&args),
        Command::Encrypt(args) => commands::encrypt::run(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Decrypt(args) => commands::decrypt::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Info(args) => commands::info::run(&args),
        Command::Std(args) => commands::library::run(&args),
        Command::Train(args) => commands::train::run(&args),
        Command::Calibrate(args) => commands::calibrate::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Doctor(args) => commands::doctor::run(&args),
    }
}

/// Says why a command failed: to people on standard error, to machines on standard output.
fn failed(failure: &Failure, json: bool) -> ExitCode {
    say(failure);
    if let Some(document) = failure::document(failure).filter(|_| json)
        && let Err(full) = print_json(&document)
    {
        say(full);
    }
    failure.exit_code()
}

/// Help and version are results; everything else is wrong usage.
fn unparsed(error: &clap::Error) -> ExitCode {
    let text = error.render().ansi().to_string();
    if !error.use_stderr() {
        return print_styled(&text).map_or_else(|full| failed(&full, false), |()| ExitCode::SUCCESS);
    }
    // The message repeats what was typed.
    if std::env::args().any(|word| word.contains(is_hidden)) {
        say(error.render());
    } else {
        say_styled(text);
    }
    if std::env::args_os().any(|word| word == "--json")
        && let Err(full) = print_json(&failure::misused(&error.render().to_string()))
    {
        say(full);
    }
    ExitCode::from(2)
}
