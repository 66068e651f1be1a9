//! Exact scales by linear algebra on their logarithms.
//!
//! A scale is a product of primes and free scales with rational exponents; its logarithm is a linear form. Fresh
//! ciphertexts and products with public vectors have free scales, because the scale at which a vector is encoded is
//! ours to choose. Every sum of ciphertexts demands two forms to be equal: an equation, solved for the youngest free
//! scale in it. What is left free at the end takes the nominal scale. So additions hardly ever need correcting
//! products, and no scale is ever only nearly right (compare the waterline of EVA, PLDI 2020). Where an equation has no
//! free scale left, a ciphertext that drops a level anyway is multiplied by one on the way: the *slack* of that drop;
//! where none drops, one gets a level for it (`ckks/correction.rs`). A value times a public number c is the same ciphertext with its scale divided by c: numbers
//! are atoms too (`ckks/scalars.rs`).

use dashu::rational::RBig;
use hep_plan::Factor;
use hep_plan::print::rounded;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a logarithm is a sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// A public number that is part of scales.
    Number(Factor),
    /// The prime dropped by a rescale at this depth.
    Prime(u32),
    /// A free scale.
    Free(u32),
    /// A correction taken up by a level drop: 1 unless an equation has no other freedom.
    Slack(u32),
}

/// Logarithm of a scale: Σ exponent · log(atom). Nodes share it: copies of a schedule copy no sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Form(Arc<BTreeMap<Atom, RBig>>);

/// A form in memory: equal for copies of one, as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FormId(usize);

impl Form {
    /// Which form in memory this is a copy of.
    #[must_use]
    pub fn id(&self) -> FormId {
        FormId(Arc::as_ptr(&self.0) as usize)
    }

    /// log of one atom.
    #[must_use]
    pub fn atom(atom: Atom) -> Self {
        Self(Arc::new(BTreeMap::from([(atom, RBig::ONE)])))
    }

    /// `self + factor · other`
    #[must_use]
    pub fn plus(&self, other: &Self, factor: &RBig) -> Self {
        if other.0.is_empty() {
            return self.clone();
        }
        let mut sum = (*self.0).clone();
        for (atom, exponent) in &*other.0 {
            let entry = sum.entry(*atom).or_default();
            *entry += exponent * factor;
            if entry.is_zero() {
                sum.remove(atom);
            }
        }
        Self(Arc::new(sum))
    }

    /// Scale of a product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        self.plus(other, &RBig::ONE)
    }

    /// Scale of a quotient.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        self.plus(other, &RBig::from(-1))
    }

    /// The number, when free scales are 2^`bits` and the prime of depth d is `prime(d)`.
    /// Primes are near 2^`bits`, so that only powers of numbers near 1 are rounded.
    #[must_use]
    pub fn value(&self, bits: u32, prime: impl Fn(u32) -> u64) -> f64 {
        let mut degree = RBig::ZERO;
        let mut correction = 1.0;
        for (atom, exponent) in &*self.0 {
            match atom {
                Atom::Number(_) => continue,
                Atom::Prime(depth) => {
                    let ratio = prime(*depth) as f64 / f64::from(bits).exp2();
                    correction *= ratio.powf(exponent.to_f64().value());
                }
                Atom::Free(_) | Atom::Slack(_) => {}
            }
            degree += exponent;
        }
        (degree.to_f64().value() * f64::from(bits)).exp2() * correction * self.drift().exp2()
    }

    /// Bits by which public numbers move the scale.
    #[must_use]
    pub fn drift(&self) -> f64 {
        self.numbers().map(|(_, bits)| bits).sum()
    }

    /// The bits by which each public number moves it.
    pub fn numbers(&self) -> impl Iterator<Item = (Factor, f64)> + '_ {
        self.0.iter().filter_map(|(atom, exponent)| match atom {
            Atom::Number(number) => Some((*number, exponent.to_f64().value() * number.value().log2())),
            _ => None,
        })
    }

    /// Its free scales with their exponents.
    pub fn free(&self) -> impl Iterator<Item = (Atom, f64)> + '_ {
        let free = self.0.iter().filter(|(atom, _)| matches!(atom, Atom::Free(_)));
        free.map(|(atom, exponent)| (*atom, exponent.to_f64().value()))
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(f, "1");
        }
        for (position, (atom, exponent)) in self.0.iter().enumerate() {
            if position > 0 {
                write!(f, "·")?;
            }
            match atom {
                Atom::Number(number) => write!(f, "{}", rounded(number.value()))?,
                Atom::Prime(depth) => write!(f, "q{depth}")?,
                Atom::Free(index) => write!(f, "s{index}")?,
                Atom::Slack(index) => write!(f, "d{index}")?,
            }
            if *exponent != RBig::ONE {
                write!(f, "^{exponent}")?;
            }
        }
        Ok(())
    }
}

