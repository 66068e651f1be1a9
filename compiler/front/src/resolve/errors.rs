//! Words for what the graph builder refuses.

use super::changes::divisor;
use super::eval::formula;
use super::probabilities;
use super::reductions::choices;
use super::row_loops;
use super::types::show;
use super::{Eval, Reported, Resolver};
use crate::autodiff::reverse::ReverseError;
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, For, Over, Statement};
use crate::syntax::print::{expression, transpose};
use crate::syntax::walk::{statements, training};
use hep_tensor::build::BuildError;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Op};
use hep_tensor::scalar;
use hep_tensor::source::Span;

/// Operands of an expression as they were written.
pub(super) type Operands<'e> = [(NodeId, &'e Expr)];

impl Resolver<'_> {
    /// Passes a node on, or reports why there is none.
    pub(super) fn built(
        &mut self,
        result: Result<NodeId, BuildError>,
        expr: &Expr,
        operands: &Operands<'_>,
    ) -> Eval<NodeId> {
        result.map_err(|error| self.build_error(&error, expr, operands))
    }

    /// Reports an error of reverse mode.
    pub(super) fn reverse_error(&mut self, error: &ReverseError, expr: &Expr) -> Reported {
        match error {
            ReverseError::Build(error) => self.build_error(error, expr, &[]),
            other => {
                let error = Diagnostic::error(codes::BAD_LOSS, "the gradient cannot be computed");
                self.report(error.at(expr.span, other.to_string()))
            }
        }
    }

    /// Reports an error of the builder. Operands that were written at this place are shown there, others where they
    /// come from.
    pub(super) fn build_error(
        &mut self,
        error: &BuildError,
        expr: &Expr,
        operands: &Operands<'_>,
    ) -> Reported {
        let site = Site { resolver: self, expr, operands };
        let diagnostic = site.word(error);
        // One loop over rows is one mistake.
        let is_element = matches!(expr.kind, ExprKind::Index { .. }) && !diagnostic.proposals.is_empty();
        if is_element && self.messages.iter().any(|known| known.proposals == diagnostic.proposals) {
            return Reported;
        }
        self.report(diagnostic)
    }
}

struct Site<'r, 'a, 'e> {
    resolver: &'r Resolver<'a>,
    expr: &'e Expr,
    operands: &'e Operands<'e>,
}

