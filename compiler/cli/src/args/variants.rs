//! Commands on several programs, or several losses of one.

use super::shared::{CostArgs, OutputArgs, ParamArgs, SampleArgs, SizeArgs, TestArgs};
use clap::Args;
use std::path::PathBuf;

/// `hep snapshot`
#[derive(Debug, Args)]
pub struct Snapshot {
    /// The programs
    #[arg(value_name = "PROG.hep", required = true)]
    pub programs: Vec<PathBuf>,
    /// Write the snapshots instead of comparing with them
    #[arg(long)]
    pub update: bool,
    /// Sizes.
    #[command(flatten)]
    pub sizes: SizeArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Cost table by which parameters are chosen [default: the one that ships, so that every machine agrees]
    #[arg(long, value_name = "COSTS.json")]
    pub costs: Option<PathBuf>,
    /// Show every changed line
    #[arg(long)]
    pub full: bool,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// What to compare: programs, plans (.hepc) or snapshots (.schedule); one program with --loss
    #[arg(value_name = "A", required = true, num_args = 1..=2)]
    pub inputs: Vec<PathBuf>,
    /// Two losses of one program; with one, the program as written is compared with it
    #[arg(long, value_name = "LOSS,LOSS", value_delimiter = ',')]
    pub loss: Vec<String>,
    /// Sizes.
    #[command(flatten)]
    pub sizes: SizeArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Show every changed line
    #[arg(long)]
    pub full: bool,
    /// End with code 1 if there are differences, as `diff` does
    #[arg(long)]
    pub exit_code: bool,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// The programs
    #[arg(value_name = "PROG.hep", required = true)]
    pub programs: Vec<PathBuf>,
    /// Losses to put in place of the one that each program differentiates: of the program or of the standard library
    #[arg(long, value_name = "LOSS,…", value_delimiter = ',')]
    pub loss: Vec<String>,
    /// Sizes.
    #[command(flatten)]
    pub sizes: SizeArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Data to train on in the clear; without, only costs are compared.
    #[command(flatten)]
    pub data: SampleArgs,
    /// Test data.
    #[command(flatten)]
    pub test: TestArgs,
    /// Write a page with plots: one file that needs nothing else
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}
