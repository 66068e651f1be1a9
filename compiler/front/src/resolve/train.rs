//! The `train` block: loop variables, one loop, and what is left of it afterwards.

use super::batches::{Batches, rows_of};
use super::eval::{formula, place_name};
use super::secrecy::secret_names;
use super::types::Declared;
use super::{Eval, Locals, Reported, Resolver};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{
    Assign, BinaryOp, Declaration, Expr, ExprKind, For, Ident, Let, Over, Statement, Train,
};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Carried, Loop, Op, Place, Type, Values};

/// A loop variable while the block is resolved.
struct Variable<'a> {
    name: &'a Ident,
    declared: Declared,
    /// Value before the loop.
    init: NodeId,
    secret: bool,
}

impl<'a> Resolver<'a> {
    /// Resolves the block; afterwards the names of its variables mean their last values.
    pub(super) fn train_block(&mut self, train: &'a Train) {
        let secret = secret_names(self.file);
        let mut variables: Vec<Variable<'a>> = vec![];
        let mut looped: Option<&For> = None;
        let mut inner: Vec<&str> = vec![];
        for statement in &train.body {
            match statement {
                Statement::Var(d) => match self.variable(d, secret.contains(d.name.name.as_str())) {
                    Ok(variable) => {
                        self.define(&d.name.name, Ok(variable.init));
                        variables.push(variable);
                    }
                    Err(reported) => self.define(&d.name.name, Err(reported)),
                },
                Statement::Let(l) => {
                    inner.extend(l.names.iter().map(|name| name.name.as_str()));
                    self.let_values(l);
                }
                Statement::For(f) => {
                    looped = Some(f);
                    if let Err(Reported) = self.training_loop(f, &variables) {
                        self.train = None;
                    }
                    self.finish_variables(&variables);
                }
                // A name that is nowhere declared has been reported.
                Statement::Assign(a) if !a.targets.iter().all(|t| self.values.contains_key(&t.name)) => {}
                Statement::Assign(a) => {
                    let place = if looped.is_some() { "after" } else { "before" };
                    let error =
                        Diagnostic::error(codes::BAD_ASSIGNMENT, format!("assignment {place} the loop"))
                            .at(a.span, "outside of `for`")
                            .help("move it into the loop, or give the `var` its value where it is declared");
                    self.report(error);
                }
                Statement::Unsupported(_) => {}
            }
        }
        if looped.is_none() {
            let error = Diagnostic::error(codes::STRUCTURE, "the `train` block has no loop")
                .at(train.span, "no `for` inside")
                .help("add `for t in 1 .. T { ... }`");
            self.report(error);
        }
        for name in inner {
            self.values.remove(name);
        }
    }

