//! Replacing the variables.

use super::{Expr, Function, Node};

/// A binary label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// `y = 0`
    Zero,
    /// `y = 1`
    One,
}

impl Label {
    /// Its value.
    pub fn value(self) -> i64 {
        match self {
            Label::Zero => 0,
            Label::One => 1,
        }
    }
}

impl Expr {
    /// The expression at a fixed label; simplifies, so that absent terms disappear.
    pub fn substitute_y(&self, label: Label) -> Expr {
        self.substitute(&Expr::integer(label.value()), &Expr::z())
    }

    /// The expression with `y` and `z` replaced, as when a function is inlined.
    pub fn substitute(&self, y: &Expr, z: &Expr) -> Expr {
        let go = |u: &Expr| u.substitute(y, z);
        match self.node() {
            Node::Y => y.clone(),
            Node::Z => z.clone(),
            _ => self.map(go),
        }
    }

    /// The expression with `body` in place of every call of a function; the score of `body` is the argument of the
    /// call. `log(abs(u))` stays: it has no kink, its derivative is `u' / u` on both sides of 0.
    pub fn replace_calls(&self, function: Function, body: &Expr) -> Expr {
        let go = |u: &Expr| u.replace_calls(function, body);
        match self.node() {
            Node::Call(Function::Log, u) if matches!(u.node(), Node::Call(Function::Abs, _)) => {
                u.map(go).log()
            }
            Node::Call(f, u) if *f == function => body.substitute(&Expr::y(), &go(u)),
            _ => self.map(go),
        }
    }

    /// The expression with its operands changed.
    fn map(&self, go: impl Fn(&Expr) -> Expr) -> Expr {
        match self.node() {
            Node::Y | Node::Z | Node::Number(..) => self.clone(),
            Node::Neg(u) => -go(u),
            Node::Add(u, v) => go(u) + go(v),
            Node::Sub(u, v) => go(u) - go(v),
            Node::Mul(u, v) => go(u) * go(v),
            Node::Div(u, v) => go(u) / go(v),
            Node::Pow(u, n) => go(u).pow(*n),
            Node::Power(u, r) => go(u).power(r.clone()),
            Node::Call(function, u) => go(u).call(*function),
        }
    }

    /// Whether a function is called.
    pub fn mentions(&self, function: Function) -> bool {
        match self.node() {
            Node::Y | Node::Z | Node::Number(..) => false,
            Node::Neg(u) | Node::Pow(u, _) | Node::Power(u, _) => u.mentions(function),
            Node::Add(u, v) | Node::Sub(u, v) | Node::Mul(u, v) | Node::Div(u, v) => {
                u.mentions(function) || v.mentions(function)
            }
            Node::Call(f, u) => *f == function || u.mentions(function),
        }
    }

    /// Whether the label occurs.
    pub fn mentions_y(&self) -> bool {
        match self.node() {
            Node::Y => true,
            Node::Z | Node::Number(..) => false,
            Node::Neg(u) | Node::Pow(u, _) | Node::Power(u, _) | Node::Call(_, u) => u.mentions_y(),
            Node::Add(u, v) | Node::Sub(u, v) | Node::Mul(u, v) | Node::Div(u, v) => {
                u.mentions_y() || v.mentions_y()
            }
        }
    }
}
