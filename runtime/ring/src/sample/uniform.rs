//! Uniform residues from a public 32-byte seed.

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
/// The stream is the extendable output of BLAKE3, keyed with the seed, on (`domain`, `stream`, `limb`, q); words are masked to the
/// bit length of q and rejected when ≥ q. Every (stream, limb) is independent, so that limbs can be expanded in parallel
/// and in any order. Not constant time: the seed and the result are public.
pub fn uniform_into(
    seed: &[u8; 32],
    domain: &str,
    stream: u64,
    limb: u64,
    modulus: &Modulus,
    out: &mut [u64],
) {
    let mut hasher = blake3::Hasher::new_keyed(seed);
    hasher.update(b"hep-ring uniform 1\0");
    hasher.update(&(domain.len() as u64).to_le_bytes());
    hasher.update(domain.as_bytes());
    for word in [stream, limb, modulus.value()] {
        hasher.update(&word.to_le_bytes());
    }
    let mut reader = hasher.finalize_xof();
    let mask = (1u64 << modulus.bits()) - 1;
    let mut buffer = [0u8; 4096];
    let mut filled = 0;
    while filled < out.len() {
        reader.fill(&mut buffer);
        for word in buffer.as_chunks::<8>().0 {
            let x = u64::from_le_bytes(*word) & mask;
            // A rejected value is overwritten by the next one.
            let Some(slot) = out.get_mut(filled) else { return };
            *slot = x;
            filled += usize::from(x < modulus.value());
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
