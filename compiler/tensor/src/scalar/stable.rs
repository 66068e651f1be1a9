//! Rewriting what would overflow, cancel or take the logarithm of a rounded zero.
//!
//! | formula | becomes |
//! | --- | --- |
//! | `log(1 + exp(u))`, `log(exp(u))` | `softplus(u)`, `u` |
//! | `log(sigmoid(u))` | `-softplus(-u)` |
//! | `log(u * v)`, `log(u / v)`, `log(u ** r)` | sums and multiples of logarithms, where `u`, `v` are positive |
//! | `1 - sigmoid(u)` | `sigmoid(-u)` |
//! | `1 / (1 + exp(u))`, `exp(u) / (1 + exp(u))` | `sigmoid(-u)`, `sigmoid(u)` |
//! | `1 + tanh(u)`, `1 - tanh(u)` | `2 sigmoid(2 u)`, `2 sigmoid(-2 u)` |
//!
//! All are identities over the real numbers. With them a cross-entropy of the score 1000 is 1000 and not infinite,
//! and its derivative has no quotient of infinities.

use std::collections::BTreeMap;

use dashu::base::Sign;

use super::{Expr, Function, Node};

impl Expr {
    /// The same function in the form that loses least in floating point. Work grows with what is shared, not with
    /// the tree.
    pub fn stable(&self) -> Expr {
        rewrite(self, &mut BTreeMap::new())
    }
}

/// Rewrites the parts first; `known` holds those that were met before, by address.
fn rewrite(expr: &Expr, known: &mut BTreeMap<usize, Expr>) -> Expr {
    if let Some(done) = known.get(&expr.address()) {
        return done.clone();
    }
    let mut go = |u: &Expr| rewrite(u, known);
    let result = match expr.node() {
        Node::Y | Node::Z | Node::Number(..) => expr.clone(),
        Node::Neg(u) => -go(u),
        Node::Add(u, v) => sum(go(u), go(v)),
        Node::Sub(u, v) => difference(go(u), go(v)),
        Node::Mul(u, v) => go(u) * go(v),
        Node::Div(u, v) => quotient(go(u), go(v)),
        Node::Pow(u, n) => match (go(u), *n) {
            (u, n) if n < 0 && exponential_plus_one(&u).is_some() => quotient(Expr::integer(1), u).pow(-n),
            (u, n) => u.pow(n),
        },
        Node::Power(u, r) => go(u).power(r.clone()),
        Node::Call(Function::Log, u) => logarithm(go(u)),
        Node::Call(function, u) => go(u).call(*function),
    };
    known.insert(expr.address(), result.clone());
    result
}

fn call_of(expr: &Expr, function: Function) -> Option<&Expr> {
    match expr.node() {
        Node::Call(f, u) if *f == function => Some(u),
        _ => None,
    }
}

fn is_one(expr: &Expr) -> bool {
    *expr == Expr::integer(1)
}

/// `u` if the expression is `1 + exp(u)`.
fn exponential_plus_one(expr: &Expr) -> Option<&Expr> {
    match expr.node() {
        Node::Add(a, b) if is_one(a) => call_of(b, Function::Exp),
        Node::Add(a, b) if is_one(b) => call_of(a, Function::Exp),
        _ => None,
    }
}

/// `2 sigmoid(2 u)`, which is `1 + tanh(u)`.
fn one_plus_tanh(u: Expr) -> Expr {
    Expr::integer(2) * (Expr::integer(2) * u).sigmoid()
}

fn sum(u: Expr, v: Expr) -> Expr {
    for (one, other) in [(&u, &v), (&v, &u)] {
        if is_one(one)
            && let Some(inner) = call_of(other, Function::Tanh)
        {
            return one_plus_tanh(inner.clone());
        }
    }
    u + v
}

fn difference(u: Expr, v: Expr) -> Expr {
    for (one, other, minus) in [(&u, &v, false), (&v, &u, true)] {
        let complement = if !is_one(one) {
            None
        } else if let Some(inner) = call_of(other, Function::Sigmoid) {
            Some((-inner.clone()).sigmoid())
        } else {
            call_of(other, Function::Tanh).map(|inner| one_plus_tanh(-inner.clone()))
        };
        if let Some(complement) = complement {
            return if minus { -complement } else { complement };
        }
    }
    u - v
}

fn quotient(u: Expr, v: Expr) -> Expr {
    if let Some(inner) = exponential_plus_one(&v) {
        return match call_of(&u, Function::Exp) {
            Some(above) if above == inner => inner.clone().sigmoid(),
            _ => u * (-inner.clone()).sigmoid(),
        };
    }
    u / v
}

fn logarithm(u: Expr) -> Expr {
    if let Some(inner) = exponential_plus_one(&u) {
        return inner.clone().softplus();
    }
    match u.node() {
        Node::Call(Function::Exp, inner) => inner.clone(),
        Node::Call(Function::Sigmoid, inner) => -(-inner.clone()).softplus(),
        Node::Call(Function::Abs, inner) if is_positive(inner) => logarithm(inner.clone()),
        Node::Mul(a, b) if is_positive(a) && is_positive(b) => logarithm(a.clone()) + logarithm(b.clone()),
        Node::Div(a, b) if is_positive(a) && is_positive(b) => logarithm(a.clone()) - logarithm(b.clone()),
        Node::Pow(a, n) if is_positive(a) => Expr::integer(i64::from(*n)) * logarithm(a.clone()),
        Node::Power(a, r) if is_positive(a) => Expr::rational(r.clone()) * logarithm(a.clone()),
        _ => u.log(),
    }
}

/// Whether the expression is positive wherever it has a value, as far as its form tells.
fn is_positive(expr: &Expr) -> bool {
    match expr.node() {
        Node::Number(value, _) => value.sign() == Sign::Positive && !value.is_zero(),
        Node::Call(Function::Exp | Function::Sigmoid | Function::Softplus, _) => true,
        Node::Add(u, v) | Node::Mul(u, v) | Node::Div(u, v) => is_positive(u) && is_positive(v),
        Node::Pow(u, _) | Node::Power(u, _) => is_positive(u),
        _ => false,
    }
}
