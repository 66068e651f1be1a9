//! Losses and `approx` formulas: syntax trees become scalar expressions.
//!
//! A formula has the label and the score as its only variables; every other name must be a number known when
//! compiling. Functions of the program are inlined. Depth is counted through inlining, because later passes recurse
//! over the result.

use super::{MAX_DEPTH, MAX_STEPS, Resolver, softmax};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{self, BinaryOp, ExprKind};
use crate::syntax::print::plain;
use dashu::base::BitTest;
use dashu::rational::RBig;
use hep_tensor::scalar::{Expr, Function};
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// Largest exponent.
const MAX_POWER: i64 = 64;
/// Longest denominator of an exponent, in bits: any decimal of 60 places, or any float of ordinary size.
const MAX_EXPONENT_BITS: usize = 200;

/// A scalar expression and its depth.
#[derive(Clone, Debug)]
pub(super) struct Formula {
    pub expr: Expr,
    depth: usize,
}

impl Formula {
    fn leaf(expr: Expr) -> Self {
        Self { expr, depth: 1 }
    }
}

/// Reads formulas in the scope of one program.
pub(super) struct Formulas<'r, 'a> {
    resolver: &'r Resolver<'a>,
    variables: BTreeMap<String, Formula>,
    /// What is summed to the value of a loss.
    summands: Vec<Span>,
    /// Functions and definitions that are being inlined.
    inlining: Vec<String>,
    /// Expressions read so far.
    steps: usize,
    /// Expressions being read inside each other.
    nested: usize,
}

/// Most expressions that are read inside each other: operations and the names and calls between them.
const MAX_NESTED: usize = 2 * MAX_DEPTH;

impl<'r, 'a> Formulas<'r, 'a> {
    /// Formulas in one variable.
    pub fn of_score(resolver: &'r Resolver<'a>, score: &str) -> Self {
        let variables = BTreeMap::from([(score.to_owned(), Formula::leaf(Expr::z()))]);
        Self { resolver, variables, summands: vec![], inlining: vec![], steps: 0, nested: 0 }
    }

    /// The loss of this name in its two parameters.
    pub fn loss(resolver: &'r Resolver<'a>, loss: &ast::Function) -> Result<Expr, Diagnostic> {
        let [label, score] = loss.params.as_slice() else {
            let count = loss.params.len();
            let plural = if count == 1 { "" } else { "s" };
            let penalty = loss.params.get(2..).filter(|more| !more.is_empty());
            let penalty = penalty.and_then(|_| resolver.penalty(loss.results.first()?)).map(|(said, _)| said);
            return Err(Diagnostic::error(
                codes::BAD_LOSS,
                format!("the loss `{}` has {count} parameter{plural}", loss.name.name),
            )
            .at(loss.name.span, "a loss has two: the label and the score")
            .help(penalty.unwrap_or_else(|| format!("write `loss {}(y, z) = ...`", loss.name.name))));
        };
        let variables = BTreeMap::from([
            (label.name.name.clone(), Formula::leaf(Expr::y())),
            (score.name.name.clone(), Formula::leaf(Expr::z())),
        ]);
        let value = single(loss, loss.name.span)?;
        let mut summands = vec![];
        summed_up(value, &mut summands);
        let mut formulas = Self { resolver, variables, summands, inlining: vec![], steps: 0, nested: 0 };
        Ok(formulas.read(value)?.expr)
    }

