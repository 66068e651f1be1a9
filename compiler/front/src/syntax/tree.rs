//! Items, statements and types: pairs of the grammar become the syntax tree.
//!
//! A function returns `None` where its part of the text has an error, which is then in [`Builder::errors`] or
//! [`Builder::skipped`]. The grammar guarantees the children that are asked for.

use super::ast::*;
use super::cursor::{Cursor, span};
use super::{Rule, docs, header, recover};
use crate::diagnostics::Diagnostic;
use hep_tensor::source::{Part, Span};
use pest::iterators::Pair;

/// A part of the tree, or nothing after an error.
pub(super) type Tree<T> = Option<T>;

/// Builds the tree and collects errors.
pub(super) struct Builder<'a> {
    text: &'a str,
    /// The name of the module that the text should be; nothing of a program.
    module: Option<&'a str>,
    /// Whether the text starts with its header.
    named: bool,
    /// Whether names behind a point may be fields of a record.
    pub(super) has_records: bool,
    /// Offset of the text's first byte.
    base: usize,
    /// Errors in text that parsed.
    pub errors: Vec<Diagnostic>,
    /// Text that did not parse, and why; offsets count from the beginning of the text.
    pub skipped: Vec<(Span, Diagnostic)>,
    /// Operators around the expression that is being built.
    pub(super) operations: usize,
}

impl<'a> Builder<'a> {
    pub fn new(part: Part<'a>, module: Option<&'a str>) -> Self {
        let has_records = module.is_some() || part.text.contains("params") || part.text.contains("module");
        Self {
            text: part.text,
            module,
            named: false,
            has_records,
            base: part.base,
            errors: vec![],
            skipped: vec![],
            operations: 0,
        }
    }

    /// Where a pair lies in the whole source.
    pub(super) fn at(&self, pair: &Pair<'_, Rule>) -> Span {
        span(pair).shifted(self.base)
    }

    /// The file, or nothing if anything in it is wrong.
    pub fn file(&mut self, pair: Pair<'_, Rule>) -> Tree<File> {
        let mut parts = Cursor::new(pair);
        let header = parts.optional(Rule::program).map(|program| (FileKind::Program, program));
        let header = header.or_else(|| parts.optional(Rule::module).map(|module| (FileKind::Module, module)));
        let kind = header.as_ref().map_or(FileKind::Program, |(kind, _)| *kind);
        let name = header.and_then(|(_, header)| Cursor::new(header).next()).map(|p| self.ident(p));
        self.named = name.is_some();
        let mut items = Some(vec![]);
        for (position, part) in parts.enumerate() {
            // A broken header is reported by itself.
            let header = position == 0 && name.is_none() && part.as_rule() == Rule::bad_item;
            match (self.item(part, header), &mut items) {
                (Some(item), Some(items)) => items.push(item),
                _ => items = None,
            }
        }
        if name.is_none() && self.skipped.first().is_none_or(|(region, _)| !self.is_start(*region)) {
            let first = self.base + self.text.len() - self.text.trim_start().len();
            self.errors.push(header::missing(self.text, self.module, Span::new(first, first)));
        }
        Some(File { docs: docs::head(self.text), kind, name: name?, items: items? })
    }

    /// Whether a region starts the text, up to comments.
    fn is_start(&self, region: Span) -> bool {
        let before = self.text.get(..region.start).unwrap_or("");
        before.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    }

