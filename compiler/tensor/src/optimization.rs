//! Optimizations by name, so that each can be left out and its worth be seen.
//!
//! None changes a result by more than rounding. What a program needs to be lowered at all is no optimization and has no
//! name here.

/// What makes a schedule cheaper, and can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Optimization {
    /// Equal operations on equal tensors become one.
    CommonSubexpressions,
    /// Factors that the loop does not change move into the owner's uploads.
    InvariantFactors,
    /// Masks are in the coefficients of polynomials.
    MaskedCoefficients,
    /// Turns of a data matrix share ciphertexts until the server separates them.
    SharedUploads,
    /// Rotations of products with data in baby and giant steps.
    GiantSteps,
    /// Copies of data are made in as many levels as is cheapest.
    StagedCopies,
    /// Sums of products are relinearized and rescaled once.
    SumsOfProducts,
    /// Public weights meet the rotations that copies of the data are made of, not the copies.
    PublicWeights,
    /// Products with public numbers are read off at another scale.
    ScalarsInScales,
    /// Sums of products that are computed one by one share relinearizations.
    LateRelinearization,
    /// A relinearization and the rescale that follows divide once.
    FusedRescale,
    /// Two steps of rotate-and-add are one of three rotations that share a decomposition.
    Radix4,
    /// Sums of products of rotations with public vectors divide once.
    DoubleHoisting,
    /// Sums of rotations divide once.
    RotateSum,
    /// Rotations of one ciphertext share its decomposition.
    Hoisting,
    /// Loops that are too long for a modulus stay rolled, and ciphertexts are refreshed (bootstrapped) in them.
    Refresh,
}

impl Optimization {
    /// All of them, in the order in which they work.
    pub const ALL: [Self; 16] = [
        Self::CommonSubexpressions,
        Self::InvariantFactors,
        Self::MaskedCoefficients,
        Self::SharedUploads,
        Self::GiantSteps,
        Self::StagedCopies,
        Self::SumsOfProducts,
        Self::PublicWeights,
        Self::ScalarsInScales,
        Self::LateRelinearization,
        Self::FusedRescale,
        Self::Radix4,
        Self::DoubleHoisting,
        Self::RotateSum,
        Self::Hoisting,
        Self::Refresh,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CommonSubexpressions => "common-subexpressions",
            Self::InvariantFactors => "invariant-factors",
            Self::MaskedCoefficients => "masked-coefficients",
            Self::SharedUploads => "shared-uploads",
            Self::GiantSteps => "giant-steps",
            Self::StagedCopies => "staged-copies",
            Self::SumsOfProducts => "sums-of-products",
            Self::PublicWeights => "public-weights",
            Self::ScalarsInScales => "scalars-in-scales",
            Self::LateRelinearization => "late-relinearization",
            Self::FusedRescale => "fused-rescale",
            Self::Radix4 => "radix-4",
            Self::DoubleHoisting => "double-hoisting",
            Self::RotateSum => "rotate-sum",
            Self::Hoisting => "hoisting",
            Self::Refresh => "refresh",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// The set of optimizations that are used: all of them, unless told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Optimizations(u32);

impl Default for Optimizations {
    fn default() -> Self {
        Self(Optimization::ALL.into_iter().fold(0, |set, one| set | 1 << one as u32))
    }
}

impl Optimizations {
    /// The set with one less.
    #[must_use]
    pub fn without(self, one: Optimization) -> Self {
        Self(self.0 & !(1 << one as u32))
    }

    /// Whether one is used.
    #[must_use]
    pub fn contains(self, one: Optimization) -> bool {
        self.0 & 1 << one as u32 != 0
    }

    /// Those that are left out, in the order in which they work.
    pub fn missing(self) -> impl Iterator<Item = Optimization> {
        Optimization::ALL.into_iter().filter(move |one| !self.contains(*one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_sets_lack_what_was_taken_out() {
        for one in Optimization::ALL {
            assert_eq!(Optimization::named(one.name()), Some(one));
            let set = Optimizations::default().without(one);
            assert_eq!(set.missing().collect::<Vec<_>>(), [one]);
            assert!(Optimization::ALL.into_iter().all(|other| set.contains(other) == (other != one)));
        }
        assert_eq!(Optimization::named("speed"), None);
        assert_eq!(Optimizations::default().missing().count(), 0);
    }
}
