//! Passes on schedules, from the text files of `forms/PASS`.
//!
//! Counted are operations by their names in the text, and `rotations`, `divisions` (by the special modulus or by a prime) and `keys`.

#[path = "../../tensor/tests/runner/mod.rs"]
mod runner;

use hep_back::ckks::graph::Refreshes;
use hep_back::ckks::passes::keys::{self, ladder};
use hep_back::ckks::passes::{
    Lifetime, Prices, double_hoisting, fuse_rescale, radix4, relinearize, rematerialize, rotate_sum,
};
use hep_back::ckks::print::print;
use hep_back::ckks::read::read;
use hep_back::ckks::unroll::{self, Unrolled};
use hep_back::ckks::verify::verify;
use hep_back::ckks::{Program, interpret};
use hep_plan::cost::CostTable;
use hep_plan::isa::Switch;
use hep_plan::params::{Params, Security};
use hep_plan::{Parts, Tables, Tensor, primes::nearest};
use hep_tensor::dag::Dag;
use runner::Form;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A schedule, for the runner.
#[derive(Clone)]
struct Schedule(Program);

impl Form for Schedule {
    const WORD: &'static str = "ckks";

    fn read(text: &str) -> Result<Self, String> {
        read(text).map(Self).map_err(|error| error.to_string())
    }

    fn text(&self) -> String {
        print(&self.0)
    }

    fn verify(&self) -> Vec<String> {
        verify(&self.0)
    }

    fn after(&self, pass: &str) -> Self {
        Self(run(pass, &self.0))
    }

    /// What has no levels yet is not sound.
    fn is_sound_after(pass: &str) -> bool {
        !pass.starts_with("rematerialize")
    }

    fn counted(&self, what: &str) -> usize {
        counted(&self.0, what)
    }

    fn alike(&self, other: &Self) -> bool {
        alike(&self.0, &other.0)
    }
}

fn run(pass: &str, program: &Program) -> Program {
    let ring = CostTable::shipped().ring(15);
    let prices = |merged| Prices { ring: &ring, digit_limbs: 2, merged };
    match pass {
        "double_hoisting" => double_hoisting(program).unwrap_or_else(|| program.clone()),
        "fuse_rescale" => fuse_rescale(program),
        "radix4" => radix4(program),
        "relinearize" => relinearize(program, prices(true)),
        "relinearize before rescales" => relinearize(program, prices(false)),
        "rematerialize by iteration" => rematerialized(program, Lifetime::Iteration),
        "rematerialize by operation" => rematerialized(program, Lifetime::Operation),
        "rotate_sum" => rotate_sum(program).unwrap_or_else(|| program.clone()),
        _ => {
            let count = pass.strip_prefix("keys of ").expect("a pass").parse().expect("a number of keys");
            with_keys(program, count)
        }
    }
}

/// The fastest schedule with so many keys of rotations.
fn with_keys(program: &Program, count: usize) -> Program {
    let log_n = program.slots.ilog2() + 1;
    let q = nearest(40, log_n, program.depth as usize + 1, &[]).expect("enough primes");
    let p = nearest(45, log_n, 1, &q).expect("enough primes");
    let params = Params { log_n, q, p, digit_limbs: 1, security: Security::Insecure, refresh: Vec::new() };
    let prices = keys::Prices { params: &params, ring: &CostTable::shipped().ring(log_n) };
    let rungs = ladder(program, prices);
    let composed = rungs.iter().map(|rung| rung.composed(program).map_or(program.clone(), |c| c.program));
    composed.into_iter().find(|composed| counted(composed, "keys") <= count).expect("so few keys")
}

