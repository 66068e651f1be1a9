//! Commands on programs.

use super::shared::{
    CostArgs, DataArgs, ForceArgs, OutputArgs, ParamArgs, ProgramArgs, RunArgs, SampleArgs, SeedArgs,
    SharedArgs, StrictArgs, TestArgs,
};
use crate::twin::Engine;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `hep check`
#[derive(Debug, Args)]
pub struct Check {
    /// Program.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Stop at the tensor graph: say nothing of whether there is a plan
    #[arg(long)]
    pub quick: bool,
    /// Data on which the ranges of all approximations are checked.
    #[command(flatten)]
    pub data: SampleArgs,
    /// Warnings.
    #[command(flatten)]
    pub strict: StrictArgs,
    /// Errors of the data.
    #[command(flatten)]
    pub force: ForceArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// Program.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Say what every optimization is worth: the program compiled without each
    #[arg(long)]
    pub passes: bool,
    /// Say what every stage of the compiler and every pass took, and how often it ran
    #[arg(long)]
    pub timings: bool,
    /// Print a drawing of the schedule instead of the report
    #[arg(long, value_enum, conflicts_with_all = ["passes", "timings", "json"])]
    pub emit: Option<Drawn>,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// How a schedule can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Drawn {
    /// For graphviz
    Dot,
    /// A page for a browser, in one file
    Html,
}

/// Stages that can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Words of the source
    Tokens,
    /// Syntax tree
    Ast,
    /// Tensor graph after its passes
    Tensor,
    /// Packed program
    Slot,
    /// Levels and scales
    Ckks,
    /// Instructions
    Plan,
    /// Tensor graph for graphviz
    Dot,
}

/// `hep compile`
#[derive(Debug, Args)]
pub struct Compile {
    /// Program.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Data that the plan is made for: sizes of values are taken from them and told to the server in powers of 16 where they
    /// do not suit the usual scales.
    #[command(flatten)]
    pub data: SampleArgs,
    /// Print a stage instead of writing a plan
    #[arg(long, value_enum, conflicts_with = "json")]
    pub emit: Option<Stage>,
    /// Warnings.
    #[command(flatten)]
    pub strict: StrictArgs,
    /// Divergence.
    #[command(flatten)]
    pub force: ForceArgs,
    /// Where the plan goes [default: the program's name with .hepc, in this folder]
    #[arg(short, long, value_name = "PLAN.hepc")]
    pub output: Option<PathBuf>,
    /// Output.
    #[command(flatten)]
    pub printed: OutputArgs,
}

/// `hep simulate`
#[derive(Debug, Args)]
pub struct Simulate {
    /// Program.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Test data.
    #[command(flatten)]
    pub test: TestArgs,
    /// What evaluates the program [default: compiled; tensors with --trace, --exact and programs without a packed form]
    #[arg(long, value_enum)]
    pub engine: Option<Engine>,
    /// Write the named values of each iteration: .json, or .npz for NumPy; needs whole tensors
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// The true functions in place of their polynomials
    #[arg(long)]
    pub exact: bool,
    /// Noise.
    #[command(flatten)]
    pub noise: NoiseArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Write the model that the twin trains
    #[arg(short, long, value_name = "MODEL.npz")]
    pub out: Option<PathBuf>,
    /// Who may read model and trace.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Warnings.
    #[command(flatten)]
    pub strict: StrictArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Whether a run in the clear has the noise of ciphertexts.
#[derive(Clone, Copy, Debug, Args)]
pub struct NoiseArgs {
    /// Train once more with the noise that ciphertexts are predicted to have, under the parameters that `hep train` takes
    #[arg(long, conflicts_with = "exact")]
    pub noise: bool,
    /// Seed of the noise
    #[arg(long, value_name = "S", default_value_t = 1, requires = "noise")]
    pub seed: u64,
}

/// `hep train`
#[derive(Debug, Args)]
pub struct Train {
    /// Program.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Test data.
    #[command(flatten)]
    pub test: TestArgs,
    /// Threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Randomness.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// Warnings.
    #[command(flatten)]
    pub strict: StrictArgs,
    /// Errors of the data.
    #[command(flatten)]
    pub force: ForceArgs,
    /// Where the model goes
    #[arg(short, long, value_name = "MODEL.npz")]
    pub out: Option<PathBuf>,
    /// Who may read the model.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep std`
#[derive(Debug, Args)]
pub struct Std {
    /// A module or a definition, e.g. losses or losses.focal [default: an overview]
    #[arg(value_name = "ITEM")]
    pub item: Option<String>,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}
