//! The stages of the compiler and their passes, in order, on one page; and a clock that tells how long each took.
//!
//! ```text
//! source ─ parse ▶ syntax ─ link, resolve ▶ tensor graph ─ passes ▶ tensor graph
//!        ─ pack ▶ slot graph ─ unroll, rematerialize, schedule ▶ CKKS graph ─ passes ▶ CKKS graph
//!        ─ emit ▶ plan ─ order ▶ plan
//! ```
//!
//! From *pack* to *emit* a search goes through rings, packings, scales and sets of keys, so that these stages run many times.

use crate::optimization::{Optimization, Optimizations};
use core::time::Duration;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a stage works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The program as text and as a syntax tree.
    Syntax,
    /// Tensors of any size.
    Tensor,
    /// Vectors of slots.
    Slot,
    /// Ciphertexts with levels and scales.
    Ckks,
    /// Instructions of the server.
    Plan,
}

impl Form {
    /// Its name, as `--emit` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "ast",
            Self::Tensor => "tensor",
            Self::Slot => "slot",
            Self::Ckks => "ckks",
            Self::Plan => "plan",
        }
    }
}

macro_rules! stages {
    ($($(#[$doc:meta])* $stage:ident: $name:literal, $form:ident $(, $switch:ident)?;)*) => {
        /// A stage, or a pass of one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Stage {
            $($(#[$doc])* $stage,)*
        }

        impl Stage {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$stage),*];

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$stage => $name,)*
                }
            }

            /// The form that it makes.
            #[must_use]
            pub fn form(self) -> Form {
                match self {
                    $(Self::$stage => Form::$form,)*
                }
            }

            /// What leaves it out.
            #[must_use]
            pub fn switch(self) -> Option<Optimization> {
                match self {
                    $(Self::$stage => None$(.or(Some(Optimization::$switch)))?,)*
                }
            }
        }
    };
}

stages! {
    /// Text to a syntax tree (`syntax`).
    Parse: "parse", Syntax;
    /// Modules and the library are joined to the program (`resolve::modules`).
    Link: "link", Syntax;
    /// Names, types, derivatives, approximations (`resolve`, `autodiff`, `approx`).
    Resolve: "resolve", Tensor;
    /// Equal operations on equal tensors become one, and what nothing needs goes (`tensor::passes::{cse, dce}`).
    Share: "share", Tensor, CommonSubexpressions;
    /// Factors that the loop does not change move into uploads (`tensor::passes::invariant_scaling`).
    ScaleInvariants: "scale_invariants", Tensor, InvariantFactors;
    /// Public factors move to where they cost least (`tensor::passes::fold_scalars`).
    FoldScalars: "fold_scalars", Tensor;
    /// Sums of powers become polynomials (`tensor::passes::polynomials`).
    CollectPolynomials: "collect_polynomials", Tensor, ScalarsInScales;
    /// Dimensions get homes in slots, operations become rotations and sums of products (`slot::lower`).
    Pack: "pack", Slot;
    /// The loop is written out and public values are folded (`ckks::unroll`).
    Unroll: "unroll", Ckks;
    /// Copies of the data are made again where they are used, where memory is short (`ckks::passes::rematerialize`).
    Rematerialize: "rematerialize", Ckks;
    /// Levels and exact scales (`ckks::schedule`).
    Schedule: "schedule", Ckks;
    /// Relinearizations move to where they cost least (`ckks::passes::relinearize`).
    Relinearize: "relinearize", Ckks, LateRelinearization;
    /// A relinearization and the rescale after it become one (`ckks::passes::fuse_rescale`).
    FuseRescale: "fuse_rescale", Ckks, FusedRescale;
    /// Rotate-and-add in radix 4, where that is no dearer (`ckks::passes::radix4`).
    Radix4: "radix4", Ckks, Radix4;
    /// The values of a schedule on sample data, or on those of the owner (`search::magnitudes`).
    Sample: "sample", Ckks;
    /// Rotations are composed of fewer keys, where there is a budget for them (`ckks::passes::keys`).
    Keys: "keys", Ckks;
    /// Scales move to where values of any size have room and precision, where they need it (`ckks::balance`).
    BalanceScales: "balance_scales", Ckks;
    /// Errors of the results (`noise`).
    Noise: "noise", Ckks;
    /// Sums of products of rotations divide once (`ckks::passes::double_hoisting`).
    DoubleHoisting: "double_hoisting", Ckks, DoubleHoisting;
    /// Sums of rotations divide once (`ckks::passes::rotate_sum`).
    RotateSum: "rotate_sum", Ckks, RotateSum;
    /// Work of a schedule under parameters (`cost`).
    Price: "price", Ckks;
    /// Levels, numbers for scales, encoded vectors, grouped rotations (`emit`, `ckks::instructions`).
    Emit: "emit", Plan, Hoisting;
    /// Instructions in an order that keeps fewer ciphertexts, where memory is short (`search::orders`).
    Order: "order", Plan;
}

