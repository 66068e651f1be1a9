//! Passes on tensor graphs, from the text files of `forms/PASS`; what nothing needs any more is removed after each.
//!
//! Counted are nodes by the first word of their operation, `uploads`, and `rows` of mini-batches.

mod runner;

use hep_tensor::Program;
use hep_tensor::graph::Op;
use hep_tensor::passes::{collect_polynomials, fold_scalars, remove_dead, scale_invariants, share};
use hep_tensor::print::operation;
use hep_tensor::read::read;
use hep_tensor::testing::difference;
use hep_tensor::verify::verify;
use runner::Form;
use std::path::{Path, PathBuf};

/// A program, for the runner.
#[derive(Clone)]
struct Graph(Program);

impl Form for Graph {
    const WORD: &'static str = "program";

    fn read(text: &str) -> Result<Self, String> {
        read(text).map(Self).map_err(|error| error.to_string())
    }

    fn text(&self) -> String {
        self.0.to_string()
    }

    fn verify(&self) -> Vec<String> {
        verify(&self.0).iter().map(ToString::to_string).collect()
    }

    fn after(&self, pass: &str) -> Self {
        let pass = match pass {
            "collect_polynomials" => collect_polynomials,
            "fold_scalars" => fold_scalars,
            "scale_invariants" => scale_invariants,
            "share" => share,
            other => panic!("no pass `{other}`"),
        };
        Self(remove_dead(pass(self.0.clone())))
    }

    fn counted(&self, what: &str) -> usize {
        let graph = &self.0.graph;
        let of = |word: &str| {
            let word = format!("{word} ");
            graph.ids().filter(|id| format!("{} ", operation(&self.0, *id)).starts_with(&word)).count()
        };
        match what {
            "uploads" => of("encrypt"),
            "rows" => graph.ids().filter(|id| matches!(graph.node(*id).op, Op::Rows { .. })).count(),
            word => of(word),
        }
    }

    fn alike(&self, other: &Self) -> bool {
        (0..3).all(|seed| difference(&self.0, &other.0, seed).is_none())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms")
}

#[test]
fn passes_do_what_the_files_say() {
    runner::assert_as_said::<Graph>(&folder(), 4);
}

#[test]
fn texts_that_are_cut_or_changed_never_panic() {
    runner::assert_sturdy::<Graph>(&folder());
}
