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

use super::refreshes::Refreshes;
use dashu::rational::RBig;
use hep_plan::isa::number;
use hep_plan::{Factor, PerRun, Scale, TableId, Tables};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a logarithm is a sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// A public number that is part of scales.
    Number(PerRun<Factor>),
    /// The scale of what is refreshed.
    Operand,
    /// The scale that results of refreshes have.
    Refreshed,
    /// The scale at which a loop variable arrives in a run.
    Arrival(u32),
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

    /// The number, when free scales are nominal. Primes are near the nominal scale, so that only powers of numbers near 1 are rounded.
    #[must_use]
    pub fn value(&self, of: &Numbers<'_>) -> f64 {
        let nominal = f64::from(of.bits).exp2();
        let mut degree = RBig::ZERO;
        let mut correction = 1.0;
        let mut moved = 0.0;
        for (atom, exponent) in &*self.0 {
            let power = exponent.to_f64().value();
            match atom {
                Atom::Number(factor) => {
                    moved += power * of.factor(*factor).log2();
                    continue;
                }
                Atom::Arrival(variable) => {
                    moved += power * (of.arrival)(*variable).bits();
                    continue;
                }
                Atom::Prime(depth) => correction *= ((of.prime)(*depth) as f64 / nominal).powf(power),
                Atom::Refreshed => correction *= (of.refreshed.0 / nominal).powf(power),
                Atom::Free(_) | Atom::Slack(_) | Atom::Operand => {}
            }
            degree += exponent;
        }
        (degree.to_f64().value() * f64::from(of.bits)).exp2() * correction * moved.exp2()
    }

    /// What of it differs between runs, to be taken for many of them.
    #[must_use]
    pub fn by_run<'t>(&self, of: &Numbers<'t>) -> ByRun<'t> {
        let (mut fixed, mut tables, mut arrivals) = (Form::default(), Vec::new(), Vec::new());
        for (atom, exponent) in &*self.0 {
            let power = exponent.to_f64().value();
            match atom {
                Atom::Number(PerRun::Table(table)) => {
                    tables.push((of.tables.numbers(*table).unwrap_or_default(), power));
                }
                Atom::Arrival(variable) => arrivals.push((*variable, power)),
                atom => fixed = fixed.plus(&Self::atom(*atom), exponent),
            }
        }
        ByRun { fixed: fixed.value(of), tables, arrivals }
    }

    /// The scale in one run, with the numbers of the run and the scales at which loop variables arrive in it.
    #[must_use]
    pub fn in_run(&self, number: impl Fn(TableId) -> Factor, arrival: impl Fn(u32) -> Self) -> Self {
        let mut found = Self::default();
        for (atom, exponent) in &*self.0 {
            let part = match atom {
                Atom::Number(PerRun::Table(table)) => Self::atom(Atom::Number(number(*table).into())),
                Atom::Arrival(variable) => arrival(*variable),
                atom => Self::atom(*atom),
            };
            found = found.plus(&part, exponent);
        }
        found
    }

    /// Whether it differs between runs of a loop.
    #[must_use]
    pub fn is_of_run(&self) -> bool {
        self.0.keys().any(|atom| matches!(atom, Atom::Number(PerRun::Table(_)) | Atom::Arrival(_)))
    }

    /// Bits by which it is off the nominal scale because of public numbers and refreshes. Bounds of what is refreshed do not count.
    #[must_use]
    pub fn drift(&self, tables: &Tables, refreshes: &Refreshes) -> Drift {
        let counts = |factor: &PerRun<Factor>| match factor {
            PerRun::Always(factor) => !refreshes.bounds.contains(factor),
            PerRun::Table(_) => true,
        };
        self.moved(tables, refreshes, counts)
    }

    /// The same with the bounds of what is refreshed, in the middle of all runs.
    #[must_use]
    pub fn offset(&self, tables: &Tables, refreshes: &Refreshes) -> f64 {
        self.moved(tables, refreshes, |_| true).bits
    }

    fn moved(
        &self,
        tables: &Tables,
        refreshes: &Refreshes,
        counts: impl Fn(&PerRun<Factor>) -> bool,
    ) -> Drift {
        let refreshed = self.0.get(&Atom::Refreshed).map_or(0.0, |exponent| exponent.to_f64().value());
        let mut fixed = 0.0;
        let mut runs: Vec<f64> = Vec::new();
        for (factor, power) in self.powers().filter(|(factor, _)| counts(factor)) {
            match factor {
                PerRun::Always(factor) => fixed += power * factor.value().log2(),
                PerRun::Table(table) => {
                    let numbers = tables.numbers(table).unwrap_or_default();
                    if runs.len() < numbers.len() {
                        // Tables have an entry for each run, or one.
                        runs.resize(numbers.len(), runs.first().copied().unwrap_or(0.0));
                    }
                    let bits = runs.iter_mut().zip(numbers.iter().cycle());
                    bits.for_each(|(bits, number)| *bits += power * number.abs().log2());
                }
            }
        }
        fixed += refreshed * refreshes.above;
        let (mut least, mut most) = (0.0, 0.0);
        if let Some(first) = runs.first() {
            (least, most) = (*first, *first);
            runs.iter().for_each(|bits| (least, most) = (bits.min(least), bits.max(most)));
        }
        Drift { bits: fixed + (least + most) / 2.0, apart: (most - least) / 2.0 }
    }

    fn powers(&self) -> impl Iterator<Item = (PerRun<Factor>, f64)> + '_ {
        self.0.iter().filter_map(|(atom, exponent)| match atom {
            Atom::Number(number) => Some((*number, exponent.to_f64().value())),
            _ => None,
        })
    }

    /// The bits by which each public number moves it.
    pub fn numbers(&self, tables: &Tables) -> Vec<(PerRun<Factor>, f64)> {
        let none = Refreshes::default();
        let of = |(number, power): (PerRun<Factor>, f64)| {
            (number, power * Self::atom(Atom::Number(number)).offset(tables, &none))
        };
        self.powers().map(of).collect()
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
                Atom::Number(factor) => write!(f, "{}", number(factor))?,
                Atom::Operand => write!(f, "operand")?,
                Atom::Refreshed => write!(f, "refreshed")?,
                Atom::Arrival(variable) => write!(f, "v{variable}")?,
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

/// What scales are made of, as numbers, in a run of the loop.
pub struct Numbers<'a> {
    /// Bits of the nominal scale.
    pub bits: u32,
    /// The prime of a depth.
    pub prime: &'a dyn Fn(u32) -> u64,
    /// The scale that results of refreshes have.
    pub refreshed: Scale,
    /// What differs between runs.
    pub tables: &'a Tables,
    /// The run.
    pub run: u32,
    /// The scale at which a loop variable arrives in it.
    pub arrival: &'a dyn Fn(u32) -> Scale,
}

