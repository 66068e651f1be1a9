//! Symbolic derivatives against dual numbers.

use proptest::prelude::*;

use super::*;
use hep_tensor::scalar::testing::{
    Dual, bce, dual, focal, logistic, n, parabolas, random, sle, softplus, squared,
};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * a.abs().max(1.0)
}

fn catalog() -> Vec<Expr> {
    let z = Expr::z;
    let square = |u: Expr| u.pow(2);
    vec![
        sle(),
        bce(),
        logistic(),
        squared(),
        focal(),
        parabolas(),
        softplus(),
        square(z().tanh() - Expr::y()),
        (z() + n("3")).pow(-3) * z().pow(5),
        (n("1") + z().pow(2)).sqrt(),
        (n("0.5") * z() - Expr::y()).abs(),
        (n("-0.3") * square(z() - Expr::y())).exp() / (n("2") + z().sigmoid()),
        (n("2") * z() + n("1")).sigmoid().pow(3),
        (n("1") - (n("2") * Expr::y() - n("1")) * z()).relu().pow(2),
        z().max(n("0.25") * z() - Expr::y()) - z().min(n("1")),
        (n("3") + z()).power(n("1.5").as_rational().unwrap().clone()) * z().softplus(),
        (n("1") - z().sigmoid()).power(n("0.7").as_rational().unwrap().clone()) * z().sigmoid().log(),
    ]
}

proptest! {
    #[test]
    fn agrees_with_dual_numbers(y in 0i32..2, z in -2.9f64..6.0) {
        for loss in catalog() {
            let y = f64::from(y);
            let (symbolic, reference) = (derivative(&loss).unwrap().eval(y, z), dual(&loss, y, z).1);
            prop_assert!(close(symbolic, reference), "{loss} at z = {z}: {symbolic} and {reference}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// The derivative, and that of the stable form.
    #[test]
    fn random_expressions_agree_with_dual_numbers(e in random(), z in -2.5f64..2.5) {
        let Dual(value, expected, size) = dual(&e, 0.0, z);
        prop_assume!(value.is_finite() && expected.is_finite() && size < 1e5);
        let tolerance = 1e-10 * (size / 1e3).max(1.0);
        for slope in [derivative(&e).unwrap(), derivative(&e.stable()).unwrap()] {
            let found = slope.eval(0.0, z);
            prop_assert!((found - expected).abs() <= tolerance, "{e} at {z}: {found} and {expected}");
        }
    }
}

#[test]
fn texts_stay_short() {
    let text = |e: Expr| derivative(&e).unwrap().to_string();
    let z = Expr::z;
    assert_eq!(text(z().sigmoid()), "sigmoid(z) * sigmoid(-z)");
    assert_eq!(text(z().pow(2) / n("2")), "2 * z / 2");
    assert_eq!(text(z().abs().log()), "1 / z");
    assert_eq!(text(z().abs()), "sign(z)");
    assert_eq!(text((n("1") - z()).relu().pow(2)), "-(2 * relu(1 - z) * step(1 - z))");
    assert_eq!(text(z().softplus()), "sigmoid(z)");
    assert_eq!(text(z().power(n("1.5").as_rational().unwrap().clone())), "1.5 * sqrt(z)");
    assert_eq!(text(Expr::y() * n("3")), "0");
}

#[test]
fn extreme_exponents_do_not_overflow() {
    let steep = Expr::z().pow(i32::MIN);
    assert!(derivative(&steep).unwrap().eval(0.0, 1.0) < -2e9);
}

#[test]
fn large_expressions_are_refused() {
    let mut e = Expr::z();
    for _ in 0..30 {
        e = e.clone() * e.sigmoid();
    }
    assert!(derivative(&e).is_err());
    // Small itself, large once differentiated.
    let mut chain = Expr::z();
    for _ in 0..240 {
        chain = (chain + n("1")).sigmoid();
    }
    assert!(chain.check().is_ok());
    assert!(derivative(&chain).is_err());
    // Work is linear in the tree, also where a rule looks two levels down.
    let nested = (0..200).fold(Expr::z(), |e, _| e.abs().log());
    assert!(derivative(&nested).is_ok());
}
