//! What is known when compiling: sizes, indices of loops, numbers and public values.

use super::Names;
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, Ident};
use crate::syntax::walk::expressions;

/// Parameters of a function that is written out.
pub(super) const LETTERS: [&str; 8] = ["u", "v", "a", "b", "p", "q", "r", "s"];

impl<'a> Names<'a> {
    /// Whether no ciphertext and nothing of an owner is part of an expression.
    pub(super) fn is_clear(&self, expr: &Expr) -> bool {
        let mut clear = true;
        expressions(expr, &mut |expr| {
            if let ExprKind::Name(name) = &expr.kind {
                let name = name.as_str();
                let is_known =
                    [&self.dims, &self.indices, &self.clear].iter().any(|known| known.contains(name));
                clear &= is_known && !self.params.contains(&name);
            }
            clear
        });
        clear
    }

    /// A function of other languages that is given what is known when compiling.
    pub(super) fn not_built_in(&mut self, function: &Ident, args: &[Arg]) {
        let name = &function.name;
        let letters = args.iter().zip(LETTERS).map(|(arg, letter)| {
            arg.name.as_ref().map_or_else(|| letter.to_owned(), |name| name.name.clone())
        });
        let mut letters: Vec<String> = letters.collect();
        if letters.is_empty() {
            letters.push("u".to_owned());
        }
        let own = format!("let {name}({}) = FORMULA", letters.join(", "));
        let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` is not defined"))
            .at(function.span, "no function of this name")
            .help(format!("no such function is built in; one of your own is written `{own}`, and called with values only"));
        self.errors.push(error);
    }
}
