//! Keys that re-encrypt a product or a rotated ciphertext under the secret key.

use hep_ring::sample;
use rand_core::CryptoRng;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::secret::SecretKey;
use super::small::small_to_limb;
use crate::context::Context;
use crate::error::CkksError;
use crate::poly::validate_residues;

const SEED_DOMAIN: &str = "ckks switching key";

/// A hybrid switching key from a secret s' to a secret s, for ciphertexts up to a level.
///
/// Digit d of the primes D_d (consecutive groups of `digit_limbs`) has a pair (b_d, a_d) modulo Q_level·P with
/// b_d + a_d·s = P·g_d·s' + e_d, where g_d is 1 modulo the primes of D_d and 0 modulo all others. As g_d does not depend on the
/// level, a key works at all levels up to its own. The a_d are uniform and expanded from a seed.
///
/// Relinearisation uses s' = s². A rotation φ uses a key from s to φ^(−1)(s): the ciphertext is switched *before* the
/// automorphism, so that hoisted rotations permute two polynomials instead of every digit.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchingKey {
    level: usize,
    seed: [u8; 32],
    /// Per digit, limb-major over q_0…q_level, then P.
    b: Vec<Vec<u64>>,
    a: Vec<Vec<u64>>,
}

impl SwitchingKey {
    /// The key that brings a product of two ciphertexts back to two parts, up to `level`.
    pub fn relinearization<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        level: usize,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        check("relinearization key", ctx, sk, level)?;
        Ok(Self::generate(ctx, sk, &|i| sk.squared_limb(i, ctx.modulus(i)), level, rng))
    }

    /// The key for rotations by `step` slots to the left (negative: to the right), up to `level`.
    pub fn rotation<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        step: i64,
        level: usize,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        check("rotation key", ctx, sk, level)?;
        // The generator 5 has order N/2 = slots, so the inverse rotation is by slots − step.
        let inverse = ctx.galois_element(-ctx.normalize_step(step));
        let target = sk.automorphism(ctx, inverse);
        Ok(Self::generate(ctx, &target, &|i| Zeroizing::new(sk.limb(i).to_vec()), level, rng))
    }

    /// Rebuilds a key from its stored half, checking sizes and ranges; expands the other half in parallel.
    pub fn from_parts(
        ctx: &Context,
        level: usize,
        seed: [u8; 32],
        b: Vec<Vec<u64>>,
    ) -> Result<Self, CkksError> {
        let what = "switching key";
        let mut moduli = ctx.moduli_at(what, level)?.to_vec();
        moduli.extend(
            (level + 1..=level + ctx.special_len()).map(|j| *ctx.modulus(ctx.extended_index(level, j))),
        );
        let digits = ctx.digits(level);
        if b.len() != digits {
            return Err(CkksError::BadLength { what, expected: digits, found: b.len(), unit: "digits" });
        }
        for (digit, data) in b.iter().enumerate() {
            validate_residues(what, digit, data, ctx.degree(), &moduli)?;
        }
        Ok(Self { level, seed, a: expand(ctx, level, &seed), b })
    }

    /// The highest level of ciphertexts that it can switch.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The seed of the uniform half.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The half that must be stored: per digit, limb-major over q_0…q_level, then P.
    pub fn b_digits(&self) -> &[Vec<u64>] {
        &self.b
    }

    /// Size in a file: the stored half and the seed.
    pub fn bytes_at_rest(&self) -> usize {
        self.b.iter().map(|digit| digit.len() * 8).sum::<usize>() + self.seed.len()
    }

    /// Size in memory.
    pub fn bytes_expanded(&self) -> usize {
        2 * self.b.iter().map(|digit| digit.len() * 8).sum::<usize>() + self.seed.len()
    }

    /// Limb of b (part 0) or a (part 1) of a digit, for the prime at `position` of the basis of a ciphertext at `level`.
    pub(crate) fn limb(&self, part: usize, digit: usize, level: usize, position: usize, n: usize) -> &[u64] {
        let own = if position <= level { position } else { position - level + self.level };
        let half = if part == 0 { &self.b } else { &self.a };
        &half[digit][own * n..(own + 1) * n]
    }

    /// Whether the key's sizes are those of a key of this context.
    pub(crate) fn matches(&self, ctx: &Context) -> bool {
        let limbs = self.level + 1 + ctx.special_len();
        self.level <= ctx.max_level()
            && self.b.len() == ctx.digits(self.level)
            && self.b.iter().all(|digit| digit.len() == limbs * ctx.degree())
    }

    /// From the secret given by `source` (transformed limb of prime i) to `target`.
    fn generate<R: CryptoRng + ?Sized>(
        ctx: &Context,
        target: &SecretKey,
        source: &(dyn Fn(usize) -> Zeroizing<Vec<u64>> + Sync),
        level: usize,
        rng: &mut R,
    ) -> Self {
        let (n, width) = (ctx.degree(), ctx.parameters().digit_limbs);
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let errors: Vec<Zeroizing<Vec<i8>>> =
            (0..ctx.digits(level)).map(|_| Zeroizing::new(sample::gaussian(rng, n))).collect();
        let a = expand(ctx, level, &seed);
        let b = a
            .par_iter()
            .zip(&errors)
            .enumerate()
            .map(|(digit, (a, error))| {
                let mut b = vec![0; a.len()];
                b.par_chunks_exact_mut(n).zip(a.par_chunks_exact(n)).enumerate().for_each(
                    |(position, (b, a))| {
                        let index = ctx.extended_index(level, position);
                        let modulus = ctx.modulus(index);
                        small_to_limb(ctx, error, index, b);
                        for ((b, &a), &s) in b.iter_mut().zip(a).zip(target.limb(index)) {
                            *b = modulus.sub(*b, modulus.mul(a, s));
                        }
                        if position <= level && position / width == digit {
                            let factor = ctx.special(index);
                            for (b, &s) in b.iter_mut().zip(source(index).iter()) {
                                *b = modulus.add(*b, factor.mul(s, modulus.value()));
                            }
                        }
                    },
                );
                b
            })
            .collect();
        Self { level, seed, b, a }
    }
}

/// The uniform half: per digit, limb-major over q_0…q_level, then P.
fn expand(ctx: &Context, level: usize, seed: &[u8; 32]) -> Vec<Vec<u64>> {
    (0..ctx.digits(level))
        .into_par_iter()
        .map(|digit| {
            let mut out = vec![0; (level + 1 + ctx.special_len()) * ctx.degree()];
            out.par_chunks_exact_mut(ctx.degree()).enumerate().for_each(|(position, limb)| {
                let index = ctx.extended_index(level, position);
                let (stream, number) = (digit as u64, index as u64);
                sample::uniform_into(seed, SEED_DOMAIN, stream, number, ctx.modulus(index), limb);
            });
            out
        })
        .collect()
}

fn check(operation: &'static str, ctx: &Context, sk: &SecretKey, level: usize) -> Result<(), CkksError> {
    ctx.moduli_at(operation, level)?;
    if sk.matches(ctx) { Ok(()) } else { Err(CkksError::OtherContext { operation }) }
}