    fn variable(&mut self, d: &'a Declaration, secret: bool) -> Eval<Variable<'a>> {
        let declared = self.declared(&d.ty);
        let Some(value) = &d.value else { return Err(Reported) };
        let init = self.first_value(value, &declared);
        let (declared, init) = (declared?, init?);
        if declared.values != Values::Real {
            let error = Diagnostic::error(codes::BAD_TYPE, "variables are real numbers");
            return Err(self.report(error.at(d.ty.kind.span, "expected `real`")));
        }
        let place = self.b.ty(init).place;
        let mut init = self.conform(init, &declared, value)?;
        if place == Place::Owner {
            // The loop runs at the server: first values that the owner computes are encrypted and sent.
            let encrypted = self.b.encrypt(&d.name.name, init, d.name.span);
            init = self.built(encrypted, value, &[(init, value)])?;
        }
        Ok(Variable { name: &d.name, declared, init, secret: secret || place != Place::Public })
    }

    fn training_loop(&mut self, f: &'a For, variables: &[Variable<'a>]) -> Eval<()> {
        let params = self.loop_variables(variables);
        let batched = batched(f);
        let batches = batched.map(|inner| self.batches(inner)).transpose();
        let epochs = match &f.over {
            Over::Range(_) => self.iterations(f),
            Over::Expr(_) => Ok(1),
        };
        let batches = batches?;
        let per_epoch = batches.as_ref().map_or(1, Batches::count);
        let iteration = self.b.iteration(f.index.span);
        let mut inner: Vec<&str> = vec![];
        if let Over::Range(_) = &f.over {
            // Without a number of iterations the body is checked all the same.
            let last = *epochs.as_ref().unwrap_or(&1);
            let index = self.epoch(last, per_epoch, iteration, f.index.span)?;
            self.b.set_name(index, &f.index.name);
            self.define(&f.index.name, Ok(index));
            self.index = Some((index, last));
            inner.push(&f.index.name);
        }
        match batched.zip(batches) {
            None => self.body(&f.body, variables, &mut inner),
            Some((looped, batches)) => {
                if !std::ptr::eq(looped, f) {
                    self.around(&f.body, &mut inner);
                }
                self.enter(batches);
                self.body(&looped.body, variables, &mut inner);
                self.leave();
            }
        }
        let carried = self.next_values(variables, params);
        for name in inner {
            self.values.remove(name);
        }
        let iterations = (epochs? as usize).checked_mul(per_epoch).and_then(|all| u32::try_from(all).ok());
        let Some(iterations) = iterations else {
            let error = Diagnostic::error(codes::TOO_LARGE, "the loop has too many iterations");
            return Err(self.report(error.at(f.span, format!("{per_epoch} batches in every epoch"))));
        };
        self.train = Some(Loop { iterations, carried: carried? });
        Ok(())
    }

