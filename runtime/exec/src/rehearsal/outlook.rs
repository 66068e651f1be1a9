//! What the owner remembers of a rehearsal until the result comes back. The server never sees it: it says how large data and
//! model are.

use hep_plan::noise::DEVIATIONS;
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
    /// Powers of two that the uploads were divided by, one exponent for each symmetry ([`hep_plan::normalise`]).
    pub exponents: Vec<i32>,
    /// In the order of the plan.
    pub expected: Vec<Expected>,
}

impl Expected {
    /// Whole bits after the point, in usual units, that hold in every slot, and no more than are asked for.
    #[must_use]
    pub fn rounded_bits(&self, round: Option<f64>) -> f64 {
        let hold = (-(DEVIATIONS * self.deviation).log2()).floor();
        round.map_or(hold, |bits| bits.min(hold))
    }
}
