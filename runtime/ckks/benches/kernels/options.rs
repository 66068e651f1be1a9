//! The command line.

use crate::sets::{P1, P2, Set};
use std::path::PathBuf;

pub const HELP: &str = "\
cargo bench -p hep-ckks -- [OPTIONS]
  --json FILE      also write everything as JSON
  --quick          fewer repetitions
  --filter TEXT    only kernels whose name contains TEXT
  --threads LIST   numbers of threads, for instance 1 or 1,2 [default: 1,2]
  --sets LIST      P1, P2 or P1,P2 [default: P1,P2]
To pin a single-thread run: taskset -c 0 cargo bench -p hep-ckks -- --threads 1";

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    pub help: bool,
    pub quick: bool,
    pub filter: String,
    pub threads: Vec<usize>,
    pub sets: Vec<Set>,
    pub json: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            help: false,
            quick: false,
            filter: String::new(),
            threads: vec![1, 2],
            sets: vec![P1, P2],
            json: None,
        }
    }
}

impl Options {
    /// Reads the words after the program's name.
    pub fn from_arguments(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut words, mut options) = (words, Self::default());
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n\n{HELP}"));
            match word.as_str() {
                // What cargo adds.
                "--bench" | "--test" => {}
                "--help" | "-h" => options.help = true,
                "--quick" => options.quick = true,
                "--filter" => options.filter = value()?,
                "--json" => options.json = Some(value()?.into()),
                "--threads" => {
                    options.threads = value()?.split(',').map(threads).collect::<Result<_, _>>()?
                }
                "--sets" => options.sets = value()?.split(',').map(set).collect::<Result<_, _>>()?,
                _ => return Err(format!("unknown option `{word}`\n\n{HELP}")),
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

fn set(text: &str) -> Result<Set, String> {
    let found = [P1, P2].into_iter().find(|set| set.name.eq_ignore_ascii_case(text.trim()));
    found.ok_or_else(|| format!("`{text}` is no parameter set: expected P1 or P2"))
}
