//! Built-in functions that remove dimensions.

use super::builtins::Call;
use super::{Eval, Locals, Resolver};
use crate::dag::NodeId;
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{Expr, ExprKind};
use hep_plan::host::{Binary, Reduction};

impl Resolver<'_> {
    /// `sum(A)`, `mean(A)`, both with `over = n`.
    pub(super) fn reduction(
        &mut self,
        kind: Reduction,
        call: &Call<'_>,
        expr: &Expr,
        locals: &Locals,
    ) -> Eval<NodeId> {
        let of = call.one(self)?;
        let node = self.eval(of, locals)?;
        let over = call.option("over");
        let over = over.map(|over| self.over(over, locals)).transpose()?;
        self.reduced(kind, node, over.as_deref(), expr, of)
    }

    /// The name of the dimension that `over` stands for.
    fn over(&mut self, over: &Expr, locals: &Locals) -> Eval<String> {
        let ExprKind::Name(name) = &over.kind else {
            let error = Diagnostic::error(codes::BAD_CALL, "`over` names a dimension");
            return Err(self.report(error.at(over.span, "not a name")));
        };
        Ok(locals.dims.get(name).map_or_else(|| name.clone(), |dim| dim.name.clone()))
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
        let of = call.one(self)?;
        let node = self.eval(of, locals)?;
        let over = call.option("over");
        let over = over.map(|over| self.over(over, locals)).transpose()?;
        let mean = self.reduced(Reduction::Mean, node, over.as_deref(), expr, of)?;
        let distance = self.b.binary(Binary::Sub, node, mean, expr.span);
        let distance = self.built(distance, expr, &[(node, of)])?;
        let square = self.b.binary(Binary::Mul, distance, distance, expr.span);
        let square = self.built(square, expr, &[(node, of)])?;
        self.reduced(Reduction::Mean, square, over.as_deref(), expr, of)
    }
}
