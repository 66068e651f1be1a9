//! Negacyclic number-theoretic transform.
//!
//! With ψ a primitive 2N-th root of unity modulo q, the transform evaluates f ∈ Z_q\[X\]/(X^N+1) at the odd powers of ψ.
//! The values are in bit-reversed order: position j holds f(ψ^(2·brv(j)+1)), brv reversing log2(N) bits.
//!
//! The layers of the forward transform are m = 1, 2, 4, … N/2: layer m has m blocks of N/m values, and block i maps the pairs (x, y)
//! at distance N/(2m) to (x + w·y, x − w·y) with w = `roots[m + i]` (Cooley–Tukey). The inverse goes back: (x, y) to
//! (x + y, (x − y)·w^(−1)) (Gentleman–Sande), and w^(−1) is minus the mirrored root of the layer, `roots[2m − 1 − i]`.

use crate::error::RingError;
use crate::isa::Isa;
use crate::modulus::Modulus;
use crate::portable;
use crate::shoup::ShoupScalar;
use crate::unit::Unit;
#[cfg(target_arch = "x86_64")]
use crate::{avx2, avx512};

/// Smallest supported log2 of the ring degree.
pub const MIN_LOG_N: u32 = 2;
/// Largest supported log2 of the ring degree.
pub const MAX_LOG_N: u32 = hep_params::limits::MAX_LOG_N;

/// Roots of unity for one prime and one degree.
///
/// One table serves both directions: the inverse of the j-th root of a layer is minus the mirrored root of the same layer.
///
/// ```
/// use hep_ring::{Modulus, NttTable};
///
/// // 97 = 3·2·16 + 1: a prime for degree 16.
/// let table = NttTable::new(4, Modulus::new(97)?)?;
/// let mut constant = vec![0; 16];
/// constant[0] = 5;
/// // A constant has the same value everywhere.
/// table.forward(&mut constant);
/// assert_eq!(constant, [5; 16]);
/// table.inverse(&mut constant);
/// assert_eq!(constant[..2], [5, 0]);
/// assert!(NttTable::new(6, Modulus::new(97)?).is_err());
/// # Ok::<(), hep_ring::RingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NttTable {
    modulus: Modulus,
    log_n: u32,
    /// `roots[1]`, that of the layer of one block.
    outer_root: u64,
    /// The last layer of an inverse transform that divides by N and does nothing else.
    unscaled: LastLayer,
    roots: Roots,
}

/// Roots in the form that the kernels want.
#[derive(Debug, Clone)]
enum Roots {
    Portable(portable::ntt::Roots),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::ntt::Roots),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::ntt::Roots),
}

/// The factors of the last layer of an inverse transform, which also divides by N and multiplies by a constant: the pair (x, y)
/// becomes ((x + y)·`sum`, (y − x)·`difference`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastLayer {
    pub(crate) sum: ShoupScalar,
    pub(crate) difference: ShoupScalar,
}

impl NttTable {
    /// Builds the table for degree N = 2^`log_n`; q must be 1 modulo 2N.
    ///
    /// # Errors
    /// Degrees out of range, and primes without the roots.
    pub fn new(log_n: u32, modulus: Modulus) -> Result<Self, RingError> {
        Self::with_isa(Isa::active(), log_n, modulus)
    }

    /// The same for the kernels of one instruction set, or portable ones where it cannot be used.
    ///
    /// # Errors
    /// As [`NttTable::new`].
    pub fn with_isa(isa: Isa, log_n: u32, modulus: Modulus) -> Result<Self, RingError> {
        if !(MIN_LOG_N..=MAX_LOG_N).contains(&log_n) {
            return Err(RingError::BadDegree { log_n, min: MIN_LOG_N, max: MAX_LOG_N });
        }
        let roots = roots(log_n, &modulus)?;
        let outer_root = roots[1];
        Ok(Self {
            unscaled: last_layer(log_n, &modulus, outer_root, 1),
            roots: match Unit::new(isa, modulus.value()) {
                #[cfg(target_arch = "x86_64")]
                Unit::Avx2(unit) if log_n >= avx2::ntt::MIN_LOG_N => {
                    Roots::Avx2(avx2::ntt::Roots::new(unit, log_n, &modulus, &roots))
                }
                #[cfg(target_arch = "x86_64")]
                Unit::Avx512(unit) if log_n >= avx512::ntt::MIN_LOG_N => {
                    Roots::Avx512(avx512::ntt::Roots::new(unit, log_n, &modulus, &roots))
                }
                _ => Roots::Portable(portable::ntt::Roots::new(log_n, &modulus, &roots)),
            },
            modulus,
            log_n,
            outer_root,
        })
    }

