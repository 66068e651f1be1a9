//! Which instruction set the kernels use.
//!
//! Every kernel exists in portable code, which is the oracle, and for some processors in a version of its own; all give the same
//! bits. The choice is made once, when the first table is built: the best that the processor has, or what the environment
//! variable [`VARIABLE`] names.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use crate::error::RingError;

/// Environment variable that names an instruction set, for tests and comparisons.
pub const VARIABLE: &str = "HEP_ISA";

/// An instruction set with kernels of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// Integers of 64 and 128 bits, on any processor.
    Portable,
    /// Four f64 at a time, with FMA; for primes below 2^51.
    Avx2,
    /// Eight integers at a time with products of 52 bits (AVX-512 F, VL, DQ and IFMA); for primes below 2^51.
    Avx512,
}

impl Isa {
    /// All of them, the best last.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The one that is used: what the environment asks for if this processor has it, else the best there is.
    #[must_use]
    pub fn active() -> Self {
        static ACTIVE: OnceLock<Isa> = OnceLock::new();
        *ACTIVE.get_or_init(|| Self::from_environment().unwrap_or_else(|_| Self::best()))
    }

    /// What the environment asks for, or the best.
    ///
    /// # Errors
    /// When [`VARIABLE`] names nothing known, or something that this processor lacks.
    pub fn from_environment() -> Result<Self, RingError> {
        let Some(name) = std::env::var_os(VARIABLE) else { return Ok(Self::best()) };
        let name = name.to_string_lossy();
        let isa: Self = name.parse()?;
        if isa.is_available() { Ok(isa) } else { Err(RingError::MissingIsa { name: name.into_owned() }) }
    }

    /// The best that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rfind(|isa| isa.is_available()).unwrap_or(Self::Portable)
    }

    /// Whether this processor has it.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512ifma")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The name that [`VARIABLE`] takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Isa {
    type Err = RingError;

    fn from_str(name: &str) -> Result<Self, RingError> {
        let found = Self::ALL.into_iter().find(|isa| isa.name() == name);
        found.ok_or_else(|| RingError::UnknownIsa { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for isa in Isa::ALL {
            assert_eq!(isa.to_string().parse(), Ok(isa));
        }
        assert_eq!("sse".parse::<Isa>(), Err(RingError::UnknownIsa { name: "sse".into() }));
    }

    #[test]
    fn the_active_set_is_available() {
        assert!(Isa::active().is_available());
        assert!(Isa::Portable.is_available());
    }
}
