//! From expressions to fractions in `z`, `s` and `L`.
//!
//! With `s = sigmoid(g z)`, `L = softplus(g z)` and `k` the whole number `argument / (g z)`:
//!
//! | formula | becomes |
//! | --- | --- |
//! | `exp(k g z)` | `(s / (1 - s)) ** k` |
//! | `sigmoid(k g z)` | `E / (1 + E)` with `E = exp(k g z)`; in particular `sigmoid(-g z) = 1 - s` |
//! | `tanh(k g z / 2)` | `(E - 1) / (E + 1)` with `E = exp(k g z)`; in particular `tanh(g z / 2) = 2 s - 1` |
//! | `softplus(g z)`, `softplus(-g z)` | `L`, `L - g z` |
//! | `log(s ** a (1 - s) ** b)` | `a (g z - L) - b L`; in particular `log(exp(z)) = z` |
//! | `exp(log(u))` | `u` (where it is defined) |
//! | `abs(c s**a (1 - s)**b)` | the same with the constant's sign dropped, as `0 < s < 1` |
//!
//! `sigmoid(2 z)` beside `sigmoid(z)` becomes a fraction whose denominator is no unit: it may cancel
//! (`sigmoid(2 z) + sigmoid(-2 z) = 1`), but has no normal form by itself.

use dashu::rational::RBig;

use super::fraction::Fraction;
use super::rate::rate;
use super::terms::Budget;
use hep_tensor::scalar::{Expr, Function, Node};

/// Highest power that is multiplied out.
const MAX_POWER: u32 = 64;

/// The fraction equal to `expr` and the rate `g` of its generators, if it lies in the field and the effort stays
/// within bounds.
pub(super) fn reduce(expr: &Expr) -> Option<(Fraction, RBig)> {
    expr.check_size().ok()?;
    let rate = rate(expr);
    let fraction = visit(expr, &rate, &mut Budget::new())?;
    Some((fraction, rate))
}

fn visit(expr: &Expr, rate: &RBig, budget: &mut Budget) -> Option<Fraction> {
    budget.spend(1)?;
    match expr.node() {
        Node::Y => None,
        Node::Z => Some(Fraction::score()),
        Node::Number(value, _) => Some(Fraction::constant(value.clone())),
        Node::Neg(u) => Some(visit(u, rate, budget)?.negated()),
        Node::Add(u, v) => {
            let (u, v) = (visit(u, rate, budget)?, visit(v, rate, budget)?);
            u.plus(&v, budget)
        }
        Node::Sub(u, v) => {
            let (u, v) = (visit(u, rate, budget)?, visit(v, rate, budget)?.negated());
            u.plus(&v, budget)
        }
        Node::Mul(u, v) => {
            let (u, v) = (visit(u, rate, budget)?, visit(v, rate, budget)?);
            u.times(&v, budget)
        }
        Node::Div(u, v) => {
            let (u, v) = (visit(u, rate, budget)?, visit(v, rate, budget)?.inverse(budget)?);
            u.times(&v, budget)
        }
        Node::Pow(u, n) => {
            let u = visit(u, rate, budget)?;
            power(if *n < 0 { u.inverse(budget)? } else { u }, n.unsigned_abs(), budget)
        }
        Node::Call(Function::Exp, u) => match u.node() {
            Node::Call(Function::Log, inner) => visit(inner, rate, budget),
            _ => exponential(&visit(u, rate, budget)?, 1, rate),
        },
        Node::Call(Function::Sigmoid, u) => {
            let e = exponential(&visit(u, rate, budget)?, 1, rate)?;
            let below = e.clone().plus(&Fraction::constant(RBig::ONE), budget)?;
            e.times(&below.inverse(budget)?, budget)
        }
        Node::Call(Function::Tanh, u) => {
            let e = exponential(&visit(u, rate, budget)?, 2, rate)?;
            let above = e.clone().plus(&Fraction::constant(RBig::NEG_ONE), budget)?;
            let below = e.plus(&Fraction::constant(RBig::ONE), budget)?;
            above.times(&below.inverse(budget)?, budget)
        }
        Node::Call(Function::Softplus, u) => softplus(&visit(u, rate, budget)?, rate, budget),
        Node::Call(Function::Log, u) => match visit(u, rate, budget)?.as_unit()? {
            (c, a, b) if c.is_one() => {
                let by = |f: Fraction, k: RBig, budget: &mut Budget| f.times(&Fraction::constant(k), budget);
                let exponent = by(Fraction::score(), RBig::from(a) * rate, budget)?;
                exponent.plus(&by(Fraction::softplus(), RBig::from(-a - b), budget)?, budget)
            }
            _ => None,
        },
        Node::Call(Function::Abs, u) => visit(u, rate, budget)?.magnitude(),
        Node::Power(..)
        | Node::Call(Function::Sqrt | Function::Relu | Function::Sign | Function::Step, _) => None,
    }
}

/// `factor * u / (g z)`, if that is a whole number.
fn multiple(u: &Fraction, factor: i32, rate: &RBig) -> Option<i32> {
    let k = u.as_multiple_of_z()? * RBig::from(factor) / rate;
    if !k.is_int() {
        return None;
    }
    i32::try_from(k.numerator().clone()).ok()
}

fn exponential(u: &Fraction, factor: i32, rate: &RBig) -> Option<Fraction> {
    Fraction::exponential(multiple(u, factor, rate)?)
}

fn softplus(u: &Fraction, rate: &RBig, budget: &mut Budget) -> Option<Fraction> {
    match multiple(u, 1, rate)? {
        1 => Some(Fraction::softplus()),
        -1 => Fraction::softplus().plus(&u.clone(), budget),
        _ => None,
    }
}

fn power(base: Fraction, exponent: u32, budget: &mut Budget) -> Option<Fraction> {
    if exponent > MAX_POWER {
        return None;
    }
    let mut product = Fraction::constant(RBig::ONE);
    for _ in 0..exponent {
        product = product.times(&base, budget)?;
    }
    Some(product)
}
