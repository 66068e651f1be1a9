//! Names that stand for nothing, or for something else where they are used, and what leads on from there.

use super::{Inside, Kind, Names, builtins, form, formula};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{Ident, Item, Statement};
use crate::syntax::foreign;
use crate::syntax::walk::statements;
use hep_tensor::scalar::Function as Scalar;
use hep_tensor::source::{Span, library};

/// With so many errors, what helps is not looked for.
const MANY: usize = 50;
/// Values of the owner that something may be made of.
const MOST_OWNERS: usize = 3;
/// Most names that are looked at for something to suggest, all errors together: as many for 50 errors in a program of 2000 names.
const MOST: usize = 100_000;

impl<'a> Names<'a> {
    /// A name that is used as a value.
    pub(super) fn value(&mut self, name: &str, span: Span) {
        if self.is_local(name) {
            return;
        }
        // Functions may be called after what they mention is defined.
        let in_function = !self.params.is_empty();
        let error = match self.known.get(name) {
            Some((Kind::Value, _)) => return,
            Some((Kind::Later, _)) if in_function => return,
            Some((Kind::Later, at)) => {
                let looped = self.in_the_loop(name);
                if matches!(self.inside, Inside::Value(defined, _) if defined == name) && looped.is_none() {
                    let error = self.of_itself(name, span).and(*at, "defined here");
                    return self.errors.push(error);
                }
                let (title, help) = match looped {
                    Some(help) => (format!("`{name}` is known inside of `train` only"), help),
                    None => (
                        format!("`{name}` is used before its definition"),
                        "move the definition up".to_owned(),
                    ),
                };
                Diagnostic::error(codes::TOO_EARLY, title)
                    .at(span, "used here")
                    .and(*at, "defined here")
                    .help(help)
            }
            Some((Kind::Gone, at)) => {
                let help = if self.dims.contains(name) {
                    "leave it out: behind the loop there are no batches"
                } else if self.indices.contains(name) {
                    "leave it out: behind the loop there are no iterations"
                } else {
                    "a `var` keeps its last value after the loop"
                };
                Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` exists inside `train` only"))
                    .at(span, "used here")
                    .and(*at, "defined here")
                    .help(help)
                    .proposing(kept(self.trained, name))
            }
            Some((kind, at)) => {
                let what = if *kind == Kind::Loss { "a loss" } else { "a function" };
                Diagnostic::error(codes::BAD_CALL, format!("`{name}` is {what}, not a value"))
                    .at(span, "used as a value")
                    .and(*at, "defined here")
                    .maybe_help(
                        self.functions.get(name).map(|f| format!("give it its arguments: `{}`", form(f))),
                    )
            }
            None => {
                let mut candidates = self.params.clone();
                candidates.extend(self.candidates(|kind| matches!(kind, Kind::Value | Kind::Later)));
                return self.unknown(name, span, "a value", candidates, &[]);
            }
        };
        self.errors.push(error);
    }

    /// What to do about a name of the loop outside of it.
    fn in_the_loop(&self, name: &str) -> Option<String> {
        if self.indices.contains(name) && self.params.is_empty() {
            let Inside::Value(defined, value) = self.inside else { return None };
            let value = formula(value);
            let a_loop =
                if self.dims.contains(name) { "the size of a batch" } else { "the number of the iteration" };
            return Some(format!(
                "`{name}` is {a_loop}: write `let {defined} = {value}` inside of the loop, or a function `let \
                 {defined}({name}) = {value}` here and `{defined}({name})` there"
            ));
        }
        let Inside::Value(defined, value) = self.inside else { return None };
        self.variables.contains(name).then(|| {
            format!("`{name}` changes in the loop: write `let {defined} = {}` inside of it", formula(value))
        })
    }

    /// Whether so many names may be looked at for something to suggest. Every suggestion looks at all of them: not for
    /// thousands of errors, and not for dozens in a program of thousands of names.
    pub(super) fn may_look(&mut self, names: usize) -> bool {
        let may = self.errors.len() < MANY && self.looked_at < MOST;
        self.looked_at += if may { names } else { 0 };
        may
    }

    /// What may be meant by a name, as long as it is looked for.
    pub(super) fn candidates(&mut self, is_meant: impl Fn(Kind) -> bool) -> Vec<&'a str> {
        if !self.may_look(self.known.len()) {
            return vec![];
        }
        self.known.iter().filter(|(_, (kind, _))| is_meant(*kind)).map(|(name, _)| *name).collect()
    }

    /// A name that is not defined; `args` where it is called.
    pub(super) fn unknown(
        &mut self,
        name: &str,
        span: Span,
        what: &str,
        candidates: Vec<&str>,
        args: &[String],
    ) {
        // A size that nobody has declared is no number either.
        if what == "a value" && self.said.contains(name) {
            return;
        }
        // What is being defined is not what it is made of.
        let defined = if let Inside::Value(defined, _) = self.inside { defined } else { "" };
        let candidates: Vec<&str> = candidates.into_iter().filter(|known| *known != defined).collect();
        let known = self.errors.len() < MANY;
        let near = if known { suggest::nearest(name, candidates) } else { None };
        let value = what == "a value";
        let real = what == "a loss" && self.targets_are_real();
        let of_a_loss = what == "a loss";
        // A gradient is taken of losses only.
        let fits = |name: &str| !of_a_loss || library::is_loss(name);
        let used =
            || library::module_of(name).filter(|_| !value && fits(name)).map(|module| using(module, name));
        let nearly = || {
            let known = library::definitions().map(|(_, known)| known).filter(|known| fits(known));
            let known = suggest::nearest(name, known)?;
            let module = library::module_of(known).filter(|_| !value)?;
            Some(format!("did you mean `{known}`? {}", using(module, known)))
        };
        let predicts = matches!(self.inside, Inside::Predict(_)) && foreign::is_decision(name);
        let decided = || args.first().filter(|_| predicts).map(|argument| foreign::scores(argument));
        let few = self.may_look(self.known.len());
        let of_record = || few.then(|| self.fields(name))?;
        let meant = || {
            let found = if of_a_loss { self.loss_elsewhere(name, span, real) } else { vec![] };
            found.into_iter().next().map(|proposal| proposal.words)
        };
        let help = decided()
            .or_else(of_record)
            .or_else(|| if of_a_loss { meant() } else { None })
            .or_else(|| foreign::name(name, (!value).then_some(args)))
            .or_else(|| (real && name == SIGMOID_ERROR).then(of_numbers))
            .or_else(used)
            .or_else(meant)
            .or_else(|| {
                if few { near.map(|near| format!("did you mean `{near}`?")).or_else(nearly) } else { None }
            })
            .or_else(|| otherwise(name, what));
        let help = self.of_an_iteration(name).or(help);
        let builtin = Scalar::from_name(name).is_some() || builtins::is_function(name);
        let label = if builtin {
            format!("the built-in function cannot be used as {what}")
        } else {
            format!("no {} of this name", what.trim_start_matches("a "))
        };
        let proposals = match (value, self.labels) {
            (true, true) if few => self.labels(name, span),
            (true, false) if few => self.defining(name, span),
            (false, _) if of_a_loss && few => self.loss_elsewhere(name, span, real),
            _ => vec![],
        };
        let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` is not defined"));
        let error = error.at(span, label).maybe_help(help);
        // Of scores that are nothing here it is known what they are.
        if matches!(self.inside, Inside::Predict(_)) && few && (near.is_none() || foreign::is_decision(name))
        {
            return self.errors.push(error.proposing(self.undecided()));
        }
        if !proposals.is_empty() || !few {
            return self.once(name, error.proposing(proposals));
        }
        if let Some(own) =
            self.only_loss(name, span).filter(|_| of_a_loss && near.is_none() && !library::is_loss(name))
        {
            let library = self.in_the_library(name, span).filter(|_| library::module_of(name).is_none());
            return self.errors.push(error.proposing([own]).proposing(library));
        }
        let elsewhere = foreign::name(name, (!value).then_some(args)).is_some();
        let near = near.filter(|_| !elsewhere).map(|near| Proposal {
            words: format!("did you mean `{near}`?"),
            edits: vec![Edit::Replace(span, near.to_owned())],
        });
        let (nowhere, function) = (!elsewhere && near.is_none(), what == "a function");
        let in_the_library = if nowhere && !value { self.in_the_library(name, span) } else { None };
        let own = || self.own_function(name, span, args.len());
        let is_own = function && (nowhere || foreign::is_polynomial(name));
        if let Some(found) = in_the_library.or_else(|| if is_own { own() } else { None }) {
            return self.once(name, error.proposing([found]));
        }
        self.errors.push(error.proposing(near));
    }

    /// A value that is made of itself: it may be made of what the owner has.
    fn of_itself(&self, name: &str, span: Span) -> Diagnostic {
        let owners = self.items().filter_map(|item| match item {
            Item::Owner(owner) => Some(owner.name.name.as_str()),
            _ => None,
        });
        let bare = |owner: &str| owner.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned();
        let mut owners: Vec<&str> = owners.take(MOST_OWNERS).collect();
        owners.sort_by_key(|owner| !bare(owner).eq_ignore_ascii_case(name));
        let proposals = owners.into_iter().map(|owner| Proposal {
            words: format!("it is made of what the owner has: write `{owner}` for `{name}` here"),
            edits: vec![Edit::Replace(span, owner.to_owned())],
        });
        let title = format!("`{name}` is used before its definition");
        Diagnostic::error(codes::TOO_EARLY, title)
            .at(span, "used in what it is made of")
            .help("write what it is made of: a value is not known in its own definition")
            .proposing(proposals)
    }

    /// The loss of the library that goes by another name elsewhere.
    fn loss_elsewhere(&self, name: &str, span: Span, real: bool) -> Vec<Proposal> {
        let Some((module, loss)) = library::loss_meant(name) else { return vec![] };
        let loss = if real && loss == SIGMOID_ERROR { SCORE_ERROR } else { loss };
        let there = Edit::Replace(span, loss.to_owned());
        let why = match library::is_absolute(name) {
            true => "the slope of an absolute error jumps, and no polynomial does: take the squared error"
                .to_owned(),
            false => format!("it is called `{loss}` here"),
        };
        if self.known.contains_key(loss) {
            let words = format!("{why}: write `{loss}` for `{name}`");
            return vec![Proposal { words, edits: vec![there] }];
        }
        let Some(file) = self.file else { return vec![] };
        let header = Span::new(file.name.span.end, file.name.span.end);
        let words = format!("{why}: {}, and write `{loss}` for `{name}`", using(module, loss));
        vec![Proposal { words, edits: vec![there, Edit::Replace(header, format!("\nuse {module}.{loss}"))] }]
    }

    /// The tensors of records with a name that is given without the record.
    fn fields(&self, name: &str) -> Option<String> {
        let names: Vec<String> = self
            .known
            .keys()
            .filter(|known| is_field(known, name))
            .map(|known| format!("`{known}`"))
            .collect();
        (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
    }

    /// A variable that leaves the server, of a record the record.
    pub(super) fn revealed(&mut self, name: &Ident, names: &[Ident]) {
        if let Some(function) = self.functions.get(name.name.as_str()).copied() {
            return self.scores_revealed(function, name, names);
        }
        let is_known = self.known.contains_key(name.name.as_str());
        let looks = !is_known && self.may_look(self.variables.len());
        let Some(variable) = self.variable_of_record(&name.name).filter(|_| looks) else {
            return self.value(&name.name, name.span);
        };
        let record = variable.split('.').next().unwrap_or(variable);
        if self.said.insert(format!("reveal {record}")) {
            let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` is not defined", name.name))
                .at(name.span, format!("this is `{variable}`"))
                .help(format!("a record is revealed as a whole: write `reveal {record}`"));
            self.errors.push(error);
        }
    }

    /// The variable of a record that is assigned without the record.
    pub(super) fn variable_of_record(&self, name: &str) -> Option<&'a str> {
        self.variables.iter().copied().find(|known| is_field(known, name))
    }
}

/// Whether a name is that of a tensor of a record.
fn is_field(known: &str, name: &str) -> bool {
    known.rsplit_once('.').is_some_and(|(_, field)| field == name)
}

/// What to do about a name that resembles nothing.
fn otherwise(name: &str, what: &str) -> Option<String> {
    match what {
        "a value" => Some(format!("define it above: a number, for instance, by `let {name} = NUMBER`")),
        "a function" => Some(format!(
            "a function of your own is written `let {name}(u) = FORMULA`; ⟨std⟩ lists those of the library"
        )),
        _ => None,
    }
}

/// The losses of the library that are the squared error of the sigmoid, and of the score itself.
pub(super) const SIGMOID_ERROR: &str = "mse";
pub(super) const SCORE_ERROR: &str = "squared";

/// What is said of the squared error of a sigmoid where numbers are to be predicted.
pub(super) fn of_numbers() -> String {
    let using = using("losses", SCORE_ERROR);
    format!(
        "the squared error of real targets is called `{SCORE_ERROR}` here: {using}, and write `{SCORE_ERROR}` for `{SIGMOID_ERROR}`"
    )
}

/// What brings a definition of the standard library into a program.
pub(super) fn using(module: &str, name: &str) -> String {
    format!("add `use {module}.{name}` below the first line")
}

/// A value of a training as a variable, which has a value behind it.
fn kept(trained: &[Statement], name: &str) -> Option<Proposal> {
    let first = match trained.first()? {
        Statement::Var(d) => d.span,
        Statement::Let(l) => l.span,
        Statement::For(f) => f.span,
        Statement::Assign(a) => a.span,
        Statement::Unsupported(u) => u.span,
    };
    let (word, value) = statements(trained).into_iter().find_map(|statement| match statement {
        Statement::Let(l) => match (l.names.as_slice(), l.values.as_slice()) {
            ([only], [value]) if only.name == name => {
                Some((Span::new(l.span.start, only.span.start), formula(value)))
            }
            _ => None,
        },
        _ => None,
    })?;
    let line = format!("var {name} : real = 0");
    let words = format!(
        "make it a variable: add `{line}` at the beginning of the block, and write `{name} = {value}` for `let {name} = {value}`"
    );
    let first = Edit::Replace(Span::new(first.start, first.start), format!("{line}\n  "));
    Some(Proposal { words, edits: vec![first, Edit::Replace(word, String::new())] })
}
