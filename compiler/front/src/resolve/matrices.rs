//! Built-in functions of the owner's matrices: what whitening is made of.

use super::builtins::Call;
use super::{Eval, Locals, Resolver};
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{Expr, ExprKind};
use hep_plan::host::{Binary, Reduction};
use hep_tensor::dag::NodeId;

/// Most rows of a matrix that is factorized; the work grows with their third power.
const MAX_ROWS: usize = 2048;

impl Resolver<'_> {
    /// `identity(n)`
    pub(super) fn identity(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let of = call.one(self)?;
        let dim = match &of.kind {
            ExprKind::Name(name) => self.dim(name, locals),
            _ => None,
        };
        let Some(dim) = dim else {
            // What is wrong with its size has been said.
            if self.is_declared(of) {
                return Err(super::Reported);
            }
            let error = Diagnostic::error(codes::BAD_CALL, "`identity` needs a dim");
            return Err(
                self.report(error.at(of.span, "not a dim").help("write `identity(f)` with `dim f = ...`"))
            );
        };
        self.check_size([&dim, &dim], expr.span)?;
        Ok(self.b.identity(dim, expr.span))
    }

    /// `cholesky(M)` and `inverse(M)`
    pub(super) fn factor(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let of = call.one(self)?;
        let node = self.eval(of, locals)?;
        let rows = self.b.dims(node).first().map_or(0, |dim| dim.size);
        if rows > MAX_ROWS {
            let error = Diagnostic::error(codes::TOO_LARGE, "the matrix is too large to be factorized")
                .at(of.span, format!("{rows} rows, the limit is {MAX_ROWS}"))
                .help("reduce the features first");
            return Err(self.report(error));
        }
        if self.b.as_constant(node).is_some() {
            self.spend(rows.pow(3) / 64, expr.span)?;
        }
        let result = if call.name() == "inverse" {
            self.b.inverse(node, expr.span)
        } else {
            self.b.cholesky(node, expr.span)
        };
        self.built(result, expr, &[(node, of)])
    }

    /// `trace(M)`: the sum of the diagonal.
    pub(super) fn trace(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let of = call.one(self)?;
        let node = self.eval(of, locals)?;
        let [rows, columns] = self.b.dims(node) else { return Err(self.not_square(of)) };
        if rows != columns {
            return Err(self.not_square(of));
        }
        let one = self.b.identity(rows.clone(), expr.span);
        let product = self.b.binary(Binary::Mul, node, one, expr.span);
        let product = self.built(product, expr, &[(node, of)])?;
        self.reduced(Reduction::Sum, product, None, expr, of)
    }

    fn not_square(&mut self, of: &Expr) -> super::Reported {
        let error =
            Diagnostic::error(codes::DIM_MISMATCH, "`trace` needs a square matrix, over one dimension twice");
        self.report(error.at(of.span, "something else"))
    }
}
