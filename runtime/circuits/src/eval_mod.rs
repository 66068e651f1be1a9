//! EvalMod: y = sin(2πx) of u = (x − ¼)/W, in 8 multiplicative levels and 11 relinearizations.
//!
//! With C_j = T_(2j)(u), of which C_1, C_2, C_3, C_4 and C_8 are computed, Chebyshev division gives
//!
//! p = A·C_8 + (B_1·C_4 + B_0),  A = A_1·C_4 + A_0,  A_1 = a·C_2 + b,
//!
//! where a, A_0, B_0 and B_1 are integer combinations of C_1, C_2 and C_3. u is small for the usual multiple of q_0, so that an error of
//! C_1 = 2u² − 1 is amplified by far more than all others: C_1 and C_3 are kept at 2^7 times the scale (the wide square), and the next
//! product goes back by two primes of 65 bits together.

use hep_ckks::{Ciphertext, CkksError, Combination, Evaluator};

use crate::sine::{COEFFICIENTS, DOUBLINGS, divide};

/// The parts of the polynomial, as EvalMod computes it.
#[derive(Debug, Clone)]
pub struct EvalMod {
    /// A_1 = a·C_2 + b: a and b in 1, C_1.
    lead: Vec<f64>,
    rest: Vec<f64>,
    /// In 1, C_1, C_2, C_3.
    a0: Vec<f64>,
    b1: Vec<f64>,
    b0: Vec<f64>,
    /// Primes that the product after a wide square is divided by.
    spread: usize,
}

impl EvalMod {
    /// Where the first square is wide or not.
    #[must_use]
    pub fn new(wide_square: bool) -> Self {
        let (a, b) = divide(&COEFFICIENTS, 8);
        let (a1, a0) = divide(&a, 4);
        let (lead, rest) = divide(&a1, 2);
        let (b1, b0) = divide(&b, 4);
        Self { lead, rest, a0, b1, b0, spread: if wide_square { 2 } else { 1 } }
    }

    /// sin(2πx) for u = (x − ¼)/[W](crate::sine::WIDTH), by the relinearization key of the evaluator.
    ///
    /// **Level and scale:** as many levels down as it has primes; the scale follows from that of u, which is
    /// [`finer`](hep_params::RefreshShape::finer_bits) than the prime of its level, and from the primes.
    ///
    /// # Errors
    /// Those of the products: a key that is missing or too low, primes that are too few.
    pub fn apply(&self, ev: &Evaluator<'_>, u: &Ciphertext) -> Result<Ciphertext, CkksError> {
        let even = |c: &Ciphertext| double(ev, c);
        let c1 = even(u)?;
        let c2 = self.narrowed(ev, even(&c1)?)?;
        let minus_c1 = [(-1.0, &c1)];
        let c3 = products(ev, 2, &[(&c1, &c2)], &minus_c1, 0.0)?;
        let c4 = even(&c2)?;
        let c8 = even(&c4)?;
        let powers = [&c1, &c2, &c3];

        let lead = self.linear(ev, &[(self.lead[1], &c1)], self.lead[0], c2.scale(), self.spread)?;
        let a1 = products(ev, 1, &[(&lead, &c2)], &[(self.rest[1], &c1)], self.rest[0])?;
        let a = products(ev, 1, &[(&a1, &c4)], &terms(&self.a0, powers), self.a0[0])?;
        // The sum of two products needs one scale.
        let scale = a.scale() * c8.scale() / c4.scale();
        let b1 = self.linear(ev, &terms(&self.b1, powers), self.b1[0], scale, 1)?;
        let mut p = products(ev, 1, &[(&a, &c8), (&b1, &c4)], &terms(&self.b0, powers), self.b0[0])?;
        for _ in 0..DOUBLINGS {
            p = even(&p)?;
        }
        Ok(p)
    }

    /// The rest of the division that a wide square asks for.
    fn narrowed(&self, ev: &Evaluator<'_>, c: Ciphertext) -> Result<Ciphertext, CkksError> {
        (1..self.spread).try_fold(c, |c, _| ev.rescale(&c))
    }

    /// A combination of that scale, `primes` levels below the lowest of its terms.
    fn linear(
        &self,
        ev: &Evaluator<'_>,
        terms: &[(f64, &Ciphertext)],
        constant: f64,
        scale: f64,
        primes: usize,
    ) -> Result<Ciphertext, CkksError> {
        let level = lowest(terms.iter().map(|(_, c)| *c));
        let dropped = &ev.context().parameters().q[level + 1 - primes..=level];
        let above = dropped.iter().fold(scale, |scale, &q| scale * q as f64);
        let sum = ev.combine_numbers(Combination { terms, constant }, level, above)?;
        (0..primes).try_fold(sum, |sum, _| ev.rescale(&sum))
    }
}

/// 2c² − 1.
fn double(ev: &Evaluator<'_>, c: &Ciphertext) -> Result<Ciphertext, CkksError> {
    products(ev, 2, &[(c, c)], &[], -1.0)
}

/// factor·Σ a∘b + Σ c·a + constant, one level below the lowest of the operands of the products.
fn products(
    ev: &Evaluator<'_>,
    factor: usize,
    pairs: &[(&Ciphertext, &Ciphertext)],
    terms: &[(f64, &Ciphertext)],
    constant: f64,
) -> Result<Ciphertext, CkksError> {
    let level = lowest(pairs.iter().flat_map(|(a, b)| [*a, *b]));
    ev.sum_mul_combine_relinearize_rescale((factor, pairs), Combination { terms, constant }, level)
}

fn lowest<'c>(operands: impl Iterator<Item = &'c Ciphertext>) -> usize {
    operands.map(Ciphertext::level).min().unwrap_or(0)
}

/// The terms of C_1, C_2 and C_3.
fn terms<'c>(coefficients: &[f64], powers: [&'c Ciphertext; 3]) -> [(f64, &'c Ciphertext); 3] {
    [1, 2, 3].map(|j| (coefficients[j], powers[j - 1]))
}
