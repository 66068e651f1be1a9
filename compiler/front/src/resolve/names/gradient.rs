//! The form of `grad(LOSS, LABELS, FUNCTION, at = VARIABLE)`, and how what is written otherwise is written.

use super::{Kind, Names, formula, mentions};
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, Ident, Item};

/// What a gradient is given.
const FORM: &str = "grad(LOSS, LABELS, FUNCTION, at = VARIABLE)";

/// The arguments of a gradient in whatever order, by what they are.
#[derive(Default)]
struct Parts<'e> {
    losses: Vec<&'e str>,
    functions: Vec<&'e str>,
    /// What `at` is given, under any name.
    at: Option<&'e Expr>,
    values: Vec<&'e Expr>,
    /// Whether the mean of the losses is written.
    mean: bool,
}

impl<'a> Names<'a> {
    /// The message for a gradient that lacks an argument, or has one in another's place. Unknown names and unknown named
    /// arguments have messages of their own.
    pub(super) fn gradient(&self, function: &Ident, args: &'a [Arg]) -> Option<Diagnostic> {
        if let Some(error) = self.given_twice(function, args) {
            return Some(error);
        }
        let positional: Vec<&Expr> =
            args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
        let named =
            |name: &str| args.iter().any(|arg| arg.name.as_ref().is_some_and(|known| known.name == name));
        let unknown = args.iter().filter_map(|arg| arg.name.as_ref()).any(|name| name.name != "at");
        let behind = args.iter().skip_while(|arg| arg.name.is_none()).find(|arg| arg.name.is_none());
        if unknown {
            return None;
        }
        let missing = match positional.as_slice() {
            [] => Some("no loss is given"),
            [_] => Some("no labels are given"),
            [_, _] => Some("no function that gives the scores"),
            _ if !named("at") => Some("no `at = VARIABLE`"),
            _ => None,
        };
        let (span, label) = match (missing, behind, self.misplaced(&positional)) {
            // What stands at a wrong place says more than what then is missing.
            (_, _, Some((expr, label))) => (expr.span, label),
            (_, Some(arg), _) => {
                (arg.value.span, "stands behind `at`, and `FUNCTION` is not given it".to_owned())
            }
            (Some(missing), ..) => (function.span, missing.to_owned()),
            _ => return self.of_several(function, &positional, args),
        };
        let error = Diagnostic::error(codes::BAD_CALL, format!("`grad` is written `{FORM}`")).at(span, label);
        Some(error.help(self.written(args)))
    }