    /// The prime.
    pub fn modulus(&self) -> &Modulus {
        &self.modulus
    }

    /// The ring degree N.
    pub fn degree(&self) -> usize {
        1 << self.log_n
    }

    /// The value of X^(N/2) at the first half of all places; at the second half it is minus that. Its square is −1.
    pub fn imaginary_unit(&self) -> u64 {
        self.outer_root
    }

    /// The last layer of an inverse transform whose result is multiplied by `factor`, in [0, q).
    pub fn last_layer(&self, factor: u64) -> LastLayer {
        last_layer(self.log_n, &self.modulus, self.outer_root, factor)
    }

    /// Transforms N coefficients in natural order to N values in bit-reversed order, in place; both in [0, q).
    ///
    /// # Panics
    /// If `values` does not have N elements.
    pub fn forward(&self, values: &mut [u64]) {
        self.run_forward(None, values);
    }

    /// The same from one place to another.
    ///
    /// # Panics
    /// If a slice does not have N elements.
    pub fn forward_from(&self, coefficients: &[u64], values: &mut [u64]) {
        self.run_forward(Some(coefficients), values);
    }

    /// Transforms N values in bit-reversed order to N coefficients in natural order, in place; both in [0, q).
    ///
    /// # Panics
    /// If `values` does not have N elements.
    pub fn inverse(&self, values: &mut [u64]) {
        self.run_inverse(None, values, &self.unscaled);
    }

    /// The same from one place to another, times the factor that `last` was made for.
    ///
    /// # Panics
    /// If a slice does not have N elements.
    pub fn inverse_scaled_from(&self, values: &[u64], coefficients: &mut [u64], last: &LastLayer) {
        self.run_inverse(Some(values), coefficients, last);
    }

    /// The same in place.
    ///
    /// # Panics
    /// If `values` does not have N elements.
    pub fn inverse_scaled(&self, values: &mut [u64], last: &LastLayer) {
        self.run_inverse(None, values, last);
    }

    fn run_forward(&self, input: Option<&[u64]>, out: &mut [u64]) {
        self.check(input, out);
        match &self.roots {
            Roots::Portable(roots) => roots.forward(input, out),
            #[cfg(target_arch = "x86_64")]
            Roots::Avx2(roots) => roots.forward(input, out),
            #[cfg(target_arch = "x86_64")]
            Roots::Avx512(roots) => roots.forward(input, out),
        }
    }

    fn run_inverse(&self, input: Option<&[u64]>, out: &mut [u64], last: &LastLayer) {
        self.check(input, out);
        match &self.roots {
            Roots::Portable(roots) => roots.inverse(input, out, last),
            #[cfg(target_arch = "x86_64")]
            Roots::Avx2(roots) => roots.inverse(input, out, last),
            #[cfg(target_arch = "x86_64")]
            Roots::Avx512(roots) => roots.inverse(input, out, last),
        }
    }

    /// The kernels rely on these lengths.
    fn check(&self, input: Option<&[u64]>, out: &[u64]) {
        assert_eq!(out.len(), self.degree());
        assert_eq!(input.map_or(out.len(), <[u64]>::len), self.degree());
    }
}

fn last_layer(log_n: u32, modulus: &Modulus, outer_root: u64, factor: u64) -> LastLayer {
    // (q − (q−1)/N)·N = q·N − q + 1 ≡ 1
    let inverse_degree = modulus.value() - ((modulus.value() - 1) >> log_n);
    let sum = modulus.mul(inverse_degree, factor);
    LastLayer {
        sum: ShoupScalar::new(sum, modulus),
        difference: ShoupScalar::new(modulus.mul(sum, outer_root), modulus),
    }
}

/// `roots[m + j]` = ψ^((2·brv(j)+1)·N/(2m)) for m = 1, 2, 4, … N/2 and j < m; index 0 is 1.
fn roots(log_n: u32, modulus: &Modulus) -> Result<Vec<u64>, RingError> {
    let n = 1usize << log_n;
    let psi = primitive_root(log_n, modulus)
        .ok_or(RingError::NoRoot { q: modulus.value(), log_order: log_n + 1 })?;
    let powers: Vec<u64> =
        std::iter::successors(Some(1), |&power| Some(modulus.mul(power, psi))).take(n).collect();
    let mut roots = vec![1; n];
    for layer in 0..log_n {
        let m = 1usize << layer;
        for j in 0..m {
            roots[m + j] = powers[(2 * reverse_bits(j, layer) + 1) * (n / (2 * m))];
        }
    }
    Ok(roots)
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
