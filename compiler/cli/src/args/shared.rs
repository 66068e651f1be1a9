//! Options that several commands share. A command that takes one of them flattens its group, so that an option has one
//! name, one meaning and one help everywhere.

use clap::builder::RangedI64ValueParser;
use clap::{Args, ValueEnum};
use hep_compiler::optimization::Optimization;
use hep_params::limits::{MAX_LOG_N, MIN_LOG_N};
use hep_plan::params::Security;
use std::ops::RangeInclusive;
use std::path::PathBuf;

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
    /// Loss to take in place of the one that the program differentiates: of the program, or of the standard library
    #[arg(long, value_name = "NAME")]
    pub loss: Option<String>,
    /// Sizes.
    #[command(flatten)]
    pub sizes: SizeArgs,
}

/// Sizes that replace those of a program.
#[derive(Clone, Debug, Args)]
pub struct SizeArgs {
    /// Size of a dimension, e.g. -p n=256; repeat for more
    #[arg(short = 'p', long = "param", value_name = "DIM=SIZE", value_parser = dim)]
    pub dims: Vec<(String, usize)>,
}

/// A ring degree, as a power of two, out of those that something can do.
pub(super) fn ring(among: RangeInclusive<u32>) -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(*among.start())..=i64::from(*among.end()))
}

/// How parameters are chosen.
#[derive(Clone, Debug, Args)]
pub struct ParamArgs {
    /// Force the ring degree 2^N instead of choosing the cheapest secure one: 12 to 17, fewer with --insecure
    #[arg(long, value_name = "N", value_parser = ring(MIN_LOG_N..=MAX_LOG_N))]
    pub ring: Option<u32>,
    /// Bits after the point that every revealed number must have, for data of usual size; of the largest element of a tensor 4 less
    /// are promised on given data (`hep explain H0502`)
    #[arg(long, value_name = "BITS", default_value_t = Self::PRECISION, value_parser = bits)]
    pub precision: f64,
    /// Most memory of the evaluation keys; where they would take more, rotations are composed from fewer keys. Units are decimal
    /// (kB, MB, GB) or binary (KiB, MiB, GiB)
    #[arg(long, value_name = "BYTES", default_value = "20GB", value_parser = byte_count)]
    pub key_budget: u64,
    /// Most memory of a run, the whole process; where it would take more, copies of the data are made again where they are used, and
    /// rotations are composed from fewer keys [default: 12GB where that is possible]
    #[arg(long, value_name = "BYTES", value_parser = byte_count)]
    pub memory: Option<u64>,
    /// Let the upload grow to so many bytes where that saves the server time [default: the smallest upload]
    #[arg(long, value_name = "BYTES", value_parser = byte_count)]
    pub upload_budget: Option<u64>,
    /// Leave an optimization out, e.g. giant-steps; repeat for more. `hep explain --passes` lists them with what each is worth
    #[arg(long, value_name = "NAME", value_parser = optimization)]
    pub without: Vec<Optimization>,
    /// Bits of security against classical attacks, by the table of ePrint 2024/463
    #[arg(long, value_name = "128|192|256", default_value = "128", value_parser = security, conflicts_with = "insecure")]
    pub security: Security,
    /// For tests: no security at all, with the ring given by --ring; every file is marked
    #[arg(long, requires = "ring")]
    pub insecure: bool,
}

impl ParamArgs {
    /// Bits of precision unless told.
    pub const PRECISION: f64 = 16.0;
}

/// Which data are read.
#[derive(Clone, Debug, Args)]
pub struct DataArgs {
    /// Data file: CSV (see --label) or .npz with x, y or xtrain, ytrain, xtest, ytest
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Rows.
    #[command(flatten)]
    pub rows: RowArgs,
}

/// Data that a command uses where they are given.
#[derive(Clone, Debug, Args)]
pub struct SampleArgs {
    /// Data file: CSV (see --label) or .npz with x, y or xtrain, ytrain, xtest, ytest
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Rows.
    #[command(flatten)]
    pub rows: RowArgs,
}

impl SampleArgs {
    /// The data, where a file is named.
    pub fn given(&self) -> Option<DataArgs> {
        self.data.clone().map(|data| DataArgs { data, rows: self.rows.clone() })
    }
}

