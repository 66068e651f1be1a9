//! Steps that go up: the gradient of a loss is added to the variable that it is taken by.
//!
//! What counts is its sign in the new value of the variable, through the `let`s, sums and factors it stands behind; where that is not
//! plain, nothing is said.

use super::Resolver;
use super::formula::Formulas;
use crate::approx;
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{Arg, Assign, BinaryOp, Expr, ExprKind, Statement};
use crate::syntax::walk::{expressions, statements, training};
use hep_tensor::source::Span;

/// Most parts of a new value that are looked at: a `let` in a `let` may repeat itself without end.
const MOST: usize = 256;

/// The sign of a factor: of numbers, sizes, the number of an iteration and what is made of them.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Plus,
    Minus,
}

impl Sign {
    fn times(self, other: Sign) -> Sign {
        if self == other { Sign::Plus } else { Sign::Minus }
    }
}

/// A gradient and what it is taken by.
struct Gradient<'e> {
    loss: &'e str,
    at: &'e str,
    span: Span,
}

/// What the new value of a variable is the sum of.
struct Summands<'e> {
    variable: &'e str,
    /// The signs of the variable itself.
    starts: Vec<Sign>,
    gradients: Vec<(Sign, Gradient<'e>)>,
    /// Parts that are looked at yet.
    left: usize,
    /// Whether the variable or a gradient stands where its sign is not known.
    is_unclear: bool,
}

impl<'a> Resolver<'a> {
    /// Says that a step goes up: `V = V + rate * grad(l, ..., at = V)` of a positive rate makes the loss larger.
    pub(super) fn warn_ascent(&mut self, assigned: &'a Assign) {
        for (target, value) in assigned.targets.iter().zip(&assigned.values) {
            let sum = self.sum(&target.name, value);
            let goes_up = !sum.is_unclear
                && sum.starts.contains(&Sign::Plus)
                && sum.gradients.iter().all(|(sign, _)| *sign == Sign::Plus);
            let Some((_, Gradient { loss, at, span })) = sum.gradients.first().filter(|_| goes_up) else {
                continue;
            };
            if self.is_to_be_minimized(loss) {
                let title = format!("this step makes the loss `{loss}` larger");
                let warning = Diagnostic::warning(codes::ASCENT, title)
                    .at(*span, format!("the gradient at `{at}` is added to `{at}`"))
                    .note("a loss falls against its gradient")
                    .help(format!("subtract it: `{at} - ...` in place of `{at} + ...`"));
                self.warn_once(warning);
            }
        }
    }

