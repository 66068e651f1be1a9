//! Seconds from text to plan: every example as it is, and growth with iterations, rows, features and hidden units.
//!
//! `cargo bench -p hep-compiler --bench compile` for all, with a word for the rows whose name has it.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::unwrap_used, reason = "a benchmark ends where something fails")]

use hep_compiler::source::SourceFile;
use hep_compiler::{Options, compile};
use std::path::Path;
use std::time::Instant;

/// Sizes that grow while the others stay: program, name, values.
const GROWTH: [(&str, &str, &[usize]); 5] = [
    ("mlr_quadratic_gradient", "T", &[1, 2, 4, 6]),
    ("mlr_quadratic_gradient", "n", &[128, 512, 2048]),
    ("mlr_quadratic_gradient", "f", &[100, 200, 400]),
    ("nn_one_hidden", "n", &[64, 128, 256]),
    ("nn_one_hidden", "h", &[16, 32, 64]),
];

/// The text of an example.
fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs/examples");
    std::fs::read_to_string(folder.join(format!("{name}.hep"))).unwrap()
}

/// Compiles once and prints the seconds with what came of it.
fn measure(label: &str, name: &str, dims: Vec<(String, usize)>) {
    let source = SourceFile::new(format!("{name}.hep"), example(name));
    let options = Options { dims, ..Options::default() };
    let start = Instant::now();
    let compiled = compile(&source, &options);
    let seconds = start.elapsed().as_secs_f64();
    let outcome = match compiled {
        Ok(compiled) => format!("{} instructions", compiled.plan.server.instrs.len()),
        Err(errors) => format!("refused: {}", errors[0].title),
    };
    println!("{label:<40} {seconds:>8.2} s  {outcome}");
}

fn main() {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with("--")).unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs/examples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let programs = files.filter(|path| path.extension().is_some_and(|e| e == "hep"));
    let mut names: Vec<String> =
        programs.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names.iter().filter(|name| name.contains(&wanted)) {
        measure(name, name, Vec::new());
    }
    for (name, size, values) in GROWTH {
        for value in values {
            let label = format!("{name} {size}={value}");
            if label.contains(&wanted) {
                measure(&label, name, vec![(size.to_string(), *value)]);
            }
        }
    }
}