impl Site<'_, '_, '_> {
    fn span(&self, node: NodeId) -> Span {
        let written = self.operands.iter().find(|(operand, _)| *operand == node);
        written.map_or_else(|| self.resolver.b.graph.node(node).span, |(_, expr)| expr.span)
    }

    /// An operand as it is written, or what to call it.
    fn text(&self, node: NodeId) -> String {
        let written = self.operands.iter().find(|(operand, _)| *operand == node);
        written.map_or_else(|| "the value".to_owned(), |(_, expr)| formula(expr))
    }

    fn subject(&self, node: NodeId) -> String {
        match self.operands.iter().find(|(operand, _)| *operand == node) {
            Some((_, expr)) => self.resolver.subject(node, expr),
            None => match &self.resolver.b.graph.node(node).name {
                Some(name) => format!("`{name}`"),
                None => "a value".to_owned(),
            },
        }
    }

    /// Two operands with their dimensions.
    fn sides(&self, error: Diagnostic, left: (NodeId, &[Dim]), right: (NodeId, &[Dim])) -> Diagnostic {
        error
            .at(self.span(left.0), format!("this is {}", show(left.1)))
            .and(self.span(right.0), format!("this is {}", show(right.1)))
    }

    fn word(&self, error: &BuildError) -> Diagnostic {
        let dims = |node: NodeId| self.resolver.b.dims(node);
        match error {
            BuildError::SizeMismatch { left, right, name, left_size, right_size } => {
                let title =
                    format!("`{name}` has size {left_size} on the left and {right_size} on the right");
                let error = Diagnostic::error(codes::DIM_MISMATCH, title);
                self.sides(error, (*left, dims(*left)), (*right, dims(*right)))
            }
            BuildError::Ambiguous { left, right, left_dims, right_dims, repeated } => {
                let title = format!("`{repeated}` occurs twice, so that these cannot be combined by name");
                let error = Diagnostic::error(codes::DIM_MISMATCH, title);
                self.sides(error, (*left, left_dims), (*right, right_dims))
            }
            BuildError::InnerDims { left, right, left_dims, right_dims } => {
                let error = Diagnostic::error(codes::DIM_MISMATCH, self.inner_title(left_dims, right_dims));
                let error = self.sides(error, (*left, left_dims), (*right, right_dims));
                let turned = self.transposition(left_dims, right_dims);
                let error =
                    error.maybe_help(turned.as_ref().map(|turned| turned.words.clone())).proposing(turned);
                let (Some(a), Some(b)) = (left_dims.last(), right_dims.first()) else { return error };
                let right = self.resolver.declared_over(*right, &b.name, &a.name);
                error.proposing(right).proposing(self.resolver.declared_over(*left, &a.name, &b.name))
            }
            BuildError::Rank { operation, operand, dims, expected } => {
                let row = *operation == "element" && dims.len() > 1;
                let help = row.then(|| {
                    "an index reads an element of a vector; nothing reads a row of a matrix".to_owned()
                });
                Diagnostic::error(codes::DIM_MISMATCH, format!("`{operation}` needs {expected}"))
                    .at(self.span(*operand), format!("this is {}", show(dims)))
                    .maybe_help(help)
                    .proposing(if row {
                        row_loops::of_element(self.resolver.file, self.expr)
                    } else {
                        vec![]
                    })
                    .proposing(self.resolver.scaled(self.expr))
                    .proposing(if dims.is_empty() { self.resolver.retyped(*operand) } else { vec![] })
            }
            BuildError::NoSuchDim { operand, dims, name } => {
                Diagnostic::error(codes::DIM_MISMATCH, format!("there is no dimension `{name}` to sum over"))
                    .at(self.span(*operand), format!("this is {}", show(dims)))
                    .help(choices(dims, &self.text(*operand)))
            }
            BuildError::DimSize { operation, operand, dim, expected } => {
                let title =
                    format!("`{operation}` gives {expected} elements, `{}` has size {}", dim.name, dim.size);
                Diagnostic::error(codes::DIM_MISMATCH, title).at(self.span(*operand), "of this")
            }
            BuildError::Shape { dims, .. } => Diagnostic::error(
                codes::DIM_MISMATCH,
                format!("the value does not have the dimensions {}", show(dims)),
            )
            .at(self.expr.span, "sizes differ"),
            BuildError::OwnerMeetsSecret { owner, secret } => self.owner_meets_secret(*owner, *secret),
            BuildError::AlreadySecret { operand } => Diagnostic::error(
                codes::ALREADY_SECRET,
                format!("{} is secret already", self.subject(*operand)),
            )
            .at(self.span(*operand), "computed from ciphertexts")
            .note("a `secret` item encrypts a value that the owner has in the clear")
            .help("use `let` for values that the server computes"),
            BuildError::NotPolynomial { operation, operand } => self.not_polynomial(operation, *operand),
            BuildError::NotOnSecret { operation, operand } => {
                let what = if *operation == "element" { "an element of" } else { operation };
                let uploaded = self.is_uploaded(*operand);
                let inverts = matches!(*operation, "inverse" | "cholesky");
                let product = (uploaded && inverts)
                    .then(|| self.resolver.product_before_encrypting(*operand, self.expr))
                    .flatten();
                let help = match (*operation, uploaded) {
                    ("inverse" | "cholesky", true) => {
                        "the owner can compute it, and cannot encrypt it, which has one dimension twice (H0602): encrypt its \
                         product with other data, or scale the gradient element by element, as `quadratic_gradient` of the \
                         standard library does"
                            .to_owned()
                    }
                    (_, true) => "compute it from the owner's value, before encrypting".to_owned(),
                    ("inverse" | "cholesky", false) => {
                        "nothing here computes it of what training computes: scale the gradient element by element by \
                         what the owner computes of the data, as `quadratic_gradient` of the standard library does"
                            .to_owned()
                    }
                    _ => "nothing here computes it of what training computes".to_owned(),
                };
                Diagnostic::error(
                    codes::NOT_ON_SECRET,
                    format!("`{what}` of the secret {}", self.subject(*operand)),
                )
                .at(self.span(*operand), "this is secret")
                .help(help)
                .proposing(row_loops::of_element(self.resolver.file, self.expr))
                .proposing(product)
            }
            BuildError::Constant { error, .. } => {
                Diagnostic::error(codes::BAD_CONSTANT, "this constant expression has no value")
                    .at(self.expr.span, error.to_string())
                    .maybe_help(
                        self.first_element().first().map(|_| "elements are counted from 1".to_owned()),
                    )
                    .proposing(self.first_element())
            }
            BuildError::NotFinite { value, .. } => {
                Diagnostic::error(codes::BAD_CONSTANT, "this constant expression has no finite value")
                    .at(self.expr.span, format!("the result is {value}"))
            }
        }
    }

    /// Elements are counted from 1: the first one, and that of each iteration.
    fn first_element(&self) -> Vec<Proposal> {
        let ExprKind::Index { base, indices } = &self.expr.kind else { return Vec::new() };
        let [index] = indices.as_slice() else { return Vec::new() };
        if !matches!(index.kind, ExprKind::Number { value, .. } if value == 0.0) {
            return Vec::new();
        }
        let base = formula(base);
        let with = |words: String, number: &str| Proposal {
            words: format!("elements are counted from 1: {words} `{base}[{number}]`"),
            edits: vec![Edit::Replace(index.span, number.to_owned())],
        };
        let counted = |statement: &Statement| match statement {
            Statement::For(For { index, over: Over::Range(_), .. }) => Some(index.name.clone()),
            _ => None,
        };
        let train = training(self.resolver.file);
        let loops = train.and_then(|train| statements(&train.body).into_iter().find_map(counted));
        let first = with("the first is".to_owned(), "1");
        let each = loops.map(|index| with("that of each iteration is".to_owned(), &index));
        std::iter::once(first).chain(each).collect()
    }

    fn inner_title(&self, left: &[Dim], right: &[Dim]) -> String {
        match (left.last(), right.first()) {
            (Some(a), Some(b)) if a.size == b.size => {
                format!(
                    "`@` contracts `{}` with `{}`: both have size {}, but different names do not mix",
                    a.name, b.name, a.size
                )
            }
            (Some(a), Some(b)) => {
                format!("`@` contracts `{}` with `{}`, which are different dimensions", a.name, b.name)
            }
            _ => "`@` needs a common inner dimension".to_owned(),
        }
    }

    /// Which transposition would make the product possible.
    fn transposition(&self, left: &[Dim], right: &[Dim]) -> Option<Proposal> {
        let [(_, a), (_, b)] = self.operands else { return None };
        let (turned_left, turned_right) = (transpose(a), transpose(b));
        let (a, b) = (expression(a), expression(b));
        let (side, text) = if left.last() == right.last() && right.len() == 2 {
            ("right", format!("{a} @ {turned_right}"))
        } else if left.first() == right.first() && left.len() == 2 {
            ("left", format!("{turned_left} @ {b}"))
        } else {
            return None;
        };
        let words = format!("transpose the {side} side: `{text}`");
        Some(Proposal { words, edits: vec![Edit::Replace(self.expr.span, text)] })
    }

    fn owner_meets_secret(&self, owner: NodeId, secret: NodeId) -> Diagnostic {
        let title = format!("{} is the owner's, but {} is secret", self.subject(owner), self.subject(secret));
        let written = self.operands.iter().find(|(node, _)| *node == owner);
        Diagnostic::error(codes::OWNER_MEETS_SECRET, title)
            .at(self.span(owner), "in the clear with its owner, not encrypted")
            .and(self.span(secret), "ciphertexts at the server")
            .note("the server would need the owner's value, and it must not see it")
            .help("encrypt it as well, by a `secret` item")
            .proposing(written.map_or_else(Vec::new, |(_, written)| self.resolver.encrypting(owner, written)))
    }

    fn not_polynomial(&self, operation: &str, operand: NodeId) -> Diagnostic {
        let (subject, span) = (self.subject(operand), self.span(operand));
        // The reciprocal of a root is one function.
        let divides = self.resolver.divisor == Some(self.expr.span) && operation == "sqrt";
        if operation == "div" || divides {
            let divisor = if divides { self.resolver.subject(operand, self.expr) } else { subject };
            let span = if divides { self.expr.span } else { span };
            // A long divisor is shown by its place only.
            let title = match divisor.as_str() {
                "this value" => "division by a secret".to_owned(),
                divisor => format!("division by the secret {divisor}"),
            };
            return Diagnostic::error(codes::SECRET_DIVISOR, title)
                .at(span, "this is secret")
                .note("ciphertexts are added and multiplied only")
                .help(if self.is_uploaded(operand) {
                    "divide before encrypting"
                } else {
                    "leave the quotient out, or multiply by a polynomial that stands for the reciprocal"
                })
                .proposing(self.reciprocal(operand, divides));
        }
        if operation == "pow" {
            return Diagnostic::error(
                codes::NOT_POLYNOMIAL,
                format!("a power of the secret {subject} is no polynomial"),
            )
            .at(self.expr.span, "the exponent must be a constant whole number from 0 to 64")
            .help("use a whole number as exponent, or compute the power before encrypting");
        }
        let known = scalar::Function::from_name(operation);
        let line = known.and_then(|f| self.resolver.proposed_line(operation, &scalar::Expr::z().call(f)));
        let line = line.map(|line| {
            let words = format!("add `{line}`, with the range of its argument");
            self.resolver.with_line(words, &line, self.expr.span)
        });
        let rectified = (operation == "max").then(|| self.rectified()).flatten();
        let logistic = (operation == "exp")
            .then(|| probabilities::logistic(self.resolver.file, self.expr.span))
            .flatten();
        let (own, uploaded) = (self.own_line(), self.is_uploaded(operand));
        let help = match (own.is_some() || line.is_some() || rectified.is_some(), uploaded) {
            (_, true) => "compute it from the owner's value, before encrypting",
            (true, false) => "a polynomial may stand for it: an `approx` line with the range of its argument",
            (false, false) => {
                "nothing here computes it: training can only add and multiply what it has computed"
            }
        };
        let before = match self.operands {
            [(_, of)] if uploaded => self.resolver.before_encrypting(operand, of, self.expr),
            _ => None,
        };
        Diagnostic::error(
            codes::NOT_POLYNOMIAL,
            format!("`{operation}` of the secret {subject} is no polynomial"),
        )
        .at(span, "this is secret")
        .note("ciphertexts are added and multiplied only")
        .help(help)
        .proposing(logistic)
        .proposing(before)
        .proposing(own)
        .proposing(line)
        .proposing(rectified)
    }

    /// The larger of a value and 0, by its name.
    fn rectified(&self) -> Option<Proposal> {
        let ExprKind::Call { args, .. } = &self.expr.kind else { return None };
        let is_zero = |arg: &&Arg| matches!(arg.value.kind, ExprKind::Number { value, .. } if value == 0.0);
        let [one] = args.iter().filter(|arg| !is_zero(arg)).collect::<Vec<_>>()[..] else { return None };
        let text = format!("relu({})", formula(&one.value));
        let words = format!("write `{text}` for `{}`", formula(self.expr));
        Some(Proposal { words, edits: vec![Edit::Replace(self.expr.span, text)] })
    }

    /// What to do about a quotient; its divisor is an operand, or the root of one.
    fn reciprocal(&self, operand: NodeId, root: bool) -> Vec<Proposal> {
        let divisor = if root { Some(self.expr) } else { divisor(self.expr) };
        let Some(divisor) = divisor else { return Vec::new() };
        if self.is_uploaded(operand) {
            return self.resolver.reciprocal_before(operand, divisor).into_iter().collect();
        }
        match self.own_line() {
            Some(line) => vec![line],
            None => self.resolver.proposed_reciprocals(divisor),
        }
    }

    /// An `approx` line for the function of one number that is being written out.
    fn own_line(&self) -> Option<Proposal> {
        let (name, _) = self.resolver.calls.last()?;
        let line = self.resolver.proposed_line(name, &self.resolver.own_formula(name)?)?;
        let words = format!("give `{name}` a polynomial: add `{line}`, with the range of its argument");
        Some(self.resolver.with_line(words, &line, self.expr.span))
    }

    /// Whether a value follows from what the owner encrypts, without what training computes.
    fn is_uploaded(&self, node: NodeId) -> bool {
        let graph = &self.resolver.b.graph;
        let needed = graph.reachable([node]);
        graph
            .ids()
            .all(|id| !needed[id.index()] || !matches!(graph.node(id).op, Op::Carried(_) | Op::Final(_)))
    }
}
