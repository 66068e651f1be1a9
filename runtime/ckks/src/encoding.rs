//! Real and complex vectors to integer polynomials and back.
//!
//! With ζ = exp(iπ/N) slot j is the value of the polynomial at ζ^(5^j). A vector v of N/2 reals is encoded as the real polynomial
//! m with m(ζ^(5^j)) = Δ·v_j, rounded to integers; decoding evaluates. Both are special FFTs of length N/2 in f64.

mod crt;
mod fft;
mod round;

use hep_ring::{Buffer, Modulus};
use num_complex::Complex64;
use zeroize::Zeroizing;

use crate::basis::Basis;
use crate::ciphertext::check_scale;
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::KeyForm;
use crate::parameters::bits;
use crate::plaintext::{ExtendedPlaintext, Plaintext};
use crate::poly::Poly;
pub(crate) use fft::Complex;
use fft::SpecialFft;

/// In memory that is overwritten after use.
pub(crate) fn folded(value: &Complex64) -> Complex {
    Complex { re: value.re, im: value.im }
}

/// The tables of encoding.
#[derive(Debug)]
pub(crate) struct Encoder {
    fft: SpecialFft,
    /// log2 Q_l.
    modulus_bits: Vec<f64>,
}

impl Encoder {
    pub(crate) fn new(log_n: u32, q: &[Modulus]) -> Self {
        let primes: Vec<u64> = q.iter().map(Modulus::value).collect();
        let modulus_bits = (0..q.len()).map(|level| bits(&primes[..=level])).collect();
        Self { fft: SpecialFft::new(log_n - 1), modulus_bits }
    }
}

/// The nearest integer modulo a prime.
pub(crate) fn residue(value: f64, modulus: &Modulus) -> u64 {
    let (values, mut out) = ([round::nearest(value)], [0]);
    round::residues(&values, round::largest_exponent(&values), modulus, &mut out);
    out[0]
}

impl Context {
    /// Encodes `values` (slots that are not given are 0) times `scale` at `level`.
    ///
    /// Each coefficient is rounded to the nearest integer, exactly, whatever its size; the message must be below Q_level/2.
    ///
    /// **Level and scale:** those given. Encode a summand at the level and scale of the ciphertext that it is added to, a factor at its
    /// level with the scale of the prime that is divided by next.
    ///
    /// # Errors
    /// [`CkksError::TooManyValues`], [`CkksError::NotFinite`], [`CkksError::BadScale`], [`CkksError::BadLevel`], or
    /// [`CkksError::DoesNotFit`] for a message that is too large for the level.
    pub fn encode(&self, values: &[f64], scale: f64, level: usize) -> Result<Plaintext, CkksError> {
        self.encode_slots(values.iter().map(|&re| Complex { re, im: 0.0 }), scale, level)
    }

    /// The same of complex slots. They do not stay complex under everything: [`crate::Evaluator::conjugate`] turns them around.
    ///
    /// **Level and scale:** as [`Self::encode`].
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn encode_complex(
        &self,
        values: &[Complex64],
        scale: f64,
        level: usize,
    ) -> Result<Plaintext, CkksError> {
        self.encode_slots(values.iter().map(folded), scale, level)
    }

    fn encode_slots(
        &self,
        slots: impl ExactSizeIterator<Item = Complex>,
        scale: f64,
        level: usize,
    ) -> Result<Plaintext, CkksError> {
        let coefficients = self.coefficients(slots, scale, level)?;
        Ok(Plaintext { level, scale, poly: self.transformed(&coefficients, self.basis_with(level, 0)) })
    }

