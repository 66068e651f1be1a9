//! Changes that may help where dimensions do not meet. Each is tried before somebody is told of it.

use super::Resolver;
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Ident, Item};
use crate::syntax::foreign;
use crate::syntax::labels;
use crate::syntax::print::{expression, plain};
use crate::syntax::walk::{expressions, statements, training, values};
use hep_tensor::dag::NodeId;
use hep_tensor::source::Span;

impl Resolver<'_> {
    /// Whether an expression names a dim of the program, whatever its size.
    pub(super) fn is_declared(&self, dim: &Expr) -> bool {
        let ExprKind::Name(name) = &dim.kind else { return false };
        self.file.items.iter().any(|item| matches!(item, Item::Dim(known) if known.name.name == *name))
    }

    /// Products of matrices in place of those of elements in a function of the program.
    pub(super) fn contracted(&self, function: &Expr) -> Vec<Proposal> {
        let ExprKind::Name(name) = &function.kind else { return vec![] };
        let Some(function) = self.functions.get(name.as_str()) else { return vec![] };
        let mut found = vec![];
        function.results.iter().for_each(|result| products(result, &mut found));
        found
    }

    /// Every product of elements of an encrypted matrix with something else as one of matrices: in formulas of other languages
    /// each of them is meant so.
    pub(super) fn all_contracted(&self) -> Option<Proposal> {
        let matrices: Vec<&str> = labels::secrets(self.file)
            .filter(|d| d.ty.dims.len() == 2)
            .map(|d| d.name.name.as_str())
            .collect();
        let of_functions = self.file.items.iter().flat_map(|item| match item {
            Item::Function(function) => function.results.as_slice(),
            _ => &[],
        });
        let of_training =
            training(self.file).into_iter().flat_map(|train| statements(&train.body)).flat_map(values);
        let (mut texts, mut edits) = (vec![], vec![]);
        for value in of_functions.chain(of_training) {
            expressions(value, &mut |part| {
                if let ExprKind::Binary { op: BinaryOp::Mul, left, right } = &part.kind
                    && let Some(matrix) = last_factor(left).filter(|left| is_matrix(left, &matrices))
                    && !self.is_number(right)
                    && !is_matrix(right, &matrices)
                {
                    let text = format!("`{} @ {}`", plain(matrix), bracketed(right));
                    if !texts.contains(&text) {
                        texts.push(text);
                    }
                    edits.push(Edit::Replace(Span::new(left.span.end, right.span.start), " @ ".to_owned()));
                }
                true
            });
        }
        let words = format!(
            "`*` goes element by element, and a product of matrices is `@`: write {}",
            texts.join(" and ")
        );
        (!edits.is_empty()).then_some(Proposal { words, edits })
    }

    /// Whether a factor is a number or a size.
    fn is_number(&self, factor: &Expr) -> bool {
        match &factor.kind {
            ExprKind::Number { .. } => true,
            ExprKind::Name(name) => {
                let value = self.values.get(name).and_then(|value| value.ok());
                self.dims.get(name).is_some() || value.is_some_and(|node| self.b.dims(node).is_empty())
            }
            ExprKind::Neg(inner) => self.is_number(inner),
            ExprKind::Binary { left, right, .. } => self.is_number(left) && self.is_number(right),
            _ => false,
        }
    }

    /// A product with a single number, where one of matrices is written.
    pub(super) fn scaled(&self, product: &Expr) -> Option<Proposal> {
        let ExprKind::Binary { op: BinaryOp::MatMul, left, right } = &product.kind else { return None };
        let text = format!("{} * {}", expression(left), expression(right));
        let words = format!("a product with a number is written `*`: write `{text}`");
        Some(Proposal { words, edits: vec![Edit::Replace(product.span, text)] })
    }

    /// A variable of the loop over the dimension that it meets: `operand` ends or starts with `have`, and `want` is met.
    pub(super) fn declared_over(&self, operand: NodeId, have: &str, want: &str) -> Option<Proposal> {
        let declaration = self.variable_behind(operand)?;
        let name = &declaration.name.name;
        let is_over = |dim: &&Expr| expression(dim) == have;
        let dim = declaration.ty.dims.iter().find(is_over)?;
        let dims = declaration
            .ty
            .dims
            .iter()
            .map(|dim| if is_over(&dim) { want.to_owned() } else { expression(dim) });
        let ty = format!("{}[{}]", declaration.ty.kind.name, dims.collect::<Vec<_>>().join(", "));
        let words = format!("`{name}` has to meet `{want}`: declare it `{name} : {ty}`");
        Some(Proposal { words, edits: vec![Edit::Replace(dim.span, want.to_owned())] })
    }

    /// A gradient by one variable without the field that one by a record would have.
    pub(super) fn without_field(&self, base: &Expr, field: &Ident) -> Option<Proposal> {
        let ExprKind::Name(name) = &base.kind else { return None };
        let value = self.in_the_loop(name)?;
        let is_gradient = matches!(&value.kind, ExprKind::Call { function, .. } if function.name == "grad");
        let words = format!("it is the gradient by one tensor: write `{name}` for `{name}.{}`", field.name);
        let edits = vec![Edit::Replace(Span::new(base.span.start, field.span.end), name.clone())];
        is_gradient.then_some(Proposal { words, edits })
    }

    /// `X.shape[0]`, which is the name of a dimension, and other fields that tensors have elsewhere.
    pub(super) fn no_field(
        &mut self,
        node: NodeId,
        base: &Expr,
        field: &str,
        index: Option<&Expr>,
    ) -> Diagnostic {
        let dims = self.b.dims(node).to_vec();
        let names: Vec<String> = dims.iter().map(|dim| format!("`{}`", dim.name)).collect();
        let help = match (field, names.split_last()) {
            ("shape" | "size", Some((last, others))) => Some(match others {
                [] => format!("the size of a dimension is its name: {last}"),
                others => format!("the size of a dimension is its name: {} or {last}", others.join(", ")),
            }),
            _ => foreign::name(field, Some(&[expression(base)])),
        };
        let at = index.and_then(|index| match index.kind {
            ExprKind::Number { value, .. } => dims.iter().enumerate().find(|(at, _)| *at as f64 == value),
            _ => None,
        });
        let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no field `{field}`"));
        error.maybe_help(match at.filter(|_| field == "shape") {
            Some((_, dim)) => Some(format!("the size of a dimension is its name: write `{}`", dim.name)),
            None => help,
        })
    }
}

