//! What the owner remembers of a rehearsal until the result comes back. The server never sees it: it says how large data and
//! model are.

use hep_plan::Plan;
use hep_plan::noise::DEVIATIONS;
use hep_plan::normalize::factor;
use hep_plan::plan::CipherOutput;
use hep_plan::precision::hint_rate;
use serde::{Deserialize, Serialize};

/// What is expected of an output, in usual units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Standard deviation of a slot's error.
    pub deviation: f64,
    /// Largest absolute element.
    pub largest: f64,
}

/// The units of the uploads, and what is expected of every output of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// Powers of two that the uploads were divided by, one exponent for each symmetry ([`hep_plan::normalize`]).
    pub exponents: Vec<i32>,
    /// In the order of the plan.
    pub expected: Vec<Expected>,
}

impl Outlook {
    /// What is expected of the plan's output number `number`.
    #[must_use]
    pub fn of(&self, number: usize) -> Expected {
        self.expected.get(number).copied().unwrap_or_default()
    }

    /// Whole bits after the point, in usual units, that an output is rounded to: those that hold in every slot, and no more than
    /// `round`, which is meant in the units of the data.
    #[must_use]
    pub fn rounded_bits(&self, number: usize, output: &CipherOutput, round: Option<f64>) -> f64 {
        let hold = (-(DEVIATIONS * self.of(number).deviation).log2()).floor();
        let unit = factor(&output.units, &self.exponents).log2();
        round.map_or(hold, |bits| (bits + unit).min(hold))
    }

    /// The most bits after the point, in the units of the data, that hold of any output.
    #[must_use]
    pub fn finest(&self, plan: &Plan) -> f64 {
        let of = |(number, output): (usize, &CipherOutput)| {
            self.rounded_bits(number, output, None) - factor(&output.units, &self.exponents).log2()
        };
        plan.outputs.iter().enumerate().map(of).fold(f64::NEG_INFINITY, f64::max)
    }

    /// How many published numbers are expected to tell the sign of their noise.
    #[must_use]
    pub fn expected_hints(&self, plan: &Plan, round: Option<f64>) -> f64 {
        let of = |(number, output): (usize, &CipherOutput)| {
            let bits = self.rounded_bits(number, output, round);
            output.numbers() * hint_rate(self.of(number).deviation, bits)
        };
        plan.outputs.iter().enumerate().map(of).sum()
    }
}
