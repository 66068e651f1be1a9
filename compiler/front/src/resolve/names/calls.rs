//! Names in calls: what is called, and what is given to it.

use super::{Inside, Kind, Names};
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::builtins;
use crate::resolve::eval::formula;
use crate::syntax::ast::{Arg, ExprKind, Ident};
use crate::syntax::foreign;

impl<'a> Names<'a> {
    /// Arguments are values, except where a built-in takes a function or a loss.
    pub(super) fn arg(&mut self, function: &str, position: usize, arg: &'a Arg) {
        let wanted = match (function, position, &arg.name) {
            ("grad" | "curvature", 0, None) => Kind::Loss,
            ("grad", 2, None) => Kind::Function,
            ("grad", 1, None) => {
                self.labels = true;
                self.expr(&arg.value);
                self.labels = false;
                return;
            }
            _ => return self.expr(&arg.value),
        };
        let what = if wanted == Kind::Loss { "a loss" } else { "a function" };
        let ExprKind::Name(name) = &arg.value.kind else {
            self.errors.push(
                Diagnostic::error(codes::BAD_CALL, format!("`{function}` needs the name of {what} here"))
                    .at(arg.value.span, "not a name"),
            );
            return;
        };
        match self.known.get(name.as_str()) {
            Some((kind, _)) if *kind == wanted => {}
            Some((_, at)) => self.errors.push(
                Diagnostic::error(codes::BAD_CALL, format!("`{name}` is not {what}"))
                    .at(arg.value.span, format!("`{function}` needs {what} here"))
                    .and(*at, "defined here")
                    .maybe_help((wanted == Kind::Loss).then(|| {
                        "a loss is an item of its own, of one label and one score: `loss NAME(y, z) = (z - y) ** 2`".to_owned()
                    })),
            ),
            None => {
                let candidates = self.candidates(|kind| kind == wanted);
                self.unknown(name, arg.value.span, what, candidates, &[]);
            }
        }
    }

    pub(super) fn callee(&mut self, function: &'a Ident, args: &'a [Arg]) {
        let name = function.name.as_str();
        let predicts = matches!(self.inside, Inside::Predict(_)) && matches!(name, "softmax" | "log_softmax");
        if let Some(argument) = args.first().filter(|_| predicts) {
            self.errors.push(
                Diagnostic::error(codes::SOFTMAX, format!("`{name}` of scores decides nothing"))
                    .at(function.span, "keeps the order of the scores of a row")
                    .help(foreign::scores(&formula(&argument.value)))
                    .proposing(self.undecided()),
            );
            return;
        }
        if builtins::is_function(name) || builtins::is_refused(name) {
            return;
        }
        match self.known.get(name) {
            Some((Kind::Function, _)) => {}
            Some((Kind::Loss, at)) => self.errors.push(
                Diagnostic::error(codes::BAD_CALL, format!("`{name}` is a loss and cannot be called"))
                    .at(function.span, "called here")
                    .and(*at, "defined here")
                    .help(format!(
                        "a loss is differentiated: `grad({name}, LABELS, FUNCTION, at = VARIABLE)`; inside of another one, \
                         write its formula out"
                    )),
            ),
            Some((_, at)) => self.errors.push(
                Diagnostic::error(codes::BAD_CALL, format!("`{name}` is not a function"))
                    .at(function.span, "called here")
                    .and(*at, "defined here")
                    .maybe_help(meant(name, args)),
            ),
            None => {
                if foreign::is_of_secrets(name) && args.iter().all(|arg| self.is_clear(&arg.value)) {
                    return self.not_built_in(function, args);
                }
                let mut candidates = self.candidates(|kind| kind == Kind::Function);
                candidates.extend(builtins::names());
                let args: Vec<String> = args.iter().map(|arg| formula(&arg.value)).collect();
                self.unknown(name, function.span, "a function", candidates, &args);
            }
        }
    }
}

/// What a value that is called may be meant to be: a function of another language, or a factor.
fn meant(name: &str, args: &[Arg]) -> Option<String> {
    let texts: Vec<String> = args.iter().map(|arg| formula(&arg.value)).collect();
    let product = || match args {
        [Arg { name: None, value }] if matches!(value.kind, ExprKind::Name(_) | ExprKind::Number { .. }) => {
            Some(format!("a product is written `*`: `{name} * {}`", formula(value)))
        }
        [Arg { name: None, value }] => {
            Some(format!("a product is written `*`: `{name} * ({})`", formula(value)))
        }
        _ => None,
    };
    foreign::name(name, Some(&texts)).or_else(product)
}
