//! What a gradient that is written otherwise is of: its loss, its labels, its scores and its variable, by what they are.

use super::alike::is_call_of;
use super::arguments::{Loss, Parts};
use super::unknown::using;
use super::{Kind, Names, form, formula, mentions};
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::ast::{Arg, Declaration, Expr, ExprKind, Item};
use crate::syntax::fresh::fresh;
use crate::syntax::labels::is_of;
use crate::syntax::print::plain;
use hep_tensor::source::Span;

/// Names under which scores are proposed to be defined.
const SCORES: &str = "score";

/// Scores as a gradient is given them.
struct Scores {
    function: String,
    /// What the function is given behind its name, with a comma.
    given: String,
    /// The item that defines it.
    item: Option<String>,
}

impl<'a> Names<'a> {
    /// The gradients that may be meant, each with all that it needs besides.
    pub(super) fn meant(&self, call: Span, args: &'a [Arg]) -> Vec<Proposal> {
        let mut parts = Parts::default();
        let mut position = 0;
        for arg in args {
            match &arg.name {
                Some(_) => parts.at = Some(&arg.value),
                None => {
                    self.sort(&arg.value, position, &mut parts);
                    position += 1;
                }
            }
        }
        let found = || {
            let at = self.by(&parts)?;
            let labels = self.labels_of(&parts, &at)?;
            let loss = parts.losses.first().copied().or_else(|| self.only(Kind::Loss).map(Loss::Here))?;
            Some((at, labels, loss))
        };
        let Some((at, labels, loss)) = found() else { return vec![] };
        let of = |scores: Scores| self.of(call, (&at, &labels, loss), scores, &parts);
        self.scores_of(&parts, &at).into_iter().filter_map(of).collect()
    }

    /// A gradient with everything at its place.
    fn of(
        &self,
        call: Span,
        (at, labels, loss): (&str, &str, Loss<'a>),
        scores: Scores,
        parts: &Parts<'a>,
    ) -> Option<Proposal> {
        let (mut words, mut edits) = (Vec::new(), Vec::new());
        let name = match loss {
            Loss::Here(name) => name,
            Loss::Library(module, name) => {
                let header = self.file?.name.span.end;
                words.push(using(module, name));
                edits.push(Edit::Replace(Span::new(header, header), format!("\nuse {module}.{name}")));
                name
            }
            Loss::Function(function) => {
                let result = function.results.first()?;
                let item = format!("loss {} = {}", form(function), plain(result));
                words.push(format!("a loss is an item of its own: write `{item}` for its `let`"));
                edits.push(Edit::Definition(Span::new(function.name.span.start, result.span.end)));
                edits.push(Edit::Items(call, item));
                &function.name.name
            }
        };
        if let Some(item) = scores.item {
            words.push(format!("give the scores a function: add `{item}`"));
            edits.push(Edit::Items(call, item));
        }
        for value in &parts.spent {
            let names: Vec<&str> = value.names.iter().map(|name| name.name.as_str()).collect();
            words.push(format!("leave `let {} = ...` out", names.join(", ")));
            edits.push(Edit::Replace(value.span, String::new()));
        }
        let call_ = format!("grad({name}, {labels}, {}, {}at = {at})", scores.function, scores.given);
        // The gradient is that of a sum.
        let call_ = if parts.mean { format!("{call_} / {}", self.rows(labels)?) } else { call_ };
        words.push(format!("write `{call_}`"));
        edits.push(Edit::Replace(call, call_));
        let last = words.pop()?;
        let words = if words.is_empty() { last } else { format!("{}, and {last}", words.join(", ")) };
        Some(Proposal { words, edits })
    }

    /// What the gradient is taken by: what is said, or the only variable.
    fn by(&self, parts: &Parts<'a>) -> Option<String> {
        let is_variable = |expr: &&&Expr| self.is_variable(expr);
        let at = parts.at.or_else(|| parts.values.iter().rev().find(is_variable).copied());
        match at.map(|at| &at.kind) {
            Some(ExprKind::Name(name)) if !self.functions.contains_key(name.as_str()) => Some(name.clone()),
            Some(_) => None,
            None => {
                let [only] = self.variables.iter().collect::<Vec<_>>()[..] else { return None };
                Some((*only).to_owned())
            }
        }
    }

    fn is_variable(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if self.variables.contains(name.as_str()))
    }

