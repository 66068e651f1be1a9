//! Commands on the machine.

use super::shared::{CostArgs, OutputArgs, RunArgs, byte_count, ring};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use hep_calibrate::MEASURABLE;
use hep_calibrate::refresh::{SMALL_RINGS, standard};
use std::path::PathBuf;

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
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = ring(MEASURABLE))]
    pub rings: Vec<u32>,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `hep bench`
#[derive(Debug, Args)]
pub struct Bench {
    /// What is timed.
    #[command(subcommand)]
    pub what: Measured,
}

/// What `hep bench` times.
#[derive(Debug, Subcommand)]
pub enum Measured {
    /// Refresh ciphertexts (bootstrapping) on the ring 2^16 at 128 bits: seconds, precision, memory
    #[command(
        after_help = "Examples:\n  hep bench refresh --threads 1\n  hep bench refresh --set full-pair --json"
    )]
    Refresh(BenchRefresh),
}

/// `hep bench refresh`
#[derive(Debug, Args)]
pub struct BenchRefresh {
    /// Set to measure; repeat for more [default: all]
    #[arg(long = "set", value_name = "NAME", value_parser = PossibleValuesParser::new(standard().into_iter().map(|set| set.name)))]
    pub sets: Vec<String>,
    /// Most memory of the process; sets that take more are left out [default: what the machine has left]
    #[arg(long, value_name = "BYTES", value_parser = byte_count)]
    pub memory: Option<u64>,
    /// Measure on a smaller ring 2^N, which takes seconds and says nothing about the large one; needs --insecure
    #[arg(long, value_name = "N", value_parser = ring(SMALL_RINGS), requires = "insecure")]
    pub ring: Option<u32>,
    /// For tests: no security at all, with the ring given by --ring
    #[arg(long, requires = "ring")]
    pub insecure: bool,
    /// Threads.
    #[command(flatten)]
    pub run: RunArgs,
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
