//! Real vectors to integer polynomials and back.
//!
//! With ζ = exp(iπ/N) slot j is the value of the polynomial at ζ^(5^j). A vector v of N/2 reals is encoded as the real polynomial
//! m with m(ζ^(5^j)) = Δ·v_j, rounded to integers; decoding evaluates. Both are special FFTs of length N/2 in f64.

mod crt;
mod fft;
mod round;

use hep_ring::Modulus;
use zeroize::Zeroizing;

use crate::basis::Basis;
use crate::ciphertext::check_scale;
use crate::context::Context;
use crate::error::CkksError;
use crate::parameters::bits;
use crate::plaintext::{ExtendedPlaintext, Plaintext};
use crate::poly::Poly;
use fft::{Complex, SpecialFft};

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
        let coefficients = self.coefficients(values, scale, level)?;
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
        let coefficients = self.coefficients(values, scale, level)?;
        let poly = self.transformed(&coefficients, self.basis(level));
        Ok(ExtendedPlaintext { level, scale, poly })
    }

    /// The integer coefficients of an encoded message.
    fn coefficients(
        &self,
        values: &[f64],
        scale: f64,
        level: usize,
    ) -> Result<Zeroizing<Vec<f64>>, CkksError> {
        let slots = self.slots();
        if values.len() > slots {
            return Err(CkksError::TooManyValues { given: values.len(), slots });
        }
        if let Some((index, &value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(CkksError::NotFinite { index, value });
        }
        check_scale("encode", scale)?;
        self.moduli_at("encode", level)?;

        // The owner encodes what is to be secret.
        let mut message = Zeroizing::new(vec![Complex::default(); slots]);
        message.iter_mut().zip(values).for_each(|(m, &v)| m.re = v);
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