    /// The labels that are given, as they are encrypted; otherwise the only ones that are.
    fn labels_of(&self, parts: &Parts<'a>, at: &str) -> Option<String> {
        let is_known = |value: &Expr| match &value.kind {
            ExprKind::Name(name) => self.known.contains_key(name.as_str()),
            _ => true,
        };
        let mut given = parts.values.iter().filter(|value| !self.is_trained(value) && !mentions(value, at));
        let given = given.find(|value| is_known(value));
        let mut secrets = self.items().filter_map(|item| match item {
            Item::Secret(d) => Some(d),
            _ => None,
        });
        let Some(given) = given else {
            let is_label = |d: &&Declaration| {
                matches!((d.ty.kind.name.as_str(), d.ty.dims.len()), ("bit" | "onehot", _) | ("real", 1))
            };
            let mut labels = secrets.filter(is_label).map(|d| d.name.name.clone());
            return labels.next().filter(|_| labels.next().is_none());
        };
        let ExprKind::Name(name) = &given.kind else { return Some(formula(given)) };
        let is_owners = self.items().any(|item| matches!(item, Item::Owner(d) if d.name.name == *name));
        let encrypted =
            secrets.find(|d| is_owners && d.value.as_ref().is_some_and(|value| is_of(value, name)));
        Some(encrypted.map_or(name, |d| &d.name.name).clone())
    }

    /// Whether a value depends on what is trained.
    fn is_trained(&self, value: &Expr) -> bool {
        self.variables.iter().any(|variable| mentions(value, variable))
    }

    /// What may give the scores: what is named, what has their formula, what would have it, or the only function.
    fn scores_of(&self, parts: &Parts<'a>, at: &str) -> Vec<Scores> {
        let mut found: Vec<Scores> = Vec::new();
        let named = parts.functions.first().and_then(|name| self.called(name, at));
        found.extend(named);
        let scores = parts.values.iter().find(|value| self.is_trained(value) && !self.is_variable(value));
        if let Some(scores) = scores.filter(|_| found.is_empty()) {
            found.extend(self.functions.iter().find_map(|(name, function)| {
                let given = is_call_of(function, scores)?;
                Some(Scores { function: (*name).to_owned(), given: among(&given, at)?, item: None })
            }));
            if found.is_empty() {
                found.extend(self.new_scores(scores, at));
            }
        }
        if found.is_empty() {
            found.extend(self.only(Kind::Function).and_then(|name| self.called(name, at)));
        }
        found
    }

    /// A function of the program with its parameters.
    fn called(&self, name: &str, at: &str) -> Option<Scores> {
        let params = self.functions.get(name).map_or(&[][..], |f| &f.params);
        let names: Vec<String> = params.iter().map(|param| param.name.name.clone()).collect();
        let are_variables = names.iter().all(|name| self.variables.contains(name.as_str()));
        let given = match names.as_slice() {
            [] | [_] => String::new(),
            names if are_variables => among(names, at)?,
            _ => return None,
        };
        Some(Scores { function: name.to_owned(), given, item: None })
    }

    /// A new function that gives these scores.
    fn new_scores(&self, scores: &Expr, at: &str) -> Option<Scores> {
        let file = self.file?;
        let params: Vec<String> = self
            .variables
            .iter()
            .filter(|variable| mentions(scores, variable))
            .map(|v| (*v).to_owned())
            .collect();
        let is_free = !self.known.contains_key(SCORES);
        let function = if is_free { SCORES.to_owned() } else { fresh(file, SCORES) };
        let item = format!("let {function}({}) = {}", params.join(", "), plain(scores));
        Some(Scores { function, given: among(&params, at)?, item: Some(item) })
    }

    /// The only loss or function of the program.
    fn only(&self, kind: Kind) -> Option<&'a str> {
        let mut all = self.known.iter().filter(|(_, (known, _))| *known == kind).map(|(name, _)| *name);
        all.next().filter(|_| all.next().is_none())
    }

    /// The dimension of the rows of labels.
    fn rows(&self, labels: &str) -> Option<String> {
        self.items().find_map(|item| match item {
            Item::Secret(d) | Item::Public(d) | Item::Owner(d) if d.name.name == labels => {
                d.ty.dims.first().map(formula)
            }
            _ => None,
        })
    }
}

/// What a function of several variables is given behind its name, one of which the gradient is taken by.
fn among(names: &[String], at: &str) -> Option<String> {
    match names {
        [_] => Some(String::new()),
        names => names.iter().any(|name| name == at).then(|| format!("{}, ", names.join(", "))),
    }
}
