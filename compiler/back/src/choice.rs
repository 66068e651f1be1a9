//! What a search chooses, and a plan is made of.

use crate::evidence::Evidence;
use crate::noise::Estimate;
use crate::{ckks, slot};
use hep_plan::Params;
use hep_tensor::optimization::Optimizations;
use std::rc::Rc;

/// Parameters with the program scheduled for them.
#[derive(Debug)]
pub struct Choice {
    /// The parameters.
    pub params: Params,
    /// Nominal scale in bits.
    pub scale_bits: u32,
    /// The packed program.
    pub slot: slot::Program,
    /// The optimizations of its schedule.
    pub on: Optimizations,
    /// The schedule.
    pub ckks: ckks::Program,
    /// Its noise on the data that it was judged by.
    pub noise: Estimate,
    /// What was known of the data.
    pub evidence: Rc<Evidence>,
    /// Whether scales depend on sizes of values.
    pub balanced: bool,
    /// Predicted seconds on one thread, with those to read the keys.
    pub seconds: f64,
    /// Bytes of the keys in memory.
    pub key_bytes: u64,
}
