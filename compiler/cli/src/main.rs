//! The command `hep`: arguments, files, progress and exit codes around the compiler and the runtime.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage.

mod args;
mod commands;
mod costs;
mod data;
mod difference;
mod failure;
mod figures;
mod fit;
mod model;
#[cfg(test)]
mod mutants;
mod outputs;
mod planned;
mod progress;
mod sizes;
mod source;
mod svg;
mod table;
mod trace;
mod twin;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse(); // clap leaves with 2 on wrong usage
    let result = commands::kernels_can_be_had().and_then(|()| match cli.command {
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
        Command::Doctor(args) => commands::doctor::run(&args),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{failure}");
            failure.exit_code()
        }
    }
}
