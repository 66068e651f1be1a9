//! Built-in functions that remove dimensions.

use super::builtins::Call;
use super::eval::formula;
use super::types::show;
use super::{Eval, Locals, Reported, Resolver};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::print::plain;
use crate::syntax::walk::expressions;
use hep_plan::host::{Binary, Reduction};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::Dim;

/// The dimensions that a reduction of a value may name.
pub(super) fn choices(dims: &[Dim], of: &str) -> String {
    let names: Vec<String> = dims.iter().map(|dim| format!("`over = {}`", dim.name)).collect();
    match names.split_last() {
        None => format!("`{of}` is a single number: leave `over` out"),
        Some((only, [])) => format!("the only dimension of `{of}`: {only}"),
        Some((last, others)) => format!("a dimension of `{of}`: {} or {last}", others.join(", ")),
    }
}

impl Resolver<'_> {
    /// `sum(A)`, `mean(A)`, both with `over = n`.
    pub(super) fn reduction(
        &mut self,
        kind: Reduction,
        call: &Call<'_>,
        expr: &Expr,
        locals: &Locals,
    ) -> Eval<NodeId> {
        let of = self.reduced_value(call, locals)?;
        let node = self.eval(of, locals)?;
        let over = call.option("over");
        if let Some(over) = over
            && let Some(error) = self.summed_already(kind, (node, of), over, expr)
        {
            return Err(self.report(error));
        }
        let over = over.map(|over| self.over(over, (node, of), locals)).transpose()?;
        self.reduced(kind, node, over.as_deref(), expr, of)
    }

    /// The error for a gradient that is summed over the rows: it is that of a sum over them.
    fn summed_already(
        &self,
        kind: Reduction,
        (node, of): (NodeId, &Expr),
        over: &Expr,
        expr: &Expr,
    ) -> Option<Diagnostic> {
        let ExprKind::Name(rows) = &over.kind else { return None };
        let dims = self.b.dims(node);
        let has_rows = self.dims.get(rows).is_none() || dims.iter().any(|dim| dim.name == *rows);
        if has_rows || !self.is_gradient(of) {
            return None;
        }
        let text = match kind {
            Reduction::Mean => format!("{} / {rows}", plain(of)),
            _ => plain(of),
        };
        let words =
            format!("a gradient is summed over the rows already: write `{text}` for `{}`", plain(expr));
        let error =
            Diagnostic::error(codes::DIM_MISMATCH, format!("there is no dimension `{rows}` to sum over"));
        let error = error.at(of.span, format!("this is {}", show(dims))).help(words.clone());
        Some(error.proposing([Proposal { words, edits: vec![Edit::Replace(expr.span, text)] }]))
    }

    /// Whether a value is made of a gradient, here or in a `let` of the loop.
    fn is_gradient(&self, of: &Expr) -> bool {
        let value = match &of.kind {
            ExprKind::Name(name) => self.in_the_loop(name),
            _ => None,
        };
        let mut found = false;
        expressions(value.unwrap_or(of), &mut |part| {
            found |= matches!(&part.kind, ExprKind::Call { function, .. } if function.name == "grad");
            !found
        });
        found
    }

    /// The one argument; a second one is the dimension, without its name.
    fn reduced_value<'e>(&mut self, call: &Call<'e>, locals: &Locals) -> Eval<&'e Expr> {
        let [of, dim] = call.positional.as_slice() else { return call.one(self) };
        let named = self.dimension(of, dim, locals);
        let help = format!("name the dimension: `over = {}`", named.as_deref().unwrap_or("NAME"));
        let error = Diagnostic::error(codes::BAD_CALL, format!("`{}` takes one argument", call.name()));
        Err(self.report(error.at(dim.span, "a second one").help(help)))
    }

    /// The name of the dimension of `of` that `over` stands for.
    fn over(&mut self, over: &Expr, (node, of): (NodeId, &Expr), locals: &Locals) -> Eval<String> {
        let ExprKind::Name(name) = &over.kind else {
            let named = self.dimension(of, over, locals);
            let help = format!("write `over = {}`", named.as_deref().unwrap_or("NAME"));
            let error = Diagnostic::error(codes::BAD_CALL, "`over` names a dimension");
            return Err(self.report(error.at(over.span, "not a name").help(help)));
        };
        let known = locals.dims.get(name).map(|dim| dim.name.clone());
        // A name that is not defined has been reported, by who knows no dimensions.
        let help = choices(self.b.dims(node), &formula(of));
        let missing = |m: &&mut Diagnostic| m.code == codes::UNKNOWN_NAME && m.span() == Some(over.span);
        if known.is_none()
            && let Some(reported) = self.messages.iter_mut().find(missing)
        {
            reported.help = Some(help);
            return Err(Reported);
        }
        Ok(known.unwrap_or_else(|| name.clone()))
    }

    /// Sum or mean over one dimension, or over all.
    pub(super) fn reduced(
        &mut self,
        kind: Reduction,
        node: NodeId,
        over: Option<&str>,
        expr: &Expr,
        of: &Expr,
    ) -> Eval<NodeId> {
        if let Some(name) = over {
            let result = self.b.reduce_over(kind, node, name, expr.span);
            return self.built(result, expr, &[(node, of)]);
        }
        let mut result = node;
        for axis in (0..self.b.dims(node).len()).rev() {
            let next = self.b.reduce(kind, result, axis, expr.span);
            result = self.built(next, expr, &[(node, of)])?;
        }
        Ok(result)
    }

    /// `variance(A)` and `variance(A, over = n)`: the mean of the squared distances from the mean.
    pub(super) fn variance(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let of = self.reduced_value(call, locals)?;
        let node = self.eval(of, locals)?;
        let over = call.option("over");
        let over = over.map(|over| self.over(over, (node, of), locals)).transpose()?;
        let mean = self.reduced(Reduction::Mean, node, over.as_deref(), expr, of)?;
        let distance = self.b.binary(Binary::Sub, node, mean, expr.span);
        let distance = self.built(distance, expr, &[(node, of)])?;
        let square = self.b.binary(Binary::Mul, distance, distance, expr.span);
        let square = self.built(square, expr, &[(node, of)])?;
        self.reduced(Reduction::Mean, square, over.as_deref(), expr, of)
    }
}