    fn item(&mut self, pair: Pair<'_, Rule>, header: bool) -> Tree<Item> {
        let here = self.at(&pair);
        let rule = pair.as_rule();
        if rule == Rule::bad_item {
            let here = region(&pair);
            let place = if header { recover::Place::Start } else { recover::Place::Item };
            return self.skip(here, place);
        }
        let keyword = Span::new(here.start, here.start + word_length(pair.as_str()));
        let mut parts = Cursor::new(pair);
        Some(match rule {
            Rule::dim => Item::Dim(self.binding(parts)?),
            Rule::value => Item::Let(self.definition(parts, here)?),
            Rule::owner => Item::Owner(self.declaration(parts, here)?),
            Rule::public => Item::Public(self.declaration(parts, here)?),
            Rule::secret => Item::Secret(self.declaration(parts, here)?),
            Rule::function => Item::Function(self.function(parts)?),
            Rule::loss => Item::Loss(self.loss(parts)?),
            Rule::approx => Item::Approx(self.approx(parts.next()?, here)?),
            Rule::train => Item::Train(Train { body: self.block(parts.next()?)?, span: keyword }),
            Rule::reveal => Item::Reveal(self.idents(parts.next()?)),
            Rule::predict => Item::Predict(self.expr(parts.next()?)?),
            Rule::import => {
                let module = self.ident(parts.next()?);
                Item::Use(Use { module, item: parts.next().map(|p| self.ident(p)), span: here })
            }
            Rule::params => {
                let name = self.ident(parts.next()?);
                let fields = parts.map(|p| {
                    let here = self.at(&p);
                    self.declaration(Cursor::new(p), here)
                });
                let fields = fields.collect::<Tree<_>>()?;
                let span = keyword.to(name.span);
                Item::Params(Params { name, fields, span })
            }
            Rule::pack => {
                let names = self.targets(&mut parts);
                let packing = self.ident(Cursor::new(parts.next()?).next()?);
                Item::Pack(Pack { names, packing, span: here })
            }
            _ => return None,
        })
    }

    fn skip<T>(&mut self, region: Span, place: recover::Place) -> Tree<T> {
        for error in recover::explain_all(self.text, region, place, self.module, self.named) {
            self.skipped.push((region, error));
        }
        None
    }

    fn block(&mut self, pair: Pair<'_, Rule>) -> Tree<Vec<Statement>> {
        let mut statements = Some(vec![]);
        for part in Cursor::new(pair) {
            match (self.statement(part), &mut statements) {
                (Some(statement), Some(statements)) => statements.push(statement),
                _ => statements = None,
            }
        }
        statements
    }

    fn statement(&mut self, pair: Pair<'_, Rule>) -> Tree<Statement> {
        let here = self.at(&pair);
        let rule = pair.as_rule();
        if rule == Rule::bad_statement {
            return self.skip(region(&pair), recover::Place::Statement);
        }
        let mut parts = Cursor::new(pair);
        Some(match rule {
            Rule::var => Statement::Var(self.declaration(parts, here)?),
            Rule::value => Statement::Let(self.definition(parts, here)?),
            Rule::for_loop => {
                let index = self.ident(parts.next()?);
                let over = parts.next()?;
                let span = Span::new(here.start, self.at(&over).end);
                let over = match over.as_rule() {
                    Rule::range => Over::Range(self.range(over)?),
                    _ => Over::Expr(self.expr(over)?),
                };
                Statement::For(For { index, over, body: self.block(parts.next()?)?, span })
            }
            Rule::refresh => {
                Statement::Unsupported(Unsupported { kind: UnsupportedKind::Refresh, span: here })
            }
            Rule::assign => {
                let targets = self.targets(&mut parts);
                let values = self.exprs(parts.next()?)?;
                Statement::Assign(Assign { targets, values, span: here })
            }
            _ => return None,
        })
    }

    fn targets(&self, parts: &mut Cursor<'_>) -> Vec<Target> {
        let mut targets = vec![];
        while let Some(target) = parts.optional(Rule::target) {
            let fields = Cursor::new(target.clone()).count().saturating_sub(1);
            let name = target.as_str().split_whitespace().collect();
            targets.push(Target { name, fields, span: self.at(&target) });
        }
        targets
    }

    fn approx(&mut self, pair: Pair<'_, Rule>, here: Span) -> Tree<Approx> {
        let rule = pair.as_rule();
        let mut parts = Cursor::new(pair);
        let name = self.ident(parts.next()?);
        let what = if rule == Rule::approx_formula {
            let variable = self.ident(parts.next()?);
            let body = self.expr(parts.next()?)?;
            let domain = match parts.next() {
                Some(domain) => Some(self.domain(domain)?),
                None => None,
            };
            ApproxRule::Formula { variable, body, domain }
        } else {
            let mut fit = Cursor::new(parts.next()?);
            let domain = self.domain(fit.next()?)?;
            let (mut degree, mut method, mut bound) = (None, None, None);
            for part in fit {
                let rule = part.as_rule();
                let inner = Cursor::new(part).next()?;
                match rule {
                    Rule::degree if inner.as_rule() == Rule::auto_word => {
                        degree = Some(Degree::Auto(self.at(&inner)))
                    }
                    Rule::degree => degree = Some(Degree::Number(self.expr(inner)?)),
                    Rule::by => method = Some(self.ident(inner)),
                    _ => bound = Some(self.expr(inner)?),
                }
            }
            ApproxRule::Fit { domain, degree, method, bound }
        };
        Some(Approx { name, gradient: rule == Rule::approx_grad, rule: what, span: here })
    }

