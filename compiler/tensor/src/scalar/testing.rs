//! The losses every test is about, dual numbers, and random expressions.

use proptest::prelude::*;

use super::number::to_f64;
use super::{Expr, Function, Node, sigmoid};

pub fn n(text: &str) -> Expr {
    Expr::number(text).unwrap()
}

pub fn sle() -> Expr {
    -(n("1") - Expr::y() - Expr::z().sigmoid()).abs().log()
}

pub fn bce() -> Expr {
    let (y, s) = (Expr::y(), Expr::z().sigmoid());
    -(y.clone() * s.clone().log() + (n("1") - y) * (n("1") - s).log())
}

pub fn logistic() -> Expr {
    (n("1") + (-(n("2") * Expr::y() - n("1")) * Expr::z()).exp()).log()
}

/// Half the squared error of the sigmoid.
pub fn squared() -> Expr {
    (Expr::z().sigmoid() - Expr::y()).pow(2) / n("2")
}

/// Focal loss with power 2.
pub fn focal() -> Expr {
    let (y, s) = (Expr::y(), Expr::z().sigmoid());
    let one = || n("1");
    -(y.clone() * (one() - s.clone()).pow(2) * s.clone().log()
        + (one() - y) * s.clone().pow(2) * (one() - s).log())
}

/// Quadratic in the score: `(1 - y) z² + y (1 - z)²`.
pub fn parabolas() -> Expr {
    (n("1") - Expr::y()) * Expr::z().pow(2) + Expr::y() * (n("1") - Expr::z()).pow(2)
}

pub fn softplus() -> Expr {
    (n("1") + Expr::z().exp()).log() - Expr::y() * Expr::z()
}

/// A dual number `a + b ε`, `ε² = 0`: a value and its derivative by `z`; and the largest value or derivative of any part,
/// against which rounding is measured. Shares no code with symbolic derivatives.
#[derive(Clone, Copy)]
pub struct Dual(pub f64, pub f64, pub f64);

pub fn dual(expr: &Expr, y: f64, z: f64) -> Dual {
    let go = |u: &Expr| dual(u, y, z);
    let one = |(a, da): (f64, f64), u: Dual| Dual(a, da, u.2.max(a.abs()).max(da.abs()));
    let two = |pair: (f64, f64), u: Dual, v: Dual| one(pair, Dual(0.0, 0.0, u.2.max(v.2)));
    match expr.node() {
        Node::Y => Dual(y, 0.0, 1.0),
        Node::Z => Dual(z, 1.0, z.abs().max(1.0)),
        Node::Number(_, c) => Dual(*c, 0.0, c.abs()),
        Node::Neg(u) => {
            let u = go(u);
            Dual(-u.0, -u.1, u.2)
        }
        Node::Add(u, v) => {
            let (u, v) = (go(u), go(v));
            two((u.0 + v.0, u.1 + v.1), u, v)
        }
        Node::Sub(u, v) => {
            let (u, v) = (go(u), go(v));
            two((u.0 - v.0, u.1 - v.1), u, v)
        }
        Node::Mul(u, v) => {
            let (u, v) = (go(u), go(v));
            two((u.0 * v.0, u.1 * v.0 + u.0 * v.1), u, v)
        }
        Node::Div(u, v) => {
            let (u, v) = (go(u), go(v));
            two((u.0 / v.0, (u.1 * v.0 - u.0 * v.1) / (v.0 * v.0)), u, v)
        }
        Node::Pow(u, k) => {
            let u = go(u);
            one((u.0.powi(*k), f64::from(*k) * u.0.powi(k - 1) * u.1), u)
        }
        Node::Power(u, r) => {
            let (u, r) = (go(u), to_f64(r));
            one((u.0.powf(r), r * u.0.powf(r - 1.0) * u.1), u)
        }
        Node::Call(function, u) => {
            let u = go(u);
            let value = function.eval(u.0);
            let slope = match function {
                Function::Exp => value,
                Function::Log => 1.0 / u.0,
                Function::Abs => u.0.signum(),
                Function::Sigmoid => value * sigmoid(-u.0),
                Function::Tanh => 1.0 / u.0.cosh().powi(2),
                Function::Sqrt => 0.5 / value,
                Function::Softplus => sigmoid(u.0),
                Function::Relu => f64::from(u8::from(u.0 > 0.0)),
                Function::Sign | Function::Step => 0.0,
            };
            one((value, slope * u.1), u)
        }
    }
}

/// Expressions in the score that are defined everywhere.
pub fn random() -> impl Strategy<Value = Expr> {
    let exponent = |text: &str| n(text).as_rational().unwrap().clone();
    let leaf = prop_oneof![
        (-6i64..7, 1i64..5).prop_map(|(a, b)| Expr::integer(a) / Expr::integer(b)),
        Just(Expr::z()),
        Just(Expr::z()),
        (1i64..4).prop_map(|k| Expr::z() / Expr::integer(k)),
    ];
    leaf.prop_recursive(5, 24, 2, move |inner| {
        let positive = |u: Expr| n("1") + u.pow(2);
        let powers = [exponent("1.5"), exponent("-0.7"), exponent("0.5")];
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a + b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a - b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a * b),
            (inner.clone(), inner.clone()).prop_map(move |(a, b)| a / positive(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.max(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.min(b)),
            (inner.clone(), 0i32..4).prop_map(|(a, k)| a.pow(k)),
            (inner.clone(), 0usize..3).prop_map(move |(a, k)| positive(a).power(powers[k].clone())),
            (inner.clone(), 0usize..6).prop_map(|(a, k)| a.call(
                [
                    Function::Abs,
                    Function::Sigmoid,
                    Function::Tanh,
                    Function::Softplus,
                    Function::Relu,
                    Function::Sigmoid
                ][k]
            )),
            inner.clone().prop_map(|a| (a.sigmoid() + n("0.1")).log()),
            inner.clone().prop_map(|a| (n("1.5") - a.tanh()).log()),
            inner.clone().prop_map(|a| (n("1") + a.tanh().exp()).pow(-2)),
            inner.prop_map(|a| -a),
        ]
    })
}
