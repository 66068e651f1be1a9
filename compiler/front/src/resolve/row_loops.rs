//! Loops over single rows, and loops in loops that count batches, as loops over mini-batches. Each is tried before somebody is told
//! of it.

use super::batches::rows_of;
use super::names::mentions;
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::ast::{self, Arg, BinaryOp, Expr, ExprKind, For, Ident, Item, Over, Statement};
use crate::syntax::print::{expression, plain};
use crate::syntax::walk::{expressions, statements, training, values};
use hep_tensor::source::Span;

/// Rows of a batch where none are written.
const SIZES: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// What has a row for each sample.
struct Samples {
    /// Their dimension.
    rows: String,
    /// The names of what is encrypted of them, those of two dimensions first.
    matrices: Vec<String>,
    others: Vec<String>,
}

impl Samples {
    fn of(file: &ast::File) -> Option<Self> {
        let secrets = || {
            file.items.iter().filter_map(|item| match item {
                Item::Secret(d) => Some((d.name.name.clone(), d.ty.dims.iter().map(expression).collect())),
                _ => None,
            })
        };
        let rows = secrets().find(|(_, dims): &(_, Vec<String>)| dims.len() == 2)?.1.into_iter().next()?;
        let (mut matrices, mut others) = (Vec::new(), Vec::new());
        for (name, dims) in secrets() {
            // One-hot labels are rows as well, and no factor of a gradient by itself.
            match dims.as_slice() {
                [first, _] if *first == rows => matrices.push(name),
                [first] if *first == rows => others.push(name),
                _ => {}
            }
        }
        Some(Self { rows, matrices, others })
    }

    fn is_named(&self, name: &str) -> bool {
        self.matrices.iter().chain(&self.others).any(|known| known == name)
    }

    /// Whether an expression is a row of a matrix of samples.
    fn is_row(&self, expr: &Expr) -> bool {
        let ExprKind::Index { base, .. } = &expr.kind else { return false };
        matches!(&base.kind, ExprKind::Name(name) if self.matrices.contains(name))
    }
}

/// The loop over mini-batches that is meant by a loop which counts rows, batches or anything else.
pub(super) fn batched(file: &ast::File, looped: &For) -> Vec<Proposal> {
    let Some(samples) = Samples::of(file).filter(|_| rows_of(looped).is_none()) else { return vec![] };
    let over = match &looped.over {
        Over::Range(range) => range.span,
        Over::Expr(expr) => expr.span,
    };
    let index = &looped.index.name;
    let counts_iterations = written_size(file, looped, &samples.rows).is_none();
    let (mut edits, mut counts) = (Vec::new(), false);
    for value in statements(&looped.body).into_iter().flat_map(values) {
        // What is made of the number of an iteration would be made of that of the rows.
        if counts_iterations && reads(value, index, &samples) {
            return vec![];
        }
        let batch = Batch { samples: &samples, index };
        let written = batch.of(value);
        counts |= mentions(value, &samples.rows);
        if plain(&written) != plain(value) {
            edits.push((value.span, plain(&written)));
        }
    }
    let tensors = samples.matrices.iter().chain(&samples.others).cloned().collect::<Vec<_>>().join(", ");
    let sizes = written_size(file, looped, &samples.rows)
        .map_or_else(|| sizes(file, &samples.rows), |size| vec![size]);
    let with = |size: String| {
        let rows = format!("rows({tensors}, size = {size})");
        let mut words = format!("rows are taken in batches: write `for {index} in {rows}`");
        let lines = edits.iter().filter_map(|(span, text)| line(file, *span, text)).collect::<Vec<_>>();
        if !lines.is_empty() {
            words.push_str(&format!(", and in it {}", lines.join(" and ")));
        }
        if counts {
            words.push_str(&format!("; `{index}` is the number of rows of a batch"));
        }
        let changed = edits.iter().map(|(span, text)| Edit::Replace(*span, text.clone()));
        Proposal { words, edits: std::iter::once(Edit::Replace(over, rows)).chain(changed).collect() }
    };
    sizes.into_iter().map(with).collect()
}

/// The same for the loop whose index an element is read by.
pub(super) fn of_element(file: &ast::File, element: &Expr) -> Vec<Proposal> {
    let ExprKind::Index { indices, .. } = &element.kind else { return vec![] };
    let body = training(file).map_or(&[][..], |train| &train.body);
    let looped = statements(body).into_iter().find_map(|statement| match statement {
        Statement::For(f) if indices.iter().any(|index| mentions(index, &f.index.name)) => Some(f),
        _ => None,
    });
    looped.map_or(vec![], |looped| batched(file, looped))
}

/// The statement of a value with another one.
fn line(file: &ast::File, value: Span, text: &str) -> Option<String> {
    let body = training(file).map_or(&[][..], |train| &train.body);
    statements(body).into_iter().find_map(|statement| match statement {
        Statement::Let(l) => match (l.names.as_slice(), l.values.as_slice()) {
            ([name], [only]) if only.span == value => Some(format!("`let {} = {text}`", name.name)),
            _ => None,
        },
        Statement::Assign(a) => match (a.targets.as_slice(), a.values.as_slice()) {
            ([target], [only]) if only.span == value => Some(format!("`{} = {text}`", target.name)),
            _ => None,
        },
        _ => None,
    })
}

