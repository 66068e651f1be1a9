//! Steps that go up: the gradient of a loss is added to the variable that it is taken by, by itself or in a momentum.
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
pub(super) enum Sign {
    Plus,
    Minus,
}

impl Sign {
    pub fn times(self, other: Sign) -> Sign {
        if self == other { Sign::Plus } else { Sign::Minus }
    }
}

/// A gradient and what it is taken by.
#[derive(Clone, Copy)]
struct Gradient<'e> {
    /// The loss; nothing for a gradient that is written out.
    loss: Option<&'e str>,
    at: &'e str,
    span: Span,
}

/// What the new value of a variable is the sum of.
struct Summands<'e> {
    variable: &'e str,
    /// The signs of the variable itself.
    starts: Vec<Sign>,
    gradients: Vec<(Sign, Gradient<'e>)>,
    /// Other variables of the loop.
    others: Vec<(Sign, &'e str)>,
    /// Whether another variable, or a gradient by one, stands where its sign is not known.
    is_mixed: bool,
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
            if sum.is_unclear || !sum.starts.contains(&Sign::Plus) {
                continue;
            }
            let own: Vec<_> = sum.gradients.iter().filter(|(_, by)| by.at == sum.variable).collect();
            let goes_up = !own.is_empty() && own.iter().all(|(sign, _)| *sign == Sign::Plus);
            let found = match own.first() {
                Some((_, gradient)) => goes_up.then_some((*gradient, None)),
                None => self.momentum(&sum).map(|(gradient, by)| (gradient, Some(by))),
            };
            let Some((Gradient { loss, at, span }, momentum)) = found else { continue };
            if !loss.is_none_or(|loss| self.is_to_be_minimized(loss)) {
                continue;
            }
            let title = loss.map_or_else(
                || "this step moves the scores away from the labels".to_owned(),
                |loss| format!("this step makes the loss `{loss}` larger"),
            );
            let (label, help) = match momentum {
                None => (
                    format!("the gradient at `{at}` is added to `{at}`"),
                    format!("subtract it: `{at} - ...` in place of `{at} + ...`"),
                ),
                Some((sign, by)) => (
                    format!("the gradient at `{at}` is added to `{at}` by `{by}`"),
                    match sign {
                        Sign::Plus => {
                            format!("write `{at} - {by}` for `{at} + {by}`, or change the sign in `{by}`")
                        }
                        Sign::Minus => {
                            format!("write `{at} + {by}` for `{at} - {by}`, or change the sign in `{by}`")
                        }
                    },
                ),
            };
            let warning = Diagnostic::warning(codes::ASCENT, title)
                .at(span, label)
                .note("a loss falls against its gradient")
                .help(help);
            self.warn_once(warning);
        }
    }

    /// The gradient that a momentum adds to a variable, and the momentum with its sign: another variable that is the sum of itself
    /// and gradients of one sign.
    fn momentum(&self, sum: &Summands<'a>) -> Option<(Gradient<'a>, (Sign, &'a str))> {
        let ([(sign, by)], [Sign::Plus]) = (sum.others.as_slice(), sum.starts.as_slice()) else {
            return None;
        };
        if sum.is_mixed {
            return None;
        }
        let inner = self.sum(by, self.assigned_to(by)?);
        let (first, gradient) = *inner.gradients.first()?;
        let is_plain = !inner.is_unclear
            && !inner.is_mixed
            && inner.others.is_empty()
            && inner.starts.iter().all(|start| *start == Sign::Plus)
            && inner.gradients.iter().all(|(sign, by)| *sign == first && by.at == sum.variable);
        (is_plain && first.times(*sign) == Sign::Plus).then_some((gradient, (*sign, *by)))
    }

    /// The only new value of a variable in the loop.
    fn assigned_to(&self, variable: &str) -> Option<&'a Expr> {
        let body = &training(self.file)?.body;
        let mut found = statements(body).into_iter().filter_map(|statement| match statement {
            Statement::Assign(a) if a.targets.len() == a.values.len() => a
                .targets
                .iter()
                .zip(&a.values)
                .find(|(target, _)| target.name == variable)
                .map(|(_, value)| value),
            _ => None,
        });
        found.next().filter(|_| found.next().is_none())
    }

    fn sum(&self, variable: &'a str, value: &'a Expr) -> Summands<'a> {
        let mut sum = Summands {
            variable,
            starts: vec![],
            gradients: vec![],
            others: vec![],
            is_mixed: false,
            left: MOST,
            is_unclear: false,
        };
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
                } else if self.assigned_to(name).is_some() {
                    sum.others.push((sign, name));
                }
            }
            ExprKind::Call { function, args } if function.name == "grad" => match gradient(expr, args) {
                Some(gradient) => sum.gradients.push((sign, gradient)),
                None => sum.is_unclear = true,
            },
            ExprKind::Binary { op: BinaryOp::MatMul, .. } => match self.written_out(expr) {
                Some((own, at)) => {
                    sum.gradients.push((sign.times(own), Gradient { loss: None, at, span: expr.span }));
                }
                None => self.add_unclear(expr, sum),
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
                    sum.is_mixed |= self.assigned_to(name).is_some();
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

    pub(super) fn sign(&self, factor: &Expr) -> Option<Sign> {
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
    Some(Gradient { loss: Some(loss), at, span: expr.span })
}
