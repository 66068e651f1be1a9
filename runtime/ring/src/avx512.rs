//! Kernels for processors with AVX-512 F, VL, DQ and IFMA, for primes below 2^51.
//!
//! Kernels are written for eight [`lanes::Lanes`] of 64 bits, which exist twice: as instructions of the
//! processor, and emulated in tests, so that every kernel is checked against the portable ones on any
//! machine. A kernel is a value that knows its operands ([`Kernel`]); [`Native::run`] is the one place where
//! code for this instruction set is entered.
//!
//! | module | contents |
//! |---|---|
//! | [`lanes`] | the operations on eight lanes |
//! | [`prime`] | one prime in all lanes: sums, Montgomery products |
//! | [`ntt`] | the transform |
//! | [`field`] | limbs, element by element |
//! | [`parts`] | parts of limbs that stay in the cache |
//! | [`extend`] | base extension |

#![allow(
    clippy::needless_range_loop,
    reason = "arrays of registers: an iterator's closures may be out of reach of the instructions"
)]

pub(crate) mod extend;
mod field;
mod lanes;
pub(crate) mod ntt;
mod parts;
mod prime;

#[cfg(test)]
mod emulated;

use lanes::Lanes;

/// Values per vector.
const LANES: usize = 8;

/// What one register holds.
type Vector = [u64; LANES];

/// Proof that this processor has AVX-512 F, VL, DQ and IFMA, as something that runs kernels; tests put an
/// emulation in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512<R = Native>(R);

/// The instructions of this processor, which has them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Native(());

/// A kernel and its operands.
pub(crate) trait Kernel {
    /// Must be inlined into [`Native::run`], as everything that has to do with lanes: outside of it the
    /// compiler may not use the instructions, and calls a function for each.
    fn run<L: Lanes>(self, lanes: L);
}

/// What kernels run on.
pub(crate) trait Run: Copy {
    fn run(self, kernel: impl Kernel);
}

impl Avx512 {
    pub(crate) fn new() -> Option<Self> {
        crate::Isa::Avx512.is_available().then_some(Self(Native(())))
    }
}

impl Run for Native {
    #[allow(unsafe_code, reason = "calls code for an instruction set that not every processor has")]
    fn run(self, kernel: impl Kernel) {
        #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
        fn enter<K: Kernel>(lanes: Native, kernel: K) {
            kernel.run(lanes);
        }
        // SAFETY: `self` exists only where this processor has these instructions.
        unsafe { enter(self, kernel) }
    }
}
