//! Optimisations by name, so that each can be left out and its worth be seen.
//!
//! None changes a result by more than rounding. What a program needs to be lowered at all is no optimisation and has no
//! name here.

use std::fmt;

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
    /// Sums of products are relinearised and rescaled once.
    SumsOfProducts,
    /// Public weights meet the rotations that copies of the data are made of, not the copies.
    PublicWeights,
    /// Products with public numbers are read off at another scale.
    ScalarsInScales,
    /// Sums of products that are computed one by one share relinearisations.
    LateRelinearisation,
    /// A relinearisation and the rescale that follows divide once.
    MergedDivisions,
    /// Two steps of rotate-and-add are one of three rotations that share a decomposition.
    WideFolds,
    /// Sums of products of rotations with public vectors divide once.
    RotatedProducts,
    /// Sums of rotations divide once.
    RotationSums,
    /// Rotations of one ciphertext share its decomposition.
    Hoisting,
}

impl Optimization {
    /// All of them, in the order in which they work.
    pub const ALL: [Self; 15] = [
        Self::CommonSubexpressions,
        Self::InvariantFactors,
        Self::MaskedCoefficients,
        Self::SharedUploads,
        Self::GiantSteps,
        Self::StagedCopies,
        Self::SumsOfProducts,
        Self::PublicWeights,
        Self::ScalarsInScales,
        Self::LateRelinearisation,
        Self::MergedDivisions,
        Self::WideFolds,
        Self::RotatedProducts,
        Self::RotationSums,
        Self::Hoisting,
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
            Self::LateRelinearisation => "late-relinearisation",
            Self::MergedDivisions => "merged-divisions",
            Self::WideFolds => "wide-folds",
            Self::RotatedProducts => "rotated-products",
            Self::RotationSums => "rotation-sums",
            Self::Hoisting => "hoisting",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A set of optimisations that are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Without(u32);

impl Without {
    /// The set with one more.
    #[must_use]
    pub fn and(self, one: Optimization) -> Self {
        Self(self.0 | 1 << one as u32)
    }

    /// Whether one is used.
    #[must_use]
    pub fn uses(self, one: Optimization) -> bool {
        self.0 & 1 << one as u32 == 0
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Without {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = Optimization::ALL.into_iter().filter(|one| !self.uses(*one));
        write!(f, "{}", left.map(Optimization::name).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_sets_keep_what_they_were_given() {
        for one in Optimization::ALL {
            assert_eq!(Optimization::named(one.name()), Some(one));
            let set = Without::default().and(one);
            assert_eq!(set.to_string(), one.name());
            assert!(Optimization::ALL.into_iter().all(|other| set.uses(other) == (other != one)));
        }
        assert_eq!(Optimization::named("speed"), None);
        assert!(Without::default().is_empty());
    }
}
