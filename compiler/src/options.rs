//! What may be chosen beside the source.

use hep_back::Patience;
use hep_plan::Tensor;
use hep_plan::cost::CostTable;
use hep_plan::magnitude::bytes;
use hep_plan::params::Security;
use hep_tensor::optimization::{Optimization, Optimizations};
use hep_tensor::stage::{Clock, With};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the user may choose beside the source.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sizes that replace those of the source, by name.
    pub dims: Vec<(String, usize)>,
    /// The loss in place of every one that the program differentiates.
    pub loss: Option<String>,
    /// The true functions in place of polynomials: for the clear twin, and refused by [`crate::lower`].
    pub exact: bool,
    /// Forces the ring degree 2^n.
    pub ring_log2: Option<u32>,
    /// Tests only: parameters without a security claim, marked in every file.
    pub insecure: bool,
    /// What the parameters must claim, where they are not insecure.
    pub security: Security,
    /// Bits after the binary point that every revealed number must have for data in usual units; what is promised of the owner's
    /// data is relative to the largest element of each tensor, and [`LESS`](hep_back::evidence::LESS) bits less.
    pub precision_bits: f64,
    /// Bits that revealed tensors must have beyond those that are promised: what is computed from them may lose some.
    pub reserve_bits: f64,
    /// Most bytes that evaluation keys may take in memory: rotations are composed from fewer keys where they would take more.
    pub key_budget: u64,
    /// What operations cost, by which parameters are chosen. The default is the table that ships: never that of a user.
    pub costs: CostTable,
    /// The optimizations that are used.
    pub optimizations: Optimizations,
    /// Whether a loop that is too long for a modulus may stay rolled, with refreshes in it. The command does not ask for it yet.
    pub refresh: bool,
    /// Most bytes that a run may take, the whole process; none for [`MEMORY`](crate::MEMORY) where that is possible.
    pub memory: Option<u64>,
    /// Where one process has all roles: bytes that it holds beside the run and the owner's side. None for a run of its own.
    pub one_process: Option<u64>,
    /// Bytes that the upload may take where a larger one saves time; none for the smallest upload.
    pub upload_budget: Option<u64>,
    /// The owner's data by the names of the program. With them the plan is made for their sizes, which it tells the server in
    /// powers of 16 where scales have to depend on them; without them for declared ranges and features of unit variance.
    pub data: Option<Arc<BTreeMap<String, Tensor>>>,
    /// How long to look for a plan, endlessly unless told.
    pub patience: Patience,
    /// What stages took.
    pub clock: Clock,
}

/// Bits of precision unless told.
const PRECISION_BITS: f64 = 16.0;
/// The same of plans with refreshes: training that goes on needs few bits.
const REFRESHED_BITS: f64 = 10.0;

/// Bytes of evaluation keys unless told.
pub const KEY_BUDGET: u64 = 20_000_000_000;

impl Default for Options {
    fn default() -> Self {
        Self {
            dims: Vec::new(),
            loss: None,
            exact: false,
            ring_log2: None,
            insecure: false,
            security: Security::default(),
            precision_bits: PRECISION_BITS,
            reserve_bits: 0.0,
            key_budget: KEY_BUDGET,
            costs: CostTable::shipped().clone(),
            optimizations: Optimizations::default(),
            refresh: false,
            memory: None,
            one_process: None,
            upload_budget: None,
            data: None,
            patience: Patience::default(),
            clock: Clock::default(),
        }
    }
}

impl Options {
    /// What the parameters claim.
    #[must_use]
    pub fn claim(&self) -> Security {
        if self.insecure { Security::Insecure } else { self.security }
    }

    /// Bits that a plan with refreshes must have: those that were asked for, else [`REFRESHED_BITS`].
    pub(crate) fn refreshed_bits(&self) -> f64 {
        if self.precision_bits == PRECISION_BITS { REFRESHED_BITS } else { self.precision_bits }
    }

    /// What was asked for beside the source, by name, as snapshots keep it.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let ring = self.ring_log2.map_or("the cheapest".to_string(), |ring| format!("2^{ring}"));
        let shipped = self.costs == *CostTable::shipped();
        let costs = if shipped { "as shipped".to_string() } else { self.costs.fingerprint() };
        let mut settings = vec![
            ("ring", ring),
            (
                "security",
                self.claim().bits().map_or("none, for tests".to_string(), |bits| format!("{bits} bits")),
            ),
            ("precision", format!("{} bits", self.precision_bits)),
            ("costs", costs),
        ];
        let other = (self.key_budget != KEY_BUDGET).then(|| bytes(self.key_budget));
        settings.extend(other.map(|budget| ("key budget", budget)));
        settings.extend(self.memory.map(|limit| ("memory", bytes(limit))));
        let upload = self.upload_budget.map(bytes);
        settings.extend(upload.map(|budget| ("upload budget", budget)));
        let without: Vec<&str> = self.optimizations.missing().map(Optimization::name).collect();
        settings.extend((!without.is_empty()).then(|| ("without", without.join(", "))));
        settings.extend(self.loss.clone().map(|loss| ("loss", loss)));
        settings
    }

    /// What the stages are run with.
    pub(crate) fn with(&self) -> With<'_> {
        let on =
            if self.refresh { self.optimizations } else { self.optimizations.without(Optimization::Refresh) };
        With { on, clock: &self.clock }
    }
}
