//! Calls of the program's own functions: inlining.

use super::names::form;
use super::{Eval, Locals, Reported, Resolver};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, Function, Ident};
use crate::syntax::print::expression;
use hep_tensor::dag::NodeId;
use hep_tensor::source::Span;

/// Longest text of arguments in the name of a node.
const MAX_NAME: usize = 40;

/// A value that is given to a function, and where it is written.
pub(super) type Argument = (NodeId, Span);

impl<'a> Resolver<'a> {
    /// Any call: a function of the program or a built-in.
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        function: &Ident,
        args: &[Arg],
        locals: &Locals,
    ) -> Eval<NodeId> {
        let Some(&defined) = self.functions.get(function.name.as_str()) else {
            return self.builtin(expr, function, args, locals);
        };
        let values = self.arguments_of(function, args, locals)?;
        if values.len() < defined.params.len() {
            return Err(self.too_few(defined, values.len(), expr));
        }
        if let Some(value) = self.own_polynomial(&function.name, &values, expr) {
            return value;
        }
        let names: Vec<String> = args.iter().map(|arg| expression(&arg.value)).collect();
        self.inline(defined, &values, &names.join(", "), expr.span)
    }

    /// Reports a call without some of the values: those with the names of the parameters may be meant.
    fn too_few(&mut self, f: &Function, given: usize, call: &Expr) -> Reported {
        let are_known = f.params.iter().all(|param| self.values.contains_key(param.name.name.as_str()));
        let words = format!("write `{}` for `{}`", form(f), expression(call));
        let edits = vec![Edit::Replace(call.span, form(f))];
        let error = counted(f, given, call.span);
        self.report(error.proposing(are_known.then_some(Proposal { words, edits })))
    }

    /// Values for this many names: one each, or all results of one call.
    pub(super) fn values_for(&mut self, names: usize, values: &[Expr], span: Span) -> Vec<Eval<NodeId>> {
        if names == values.len() {
            return values.iter().map(|value| self.eval(value, &Locals::new())).collect();
        }
        let results = match values {
            [Expr { kind: ExprKind::Call { function, args }, span }]
                if self.functions.contains_key(function.name.as_str()) =>
            {
                self.results_for(names, function, args, *span)
            }
            _ => {
                let error = Diagnostic::error(
                    codes::BAD_ASSIGNMENT,
                    format!("{names} names and {} values", values.len()),
                );
                let error = error.at(span, "as many values as names are needed");
                Err(self.report(error.proposing(point(values))))
            }
        };
        match results {
            Ok(results) => results.into_iter().map(Ok).collect(),
            Err(Reported) => vec![Err(Reported); names],
        }
    }

    fn results_for(&mut self, names: usize, function: &Ident, args: &[Arg], span: Span) -> Eval<Vec<NodeId>> {
        let Some(&defined) = self.functions.get(function.name.as_str()) else { return Err(Reported) };
        let found = defined.results.len();
        if found != names {
            let plural = if found == 1 { "" } else { "s" };
            let error = Diagnostic::error(
                codes::BAD_ASSIGNMENT,
                format!("`{}` has {found} result{plural}, and there are {names} names", function.name),
            )
            .at(span, "as many names as results are needed")
            .and(defined.name.span, "defined here");
            return Err(self.report(error));
        }
        let values = self.arguments_of(function, args, &Locals::new())?;
        self.results(defined, &values, span)
    }

    fn arguments_of(&mut self, function: &Ident, args: &[Arg], locals: &Locals) -> Eval<Vec<Argument>> {
        let mut values = vec![];
        for arg in args {
            if let Some(name) = &arg.name {
                let error = Diagnostic::error(
                    codes::BAD_CALL,
                    format!("`{}` takes no named arguments", function.name),
                );
                return Err(self.report(error.at(name.span, "remove the name")));
            }
            values.push(self.eval(&arg.value, locals).map(|node| (node, arg.value.span)));
        }
        values.into_iter().collect()
    }

    /// The one value of a function; it is called `f(args)` unless it has a name.
    pub(super) fn inline(
        &mut self,
        f: &'a Function,
        values: &[Argument],
        args: &str,
        call: Span,
    ) -> Eval<NodeId> {
        if f.results.len() != 1 {
            let names: Vec<String> = (1..=f.results.len()).map(|i| format!("r{i}")).collect();
            let error = Diagnostic::error(
                codes::BAD_CALL,
                format!("`{}` has {} results, and one is needed here", f.name.name, f.results.len()),
            )
            .at(call, "several values")
            .and(f.name.span, "defined here")
            .help(format!("name them all: `let {} = {}(...)`", names.join(", "), f.name.name));
            return Err(self.report(error));
        }
        let node = self.results(f, values, call)?.pop().ok_or(Reported)?;
        let args = if args.len() > MAX_NAME { "..." } else { args };
        if self.b.graph.node(node).name.is_none() {
            self.b.set_name(node, format!("{}({args})", f.name.name));
        }
        Ok(node)
    }

    /// All values of a function.
    fn results(&mut self, f: &'a Function, values: &[Argument], call: Span) -> Eval<Vec<NodeId>> {
        if values.len() != f.params.len() {
            return Err(self.report(counted(f, values.len(), call)));
        }
        if self.calls.iter().any(|(name, _)| *name == f.name.name) {
            let error = Diagnostic::error(codes::BAD_CALL, format!("`{}` calls itself", f.name.name))
                .at(call, "recursion")
                .and(f.name.span, "defined here")
                .note("every program has a finite graph, so that functions cannot be recursive");
            return Err(self.report(error));
        }
        let locals = self.bind(f, values)?;
        self.calls.push((f.name.name.clone(), call));
        let results: Vec<Eval<NodeId>> = f.results.iter().map(|result| self.eval(result, &locals)).collect();
        self.calls.pop();
        results.into_iter().collect()
    }

    /// Gives a value the name of its `let`, unless it has one by declaration.
    pub(super) fn name(&mut self, node: NodeId, name: &str) {
        let free = self.b.graph.node(node).name.as_ref().is_none_or(|old| old.contains('('));
        if free {
            self.b.set_name(node, name);
        }
    }
}