/// What the stages of one compilation have in common.
#[derive(Clone, Copy, Debug)]
pub struct With<'a> {
    /// The optimizations that are used.
    pub on: Optimizations,
    /// What stages took.
    pub clock: &'a Clock,
}

impl With<'_> {
    /// Whether an optimization is used.
    #[must_use]
    pub fn uses(&self, one: Optimization) -> bool {
        self.on.contains(one)
    }
}

/// How often a stage ran, and how long in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The stage.
    pub stage: Stage,
    /// Runs.
    pub runs: u64,
    /// Time of all runs.
    pub time: Duration,
}

/// Nanoseconds and runs of a stage.
type Cell = [AtomicU64; 2];

/// What stages took, as whoever asks for a plan measures it: the compiler itself reads no clock. Copies of one are the same. It
/// decides nothing.
#[derive(Clone)]
pub struct Clock {
    cells: Arc<[Cell]>,
    now: Option<Arc<dyn Fn() -> Duration + Send + Sync>>,
}

impl Default for Clock {
    /// Counts runs, and measures nothing.
    fn default() -> Self {
        Self { cells: Stage::ALL.iter().map(|_| Cell::default()).collect(), now: None }
    }
}

impl Clock {
    /// Measures by `now`, the time that has passed since some moment.
    pub fn reading(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { now: Some(Arc::new(now)), ..Self::default() }
    }

    fn now(&self) -> Duration {
        self.now.as_ref().map_or(Duration::ZERO, |now| now())
    }

    /// Runs a stage.
    pub fn time<T>(&self, stage: Stage, run: impl FnOnce() -> T) -> T {
        let start = self.now();
        let made = run();
        if let Some([time, runs]) = self.cells.get(stage as usize) {
            let passed = u64::try_from(self.now().saturating_sub(start).as_nanos()).unwrap_or(u64::MAX);
            time.fetch_add(passed, Ordering::Relaxed);
            runs.fetch_add(1, Ordering::Relaxed);
        }
        made
    }

    /// What each stage took, in order.
    pub fn spent(&self) -> impl Iterator<Item = Spent> + '_ {
        Stage::ALL.iter().zip(self.cells.iter()).map(|(stage, [time, runs])| Spent {
            stage: *stage,
            runs: runs.load(Ordering::Relaxed),
            time: Duration::from_nanos(time.load(Ordering::Relaxed)),
        })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.spent().filter(|spent| spent.runs > 0)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_differ_and_every_optimization_of_a_pass_is_its_own() {
        let names: BTreeSet<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        assert_eq!(names.len(), Stage::ALL.len());
        let switches: Vec<Optimization> = Stage::ALL.iter().filter_map(|stage| stage.switch()).collect();
        assert_eq!(switches.iter().collect::<BTreeSet<_>>().len(), switches.len());
    }

    #[test]
    fn a_clock_counts_runs_of_all_its_copies() {
        let ticks = AtomicU64::new(0);
        let clock = Clock::reading(move || Duration::from_secs(ticks.fetch_add(1, Ordering::Relaxed)));
        assert_eq!(clock.clone().time(Stage::Pack, || 3), 3);
        clock.time(Stage::Pack, || ());
        let spent: Vec<Spent> = clock.spent().filter(|spent| spent.runs > 0).collect();
        assert_eq!(spent, [Spent { stage: Stage::Pack, runs: 2, time: Duration::from_secs(2) }]);
    }
}