    /// From here on the variables are those at the start of an iteration.
    fn loop_variables(&mut self, variables: &[Variable<'a>]) -> Vec<NodeId> {
        let mut params = vec![];
        for (i, variable) in variables.iter().enumerate() {
            let param = self.b.carried(i, variable.ty(), variable.name.span);
            self.b.set_name(param, &variable.name.name);
            self.values.insert(variable.name.name.clone(), Ok(param));
            params.push(param);
        }
        params
    }

    /// The variables with their values after an iteration.
    fn next_values(&self, variables: &[Variable<'a>], params: Vec<NodeId>) -> Eval<Vec<Carried>> {
        let next = |(variable, param): (&Variable<'a>, NodeId)| {
            let name = variable.name.name.clone();
            let next = (*self.values.get(&name).ok_or(Reported)?)?;
            Ok(Carried { name, init: variable.init, param, next })
        };
        variables.iter().zip(params).map(next).collect()
    }

    /// Statements of one iteration; `inner` collects the names that end with it.
    fn body(&mut self, body: &'a [Statement], variables: &[Variable<'a>], inner: &mut Vec<&'a str>) {
        for statement in body {
            match statement {
                Statement::Let(l) => {
                    inner.extend(l.names.iter().map(|name| name.name.as_str()));
                    self.let_values(l);
                }
                Statement::Assign(a) => {
                    self.warn_ascent(a);
                    self.assign(a, variables);
                }
                Statement::Var(d) => self.var_in_loop(d),
                Statement::For(_) | Statement::Unsupported(_) => {}
            }
        }
    }

    /// Statements beside the loop over mini-batches: values that are the same for all batches of an epoch.
    fn around(&mut self, body: &'a [Statement], inner: &mut Vec<&'a str>) {
        let mut passed = false;
        for statement in body {
            match statement {
                Statement::Let(l) if !passed => {
                    inner.extend(l.names.iter().map(|name| name.name.as_str()));
                    self.let_values(l);
                    self.check_epoch_value(l);
                }
                Statement::Let(Let { span, .. }) | Statement::Assign(Assign { span, .. }) => {
                    let title = "a statement beside the loop over mini-batches";
                    let error = Diagnostic::error(codes::BATCHES, title)
                        .at(*span, "once per epoch")
                        .help("move it into the loop over mini-batches");
                    self.report(error);
                }
                Statement::Var(d) => self.var_in_loop(d),
                Statement::For(_) => passed = true,
                Statement::Unsupported(_) => {}
            }
        }
    }

    /// A variable changes with every batch, so that a value of the epoch cannot be computed from it.
    fn check_epoch_value(&mut self, l: &Let) {
        for name in &l.names {
            let Some(&Ok(node)) = self.values.get(&name.name) else { continue };
            let below = self.b.graph.reachable([node]);
            let variable = self
                .b
                .graph
                .ids()
                .find(|id| below[id.index()] && matches!(self.b.graph.node(*id).op, Op::Carried(_)));
            let Some(variable) = variable.and_then(|id| self.b.graph.node(id).name.clone()) else { continue };
            let title =
                format!("`{}` is a value of the epoch, and `{variable}` changes with every batch", name.name);
            let error = Diagnostic::error(codes::BATCHES, title)
                .at(l.span, "outside of the loop over mini-batches")
                .help("move it into that loop");
            let reported = self.report(error);
            self.values.insert(name.name.clone(), Err(reported));
        }
    }

    fn var_in_loop(&mut self, d: &Declaration) {
        let error = Diagnostic::error(codes::STRUCTURE, format!("`var {}` inside the loop", d.name.name))
            .at(d.name.span, "declared again in every iteration")
            .help("declare it before the loop, or use `let`");
        self.report(error);
    }

    /// `1 .. T` with a public `T`.
    fn iterations(&mut self, f: &For) -> Eval<u32> {
        let Over::Range(range) = &f.over else { return Err(Reported) };
        let none = Locals::new();
        for end in [&range.low, &range.high] {
            let node = self.eval(end, &none)?;
            let place = self.b.ty(node).place;
            if place != Place::Public || self.b.as_number(node).is_none() {
                let subject = self.subject(node, end);
                let why = if place == Place::Public { "not one number" } else { place_name(place) };
                let error = Diagnostic::error(
                    codes::SECRET_BOUND,
                    format!("the loop runs to {subject}, which is {why}"),
                )
                .at(end.span, format!("this is {why}"))
                .note("the schedule is made for a number of iterations that is known when compiling")
                .help("use a dim: `dim T = 2` and `for t in 1 .. T`");
                return Err(self.report(error));
            }
        }
        let (low, high) = (self.number(&range.low)?, self.number(&range.high)?);
        if low != 1.0 {
            let error =
                Diagnostic::error(codes::UNSUPPORTED, "loops that do not start at 1: not yet supported")
                    .at(range.low.span, format!("starts at {low}"))
                    .help(counted_from_one(&f.index.name, low, &range.high))
                    .proposing((low == 0.0).then(|| Proposal {
                        words: counted_from_one(&f.index.name, low, &range.high),
                        edits: vec![
                            Edit::Replace(range.low.span, "1".to_owned()),
                            Edit::Replace(range.high.span, counted_to(&range.high)),
                        ],
                    }));
            return Err(self.report(error));
        }
        if high.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&high) {
            return Ok(high as u32);
        }
        let error = Diagnostic::error(codes::BAD_RANGE, "the loop has no iterations");
        Err(self.report(error.at(range.span, format!("runs from 1 to {high}"))))
    }

