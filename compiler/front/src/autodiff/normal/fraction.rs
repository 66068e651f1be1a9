//! The field of fractions over `z`, `s` and `L`, with the units `s` and `1 - s` kept apart.
//!
//! Denominators are allowed while an expression is being read, since they often cancel later:
//! `exp(z) / (1 + exp(z))` has none in the end. A fraction is reduced when that takes only one exact division,
//! which is all that is needed to decide whether the final result is a [`NormalForm`].

use dashu::base::Abs;
use dashu::rational::RBig;

use super::NormalForm;
use super::terms::{Budget, Terms};

/// Largest exponent of a unit.
const MAX_UNIT: i32 = 128;

/// `s^s (1 - s)^t numerator / denominator`. Neither polynomial is a multiple of `s` or `1 - s`, the denominator
/// has leading coefficient 1, and zero is represented with denominator 1 and no units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fraction {
    s: i32,
    t: i32,
    numerator: Terms,
    denominator: Terms,
}

impl Fraction {
    pub(super) fn constant(value: RBig) -> Fraction {
        Fraction { s: 0, t: 0, numerator: Terms::constant(value), denominator: Terms::constant(RBig::ONE) }
    }

    /// `z`
    pub(super) fn score() -> Fraction {
        Fraction { numerator: Terms::monomial((1, 0, 0), RBig::ONE), ..Fraction::constant(RBig::ONE) }
    }

    /// `L`
    pub(super) fn softplus() -> Fraction {
        Fraction { numerator: Terms::monomial((0, 0, 1), RBig::ONE), ..Fraction::constant(RBig::ONE) }
    }

    /// `(s / (1 - s)) ** k`, the exponential of `k` times the argument of `s`
    pub(super) fn exponential(k: i32) -> Option<Fraction> {
        (k.abs() <= MAX_UNIT).then(|| Fraction { s: k, t: -k, ..Fraction::constant(RBig::ONE) })
    }

    /// Brings the parts into the shape the type promises.
    fn normalized(mut self, budget: &mut Budget) -> Option<Fraction> {
        if self.numerator.is_zero() {
            return Some(Fraction::constant(RBig::ZERO));
        }
        let signed = |n: u32| i32::try_from(n).ok();
        self.s += signed(self.numerator.strip_s())? - signed(self.denominator.strip_s())?;
        self.t += signed(self.numerator.strip_t())? - signed(self.denominator.strip_t())?;
        if self.s.abs() > MAX_UNIT || self.t.abs() > MAX_UNIT {
            return None;
        }
        let factor = RBig::ONE / self.denominator.leading()?.1;
        self.numerator = self.numerator.scaled(&factor);
        self.denominator = self.denominator.scaled(&factor);
        if !self.denominator.is_one()
            && let Some(quotient) = self.numerator.exact_quotient(&self.denominator, budget)
        {
            // A factor of something free of units is free of units.
            self.numerator = quotient;
            self.denominator = Terms::constant(RBig::ONE);
        }
        Some(self)
    }

    pub(super) fn negated(mut self) -> Fraction {
        self.numerator = self.numerator.scaled(&RBig::NEG_ONE);
        self
    }

    pub(super) fn plus(self, other: &Fraction, budget: &mut Budget) -> Option<Fraction> {
        if self.numerator.is_zero() {
            return Some(other.clone());
        }
        if other.numerator.is_zero() {
            return Some(self);
        }
        let (s, t) = (self.s.min(other.s), self.t.min(other.t));
        let lifted = |f: &Fraction, budget: &mut Budget| {
            let (up_s, up_t) = (u32::try_from(f.s - s).ok()?, u32::try_from(f.t - t).ok()?);
            budget.spend(f.numerator.len() * (1 + up_t as usize * up_t as usize))?;
            Some(f.numerator.times_units(up_s, up_t))
        };
        let (mut a, mut b) = (lifted(&self, budget)?, lifted(other, budget)?);
        let mut denominator = self.denominator.clone();
        if self.denominator != other.denominator {
            a = a.times(&other.denominator, budget)?;
            b = b.times(&self.denominator, budget)?;
            denominator = denominator.times(&other.denominator, budget)?;
        }
        Fraction { s, t, numerator: a.plus(&b), denominator }.normalized(budget)
    }

    pub(super) fn times(&self, other: &Fraction, budget: &mut Budget) -> Option<Fraction> {
        Fraction {
            s: self.s + other.s,
            t: self.t + other.t,
            numerator: self.numerator.times(&other.numerator, budget)?,
            denominator: self.denominator.times(&other.denominator, budget)?,
        }
        .normalized(budget)
    }

    /// `1 / self`; `None` for zero.
    pub(super) fn inverse(self, budget: &mut Budget) -> Option<Fraction> {
        if self.numerator.is_zero() {
            return None;
        }
        Fraction { s: -self.s, t: -self.t, numerator: self.denominator, denominator: self.numerator }
            .normalized(budget)
    }

    /// `(c, a, b)` if the fraction is `c s^a (1 - s)^b`.
    pub(super) fn as_unit(&self) -> Option<(RBig, i32, i32)> {
        let c = self.denominator.is_one().then(|| self.numerator.as_constant())??;
        Some((c, self.s, self.t))
    }

    /// `c s^a (1 - s)^b` with the sign of `c` dropped.
    pub(super) fn magnitude(&self) -> Option<Fraction> {
        let (c, s, t) = self.as_unit()?;
        Some(Fraction { s, t, ..Fraction::constant(c.abs()) })
    }

    /// `c` if the fraction is `c z`.
    pub(super) fn as_multiple_of_z(&self) -> Option<RBig> {
        if self.s != 0 || self.t != 0 || !self.denominator.is_one() {
            return None;
        }
        if self.numerator.is_zero() {
            return Some(RBig::ZERO);
        }
        match self.numerator.leading()? {
            ((1, 0, 0), c) if self.numerator.len() == 1 => Some(c.clone()),
            _ => None,
        }
    }

    /// The normal form over generators of this rate, if no denominator is left.
    pub(super) fn into_normal_form(self, rate: RBig) -> Option<NormalForm> {
        let Fraction { s, t, numerator, denominator } = self;
        let plain = s == 0 && t == 0 && numerator.is_in_z();
        let rate = if plain { RBig::ONE } else { rate };
        denominator.is_one().then_some(NormalForm { rate, s, t, rest: numerator })
    }
}
