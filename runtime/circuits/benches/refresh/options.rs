//! The command line.

use std::path::PathBuf;

use hep_calibrate::refresh::{RefreshSet, all};

/// Bytes that the process may take unless told: 16 GiB.
const MEMORY: u64 = 16 << 30;

const HELP: &str = "\
cargo bench -p hep-circuits --features secret -- [OPTIONS]
  --sets LIST      names of sets, see below [default: all]
  --threads LIST   numbers of threads, for instance 1 or 1,2 [default: 1,2]
  --memory GIB     most memory; of sets that take more, only what they take is said [default: 16]
  --quick          fewer repetitions
  --json FILE      also write everything as JSON
Sets: ";

pub fn help() -> String {
    HELP.to_string() + &names()
}

fn names() -> String {
    all().iter().map(|set| set.name).collect::<Vec<_>>().join(", ")
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    pub help: bool,
    pub quick: bool,
    pub threads: Vec<usize>,
    pub memory: u64,
    pub sets: Vec<RefreshSet>,
    pub json: Option<PathBuf>,
}

impl Options {
    /// Reads the words after the program's name.
    pub fn from_arguments(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words;
        let mut options =
            Self { help: false, quick: false, threads: vec![1, 2], memory: MEMORY, sets: all(), json: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n\n{}", help()));
            match word.as_str() {
                // What cargo adds.
                "--bench" | "--test" => {}
                "--help" | "-h" => options.help = true,
                "--quick" => options.quick = true,
                "--json" => options.json = Some(value()?.into()),
                "--memory" => options.memory = gibibytes(&value()?)?,
                "--threads" => {
                    options.threads = value()?.split(',').map(threads).collect::<Result<_, _>>()?
                }
                "--sets" => options.sets = value()?.split(',').map(set).collect::<Result<_, _>>()?,
                _ => return Err(format!("unknown option `{word}`\n\n{}", help())),
            }
        }
        Ok(options)
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err(format!("`{text}` is no number of threads: expected 1 to 1024")),
    }
}

fn gibibytes(text: &str) -> Result<u64, String> {
    match text.trim().parse::<f64>() {
        Ok(count) if count > 0.0 && count < 1e6 => Ok((count * 30f64.exp2()) as u64),
        _ => Err(format!("`{text}` is no number of GiB: expected for instance 16")),
    }
}

fn set(text: &str) -> Result<RefreshSet, String> {
    let found = all().into_iter().find(|set| set.name == text.trim());
    found.ok_or_else(|| format!("`{text}` is no set: expected one of {}", names()))
}
