//! Splitting a loss on its binary label.
//!
//! A label is 0 or 1, so any function of it is affine in it:
//! `l'(y, z) = (1 - y) g0(z) + y g1(z) = g0(z) + y (g1(z) - g0(z))` with `g0 = l'(0, ·)`, `g1 = l'(1, ·)`.
//! Each branch depends on the score alone.

use super::normal::NormalForm;
use super::scalar::derivative;
use hep_tensor::scalar::{Expr, Function, Label, TooLarge};

/// The derivative of a loss by the score, at either label. Neither branch mentions `y`.
#[derive(Debug, Clone, PartialEq)]
pub struct Branches {
    /// The derivative at `y = 0`.
    pub g0: Expr,
    /// The derivative at `y = 1`.
    pub g1: Expr,
}

/// Differentiates `loss` by the score at `y = 0` and `y = 1`.
///
/// The label is put in first: a term that is absent for one label, such as `y * log(sigmoid(z))` at `y = 0`,
/// leaves nothing behind. The term that remains is brought to its [stable](Expr::stable) form, then functions with a
/// kink are replaced by their smooth surrogates, formulas of the score.
///
/// # Errors
/// [`TooLarge`] when a branch exceeds the size limit.
pub fn split(loss: &Expr, surrogates: &[(Function, Expr)]) -> Result<Branches, TooLarge> {
    loss.check()?;
    let branch = |label: Label| {
        let at_label = loss.substitute_y(label).stable();
        derivative(&smoothed(&at_label, surrogates))
    };
    Ok(Branches { g0: branch(Label::Zero)?, g1: branch(Label::One)? })
}

/// The formula with smooth surrogates in place of functions with a kink. One that outgrows the limit on the way is left
/// as it is: [`derivative`] refuses it.
pub fn smoothed(formula: &Expr, surrogates: &[(Function, Expr)]) -> Expr {
    let replace = |formula: Expr, (function, body): &(Function, Expr)| match formula.check_size() {
        Ok(()) => formula.replace_calls(*function, body),
        Err(_) => formula,
    };
    surrogates.iter().fold(formula.clone(), replace)
}

impl Branches {
    /// The canonical forms of both branches, where they have one.
    pub fn normal(&self) -> [Option<NormalForm>; 2] {
        [NormalForm::of(&self.g0), NormalForm::of(&self.g1)]
    }

    /// The canonical form of `g1 - g0`, the factor of the label. It may exist where those of the branches do not.
    pub fn normal_difference(&self) -> Option<NormalForm> {
        NormalForm::of(&(self.g1.clone() - self.g0.clone()))
    }
}
