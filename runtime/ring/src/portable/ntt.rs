//! The transform with Shoup products.
//!
//! Butterflies are those of Harvey (2014), two layers per pass over memory (radix 4), and in blocks that fit the first-level
//! cache. Harvey keeps values below 4q with one conditional subtraction per butterfly. Here
//! q < 2^58 leaves enough head-room to drop it from the forward transform: a butterfly adds at most 2q to a value, so
//! after the 17 layers of the largest degree they are below (1 + 2·17)·q = 35·q < 2^64, and one Barrett reduction at the
//! end brings them to [0, q). In the inverse transform sums would double per layer, so there values are kept below 2q.

mod forward;
mod inverse;

use crate::modulus::Modulus;
use crate::ntt::LastLayer;
use crate::shoup::ShoupScalar;

/// Blocks of this many values (32 KiB) are transformed depth first.
const BLOCK: usize = 1 << 12;

/// As `roots` of [`crate::ntt`].
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    modulus: Modulus,
    log_n: u32,
    roots: Vec<ShoupScalar>,
}

impl Roots {
    pub(crate) fn new(log_n: u32, modulus: &Modulus, roots: &[u64]) -> Self {
        let roots = roots.iter().map(|&w| ShoupScalar::new(w, modulus)).collect();
        Self { modulus: *modulus, log_n, roots }
    }

    pub(crate) fn forward(&self, input: Option<&[u64]>, out: &mut [u64]) {
        if let Some(input) = input {
            out.copy_from_slice(input);
        }
        forward::transform(self, out);
    }

    pub(crate) fn inverse(&self, input: Option<&[u64]>, out: &mut [u64], last: &LastLayer) {
        if let Some(input) = input {
            out.copy_from_slice(input);
        }
        inverse::transform(self, out, last);
    }
}
