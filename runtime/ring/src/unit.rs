//! The choice of kernels for one prime.

use crate::isa::Isa;
#[cfg(target_arch = "x86_64")]
use crate::{avx2::Avx2, avx512::Avx512};

/// Vector kernels take primes of at most this many bits.
pub(crate) const VECTOR_BITS: u32 = 51;

/// The kernels for one prime. A variant of an instruction set holds the proof that the processor has it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl Unit {
    /// Kernels of `isa` for the prime q; portable ones where q is too large or the processor lacks `isa`.
    pub(crate) fn new(isa: Isa, q: u64) -> Self {
        if q >> VECTOR_BITS != 0 {
            return Self::Portable;
        }
        match isa {
            Isa::Portable => Self::Portable,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => Avx2::new().map_or(Self::Portable, Self::Avx2),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => Avx512::new().map_or(Self::Portable, Self::Avx512),
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 => Self::Portable,
        }
    }
}
