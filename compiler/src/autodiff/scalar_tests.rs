//! Symbolic derivatives against dual numbers `a + b ε`, `ε² = 0`, which share no code with them.

use proptest::prelude::*;

use super::*;
use crate::scalar::testing::{bce, focal, logistic, n, parabolas, sle, softplus, squared};

/// A value and its derivative by `z`.
#[derive(Clone, Copy)]
struct Dual(f64, f64);

fn dual(expr: &Expr, y: f64, z: f64) -> Dual {
    let go = |u: &Expr| dual(u, y, z);
    match expr.node() {
        Node::Y => Dual(y, 0.0),
        Node::Z => Dual(z, 1.0),
        Node::Number(_, c) => Dual(*c, 0.0),
        Node::Neg(u) => Dual(-go(u).0, -go(u).1),
        Node::Add(u, v) => Dual(go(u).0 + go(v).0, go(u).1 + go(v).1),
        Node::Sub(u, v) => Dual(go(u).0 - go(v).0, go(u).1 - go(v).1),
        Node::Mul(u, v) => Dual(go(u).0 * go(v).0, go(u).1 * go(v).0 + go(u).0 * go(v).1),
        Node::Div(u, v) => {
            let (Dual(a, da), Dual(b, db)) = (go(u), go(v));
            Dual(a / b, (da * b - a * db) / (b * b))
        }
        Node::Pow(u, k) => {
            let Dual(a, da) = go(u);
            Dual(a.powi(*k), f64::from(*k) * a.powi(k - 1) * da)
        }
        Node::Power(u, r) => {
            let (Dual(a, da), r) = (go(u), crate::scalar::number::to_f64(r));
            Dual(a.powf(r), r * a.powf(r - 1.0) * da)
        }
        Node::Call(function, u) => {
            let Dual(a, da) = go(u);
            let value = function.eval(a);
            let slope = match function {
                Function::Exp => value,
                Function::Log => 1.0 / a,
                Function::Abs => a.signum(),
                Function::Sigmoid => value * crate::scalar::sigmoid(-a),
                Function::Tanh => 1.0 / a.cosh().powi(2),
                Function::Sqrt => 0.5 / value,
                Function::Softplus => crate::scalar::sigmoid(a),
                Function::Relu => f64::from(u8::from(a > 0.0)),
                Function::Sign | Function::Step => 0.0,
            };
            Dual(value, slope * da)
        }
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * a.abs().max(1.0)
}

fn catalogue() -> Vec<Expr> {
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
    ]
}

proptest! {
    #[test]
    fn agrees_with_dual_numbers(y in 0i32..2, z in -2.9f64..6.0) {
        for loss in catalogue() {
            let y = f64::from(y);
            let (symbolic, reference) = (derivative(&loss).unwrap().eval(y, z), dual(&loss, y, z).1);
            prop_assert!(close(symbolic, reference), "{loss} at z = {z}: {symbolic} and {reference}");
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