/// What is read of a data file.
#[derive(Clone, Debug, Args)]
pub struct RowArgs {
    /// Which column of a CSV holds the label, by name or by its place from 1; what is named here is taken, even where it hardly
    /// looks like labels [default: the first of data to train on; the one of the training where a model is used]
    #[arg(long, value_name = "NAME|first|last|none|N", allow_negative_numbers = true)]
    pub label: Option<String>,
    /// Whether the first row of a CSV names its columns [default: looked at]
    #[arg(long, value_name = "yes|no", value_enum)]
    pub header: Option<HeaderRow>,
    /// Rows to use, end excluded
    #[arg(long, value_name = "A..B", requires = "data")]
    pub rows: Option<String>,
}

/// What the first row of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HeaderRow {
    /// Names of the columns
    Yes,
    /// A row of data
    No,
}

/// Data to test on.
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    /// Test data: another file of the same form
    #[arg(long, value_name = "FILE", requires = "data")]
    pub test: Option<PathBuf>,
    /// Rows to test on, end excluded: of --test, else of --data
    #[arg(long, value_name = "A..B", requires = "data")]
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

/// Which plans a command takes.
#[derive(Clone, Debug, Args)]
pub struct PinArgs {
    /// Refuse any other plan than the one with this fingerprint, which `hep keygen` and `hep info` print
    #[arg(long, value_name = "HEX")]
    pub plan_fingerprint: Option<String>,
}

/// Which plans the owner's commands take.
#[derive(Clone, Debug, Args)]
pub struct AcceptArgs {
    /// For tests: take a plan without security, which is refused otherwise
    #[arg(long)]
    pub insecure: bool,
    /// The plan.
    #[command(flatten)]
    pub pin: PinArgs,
}

/// What warnings mean.
#[derive(Clone, Copy, Debug, Args)]
pub struct StrictArgs {
    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,
}

/// What stops a training.
#[derive(Clone, Copy, Debug, Args)]
pub struct ForceArgs {
    /// Go on where training in the clear leaves a range by far or diverges on these data; a model that is made is marked
    #[arg(long)]
    pub force: bool,
}

/// Who may read what the owner's data have told.
#[derive(Clone, Copy, Debug, Args)]
pub struct SharedArgs {
    /// Let others read the file, as the umask allows: models and traces hold statistics of the data, and are for you alone otherwise
    #[arg(long)]
    pub shared: bool,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgs {
    /// Print JSON for machines
    #[arg(long)]
    pub json: bool,
}

fn dim(text: &str) -> Result<(String, usize), String> {
    let (name, size) = text.split_once('=').ok_or("expected DIM=SIZE, for instance n=256")?;
    let size = size.trim().parse().map_err(|_| format!("`{size}` is no size: expected a whole number"))?;
    Ok((name.trim().to_string(), size))
}

/// An optimization by name.
fn optimization(text: &str) -> Result<Optimization, String> {
    let names = || Optimization::ALL.map(Optimization::name).join(", ");
    Optimization::named(text)
        .ok_or_else(|| format!("no optimization has this name: expected one of {}", names()))
}

/// A claim of security by its bits.
fn security(text: &str) -> Result<Security, String> {
    let claim = text.parse().ok().and_then(Security::of_bits);
    claim.ok_or_else(|| "expected 128, 192 or 256".into())
}

/// A number of bytes with its unit.
pub(super) fn byte_count(text: &str) -> Result<u64, String> {
    let expected = || format!("`{text}` is no number of bytes: expected for instance 4GB, 500MB or 2GiB");
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "kib" => f64::from(1 << 10),
        "mib" => f64::from(1 << 20),
        "gib" => f64::from(1 << 30),
        _ => return Err(expected()),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number * factor <= 1e15 => Ok((number * factor) as u64),
        _ => Err(expected()),
    }
}

fn bits(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(bits) if (1.0..=40.0).contains(&bits) => Ok(bits),
        _ => Err("expected a number of bits between 1 and 40".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::byte_count;

    #[test]
    fn bytes_are_read_with_their_unit() {
        assert_eq!(byte_count("20GB"), Ok(hep_compiler::KEY_BUDGET));
        assert_eq!(byte_count("1.5 MB"), Ok(1_500_000));
        assert_eq!(byte_count("2GiB"), Ok(2 << 30));
        assert_eq!(byte_count("64kb"), Ok(64_000));
        assert_eq!(byte_count("4096"), Ok(4096));
        for wrong in ["", "GB", "-1GB", "0", "4 apples", "1e99", "1.2.3MB", "9999999GB"] {
            assert!(byte_count(wrong).is_err(), "{wrong}");
        }
    }
}