/// The message for a function that is given another number of values than it has parameters.
fn counted(f: &Function, given: usize, call: Span) -> Diagnostic {
    let plural = if f.params.len() == 1 { "" } else { "s" };
    Diagnostic::error(codes::BAD_CALL, format!("`{}` has {} parameter{plural}", f.name.name, f.params.len()))
        .at(call, format!("given {given}"))
        .and(f.name.span, "defined here")
        .help(format!("give it as many values as in `{}`", form(f)))
}

/// A decimal with a comma, which parts two values, as one with a point.
fn point(values: &[Expr]) -> Option<Proposal> {
    values.windows(2).find_map(|pair| {
        let [left, right] = pair else { return None };
        let (whole, part) = (last_number(left)?, first_number(right)?);
        let comma = Span::new(left.span.end, right.span.start);
        let is_close = whole.1.end == left.span.end && comma.end == comma.start + 1;
        let words = format!("a decimal has a point: write `{0}.{part}` for `{0},{part}`", whole.0);
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (is_close && is_digits(whole.0) && is_digits(part))
            .then(|| Proposal { words, edits: vec![Edit::Replace(comma, ".".to_owned())] })
    })
}

/// The number at the end of an expression, and where it is.
fn last_number(expr: &Expr) -> Option<(&str, Span)> {
    match &expr.kind {
        ExprKind::Number { text, .. } => Some((text, expr.span)),
        ExprKind::Binary { right, .. } => last_number(right),
        ExprKind::Neg(inner) => last_number(inner),
        _ => None,
    }
}

/// The number at the start of an expression.
fn first_number(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Number { text, .. } => Some(text),
        ExprKind::Binary { left, .. } => first_number(left),
        _ => None,
    }
}