    fn domain(&mut self, pair: Pair<'_, Rule>) -> Tree<Domain> {
        let inner = Cursor::new(pair).next()?;
        Some(match inner.as_rule() {
            Rule::auto_word => Domain::Auto(self.at(&inner)),
            _ => Domain::Range(self.range(inner)?),
        })
    }

    fn binding(&mut self, mut parts: Cursor<'_>) -> Tree<Binding> {
        Some(Binding { name: self.ident(parts.next()?), value: self.expr(parts.next()?)? })
    }

    fn definition(&mut self, mut parts: Cursor<'_>, here: Span) -> Tree<Let> {
        let names = self.idents(parts.next()?);
        Some(Let { names, values: self.exprs(parts.next()?)?, span: here })
    }

    fn declaration(&mut self, mut parts: Cursor<'_>, here: Span) -> Tree<Declaration> {
        let name = self.ident(parts.next()?);
        let ty = self.ty(parts.next()?)?;
        let value = match parts.next() {
            Some(value) => Some(self.expr(value)?),
            None => None,
        };
        Some(Declaration { name, ty, value, span: here })
    }

    fn function(&mut self, mut parts: Cursor<'_>) -> Tree<Function> {
        let name = self.ident(parts.next()?);
        let params = match parts.optional(Rule::signature) {
            Some(signature) => Cursor::new(signature).map(|p| self.param(p)).collect::<Tree<_>>()?,
            None => vec![],
        };
        Some(Function { name, params, results: self.exprs(parts.next()?)? })
    }

    fn param(&mut self, pair: Pair<'_, Rule>) -> Tree<Param> {
        let mut parts = Cursor::new(pair);
        let name = self.ident(parts.next()?);
        let ty = match parts.next() {
            Some(ty) => Some(self.ty(ty)?),
            None => None,
        };
        Some(Param { name, ty })
    }

    fn loss(&mut self, mut parts: Cursor<'_>) -> Tree<Function> {
        let name = self.ident(parts.next()?);
        let params = self.idents(parts.next()?).into_iter().map(|name| Param { name, ty: None }).collect();
        Some(Function { name, params, results: vec![self.expr(parts.next()?)?] })
    }

    fn ty(&mut self, pair: Pair<'_, Rule>) -> Tree<Ty> {
        let here = self.at(&pair);
        let mut parts = Cursor::new(pair);
        let kind = self.ident(parts.next()?);
        let dims = match parts.optional(Rule::dims) {
            Some(dims) => Cursor::new(dims).map(|p| self.expr(p)).collect::<Tree<_>>()?,
            None => vec![],
        };
        let range = match parts.next() {
            Some(range) => Some(self.range(range)?),
            None => None,
        };
        Some(Ty { kind, dims, range, span: here })
    }

    fn range(&mut self, pair: Pair<'_, Rule>) -> Tree<Range> {
        let here = self.at(&pair);
        let mut parts = Cursor::new(pair);
        Some(Range { low: self.expr(parts.next()?)?, high: self.expr(parts.next()?)?, span: here })
    }

    fn exprs(&mut self, pair: Pair<'_, Rule>) -> Tree<Vec<Expr>> {
        Cursor::new(pair).map(|p| self.expr(p)).collect()
    }

    fn idents(&mut self, pair: Pair<'_, Rule>) -> Vec<Ident> {
        Cursor::new(pair).map(|p| self.ident(p)).collect()
    }

    pub(super) fn ident(&mut self, pair: Pair<'_, Rule>) -> Ident {
        Ident { name: pair.as_str().to_owned(), span: self.at(&pair) }
    }
}

/// The whole text of a pair; skipped text has tokens in the middle and none at its end.
fn region(pair: &Pair<'_, Rule>) -> Span {
    Span::new(pair.as_span().start(), pair.as_span().end())
}

fn word_length(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}
