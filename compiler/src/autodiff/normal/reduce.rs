//! From expressions to fractions in `z` and `s`.
//!
//! | formula | becomes |
//! | --- | --- |
//! | `exp(k z)` | `(s / (1 - s)) ** k`, integer `k` |
//! | `sigmoid(k z)` | `E / (1 + E)` with `E = exp(k z)`; in particular `sigmoid(-z) = 1 - s` |
//! | `tanh(k z / 2)` | `(E - 1) / (E + 1)` with `E = exp(k z)`; in particular `tanh(z / 2) = 2 s - 1` |
//! | `log(exp(k z))` | `k z`, likewise for any power of `s / (1 - s)` |
//! | `exp(log(u))` | `u` (where it is defined) |
//! | `abs(c s**a (1 - s)**b)` | the same with the constant's sign dropped, as `0 < s < 1` |
//!
//! `tanh(z)` and `sigmoid(2 z)` become fractions whose denominators are no units: they cancel against each other
//! (`sigmoid(2 z) + sigmoid(-2 z) = 1`), but have no normal form by themselves.

use dashu::rational::RBig;

use super::fraction::Fraction;
use super::terms::Budget;
use crate::scalar::{Expr, Function, Node};

/// Highest power that is multiplied out.
const MAX_POWER: u32 = 64;

/// The fraction equal to `expr`, if it lies in the field and the effort stays within bounds.
pub(super) fn reduce(expr: &Expr) -> Option<Fraction> {
    expr.check_size().ok()?;
    visit(expr, &mut Budget::new())
}

fn visit(expr: &Expr, budget: &mut Budget) -> Option<Fraction> {
    budget.spend(1)?;
    match expr.node() {
        Node::Y => None,
        Node::Z => Some(Fraction::score()),
        Node::Number(value, _) => Some(Fraction::constant(value.clone())),
        Node::Neg(u) => Some(visit(u, budget)?.negated()),
        Node::Add(u, v) => {
            let (u, v) = (visit(u, budget)?, visit(v, budget)?);
            u.plus(&v, budget)
        }
        Node::Sub(u, v) => {
            let (u, v) = (visit(u, budget)?, visit(v, budget)?.negated());
            u.plus(&v, budget)
        }
        Node::Mul(u, v) => {
            let (u, v) = (visit(u, budget)?, visit(v, budget)?);
            u.times(&v, budget)
        }
        Node::Div(u, v) => {
            let (u, v) = (visit(u, budget)?, visit(v, budget)?.inverse(budget)?);
            u.times(&v, budget)
        }
        Node::Pow(u, n) => {
            let u = visit(u, budget)?;
            power(if *n < 0 { u.inverse(budget)? } else { u }, n.unsigned_abs(), budget)
        }
        Node::Call(Function::Exp, u) => match u.node() {
            Node::Call(Function::Log, inner) => visit(inner, budget),
            _ => exponential(&visit(u, budget)?, 1),
        },
        Node::Call(Function::Sigmoid, u) => {
            let e = exponential(&visit(u, budget)?, 1)?;
            let below = e.clone().plus(&Fraction::constant(RBig::ONE), budget)?;
            e.times(&below.inverse(budget)?, budget)
        }
        Node::Call(Function::Tanh, u) => {
            let e = exponential(&visit(u, budget)?, 2)?;
            let above = e.clone().plus(&Fraction::constant(RBig::NEG_ONE), budget)?;
            let below = e.plus(&Fraction::constant(RBig::ONE), budget)?;
            above.times(&below.inverse(budget)?, budget)
        }
        Node::Call(Function::Log, u) => match visit(u, budget)?.as_unit()? {
            (c, a, b) if c.is_one() && a == -b => {
                Fraction::score().times(&Fraction::constant(RBig::from(a)), budget)
            }
            _ => None,
        },
        Node::Call(Function::Abs, u) => visit(u, budget)?.magnitude(),
        Node::Power(..)
        | Node::Call(
            Function::Sqrt | Function::Softplus | Function::Relu | Function::Sign | Function::Step,
            _,
        ) => None,
    }
}

/// `exp(factor * u)` if `factor * u` is an integer multiple of the score.
fn exponential(u: &Fraction, factor: i32) -> Option<Fraction> {
    let k = u.as_multiple_of_z()? * RBig::from(factor);
    if !k.is_int() {
        return None;
    }
    Fraction::exponential(i32::try_from(k.numerator().clone()).ok()?)
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
