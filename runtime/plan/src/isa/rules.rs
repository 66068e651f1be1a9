//! What operands and results of an operation must satisfy, from its row: the same for a schedule with exact scales and for a plan with
//! numbers.

use super::{Ciphers, Half, Levels, Op, Parts, Plains, Scales};
use crate::server::Kind;
use crate::tables::PerRun;
use crate::units::{Factor, Level};
use std::ops::Range;

/// Kind and level of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Ciphertext or vector.
    pub kind: Kind,
    /// Level.
    pub level: Level,
}

/// How scales are computed with.
pub trait Algebra {
    /// A scale.
    type Scale;
    /// The scale of a product.
    fn product(&self, a: &Self::Scale, b: &Self::Scale) -> Self::Scale;
    /// The scale times the prime of a level.
    fn times_prime(&self, scale: &Self::Scale, level: Level) -> Self::Scale;
    /// The scale times a number.
    fn times(&self, scale: &Self::Scale, factor: PerRun<Factor>) -> Self::Scale;
    /// Whether two scales are the same.
    fn equal(&self, a: &Self::Scale, b: &Self::Scale) -> bool;
}

impl<P> Op<P> {
    /// Checks numbers, kinds and levels of ciphertexts, of vectors where they are encoded already, and of results.
    ///
    /// # Errors
    /// What does not hold.
    pub fn shapes_fit(
        &self,
        ciphers: &[Shape],
        plains: Option<&[Shape]>,
        results: &[Shape],
    ) -> Result<(), &'static str> {
        let row = self.row();
        let check = |ok: bool, what| if ok { Ok(()) } else { Err(what) };
        let fits = match row.ciphers {
            Ciphers::Just(count) => ciphers.len() == count,
            Ciphers::Terms(count) => ciphers.len() == count && count > 0,
            Ciphers::Pairs => !ciphers.is_empty() && ciphers.len().is_multiple_of(2),
            Ciphers::Some => !ciphers.is_empty(),
        };
        check(fits, "it has not as many operands as terms")?;
        if let Op::HoistedProducts(sums) = self {
            check(sums.iter().all(|terms| !terms.is_empty()), "one of its sums has no terms")?;
        }
        if let Op::Rotate(steps) = self {
            check(steps.iter().all(|step| !step.is_zero()), "one of its rotations moves nothing")?;
        }
        if let Op::Refresh { results, .. } = self {
            let two = |half: &Half| *half != Half::Re;
            check(ciphers.len() <= 2, "it refreshes more than two vectors")?;
            check(ciphers.len() == 2 || !results.iter().any(two), "it has a result of a second vector")?;
        }
        check(results.len() == row.results, "it has not as many results as it makes")?;
        let [result, ..] = *results else { return Err("it has no result") };
        check(results.iter().all(|r| *r == result), "its results are of different levels or kinds")?;
        let parts = |shape: &Shape| match shape.kind {
            Kind::Cipher { parts } => Some(parts),
            Kind::Plain | Kind::ExtendedPlain => None,
        };
        let of = |wanted: u8| ciphers.iter().all(|cipher| parts(cipher) == Some(wanted));
        check(ciphers.iter().all(|cipher| parts(cipher).is_some()), "an operand is no ciphertext")?;
        let largest = ciphers.iter().filter_map(parts).max();
        let fits = match row.parts {
            Parts::Fresh => parts(&result) == Some(2),
            Parts::Encoded => parts(&result).is_none(),
            Parts::Kept | Parts::Larger => largest.is_some() && parts(&result) == largest,
            Parts::Fixed(before, after) => of(before) && parts(&result) == Some(after),
        };
        check(fits, "wrong number of parts")?;
        let at = |wanted: fn(Level, Level) -> bool| {
            ciphers.iter().all(|cipher| wanted(cipher.level, result.level))
        };
        let fits = match row.levels {
            Levels::Free => true,
            Levels::Same => at(|operand, result| operand == result),
            Levels::AtLeast => at(|operand, result| operand >= result),
            Levels::Down => at(|operand, result| operand.0.checked_sub(1) == Some(result.0)),
            Levels::Lower | Levels::AboveResult => at(|operand, result| operand > result),
            Levels::Up => {
                at(|operand, result| operand < result) && ciphers.iter().all(|c| c.level == ciphers[0].level)
            }
        };
        check(fits, "wrong level")?;
        let Some(plains) = plains else { return Ok(()) };
        let (count, kind) = match row.plains {
            Plains::None => (0, Kind::Plain),
            Plains::One => (1, Kind::Plain),
            Plains::Each(kind) => (ciphers.len(), kind),
        };
        check(plains.len() == count, "it has not as many vectors as terms")?;
        let operand = ciphers.first().map_or(result.level, |cipher| cipher.level);
        let level = row.levels.computed_at(operand, result.level);
        check(plains.iter().all(|plain| *plain == Shape { kind, level }), "a vector is not encoded for it")
    }

    /// Checks scales, with those of vectors where they are encoded already. `level` is the one that is computed at.
    ///
    /// # Errors
    /// What does not hold.
    pub fn scales_fit<A: Algebra>(
        &self,
        algebra: &A,
        ciphers: &[A::Scale],
        plains: Option<&[A::Scale]>,
        results: &[A::Scale],
        level: Level,
    ) -> Result<(), &'static str> {
        let row = self.row();
        let all = |operands: &[A::Scale], scale: &A::Scale| operands.iter().all(|o| algebra.equal(o, scale));
        let product = |at: usize| match (row.ciphers, plains) {
            (Ciphers::Pairs, _) => Some(algebra.product(ciphers.get(2 * at)?, ciphers.get(2 * at + 1)?)),
            (_, Some(plains)) => Some(algebra.product(ciphers.get(at)?, plains.get(at)?)),
            // A vector is encoded at the scale that is missing.
            (_, None) => None,
        };
        let products = |scale: &A::Scale, terms: Range<usize>| {
            terms.filter_map(product).all(|product| algebra.equal(&product, scale))
        };
        let fits = results.iter().enumerate().all(|(number, result)| match row.scale {
            Scales::Free => true,
            Scales::Same => all(ciphers, result) && plains.is_none_or(|plains| all(plains, result)),
            Scales::Product => products(result, 0..ciphers.len()),
            Scales::Divided => all(ciphers, &algebra.times_prime(result, level)),
            Scales::DividedProduct => {
                products(&algebra.times_prime(result, level), self.terms(number, ciphers.len()))
            }
            Scales::Over(factor) => all(ciphers, &algebra.times(result, factor)),
        });
        if fits { Ok(()) } else { Err("wrong scale") }
    }

    /// Positions of the ciphertexts that result number `number` is made of, of so many.
    #[must_use]
    pub fn terms(&self, number: usize, ciphers: usize) -> Range<usize> {
        let Op::HoistedProducts(sums) = self else { return 0..ciphers };
        let before: usize = sums.iter().take(number).map(Vec::len).sum();
        before..before + sums.get(number).map_or(0, Vec::len)
    }
}
