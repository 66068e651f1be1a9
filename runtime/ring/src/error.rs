//! What can be wrong with the numbers given to this crate.

use thiserror::Error;

/// A modulus, a degree or a residue basis cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RingError {
    /// The modulus is not a prime in the supported range.
    #[error("modulus {q} is not an odd prime below 2^{max_bits}")]
    BadModulus {
        /// The rejected value.
        q: u64,
        /// The number of bits a modulus may have at most.
        max_bits: u32,
    },
    /// The ring degree is outside of the supported range.
    #[error("ring degree 2^{log_n} is not supported (from 2^{min} to 2^{max})")]
    BadDegree {
        /// log2 of the rejected degree.
        log_n: u32,
        /// Smallest supported log2 of the degree.
        min: u32,
        /// Largest supported log2 of the degree.
        max: u32,
    },
    /// Z_q has no primitive 2N-th root of unity.
    #[error("modulus {q} is not 1 modulo 2^{log_order}: it has no negacyclic transform of this degree")]
    NoRoot {
        /// The modulus.
        q: u64,
        /// log2(2N).
        log_order: u32,
    },
    /// A residue basis is empty, has a repeated prime, or is too large for lazy 128-bit sums.
    #[error("residue basis of {limbs} primes: {reason}")]
    BadBasis {
        /// Number of primes in the basis.
        limbs: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An instruction set of this name is not known.
    #[error(
        "HEP_ISA names \"{name}\", which is not an instruction set: use portable, avx2 or avx512, or leave it unset"
    )]
    UnknownIsa {
        /// The name.
        name: String,
    },
    /// This processor lacks the instruction set.
    #[error("HEP_ISA asks for {name}, which this processor does not have: use another, or leave it unset")]
    MissingIsa {
        /// The name.
        name: String,
    },
}
