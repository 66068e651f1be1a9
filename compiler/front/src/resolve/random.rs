//! First values: random ones, and what they are scaled by.

use super::builtins::Call;
use super::{Eval, Locals, Resolver};
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::Expr;
use hep_plan::host::{Binary, HostOp, Reduction, Unary};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::Dim;

/// Largest seed: every whole number up to here is an `f64`.
const MAX_SEED: f64 = 9_007_199_254_740_991.0;

impl Resolver<'_> {
    /// `normal(seed = s, deviation = e)`: independent normal numbers with the dimensions of what is being declared.
    pub(super) fn normal(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let (Some(seed), true) = (call.option("seed"), call.positional.is_empty()) else {
            return Err(call.wrong(self, "a seed: `normal(seed = 1, deviation = 0.1)`"));
        };
        let Some(dims) = self.expected.clone() else {
            let error = Diagnostic::error(codes::BAD_CALL, "`normal` has no dimensions here")
                .at(expr.span, "not the value of a declaration")
                .help("use it where a type is declared: `var W : real[c, d] = normal(seed = 1, deviation = 0.1)`");
            return Err(self.report(error));
        };
        let number = self.eval(seed, locals)?;
        let value = self.b.as_number(number);
        let Some(seed) = value.filter(|v| v.fract() == 0.0 && (0.0..=MAX_SEED).contains(v)) else {
            let error = Diagnostic::error(codes::BAD_CONSTANT, "`seed` is a whole number from 0 on");
            return Err(self.report(error.at(seed.span, "not one, or not a constant")));
        };
        self.spend(dims.iter().map(|d| d.size).product(), expr.span)?;
        let shape = dims.iter().map(|d: &Dim| d.size).collect();
        let op = HostOp::Normal { seed: seed as u64, shape };
        let numbers = self.b.host(op, vec![], dims, expr.span);
        let numbers = self.built(numbers, expr, &[])?;
        match call.option("deviation") {
            None => Ok(numbers),
            Some(deviation) => {
                let by = self.eval(deviation, locals)?;
                let product = self.b.binary(Binary::Mul, by, numbers, expr.span);
                self.built(product, expr, &[(by, deviation)])
            }
        }
    }

    /// `rms_rows(A)`: the root of the mean over the rows of their squared lengths.
    pub(super) fn rms_rows(&mut self, of: &Expr, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let rows = self.eval(of, locals)?;
        let operands = [(rows, of)];
        let squares = self.b.binary(Binary::Mul, rows, rows, expr.span);
        let squares = self.built(squares, expr, &operands)?;
        let lengths = self.b.reduce(Reduction::Sum, squares, 1, expr.span);
        let lengths = self.built(lengths, expr, &operands)?;
        let mean = self.b.reduce(Reduction::Mean, lengths, 0, expr.span);
        let mean = self.built(mean, expr, &operands)?;
        let root = self.b.unary(Unary::Sqrt, mean, expr.span);
        self.built(root, expr, &operands)
    }
}
