//! The form of `grad(LOSS, LABELS, FUNCTION, at = VARIABLE)`, and how what is written otherwise is written.

use super::{Kind, Names, formula};
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, Ident};
use hep_tensor::source::Span;

/// What a gradient is given.
const FORM: &str = "grad(LOSS, LABELS, FUNCTION, at = VARIABLE)";

impl<'a> Names<'a> {
    /// The message for a gradient that lacks an argument, or has one in another's place. Unknown names and unknown named
    /// arguments have messages of their own.
    pub(super) fn gradient(&self, function: &Ident, call: Span, args: &'a [Arg]) -> Option<Diagnostic> {
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
            _ => return self.of_several(function, call, &positional, args),
        };
        let error = Diagnostic::error(codes::BAD_CALL, format!("`grad` is written `{FORM}`")).at(span, label);
        Some(self.explained(error, call, args))
    }

    /// The message for a gradient whose function takes more than it is given.
    fn of_several(
        &self,
        grad: &Ident,
        call: Span,
        positional: &[&'a Expr],
        args: &'a [Arg],
    ) -> Option<Diagnostic> {
        let ExprKind::Name(name) = &positional.get(2)?.kind else { return None };
        let defined = self.functions.get(name.as_str())?;
        let (params, given) = (defined.params.len(), positional.len().saturating_sub(3).max(1));
        if params <= given {
            return None;
        }
        let meant = self.meant(call, args);
        let first = meant.first()?.words.clone();
        let error = Diagnostic::error(codes::BAD_CALL, format!("`{name}` has {params} parameters"));
        let error = error.at(grad.span, format!("given {given}")).and(defined.name.span, "defined here");
        Some(error.help(first).proposing(meant))
    }

    /// The message for a gradient under another name.
    pub(super) fn named_otherwise(&self, function: &Ident, call: Span, args: &'a [Arg]) -> Diagnostic {
        let title = format!("`{}` is not defined", function.name);
        let error = Diagnostic::error(codes::UNKNOWN_NAME, title);
        self.explained(error.at(function.span, format!("a gradient is written `{FORM}`")), call, args)
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

    /// An error with how what is given is written, or with what the arguments are.
    fn explained(&self, error: Diagnostic, call: Span, args: &'a [Arg]) -> Diagnostic {
        let proposals = self.meant(call, args);
        let help = proposals.first().map_or_else(
            || {
                "LOSS is the name of a `loss`, FUNCTION that of a `let` which gives the scores, VARIABLE a `var`; behind \
                 FUNCTION stands what it is given, if that is more than the variable"
                    .to_owned()
            },
            |meant| meant.words.clone(),
        );
        error.help(help).proposing(proposals)
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
}