    /// The message for a gradient whose function takes more than it is given.
    fn of_several(&self, grad: &Ident, positional: &[&'a Expr], args: &'a [Arg]) -> Option<Diagnostic> {
        let ExprKind::Name(name) = &positional.get(2)?.kind else { return None };
        let defined = self.functions.get(name.as_str())?;
        let (params, given) = (defined.params.len(), positional.len().saturating_sub(3).max(1));
        if params <= given {
            return None;
        }
        let call = self.proposed(args)?;
        let error = Diagnostic::error(codes::BAD_CALL, format!("`{name}` has {params} parameters"));
        let error = error.at(grad.span, format!("given {given}")).and(defined.name.span, "defined here");
        Some(error.help(format!("write `{call}`")))
    }

    /// The message for a gradient under another name.
    pub(super) fn named_otherwise(&self, function: &Ident, args: &'a [Arg]) -> Diagnostic {
        let title = format!("`{}` is not defined", function.name);
        let error = Diagnostic::error(codes::UNKNOWN_NAME, title);
        error.at(function.span, format!("a gradient is written `{FORM}`")).help(self.written(args))
    }

    /// A gradient is taken by one variable.
    fn given_twice(&self, function: &Ident, args: &'a [Arg]) -> Option<Diagnostic> {
        let mut given =
            args.iter().filter_map(|arg| Some((arg.name.as_ref().filter(|name| name.name == "at")?, arg)));
        let ((first, by), (second, other)) = (given.next()?, given.next()?);
        let without = |left_out: &Arg| {
            let kept = args.iter().filter(|arg| !std::ptr::eq(*arg, left_out));
            let text = |arg: &Arg| match &arg.name {
                Some(name) => format!("{} = {}", name.name, formula(&arg.value)),
                None => formula(&arg.value),
            };
            format!("`{}({})`", function.name, kept.map(text).collect::<Vec<_>>().join(", "))
        };
        let help = if formula(&by.value) == formula(&other.value) {
            format!("write {}", without(other))
        } else {
            format!("each variable has a gradient of its own: {} and {}", without(other), without(by))
        };
        let error = Diagnostic::error(codes::BAD_CALL, format!("`{}` is given `at` twice", function.name));
        Some(error.at(second.span, "second").and(first.span, "first").help(help))
    }

    /// How what is given is written, or what the arguments are.
    fn written(&self, args: &'a [Arg]) -> String {
        self.proposed(args).map_or_else(
            || {
                "LOSS is the name of a `loss`, FUNCTION that of a `let` which gives the scores, VARIABLE a `var`; behind \
                 FUNCTION stands what it is given, if that is more than the variable"
                    .to_owned()
            },
            |call| format!("write `{call}`"),
        )
    }

    /// The first argument that is something else than its place wants.
    fn misplaced(&self, positional: &[&'a Expr]) -> Option<(&'a Expr, String)> {
        positional.iter().enumerate().find_map(|(position, expr)| {
            let wanted = match position {
                0 => "the name of a loss",
                1 => "the labels",
                2 => "the name of a function",
                _ => "a value",
            };
            let kind = match &expr.kind {
                ExprKind::Name(name) => Some(self.known.get(name.as_str())?.0),
                _ => None,
            };
            let what = match (position, kind) {
                (0, Some(Kind::Loss)) | (2, Some(Kind::Function)) => return None,
                (0 | 2, None) => "this is an expression",
                (_, Some(Kind::Loss)) => "this is a loss",
                (_, Some(Kind::Function)) => "this is a function",
                (0 | 2, Some(_)) => "this is a value",
                _ => return None,
            };
            Some((*expr, format!("{what}, and {wanted} belongs here")))
        })
    }

    /// The call that has the same arguments at their places.
    fn proposed(&self, args: &'a [Arg]) -> Option<String> {
        let mut parts = Parts::default();
        for arg in args {
            match &arg.name {
                Some(_) => parts.at = Some(&arg.value),
                None => self.sort(&arg.value, &mut parts),
            }
        }
        let is_variable = |expr: &&&Expr| matches!(&expr.kind, ExprKind::Name(name) if self.variables.contains(name.as_str()));
        let at = parts.at.or_else(|| parts.values.iter().rev().find(is_variable).copied());
        let at = match at.map(|at| &at.kind) {
            Some(ExprKind::Name(name)) if !self.functions.contains_key(name.as_str()) => name.clone(),
            Some(_) => return None,
            None => {
                let [only] = self.variables.iter().collect::<Vec<_>>()[..] else { return None };
                (*only).to_owned()
            }
        };
        let labels = parts.values.iter().find(|value| !mentions(value, &at) && !is_variable(value))?;
        let only = |kind: Kind| {
            let mut all = self.known.iter().filter(|(_, (known, _))| *known == kind).map(|(name, _)| *name);
            all.next().filter(|_| all.next().is_none())
        };
        let loss = parts.losses.first().copied().or_else(|| only(Kind::Loss))?;
        let function = parts.functions.first().copied().or_else(|| only(Kind::Function))?;
        let params = self.functions.get(function).map_or(vec![], |f| f.params.iter().collect());
        let names: Vec<&str> = params.iter().map(|param| param.name.name.as_str()).collect();
        let are_variables = names.iter().all(|name| self.variables.contains(name)) && names.contains(&&*at);
        let given = match names.as_slice() {
            [] | [_] => String::new(),
            names if are_variables => format!("{}, ", names.join(", ")),
            _ => return None,
        };
        let call = format!("grad({loss}, {}, {function}, {given}at = {at})", formula(labels));
        // The gradient is that of a sum.
        match (parts.mean, self.rows(labels)) {
            (true, Some(rows)) => Some(format!("{call} / {rows}")),
            (true, None) => None,
            (false, _) => Some(call),
        }
    }

    /// The dimension of the rows of labels.
    fn rows(&self, labels: &Expr) -> Option<String> {
        let ExprKind::Name(name) = &labels.kind else { return None };
        self.items().find_map(|item| match item {
            Item::Secret(d) | Item::Public(d) | Item::Owner(d) if d.name.name == *name => {
                d.ty.dims.first().map(formula)
            }
            _ => None,
        })
    }

    /// Puts an argument where it belongs; of a call its function and its arguments.
    fn sort<'e>(&self, expr: &'e Expr, parts: &mut Parts<'e>) {
        let kind = |name: &str| self.known.get(name).map(|(kind, _)| *kind);
        match &expr.kind {
            ExprKind::Name(name) if kind(name) == Some(Kind::Loss) => parts.losses.push(name),
            ExprKind::Name(name) if kind(name) == Some(Kind::Function) => parts.functions.push(name),
            ExprKind::Call { function, args }
                if matches!(kind(&function.name), Some(Kind::Loss | Kind::Function)) =>
            {
                let names = if kind(&function.name) == Some(Kind::Loss) {
                    &mut parts.losses
                } else {
                    &mut parts.functions
                };
                names.push(&function.name);
                args.iter().for_each(|arg| self.sort(&arg.value, parts));
            }
            // The gradient is that of a sum, whether it is written or not.
            ExprKind::Call { function, args } if matches!(function.name.as_str(), "sum" | "mean") => {
                parts.mean |= function.name == "mean";
                args.iter().filter(|arg| arg.name.is_none()).for_each(|arg| self.sort(&arg.value, parts));
            }
            _ => parts.values.push(expr),
        }
    }
}
