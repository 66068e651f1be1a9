//! Calls of the program's own functions: inlining.

use super::{Eval, Locals, Resolver};
use crate::dag::NodeId;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{Arg, Expr, Function, Ident};
use crate::syntax::print::expression;

/// Longest text of arguments in the name of a node.
const MAX_NAME: usize = 40;

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
        let mut values = vec![];
        for arg in args {
            if let Some(name) = &arg.name {
                let error = Diagnostic::error(
                    codes::BAD_CALL,
                    format!("`{}` takes no named arguments", function.name),
                );
                return Err(self.report(error.at(name.span, "remove the name")));
            }
            values.push(self.eval(&arg.value, locals));
        }
        let values: Vec<NodeId> = values.into_iter().collect::<Eval<_>>()?;
        let names: Vec<String> = args.iter().map(|arg| expression(&arg.value)).collect();
        self.inline(defined, &values, &names.join(", "), expr.span)
    }

    /// The value of a function; the result is called `f(args)` unless it has a name.
    pub(super) fn inline(
        &mut self,
        f: &'a Function,
        values: &[NodeId],
        args: &str,
        call: Span,
    ) -> Eval<NodeId> {
        if values.len() != f.params.len() {
            let given = values.len();
            let error = Diagnostic::error(
                codes::BAD_CALL,
                format!("`{}` has {} parameters", f.name.name, f.params.len()),
            )
            .at(call, format!("given {given}"))
            .and(f.name.span, "defined here");
            return Err(self.report(error));
        }
        if self.calls.iter().any(|(name, _)| *name == f.name.name) {
            let error = Diagnostic::error(codes::BAD_CALL, format!("`{}` calls itself", f.name.name))
                .at(call, "recursion")
                .and(f.name.span, "defined here")
                .note("every program has a finite graph, so that functions cannot be recursive");
            return Err(self.report(error));
        }
        let params = f.params.iter().map(|p| p.name.clone());
        let locals: Locals = params.zip(values.iter().copied()).collect();
        self.calls.push((f.name.name.clone(), call));
        let result = self.eval(&f.body, &locals);
        self.calls.pop();
        let node = result?;
        let args = if args.len() > MAX_NAME { "..." } else { args };
        if self.b.graph.node(node).name.is_none() {
            self.b.set_name(node, format!("{}({args})", f.name.name));
        }
        Ok(node)
    }

    /// Gives a value the name of its `let`, unless it has one by declaration.
    pub(super) fn name(&mut self, node: NodeId, name: &str) {
        let free = self.b.graph.node(node).name.as_ref().is_none_or(|old| old.contains('('));
        if free {
            self.b.set_name(node, name);
        }
    }
}
