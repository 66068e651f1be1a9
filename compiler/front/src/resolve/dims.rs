//! Sizes of dimensions: constant expressions over earlier dims, in exact fractions.

use super::eval::formula;
use super::{MAX_ELEMENTS, ResolveOptions};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{self, BinaryOp, Expr, ExprKind, Ident, Item};
use hep_plan::setting::Setting;
use hep_tensor::graph::Dim;
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// The declared dimensions.
#[derive(Debug, Default)]
pub(super) struct Dims {
    /// In order of declaration. A dim with an error has no entry here.
    pub list: Vec<Dim>,
    /// For each dim defined as `base + 1`: its name and that of its base.
    successors: Vec<(String, String)>,
}

impl Dims {
    pub fn get(&self, name: &str) -> Option<&Dim> {
        self.list.iter().find(|dim| dim.name == name)
    }

    /// The dimension with one more element: the declared one if there is one, else one without a name of its own,
    /// called after its formula.
    pub fn successor(&self, base: &Dim) -> Dim {
        let declared = self.successors.iter().find(|(_, of)| *of == base.name);
        let anonymous = || Dim { name: format!("{} + 1", base.name), size: base.size.saturating_add(1) };
        declared.and_then(|(name, _)| self.get(name)).cloned().unwrap_or_else(anonymous)
    }

    /// Whether a dimension has no declaration, so that it is compared by size.
    pub fn is_anonymous(&self, dim: &Dim) -> bool {
        self.get(&dim.name).is_none()
    }

    /// A size written in a type: a dim or a constant expression. `Err(None)` where the reason is known already.
    pub fn size(&self, expr: &Expr) -> Result<Dim, Option<Diagnostic>> {
        if let ExprKind::Name(name) = &expr.kind {
            return self.get(name).cloned().ok_or(None);
        }
        let size = self.size_among(expr, &BTreeMap::new())?;
        let name = formula(expr);
        let declared = successor_of(expr).and_then(|base| self.get(base)).map(|base| self.successor(base));
        Ok(declared.unwrap_or(Dim { name, size }))
    }

    /// A constant expression over dims, those of a function in front; `Err(None)` where the reason is known already.
    pub fn size_among(
        &self,
        expr: &Expr,
        local: &BTreeMap<String, Dim>,
    ) -> Result<usize, Option<Diagnostic>> {
        whole(self.fraction(expr, local)?, expr)
    }

    fn fraction(&self, expr: &Expr, local: &BTreeMap<String, Dim>) -> Result<Fraction, Option<Diagnostic>> {
        let failed =
            |title: &str, label: &str| Some(Diagnostic::error(codes::BAD_DIM, title).at(expr.span, label));
        match &expr.kind {
            ExprKind::Number { text, .. } => match text.parse::<i128>() {
                Ok(value) => Ok(Fraction(value, 1)),
                Err(_) => Err(failed("a size is made of whole numbers", "not a whole number")),
            },
            ExprKind::Name(name) => match local.get(name).or_else(|| self.get(name)) {
                Some(dim) => Ok(Fraction(dim.size as i128, 1)),
                None => Err(None),
            },
            ExprKind::Neg(inner) => {
                let Fraction(numerator, denominator) = self.fraction(inner, local)?;
                Ok(Fraction(-numerator, denominator))
            }
            ExprKind::Binary { op, left, right } => {
                let (a, b) = (self.fraction(left, local)?, self.fraction(right, local)?);
                a.combine(*op, b)
                    .ok_or_else(|| failed("this size cannot be computed", "division by zero, or too large"))
            }
            _ => Err(failed(
                "a size is a constant expression",
                "only numbers, dims and + - * / are possible here",
            )),
        }
    }
}

