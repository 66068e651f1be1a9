//! Names that stand for nothing, and the items that would define them. Each is tried before somebody is told of it.

use super::{Inside, Names, formula, mentions};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{BinaryOp, Declaration, Expr, ExprKind, For, Item, Over, Statement};
use crate::syntax::print::plain;
use crate::syntax::walk::{expressions, statements};
use hep_tensor::source::Span;

/// What other programs call the size of a step.
const STEPS: [&str; 19] = [
    "lr",
    "eta",
    "alpha",
    "gamma",
    "mu",
    "beta",
    "step",
    "rate",
    "learning_rate",
    "learningrate",
    "step_size",
    "momentum",
    "lambda_",
    "l2",
    "lambda",
    "reg",
    "decay",
    "weight_decay",
    "penalty",
];
/// Dimensions that are tried in place of one that nobody knows.
const MOST_DIMS: usize = 8;
/// Sizes that are tried.
const SIZES: [usize; 3] = [2, 4, 16];

impl<'a> Names<'a> {
    /// A size that is not defined, said once.
    pub(super) fn unknown_size(&mut self, name: &str, span: Span) {
        if !self.said.insert(name.to_owned()) {
            return;
        }
        let few = self.may_look(self.dims.len());
        let near = few.then(|| suggest::nearest(name, self.dims.iter().copied())).flatten();
        // Of a variable one that is there may be meant, and of data with a column of ones that of the features.
        let others: Vec<&str> = self.dims.iter().copied().take(if few { MOST_DIMS } else { 0 }).collect();
        let known = others.iter().filter(|_| self.is_of_variable(span)).map(|dim| Proposal {
            words: format!("write `{dim}` for `{name}` here"),
            edits: vec![Edit::Replace(span, (*dim).to_owned())],
        });
        let longer = self.features_of(name).map(|features| {
            let item = format!("dim {name} = {features} + 1");
            adding(span, &item, format!("give it a size: add `{item}`"))
        });
        let sizes = SIZES.map(|size| {
            let item = format!("dim {name} = {size}");
            adding(span, &item, format!("give it a size: add `{item}`, with the number that is right"))
        });
        let proposals: Vec<Proposal> = known.chain(longer).chain(sizes).collect();
        let first = proposals.iter().find(|proposal| matches!(proposal.edits[..], [Edit::Items(..)]));
        let help = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => first.map(|first| first.words.clone()),
        };
        let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` is not defined"))
            .at(span, "no size of this name")
            .maybe_help(help);
        let error = if few && near.is_none() { error.proposing(proposals) } else { error };
        self.errors.push(error);
    }

    /// The dimension of the owner's features that a column of ones is added to where this is the dimension of the result.
    fn features_of(&self, name: &str) -> Option<&'a str> {
        let is_it = |dim: &Expr| matches!(&dim.kind, ExprKind::Name(known) if known == name);
        let value = self.items().find_map(|item| match item {
            Item::Secret(d) if d.ty.dims.last().is_some_and(is_it) => d.value.as_ref(),
            _ => None,
        })?;
        let mut has_ones = false;
        expressions(value, &mut |expr| {
            has_ones |= matches!(&expr.kind, ExprKind::Call { function, .. } if function.name == "bias");
            !has_ones
        });
        let features = self.items().find_map(|item| match item {
            Item::Owner(d)
                if d.ty.dims.len() == 2 && d.ty.kind.name == "real" && mentions(value, &d.name.name) =>
            {
                d.ty.dims.last()
            }
            _ => None,
        })?;
        match &features.kind {
            ExprKind::Name(features) if has_ones && features != name => Some(features),
            _ => None,
        }
    }

    /// Whether a size is one of a variable of the training.
    fn is_of_variable(&self, size: Span) -> bool {
        statements(self.trained).into_iter().any(|statement| match statement {
            Statement::Var(d) => d.ty.span.contains(size),
            _ => false,
        })
    }

    /// Reports a name that is not defined; where it is proposed to define it, once.
    pub(super) fn once(&mut self, name: &str, error: Diagnostic) {
        let is_said = !error.proposals.is_empty() && !self.said.insert(name.to_owned());
        if !is_said {
            self.errors.push(error);
        }
    }

    /// What would define a value that is used at `span`.
    pub(super) fn defining(&self, name: &str, span: Span) -> Vec<Proposal> {
        if let Some(item) = self.vector(name) {
            return vec![adding(span, &item, in_words(&item))];
        }
        if is_step(name) {
            let item = format!("let {name} = 0.1");
            let words = format!("give it a value: add `{item}`, with the number that is right");
            return vec![adding(span, &item, words)];
        }
        if let Some(without) = self.intercept(span) {
            return vec![without];
        }
        if let Some(secret) = self.being_defined() {
            let read = |ty: String| {
                let item = format!("owner {name} : {ty}");
                adding(span, &item, format!("say what is read from the data file: add `{item}`"))
            };
            return self.types_of_owner(secret).into_iter().map(read).collect();
        }
        let owners = self.items().filter_map(|item| match item {
            Item::Owner(owner) => Some(owner),
            _ => None,
        });
        let owner = owners.into_iter().find(|owner| {
            let bare = owner.name.name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
            bare.eq_ignore_ascii_case(name)
        });
        let encrypted = |item: String| {
            let words = format!("encrypt it: add `{item}`");
            adding(span, &item, words)
        };
        owner.map_or_else(Vec::new, |owner| self.secrets_of(owner, name).into_iter().map(encrypted).collect())
    }

    /// Scores without a summand that nobody has defined, where the data have a column of ones.
    fn intercept(&self, span: Span) -> Option<Proposal> {
        let has_ones = self.items().any(|item| match item {
            Item::Secret(d) => d.value.as_ref().is_some_and(|value| {
                let mut found = false;
                expressions(value, &mut |expr| {
                    found |= matches!(&expr.kind, ExprKind::Call { function, .. } if function.name == "bias");
                    !found
                });
                found
            }),
            _ => false,
        });
        let results = self.functions.values().flat_map(|function| &function.results);
        let (sum, rest) = results.into_iter().find_map(|result| match &result.kind {
            ExprKind::Binary { op: BinaryOp::Add, left, right } if right.span == span => {
                Some((result.span, left))
            }
            _ => None,
        })?;
        let text = plain(rest);
        let words =
            format!("the column of ones that `bias` adds has the intercept as its weight: write `{text}`");
        has_ones.then(|| Proposal { words, edits: vec![Edit::Replace(sum, text)] })
    }

    /// What is said of a vector that has an element for each iteration.
    pub(super) fn of_an_iteration(&self, name: &str) -> Option<String> {
        self.vector(name).map(|item| in_words(&item))
    }

    /// A vector with an element for each iteration, where the index of a loop counts its elements.
    fn vector(&self, name: &str) -> Option<String> {
        let ExprKind::Name(index) = &self.indexed?.kind else { return None };
        let last = statements(self.trained).into_iter().find_map(|statement| match statement {
            Statement::For(For { index: known, over: Over::Range(range), .. }) if known.name == *index => {
                Some(formula(&range.high))
            }
            _ => None,
        })?;
        let first = if is_step(name) { "0.1" } else { "1" };
        Some(format!("public {name} : real[{last}] = {first}"))
    }

    /// Whether the targets of the program are numbers, and no labels.
    pub(super) fn targets_are_real(&self) -> bool {
        self.items().all(|item| match item {
            Item::Owner(d) | Item::Secret(d) => d.ty.kind.name == "real",
            _ => true,
        })
    }

    /// Both items of labels, where a gradient is given a name that is none.
    pub(super) fn labels(&self, name: &str, span: Span) -> Vec<Proposal> {
        let found = self.defining(name, span);
        if !found.is_empty() {
            return found;
        }
        let is_label = |d: &&Declaration| {
            matches!((d.ty.kind.name.as_str(), d.ty.dims.len()), ("bit" | "onehot", _) | ("real", 1))
        };
        let known = self.items().filter_map(|item| match item {
            Item::Secret(secret) => Some(secret).filter(is_label),
            _ => None,
        });
        let found: Vec<Proposal> = known
            .map(|secret| Proposal {
                words: format!(
                    "labels are encrypted as `{0}`: write `{0}` for `{name}` here",
                    secret.name.name
                ),
                edits: vec![Edit::Replace(span, secret.name.name.clone())],
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
        let rows = self.items().find_map(|item| match item {
            Item::Owner(owner) => owner.ty.dims.first().map(formula),
            _ => None,
        });
        let Some(n) = rows else { return found };
        let lower = name.to_ascii_lowercase();
        let owner =
            if lower == name || self.known.contains_key(lower.as_str()) { format!("{name}0") } else { lower };
        let (read, made) =
            (format!("owner {owner} : class[{n}, 2]"), format!("secret {name} : bit[{n}] = {owner}"));
        let words = format!("labels are read and encrypted: add `{read}` and `{made}`");
        vec![adding(span, &format!("{read}\n{made}"), words)]
    }

    /// The secret whose value is being checked.
    fn being_defined(&self) -> Option<&'a Declaration> {
        let Inside::Value(defined, _) = self.inside else { return None };
        self.items().find_map(|item| match item {
            Item::Secret(secret) if secret.name.name == defined => Some(secret),
            _ => None,
        })
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &'a Item> {
        self.file.iter().flat_map(|file| &file.items)
    }

    /// Types of what a secret may be made of.
    fn types_of_owner(&self, secret: &Declaration) -> Vec<String> {
        let dims: Vec<String> = secret.ty.dims.iter().map(formula).collect();
        match (secret.ty.kind.name.as_str(), dims.as_slice()) {
            ("bit", [n]) => vec![format!("class[{n}, 2]")],
            ("onehot", [n, c]) => vec![format!("class[{n}, {c}]")],
            ("real", [n, columns]) => {
                let others = self.dims.iter().copied().filter(|dim| dim != n && dim != columns);
                let columns = std::iter::once(columns.as_str()).chain(others);
                columns.map(|column| format!("real[{n}, {column}]")).collect()
            }
            ("real", [n]) => vec![format!("real[{n}]")],
            _ => vec![],
        }
    }

    /// What an owner's value may be at the server.
    fn secrets_of(&self, owner: &Declaration, name: &str) -> Vec<String> {
        let (of, dims) = (&owner.name.name, owner.ty.dims.iter().map(formula).collect::<Vec<_>>());
        match (owner.ty.kind.name.as_str(), dims.as_slice()) {
            ("class", [n, c]) => {
                let bit = format!("secret {name} : bit[{n}] = {of}");
                let rows = format!("secret {name} : onehot[{n}, {c}] = one_hot({of})");
                let is_two = |dim: &ExprKind| matches!(dim, ExprKind::Number { value, .. } if *value == 2.0);
                let two = owner.ty.dims.get(1).is_some_and(|dim| is_two(&dim.kind));
                if two { vec![bit, rows] } else { vec![rows] }
            }
            ("real", [n, columns]) => {
                let whole = format!("secret {name} : real[{n}, {columns}] = {of}");
                let others = self.dims.iter().filter(|dim| *dim != n && *dim != columns);
                let biased = others.map(|dim| format!("secret {name} : real[{n}, {dim}] = bias({of})"));
                biased.chain(std::iter::once(whole)).collect()
            }
            ("real", [n]) => vec![format!("secret {name} : real[{n}] = {of}")],
            _ => vec![],
        }
    }
}

fn is_step(name: &str) -> bool {
    STEPS.contains(&name.to_ascii_lowercase().as_str())
}

fn in_words(item: &str) -> String {
    format!("give it one number for each iteration: add `{item}`, with the number that is right")
}

/// The program with items before the place where they are needed.
fn adding(needed: Span, items: &str, words: String) -> Proposal {
    Proposal { words, edits: vec![Edit::Items(needed, items.to_owned())] }
}
