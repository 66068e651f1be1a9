//! Polynomials in `z` and `s` with exact rational coefficients.

use std::collections::BTreeMap;

use dashu::rational::RBig;

use crate::scalar::number::{is_moderate, to_f64};

/// The exponents of `z` and `s`.
pub(super) type Power = (u32, u32);

/// A sum of terms `c z^i s^j`, no coefficient zero. The order of powers is lexicographic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Terms(BTreeMap<Power, RBig>);

/// What is left of the work a reduction may do, in products of coefficients. Formulas of practice need a few
/// hundred; the bound keeps contrived ones from stalling the compiler.
pub(super) struct Budget(u64);

/// Highest exponent of a variable.
const MAX_EXPONENT: u32 = 256;

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(300_000)
    }

    /// Takes `work` units, or says that they are not there.
    pub(super) fn spend(&mut self, work: usize) -> Option<()> {
        self.0 = self.0.checked_sub(u64::try_from(work).ok()?)?;
        Some(())
    }
}

impl Terms {
    pub(super) fn monomial(power: Power, coefficient: RBig) -> Terms {
        let mut terms = Terms::default();
        terms.accumulate(power, coefficient);
        terms
    }

    pub(super) fn constant(value: RBig) -> Terms {
        Terms::monomial((0, 0), value)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Power, &RBig)> {
        self.0.iter()
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_one(&self) -> bool {
        self.as_constant().is_some_and(|c| c.is_one())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn as_constant(&self) -> Option<RBig> {
        match self.0.len() {
            0 => Some(RBig::ZERO),
            1 => self.0.get(&(0, 0)).cloned(),
            _ => None,
        }
    }

    /// The term of highest power.
    pub(super) fn leading(&self) -> Option<(Power, &RBig)> {
        self.0.iter().next_back().map(|(power, c)| (*power, c))
    }

    fn accumulate(&mut self, power: Power, value: RBig) {
        let sum = match self.0.remove(&power) {
            Some(old) => old + value,
            None => value,
        };
        if !sum.is_zero() {
            self.0.insert(power, sum);
        }
    }

    pub(super) fn scaled(mut self, factor: &RBig) -> Terms {
        if factor.is_zero() {
            return Terms::default();
        }
        for c in self.0.values_mut() {
            *c *= factor;
        }
        self
    }

    pub(super) fn plus(mut self, other: &Terms) -> Terms {
        for (power, c) in &other.0 {
            self.accumulate(*power, c.clone());
        }
        self
    }

    /// The product, unless it is too large.
    pub(super) fn times(&self, other: &Terms, budget: &mut Budget) -> Option<Terms> {
        budget.spend(self.len() * other.len())?;
        let mut product = Terms::default();
        for (&(i, j), a) in &self.0 {
            for (&(k, l), b) in &other.0 {
                product.accumulate((i + k, j + l), a * b);
            }
        }
        product.checked()
    }

    fn checked(self) -> Option<Terms> {
        let fits = |(&(i, j), c): (&Power, &RBig)| i <= MAX_EXPONENT && j <= MAX_EXPONENT && is_moderate(c);
        self.0.iter().all(fits).then_some(self)
    }

    /// `self * s^a * (1 - s)^b`.
    pub(super) fn times_units(&self, a: u32, b: u32) -> Terms {
        let mut result = Terms(self.0.iter().map(|(&(i, j), c)| ((i, j + a), c.clone())).collect());
        for _ in 0..b {
            let shifted = Terms(result.0.iter().map(|(&(i, j), c)| ((i, j + 1), -c.clone())).collect());
            result = result.plus(&shifted);
        }
        result
    }

    /// Divides by the highest power of `s` that leaves no remainder; returns it.
    pub(super) fn strip_s(&mut self) -> u32 {
        let lowest = self.0.keys().map(|&(_, j)| j).min().unwrap_or(0);
        if lowest > 0 {
            let old = std::mem::take(&mut self.0);
            self.0 = old.into_iter().map(|((i, j), c)| ((i, j - lowest), c)).collect();
        }
        lowest
    }

    /// Divides by the highest power of `1 - s` that leaves no remainder; returns it.
    pub(super) fn strip_t(&mut self) -> u32 {
        let mut count = 0;
        while let Some(quotient) = self.over_t() {
            *self = quotient;
            count += 1;
        }
        count
    }

    /// `self / (1 - s)`, if that is a polynomial and `self` is not zero. For each power of `z`, the coefficients
    /// of the quotient are the partial sums of those of the dividend, and the full sum is the remainder.
    fn over_t(&self) -> Option<Terms> {
        if self.is_zero() {
            return None;
        }
        let mut rows: BTreeMap<u32, BTreeMap<u32, &RBig>> = BTreeMap::new();
        for (&(i, j), c) in &self.0 {
            rows.entry(i).or_default().insert(j, c);
        }
        let mut quotient = Terms::default();
        for (i, row) in rows {
            let last = row.keys().next_back().copied().unwrap_or(0);
            let mut sum = RBig::ZERO;
            for j in 0..=last {
                if let Some(c) = row.get(&j) {
                    sum += *c;
                }
                if j < last {
                    quotient.accumulate((i, j), sum.clone());
                }
            }
            if !sum.is_zero() {
                return None;
            }
        }
        Some(quotient)
    }

    /// `self / divisor`, if that is a polynomial (and the budget allows to find out).
    pub(super) fn exact_quotient(&self, divisor: &Terms, budget: &mut Budget) -> Option<Terms> {
        let ((di, dj), dc) = divisor.leading()?;
        let mut remainder = self.clone();
        let mut quotient = Terms::default();
        while let Some(((i, j), c)) = remainder.leading() {
            let power = (i.checked_sub(di)?, j.checked_sub(dj)?);
            let step = Terms::monomial(power, c / dc);
            let subtrahend = divisor.times(&step, budget)?.scaled(&RBig::NEG_ONE);
            remainder = remainder.plus(&subtrahend);
            quotient = quotient.plus(&step);
        }
        Some(quotient)
    }

    pub(super) fn eval(&self, z: f64, s: f64) -> f64 {
        let power = |x: f64, n: u32| x.powi(i32::try_from(n).unwrap_or(i32::MAX));
        self.0.iter().map(|(&(i, j), c)| to_f64(c) * power(z, i) * power(s, j)).sum()
    }
}
