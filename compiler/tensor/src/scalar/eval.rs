//! Evaluation in `f64`.

use super::number::to_f64;
use super::{Expr, Function, Node};

/// `1 / (1 + exp(-u))` without overflow: the exponential is always taken of a number that is not positive.
pub fn sigmoid(u: f64) -> f64 {
    if u >= 0.0 {
        1.0 / (1.0 + (-u).exp())
    } else {
        let e = u.exp();
        e / (1.0 + e)
    }
}

/// `log(1 + exp(u))` without overflow, and precise where it is small.
pub fn softplus(u: f64) -> f64 {
    u.max(0.0) + (-u.abs()).exp().ln_1p()
}

impl Function {
    /// The value at `u`; NaN outside the domain (in particular the logarithm of a number that is not positive).
    pub fn eval(self, u: f64) -> f64 {
        match self {
            Function::Exp => u.exp(),
            Function::Log if u > 0.0 => u.ln(),
            Function::Log => f64::NAN,
            Function::Abs => u.abs(),
            Function::Sigmoid => sigmoid(u),
            Function::Tanh => u.tanh(),
            Function::Sqrt => u.sqrt(),
            Function::Softplus => softplus(u),
            Function::Relu if u.is_nan() => u,
            Function::Relu => u.max(0.0),
            Function::Sign if u == 0.0 => 0.0,
            Function::Sign => u.signum(),
            Function::Step => 0.5 * (1.0 + Function::Sign.eval(u)),
        }
    }
}

impl Expr {
    /// The value at label `y` and score `z`. NaN or infinite where the formula is not defined.
    pub fn eval(&self, y: f64, z: f64) -> f64 {
        match self.node() {
            Node::Y => y,
            Node::Z => z,
            Node::Number(_, value) => *value,
            Node::Neg(u) => -u.eval(y, z),
            Node::Add(u, v) => u.eval(y, z) + v.eval(y, z),
            Node::Sub(u, v) => u.eval(y, z) - v.eval(y, z),
            Node::Mul(u, v) => u.eval(y, z) * v.eval(y, z),
            Node::Div(u, v) => u.eval(y, z) / v.eval(y, z),
            Node::Pow(u, n) => u.eval(y, z).powi(*n),
            Node::Power(u, r) => u.eval(y, z).powf(to_f64(r)),
            Node::Call(function, u) => function.eval(u.eval(y, z)),
        }
    }
}
