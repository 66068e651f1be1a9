//! Uniform residues from a public 32-byte seed.

use crate::modulus::Modulus;

/// `n` uniform residues in [0, q) from `seed`.
///
/// The stream is the extendable output of BLAKE3, keyed with the seed, on (`domain`, `stream`, `limb`, q); words are masked to the
/// bit length of q and rejected when ≥ q. Every (stream, limb) is independent, so that limbs can be expanded in parallel
/// and in any order. Not constant time: the seed and the result are public.
pub fn uniform(
    seed: &[u8; 32],
    domain: &str,
    stream: u64,
    limb: u64,
    modulus: &Modulus,
    n: usize,
) -> Vec<u64> {
    let mut hasher = blake3::Hasher::new_keyed(seed);
    hasher.update(b"hep-ring uniform 1\0");
    hasher.update(&(domain.len() as u64).to_le_bytes());
    hasher.update(domain.as_bytes());
    for word in [stream, limb, modulus.value()] {
        hasher.update(&word.to_le_bytes());
    }
    let mut reader = hasher.finalize_xof();
    let mask = (1u64 << modulus.bits()) - 1;
    let mut out = Vec::with_capacity(n);
    let mut buffer = [0u8; 4096];
    while out.len() < n {
        reader.fill(&mut buffer);
        let (words, _) = buffer.as_chunks::<8>();
        let accepted = words.iter().map(|w| u64::from_le_bytes(*w) & mask).filter(|&x| x < modulus.value());
        out.extend(accepted.take(n - out.len()));
    }
    out
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
