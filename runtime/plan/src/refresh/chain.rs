//! The primes of parameters with refreshes.

use hep_params::primes::{TooFewPrimes, nearest};
use hep_params::refresh::{C2S_BITS, S2C_BITS, SINE_BITS};
use hep_params::{Params, ParamsError, RefreshShape, Security};
use thiserror::Error;

/// What a chain is made of beside its refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// log2 of the ring degree.
    pub log_n: u32,
    /// Levels between two refreshes.
    pub levels: usize,
    /// Bits of each.
    pub bits: u32,
    /// Special primes, of 51 bits each, and primes of a digit of key switching.
    pub special: usize,
    /// The claim.
    pub security: Security,
}

/// Why there is no such chain.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ChainError {
    /// No shape is given.
    #[error("a chain of refreshes needs the shape of one")]
    NoShape,
    /// Shapes of one chain must have as many factors each, and the same square.
    #[error("refreshes of one chain have the same numbers of factors and the same square")]
    Shapes,
    /// There are too few primes.
    #[error(transparent)]
    Primes(#[from] TooFewPrimes),
    /// The parameters are refused.
    #[error(transparent)]
    Params(#[from] ParamsError),
}

/// Parameters for refreshes of some shapes with so many levels between them.
///
/// From the bottom up: q_0 of 51 bits, SlotsToCoeffs, the program, EvalMod, CoeffsToSlots.
///
/// ```
/// use hep_params::{Packing, RefreshShape, Security};
/// use hep_plan::refresh::{Chain, chain};
///
/// let shape = RefreshShape::standard(15, Packing::Real);
/// let params =
///     chain(Chain { log_n: 16, levels: 12, bits: 45, special: 10, security: Security::Standard128 }, vec![shape])?;
/// assert_eq!((params.q.len(), params.p.len()), (27, 10));
/// # Ok::<(), hep_plan::refresh::ChainError>(())
/// ```
///
/// # Errors
/// [`ChainError`]: too few primes, shapes that do not go together, or parameters that claim more than they have.
pub fn chain(of: Chain, refresh: Vec<RefreshShape>) -> Result<Params, ChainError> {
    let first = refresh.first().ok_or(ChainError::NoShape)?;
    let same = |other: &RefreshShape| {
        let of = |shape: &RefreshShape| (shape.s2c.len(), shape.c2s.len(), shape.wide_square);
        of(other) == of(first)
    };
    if !refresh.iter().all(same) {
        return Err(ChainError::Shapes);
    }
    let sizes = [SINE_BITS]
        .into_iter()
        .chain(first.s2c.iter().map(|_| S2C_BITS))
        .chain(std::iter::repeat_n(of.bits, of.levels))
        .chain(first.sine_bits())
        .chain(first.c2s.iter().skip(1).map(|_| C2S_BITS))
        .chain(std::iter::repeat_n(SINE_BITS, of.special));
    let mut q: Vec<u64> = Vec::new();
    for bits in sizes {
        let prime = nearest(bits, of.log_n, 1, &q)?;
        q.extend(prime);
    }
    let p = q.split_off(q.len() - of.special);
    let digit_limbs = of.special as u32;
    let params = Params { log_n: of.log_n, q, p, digit_limbs, security: of.security, refresh };
    params.validate()?;
    Ok(params)
}
