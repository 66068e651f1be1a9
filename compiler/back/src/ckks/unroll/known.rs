//! Public vectors while a loop is written out: known, or in the runs of a loop known by the run.
//!
//! In the body of a loop a vector is Σ vector · number of the run; sums, products and rotations of such are such again. What is asked of
//! it for every ciphertext that it meets, whether it is 0 or 1 in all runs, is found once.

use crate::ckks::graph::ConstantId;
use hep_plan::{Constant, SlotVector, Step, Table, TableId, Tables};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Most terms of a vector that differs between runs; a loop with more is written out.
pub(super) const MAX_TERMS: usize = 32;

/// A known vector.
#[derive(Debug)]
pub(super) struct Known {
    terms: Terms,
    pub zero: bool,
    pub one: bool,
    pub constant: OnceCell<ConstantId>,
}

#[derive(Debug)]
enum Terms {
    /// The same in all runs.
    Fixed(Vec<f64>),
    /// A sum of vectors, each times the number of the run.
    OfRun(Vec<(Rc<Vec<f64>>, TableId)>),
}

/// Too many different public vectors for a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooVaried;

impl Known {
    pub fn fixed(values: Vec<f64>) -> Rc<Self> {
        let all = |wanted: f64| values.iter().all(|v| *v == wanted);
        let (zero, one) = (all(0.0), all(1.0));
        Rc::new(Self { terms: Terms::Fixed(values), zero, one, constant: OnceCell::new() })
    }

    /// The same vector in all runs, if it is one.
    pub fn values(&self) -> Option<&[f64]> {
        match &self.terms {
            Terms::Fixed(values) => Some(values),
            Terms::OfRun(_) => None,
        }
    }

    /// As a public vector of a schedule.
    pub fn packed(&self) -> Constant {
        match &self.terms {
            Terms::Fixed(values) => SlotVector::new(values).into(),
            Terms::OfRun(terms) => {
                Constant::Sum(terms.iter().map(|(vector, table)| (SlotVector::new(vector), *table)).collect())
            }
        }
    }

    /// Whether two are the same in every run.
    pub fn equals(&self, other: &Self) -> bool {
        match (&self.terms, &other.terms) {
            (Terms::Fixed(a), Terms::Fixed(b)) => a == b,
            (Terms::OfRun(a), Terms::OfRun(b)) => a == b,
            _ => false,
        }
    }
}

/// Arithmetic with vectors that are known by the run.
#[derive(Debug, Default)]
pub(super) struct Arithmetic {
    pub tables: Tables,
    products: HashMap<(TableId, TableId), TableId>,
}

impl Arithmetic {
    /// Σ vector · numbers, where numbers have an entry for each run.
    ///
    /// # Errors
    /// More terms than a loop may have.
    pub fn of_runs(&mut self, terms: Vec<(Vec<f64>, Vec<f64>)>) -> Result<Rc<Known>, TooVaried> {
        let table = |(vector, numbers)| (Rc::new(vector), self.tables.add(Table::Numbers(numbers)));
        let terms = terms.into_iter().map(table).collect();
        self.known(terms)
    }

    /// Terms of one table are one, and of a table that is the same in all runs the vector is.
    fn known(&mut self, terms: Vec<(Rc<Vec<f64>>, TableId)>) -> Result<Rc<Known>, TooVaried> {
        let mut merged: Vec<(Rc<Vec<f64>>, TableId)> = Vec::new();
        for (vector, table) in terms {
            if vector.iter().all(|v| *v == 0.0) {
                continue;
            }
            match merged.iter_mut().find(|(_, known)| *known == table) {
                Some((sum, _)) => *sum = Rc::new(sum.iter().zip(&*vector).map(|(x, y)| x + y).collect()),
                None => merged.push((vector, table)),
            }
        }
        let numbers = |table: &TableId| self.tables.numbers(*table).unwrap_or_default();
        let constant = |table: &TableId| {
            let (first, rest) = numbers(table).split_first()?;
            rest.iter().all(|number| number == first).then_some(*first)
        };
        merged.retain(|(vector, table)| constant(table) != Some(0.0) && vector.iter().any(|v| *v != 0.0));
        let fixed: Option<Vec<f64>> = merged.iter().map(|(_, table)| constant(table)).collect();
        if let Some(factors) = fixed {
            let Some((first, _)) = merged.first() else { return Ok(Known::fixed(vec![])) };
            let mut sum = vec![0.0; first.len()];
            for ((vector, _), factor) in merged.iter().zip(factors) {
                sum.iter_mut().zip(&**vector).for_each(|(sum, x)| *sum += factor * x);
            }
            return Ok(Known::fixed(sum));
        }
        if merged.len() > MAX_TERMS {
            return Err(TooVaried);
        }
        merged.sort_by_key(|(_, table)| *table);
        Ok(Rc::new(Known { terms: Terms::OfRun(merged), zero: false, one: false, constant: OnceCell::new() }))
    }

