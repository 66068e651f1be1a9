//! Gradients that are written out: `X.T @ (p - Y)` with predictions `p` that grow with `X @ w`, which are those of the squared error, and
//! of the logistic loss where `p` is a sigmoid.

use super::Resolver;
use super::ascent::Sign;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Item};
use crate::syntax::labels;

/// Most names and calls that are looked through.
const MOST: usize = 32;

/// What a difference between predictions and labels is the sum of.
#[derive(Default)]
struct Difference<'e> {
    predictions: Vec<(Sign, &'e str)>,
    labels: Vec<Sign>,
    /// Whether there is anything else in it.
    is_more: bool,
}

impl<'a> Resolver<'a> {
    /// The variable by which a product is the gradient, and its sign: that of the predictions, with the labels against them.
    pub(super) fn written_out(&self, product: &'a Expr) -> Option<(Sign, &'a str)> {
        let ExprKind::Binary { op: BinaryOp::MatMul, left, right } = &product.kind else { return None };
        let (data, difference) = match (transposed(left), name(right)) {
            (Some(data), _) if name(data).is_some() => (name(data)?, right.as_ref()),
            (Some(difference), Some(data)) => (data, difference),
            _ => return None,
        };
        labels::encrypted(self.file, data)?;
        let mut found = Difference::default();
        self.differ(difference, Sign::Plus, data, MOST, &mut found);
        match (found.predictions.as_slice(), found.labels.as_slice()) {
            ([(sign, variable)], [label]) if sign != label && !found.is_more => Some((*sign, variable)),
            _ => None,
        }
    }

    /// Adds what a difference is the sum of, times a sign.
    fn differ(&self, expr: &'a Expr, sign: Sign, data: &str, left: usize, found: &mut Difference<'a>) {
        let Some(left) = left.checked_sub(1) else {
            found.is_more = true;
            return;
        };
        if let Some(variable) = self.grows_with(expr, data, None, left) {
            return found.predictions.push((sign, variable));
        }
        match &expr.kind {
            ExprKind::Binary { op: op @ (BinaryOp::Add | BinaryOp::Sub), left: a, right: b } => {
                self.differ(a, sign, data, left, found);
                let sign = if *op == BinaryOp::Sub { sign.times(Sign::Minus) } else { sign };
                self.differ(b, sign, data, left, found);
            }
            ExprKind::Neg(inner) => self.differ(inner, sign.times(Sign::Minus), data, left, found),
            ExprKind::Binary { op: BinaryOp::Mul, left: a, right: b } => match (self.sign(a), self.sign(b)) {
                (Some(factor), _) => self.differ(b, sign.times(factor), data, left, found),
                (None, Some(factor)) => self.differ(a, sign.times(factor), data, left, found),
                (None, None) => found.is_more = true,
            },
            ExprKind::Binary { op: BinaryOp::Div, left: a, right: b } => match self.sign(b) {
                Some(factor) => self.differ(a, sign.times(factor), data, left, found),
                None => found.is_more = true,
            },
            ExprKind::Name(name) if labels::encrypted(self.file, name).is_some() && name != data => {
                found.labels.push(sign);
            }
            ExprKind::Name(name) => match self.in_the_loop(name) {
                Some(value) => self.differ(value, sign, data, left, found),
                None => found.is_more = true,
            },
            _ => found.is_more = true,
        }
    }

    /// The variable of the products with the data that a value grows with. A parameter of a function stands for what it is given.
    fn grows_with(
        &self,
        expr: &'a Expr,
        data: &str,
        given: Option<(&str, &'a Expr)>,
        left: usize,
    ) -> Option<&'a str> {
        let left = left.checked_sub(1)?;
        match &expr.kind {
            ExprKind::Binary { op: BinaryOp::MatMul, left: a, right: b } if name(a) == Some(data) => {
                let weights = name(b).or_else(|| name(transposed(b)?))?;
                let weights = match given {
                    Some((param, argument)) if param == weights => name(argument)?,
                    _ => weights,
                };
                self.is_loop_variable(weights).then_some(weights)
            }
            // An intercept moves all predictions alike.
            ExprKind::Binary { op: BinaryOp::Add, left: a, right: b }
                if name(b).is_some_and(|b| self.is_loop_variable(b)) =>
            {
                self.grows_with(a, data, given, left)
            }
            ExprKind::Name(name) => match given {
                Some((param, _)) if param == name => None,
                _ => self.grows_with(self.in_the_loop(name)?, data, given, left),
            },
            ExprKind::Call { function, args } => {
                let [only] = args.as_slice() else { return None };
                if matches!(function.name.as_str(), "sigmoid" | "tanh" | "softplus" | "exp") {
                    return self.grows_with(&only.value, data, given, left);
                }
                let function = *self.functions.get(function.name.as_str())?;
                let ([param], [result]) = (function.params.as_slice(), function.results.as_slice()) else {
                    return None;
                };
                if given.is_some() {
                    return None;
                }
                self.grows_with(result, data, Some((&param.name.name, &only.value)), left)
            }
            _ => None,
        }
    }

    fn is_loop_variable(&self, name: &str) -> bool {
        self.file.items.iter().any(|item| {
            matches!(item, Item::Train(train) if crate::syntax::scored::is_variable(&train.body, name))
        })
    }
}

fn name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

/// What is transposed.
fn transposed(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Member { base, field } if field.name == "T" => Some(base),
        _ => None,
    }
}
