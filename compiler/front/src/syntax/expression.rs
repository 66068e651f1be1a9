//! Expressions: precedence, and a bound on their depth.

use super::Rule;
use super::ast::{Arg, BinaryOp, Expr, ExprKind, Ident};
use super::cursor::Cursor;
use super::limits::MAX_OPERATIONS;
use super::tree::{Builder, Tree};
use crate::diagnostics::{Diagnostic, codes};
use hep_tensor::source::Span;
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

/// From the loosest to the tightest.
static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::plus, Assoc::Left) | Op::infix(Rule::minus, Assoc::Left))
        .op(Op::infix(Rule::times, Assoc::Left) | Op::infix(Rule::divide, Assoc::Left))
        .op(Op::infix(Rule::matmul, Assoc::Left))
        .op(Op::prefix(Rule::neg))
        .op(Op::infix(Rule::power, Assoc::Right))
});

impl Builder<'_> {
    /// An expression. Operators on the path from the outermost expression are counted before recursing, so that
    /// neither this function nor a later pass over the tree can exhaust the stack.
    pub(super) fn expr(&mut self, pair: Pair<'_, Rule>) -> Tree<Expr> {
        let here = self.at(&pair);
        let parts: Vec<Pair<'_, Rule>> = pair.into_inner().collect();
        self.nested(here, parts.len(), |builder| builder.climb(parts))
    }

    fn climb(&mut self, parts: Vec<Pair<'_, Rule>>) -> Tree<Expr> {
        // The three closures of the Pratt parser need the builder in turn; errors travel in the results.
        let builder = std::cell::RefCell::new(self);
        PRATT
            .map_primary(|pair| builder.borrow_mut().postfix(pair))
            .map_prefix(|op, inner: Tree<Expr>| {
                let inner = inner?;
                let span = builder.borrow().at(&op).to(inner.span);
                Some(Expr { kind: ExprKind::Neg(Box::new(inner)), span })
            })
            .map_infix(|left: Tree<Expr>, op, right: Tree<Expr>| {
                let (left, right) = (left?, right?);
                let span = left.span.to(right.span);
                let op = binary(op.as_rule())?;
                Some(Expr {
                    kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) },
                    span,
                })
            })
            .parse(parts.into_iter())
    }

    fn nested<T>(
        &mut self,
        here: Span,
        operations: usize,
        inner: impl FnOnce(&mut Self) -> Tree<T>,
    ) -> Tree<T> {
        if self.operations + operations > MAX_OPERATIONS {
            self.errors.push(
                Diagnostic::error(codes::TOO_DEEP, "the expression is too long")
                    .at(here, format!("more than {MAX_OPERATIONS} operations in one expression"))
                    .help("name parts of it with `let`"),
            );
            return None;
        }
        self.operations += operations;
        let result = inner(self);
        self.operations -= operations;
        result
    }

    fn postfix(&mut self, pair: Pair<'_, Rule>) -> Tree<Expr> {
        let here = self.at(&pair);
        let mut parts: Vec<Pair<'_, Rule>> = pair.into_inner().collect();
        if parts.is_empty() {
            return None;
        }
        let suffixes = parts.split_off(1);
        self.nested(here, suffixes.len(), |builder| {
            let mut expr = builder.primary(parts.pop()?)?;
            for part in suffixes {
                expr = builder.suffix(expr, part)?;
            }
            Some(expr)
        })
    }

    fn suffix(&mut self, base: Expr, part: Pair<'_, Rule>) -> Tree<Expr> {
        let here = base.span.to(self.at(&part));
        let rule = part.as_rule();
        let mut inner = Cursor::new(part);
        let base = Box::new(base);
        let kind = match rule {
            Rule::member => {
                let field = self.ident(inner.next()?);
                self.check_transpose(&base, &field);
                ExprKind::Member { base, field }
            }
            _ => ExprKind::Index { base, indices: inner.map(|p| self.expr(p)).collect::<Tree<_>>()? },
        };
        Some(Expr { kind, span: here })
    }

    /// `A.t`: where a text has no records, a name behind a point is a transpose of another language.
    fn check_transpose(&mut self, base: &Expr, field: &Ident) {
        const NAMES: [&str; 7] = ["t", "H", "mT", "tr", "Tr", "transpose", "Transpose"];
        if NAMES.contains(&field.name.as_str()) && !self.has_records {
            let base = super::print::expression(base);
            self.errors.push(
                Diagnostic::error(codes::FOREIGN, format!("`.{}` is not in the language", field.name))
                    .at(field.span, "a transpose elsewhere")
                    .help(format!("a transpose is written `.T`: write `{base}.T`")),
            );
        }
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Tree<Expr> {
        let here = self.at(&pair);
        let kind = match pair.as_rule() {
            Rule::number => self.number(&pair)?,
            Rule::name => ExprKind::Name(pair.as_str().to_owned()),
            // Parentheses leave no trace but their span: the tree has the precedence.
            Rule::paren => {
                let inner = self.expr(Cursor::new(pair).next()?)?;
                return Some(Expr { span: here, ..inner });
            }
            Rule::call => {
                let mut inner = Cursor::new(pair);
                let function = self.ident(inner.next()?);
                ExprKind::Call { function, args: inner.map(|p| self.arg(p)).collect::<Tree<_>>()? }
            }
            _ => return None,
        };
        Some(Expr { kind, span: here })
    }

    fn arg(&mut self, pair: Pair<'_, Rule>) -> Tree<Arg> {
        let mut inner = Cursor::new(pair);
        let name: Option<Ident> = inner.optional(Rule::ident).map(|p| self.ident(p));
        Some(Arg { name, value: self.expr(inner.next()?)? })
    }

    fn number(&mut self, pair: &Pair<'_, Rule>) -> Tree<ExprKind> {
        let text: String = pair.as_str().chars().filter(|c| *c != '_').collect();
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Some(ExprKind::Number { text, value }),
            _ => {
                self.errors.push(
                    Diagnostic::error(codes::NUMBER, "the number is too large")
                        .at(self.at(pair), "beyond 1.8e308")
                        .help("write a number of a size that occurs in the data"),
                );
                None
            }
        }
    }
}

fn binary(rule: Rule) -> Option<BinaryOp> {
    Some(match rule {
        Rule::power => BinaryOp::Pow,
        Rule::matmul => BinaryOp::MatMul,
        Rule::times => BinaryOp::Mul,
        Rule::divide => BinaryOp::Div,
        Rule::plus => BinaryOp::Add,
        Rule::minus => BinaryOp::Sub,
        _ => return None,
    })
}
