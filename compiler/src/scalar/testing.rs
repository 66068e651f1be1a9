//! The losses every test is about, and random expressions.

use super::Expr;

pub(crate) fn n(text: &str) -> Expr {
    Expr::number(text).unwrap()
}

pub(crate) fn sle() -> Expr {
    -(n("1") - Expr::y() - Expr::z().sigmoid()).abs().log()
}

pub(crate) fn bce() -> Expr {
    let (y, s) = (Expr::y(), Expr::z().sigmoid());
    -(y.clone() * s.clone().log() + (n("1") - y) * (n("1") - s).log())
}

pub(crate) fn logistic() -> Expr {
    (n("1") + (-(n("2") * Expr::y() - n("1")) * Expr::z()).exp()).log()
}

/// Half the squared error of the sigmoid.
pub(crate) fn squared() -> Expr {
    (Expr::z().sigmoid() - Expr::y()).pow(2) / n("2")
}

/// Focal loss with power 2.
pub(crate) fn focal() -> Expr {
    let (y, s) = (Expr::y(), Expr::z().sigmoid());
    let one = || n("1");
    -(y.clone() * (one() - s.clone()).pow(2) * s.clone().log()
        + (one() - y) * s.clone().pow(2) * (one() - s).log())
}

/// Quadratic in the score: `(1 - y) z² + y (1 - z)²`.
pub(crate) fn parabolas() -> Expr {
    (n("1") - Expr::y()) * Expr::z().pow(2) + Expr::y() * (n("1") - Expr::z()).pow(2)
}

pub(crate) fn softplus() -> Expr {
    (n("1") + Expr::z().exp()).log() - Expr::y() * Expr::z()
}
