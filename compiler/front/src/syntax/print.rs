//! The syntax tree as text, for `--emit ast`: one line per node, children indented, no spans.
//!
//! The text is stable and depends on nothing but the tree; comments and layout of the source do not show.

use super::ast::*;
use std::fmt::Write;

/// The whole tree.
#[must_use]
pub fn print(file: &File) -> String {
    let mut out = Printer { text: String::new(), depth: 0 };
    let kind = if file.kind == FileKind::Program { "program" } else { "module" };
    out.line(format_args!("{kind} {}", file.name.name));
    out.children(|out| file.items.iter().for_each(|item| out.item(item)));
    out.text
}

/// An expression with the brackets that it needs.
#[must_use]
pub fn plain(expr: &Expr) -> String {
    let bracketed = |inner: &Expr, binds: u8| {
        if binding(inner) < binds { format!("({})", plain(inner)) } else { plain(inner) }
    };
    match &expr.kind {
        ExprKind::Neg(inner) => format!("-{}", bracketed(inner, 4)),
        ExprKind::Binary { op, left, right } => {
            let binds = binding(expr);
            // Operators of a level go from left to right, powers from right to left.
            let (first, second) = if *op == BinaryOp::Pow { (binds + 1, binds) } else { (binds, binds + 1) };
            format!("{} {} {}", bracketed(left, first), op.symbol(), bracketed(right, second))
        }
        ExprKind::Call { function, args } => {
            let args = args.iter().map(|arg| match &arg.name {
                Some(name) => format!("{} = {}", name.name, plain(&arg.value)),
                None => plain(&arg.value),
            });
            format!("{}({})", function.name, args.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Member { base, field } => format!("{}.{}", bracketed(base, 6), field.name),
        _ => expression(expr),
    }
}

/// How tight an expression holds together.
fn binding(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, .. } => 1,
        ExprKind::Binary { op: BinaryOp::Mul | BinaryOp::Div, .. } => 2,
        ExprKind::Binary { op: BinaryOp::MatMul, .. } => 3,
        ExprKind::Neg(_) => 4,
        ExprKind::Binary { op: BinaryOp::Pow, .. } => 5,
        _ => 6,
    }
}

/// The transpose of an expression; that of a transpose is what was transposed.
#[must_use]
pub fn transpose(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Member { base, field } if field.name == "T" => expression(base),
        _ => format!("{}.T", expression(expr)),
    }
}

/// One expression on one line, fully parenthesised: `(a @ (b.T))`.
#[must_use]
pub fn expression(expr: &Expr) -> String {
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
            Item::Let(l) => self.definition(l),
            Item::Function(f) => self.function("let", f),
            Item::Loss(f) => self.function("loss", f),
            Item::Approx(a) => self.approx(a),
            Item::Params(p) => {
                self.line(format_args!("params {}", p.name.name));
                self.children(|out| p.fields.iter().for_each(|f| out.declaration("field", f)));
            }
            Item::Train(t) => {
                self.line(format_args!("train"));
                self.children(|out| t.body.iter().for_each(|s| out.statement(s)));
            }
            Item::Reveal(names) => self.line(format_args!("reveal {}", join(names))),
            Item::Predict(e) => self.line(format_args!("predict {}", expression(e))),
            Item::Use(u) => {
                let item = u.item.as_ref().map_or(String::new(), |item| format!(".{}", item.name));
                self.line(format_args!("use {}{item}", u.module.name));
            }
            Item::Pack(p) => {
                self.line(format_args!("pack {} by {}", targets(&p.names), p.packing.name));
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Var(d) => self.declaration("var", d),
            Statement::Let(l) => self.definition(l),
            Statement::For(f) => {
                let over = match &f.over {
                    Over::Range(r) => range(r),
                    Over::Expr(e) => expression(e),
                };
                self.line(format_args!("for {} in {over}", f.index.name));
                self.children(|out| f.body.iter().for_each(|s| out.statement(s)));
            }
            Statement::Assign(a) => {
                self.line(format_args!("{} = {}", targets(&a.targets), list(&a.values)));
            }
            Statement::Unsupported(u) => self.unsupported(u),
        }
    }

    fn unsupported(&mut self, unsupported: &Unsupported) {
        let word = match unsupported.kind {
            UnsupportedKind::Refresh => "refresh",
        };
        self.line(format_args!("{word} (not supported)"));
    }

    fn definition(&mut self, l: &Let) {
        self.line(format_args!("let {} = {}", join(&l.names), list(&l.values)));
    }

    fn declaration(&mut self, word: &str, d: &Declaration) {
        let value = d.value.as_ref().map_or(String::new(), |v| format!(" = {}", expression(v)));
        self.line(format_args!("{word} {} : {}{value}", d.name.name, ty(&d.ty)));
    }

    fn function(&mut self, word: &str, f: &Function) {
        self.line(format_args!("{word} {} = {}", signature(f), list(&f.results)));
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

/// `f(A : real[n, f], b)`
#[must_use]
pub fn signature(f: &Function) -> String {
    let param = |p: &Param| match &p.ty {
        Some(of) => format!("{} : {}", p.name.name, ty(of)),
        None => p.name.name.clone(),
    };
    format!("{}({})", f.name.name, f.params.iter().map(param).collect::<Vec<_>>().join(", "))
}

/// A type as it is written.
#[must_use]
pub fn ty(ty: &Ty) -> String {
    let within = ty.range.as_ref().map_or(String::new(), |r| format!(" in {}", range(r)));
    format!("{}[{}]{within}", ty.kind.name, list(&ty.dims))
}

fn list(exprs: &[Expr]) -> String {
    exprs.iter().map(expression).collect::<Vec<_>>().join(", ")
}

fn join(names: &[Ident]) -> String {
    names.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn targets(targets: &[Target]) -> String {
    targets.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ")
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