    /// The expression as a formula.
    pub fn read(&mut self, expr: &ast::Expr) -> Result<Formula, Diagnostic> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Diagnostic::error(codes::TOO_LARGE, "the formula is too large")
                .at(expr.span, format!("more than {MAX_STEPS} operations, with all calls written out"))
                .help("nest fewer calls: a function that calls others is written out at every call"));
        }
        if self.nested >= MAX_NESTED {
            return Err(too_deep(expr.span));
        }
        self.nested += 1;
        let value = self.read_inside(expr);
        self.nested -= 1;
        value
    }

    fn read_inside(&mut self, expr: &ast::Expr) -> Result<Formula, Diagnostic> {
        let (expr, depth, span) = match &expr.kind {
            ExprKind::Number { text, .. } => {
                let number = Expr::number(text).map_err(|error| {
                    Diagnostic::error(codes::NUMBER, "this number cannot be used")
                        .at(expr.span, error.to_string())
                })?;
                (number, 0, expr.span)
            }
            ExprKind::Name(name) => return self.name(name, expr),
            ExprKind::Neg(inner) => {
                let inner = self.read(inner)?;
                (-inner.expr, inner.depth, expr.span)
            }
            ExprKind::Binary { op, left, right } => {
                let (a, b) = (self.read(left)?, self.read(right)?);
                let depth = a.depth.max(b.depth);
                let (a, b) = (a.expr, b.expr);
                let value = match op {
                    BinaryOp::Add => a + b,
                    BinaryOp::Sub => a - b,
                    BinaryOp::Mul => a * b,
                    BinaryOp::Div => a / b,
                    BinaryOp::Pow => power(a, &b, right)?,
                    BinaryOp::MatMul => return Err(self.not_scalar(expr, "a matrix product")),
                };
                (value, depth, expr.span)
            }
            ExprKind::Call { function, args } => return self.call(expr, function, args),
            ExprKind::Index { .. } => return Err(self.not_scalar(expr, "an element of a vector")),
            ExprKind::Member { .. } => return Err(self.not_scalar(expr, "a transpose or field")),
        };
        if let Err(error) = expr.check() {
            return Err(
                Diagnostic::error(codes::TOO_LARGE, "the formula is too large").at(span, error.to_string())
            );
        }
        if depth + 1 > MAX_DEPTH {
            return Err(too_deep(span));
        }
        Ok(Formula { expr, depth: depth + 1 })
    }

    fn name(&mut self, name: &str, expr: &ast::Expr) -> Result<Formula, Diagnostic> {
        if let Some(value) = self.variables.get(name) {
            return Ok(value.clone());
        }
        if let Some(dim) = self.resolver.dims.get(name) {
            return Ok(Formula::leaf(Expr::integer(dim.size as i64)));
        }
        let Some(&definition) = self.resolver.formulas.get(name) else {
            return Err(self.not_scalar(expr, "a value that is no number known when compiling"));
        };
        // A definition sees no variables of the function that mentions it.
        let outer = std::mem::take(&mut self.variables);
        let value = self.guarded(name, expr, |formulas| formulas.read(definition));
        self.variables = outer;
        value
    }

    fn call(
        &mut self,
        expr: &ast::Expr,
        function: &ast::Ident,
        args: &[ast::Arg],
    ) -> Result<Formula, Diagnostic> {
        let name = function.name.as_str();
        if matches!(name, "softmax" | "log_softmax") {
            let per_class = softmax::per_class(self.resolver.file, expr.span);
            return Err(softmax::error(expr).help(softmax::LOSS).proposing(per_class));
        }
        if matches!(name, "sum" | "mean") {
            return Err(self.summed(expr, name));
        }
        if args.iter().any(|arg| arg.name.is_some()) {
            return Err(Diagnostic::error(
                codes::BAD_CALL,
                format!("`{name}` takes no named arguments here"),
            )
            .at(expr.span, ""));
        }
        let count = |expected: usize| {
            let given = args.len();
            let error = Diagnostic::error(codes::BAD_CALL, format!("`{name}` takes {expected} arguments"));
            if given == expected { Ok(()) } else { Err(error.at(expr.span, format!("given {given}"))) }
        };
        if let Some(&defined) = self.resolver.functions.get(name) {
            count(defined.params.len())?;
            let values = args.iter().map(|arg| self.read(&arg.value)).collect::<Result<Vec<_>, _>>()?;
            let body = single(defined, expr.span)?;
            let inner = defined.params.iter().map(|p| p.name.name.clone()).zip(values).collect();
            let outer = std::mem::replace(&mut self.variables, inner);
            let value = self.guarded(name, expr, |formulas| formulas.read(body));
            self.variables = outer;
            return value;
        }
        if matches!(name, "max" | "min") {
            count(2)?;
            let values = args.iter().map(|arg| self.read(&arg.value)).collect::<Result<Vec<_>, _>>()?;
            let [a, b] = values.as_slice() else { return Err(not_scalar(expr, "nothing")) };
            let (u, v) = (a.expr.clone(), b.expr.clone());
            let value = if name == "max" { u.max(v) } else { u.min(v) };
            return Ok(Formula { expr: value, depth: a.depth.max(b.depth) + 3 });
        }
        let Some(known) = Function::from_name(name) else {
            return Err(self.not_scalar(expr, &format!("`{name}`, which is no function of one number")));
        };
        count(1)?;
        let Some(arg) = args.first() else { return Err(not_scalar(expr, "nothing")) };
        let inner = self.read(&arg.value)?;
        Ok(Formula { expr: inner.expr.call(known), depth: inner.depth + 1 })
    }

    fn not_scalar(&self, expr: &ast::Expr, what: &str) -> Diagnostic {
        let (said, proposal) = self.resolver.penalty(expr).unzip();
        not_scalar(expr, what).maybe_help(said).proposing(proposal.flatten())
    }

    /// A loss that is summed by hand.
    fn summed(&self, expr: &ast::Expr, name: &str) -> Diagnostic {
        let error = self.not_scalar(expr, &format!("`{name}`, which is no function of one number"));
        if error.help.is_some() {
            return error;
        }
        if self.summands.contains(&expr.span) {
            let words = format!(
                "leave `{name}` out: the gradient is that of the sum over all samples, and a mean is `/ n` at the gradient"
            );
            let inner = match &expr.kind {
                ExprKind::Call { args, .. } => args.first().map(|arg| format!("({})", plain(&arg.value))),
                _ => None,
            };
            let without = inner
                .map(|inner| Proposal { words: words.clone(), edits: vec![Edit::Replace(expr.span, inner)] });
            let of_scores = self.resolver.of_probabilities(|loss, _, _| {
                let loss = self.resolver.losses.get(loss);
                loss.is_some_and(|loss| loss.results.iter().any(|result| result.span.contains(expr.span)))
            });
            let help = of_scores.as_ref().map_or_else(|| words.clone(), |whole| whole.words.clone());
            return error.help(help).proposing(of_scores).proposing(without);
        }
        let defined = self.inlining.last().filter(|name| self.resolver.formulas.contains_key(name.as_str()));
        error.help(match defined {
            Some(defined) => format!(
                "a loss knows no data but its label and its score: give `{defined}` a number of your own, \
                 `let {defined} = 0.5` for instance"
            ),
            None => format!("write what one label and one score give, without `{name}`"),
        })
    }

    /// Inlines `name` unless that is under way.
    fn guarded(
        &mut self,
        name: &str,
        expr: &ast::Expr,
        read: impl FnOnce(&mut Self) -> Result<Formula, Diagnostic>,
    ) -> Result<Formula, Diagnostic> {
        if self.inlining.iter().any(|known| known == name) {
            return Err(Diagnostic::error(codes::BAD_CALL, format!("`{name}` refers to itself"))
                .at(expr.span, "recursion"));
        }
        if self.inlining.len() >= 32 {
            return Err(Diagnostic::error(codes::TOO_LARGE, "the formula is too deep")
                .at(expr.span, "more than 32 calls inside each other"));
        }
        self.inlining.push(name.to_owned());
        let value = read(self);
        self.inlining.pop();
        value
    }
}