/// The rows of a batch, where a loop says how many there are: `1 .. n / 16`, `range(0, n, 16)`, `batches(X, B)`.
fn written_size(file: &ast::File, looped: &For, rows: &str) -> Option<String> {
    let is_dim = |name: &str| {
        name != rows && file.items.iter().any(|item| matches!(item, Item::Dim(dim) if dim.name.name == name))
    };
    let size = |expr: &Expr| match &expr.kind {
        ExprKind::Number { text, .. } => text.parse().is_ok_and(|size: usize| size > 0).then(|| text.clone()),
        ExprKind::Name(name) => is_dim(name).then(|| name.clone()),
        _ => None,
    };
    match &looped.over {
        Over::Range(range) => match &range.high.kind {
            ExprKind::Binary { op: BinaryOp::Div, left, right } if mentions(left, rows) => size(right),
            _ => None,
        },
        Over::Expr(expr) => match &expr.kind {
            ExprKind::Call { args, .. } => args.iter().map(|arg| &arg.value).filter_map(size).next_back(),
            _ => None,
        },
    }
}

/// Rows of a batch that divide the samples.
fn sizes(file: &ast::File, rows: &str) -> Vec<String> {
    let number = file.items.iter().find_map(|item| match item {
        Item::Dim(dim) if dim.name.name == rows => match &dim.value.kind {
            ExprKind::Number { text, .. } => text.parse::<usize>().ok(),
            _ => None,
        },
        _ => None,
    });
    let fits = |size: &usize| number.is_none_or(|rows| rows % size == 0 && (*size < rows || rows == 1));
    SIZES.into_iter().filter(fits).map(|size| size.to_string()).collect()
}

/// Whether a value reads the index of a loop for anything but a row.
fn reads(value: &Expr, index: &str, samples: &Samples) -> bool {
    let mut found = false;
    expressions(value, &mut |expr| match &expr.kind {
        ExprKind::Index { base, .. } => !matches!(&base.kind, ExprKind::Name(name) if samples.is_named(name)),
        ExprKind::Name(name) => {
            found |= name == index;
            true
        }
        _ => true,
    });
    found
}

/// A loop whose index is the rows of a batch.
struct Batch<'s> {
    samples: &'s Samples,
    index: &'s str,
}

impl Batch<'_> {
    /// An expression of a single row as one of all rows of a batch.
    fn of(&self, expr: &Expr) -> Expr {
        let boxed = |expr: &Expr| Box::new(self.of(expr));
        let kind = match &expr.kind {
            ExprKind::Name(name) if *name == self.samples.rows => ExprKind::Name(self.index.to_owned()),
            ExprKind::Name(_) | ExprKind::Number { .. } => expr.kind.clone(),
            ExprKind::Neg(inner) => ExprKind::Neg(boxed(inner)),
            ExprKind::Binary { op: BinaryOp::Mul, .. } => return self.product(expr),
            ExprKind::Binary { op, left, right } => {
                ExprKind::Binary { op: *op, left: boxed(left), right: boxed(right) }
            }
            ExprKind::Call { function, args } => {
                let args = args.iter().map(|arg| Arg { name: arg.name.clone(), value: self.of(&arg.value) });
                ExprKind::Call { function: function.clone(), args: args.collect() }
            }
            ExprKind::Index { base, .. } => match &base.kind {
                ExprKind::Name(name) if self.samples.is_named(name) => base.kind.clone(),
                _ => expr.kind.clone(),
            },
            ExprKind::Member { base, field } => ExprKind::Member { base: boxed(base), field: field.clone() },
        };
        Expr { kind, span: expr.span }
    }

    /// A product with one row of a matrix is one of the transposed matrix with what is computed of each row.
    fn product(&self, expr: &Expr) -> Expr {
        let mut factors = Vec::new();
        gather(expr, &mut factors);
        let rows = factors.iter().filter(|factor| self.samples.is_row(factor)).count();
        let whole: Vec<Expr> = factors
            .iter()
            .filter(|factor| !self.samples.is_row(factor))
            .map(|factor| self.of(factor))
            .collect();
        let times = |op: BinaryOp, left: Expr, right: Expr| Expr {
            kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) },
            span: expr.span,
        };
        let row = factors.iter().find(|factor| self.samples.is_row(factor)).map(|row| self.of(row));
        match (row, whole.into_iter().reduce(|a, b| times(BinaryOp::Mul, a, b))) {
            (Some(matrix), Some(rest)) if rows == 1 => {
                let field = Ident { name: "T".to_owned(), span: expr.span };
                let transposed =
                    Expr { kind: ExprKind::Member { base: Box::new(matrix), field }, span: expr.span };
                times(BinaryOp::MatMul, transposed, rest)
            }
            _ => {
                let all = factors.iter().map(|factor| self.of(factor));
                all.reduce(|a, b| times(BinaryOp::Mul, a, b)).unwrap_or_else(|| expr.clone())
            }
        }
    }
}

/// The factors of a product from left to right.
fn gather<'e>(expr: &'e Expr, factors: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Mul, left, right } => {
            gather(left, factors);
            gather(right, factors);
        }
        _ => factors.push(expr),
    }
}
