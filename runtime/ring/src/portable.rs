//! Kernels in plain Rust, for any processor and any prime up to 58 bits: the oracle for all others.

pub(crate) mod extend;
pub(crate) mod field;
pub(crate) mod ntt;
pub(crate) mod parts;
