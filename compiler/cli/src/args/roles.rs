//! Commands of the roles, on the files they exchange.

use super::shared::{
    AcceptArgs, CostArgs, DataArgs, OutputArgs, PinArgs, RunArgs, SeedArgs, SharedArgs, byte_count,
};
use clap::Args;
use std::path::PathBuf;

/// `hep keygen`
#[derive(Debug, Args)]
pub struct Keygen {
    /// The plan
    #[arg(value_name = "PLAN.hepc")]
    pub plan: PathBuf,
    /// Folder for secret.key, public.key and eval.keys
    #[arg(short, long, value_name = "KEYS")]
    pub out: PathBuf,
    /// Which plans are taken.
    #[command(flatten)]
    pub accept: AcceptArgs,
    /// Threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Randomness.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep encrypt`
#[derive(Debug, Args)]
pub struct Encrypt {
    /// The plan
    #[arg(value_name = "PLAN.hepc")]
    pub plan: PathBuf,
    /// Folder of the keys
    #[arg(long, value_name = "KEYS")]
    pub keys: PathBuf,
    /// Data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Where the ciphertexts go
    #[arg(short, long, value_name = "IN.hct")]
    pub out: PathBuf,
    /// Where the owner's state goes (never sent to the server) [default: beside the keys, as owner-UPLOAD.state, where `hep decrypt`
    /// finds it]
    #[arg(long, value_name = "OWNER.state")]
    pub owner: Option<PathBuf>,
    /// Which plans are taken.
    #[command(flatten)]
    pub accept: AcceptArgs,
    /// Threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Randomness.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep run`
#[derive(Debug, Args)]
pub struct Run {
    /// The plan
    #[arg(value_name = "PLAN.hepc")]
    pub plan: PathBuf,
    /// The evaluation keys
    #[arg(long, value_name = "eval.keys")]
    pub eval_keys: PathBuf,
    /// The ciphertexts
    #[arg(long = "in", value_name = "IN.hct")]
    pub input: PathBuf,
    /// Where the result goes
    #[arg(short, long, value_name = "OUT.hct")]
    pub out: PathBuf,
    /// Iterations in all, the end of a run of the loop [default: those of the plan]
    #[arg(long, value_name = "N")]
    pub iterations: Option<u32>,
    /// Where to keep what was reached: now and then, and when the first signal asks to end (exit code 75)
    #[arg(long, value_name = "FILE.checkpoint")]
    pub checkpoint: Option<PathBuf>,
    /// Seconds between checkpoints, at least
    #[arg(long, value_name = "SECONDS", default_value_t = 30, requires = "checkpoint")]
    pub checkpoint_every: u64,
    /// A checkpoint to go on with
    #[arg(long, value_name = "FILE.checkpoint")]
    pub resume: Option<PathBuf>,
    /// Most memory of the process; with less than its threads would take it uses fewer [default: what the plan was made for, else
    /// what the machine has left]
    #[arg(long, value_name = "BYTES", value_parser = byte_count)]
    pub memory: Option<u64>,
    /// Which plan is taken.
    #[command(flatten)]
    pub pin: PinArgs,
    /// Threads.
    #[command(flatten)]
    pub run: RunArgs,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep decrypt`
#[derive(Debug, Args)]
pub struct Decrypt {
    /// The plan
    #[arg(value_name = "PLAN.hepc")]
    pub plan: PathBuf,
    /// Folder of the keys
    #[arg(long, value_name = "KEYS")]
    pub keys: PathBuf,
    /// The owner's state [default: the one beside the keys that was written when the data of this result were encrypted]
    #[arg(long, value_name = "OWNER.state")]
    pub owner: Option<PathBuf>,
    /// The encrypted result
    #[arg(long = "in", value_name = "OUT.hct")]
    pub input: PathBuf,
    /// Where the model goes
    #[arg(short, long, value_name = "MODEL.npz")]
    pub out: PathBuf,
    /// Who may read the model.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Round what is revealed to so many bits after the point, where the plan's precision is finer: fewer numbers tell the
    /// sign of their noise to whoever sees the model
    #[arg(long, value_name = "BITS", allow_negative_numbers = true)]
    pub round: Option<i32>,
    /// Which plans are taken.
    #[command(flatten)]
    pub accept: AcceptArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep eval`
#[derive(Debug, Args)]
pub struct Eval {
    /// The model
    #[arg(value_name = "MODEL.npz")]
    pub model: PathBuf,
    /// Data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep predict`
#[derive(Debug, Args)]
pub struct Predict {
    /// The model
    #[arg(value_name = "MODEL.npz")]
    pub model: PathBuf,
    /// Data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep info`
#[derive(Debug, Args)]
pub struct Info {
    /// Any file or folder: a program, data, a plan, keys, ciphertexts, a state, a model
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}
