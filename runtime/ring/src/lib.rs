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
//! | [`automorphism`] | X → X^g on coefficients and on transformed values |
//! | [`extend`] | [`BaseExtender`]: exact conversion between residue bases |
//! | [`dot`] | sums of limb products with one reduction |
//! | [`sample`] | uniform (from a seed), ternary, discrete Gaussian |
//! | [`primes`] | primality test and a small prime search (used by tests and for validation) |
//!
//! Everything is deterministic: the same inputs give the same bits on every machine and for every number of threads.

pub mod automorphism;
pub mod dot;
pub mod error;
pub mod extend;
pub mod modulus;
pub mod ntt;
pub mod primes;
pub mod sample;
pub mod shoup;

pub use error::RingError;
pub use extend::BaseExtender;
pub use modulus::Modulus;
pub use ntt::NttTable;
pub use shoup::ShoupScalar;
