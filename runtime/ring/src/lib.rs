//! Word-size modular arithmetic for RNS lattice cryptography.
//!
//! This crate knows polynomials of Z_q\[X\]/(X^N+1) one residue (*limb*) at a time; it has no notion of a ciphertext.
//! A polynomial over a basis {q_0, …, q_k} is stored limb-major: the N residues modulo q_0, then those modulo q_1, …
//!
//! | module | contents |
//! |---|---|
//! | [`modulus`] | [`Modulus`]: arithmetic modulo one prime, reduction of 128-bit sums |
//! | [`shoup`] | [`ShoupScalar`]: multiplication by a constant that is known in advance |
//! | [`ntt`] | [`NttTable`]: negacyclic number-theoretic transform |
//! | [`field`] | [`Field`]: limbs added, multiplied, summed, element by element |
//! | [`parts`] | the same for parts of limbs, before they leave the cache |
//! | [`automorphism`] | X → X^g on coefficients and on transformed values |
//! | [`extend`] | [`BaseExtender`]: exact conversion between residue bases |
//! | [`buffer`] | [`Buffer`]: memory of limbs, reused |
//! | [`sample`] | uniform (from a seed), ternary, discrete Gaussian |
//! | [`isa`] | [`Isa`]: which instruction set the kernels use |
//!
//! The four that do the work ([`ntt`], [`field`], [`automorphism`], [`extend`]) hold constants and choose kernels, which lie in one
//! folder per instruction set: `portable` is the oracle, `avx2` and `avx512` give the same bits sooner.
//!
//! Everything is deterministic: the same inputs give the same bits on every machine and for every number of threads.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod automorphism;
pub mod buffer;
pub mod error;
pub mod extend;
pub mod field;
pub mod isa;
pub mod modulus;
pub mod ntt;
pub mod parts;
pub mod sample;
pub mod shoup;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod unit;

pub use buffer::Buffer;
pub use error::RingError;
pub use extend::BaseExtender;
pub use field::Field;
pub use isa::Isa;
pub use modulus::Modulus;
pub use ntt::NttTable;
pub use shoup::ShoupScalar;
