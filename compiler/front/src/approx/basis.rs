//! From orthogonal series on an interval to powers of the score.
//!
//! Fits work with `x = (z - middle) / half` on `-1 .. 1`. Expanding a series into powers of `z` cancels heavily
//! at higher degrees, so it is done in exact rational arithmetic and rounded once per coefficient.

use dashu::rational::RBig;

use super::real::Real;
use super::{ApproxError, Polynomial};
use hep_tensor::scalar::number::{from_f64, to_f64};

/// A family of polynomials with a three-term recurrence, on `-1 .. 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// `T_{k+1} = 2 x T_k - T_{k-1}`
    Chebyshev,
    /// `(k + 1) P_{k+1} = (2 k + 1) x P_k - k P_{k-1}`
    Legendre,
}

impl Basis {
    /// Values of the first `count` members at `x`.
    pub(super) fn values<R: Real>(self, x: &R, count: usize) -> Vec<R> {
        let mut values: Vec<R> = vec![R::ratio(1, 1), x.clone()];
        for k in 1..count.max(2) - 1 {
            let (of_member, of_previous) = self.recurrence(k);
            if let [.., b, a] = values.as_slice() {
                let scaled = |(p, q): (usize, usize), v: &R| v.times(&R::ratio(p as i64, q as i64));
                let next = scaled(of_member, &x.times(a)).minus(&scaled(of_previous, b));
                values.push(next);
            }
        }
        values.truncate(count);
        values
    }

    /// The factors of `x T_k` and `T_{k-1}` in the member `k + 1`, as fractions.
    fn recurrence(self, k: usize) -> ((usize, usize), (usize, usize)) {
        match self {
            Basis::Chebyshev if k == 0 => ((1, 1), (0, 1)),
            Basis::Chebyshev => ((2, 1), (1, 1)),
            Basis::Legendre => ((2 * k + 1, k + 1), (k, k + 1)),
        }
    }
}

/// The polynomial in `z` equal to `Σ series_k B_k((z - middle) / half)`.
pub(super) fn to_powers(basis: Basis, series: &[RBig], lo: f64, hi: f64) -> Result<Polynomial, ApproxError> {
    let exact = |c: f64| from_f64(c).map_err(|_| ApproxError::BadCoefficients);
    let (lo, hi) = (exact(lo)?, exact(hi)?);
    let two = RBig::from(2);
    let (middle, half) = ((&lo + &hi) / &two, (&hi - &lo) / &two);
    if half.is_zero() {
        return Err(ApproxError::BadCoefficients);
    }
    let (slope, offset) = (RBig::ONE / &half, -(middle / half));
    let ratio = |(p, q): (usize, usize)| RBig::from_parts(p.into(), q.into());

    let mut sum = vec![RBig::ZERO; series.len().max(1)];
    let mut previous: Vec<RBig> = Vec::new();
    let mut member = vec![RBig::ONE];
    for (k, c) in series.iter().enumerate() {
        for (slot, m) in sum.iter_mut().zip(&member) {
            *slot += c * m;
        }
        let (of_member, of_previous) = basis.recurrence(k);
        let (of_member, of_previous) = (ratio(of_member), ratio(of_previous));
        let mut next = vec![RBig::ZERO; member.len() + 1];
        if !offset.is_zero() {
            for (slot, m) in next.iter_mut().zip(&member) {
                *slot += &of_member * &offset * m;
            }
        }
        for (slot, m) in next.iter_mut().skip(1).zip(&member) {
            *slot += &of_member * &slope * m;
        }
        for (slot, m) in next.iter_mut().zip(&previous) {
            *slot -= &of_previous * m;
        }
        previous = std::mem::replace(&mut member, next);
    }
    let polynomial = Polynomial::new(sum.iter().map(to_f64).collect());
    if polynomial.is_finite() { Ok(polynomial) } else { Err(ApproxError::BadCoefficients) }
}
