//! The syntax tree as text, for `--emit ast`: one line per node, children indented, no spans.
//!
//! The text is stable and depends on nothing but the tree; comments and layout of the source do not show.

use super::ast::*;
use std::fmt::Write;

/// The whole tree.
#[must_use]
pub fn print(file: &File) -> String {
    let mut out = Printer { text: String::new(), depth: 0 };
    out.line(format_args!("program {}", file.name.name));
    out.children(|out| file.items.iter().for_each(|item| out.item(item)));
    out.text
}

/// One expression on one line, fully parenthesised: `(a @ (b.T))`.
#[must_use]
pub fn expression(expr: &Expr) -> String {
    let list = |exprs: &[Expr]| exprs.iter().map(expression).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Number { text, .. } => text.clone(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Neg(inner) => format!("(-{})", expression(inner)),
        ExprKind::Binary { op, left, right } => {
            format!("({} {} {})", expression(left), op.symbol(), expression(right))
        }
        ExprKind::Call { function, args } => {
            let args: Vec<String> = args
                .iter()
                .map(|arg| match &arg.name {
                    Some(name) => format!("{} = {}", name.name, expression(&arg.value)),
                    None => expression(&arg.value),
                })
                .collect();
            format!("{}({})", function.name, args.join(", "))
        }
        ExprKind::Index { base, indices } => format!("{}[{}]", expression(base), list(indices)),
        ExprKind::Member { base, field } => format!("{}.{}", expression(base), field.name),
    }
}

struct Printer {
    text: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = 2 * self.depth);
    }

    fn children(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inner(self);
        self.depth -= 1;
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Dim(b) => self.line(format_args!("dim {} = {}", b.name.name, expression(&b.value))),
            Item::Owner(d) => self.declaration("owner", d),
            Item::Public(d) => self.declaration("public", d),
            Item::Secret(d) => self.declaration("secret", d),
            Item::Let(b) => self.line(format_args!("let {} = {}", b.name.name, expression(&b.value))),
            Item::Function(f) => self.function("let", f),
            Item::Loss(f) => self.function("loss", f),
            Item::Approx(a) => self.approx(a),
            Item::Train(t) => {
                self.line(format_args!("train"));
                self.children(|out| t.body.iter().for_each(|s| out.statement(s)));
            }
            Item::Reveal(names) => self.line(format_args!("reveal {}", join(names))),
            Item::Predict(e) => self.line(format_args!("predict {}", expression(e))),
            Item::Unsupported(u) => self.unsupported(u),
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Var(d) => self.declaration("var", d),
            Statement::Let(b) => self.line(format_args!("let {} = {}", b.name.name, expression(&b.value))),
            Statement::For(f) => {
                let over = match &f.over {
                    Over::Range(r) => range(r),
                    Over::Expr(e) => expression(e),
                };
                self.line(format_args!("for {} in {over}", f.index.name));
                self.children(|out| f.body.iter().for_each(|s| out.statement(s)));
            }
            Statement::Assign(a) => {
                let targets: Vec<&str> = a.targets.iter().map(|t| t.name.as_str()).collect();
                let values: Vec<String> = a.values.iter().map(expression).collect();
                self.line(format_args!("{} = {}", targets.join(", "), values.join(", ")));
            }
            Statement::Unsupported(u) => self.unsupported(u),
        }
    }

    fn unsupported(&mut self, unsupported: &Unsupported) {
        let word = match unsupported.kind {
            UnsupportedKind::Params => "params",
            UnsupportedKind::Use => "use",
            UnsupportedKind::Pack => "pack",
            UnsupportedKind::Refresh => "refresh",
        };
        self.line(format_args!("{word} (not supported)"));
    }

    fn declaration(&mut self, word: &str, d: &Declaration) {
        let dims: Vec<String> = d.ty.dims.iter().map(expression).collect();
        let within = d.ty.range.as_ref().map_or(String::new(), |r| format!(" in {}", range(r)));
        let value = d.value.as_ref().map_or(String::new(), |v| format!(" = {}", expression(v)));
        self.line(format_args!(
            "{word} {} : {}[{}]{within}{value}",
            d.name.name,
            d.ty.kind.name,
            dims.join(", ")
        ));
    }

    fn function(&mut self, word: &str, f: &Function) {
        self.line(format_args!("{word} {}({}) = {}", f.name.name, join(&f.params), expression(&f.body)));
    }

    fn approx(&mut self, a: &Approx) {
        let grad = if a.gradient { "grad " } else { "" };
        let name = &a.name.name;
        match &a.rule {
            ApproxRule::Formula { variable, body, domain } => {
                let on = domain.as_ref().map_or(String::new(), |d| format!(" on {}", self::domain(d)));
                self.line(format_args!("approx {grad}{name}({}) = {}{on}", variable.name, expression(body)));
            }
            ApproxRule::Fit { domain, degree, method, bound } => {
                let degree = match degree {
                    None => String::new(),
                    Some(Degree::Auto(_)) => " degree auto".to_owned(),
                    Some(Degree::Number(e)) => format!(" degree {}", expression(e)),
                };
                let method = method.as_ref().map_or(String::new(), |m| format!(" by {}", m.name));
                let bound = bound.as_ref().map_or(String::new(), |e| format!(" error <= {}", expression(e)));
                self.line(format_args!(
                    "approx {grad}{name} on {}{degree}{method}{bound}",
                    self::domain(domain)
                ));
            }
        }
    }
}

fn join(names: &[Ident]) -> String {
    names.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn range(range: &Range) -> String {
    format!("{} .. {}", expression(&range.low), expression(&range.high))
}

fn domain(domain: &Domain) -> String {
    match domain {
        Domain::Auto(_) => "auto".to_owned(),
        Domain::Range(r) => range(r),
    }
}