/// Free scales and the equations solved so far.
#[derive(Clone, Debug, Default)]
pub struct System {
    atoms: u32,
    solved: BTreeMap<Atom, Form>,
}

impl System {
    /// A new free scale.
    pub fn fresh(&mut self) -> Form {
        self.atoms += 1;
        Form::atom(Atom::Free(self.atoms - 1))
    }

    /// The slack of a new level drop.
    pub fn slack(&mut self) -> Form {
        self.atoms += 1;
        Form::atom(Atom::Slack(self.atoms - 1))
    }

    /// The form with every solved scale replaced.
    #[must_use]
    pub fn resolve(&self, form: &Form) -> Form {
        let mut current = form.clone();
        loop {
            let found = current.0.iter().find_map(|(atom, exponent)| {
                self.solved.get(atom).map(|solution| (*atom, exponent.clone(), solution))
            });
            let Some((atom, exponent, solution)) = found else { return current };
            Arc::make_mut(&mut current.0).remove(&atom);
            current = current.plus(solution, &exponent);
        }
    }

    /// Knows a free scale or a slack of this number, and all before it.
    pub(super) fn have(&mut self, index: u32) {
        self.atoms = self.atoms.max(index.saturating_add(1));
    }

    /// Moves a free scale by some bits.
    pub fn shift(&mut self, free: Atom, bits: f64) {
        let moved = self.fresh().times(&Form::atom(Atom::Number(Factor::of(bits.exp2()))));
        self.solved.insert(free, moved);
    }

    /// Fixes every slack that no equation needed to 1.
    pub fn close(&mut self) {
        for index in 0..self.atoms {
            self.solved.entry(Atom::Slack(index)).or_default();
        }
    }

    /// Makes two scales equal if a free scale, or else a slack, allows it; says whether they now are.
    #[must_use]
    pub fn unify(&mut self, a: &Form, b: &Form) -> bool {
        let difference = self.resolve(&a.over(b));
        let youngest = |wanted: fn(&Atom) -> bool| {
            difference.0.iter().rev().find(|(atom, _)| wanted(atom)).map(|(atom, e)| (*atom, e.clone()))
        };
        let free = youngest(|atom| matches!(atom, Atom::Free(_)));
        let slack = || youngest(|atom| matches!(atom, Atom::Slack(_)));
        let Some((atom, exponent)) = free.or_else(slack) else { return difference.0.is_empty() };
        // exponent·s + rest = 0  ⇒  s = −rest / exponent
        let mut rest = difference;
        Arc::make_mut(&mut rest.0).remove(&atom);
        self.solved.insert(atom, Form::default().plus(&rest, &(RBig::from(-1) / exponent)));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_a_square_and_a_product_fixes_the_free_scale() {
        let mut system = System::default();
        let z = system.fresh();
        let y = system.fresh();
        let square = z.times(&z).over(&Form::atom(Atom::Prime(3)));
        assert!(system.unify(&square, &y));
        assert_eq!(system.resolve(&y), square);
        assert!(system.unify(&square, &y));
        let doubled = square.times(&z);
        assert!(system.unify(&doubled, &y)); // z becomes 1
        assert_eq!(system.resolve(&z), Form::default());
        let (first, second) = (Form::atom(Atom::Prime(1)), Form::atom(Atom::Prime(2)));
        assert!(!system.unify(&first, &second));
        let slack = system.slack();
        assert!(system.unify(&first.times(&slack), &second));
        assert_eq!(system.resolve(&slack), second.over(&first));
    }

    #[test]
    fn numbers_stay_near_the_nominal_scale() {
        let prime = |depth: u32| (1u64 << 40) + u64::from(depth) * (1 << 17) + 1;
        let mut system = System::default();
        let mut scale = system.fresh();
        for depth in 0..20 {
            scale = scale.times(&scale).over(&Form::atom(Atom::Prime(depth)));
        }
        let found = system.resolve(&scale).value(40, prime);
        let mut expected = 2f64.powi(40);
        for depth in 0..20 {
            expected = expected / prime(depth) as f64 * expected;
        }
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
    }
}
