//! The command line, as clap sees it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

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
        after_help = "Examples:\n  hep explain programs/examples/mlr_quadratic_gradient.hep --ring 16\n  hep explain H0203"
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
    #[command(
        after_help = "Example:\n  hep decrypt mlr.hepc --keys keys/ --owner keys/owner.state --in out.hct -o model.npz"
    )]
    Decrypt(Decrypt),
    /// Accuracy of a model on labelled data
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
    /// Say what this machine is, how fast, and whether the built-in examples fit it
    #[command(after_help = "Example:\n  hep doctor --keys keys/")]
    Doctor(Doctor),
}

/// Whose costs are used.
#[derive(Clone, Debug, Args)]
pub struct CostArgs {
    /// Cost table of the machine that will run the program [default: what `hep calibrate` wrote, else the one that ships]
    #[arg(long, value_name = "COSTS.json")]
    pub costs: Option<PathBuf>,
}

/// How a program is read.
#[derive(Clone, Debug, Args)]
pub struct ProgramArgs {
    /// The program
    #[arg(value_name = "PROG.hep")]
    pub program: PathBuf,
    /// Size of a dimension, e.g. -p n=256; repeat for more
    #[arg(short = 'p', long = "param", value_name = "DIM=SIZE", value_parser = dim)]
    pub dims: Vec<(String, usize)>,
}

/// How parameters are chosen.
#[derive(Clone, Debug, Args)]
pub struct ParamArgs {
    /// Force the ring degree 2^N instead of choosing the cheapest secure one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=17))]
    pub ring: Option<u32>,
    /// Bits after the binary point that every revealed number must have
    #[arg(long, value_name = "BITS", default_value_t = 16.0, value_parser = bits)]
    pub precision: f64,
    /// For tests: no security at all, with the ring given by --ring; every file is marked
    #[arg(long, requires = "ring")]
    pub insecure: bool,
}

/// Which data are read.
#[derive(Clone, Debug, Args)]
pub struct DataArgs {
    /// Data file: CSV (label column first) or .npz with x, y or xtrain, ytrain, xtest, ytest
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Which column of a CSV holds the label
    #[arg(long, value_name = "NAME|first|last|none", default_value = "first")]
    pub label: String,
    /// Rows to use, end excluded
    #[arg(long, value_name = "A..B")]
    pub rows: Option<String>,
}

/// Data to test on.
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    /// Test data: another file of the same form
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    /// Rows to test on, end excluded: of --test, else of --data
    #[arg(long, value_name = "A..B")]
    pub test_rows: Option<String>,
}

/// How a run uses the machine.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Worker threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Where randomness comes from.
#[derive(Clone, Debug, Args)]
pub struct SeedArgs {
    /// Reproducible randomness, for tests; marks every output insecure
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgs {
    /// Print JSON for machines
    #[arg(long)]
    pub json: bool,
}

/// `hep check`
#[derive(Debug, Args)]
pub struct Check {
    /// Program.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Data file: also checks the ranges of all approximations on it
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Which column of a CSV holds the label
    #[arg(long, value_name = "NAME|first|last", default_value = "first")]
    pub label: String,
    /// Rows to use, end excluded
    #[arg(long, value_name = "A..B", requires = "data")]
    pub rows: Option<String>,
    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,
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
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
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
    /// Print a stage instead of writing a plan
    #[arg(long, value_enum)]
    pub emit: Option<Stage>,
    /// Where the plan goes [default: the program's name with .hepc, in this folder]
    #[arg(short, long, value_name = "PLAN.hepc")]
    pub output: Option<PathBuf>,
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
    /// Write the named values of each iteration: .json, or .npz for NumPy
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Write the model that the twin trains
    #[arg(short, long, value_name = "MODEL.npz")]
    pub out: Option<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep keygen`
#[derive(Debug, Args)]
pub struct Keygen {
    /// The plan
    #[arg(value_name = "PLAN.hepc")]
    pub plan: PathBuf,
    /// Folder for secret.key, public.key and eval.keys
    #[arg(short, long, value_name = "KEYS")]
    pub out: PathBuf,
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
    /// Where the owner's state goes (never sent to the server) [default: owner.state beside the keys]
    #[arg(long, value_name = "OWNER.state")]
    pub owner: Option<PathBuf>,
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
    /// The owner's state [default: owner.state beside the keys]
    #[arg(long, value_name = "OWNER.state")]
    pub owner: Option<PathBuf>,
    /// The encrypted result
    #[arg(long = "in", value_name = "OUT.hct")]
    pub input: PathBuf,
    /// Where the model goes
    #[arg(short, long, value_name = "MODEL.npz")]
    pub out: PathBuf,
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
    /// Any file that hep wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
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
    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,
    /// Where the model goes
    #[arg(short, long, value_name = "MODEL.npz")]
    pub out: Option<PathBuf>,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep calibrate`
#[derive(Debug, Args)]
pub struct Calibrate {
    /// Where the table goes [default: hep/costs.json in the user's cache folder, where every command finds it]
    #[arg(short, long, value_name = "COSTS.json")]
    pub out: Option<PathBuf>,
    /// Few repetitions: a rough table in a fraction of the time
    #[arg(long)]
    pub quick: bool,
    /// Rings to measure, as powers of two, e.g. 13,14; others are predicted from the nearest [default: 12,13,14,15,16]
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(10..=17))]
    pub rings: Vec<u32>,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Folder where keys would go
    #[arg(long, value_name = "KEYS", default_value = ".")]
    pub keys: PathBuf,
    /// Costs.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

fn dim(text: &str) -> Result<(String, usize), String> {
    let (name, size) = text.split_once('=').ok_or("expected DIM=SIZE, for instance n=256")?;
    let size = size.trim().parse().map_err(|_| format!("`{size}` is no size: expected a whole number"))?;
    Ok((name.trim().to_string(), size))
}

fn bits(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(bits) if (1.0..=40.0).contains(&bits) => Ok(bits),
        _ => Err("expected a number of bits between 1 and 40".into()),
    }
}
