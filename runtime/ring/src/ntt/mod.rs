//! Negacyclic number-theoretic transform.
//!
//! With ψ a primitive 2N-th root of unity modulo q, the transform evaluates f ∈ Z_q\[X\]/(X^N+1) at the odd powers of ψ.
//! The values are in bit-reversed order: position j holds f(ψ^(2·brv(j)+1)), brv reversing log2(N) bits.
//!
//! Butterflies are those of Harvey (2014) with Shoup products, two layers per pass over memory (radix 4), and in blocks
//! that fit the first-level cache. Harvey keeps values below 4q with one conditional subtraction per butterfly. Here
//! q < 2^58 leaves enough head-room to drop it from the forward transform: a butterfly adds at most 2q to a value, so
//! after the 17 layers of the largest degree they are below (1 + 2·17)·q = 35·q < 2^64, and one Barrett reduction at the
//! end brings them to [0, q). In the inverse transform sums would double per layer, so there values are kept below 2q.
//!
//! That is the portable transform. On processors with AVX2 and FMA moduli below 2^51 use another with the same results, about
//! three times as fast; see the module `float`.

mod float;
mod forward;
mod inverse;

use crate::error::RingError;
use crate::modulus::Modulus;
use crate::shoup::ShoupScalar;
use float::FloatTable;

/// Smallest supported log2 of the ring degree.
pub const MIN_LOG_N: u32 = 2;
/// Largest supported log2 of the ring degree.
pub const MAX_LOG_N: u32 = 17;

/// Blocks of this many values (32 KiB) are transformed depth first.
const BLOCK: usize = 1 << 12;

/// Roots of unity for one prime and one degree.
///
/// One table serves both directions: the inverse of the j-th root of a layer is minus the mirrored root of the same layer.
#[derive(Debug, Clone)]
pub struct NttTable {
    modulus: Modulus,
    log_n: u32,
    /// `roots[m + j]` = ψ^((2·brv(j)+1)·N/(2m)) for m = 1, 2, 4, … N/2 and j < m; index 0 is not used.
    roots: Vec<ShoupScalar>,
    /// N^(−1).
    inverse_degree: ShoupScalar,
    /// N^(−1) times the inverse root of the last layer of the inverse transform (m = 1), up to sign.
    inverse_degree_root: ShoupScalar,
    /// The same in floating point, on processors where that is faster.
    float: Option<FloatTable>,
}

impl NttTable {
    /// Builds the table for degree N = 2^`log_n`; q must be 1 modulo 2N.
    pub fn new(log_n: u32, modulus: Modulus) -> Result<Self, RingError> {
        if !(MIN_LOG_N..=MAX_LOG_N).contains(&log_n) {
            return Err(RingError::BadDegree { log_n, min: MIN_LOG_N, max: MAX_LOG_N });
        }
        let n = 1usize << log_n;
        let psi = primitive_root(log_n, &modulus)
            .ok_or(RingError::NoRoot { q: modulus.value(), log_order: log_n + 1 })?;

        // powers[r] = ψ^(2r+1) would be the values' own exponents; layer m needs the exponents (2·brv(j)+1)·N/(2m) < N.
        let mut powers = Vec::with_capacity(n);
        let mut power = 1;
        for _ in 0..n {
            powers.push(power);
            power = modulus.mul(power, psi);
        }
        let mut roots = vec![ShoupScalar::new(1, &modulus); n];
        for layer in 0..log_n {
            let m = 1usize << layer;
            for j in 0..m {
                let exponent = (2 * reverse_bits(j, layer) + 1) * (n / (2 * m));
                roots[m + j] = ShoupScalar::new(powers[exponent], &modulus);
            }
        }
        // (q − (q−1)/N)·N = q·N − q + 1 ≡ 1
        let inverse_degree = modulus.value() - ((modulus.value() - 1) >> log_n);
        let inverse_degree_root = ShoupScalar::new(modulus.mul(inverse_degree, roots[1].value()), &modulus);
        let inverse_degree = ShoupScalar::new(inverse_degree, &modulus);
        let float = FloatTable::new(log_n, modulus.value(), &roots, inverse_degree, inverse_degree_root);
        Ok(Self { modulus, log_n, inverse_degree, inverse_degree_root, roots, float })
    }

    /// The prime.
    pub fn modulus(&self) -> &Modulus {
        &self.modulus
    }

    /// The ring degree N.
    pub fn degree(&self) -> usize {
        1 << self.log_n
    }

    /// Transforms N coefficients in natural order to N values in bit-reversed order, in place.
    ///
    /// Input and output are in [0, q) (any input below 2q is correct too).
    ///
    /// # Panics
    /// If `values` does not have N elements.
    pub fn forward(&self, values: &mut [u64]) {
        assert_eq!(values.len(), self.degree());
        match &self.float {
            Some(float) => float.forward(values),
            None => forward::transform(self, values),
        }
    }

    /// Transforms N values in bit-reversed order to N coefficients in natural order, in place; both in [0, q).
    ///
    /// # Panics
    /// If `values` does not have N elements.
    pub fn inverse(&self, values: &mut [u64]) {
        assert_eq!(values.len(), self.degree());
        match &self.float {
            Some(float) => float.inverse(values),
            None => inverse::transform(self, values),
        }
    }
}

/// Reverses the lowest `bits` bits of `x`.
pub(crate) fn reverse_bits(x: usize, bits: u32) -> usize {
    if bits == 0 { 0 } else { x.reverse_bits() >> (usize::BITS - bits) }
}

/// The first primitive 2N-th root of unity of the form x^((q−1)/2N), x = 2, 3, …
fn primitive_root(log_n: u32, modulus: &Modulus) -> Option<u64> {
    let q = modulus.value();
    if !(q - 1).is_multiple_of(1 << (log_n + 1)) {
        return None;
    }
    // Half of all x are quadratic non-residues, and each of them gives ψ^N = x^((q−1)/2) = −1.
    (2..q).map(|x| modulus.pow(x, (q - 1) >> (log_n + 1))).find(|&psi| modulus.pow(psi, 1 << log_n) == q - 1)
}

#[cfg(test)]
mod tests;
