//! The program with fields in place of records.

use super::by_fields::{self, whole};
use super::functions::Functions;
use super::{Fields, MAX_GIVEN, field, meant};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{
    Arg, Assign, Declaration, Expr, ExprKind, File, For, Function, Ident, Item, Let, Over, Pack, Param,
    Range, Statement, Target, Train,
};
use crate::syntax::print::plain;
use crate::syntax::walk::{statements, training};
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// Rewrites items; errors are collected.
pub(super) struct Rewrite<'f> {
    /// The program as it is written.
    pub file: &'f File,
    pub functions: &'f Functions,
    /// Records by name, as far as the rewriting has come.
    pub records: BTreeMap<String, Fields>,
    /// Arguments that fields were given as.
    pub given: usize,
    pub errors: Vec<Diagnostic>,
}

impl Rewrite<'_> {
    pub fn item(&mut self, item: &Item) -> Item {
        match item {
            Item::Let(l) => Item::Let(self.values(l)),
            Item::Public(d) => Item::Public(self.declaration(d)),
            Item::Secret(d) => Item::Secret(self.declaration(d)),
            Item::Function(f) => Item::Function(self.function(f)),
            Item::Train(t) => Item::Train(Train { body: self.block(&t.body), span: t.span }),
            Item::Reveal(names) => Item::Reveal(names.iter().flat_map(|name| self.revealed(name)).collect()),
            Item::Predict(e) => Item::Predict(self.expr(e)),
            Item::Pack(p) => Item::Pack(Pack {
                names: p.names.iter().flat_map(|name| self.packed(name)).collect(),
                ..p.clone()
            }),
            other => other.clone(),
        }
    }

    fn revealed(&self, name: &Ident) -> Vec<Ident> {
        match self.records.get(&name.name) {
            None => vec![name.clone()],
            Some(fields) => {
                let one = |f: &String| Ident { name: field(&name.name, f), span: name.span };
                fields.iter().map(one).collect()
            }
        }
    }

    /// A record stands for all its tensors.
    fn packed(&mut self, name: &Target) -> Vec<Target> {
        match self.records.get(&name.name) {
            None => vec![self.target(name)],
            Some(fields) => {
                let one = |f: &String| Target { name: field(&name.name, f), fields: 0, span: name.span };
                fields.iter().map(one).collect()
            }
        }
    }

    fn declaration(&mut self, d: &Declaration) -> Declaration {
        Declaration { value: d.value.as_ref().map(|value| self.expr(value)), ..d.clone() }
    }

    /// Parameters that are records become one for each field that is read; inside, no other record is known.
    fn function(&mut self, f: &Function) -> Function {
        let mut inside = BTreeMap::new();
        let mut params = vec![];
        for (position, param) in f.params.iter().enumerate() {
            match self.functions.record(&f.name.name, position) {
                None => params.push(param.clone()),
                Some(fields) => {
                    let name =
                        |of: &String| Ident { name: field(&param.name.name, of), span: param.name.span };
                    params.extend(fields.iter().map(|of| Param { name: name(of), ty: None }));
                    inside.insert(param.name.name.clone(), fields);
                }
            }
        }
        let outside = std::mem::replace(&mut self.records, inside);
        let results = f.results.iter().map(|result| self.expr(result)).collect();
        self.records = outside;
        Function { name: f.name.clone(), params, results }
    }

    fn block(&mut self, body: &[Statement]) -> Vec<Statement> {
        body.iter().map(|statement| self.statement(statement)).collect()
    }

    fn statement(&mut self, statement: &Statement) -> Statement {
        match statement {
            Statement::Var(d) => Statement::Var(self.declaration(d)),
            Statement::Let(l) => Statement::Let(self.values(l)),
            Statement::For(f) => {
                let over = match &f.over {
                    Over::Range(range) => Over::Range(Range {
                        low: self.expr(&range.low),
                        high: self.expr(&range.high),
                        span: range.span,
                    }),
                    Over::Expr(over) => Over::Expr(self.expr(over)),
                };
                Statement::For(For { over, body: self.block(&f.body), ..f.clone() })
            }
            Statement::Assign(a) => self.assign(a),
            Statement::Unsupported(_) => statement.clone(),
        }
    }

    fn assign(&mut self, a: &Assign) -> Statement {
        if let Some(definition) = self.undefined(a) {
            let said = self.errors.len();
            let definition = self.values(&definition);
            self.errors.truncate(said);
            return Statement::Let(definition);
        }
        // Said once, whatever its values mention.
        if let Some(error) = by_fields::assigned(a, &self.records, self.functions) {
            self.errors.push(error);
            return Statement::Assign(a.clone());
        }
        Statement::Assign(Assign {
            targets: a.targets.iter().map(|target| self.target(target)).collect(),
            values: a.values.iter().map(|value| self.expr(value)).collect(),
            span: a.span,
        })
    }

    /// The gradient by a record that is assigned to a name which stands for nothing, as the definition that is meant.
    fn undefined(&mut self, a: &Assign) -> Option<Let> {
        let ([target], [value]) = (a.targets.as_slice(), a.values.as_slice()) else { return None };
        let is_of_record = matches!(&value.kind, ExprKind::Call { function, args } if function.name == "grad"
            && args.iter().any(|arg| matches!(&arg.value.kind, ExprKind::Name(name) if self.records.contains_key(name))));
        let body = training(self.file).map_or(&[][..], |train| &train.body);
        let is_known = target.name.contains('.')
            || self.records.contains_key(&target.name)
            || statements(body).into_iter().any(|statement| match statement {
                Statement::Var(d) => d.name.name == target.name,
                Statement::Let(l) => l.names.iter().any(|name| name.name == target.name),
                _ => false,
            });
        if !is_of_record || is_known {
            return None;
        }
        let words = format!("a new value has a `let`: write `let {} = {}`", target.name, plain(value));
        let start = Span::new(a.span.start, a.span.start);
        let edits = vec![Edit::Replace(start, "let ".to_owned())];
        let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` is not defined", target.name))
            .at(target.span, "no variable of this name")
            .help(words.clone())
            .proposing([Proposal { words, edits }]);
        self.errors.push(error);
        let name = Ident { name: target.name.clone(), span: target.span };
        // What else is wrong with it is said of the definition.
        Some(Let { names: vec![name], values: a.values.clone(), span: a.span })
    }

    fn target(&mut self, target: &Target) -> Target {
        let (name, of) = target.name.split_once('.').unwrap_or((&target.name, ""));
        if let Some(fields) = self.records.get(name) {
            let known = fields.iter().any(|f| f == of);
            let error = (!known).then(|| {
                let proposals = meant::of_unknown(self.file, of, fields, true);
                unknown(name, of, fields, target.span).proposing(proposals)
            });
            self.errors.extend(error);
            return Target { fields: 0, ..target.clone() };
        }
        target.clone()
    }

    /// Definitions; the gradient by a record defines a record.
    fn values(&mut self, l: &Let) -> Let {
        let mut result = Let { names: vec![], values: vec![], span: l.span };
        let pairs = l.names.len() == l.values.len();
        for (position, value) in l.values.iter().enumerate() {
            let gradient = self.gradient(value);
            match (gradient, l.names.get(position).filter(|_| pairs)) {
                (Some((fields, parts)), Some(name)) => {
                    let named = |f: &String| Ident { name: field(&name.name, f), span: name.span };
                    result.names.extend(fields.iter().map(named));
                    result.values.extend(parts);
                    self.records.insert(name.name.clone(), fields);
                }
                (_, name) => {
                    result.names.extend(name.cloned());
                    result.values.push(self.expr(value));
                }
            }
        }
        if !pairs {
            result.names.clone_from(&l.names);
        }
        result
    }

    /// `grad(loss, Y, f, at = P)` by a record: its fields, and the gradient by each.
    fn gradient(&mut self, value: &Expr) -> Option<(Fields, Vec<Expr>)> {
        let ExprKind::Call { function, args } = &value.kind else { return None };
        let at = args.iter().position(|arg| arg.name.as_ref().is_some_and(|name| name.name == "at"))?;
        let ExprKind::Name(record) = &args[at].value.kind else { return None };
        let fields = self.records.get(record).filter(|_| function.name == "grad")?.clone();
        let part = |this: &mut Self, of: &String| {
            let by = Expr { kind: ExprKind::Name(field(record, of)), span: args[at].value.span };
            let mut args = this.differentiated(args, record);
            let name = Ident { name: "at".to_owned(), span: value.span };
            args.push(Arg { name: Some(name), value: by });
            Expr { kind: ExprKind::Call { function: function.clone(), args }, span: value.span }
        };
        let parts = fields.iter().map(|of| part(self, of)).collect();
        Some((fields, parts))
    }

    /// Loss, labels and function of a gradient, then the fields of the record that the function reads.
    fn differentiated(&mut self, args: &[Arg], record: &str) -> Vec<Arg> {
        let mut own: Vec<Arg> = vec![];
        for (position, arg) in args.iter().filter(|arg| arg.name.is_none()).enumerate() {
            let given = by_fields::given(args, position, &self.records, self.functions);
            match given {
                Some(error) => self.errors.push(error),
                None => own.push(Arg { name: None, value: self.expr(&arg.value) }),
            }
        }
        if let [_, _, Arg { value: Expr { kind: ExprKind::Name(f), span }, .. }] = own.as_slice() {
            let (read, span) = (self.functions.record(f, 0).unwrap_or_default(), *span);
            let argument = |of: &String| Arg {
                name: None,
                value: Expr { kind: ExprKind::Name(field(record, of)), span },
            };
            if self.may_give(read.len(), span) {
                own.extend(read.iter().map(argument).collect::<Vec<_>>());
            }
        }
        own
    }

    pub fn expr(&mut self, expr: &Expr) -> Expr {
        let kind = match &expr.kind {
            ExprKind::Number { .. } => expr.kind.clone(),
            ExprKind::Name(name) => {
                if let Some(fields) = self.records.get(name) {
                    let proposals = meant::by_field(name, fields, expr.span);
                    self.errors.push(whole(name, fields, expr.span).proposing(proposals));
                }
                expr.kind.clone()
            }
            ExprKind::Neg(inner) => ExprKind::Neg(Box::new(self.expr(inner))),
            ExprKind::Binary { op, left, right } => ExprKind::Binary {
                op: *op,
                left: Box::new(self.expr(left)),
                right: Box::new(self.expr(right)),
            },
            ExprKind::Call { function, args } => ExprKind::Call {
                function: function.clone(),
                args: self.arguments(&function.name, args, expr.span),
            },
            ExprKind::Index { base, indices } => ExprKind::Index {
                base: Box::new(self.expr(base)),
                indices: indices.iter().map(|index| self.expr(index)).collect(),
            },
            ExprKind::Member { base, field } => self.member(base, field),
        };
        Expr { kind, span: expr.span }
    }

    fn member(&mut self, base: &Expr, of: &Ident) -> ExprKind {
        if let ExprKind::Name(name) = &base.kind
            && let Some(fields) = self.records.get(name)
        {
            if !fields.contains(&of.name) {
                let proposals = meant::of_unknown(self.file, &of.name, fields, false);
                self.errors.push(unknown(name, &of.name, fields, of.span).proposing(proposals));
            }
            return ExprKind::Name(field(name, &of.name));
        }
        ExprKind::Member { base: Box::new(self.expr(base)), field: of.clone() }
    }

    fn arguments(&mut self, function: &str, args: &[Arg], call: Span) -> Vec<Arg> {
        if function == "grad"
            && let Some(at) = args.iter().find(|a| a.name.as_ref().is_some_and(|name| name.name == "at"))
            && let ExprKind::Member { base, .. } = &at.value.kind
            && let ExprKind::Name(record) = &base.kind
            && self.records.contains_key(record)
        {
            let mut own = self.differentiated(args, record);
            own.push(Arg { name: at.name.clone(), value: self.expr(&at.value) });
            return own;
        }
        let mut result = vec![];
        for (position, arg) in args.iter().enumerate() {
            match self.functions.record(function, position) {
                None => match self.given_whole(function, position, arg) {
                    Some(error) => self.errors.push(error),
                    None => result.push(Arg { name: arg.name.clone(), value: self.expr(&arg.value) }),
                },
                Some(read) => result.extend(self.fields_given(function, &read, arg, call)),
            }
        }
        result
    }

    /// The message for a record that is given to a function of the program which reads no field of it.
    fn given_whole(&self, function: &str, position: usize, arg: &Arg) -> Option<Diagnostic> {
        let ExprKind::Name(name) = &arg.value.kind else { return None };
        let fields = self.records.get(name)?;
        let proposals = meant::reading(self.file, function, position, (name, fields));
        let error = whole(name, fields, arg.value.span);
        (!proposals.is_empty()).then(|| error.proposing(proposals))
    }

    /// Accounts for fields that are given; too many are said once.
    fn may_give(&mut self, fields: usize, span: Span) -> bool {
        let before = self.given <= MAX_GIVEN;
        self.given += fields;
        let after = self.given <= MAX_GIVEN;
        if before && !after {
            let error = Diagnostic::error(codes::TOO_LARGE, "the records of the program are too large");
            let label = format!("more than {MAX_GIVEN} fields are given to functions with this one");
            self.errors.push(error.at(span, label));
        }
        after
    }

    /// The fields of a record that a function reads.
    fn fields_given(&mut self, function: &str, read: &[String], arg: &Arg, call: Span) -> Vec<Arg> {
        let record = match &arg.value.kind {
            ExprKind::Name(name) => self.records.get(name).map(|fields| (name, fields)),
            _ => None,
        };
        let Some((name, fields)) = record else {
            let error =
                Diagnostic::error(codes::BAD_TYPE, format!("`{function}` takes a record of parameters"))
                    .at(arg.value.span, "this is none")
                    .and(call, format!("reads {}", list(read)))
                    .help("give it the record: `params P { ... }` and `P`")
                    .proposing(meant::whole(self.file, arg));
            self.errors.push(error);
            return vec![];
        };
        let missing = read.iter().find(|of| !fields.contains(of));
        let missing = missing.map(|of| {
            let proposals = meant::of_unknown(self.file, of, fields, false);
            unknown(name, of, fields, arg.value.span).proposing(proposals)
        });
        self.errors.extend(missing);
        if !self.may_give(read.len(), arg.value.span) {
            return vec![];
        }
        let value = |of: &String| Expr { kind: ExprKind::Name(field(name, of)), span: arg.value.span };
        read.iter().map(|of| Arg { name: None, value: value(of) }).collect()
    }
}

pub(super) fn list(fields: &[String]) -> String {
    fields.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", ")
}

fn unknown(name: &str, of: &str, fields: &[String], span: Span) -> Diagnostic {
    let near = suggest::nearest(of, fields.iter().map(String::as_str));
    Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` has no field `{of}`"))
        .at(span, format!("has {}", list(fields)))
        .help(near.map_or_else(
            || format!("the fields of `{name}` are those that `params` declares: add `{of}` there, or write one of them"),
            |near| format!("did you mean `{near}`?"),
        ))
}
