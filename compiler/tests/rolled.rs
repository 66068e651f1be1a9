//! A loop that stays rolled computes what the same loop computes written out.

use hep_compiler::ckks::refresh::Refreshable;
use hep_compiler::ckks::schedule::{schedule, schedule_rolled};
use hep_compiler::ckks::unroll::Window;
use hep_compiler::ckks::{Lifetime, ScheduleError, interpret, verify::verify};
use hep_compiler::evidence::Evidence;
use hep_compiler::optimization::Optimizations;
use hep_compiler::stage::{Clock, With};
use hep_compiler::{Options, ckks, slot, tensor};
use std::collections::BTreeSet;

const MAX_DEPTH: u32 = 400;

fn with(clock: &Clock) -> With<'_> {
    With { on: Optimizations::default(), clock }
}

fn example(name: &str) -> String {
    let path = format!("{}/../programs/examples/{name}.hep", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("an example")
}

fn small(ring: u32, dims: &[(&str, usize)]) -> Options {
    let dims = dims.iter().map(|(name, size)| ((*name).to_string(), *size)).collect();
    Options { dims, ring_log2: Some(ring), insecure: true, ..Options::default() }
}

struct Case {
    slot: slot::Program,
    evidence: Evidence,
    values: Refreshable,
}

fn case(name: &str, ring: u32, dims: &[(&str, usize)]) -> Case {
    let source = hep_compiler::source::SourceFile::new(name, example(name));
    let options = small(ring, dims);
    let analysis = hep_compiler::analyze(&source, &options).expect("a program");
    let clock = Clock::default();
    let program = tensor::passes::optimize_with(analysis.program, with(&clock));
    let slot = slot::lower(&program, 1 << (ring - 1)).expect("a packing");
    let evidence = Evidence::of(&program, None);
    let values = Refreshable::of(&slot, &evidence.uploads).expect("its uploads");
    Case { slot, evidence, values }
}

impl Case {
    fn rolled(&self, head: u32, length: u32) -> Result<ckks::Program, ScheduleError> {
        let edge = self.values.variables(&self.slot);
        let window = Window {
            head,
            length,
            log_slots: self.values.period(edge.iter().copied()),
            edge,
            middle: BTreeSet::new(),
            operands: &self.values.operands,
            below: 2,
            above: 0.0,
        };
        schedule_rolled(&self.slot, &window, MAX_DEPTH, with(&Clock::default()))
    }

    /// The largest difference over the largest result.
    fn agree(&self, a: &ckks::Program, b: &ckks::Program) {
        let run = |program| interpret::run(program, &self.evidence.uploads, |_, _| {}).expect("its uploads");
        let (a, b) = (run(a), run(b));
        for (name, tensor) in &a {
            let other = &b[name];
            let largest = other.data.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            let apart = tensor.data.iter().zip(&other.data).fold(0.0, |m: f64, (x, y)| m.max((x - y).abs()));
            assert!(apart <= 1e-9 * largest, "{name}: {apart} of {largest}");
        }
    }
}

#[test]
fn rolled_and_written_out_agree() {
    let programs: [(&str, &[(&str, usize)]); 4] = [
        ("mlr_quadratic_gradient", &[("n", 12), ("f", 6), ("c", 3)]),
        ("mlr_published", &[("n", 12), ("f", 6), ("c", 3)]),
        ("lr_nesterov", &[("n", 12), ("f", 6)]),
        ("nn_two_hidden", &[("n", 8), ("f", 6), ("h1", 4), ("h2", 4), ("c", 3)]),
    ];
    for (name, dims) in programs {
        for iterations in [2, 3, 5, 8] {
            let dims: Vec<_> = dims.iter().copied().chain([("T", iterations)]).collect();
            let case = case(name, 9, &dims);
            let written = schedule(&case.slot, MAX_DEPTH, Lifetime::Run, with(&Clock::default())).expect("a schedule");
            let mut found = 0;
            for length in 1..=4 {
                for head in 1..iterations as u32 {
                    if (iterations as u32 - head) % length != 0 {
                        continue;
                    }
                    let rolled = match case.rolled(head, length) {
                        Ok(rolled) => rolled,
                        Err(error) => {
                            println!("{name} T={iterations} head {head} length {length}: {error}");
                            continue;
                        }
                    };
                    assert_eq!(verify(&rolled), Vec::<String>::new());
                    case.agree(&rolled, &written);
                    found += 1;
                }
            }
            assert!(found > 0, "{name} with {iterations} iterations");
        }
    }
}

#[test]
fn long_training_compiles_to_a_loop() {
    for (name, dims) in [
        ("lr_nesterov", &[("T", 32)][..]),
        ("mlr_quadratic_gradient", &[("T", 12)]),

    ] {
        let source = hep_compiler::source::SourceFile::new(name, example(name));
        let options = Options { dims: dims.iter().map(|(n, s)| (n.to_string(), *s)).collect(), ..Options::default() };
        let start = std::time::Instant::now();
        let compiled = hep_compiler::compile(&source, &options).expect("a plan");
        let server = &compiled.plan.server;
        println!(
            "{name}: {:?}, {} instrs, {:?}, iterations {}, params {} {} refresh {:?}, seconds {}, promised {}, tables {}",
            start.elapsed(), server.instrs.len(), server.repeats, server.iterations(), compiled.plan.params.q.len(),
            compiled.plan.params.p.len(), compiled.plan.params.refresh, compiled.seconds, compiled.plan.promised_bits, server.tables.0.len()
        );
        println!("{}", hep_plan::print::print(&compiled.plan).lines().filter(|l| !l.starts_with("table") && !l.contains("constant c")).collect::<Vec<_>>().join("\n"));
        assert!(server.repeats.is_some());
    }
}