    /// The same modulo Q_level·P.
    ///
    /// **Level and scale:** those given; the result of the products will be one level below.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn encode_extended(
        &self,
        values: &[f64],
        scale: f64,
        level: usize,
    ) -> Result<ExtendedPlaintext, CkksError> {
        let slots = values.iter().map(|&re| Complex { re, im: 0.0 });
        let (coefficients, basis) = (self.coefficients(slots, scale, level)?, self.basis(level));
        Ok(ExtendedPlaintext { basis, scale, poly: self.transformed(&coefficients, basis) })
    }

    /// Complex slots that repeat with the period `values.len()`, a power of two, modulo Q_level and the special primes of a key of the
    /// form: what a ciphertext is multiplied by between a switch and the division that ends it.
    ///
    /// With the period n the polynomial is one in X^(N/2n): the transform repeats every value N/2n times, and 2n of them are kept.
    ///
    /// **Level and scale:** as [`Self::encode_extended`].
    ///
    /// # Errors
    /// As [`Self::encode`]; [`CkksError::BadPeriod`] where the period is no power of two, and [`CkksError::OtherContext`] for special
    /// primes that the context has no tables for.
    pub fn encode_repeated(
        &self,
        values: &[Complex64],
        scale: f64,
        level: usize,
        form: KeyForm,
    ) -> Result<ExtendedPlaintext, CkksError> {
        let operation = "encode";
        self.moduli_at(operation, level)?;
        let basis = form.basis(self, level).ok_or(CkksError::OtherContext { operation })?;
        let poly = self.repeating(values, scale, level, basis.indices())?;
        Ok(ExtendedPlaintext { basis, scale, poly })
    }

    /// The same modulo primes by index: one of every N/2n transformed values.
    pub(crate) fn repeating(
        &self,
        values: &[Complex64],
        scale: f64,
        level: usize,
        primes: impl Iterator<Item = usize>,
    ) -> Result<Poly, CkksError> {
        let (period, slots) = (values.len(), self.slots());
        if !period.is_power_of_two() || period > slots {
            return Err(CkksError::BadPeriod { period, slots });
        }
        let whole = (0..slots).map(|slot| folded(&values[slot % period]));
        let coefficients = &self.coefficients(whole, scale, level)?;
        let kept = 2 * period;
        let exponent = round::largest_exponent(coefficients);
        let run = self.degree() / kept;
        let primes: Vec<usize> = primes.collect();
        Ok(Poly::written(kept, primes.len(), |position, out| {
            let index = primes[position];
            let mut limb = Buffer::recycled(self.degree());
            round::residues(coefficients, exponent, self.modulus(index), &mut limb);
            self.ntt(index).forward(&mut limb);
            out.iter_mut().zip(limb.iter().step_by(run)).for_each(|(o, &value)| *o = value);
        }))
    }

    /// The integer coefficients of an encoded message.
    pub(crate) fn coefficients(
        &self,
        values: impl ExactSizeIterator<Item = Complex>,
        scale: f64,
        level: usize,
    ) -> Result<Zeroizing<Vec<f64>>, CkksError> {
        let (slots, given) = (self.slots(), values.len());
        if given > slots {
            return Err(CkksError::TooManyValues { given, slots });
        }
        // The owner encodes what is to be secret.
        let mut message = Zeroizing::new(vec![Complex::default(); slots]);
        message.iter_mut().zip(values).for_each(|(m, v)| *m = v);
        let bad = message.iter().enumerate().find_map(|(index, v)| {
            [v.re, v.im].into_iter().find(|part| !part.is_finite()).map(|value| (index, value))
        });
        if let Some((index, value)) = bad {
            return Err(CkksError::NotFinite { index, value });
        }
        check_scale("encode", scale)?;
        self.moduli_at("encode", level)?;
        self.encoder().fft.inverse(&mut message);
        let parts = message.iter().map(|m| m.re).chain(message.iter().map(|m| m.im));
        let coefficients: Zeroizing<Vec<f64>> =
            Zeroizing::new(parts.map(|c| round::nearest(c * scale)).collect());
        self.check_size(&coefficients, level)?;
        Ok(coefficients)
    }

    /// Integers modulo the primes of a basis, transformed.
    fn transformed(&self, coefficients: &[f64], basis: Basis) -> Poly {
        let exponent = round::largest_exponent(coefficients);
        Poly::written(self.degree(), basis.limbs(), |position, limb| {
            let index = basis.index(position);
            round::residues(coefficients, exponent, self.modulus(index), limb);
            self.ntt(index).forward(limb);
        })
    }

    /// The slots of a plaintext of this context; correct whenever |Δ·message| < Q_level/2.
    ///
    /// **Level and scale:** of any level; values are divided by the scale that the plaintext says.
    ///
    /// # Panics
    /// If the plaintext was made with another context.
    pub fn decode(&self, plaintext: &Plaintext) -> Vec<f64> {
        self.message(plaintext).iter().map(|m| m.re).collect()
    }

    /// The complex slots of a plaintext of this context, as [`Self::decode`] their real parts.
    ///
    /// # Panics
    /// If the plaintext was made with another context.
    pub fn decode_complex(&self, plaintext: &Plaintext) -> Vec<Complex64> {
        self.message(plaintext).iter().map(|m| Complex64::new(m.re, m.im)).collect()
    }

    /// [`Self::decode`] with the imaginary parts of the slots. Vectors of reals are encoded, so after decryption these are
    /// noise and nothing else, as large as that of the real parts; it depends on the secret key.
    ///
    /// # Panics
    /// If the plaintext was made with another context.
    pub fn decode_with_noise(&self, plaintext: &Plaintext) -> (Vec<f64>, Zeroizing<Vec<f64>>) {
        let message = self.message(plaintext);
        let imaginary = Zeroizing::new(message.iter().map(|m| m.im).collect());
        (message.iter().map(|m| m.re).collect(), imaginary)
    }

    /// The complex slots.
    fn message(&self, plaintext: &Plaintext) -> Zeroizing<Vec<Complex>> {
        let mut residues = Zeroizing::new(plaintext.poly.clone());
        residues.par_limbs_mut(|i, limb| self.ntt(i).inverse(limb));
        let coefficients = Zeroizing::new(crt::centered(self, residues.as_slice()));
        let (re, im) = coefficients.split_at(self.slots());
        let scaled = |c: f64| c / plaintext.scale;
        let folded = re.iter().zip(im).map(|(&re, &im)| Complex { re: scaled(re), im: scaled(im) });
        let mut message: Zeroizing<Vec<Complex>> = Zeroizing::new(folded.collect());
        self.encoder().fft.forward(&mut message);
        message
    }

    /// Refuses coefficients that are not below Q_level/2 in magnitude.
    fn check_size(&self, coefficients: &[f64], level: usize) -> Result<(), CkksError> {
        // The logarithms are good to about 1e-12; nobody uses the last billionth of the modulus.
        const MARGIN: f64 = 1e-9;
        // A NaN (∞ − ∞ in the transform) must count as too large: f64::max would ignore it.
        let largest =
            coefficients.iter().fold(0.0f64, |m, c| if c.is_nan() { f64::INFINITY } else { m.max(c.abs()) });
        let (needed_bits, available_bits) = (largest.log2() + 1.0, self.encoder().modulus_bits[level]);
        if needed_bits + MARGIN < available_bits {
            return Ok(());
        }
        Err(CkksError::DoesNotFit { needed_bits, available_bits, level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParamsBuilder;

    /// All values of the transform are kept, or one of each run of equal ones.
    #[test]
    fn what_repeats_keeps_one_value_of_a_run() {
        let ctx = Context::new_insecure(ParamsBuilder::new(7).depth(2).build_insecure().unwrap()).unwrap();
        let values: Vec<Complex64> =
            (0..64).map(|j| Complex64::new(f64::from(j).sin(), f64::from(3 * j).cos())).collect();
        let scale = 2f64.powi(40);
        for period in [1, 2, 8, 32, 64] {
            let short = ctx.encode_repeated(&values[..period], scale, 2, KeyForm::Full).unwrap();
            let written = values[..period].repeat(64 / period);
            let whole = ctx.encode_repeated(&written, scale, 2, KeyForm::Full).unwrap();
            let plain = ctx.encode_complex(&written, scale, 2).unwrap();
            let run = 64 / period;
            for limb in 0..short.poly.limb_count() {
                let kept = short.poly.limb(limb);
                assert_eq!(kept.len(), 2 * period);
                let spread: Vec<u64> =
                    kept.iter().flat_map(|&value| std::iter::repeat_n(value, run)).collect();
                assert_eq!(spread, whole.poly.limb(limb), "period {period}, limb {limb}");
                if limb <= 2 {
                    assert_eq!(spread, plain.poly.limb(limb), "period {period}, limb {limb}");
                }
            }
        }
    }
}
