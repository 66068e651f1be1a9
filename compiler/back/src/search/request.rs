//! What is asked of parameters.

use super::failure::ParamsFailure;
use crate::Patience;
use crate::ckks::Program;
use crate::ckks::passes::{self, Lifetime};
use crate::cost::Operations;
use hep_plan::Tensor;
use hep_plan::cost::CostTable;
use hep_plan::params::Security;
use hep_tensor::stage::{Stage, With};
use std::collections::BTreeMap;

/// What is asked of the parameters.
#[derive(Clone, Copy, Debug)]
pub struct Requirements<'a> {
    /// Forces the ring degree.
    pub ring_log2: Option<u32>,
    /// The security claim; for the insecure set, which is for tests, the ring must be forced.
    pub security: Security,
    /// Bits that every output must have: after the binary point on assumed data, else of its largest element.
    pub precision_bits: f64,
    /// Those of them that the plan promises.
    pub promised_bits: f64,
    /// What is promised of a plan with refreshes, where that is less.
    pub refreshed_bits: f64,
    /// Most bytes of the evaluation keys in memory.
    pub key_budget: u64,
    /// What operations cost on the machine that will run the program.
    pub costs: &'a CostTable,
    /// What the stages are run with.
    pub with: With<'a>,
    /// Bytes that an upload may have beyond the smallest, where that saves time.
    pub upload_budget: Option<u64>,
    /// How long copies of the data live.
    pub copies: Lifetime,
    /// The owner's data by the names of the program, where they are at hand.
    pub data: Option<&'a BTreeMap<String, Tensor>>,
    /// How long to look.
    pub patience: &'a Patience,
}

impl Requirements<'_> {
    /// What is asked of a plan with refreshes.
    #[must_use]
    pub fn refreshed(&self) -> Self {
        let promised_bits = self.promised_bits.min(self.refreshed_bits);
        let reserve = self.precision_bits - self.promised_bits;
        Self { promised_bits, precision_bits: promised_bits + reserve, ..*self }
    }

    /// The operations of a schedule as it will be run.
    pub fn operations(&self, program: &Program) -> Operations {
        let hoisted = passes::hoisted(program, self.with);
        self.with.clock.time(Stage::Price, || Operations::of(&hoisted))
    }

    /// Refuses to go on when the patience is over.
    pub fn in_time(&self) -> Result<(), ParamsFailure> {
        if self.patience.is_over() { Err(ParamsFailure::OutOfTime) } else { Ok(()) }
    }
}