/// A scale in every run.
pub struct ByRun<'t> {
    fixed: f64,
    tables: Vec<(&'t [f64], f64)>,
    arrivals: Vec<(u32, f64)>,
}

impl ByRun<'_> {
    /// The scale in a run, at which loop variables arrive at these scales in it.
    #[must_use]
    pub fn at(&self, run: u32, arrival: impl Fn(u32) -> Scale) -> Scale {
        let table = |(numbers, power): &(&[f64], f64)| {
            let number = numbers.get(run as usize % numbers.len().max(1)).copied().unwrap_or(f64::NAN);
            power * number.abs().log2()
        };
        let tables: f64 = self.tables.iter().map(table).sum();
        let arrivals: f64 = self.arrivals.iter().map(|(of, power)| power * arrival(*of).bits()).sum();
        Scale(self.fixed * (tables + arrivals).exp2())
    }
}

impl Numbers<'_> {
    fn factor(&self, factor: PerRun<Factor>) -> f64 {
        match factor {
            PerRun::Always(factor) => factor.value(),
            PerRun::Table(table) => self.tables.number(table, self.run).abs(),
        }
    }
}

/// How far a scale is off the nominal one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Bits, in the middle between the runs that move it farthest.
    pub bits: f64,
    /// Bits from there to those runs.
    pub apart: f64,
}

/// Free scales and the equations solved so far.
#[derive(Clone, Debug, Default)]
pub struct System {
    atoms: u32,
    /// Scales of what is before the loop that repeats: none of them may differ between its runs.
    before: u32,
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

    /// What is made from here on is of the loop that repeats.
    pub fn begin_loop(&mut self) {
        self.before = self.atoms;
    }

    /// Moves a free scale by some bits.
    pub fn shift(&mut self, free: Atom, bits: f64) {
        let moved = self.fresh().times(&Form::atom(Atom::Number(Factor::of(bits.exp2()).into())));
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
        // What is made before the loop is no matter of what differs between its runs, or may yet turn out to.
        let in_loop =
            |atom: &Atom| matches!(atom, Atom::Free(index) | Atom::Slack(index) if *index >= self.before);
        let of_loop = difference.is_of_run() || difference.0.keys().any(&in_loop);
        let allowed = |found: &(Atom, RBig)| !of_loop || in_loop(&found.0) || self.before == 0;
        let free = youngest(|atom| matches!(atom, Atom::Free(_))).filter(allowed);
        let slack = || youngest(|atom| matches!(atom, Atom::Slack(_))).filter(allowed);
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
        let of = Numbers {
            bits: 40,
            prime: &prime,
            refreshed: Scale(1.0),
            tables: &Tables::default(),
            run: 0,
            arrival: &|_| Scale(1.0),
        };
        let found = system.resolve(&scale).value(&of);
        let mut expected = 2f64.powi(40);
        for depth in 0..20 {
            expected = expected / prime(depth) as f64 * expected;
        }
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
    }
}
