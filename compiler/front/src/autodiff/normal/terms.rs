//! Polynomials in `z`, `s` and `L` with exact rational coefficients.

use std::collections::BTreeMap;

use dashu::rational::RBig;

use hep_tensor::scalar::number::is_moderate;

/// The exponents of `z`, `s` and `L`.
pub(super) type Power = (u32, u32, u32);

/// A sum of terms `c z^i s^j L^l`, no coefficient zero. The order of powers is lexicographic.
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
        Terms::monomial((0, 0, 0), value)
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
            1 => self.0.get(&(0, 0, 0)).cloned(),
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
        for (&(i, j, l), a) in &self.0 {
            for (&(p, q, r), b) in &other.0 {
                product.accumulate((i + p, j + q, l + r), a * b);
            }
        }
        product.checked()
    }

    fn checked(self) -> Option<Terms> {
        let fits = |(&(i, j, l), c): (&Power, &RBig)| i.max(j).max(l) <= MAX_EXPONENT && is_moderate(c);
        self.0.iter().all(fits).then_some(self)
    }

    /// `self * s^a * (1 - s)^b`.
    pub(super) fn times_units(&self, a: u32, b: u32) -> Terms {
        let mut result = Terms(self.0.iter().map(|(&(i, j, l), c)| ((i, j + a, l), c.clone())).collect());
        for _ in 0..b {
            let shifted = Terms(result.0.iter().map(|(&(i, j, l), c)| ((i, j + 1, l), -c.clone())).collect());
            result = result.plus(&shifted);
        }
        result
    }

    /// Divides by the highest power of `s` that leaves no remainder; returns it.
    pub(super) fn strip_s(&mut self) -> u32 {
        let lowest = self.0.keys().map(|&(_, j, _)| j).min().unwrap_or(0);
        if lowest > 0 {
            let old = std::mem::take(&mut self.0);
            self.0 = old.into_iter().map(|((i, j, l), c)| ((i, j - lowest, l), c)).collect();
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

    /// `self / (1 - s)`, if that is a polynomial and `self` is not zero. For each power of `z` and `L`, the coefficients
    /// of the quotient are the partial sums of those of the dividend, and the full sum is the remainder.
    fn over_t(&self) -> Option<Terms> {
        if self.is_zero() {
            return None;
        }
        let mut rows: BTreeMap<(u32, u32), BTreeMap<u32, &RBig>> = BTreeMap::new();
        for (&(i, j, l), c) in &self.0 {
            rows.entry((i, l)).or_default().insert(j, c);
        }
        let mut quotient = Terms::default();
        for ((i, l), row) in rows {
            let last = row.keys().next_back().copied().unwrap_or(0);
            let mut sum = RBig::ZERO;
            for j in 0..=last {
                if let Some(c) = row.get(&j) {
                    sum += *c;
                }
                if j < last {
                    quotient.accumulate((i, j, l), sum.clone());
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
        let ((di, dj, dl), dc) = divisor.leading()?;
        let mut remainder = self.clone();
        let mut quotient = Terms::default();
        while let Some(((i, j, l), c)) = remainder.leading() {
            let power = (i.checked_sub(di)?, j.checked_sub(dj)?, l.checked_sub(dl)?);
            let step = Terms::monomial(power, c / dc);
            let subtrahend = divisor.times(&step, budget)?.scaled(&RBig::NEG_ONE);
            remainder = remainder.plus(&subtrahend);
            quotient = quotient.plus(&step);
        }
        Some(quotient)
    }

    /// Whether the terms are a polynomial in `z` alone.
    pub(super) fn is_in_z(&self) -> bool {
        self.0.keys().all(|&(_, j, l)| j == 0 && l == 0)
    }

    /// The same function of `-z`, in the generators at `-z`: `z -> -z`, `s -> 1 - s`, `L -> L - rate z`.
    pub(super) fn mirrored(&self, rate: &RBig, budget: &mut Budget) -> Option<Terms> {
        let log = Terms::monomial((0, 0, 1), RBig::ONE).plus(&Terms::monomial((1, 0, 0), -rate.clone()));
        let mut result = Terms::default();
        for (&(i, j, l), c) in &self.0 {
            let sign = if i % 2 == 0 { c.clone() } else { -c.clone() };
            budget.spend(1 + j as usize * j as usize)?;
            let mut term = Terms::monomial((i, 0, 0), sign).times_units(0, j);
            for _ in 0..l {
                term = term.times(&log, budget)?;
            }
            result = result.plus(&term);
        }
        result.checked()
    }
}