    /// All values are computed before any variable changes.
    fn assign(&mut self, a: &'a Assign, variables: &[Variable<'a>]) {
        let values = self.values_for(a.targets.len(), &a.values, a.span);
        let mut results = vec![];
        for (i, (target, result)) in a.targets.iter().zip(values).enumerate() {
            if let Some(first) = a.targets.iter().take(i).find(|t| t.name == target.name) {
                let error =
                    Diagnostic::error(codes::BAD_ASSIGNMENT, format!("`{}` is assigned twice", target.name));
                self.report(error.at(target.span, "second").and(first.span, "first"));
                continue;
            }
            let Some(variable) = variables.iter().find(|v| v.name.name == target.name) else {
                // A variable whose declaration has an error is known all the same.
                if !matches!(self.values.get(&target.name), Some(Err(Reported))) {
                    let near = suggest::nearest(&target.name, variables.iter().map(|v| v.name.name.as_str()));
                    let known = self.values.contains_key(&target.name);
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    if known {
                        let error = Diagnostic::error(
                            codes::BAD_ASSIGNMENT,
                            format!("`{}` is no `var`", target.name),
                        )
                        .at(target.span, "cannot be assigned")
                        .maybe_help(help.or_else(|| Some("declare it with `var` in `train`".to_owned())));
                        self.report(error);
                    }
                }
                continue;
            };
            let Some(value) = a.values.get(i).or(a.values.last()) else { continue };
            let result = result.and_then(|node| self.next_value(variable, node, value));
            results.push((target.name.clone(), result));
        }
        for (name, result) in results {
            if let Ok(node) = result {
                self.name(node, &name);
            }
            self.values.insert(name, result);
        }
    }

    fn next_value(&mut self, variable: &Variable<'_>, node: NodeId, value: &Expr) -> Eval<NodeId> {
        if self.b.ty(node).place == Place::Owner {
            let subject = self.subject(node, value);
            let error = Diagnostic::error(
                codes::OWNER_MEETS_SECRET,
                format!("`{}` is assigned {subject}, which is the owner's", variable.name.name),
            )
            .at(value.span, "in the clear with its owner, not encrypted")
            .help("encrypt it with a `secret` item outside of `train`")
            .proposing(self.reading_as_others(value));
            return Err(self.report(error));
        }
        self.conform(node, &variable.declared, value)
    }

    /// From here on a variable means its value after the loop.
    fn finish_variables(&mut self, variables: &[Variable<'a>]) {
        for (i, variable) in variables.iter().enumerate() {
            let node = self.b.final_value(i, variable.ty(), variable.name.span);
            self.b.set_name(node, &variable.name.name);
            self.finals.push(node);
            let value = match self.values.get(&variable.name.name) {
                Some(Err(Reported)) => Err(Reported),
                _ => Ok(node),
            };
            self.values.insert(variable.name.name.clone(), value);
        }
    }
}

/// The loop over mini-batches that this one is, or holds.
fn batched(f: &For) -> Option<&For> {
    let inner = f.body.iter().filter_map(|statement| match statement {
        Statement::For(inner) => Some(inner),
        _ => None,
    });
    std::iter::once(f).chain(inner).find(|f| rows_of(f).is_some())
}

/// The loop that starts at 1, and what its index is then; the end of one that starts at 0 is left out elsewhere.
fn counted_from_one(index: &str, low: f64, end: &Expr) -> String {
    let (shift, high) = (low - 1.0, formula(end));
    if low == 0.0 {
        let high = counted_to(end);
        format!("write `for {index} in 1 .. {high}`; what starts at 0 in it is `{index} - 1`")
    } else if low > 1.0 && low.fract() == 0.0 {
        format!(
            "write `for {index} in 1 .. {high} - {shift}`; what starts at {low} in it is `{index} + {shift}`"
        )
    } else {
        format!("write `for {index} in 1 .. {high}`, and compute with `{index}`")
    }
}

/// The number of iterations from 0 to an end: of `0 .. T - 1` there are `T`.
fn counted_to(end: &Expr) -> String {
    let is_one = |expr: &Expr| matches!(expr.kind, ExprKind::Number { value, .. } if value == 1.0);
    match &end.kind {
        ExprKind::Binary { op: BinaryOp::Sub, left, right } if is_one(right) => formula(left),
        _ => formula(end),
    }
}

impl Variable<'_> {
    fn ty(&self) -> Type {
        Type {
            dims: self.declared.dims.clone(),
            place: if self.secret { Place::Secret } else { Place::Public },
            values: Values::Real,
            range: self.declared.range,
        }
    }
}