/// What stands last in a product.
fn last_factor(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Mul, right, .. } => Some(right),
        ExprKind::Binary { .. } => None,
        _ => Some(expr),
    }
}

/// Whether an expression is one of these names, or its transpose.
fn is_matrix(expr: &Expr, names: &[&str]) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => names.contains(&name.as_str()),
        ExprKind::Member { base, field } if field.name == "T" => is_matrix(base, names),
        _ => false,
    }
}

fn bracketed(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Binary { .. } | ExprKind::Neg(_) => format!("({})", plain(expr)),
        _ => plain(expr),
    }
}

/// Products of elements in an expression, each as the products of matrices that may be meant.
fn products(expr: &Expr, found: &mut Vec<Proposal>) {
    match &expr.kind {
        ExprKind::Binary { op, left, right } => {
            if *op == BinaryOp::Mul {
                let (a, b) = (expression(left), expression(right));
                let products = [format!("{a} @ {b}"), format!("{a} @ {b}.T"), format!("{b} @ {a}")];
                found.extend(products.into_iter().map(|product| Proposal {
                    words: format!(
                        "`*` goes element by element, and a product of matrices is `@`: write `{product}`"
                    ),
                    edits: vec![Edit::Replace(expr.span, product)],
                }));
            }
            products(left, found);
            products(right, found);
        }
        ExprKind::Neg(inner) => products(inner, found),
        ExprKind::Call { function, args } if function.name == "sum" => {
            let before = found.len();
            args.iter().for_each(|arg| products(&arg.value, found));
            // The sum of products is the product of matrices.
            for proposal in &mut found[before..] {
                if let [Edit::Replace(span, _)] = proposal.edits.as_mut_slice()
                    && args.first().is_some_and(|arg| arg.value.span == *span)
                {
                    *span = expr.span;
                }
            }
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|arg| products(&arg.value, found)),
        _ => {}
    }
}
