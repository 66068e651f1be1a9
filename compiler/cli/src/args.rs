//! The command line, as clap sees it.

mod machine;
mod program;
mod roles;
mod shared;
mod variants;

pub use machine::{Bench, BenchRefresh, Calibrate, Doctor, Measured};
pub use program::{Check, Compile, Drawn, Explain, Simulate, Stage, Std, Train};
pub use roles::{Decrypt, Encrypt, Eval, Info, Keygen, Predict, Run};
pub use shared::{
    AcceptArgs, CostArgs, DataArgs, HeaderRow, ParamArgs, PinArgs, ProgramArgs, RunArgs, SizeArgs, TestArgs,
};
pub use variants::{Compare, Diff, Snapshot};

use clap::{Parser, Subcommand};

/// Train on encrypted data by writing down the algorithm.
#[derive(Debug, Parser)]
#[command(name = "hep", version, arg_required_else_help = true, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a program: syntax, names, dimensions, places; with data also the ranges of its approximations
    #[command(after_help = "Example:\n  hep check programs/examples/lr_nesterov.hep")]
    Check(Check),
    /// Say what a program costs: depth, rotations, keys, bytes, security, precision; or what an error code means
    #[command(
        after_help = "Examples:\n  hep explain programs/examples/mlr_quadratic_gradient.hep --ring 16\n  hep explain mlr.hep --emit html > schedule.html\n  hep explain H0203"
    )]
    Explain(Explain),
    /// Compile a program to a plan, or print a stage of the pipeline
    #[command(
        after_help = "Examples:\n  hep compile mlr.hep -p n=256 -o mlr.hepc\n  hep compile mlr.hep --emit slot"
    )]
    Compile(Compile),
    /// Train in the clear with the approximations that will be evaluated: the clear twin
    #[command(
        after_help = "Example:\n  hep simulate mlr.hep --data features.npz --rows 0..128 --test-rows 128..512"
    )]
    Simulate(Simulate),
    /// Set programs or losses side by side: how they train in the clear, and what they cost on ciphertexts
    #[command(
        after_help = "Examples:\n  hep compare mlr.hep --loss sle,bce,focal\n  hep compare a.hep b.hep --data features.npz --rows 0..128 --test-rows 128..512 --html report.html"
    )]
    Compare(Compare),
    /// Keep the schedules of programs beside them, and fail when they change
    #[command(
        after_help = "The snapshot of mlr.hep is mlr.schedule. It is text, and the same on every machine: keep it under version \
control, and run the command where you run tests.\n\nExamples:\n  hep snapshot mlr.hep --update\n  hep snapshot programs/*.hep -p n=64"
    )]
    Snapshot(Snapshot),
    /// Say what one program, plan or snapshot costs more than another, and where their schedules differ
    #[command(
        after_help = "Examples:\n  hep diff old.hep new.hep\n  hep diff mlr.hep --loss sle,focal\n  hep diff mlr.schedule mlr.hep"
    )]
    Diff(Diff),
    /// List the standard library: losses, optimizers, preparations, metrics
    #[command(after_help = "Examples:\n  hep std\n  hep std losses.focal")]
    Std(Std),
    /// Owner: make the keys of a plan
    #[command(after_help = "Example:\n  hep keygen mlr.hepc -o keys/")]
    Keygen(Keygen),
    /// Owner: prepare, pack and encrypt data
    #[command(
        after_help = "Example:\n  hep encrypt mlr.hepc --keys keys/ --data features.npz --rows 0..128 -o in.hct"
    )]
    Encrypt(Encrypt),
    /// Server: run a plan on ciphertexts; needs no secret
    #[command(after_help = "Example:\n  hep run mlr.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct")]
    Run(Run),
    /// Owner: decrypt the result and write the model
    #[command(after_help = "Example:\n  hep decrypt mlr.hepc --keys keys/ --in out.hct -o model.npz")]
    Decrypt(Decrypt),
    /// Accuracy of a model on labeled data
    #[command(after_help = "Example:\n  hep eval model.npz --data features.npz --rows 128..512")]
    Eval(Eval),
    /// Labels that a model gives to rows
    #[command(after_help = "Example:\n  hep predict model.npz --data rows.csv --label none")]
    Predict(Predict),
    /// Say what a file is and what it was made under
    #[command(after_help = "Example:\n  hep info in.hct")]
    Info(Info),
    /// All roles in one process: compile, keys, encrypt, run, decrypt, evaluate
    #[command(
        after_help = "Example:\n  hep train mlr.hep --data features.npz --rows 0..128 --test-rows 128..512 -o model.npz"
    )]
    Train(Train),
    /// Measure this machine, so that predictions and choices fit it
    #[command(after_help = "Examples:\n  hep calibrate\n  hep calibrate --quick --out costs.json")]
    Calibrate(Calibrate),
    /// Time what takes longest on this machine, beside its precision and memory
    #[command(
        after_help = "Examples:\n  hep bench refresh --threads 1\n  hep bench refresh --set full-pair --json"
    )]
    Bench(Bench),
    /// Say what this machine is, how fast, and whether the built-in examples fit it
    #[command(after_help = "Example:\n  hep doctor --keys keys/")]
    Doctor(Doctor),
}

impl Command {
    /// How many threads it may use.
    pub fn threads(&self) -> usize {
        let run = match self {
            Command::Keygen(args) => &args.run,
            Command::Encrypt(args) => &args.run,
            Command::Run(args) => &args.run,
            Command::Train(args) => &args.run,
            Command::Bench(Bench { what: Measured::Refresh(args) }) => &args.run,
            _ => &RunArgs { threads: None },
        };
        crate::commands::run_options(run).threads
    }

    /// Whether it prints for machines.
    pub fn json(&self) -> bool {
        let output = match self {
            Command::Check(args) => &args.output,
            Command::Explain(args) => &args.output,
            Command::Simulate(args) => &args.output,
            Command::Compare(args) => &args.output,
            Command::Snapshot(args) => &args.output,
            Command::Diff(args) => &args.output,
            Command::Keygen(args) => &args.output,
            Command::Encrypt(args) => &args.output,
            Command::Run(args) => &args.output,
            Command::Decrypt(args) => &args.output,
            Command::Eval(args) => &args.output,
            Command::Predict(args) => &args.output,
            Command::Info(args) => &args.output,
            Command::Train(args) => &args.output,
            Command::Std(args) => &args.output,
            Command::Calibrate(args) => &args.output,
            Command::Doctor(args) => &args.output,
            Command::Bench(Bench { what: Measured::Refresh(args) }) => &args.output,
            Command::Compile(args) => &args.printed,
        };
        output.json
    }
}