    fn sum(&self, variable: &'a str, value: &'a Expr) -> Summands<'a> {
        let mut sum = Summands { variable, starts: vec![], gradients: vec![], left: MOST, is_unclear: false };
        self.add(value, Sign::Plus, &mut sum);
        sum
    }

    /// Adds what an expression is the sum of, times a sign.
    fn add(&self, expr: &'a Expr, sign: Sign, sum: &mut Summands<'a>) {
        let Some(left) = sum.left.checked_sub(1) else {
            sum.is_unclear = true;
            return;
        };
        sum.left = left;
        match &expr.kind {
            ExprKind::Neg(inner) => self.add(inner, sign.times(Sign::Minus), sum),
            ExprKind::Binary { op: BinaryOp::Add, left, right } => {
                self.add(left, sign, sum);
                self.add(right, sign, sum);
            }
            ExprKind::Binary { op: BinaryOp::Sub, left, right } => {
                self.add(left, sign, sum);
                self.add(right, sign.times(Sign::Minus), sum);
            }
            ExprKind::Binary { op: BinaryOp::Mul, left, right } => {
                match (self.sign(left), self.sign(right)) {
                    (Some(factor), _) => self.add(right, sign.times(factor), sum),
                    (None, Some(factor)) => self.add(left, sign.times(factor), sum),
                    (None, None) => self.add_unclear(expr, sum),
                }
            }
            ExprKind::Binary { op: BinaryOp::Div, left, right } => match self.sign(right) {
                Some(factor) => self.add(left, sign.times(factor), sum),
                None => self.add_unclear(expr, sum),
            },
            ExprKind::Name(name) if name == sum.variable => sum.starts.push(sign),
            ExprKind::Name(name) => {
                if let Some(value) = self.in_the_loop(name) {
                    self.add(value, sign, sum);
                }
            }
            ExprKind::Call { function, args } if function.name == "grad" => match gradient(expr, args) {
                Some(gradient) if gradient.at == sum.variable => sum.gradients.push((sign, gradient)),
                Some(_) => {}
                None => sum.is_unclear = true,
            },
            _ => self.add_unclear(expr, sum),
        }
    }

    /// Adds what is no sum: its sign is not known.
    fn add_unclear(&self, expr: &'a Expr, sum: &mut Summands<'a>) {
        expressions(expr, &mut |part| {
            match &part.kind {
                ExprKind::Name(name) => {
                    sum.is_unclear |= name == sum.variable || self.in_the_loop(name).is_some();
                }
                ExprKind::Call { function, .. } => sum.is_unclear |= function.name == "grad",
                _ => {}
            }
            !sum.is_unclear
        });
    }

    /// What a `let` of the training gives a name.
    pub(super) fn in_the_loop(&self, name: &str) -> Option<&'a Expr> {
        let body = &training(self.file)?.body;
        statements(body).into_iter().find_map(|statement| match statement {
            Statement::Let(l) => {
                l.names.iter().zip(&l.values).find(|(known, _)| known.name == name).map(|(_, value)| value)
            }
            _ => None,
        })
    }

    fn sign(&self, factor: &Expr) -> Option<Sign> {
        let of = |value: f64| match value {
            value if value > 0.0 => Some(Sign::Plus),
            value if value < 0.0 => Some(Sign::Minus),
            _ => None,
        };
        match &factor.kind {
            ExprKind::Number { value, .. } => of(*value),
            ExprKind::Name(name) => {
                if self.dims.get(name).is_some() {
                    return Some(Sign::Plus);
                }
                let node = (*self.values.get(name)?).ok()?;
                let is_index = self.index.is_some_and(|(index, _)| index == node);
                if is_index { Some(Sign::Plus) } else { of(self.b.as_number(node)?) }
            }
            ExprKind::Neg(inner) => self.sign(inner).map(|sign| sign.times(Sign::Minus)),
            ExprKind::Binary { op, left, right } => {
                let (a, b) = (self.sign(left)?, self.sign(right)?);
                match op {
                    BinaryOp::Mul | BinaryOp::Div => Some(a.times(b)),
                    BinaryOp::Add if a == b => Some(a),
                    BinaryOp::Sub if a != b => Some(a),
                    BinaryOp::Pow if a == Sign::Plus => Some(Sign::Plus),
                    _ => None,
                }
            }
            ExprKind::Call { function, .. }
                if matches!(function.name.as_str(), "exp" | "sigmoid" | "softplus") =>
            {
                Some(Sign::Plus)
            }
            _ => None,
        }
    }

    /// Whether a loss has a smallest value and no largest one, so that nobody climbs it.
    fn is_to_be_minimized(&self, loss: &str) -> bool {
        let Some(loss) = self.losses.get(self.loss_for(loss)) else { return false };
        let labels = [0.0, 1.0];
        Formulas::loss(self, loss).is_ok_and(|formula| {
            approx::unbounded(&formula, &labels).is_none() && approx::unbounded(&-formula, &labels).is_some()
        })
    }
}

/// A gradient by a variable.
fn gradient<'e>(expr: &Expr, args: &'e [Arg]) -> Option<Gradient<'e>> {
    let loss = args.first().filter(|arg| arg.name.is_none())?;
    let at = args.iter().find(|arg| arg.name.as_ref().is_some_and(|name| name.name == "at"))?;
    let (ExprKind::Name(loss), ExprKind::Name(at)) = (&loss.value.kind, &at.value.kind) else { return None };
    Some(Gradient { loss, at, span: expr.span })
}