/// The one result of a function of numbers, called at `span`.
fn single(function: &ast::Function, span: Span) -> Result<&ast::Expr, Diagnostic> {
    let name = &function.name;
    if let Some(ty) = function.params.iter().filter_map(|p| p.ty.as_ref()).find(|ty| !ty.dims.is_empty()) {
        let error = Diagnostic::error(codes::BAD_LOSS, format!("`{}` takes a whole tensor", name.name));
        return Err(error.at(span, "only numbers are given here").and(ty.span, "declared here"));
    }
    match function.results.as_slice() {
        [one] => Ok(one),
        several => {
            let error =
                Diagnostic::error(codes::BAD_CALL, format!("`{}` has {} results", name.name, several.len()));
            Err(error.at(span, "one is needed here").and(name.span, "defined here"))
        }
    }
}

/// Places of what is a summand of a value, or a multiple of one.
fn summed_up(value: &ast::Expr, found: &mut Vec<Span>) {
    let mut next = vec![value];
    while let Some(value) = next.pop() {
        match &value.kind {
            ExprKind::Neg(inner) => next.push(inner),
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right } => {
                next.extend([&**left, &**right]);
            }
            ExprKind::Binary { op: BinaryOp::Div, left, .. } => next.push(left),
            _ => found.push(value.span),
        }
    }
}

fn power(base: Expr, exponent: &Expr, written: &ast::Expr) -> Result<Expr, Diagnostic> {
    let limit = RBig::from(MAX_POWER);
    let fits = |r: &&RBig| **r <= limit && **r >= -&limit && r.denominator().bit_len() <= MAX_EXPONENT_BITS;
    match exponent.as_rational().filter(fits) {
        Some(exponent) => Ok(base.power(exponent.clone())),
        None => Err(Diagnostic::error(codes::BAD_LOSS, "an exponent that is no constant")
            .at(written.span, format!("expected a number from -{MAX_POWER} to {MAX_POWER}"))
            .help("write other powers with `exp` and `log`")),
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TOO_LARGE, "the formula is too deep")
        .at(span, format!("more than {MAX_DEPTH} operations inside each other, with all calls written out"))
}

fn not_scalar(expr: &ast::Expr, what: &str) -> Diagnostic {
    Diagnostic::error(codes::BAD_LOSS, "this cannot be part of a formula of one label and one score")
        .at(expr.span, format!("this is {what}"))
        .note("a loss is summed over samples and classes, so that it has no access to whole tensors")
}