/// Computes all dims. Names that are not dims have been reported by the name check.
pub(super) fn compute(file: &ast::File, options: &ResolveOptions, messages: &mut Vec<Diagnostic>) -> Dims {
    let mut dims = Dims::default();
    let declared =
        || file.items.iter().filter_map(|item| if let Item::Dim(b) = item { Some(b) } else { None });
    for (name, _) in &options.dims {
        if !declared().any(|d| d.name.name == *name) {
            let known: Vec<&str> = declared().map(|d| d.name.name.as_str()).collect();
            let error = Diagnostic::error(
                codes::UNKNOWN_DIM,
                format!("{}: there is no dim `{name}`", Setting::Size.to(format_args!("{name}=..."))),
            );
            let list =
                if known.is_empty() { "no dims".into() } else { format!("the dims {}", known.join(", ")) };
            let error = error.at(file.name.span, format!("this program has {list}"));
            let near = suggest::nearest(name, known.iter().copied());
            messages.push(error.maybe_help(
                near.map(|near| format!("did you mean {}?", Setting::Size.to(format_args!("{near}=...")))),
            ));
        }
    }
    for binding in declared() {
        let name = &binding.name.name;
        if dims.get(name).is_some() {
            continue;
        }
        let given = options.dims.iter().rev().find(|(n, _)| n == name);
        let size = match given {
            Some(&(_, size)) if (1..=MAX_ELEMENTS).contains(&size) => Ok(size),
            Some(&(_, size)) => Err(Some(
                Diagnostic::error(
                    codes::BAD_DIM,
                    format!("{} is no size", Setting::Size.to(format_args!("{name}={size}"))),
                )
                .at(binding.name.span, format!("must be from 1 to {MAX_ELEMENTS}")),
            )),
            None => dims.size_among(&binding.value, &BTreeMap::new()),
        };
        match size {
            Ok(size) => dims.list.push(Dim { name: name.clone(), size }),
            Err(error) => {
                messages.extend(error.map(|error| error.proposing(as_number(&binding.name, &binding.value))))
            }
        }
        // A size given from outside has its own value: `f + 1` need not hold any more.
        let base = successor_of(&binding.value).and_then(|base| dims.get(base));
        if let (Some(base), Some(dim)) = (base, dims.get(name))
            && dim.size == base.size + 1
        {
            dims.successors.push((name.clone(), base.name.clone()));
        }
    }
    dims
}

/// The name in `name + 1` and `1 + name`.
fn successor_of(expr: &Expr) -> Option<&str> {
    let ExprKind::Binary { op: BinaryOp::Add, left, right } = &expr.kind else { return None };
    let one = |e: &Expr| matches!(&e.kind, ExprKind::Number { text, .. } if text == "1");
    match (&left.kind, &right.kind) {
        (ExprKind::Name(name), _) if one(right) => Some(name),
        (_, ExprKind::Name(name)) if one(left) => Some(name),
        _ => None,
    }
}

fn whole(value: Fraction, expr: &Expr) -> Result<usize, Option<Diagnostic>> {
    let Fraction(numerator, denominator) = value;
    let error = |text: String| {
        Some(Diagnostic::error(codes::BAD_DIM, "a size is a positive whole number").at(expr.span, text))
    };
    if numerator % denominator != 0 {
        return Err(error(format!("this is {numerator}/{denominator}")));
    }
    let size = numerator / denominator;
    match usize::try_from(size) {
        Ok(size) if (1..=MAX_ELEMENTS).contains(&size) => Ok(size),
        Ok(size) if size > 0 => Err(error(format!("this is {size}, the limit is {MAX_ELEMENTS}"))),
        _ => Err(error(format!("this is {size}"))),
    }
}

/// Numerator and positive denominator, reduced.
#[derive(Clone, Copy, Debug)]
struct Fraction(i128, i128);

impl Fraction {
    fn combine(self, op: BinaryOp, other: Fraction) -> Option<Fraction> {
        let (Fraction(a, b), Fraction(c, d)) = (self, other);
        let (numerator, denominator) = match op {
            BinaryOp::Add => (a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?, b.checked_mul(d)?),
            BinaryOp::Sub => (a.checked_mul(d)?.checked_sub(c.checked_mul(b)?)?, b.checked_mul(d)?),
            BinaryOp::Mul => (a.checked_mul(c)?, b.checked_mul(d)?),
            BinaryOp::Div => (a.checked_mul(d)?, b.checked_mul(c)?),
            BinaryOp::Pow | BinaryOp::MatMul => return None,
        };
        if denominator == 0 || numerator == i128::MIN || denominator == i128::MIN {
            return None;
        }
        let common = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128 * denominator.signum();
        Some(Fraction(numerator / common, denominator / common))
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// A dimension that is no whole number as the number that it is.
fn as_number(name: &Ident, value: &Expr) -> Option<Proposal> {
    let ExprKind::Number { text, value: number } = &value.kind else { return None };
    let item = format!("let {} = {text}", name.name);
    let words = format!("a number that is no size has a `let`: write `{item}`");
    let edits =
        vec![Edit::Definition(Span::new(name.span.start, value.span.end)), Edit::Items(value.span, item)];
    (number.fract() != 0.0).then_some(Proposal { words, edits })
}
