//! The largest and smallest that the scheme works with. What is planned may keep to less.

/// Smallest log2 of a ring degree, for tests.
pub const MIN_LOG_N: u32 = 3;
/// Largest log2 of a ring degree.
pub const MAX_LOG_N: u32 = 17;
/// Largest size of a prime in bits. One 52-bit multiply-high/low pair of the vector units is then a modular product.
pub const MAX_PRIME_BITS: u32 = 51;
/// The largest number of primes, of Q and P together.
pub const MAX_LIMBS: usize = 256;