/// The pass is before levels and scales: all are the same here.
fn rematerialized(program: &Program, lifetime: Lifetime) -> Program {
    let graph = &program.graph;
    let mut unplaced = Dag::new();
    for id in graph.ids() {
        let node = graph.node(id).clone();
        let node = unroll::Node { op: node.op, of_uploads: node.of_uploads, origin: node.origin };
        unplaced.push(node, graph.operands(id).to_vec());
    }
    let outputs = program.outputs.iter().map(|output| output.values.clone()).collect();
    let (parts, constants) = (program.parts.clone(), program.constants.clone());
    let made = rematerialize(
        Unrolled {
            graph: unplaced,
            parts,
            repeats: None,
            tables: Tables::default(),
            refreshes: Refreshes::default(),
            constants,
            outputs,
        },
        lifetime,
    );
    let mut changed = Program { graph: Dag::new(), parts: Parts::default(), ..program.clone() };
    let like = graph.node(graph.ids().next().expect("a node"));
    for id in made.graph.ids() {
        let unroll::Node { op, of_uploads, origin } = made.graph.node(id).clone();
        let node = hep_back::ckks::graph::Node { op, of_uploads, origin, ..like.clone() };
        changed.graph.push(node, made.graph.operands(id).to_vec());
    }
    changed.parts = made.parts;
    changed.outputs.iter_mut().zip(made.outputs).for_each(|(output, values)| output.values = values);
    changed
}

fn counted(program: &Program, what: &str) -> usize {
    let graph = &program.graph;
    let ops = || graph.ids().map(|id| (&graph.node(id).op, graph.operands(id)));
    match what {
        "rotations" => ops().flat_map(|(op, on)| op.rotations(on)).map(|(_, count)| count as usize).sum(),
        "divisions" => ops().filter(|(op, _)| op.row().switch != Switch::None || op.rescales()).count(),
        "keys" => ops()
            .flat_map(|(op, _)| op.turns())
            .filter(|t| !t.1.is_zero())
            .map(|t| t.1)
            .collect::<BTreeSet<_>>()
            .len(),
        name => ops().filter(|(op, _)| op.name() == name).count(),
    }
}

fn meaning(program: &Program) -> BTreeMap<String, Tensor> {
    let number = |upload: usize, at: usize| ((at * (2 * upload + 3) + upload) % 13) as f64 - 4.0;
    let uploads = program.uploads.iter().enumerate().map(|(upload, of)| {
        let shape = of.layout.shape.clone();
        let numbers = (0..shape.iter().product()).map(|at| number(upload, at)).collect();
        (of.name.clone(), Tensor::new(shape, numbers).expect("as many numbers"))
    });
    interpret::run(program, &uploads.collect(), |_, _| {}).expect("all uploads are there")
}

fn alike(a: &Program, b: &Program) -> bool {
    let (a, b) = (meaning(a), meaning(b));
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-9 * (1.0 + x.abs());
    a.len() == b.len() && a.iter().all(|(name, a)| a.data.iter().zip(&b[name].data).all(near))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms")
}

#[test]
fn passes_do_what_the_files_say() {
    runner::assert_as_said::<Schedule>(&folder(), 7);
}

#[test]
fn texts_that_are_cut_or_changed_never_panic() {
    runner::assert_sturdy::<Schedule>(&folder());
}

#[test]
fn errors_name_the_line_and_what_is_expected() {
    let text = runner::outcome::<Schedule>(&folder().join("fuse_rescale/one_division.txt"));
    for (from, to, message) in [
        ("ckks ", "slots ", "line 1: expected `ckks `, found"),
        (
            "4 slots",
            "5 slots",
            "line 1: expected a power of two of slots, found `5 slots, depth 1, 0 iterations`",
        ),
        ("[n:4·1]\nscale", "[n:8·1]\nscale", "line 2: expected a layout of this shape, found `[n:8·1]`"),
        ("%0*%0", "%0*%1", "line 8: expected `%` with a number below 1, found `%1`"),
        ("= relinearize_rescale", "= relinear", "line 9: expected an operation, found `relinear %1`"),
        ("@1 S2", "@2 S2", "line 9: expected `@` with a number below 2, found `@2 S2 t0`"),
        ("@1 S2", "@1 S3", "line 9: expected `S` with a number below 3, found `S3 t0`"),
        ("prologue\n", "", "line 6: expected the end, found"),
        ("prologue", "iteration 1", "line 6: expected a number below 1, found `1`"),
    ] {
        let found = read(&text.replacen(from, to, 1)).expect_err(message).to_string();
        assert!(found.starts_with(message), "{found}");
    }
}
