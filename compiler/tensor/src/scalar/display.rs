//! Expressions as source text, with the fewest parentheses that read back as the same tree.

use std::fmt;

use super::number::show;
use super::{Expr, Node};

/// How tightly an operation binds; a looser operand needs parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    Sign,
    Power,
    Atom,
}

/// The binding of an expression as it is printed (a constant may print as `-2` or `1/3`).
fn binding(expr: &Expr) -> Binding {
    match expr.node() {
        Node::Add(..) | Node::Sub(..) => Binding::Sum,
        Node::Mul(..) | Node::Div(..) => Binding::Product,
        Node::Neg(_) => Binding::Sign,
        Node::Pow(..) | Node::Power(..) => Binding::Power,
        Node::Y | Node::Z | Node::Call(..) => Binding::Atom,
        Node::Number(value, _) => {
            let text = show(value);
            match (text.contains('/'), text.starts_with('-')) {
                (true, _) => Binding::Product,
                (false, true) => Binding::Sign,
                (false, false) => Binding::Atom,
            }
        }
    }
}

/// Prints `expr`, in parentheses when it binds more loosely than `least`.
fn operand(f: &mut fmt::Formatter<'_>, expr: &Expr, least: Binding) -> fmt::Result {
    if binding(expr) < least { write!(f, "({expr})") } else { write!(f, "{expr}") }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (u, operator, v, left, right) = match self.node() {
            Node::Y => return f.write_str("y"),
            Node::Z => return f.write_str("z"),
            Node::Number(value, _) => return f.write_str(&show(value)),
            Node::Call(function, u) => return write!(f, "{}({u})", function.name()),
            Node::Neg(u) => {
                f.write_str("-")?;
                return operand(f, u, Binding::Power);
            }
            Node::Pow(u, n) => {
                operand(f, u, Binding::Atom)?;
                return write!(f, " ** {n}");
            }
            Node::Power(u, r) => {
                operand(f, u, Binding::Atom)?;
                f.write_str(" ** ")?;
                return operand(f, &Expr::rational(r.clone()), Binding::Sign);
            }
            // The right operand of `-` and `/` must bind more tightly, as both associate to the left. A sign is
            // never printed right after an operator.
            Node::Add(u, v) => (u, "+", v, Binding::Sum, Binding::Product),
            Node::Sub(u, v) => (u, "-", v, Binding::Sum, Binding::Product),
            Node::Mul(u, v) => (u, "*", v, Binding::Product, Binding::Power),
            Node::Div(u, v) => (u, "/", v, Binding::Product, Binding::Power),
        };
        operand(f, u, left)?;
        write!(f, " {operator} ")?;
        operand(f, v, right)
    }
}
