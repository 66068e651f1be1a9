//! Numbers for fits: floats while a fit is sought, floats of 128 bits once it is found.
//!
//! Coefficients of powers follow from those of orthogonal series with heavy cancellation; with 38 digits they are right
//! to the last digit of the result for every degree on offer.

use dashu::base::Sign;
use dashu::float::FBig;
use dashu::float::round::mode::HalfEven;
use dashu::rational::RBig;

/// A float with as many bits as it is given.
pub(super) type Big = FBig<HalfEven, 2>;

/// Bits of the numbers of this module.
pub(super) const BITS: usize = 128;

/// The exact value of a finite float; 0 for others, which callers exclude.
pub(super) fn big(value: f64) -> Big {
    with_bits(Big::try_from(value).unwrap_or(Big::ZERO))
}

/// Results of operations on [`BITS`] bits.
pub(super) fn with_bits(value: Big) -> Big {
    value.with_precision(BITS).value()
}

/// The rational with 128 bits.
pub(super) fn from_rational(value: &RBig) -> Big {
    let part = |n: dashu::integer::IBig| with_bits(Big::from(n));
    part(value.numerator().clone()) / part(value.denominator().clone().into())
}

/// The exact value.
pub(super) fn to_rational(value: &Big) -> RBig {
    RBig::try_from(value.clone()).unwrap_or(RBig::ZERO)
}

/// What interpolation, recurrences and elimination need.
pub(super) trait Real: Clone {
    /// The exact value of a finite float.
    fn of(value: f64) -> Self;
    /// `p / q`
    fn ratio(p: i64, q: i64) -> Self;
    /// The sum.
    fn plus(&self, other: &Self) -> Self;
    /// The difference.
    fn minus(&self, other: &Self) -> Self;
    /// The product.
    fn times(&self, other: &Self) -> Self;
    /// The quotient.
    fn over(&self, other: &Self) -> Self;
    /// The nearest float.
    fn float(&self) -> f64;
    /// The size as a float, 0 only for 0.
    fn size(&self) -> f64;
}

impl Real for f64 {
    fn of(value: f64) -> f64 {
        value
    }

    fn ratio(p: i64, q: i64) -> f64 {
        p as f64 / q as f64
    }

    fn plus(&self, other: &f64) -> f64 {
        self + other
    }

    fn minus(&self, other: &f64) -> f64 {
        self - other
    }

    fn times(&self, other: &f64) -> f64 {
        self * other
    }

    fn over(&self, other: &f64) -> f64 {
        self / other
    }

    fn float(&self) -> f64 {
        *self
    }

    fn size(&self) -> f64 {
        self.abs()
    }
}

impl Real for Big {
    fn of(value: f64) -> Big {
        big(value)
    }

    fn ratio(p: i64, q: i64) -> Big {
        with_bits(Big::from(p)) / with_bits(Big::from(q))
    }

    fn plus(&self, other: &Big) -> Big {
        self + other
    }

    fn minus(&self, other: &Big) -> Big {
        self - other
    }

    fn times(&self, other: &Big) -> Big {
        self * other
    }

    fn over(&self, other: &Big) -> Big {
        self / other
    }

    fn float(&self) -> f64 {
        self.to_f64().value()
    }

    fn size(&self) -> f64 {
        let float = self.float().abs();
        if float == 0.0 && *self != Big::ZERO { f64::MIN_POSITIVE } else { float }
    }
}

/// Whether a number is below zero.
pub(super) fn is_negative(value: &Big) -> bool {
    value.sign() == Sign::Negative && *value != Big::ZERO
}
