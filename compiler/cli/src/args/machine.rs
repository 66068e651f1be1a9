//! Commands on the machine.

use super::shared::{CostArgs, OutputArgs, ring};
use clap::Args;
use hep_calibrate::MEASURABLE;
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
