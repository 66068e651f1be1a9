//! Uniform residues from a public 32-byte seed.

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

use crate::modulus::Modulus;

/// `n` uniform residues in [0, q) from `seed`; see [`uniform_into`].
pub fn uniform(
    seed: &[u8; 32],
    domain: &str,
    stream: u64,
    limb: u64,
    modulus: &Modulus,
    n: usize,
) -> Vec<u64> {
    let mut out = vec![0; n];
    uniform_into(seed, domain, stream, limb, modulus, &mut out);
    out
}

/// Fills `out` with uniform residues in [0, q) from `seed`.
///
/// The stream is that of ChaCha12 under the key BLAKE3(`domain`, `stream`, `limb`, q), itself keyed with the seed. Every (stream, limb)
/// has a key of its own, so that limbs can be expanded in parallel and in any order. Words of 64 bits are rejected where
/// they lie above the last multiple of q, fewer than one in 2^(64 − log2 q), and reduced modulo q. Not constant time: the
/// seed and the result are public.
pub fn uniform_into(
    seed: &[u8; 32],
    domain: &str,
    stream: u64,
    limb: u64,
    modulus: &Modulus,
    out: &mut [u64],
) {
    let mut hasher = blake3::Hasher::new_keyed(seed);
    hasher.update(b"hep-ring uniform 2\0");
    hasher.update(&(domain.len() as u64).to_le_bytes());
    hasher.update(domain.as_bytes());
    for word in [stream, limb, modulus.value()] {
        hasher.update(&word.to_le_bytes());
    }
    let mut reader = ChaCha12Rng::from_seed(*hasher.finalize().as_bytes());
    // The largest multiple of q below 2^64, minus one: 2^64 − 1 − (2^64 mod q).
    let last = u64::MAX - modulus.reduce(modulus.reduce(u64::MAX) + 1);
    let mut buffer = [0u8; 4096];
    let mut filled = 0;
    while filled < out.len() {
        reader.fill_bytes(&mut buffer);
        for word in buffer.as_chunks::<8>().0 {
            let x = u64::from_le_bytes(*word);
            // A rejected value is overwritten by the next one.
            let Some(slot) = out.get_mut(filled) else { return };
            *slot = modulus.reduce(x);
            filled += usize::from(x <= last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_uniform() {
        for q in [97u64, 65_537, (1 << 50) - 27, 562_949_953_443_841] {
            let Ok(modulus) = Modulus::new(q) else { continue };
            let n = 1 << 16;
            let values = uniform(&[1; 32], "test", 0, 0, &modulus, n);
            assert!(values.iter().all(|&v| v < q));
            // χ² over 97 equal cells: mean 96, standard deviation √192 ≈ 13.9.
            let mut cells = [0f64; 97];
            values.iter().for_each(|&v| cells[(u128::from(v) * 97 / u128::from(q)) as usize] += 1.0);
            let expected = n as f64 / 97.0;
            let chi2: f64 = cells.iter().map(|c| (c - expected).powi(2) / expected).sum();
            assert!((40.0..180.0).contains(&chi2), "q {q}: χ² {chi2}");
        }
    }

    #[test]
    fn every_argument_separates_and_prefixes_agree() {
        let (p, q) = (Modulus::new(12_289).unwrap(), Modulus::new(40_961).unwrap());
        let base = uniform(&[1; 32], "a", 0, 0, &q, 64);
        assert_eq!(base, uniform(&[1; 32], "a", 0, 0, &q, 64));
        assert_eq!(base[..], uniform(&[1; 32], "a", 0, 0, &q, 5000)[..64]);
        assert_ne!(base, uniform(&[2; 32], "a", 0, 0, &q, 64));
        assert_ne!(base, uniform(&[1; 32], "b", 0, 0, &q, 64));
        assert_ne!(base, uniform(&[1; 32], "a", 1, 0, &q, 64));
        assert_ne!(base, uniform(&[1; 32], "a", 0, 1, &q, 64));
        assert_ne!(base, uniform(&[1; 32], "a", 0, 0, &p, 64));
    }
}
