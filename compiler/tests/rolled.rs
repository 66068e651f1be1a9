//! A loop that stays rolled computes what the same loop computes written out.

use hep_compiler::ckks::print::print;
use hep_compiler::ckks::read::read;
use hep_compiler::ckks::refresh::Refreshable;
use hep_compiler::ckks::schedule::{schedule, schedule_rolled};
use hep_compiler::ckks::unroll::Window;
use hep_compiler::ckks::verify::verify;
use hep_compiler::ckks::written_out::written_out;
use hep_compiler::ckks::{Lifetime, ScheduleError, interpret};
use hep_compiler::dag::NodeId;
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
    // Of the first iterations: what diverges later has no bounds.
    let first = slot::Program { iterations: slot.iterations.min(4), ..slot.clone() };
    let values = Refreshable::of(&first, &evidence.uploads).expect("its uploads");
    Case { slot, evidence, values }
}

impl Case {
    fn rolled(
        &self,
        head: u32,
        length: u32,
        edge: &BTreeSet<NodeId>,
    ) -> Result<ckks::Program, ScheduleError> {
        let window = Window {
            head,
            length,
            log_slots: self.values.period(edge.iter().copied()),
            edge: edge.clone(),
            middle: BTreeSet::new(),
            operands: &self.values.operands,
            below: 2,
            above: 0.0,
        };
        schedule_rolled(&self.slot, &window, MAX_DEPTH, with(&Clock::default()))
    }

    /// Every form of the loop with runs of up to four iterations.
    fn all_rolled(&self) -> Vec<ckks::Program> {
        let mut all = Vec::new();
        for edge in self.values.edges(&self.slot) {
            for length in 1..=4 {
                for head in 1..=length {
                    match self.rolled(head, length, &edge) {
                        Ok(program) => all.push(program),
                        // Another number of iterations.
                        Err(ScheduleError::Unroll(_)) => {}
                        // An edge that does not cut every cycle, or one across which scales do not fit.
                        Err(_) if edge != self.values.variables(&self.slot) => {}
                        Err(error) => panic!("{}, {head}, runs of {length}: {error}", self.slot.name),
                    }
                }
            }
        }
        all
    }

    /// The largest difference over the largest result.
    fn agree(&self, a: &ckks::Program, b: &ckks::Program) {
        let run = |program| interpret::run(program, &self.evidence.uploads, |_, _| {}).expect("its uploads");
        let (a, b) = (run(a), run(b));
        for (name, tensor) in &a {
            let (apart, largest) = (tensor.max_difference(&b[name]), b[name].max_abs());
            assert!(largest > 0.0 && apart <= 1e-9 * largest, "{name}: {apart} of {largest}");
        }
    }
}

const PROGRAMS: [(&str, &[(&str, usize)]); 6] = [
    ("mlr_quadratic_gradient", &[("n", 12), ("f", 6), ("c", 3)]),
    ("mlr_published", &[("n", 12), ("f", 6), ("c", 3)]),
    ("mlr_whitened", &[("n", 12), ("f", 6), ("c", 3)]),
    ("lr_nesterov", &[("n", 12), ("f", 6)]),
    ("linear_regression", &[("n", 12), ("f", 6)]),
    ("nn_two_hidden", &[("n", 8), ("f", 6), ("h1", 4), ("h2", 4), ("c", 3)]),
];

#[test]
fn rolled_and_written_out_agree_in_values_and_scales() {
    for (name, dims) in PROGRAMS {
        // The network diverges on its sample data after some.
        let most = if name.starts_with("nn") { 4 } else { 12 };
        for iterations in 2..=most {
            let dims: Vec<_> = dims.iter().copied().chain([("T", iterations)]).collect();
            let case = case(name, 9, &dims);
            let written =
                schedule(&case.slot, MAX_DEPTH, Lifetime::Run, with(&Clock::default())).expect("a schedule");
            let all = case.all_rolled();
            assert!(!all.is_empty(), "{name} with {iterations} iterations");
            for rolled in all {
                assert_eq!(verify(&rolled), Vec::<String>::new());
                case.agree(&rolled, &written);
                // With all its runs one after the other the same scales meet in every sum, exactly.
                let out = written_out(&rolled, rolled.runs()).expect("all its tables");
                assert_eq!(verify(&out), Vec::<String>::new(), "{name} with {iterations} iterations");
                case.agree(&rolled, &out);
                assert_eq!(read(&print(&rolled)).map(|read| print(&read)), Ok(print(&rolled)));
            }
        }
    }
}

/// What is compiled of a loop does not depend on how often it runs.
#[test]
fn instructions_are_the_same_for_any_number_of_runs() {
    for (name, dims) in PROGRAMS {
        let sizes = |iterations: usize| {
            let dims: Vec<_> = dims.iter().copied().chain([("T", iterations)]).collect();
            let all = case(name, 9, &dims).all_rolled();
            let size =
                |program: &ckks::Program| (program.graph.len(), program.depth, program.constants.len());
            all.iter().map(size).collect::<Vec<_>>()
        };
        // Where steps fall by more than scales can follow, they are multiplied as vectors.
        let many = if name == "lr_nesterov" { 4_802 } else { 96_050 };
        let (few, many) = (sizes(50), sizes(many));
        assert!(!few.is_empty(), "{name}");
        assert_eq!(few, many, "{name}");
    }
}
