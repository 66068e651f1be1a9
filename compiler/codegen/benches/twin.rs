//! Seconds of the clear twin's engines on one program, in one process: native code, the slot interpreter, whole tensors.
//!
//! `cargo bench -p hep-codegen --bench twin -- --rows 2048 --features 384 --iterations 5`
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::unwrap_used, reason = "a benchmark ends where something fails")]

use hep_codegen::Simulation;
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::interpret::Interpreter;
use hep_compiler::tensor::{owner, passes};
use hep_compiler::{Options, analyze, slot};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;
use std::time::Instant;

const PROGRAM: &str = include_str!("../../../programs/examples/mlr_quadratic_gradient.hep");
const CLASSES: usize = 10;

/// The value of `--name`.
fn option(name: &str, default: usize) -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|a| a == name);
    at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(default)
}

/// Seconds of a step that is done once.
fn once<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("{what:<34} {:>9.3} s", start.elapsed().as_secs_f64());
    result
}

/// Least seconds of an iteration.
fn least(what: &str, times: usize, mut step: impl FnMut()) -> f64 {
    let seconds = (0..times).map(|_| {
        let start = Instant::now();
        step();
        start.elapsed().as_secs_f64()
    });
    let least = seconds.fold(f64::INFINITY, f64::min);
    println!("{what:<34} {least:>9.4} s");
    least
}

/// Features that know their class a little (xorshift64).
fn data(rows: usize, features: usize) -> BTreeMap<String, Tensor> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let hint = |row: usize, column: usize| f64::from(u8::from(row % CLASSES == column % CLASSES));
    let x = (0..rows * features).map(|i| 0.8 * uniform() + 0.2 * hint(i / features, i % features)).collect();
    let y = (0..rows).map(|row| (row % CLASSES) as f64).collect();
    BTreeMap::from([
        ("X0".to_string(), Tensor::new(vec![rows, features], x).unwrap()),
        ("y".to_string(), Tensor::new(vec![rows], y).unwrap()),
    ])
}

fn main() {
    let (rows, features) = (option("--rows", 2048), option("--features", 384));
    let iterations = option("--iterations", 5);
    println!("{rows} rows, {} columns, {CLASSES} classes", features + 1);
    let dims = [("n", rows), ("f", features), ("c", CLASSES), ("T", iterations)];
    let options =
        Options { dims: dims.map(|(name, size)| (name.into(), size)).to_vec(), ..Options::default() };
    let source = SourceFile::new("mlr.hep", PROGRAM);
    let program = once("front end", || analyze(&source, &options).unwrap().program);
    let tensor = passes::optimize(program.clone());
    let data = data(rows, features);
    let uploads =
        once("the owner's program", || owner::owner_program(&tensor).unwrap().program.run(&data).unwrap());
    let packed = once("packing the program", || slot::lower_in_the_clear(&tensor).unwrap());
    let simulation = once("native code", || Simulation::compile(&packed).unwrap());
    println!(
        "{:<34} {} slots, {} nodes, {} loops, {} MiB",
        "",
        packed.slots(),
        packed.graph.len(),
        simulation.loops(),
        simulation.bytes() >> 20
    );
    let mut native = once("packing the data", || simulation.start(&uploads, u64::MAX).unwrap());
    let threads = rayon::current_num_threads();
    let fast = least(&format!("native iteration, {threads} threads"), iterations, || native.step());
    let found = native.reveals().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let mut native = simulation.start(&uploads, u64::MAX).unwrap();
        least("native iteration, 1 thread", iterations, || native.step());
    });
    let mut tensors = Interpreter::new(&program, &data).unwrap();
    let whole = least("tensor interpreter's iteration", iterations, || drop(tensors.step().unwrap()));
    let mut slots = slot::interpret::Interpreter::new(&packed, &uploads).unwrap();
    let slow = least("slot interpreter's iteration", iterations, || slots.step());
    assert!(slots.reveals().unwrap() == found, "native code and the interpreter differ");
    println!("native code is {:.1} times as fast as the slot interpreter", slow / fast);
    println!("and {:.1} times as fast as whole tensors, which have no padding", whole / fast);
}
