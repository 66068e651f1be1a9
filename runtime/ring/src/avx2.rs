//! Kernels for processors with AVX2 and FMA.

mod arith;
pub(crate) mod extend;
mod field;
pub(crate) mod ntt;

/// Proof that this processor has AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn new() -> Option<Self> {
        crate::Isa::Avx2.is_available().then_some(Self(()))
    }
}
