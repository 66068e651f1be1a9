//! The rate of the generators: one sigmoid whose powers are all the exponentials of an expression.
//!
//! `exp(k z)`, `sigmoid(k z)`, `softplus(k z)` and `tanh(k z / 2)` are functions of `exp(k z)`. The greatest common
//! divisor `g` of all such `k` makes each of them a function of `sigmoid(g z)`: `tanh(z)` alone has the rate 2, so
//! that it is `2 s - 1`, and beside `sigmoid(z)` the rate is 1.

use dashu::base::{Abs, Gcd, UnsignedAbs};
use dashu::rational::RBig;

use hep_tensor::scalar::{Expr, Function, Node};

/// The rate of an expression; 1 where it has no exponential.
pub(super) fn rate(expr: &Expr) -> RBig {
    let mut found = RBig::ZERO;
    collect(expr, &mut found);
    if found.is_zero() { RBig::ONE } else { found }
}

fn collect(expr: &Expr, found: &mut RBig) {
    match expr.node() {
        Node::Y | Node::Z | Node::Number(..) => {}
        Node::Neg(u) | Node::Pow(u, _) | Node::Power(u, _) => collect(u, found),
        Node::Add(u, v) | Node::Sub(u, v) | Node::Mul(u, v) | Node::Div(u, v) => {
            collect(u, found);
            collect(v, found);
        }
        Node::Call(function, u) => {
            let factor = match function {
                Function::Exp | Function::Sigmoid | Function::Softplus => 1,
                Function::Tanh => 2,
                _ => 0,
            };
            match slope(u) {
                Some(slope) if factor > 0 => *found = divisor(found, &(slope * RBig::from(factor)).abs()),
                _ => collect(u, found),
            }
        }
    }
}

/// The greatest rational of which both are whole multiples; the other one where one is 0.
fn divisor(a: &RBig, b: &RBig) -> RBig {
    let over = |x: &RBig, y: &RBig| x.numerator().clone().unsigned_abs() * y.denominator();
    let (left, right) = (over(a, b), over(b, a));
    if left.is_zero() || right.is_zero() {
        return a + b;
    }
    RBig::from_parts(left.gcd(right).into(), a.denominator() * b.denominator())
}

/// `k` if the expression is `k z` as it is written.
fn slope(expr: &Expr) -> Option<RBig> {
    match expr.node() {
        Node::Z => Some(RBig::ONE),
        Node::Neg(u) => Some(-slope(u)?),
        Node::Add(u, v) => Some(slope(u)? + slope(v)?),
        Node::Sub(u, v) => Some(slope(u)? - slope(v)?),
        Node::Mul(u, v) => match (u.as_rational(), v.as_rational()) {
            (Some(c), _) => Some(slope(v)? * c),
            (_, Some(c)) => Some(slope(u)? * c),
            _ => None,
        },
        Node::Div(u, v) => match v.as_rational() {
            Some(c) if !c.is_zero() => Some(slope(u)? / c),
            _ => None,
        },
        _ => None,
    }
}
