//! The derivative by the score, symbolically.
//!
//! | formula | derivative |
//! | --- | --- |
//! | `u * v`, `u / v`, `u ** n` | product, quotient and power rule |
//! | `exp(u)` | `exp(u) * u'` |
//! | `log(u)`, `log(abs(u))` | `u' / u` |
//! | `u ** r` | `r * u ** (r - 1) * u'` for any exact `r` |
//! | `abs(u)`, `relu(u)` | `sign(u) * u'`, `step(u) * u'`: jumps, in the middle of which the mean is taken |
//! | `sign(u)`, `step(u)` | 0: what a jump adds to a second derivative is no function |
//! | `sigmoid(u)` | `sigmoid(u) * sigmoid(-u) * u'` |
//! | `softplus(u)` | `sigmoid(u) * u'` |
//! | `tanh(u)` | `4 * sigmoid(2 * u) * sigmoid(-2 * u) * u'`, precise in the tails |
//! | `sqrt(u)` | `u' / (2 * sqrt(u))` |
//!
//! The rule for `log(abs(u))` is the reason a squared likelihood error leaves no absolute value behind:
//! `|u|' / |u| = u' / u` on both sides of zero.

use dashu::rational::RBig;

use hep_tensor::scalar::{Expr, Function, Node, TooLarge};

/// `d expr / dz`.
///
/// # Errors
/// [`TooLarge`] when the expression or its derivative exceeds the size limit.
pub fn derivative(expr: &Expr) -> Result<Expr, TooLarge> {
    expr.check()?;
    let result = by_z(expr);
    result.check_size()?;
    Ok(result)
}

/// The recursion. Its result shares the parts of `expr`, so memory grows linearly whatever the tree size.
fn by_z(expr: &Expr) -> Expr {
    match expr.node() {
        Node::Y | Node::Number(..) => Expr::integer(0),
        Node::Z => Expr::integer(1),
        Node::Neg(u) => -by_z(u),
        Node::Add(u, v) => by_z(u) + by_z(v),
        Node::Sub(u, v) => by_z(u) - by_z(v),
        Node::Mul(u, v) => by_z(u) * v.clone() + u.clone() * by_z(v),
        Node::Div(u, v) => {
            let dv = by_z(v);
            if dv == Expr::integer(0) {
                return by_z(u) / v.clone();
            }
            (by_z(u) * v.clone() - u.clone() * dv) / v.clone().pow(2)
        }
        Node::Pow(u, n) => {
            let lower = match n.checked_sub(1) {
                Some(lower) => u.clone().pow(lower),
                None => expr.clone() / u.clone(),
            };
            Expr::integer(i64::from(*n)) * lower * by_z(u)
        }
        Node::Power(u, r) => {
            let slope = Expr::rational(r.clone()) * u.clone().power(r - RBig::ONE);
            slope * by_z(u)
        }
        Node::Call(Function::Log, u) => match u.node() {
            Node::Call(Function::Abs, inner) => by_z(inner) / inner.clone(),
            _ => by_z(u) / u.clone(),
        },
        Node::Call(function, u) => slope(*function, u, expr) * by_z(u),
    }
}

/// The derivative of the outer function in `value = function(u)`.
fn slope(function: Function, u: &Expr, value: &Expr) -> Expr {
    let one = || Expr::integer(1);
    match function {
        Function::Exp => value.clone(),
        Function::Log => one() / u.clone(),
        Function::Abs => u.clone().call(Function::Sign),
        Function::Relu => u.clone().call(Function::Step),
        Function::Sign | Function::Step => Expr::integer(0),
        Function::Sigmoid => value.clone() * (-u.clone()).sigmoid(),
        Function::Softplus => u.clone().sigmoid(),
        Function::Tanh => {
            let twice = Expr::integer(2) * u.clone();
            Expr::integer(4) * twice.clone().sigmoid() * (-twice).sigmoid()
        }
        Function::Sqrt => one() / (Expr::integer(2) * value.clone()),
    }
}

#[cfg(test)]
#[path = "scalar_tests.rs"]
mod tests;