    fn terms(&mut self, known: &Known) -> Vec<(Rc<Vec<f64>>, TableId)> {
        match &known.terms {
            Terms::Fixed(values) => {
                vec![(Rc::new(values.clone()), self.tables.add(Table::Numbers(vec![1.0])))]
            }
            Terms::OfRun(terms) => terms.clone(),
        }
    }

    pub fn sum(&mut self, a: &Known, b: &Known, sign: f64) -> Result<Rc<Known>, TooVaried> {
        if let (Some(a), Some(b)) = (a.values(), b.values()) {
            return Ok(Known::fixed(zip(a, b, |x, y| if sign < 0.0 { x - y } else { x + y })));
        }
        let mut terms = self.terms(a);
        let signed = self.terms(b).into_iter();
        terms.extend(
            signed.map(|(vector, table)| (Rc::new(vector.iter().map(|v| sign * v).collect()), table)),
        );
        self.filled(terms, a)
    }

    pub fn product(&mut self, a: &Known, b: &Known) -> Result<Rc<Known>, TooVaried> {
        if let (Some(a), Some(b)) = (a.values(), b.values()) {
            return Ok(Known::fixed(zip(a, b, |x, y| x * y)));
        }
        let (left, right) = (self.terms(a), self.terms(b));
        let mut terms = Vec::new();
        for (x, s) in &left {
            for (y, t) in &right {
                let table = self.table_product(*s, *t);
                terms.push((Rc::new(zip(x, y, |x, y| x * y)), table));
            }
        }
        self.filled(terms, a)
    }

    pub fn map(&mut self, a: &Known, change: impl Fn(&[f64]) -> Vec<f64>) -> Result<Rc<Known>, TooVaried> {
        if let Some(a) = a.values() {
            return Ok(Known::fixed(change(a)));
        }
        let terms =
            self.terms(a).into_iter().map(|(vector, table)| (Rc::new(change(&vector)), table)).collect();
        self.filled(terms, a)
    }

    pub fn rotated(&mut self, a: &Known, step: Step) -> Result<Rc<Known>, TooVaried> {
        self.map(a, |vector| {
            let mut turned = vector.to_vec();
            turned.rotate_left(step.0 as usize);
            turned
        })
    }

    /// What is nothing in all runs has still as many slots.
    fn filled(&mut self, terms: Vec<(Rc<Vec<f64>>, TableId)>, like: &Known) -> Result<Rc<Known>, TooVaried> {
        let found = self.known(terms)?;
        let slots = match &like.terms {
            Terms::Fixed(values) => values.len(),
            Terms::OfRun(terms) => terms.first().map_or(0, |(vector, _)| vector.len()),
        };
        Ok(if found.values().is_some_and(<[f64]>::is_empty) { Known::fixed(vec![0.0; slots]) } else { found })
    }

    fn table_product(&mut self, s: TableId, t: TableId) -> TableId {
        let key = (s.min(t), s.max(t));
        if let Some(known) = self.products.get(&key) {
            return *known;
        }
        let of = |table| self.tables.numbers(table).unwrap_or_default();
        let (a, b) = (of(key.0), of(key.1));
        // Tables have an entry for each run, or one.
        let numbers = (0..a.len().max(b.len())).map(|run| a[run % a.len()] * b[run % b.len()]).collect();
        let product = self.tables.add(Table::Numbers(numbers));
        self.products.insert(key, product);
        product
    }
}

fn zip(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| f(*x, *y)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_run(known: &Known, arithmetic: &Arithmetic, run: u32) -> Vec<f64> {
        known.packed().at(&arithmetic.tables, run).expect("its tables").expand()
    }

    #[test]
    fn sums_and_products_are_those_of_every_run() {
        let mut arithmetic = Arithmetic::default();
        let rates = vec![0.5, 0.25, 0.125];
        let a = arithmetic.of_runs(vec![(vec![1.0, 2.0], rates.clone())]).expect("a term");
        let b = Known::fixed(vec![3.0, -1.0]);
        let sum = arithmetic.sum(&a, &b, -1.0).expect("two terms");
        let product = arithmetic.product(&sum, &a).expect("two terms");
        let turned = arithmetic.rotated(&product, Step(1)).expect("two terms");
        for (run, rate) in rates.into_iter().enumerate() {
            let (x, y) = ((rate - 3.0) * rate, (2.0 * rate + 1.0) * 2.0 * rate);
            assert_eq!(in_run(&turned, &arithmetic, run as u32), [y, x]);
        }
    }

    #[test]
    fn what_is_the_same_in_all_runs_is_a_vector() {
        let mut arithmetic = Arithmetic::default();
        let a = arithmetic.of_runs(vec![(vec![1.0, 2.0], vec![0.5, 0.5])]).expect("a term");
        assert_eq!(a.values(), Some(&[0.5, 1.0][..]));
        let b = arithmetic.of_runs(vec![(vec![1.0, 1.0], vec![1.0, 3.0])]).expect("a term");
        let gone = arithmetic.sum(&b, &b, -1.0).expect("no term");
        assert!(gone.zero && gone.values() == Some(&[0.0, 0.0][..]));
        assert!(b.equals(&b) && !b.equals(&a));
    }
}
