//! Values of formulas and normal forms with 128 bits.
//!
//! `None` says that the formula has no such value (a pole, the outside of a domain) or that an intermediate result is
//! beyond any size of practice; the value in floats is then the best there is.

use dashu::integer::IBig;

use super::real::{Big, Real, from_rational, is_negative, with_bits};
use hep_tensor::scalar::{Expr, Function, Node};

/// Largest argument of an exponential: far beyond the range of floats.
const MAX_EXPONENT: f64 = 1e5;

/// The value of a formula without label at score `z`.
pub(super) fn value(expr: &Expr, z: &Big) -> Option<Big> {
    let go = |u: &Expr| value(u, z);
    let result = match expr.node() {
        Node::Y => return None,
        Node::Z => z.clone(),
        Node::Number(value, _) => from_rational(value),
        Node::Neg(u) => -go(u)?,
        Node::Add(u, v) => go(u)? + go(v)?,
        Node::Sub(u, v) => go(u)? - go(v)?,
        Node::Mul(u, v) => go(u)? * go(v)?,
        Node::Div(u, v) => go(u)? / go(v).filter(|v| *v != Big::ZERO)?,
        Node::Pow(u, n) => power(&go(u)?, *n)?,
        Node::Power(u, r) => {
            let u = go(u).filter(|u| *u != Big::ZERO && !is_negative(u))?;
            exponential(&(from_rational(r) * u.ln()))?
        }
        Node::Call(function, u) => call(*function, go(u)?)?,
    };
    Some(with_bits(result))
}

fn power(u: &Big, n: i32) -> Option<Big> {
    if n < 0 && *u == Big::ZERO || u.size().max(1.0 / u.size()).ln() * f64::from(n).abs() > MAX_EXPONENT {
        return (*u == Big::ZERO && n > 0).then_some(Big::ZERO);
    }
    Some(u.powi(IBig::from(n)))
}

fn call(function: Function, u: Big) -> Option<Big> {
    let positive = || !is_negative(&u) && u != Big::ZERO;
    let one = || Big::ratio(1, 1);
    Some(match function {
        Function::Exp => exponential(&u)?,
        Function::Log => positive().then(|| u.ln())?,
        Function::Abs if is_negative(&u) => -u,
        Function::Abs => u,
        Function::Sigmoid => sigmoid(&u)?,
        Function::Softplus if is_negative(&u) => exponential(&u)?.ln_1p(),
        Function::Softplus => exponential(&-u.clone())?.ln_1p() + u,
        // 2 sigmoid(2 u) - 1 as (1 - e) / (1 + e) with a small e.
        Function::Tanh if is_negative(&u) => -call(Function::Tanh, -u)?,
        Function::Tanh => {
            let e = exponential(&(Big::ratio(-2, 1) * u))?;
            (one() - &e) / (one() + e)
        }
        Function::Sqrt if is_negative(&u) => return None,
        Function::Sqrt if u == Big::ZERO => u,
        Function::Sqrt => u.sqrt(),
        Function::Relu if is_negative(&u) => Big::ratio(0, 1),
        Function::Relu => u,
        Function::Sign if u == Big::ZERO => Big::ratio(0, 1),
        Function::Sign => Big::ratio(if is_negative(&u) { -1 } else { 1 }, 1),
        Function::Step if u == Big::ZERO => Big::ratio(1, 2),
        Function::Step => Big::ratio(if is_negative(&u) { 0 } else { 1 }, 1),
    })
}

fn exponential(u: &Big) -> Option<Big> {
    (u.size() <= MAX_EXPONENT)
        .then(|| if *u == Big::ZERO { Big::ratio(1, 1) } else { with_bits(u.clone()).exp() })
}

fn sigmoid(u: &Big) -> Option<Big> {
    Some(Big::ratio(1, 1) / (Big::ratio(1, 1) + exponential(&-u.clone())?))
}
