//! Expressions become nodes of the graph.

use super::{Eval, Locals, MAX_DEPTH, MAX_ELEMENTS, MAX_STEPS, Reported, Resolver};
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind};
use crate::syntax::print::expression;
use hep_plan::host::{Binary, Unary};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::Place;
use hep_tensor::source::Span;

impl Resolver<'_> {
    /// The node of an expression, with `locals` in front of the values of the file.
    pub(super) fn eval(&mut self, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        self.steps += 1;
        if self.depth >= MAX_DEPTH || self.steps > MAX_STEPS {
            return Err(self.exhausted(expr.span));
        }
        self.depth += 1;
        let node = self.eval_kind(expr, locals);
        self.depth -= 1;
        node
    }

    fn eval_kind(&mut self, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        match &expr.kind {
            ExprKind::Number { value, .. } => Ok(self.b.constant(*value, expr.span)),
            ExprKind::Name(name) => self.lookup(name, expr.span, locals),
            ExprKind::Neg(inner) => {
                let operand = self.eval(inner, locals)?;
                self.unary(Unary::Neg, operand, expr, inner)
            }
            ExprKind::Binary { op, left, right } => {
                // Both sides are evaluated before giving up: each may have errors of its own.
                let a = self.eval(left, locals);
                let outer = self.divisor;
                if *op == BinaryOp::Div {
                    self.divisor = Some(right.span);
                }
                let b = self.eval(right, locals);
                self.divisor = outer;
                self.binary(*op, (a?, left), (b?, right), expr)
            }
            ExprKind::Call { function, args } => self.call(expr, function, args, locals),
            ExprKind::Index { base, indices } => {
                if let (ExprKind::Member { base, field }, [index]) = (&base.kind, indices.as_slice())
                    && field.name != "T"
                {
                    let node = self.eval(base, locals)?;
                    let error = self.no_field(node, base, &field.name, Some(index));
                    return Err(self.report(error.at(expr.span, "only `.T`, the transpose, is known")));
                }
                let vector = self.eval(base, locals);
                let indices_nodes: Vec<Eval<NodeId>> =
                    indices.iter().map(|index| self.eval(index, locals)).collect();
                let vector = vector?;
                let [index] = indices_nodes.as_slice() else {
                    let error = Diagnostic::error(codes::BAD_CALL, "one index is needed");
                    return Err(self.report(error.at(expr.span, "only elements of vectors can be taken")));
                };
                let index = (*index)?;
                match indices.first() {
                    Some(at) => self.element((vector, base), (index, at), expr),
                    None => Err(Reported),
                }
            }
            ExprKind::Member { base, field } => {
                let node = self.eval(base, locals)?;
                if field.name != "T" {
                    let error = self
                        .no_field(node, base, &field.name, None)
                        .proposing(self.without_field(base, field));
                    return Err(self.report(error.at(field.span, "only `.T`, the transpose, is known")));
                }
                let result = self.b.transpose(node, expr.span);
                self.built(result, expr, &[(node, base)])
            }
        }
    }

    fn lookup(&mut self, name: &str, span: Span, locals: &Locals) -> Eval<NodeId> {
        if let Some(node) = locals.values.get(name) {
            return Ok(*node);
        }
        if let Some(dim) = locals.dims.get(name) {
            return Ok(self.b.constant(dim.size as f64, span));
        }
        if let Some(&value) = self.values.get(name) {
            self.check_rows(name, value?, span)?;
            return value;
        }
        match self.dims.get(name).map(|dim| dim.size as f64) {
            Some(size) => Ok(self.b.constant(size, span)),
            // Unknown names have been reported; what is left are functions called before what they mention.
            None if self.messages.iter().any(Diagnostic::is_error) => Err(Reported),
            None => {
                let error =
                    Diagnostic::error(codes::TOO_EARLY, format!("`{name}` is used before its definition"));
                Err(self.report(error.at(span, "not defined yet when the function is called")))
            }
        }
    }

    pub(super) fn unary(&mut self, f: Unary, operand: NodeId, expr: &Expr, inner: &Expr) -> Eval<NodeId> {
        let result = self.b.unary(f, operand, expr.span);
        self.built(result, expr, &[(operand, inner)])
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        (a, left): (NodeId, &Expr),
        (b, right): (NodeId, &Expr),
        expr: &Expr,
    ) -> Eval<NodeId> {
        let (a_dims, b_dims) = (self.b.dims(a).to_vec(), self.b.dims(b).to_vec());
        let constant = self.b.as_constant(a).is_some() && self.b.as_constant(b).is_some();
        let result = if op == BinaryOp::MatMul {
            let free: Vec<_> = a_dims.iter().rev().skip(1).chain(b_dims.iter().skip(1)).collect();
            self.check_size(free.iter().copied(), expr.span)?;
            if constant {
                // Constants are multiplied at once: their size bounds memory, their product time.
                let inner = a_dims.last().map_or(1, |d| d.size);
                let work = free.iter().fold(inner, |work, d| work.saturating_mul(d.size));
                self.spend(work / 64, expr.span)?;
            }
            self.b.matmul(a, b, expr.span)
        } else {
            let all: Vec<_> = a_dims.iter().chain(b_dims.iter().filter(|d| !a_dims.contains(d))).collect();
            self.check_size(all.iter().copied(), expr.span)?;
            if constant {
                self.spend(all.iter().map(|d| d.size).product(), expr.span)?;
            }
            let f = match op {
                BinaryOp::Add => Binary::Add,
                BinaryOp::Sub => Binary::Sub,
                BinaryOp::Mul => Binary::Mul,
                BinaryOp::Div => Binary::Div,
                BinaryOp::Pow | BinaryOp::MatMul => Binary::Pow,
            };
            self.b.binary(f, a, b, expr.span)
        };
        self.built(result, expr, &[(a, left), (b, right)])
    }

    fn element(
        &mut self,
        (vector, base): (NodeId, &Expr),
        (index, at): (NodeId, &Expr),
        expr: &Expr,
    ) -> Eval<NodeId> {
        if self.b.ty(index).place != Place::Public {
            let error = Diagnostic::error(
                codes::SECRET_INDEX,
                format!("{} is used as an index", self.subject(index, at)),
            );
            let error = error
                .at(at.span, format!("this is {}", place_name(self.b.ty(index).place)))
                .note("the element that is read must be known when compiling")
                .help("use the index of the loop, or a product with a one-hot row");
            return Err(self.report(error));
        }
        if let ([dim], Some((number, last))) = (self.b.dims(vector), self.index)
            && number == index
            && dim.size < last as usize
        {
            let error = Diagnostic::error(codes::BAD_CONSTANT, "the vector is shorter than the loop")
                .at(base.span, format!("{} elements along `{}`", dim.size, dim.name))
                .and(at.span, format!("runs to {last}"));
            return Err(self.report(error));
        }
        let result = self.b.element(vector, index, expr.span);
        self.built(result, expr, &[(vector, base), (index, at)])
    }

    /// A value in messages: its formula if that is short, else its name.
    pub(super) fn subject(&self, node: NodeId, expr: &Expr) -> String {
        let text = formula(expr);
        match &self.b.graph.node(node).name {
            _ if text.len() <= 32 => format!("`{text}`"),
            Some(name) => format!("`{name}`"),
            None => "this value".to_owned(),
        }
    }

    /// Accounts for elements of constants, which are kept in memory.
    pub(super) fn spend(&mut self, elements: usize, span: Span) -> Eval<()> {
        self.constant_elements = self.constant_elements.saturating_add(elements);
        if self.constant_elements <= MAX_ELEMENTS {
            return Ok(());
        }
        let error = Diagnostic::error(codes::TOO_LARGE, "the constants of the program are too large");
        Err(self.report(error.at(span, format!("more than {MAX_ELEMENTS} elements with this one"))))
    }

    fn exhausted(&mut self, span: Span) -> Reported {
        // Said once: everything after it fails for the same reason.
        if self.messages.iter().any(|m| m.code == codes::TOO_LARGE && m.title == EXHAUSTED) {
            return Reported;
        }
        let error = Diagnostic::error(codes::TOO_LARGE, EXHAUSTED)
            .at(span, "too deep, or too many operations, with all calls written out")
            .note(format!("the limits are {MAX_DEPTH} levels and {MAX_STEPS} operations"))
            .help("nest fewer calls: a function that calls others is written out at every call");
        self.report(error)
    }
}

/// The text of an expression without parentheses around all of it.
pub(super) fn formula(expr: &Expr) -> String {
    let text = expression(expr);
    // A parenthesised text is one operation: the first bracket closes at the end.
    match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => inner.to_owned(),
        None => text,
    }
}

const EXHAUSTED: &str = "the program is too large";

/// Who sees a value, as an adjective.
pub(super) fn place_name(place: Place) -> &'static str {
    match place {
        Place::Public => "public",
        Place::Owner => "the owner's",
        Place::Secret => "secret",
    }
}
