//! `grad(loss, Y, f, at = V)` and `curvature(loss)`.
//!
//! The gradient of Σ loss(Y, f(V)) by V is reverse mode from the score z = f(V) with the seed
//! δ = base(z) + Y ∘ label(z), the derivative of the loss as it will be evaluated.

use super::builtins::Call;
use super::elementwise::{OnTensors, Writer};
use super::formula::Formulas;
use super::types::show;
use super::warnings::has_least;
use super::{Eval, Locals, Reported, Resolver};
use crate::approx::{self, ApproxError, Approximation, Deviation, Polynomial, USUAL_RANGE};
use crate::autodiff::labels::Branches;
use crate::autodiff::normal::NormalForm;
use crate::autodiff::reverse;
use crate::autodiff::scalar::derivative;
use crate::diagnostics::{Diagnostic, Proposal, codes};
use crate::syntax::ast::{Expr, ExprKind, Function};
use crate::syntax::labels;
use crate::syntax::print::expression;
use hep_plan::host::{Binary, HostOp};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Op, Place, RangeCheck, Values};
use hep_tensor::scalar;
use hep_tensor::source::Span;
use hep_tensor::substitution::{FitError, LabelUse, Substitution};
use std::collections::BTreeMap;

/// What is minimized: the first loss that is differentiated, and its labels.
#[derive(Clone, Debug)]
pub(super) struct Objective {
    /// The loss as a formula.
    pub loss: scalar::Expr,
    /// What the labels are.
    pub values: Values,
    /// Number of dimensions of scores and labels.
    pub rank: usize,
}

/// What several gradients of one function share: equal calls are evaluated and differentiated once.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Scores by function and arguments.
    scores: BTreeMap<(String, Vec<NodeId>), NodeId>,
    /// The arguments of scores.
    arguments: BTreeMap<NodeId, Vec<NodeId>>,
    /// Derivatives of a loss, by loss, labels and scores.
    seeds: BTreeMap<(String, NodeId, NodeId), NodeId>,
    /// Gradients, by scores, seed and variable.
    gradients: BTreeMap<(NodeId, NodeId, NodeId), NodeId>,
}

/// A loss and its derivative.
pub(super) struct Derivative {
    pub name: String,
    pub loss: scalar::Expr,
    /// The loss with surrogates for functions with a kink.
    pub smooth: scalar::Expr,
    /// Derivatives of the smooth loss.
    pub branches: Branches,
}

impl<'a> Resolver<'a> {
    /// The bound on the second derivative of what will be evaluated.
    pub(super) fn curvature(&mut self, loss: &Expr, expr: &Expr) -> Eval<NodeId> {
        let ExprKind::Name(name) = &loss.kind else { return Err(Reported) };
        let name = self.loss_for(name);
        let derivative = self.derivative(name, expr.span, &[])?;
        let bound = if self.exact {
            let domain = self.approximations.line(name).and_then(|(line, _)| line.rule.domain());
            let (lo, hi) = domain.unwrap_or(USUAL_RANGE);
            // Where the true slope has no bound, at a kink, steps are those of what is declared in its place.
            let exact = approx::exact_curvature(&derivative.branches, lo, hi);
            match exact {
                Err(ApproxError::NoCurvature { .. }) => {
                    approx::curvature(&self.approximated(&derivative)?, None)
                }
                found => found,
            }
        } else {
            approx::curvature(&self.approximated(&derivative)?, None)
        };
        match bound {
            Ok(bound) => Ok(self.b.constant(bound, expr.span)),
            Err(error) => Err(self.approx_error(&error, expr.span)),
        }
    }

    /// The gradient by the variable given as `at`.
    pub(super) fn grad(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        // `names` has said that it is written otherwise, or that something in it is no value.
        let is_inside = |known: &Diagnostic| known.span().is_some_and(|at| expr.span.contains(at));
        if self.messages.iter().any(|known| known.code == codes::BAD_CALL && is_inside(known)) {
            return Err(Reported);
        }
        let ([loss, labels, f, given @ ..], Some(at)) = (call.positional.as_slice(), call.option("at"))
        else {
            return Err(Reported);
        };
        let (ExprKind::Name(loss_name), ExprKind::Name(f_name)) = (&loss.kind, &f.kind) else {
            return Err(Reported);
        };
        let loss_name = self.loss_for(loss_name);
        let y = self.eval(labels, locals);
        let variable = self.eval(at, locals)?;
        if self.b.as_constant(variable).is_some() {
            let error = Diagnostic::error(codes::BAD_CALL, "the gradient by a constant");
            return Err(self.report(error.at(at.span, "not a variable").help("differentiate by a `var`")));
        }
        let Some(&function) = self.functions.get(f_name.as_str()) else { return Err(Reported) };
        let z = self.scores(function, given, (variable, at), expr, locals)?;
        let y = y?;
        self.check_labels((y, labels), (z, f))?;
        let key = (loss_name.to_owned(), y, z);
        let seed = match self.shared.seeds.get(&key) {
            Some(&known) => known,
            None => {
                let seed = self.delta(loss_name, (z, f), (y, labels), expr)?;
                if let Some(loss) = self.losses.get(loss_name)
                    && let Ok(formula) = Formulas::loss(self, loss)
                {
                    self.warn_two_sigmoids(function, (loss_name, &formula));
                }
                self.shared.seeds.insert(key, seed);
                seed
            }
        };
        let position = given.iter().position(|argument| expression(argument) == expression(at));
        let leaf = position.and_then(|position| self.shared.arguments.get(&z)?.get(position).copied());
        self.gradient_by(leaf.unwrap_or(variable), (z, seed), expr)
    }

    /// The derivative of the loss by the score, as it will be evaluated.
    fn delta(
        &mut self,
        loss_name: &str,
        (z, f): (NodeId, &Expr),
        (y, labels): (NodeId, &Expr),
        expr: &Expr,
    ) -> Eval<NodeId> {
        // Of real targets the ends of their range, or what they mostly are.
        let watched = match (self.b.ty(y).values, self.b.ty(y).range) {
            (Values::Real, Some((lo, hi))) => vec![lo, hi],
            (Values::Real, None) => vec![1.0],
            _ => vec![0.0, 1.0],
        };
        let mut derivative = self.derivative(loss_name, expr.span, &watched)?;
        if self.b.ty(y).values == Values::Real {
            derivative.branches = self.affine(&derivative, loss_name, (y, labels), expr)?;
            let range = self.b.ty(y).range;
            self.warn_no_shares((loss_name, &derivative.loss), range, (labels, expr));
        }
        let seed = if self.exact {
            let everywhere = (f64::NEG_INFINITY, f64::INFINITY);
            self.record_check((everywhere, Some([Deviation::default(); 2])), loss_name, z, expr.span);
            self.exact_seed(&derivative, z, y, expr)?
        } else {
            let approximation = self.approximated(&derivative)?;
            self.warn_wrong_way(loss_name, &derivative.branches, &approximation, expr.span);
            self.warn_useless_gradient(loss_name, &derivative.branches, &approximation, expr.span);
            self.record_substitution(Substitution {
                function: format!("grad {loss_name}"),
                polynomials: approximation.branches().iter().map(|p| p.coefficients().to_vec()).collect(),
                domain: approximation.domain,
                errors: approximation.errors.iter().flatten().map(|error| (*error).into()).collect(),
                label: Some(LabelUse {
                    additive: approximation.additive_label,
                    mirrored: approximation.mirrored,
                }),
            });
            if let Some(domain) = approximation.domain {
                self.record_check((domain, approximation.errors), loss_name, z, expr.span);
            }
            self.seed(&approximation, &derivative.branches, (z, f), (y, labels), expr)?
        };
        self.objective.get_or_insert(Objective {
            loss: derivative.loss,
            values: self.b.ty(y).values,
            rank: self.b.dims(z).len(),
        });
        Ok(seed)
    }

    /// What a function gives for its arguments: the variable, if no others are written.
    fn scores(
        &mut self,
        function: &'a Function,
        given: &[&Expr],
        (variable, at): (NodeId, &Expr),
        expr: &Expr,
        locals: &Locals,
    ) -> Eval<NodeId> {
        let mut arguments = vec![];
        for argument in given {
            arguments.push((self.eval(argument, locals)?, argument.span));
        }
        let names: Vec<String> = given.iter().map(|argument| expression(argument)).collect();
        if given.is_empty() {
            return self.inline(function, &[(variable, at.span)], &expression(at), expr.span);
        }
        let key = (function.name.name.clone(), arguments.iter().map(|(node, _)| *node).collect());
        if let Some(&known) = self.shared.scores.get(&key) {
            return Ok(known);
        }
        self.separate(&mut arguments, &names, expr)?;
        let z = self.inline(function, &arguments, &names.join(", "), expr.span)?;
        self.shared.arguments.insert(z, arguments.iter().map(|(node, _)| *node).collect());
        self.shared.scores.insert(key, z);
        Ok(z)
    }

    /// Two variables that hold the same value are two variables: each has a node of its own, and a derivative of its own.
    fn separate(&mut self, arguments: &mut [(NodeId, Span)], names: &[String], expr: &Expr) -> Eval<()> {
        for position in 1..arguments.len() {
            let (node, _) = arguments[position];
            let same = |at: usize| arguments[at].0 == node && names[at] != names[position];
            if (0..position).any(same) {
                let dims = self.b.dims(node).to_vec();
                let order = (0..dims.len()).collect();
                let copy = self.b.host(HostOp::Permute(order), vec![node], dims, expr.span);
                arguments[position].0 = copy.map_err(|error| self.build_error(&error, expr, &[]))?;
            }
        }
        Ok(())
    }

    /// The derivative of Σ seed ∘ z by a variable. By all arguments of the function at once: another gradient of the same
    /// scores costs nothing more.
    fn gradient_by(&mut self, variable: NodeId, (z, seed): (NodeId, NodeId), expr: &Expr) -> Eval<NodeId> {
        if let Some(&known) = self.shared.gradients.get(&(z, seed, variable)) {
            return Ok(known);
        }
        let mut by = self.shared.arguments.get(&z).cloned().unwrap_or_default();
        by.retain(|&node| self.b.as_constant(node).is_none());
        if !by.contains(&variable) {
            by.push(variable);
        }
        self.b.any_function = self.exact;
        let gradients = reverse::gradients(&mut self.b, z, seed, &by, expr.span);
        self.b.any_function = false;
        let gradients = gradients.map_err(|error| self.reverse_error(&error, expr))?;
        self.shared
            .gradients
            .extend(by.iter().zip(gradients).map(|(&node, gradient)| ((z, seed, node), gradient)));
        self.shared.gradients.get(&(z, seed, variable)).copied().ok_or(Reported)
    }

    /// Labels and scores need the same dimensions, and labels are encrypted where scores are.
    fn check_labels(&mut self, (y, written): (NodeId, &Expr), (z, f): (NodeId, &Expr)) -> Eval<()> {
        let (have, want) = (self.b.ty(y).clone(), self.b.ty(z).clone());
        if let Values::Class { .. } = have.values {
            let error = Diagnostic::error(codes::BAD_LABEL, format!("{} are class numbers", self.subject(y, written)))
                .at(written.span, "class numbers")
                .note("a loss compares scores with labels 0 and 1")
                .help("encrypt `secret Y : onehot[n, c] = one_hot(...)`, or `secret Y : bit[n] = ...` for two classes")
                .proposing(self.as_classes(written));
            return Err(self.report(error));
        }
        let same = have.dims.len() == want.dims.len() && have.dims.iter().all(|dim| want.dims.contains(dim));
        if !same {
            let error = Diagnostic::error(codes::BAD_LABEL, "labels and scores have different dimensions")
                .at(written.span, format!("labels are {}", show(&have.dims)))
                .and(f.span, format!("scores are {}", show(&want.dims)))
                .help(format!("the function has to give a score for each label: {}", show(&have.dims)))
                .proposing(self.columns())
                .proposing(self.contracted(f))
                .proposing(self.all_contracted())
                .proposing(have.dims.get(1).and_then(|dim| labels::score_each(self.file, &dim.name)))
                .proposing(self.as_classes(written));
            return Err(self.report(error));
        }
        if have.place == Place::Owner && want.place == Place::Secret {
            let subject = self.subject(y, written);
            let error = Diagnostic::error(
                codes::OWNER_MEETS_SECRET,
                format!("{subject} is the owner's, but the scores are secret"),
            )
            .at(written.span, "in the clear with its owner, not encrypted")
            .and(f.span, "ciphertexts at the server")
            .help(format!(
                "encrypt the labels: `secret NAME : ... = {}`, and use NAME here",
                expression(written)
            ))
            .proposing(self.encrypting(y, written));
            return Err(self.report(error));
        }
        Ok(())
    }

    /// With real labels δ must be affine in the label for every value of it, not for 0 and 1 only. Its values for 0 and 1, of
    /// which that for 0 may follow from others: a loss with the logarithm of its label has none there.
    fn affine(
        &mut self,
        found: &Derivative,
        loss: &str,
        (y, written): (NodeId, &Expr),
        call: &Expr,
    ) -> Eval<Branches> {
        let at = |label: i64| {
            let fixed = found.smooth.substitute(&scalar::Expr::integer(label), &scalar::Expr::z());
            derivative(&fixed).ok()
        };
        let on_line = |Branches { g0, g1 }: &Branches, further: [i64; 3]| {
            // g(k) = g0 + k (g1 - g0)
            further.into_iter().all(|k| {
                let line = g0.clone() + scalar::Expr::integer(k) * (g1.clone() - g0.clone());
                let difference = at(k).and_then(|g| NormalForm::of(&(g - line)));
                difference.and_then(|d| d.as_constant()).is_some_and(|d| d.is_zero())
            })
        };
        if on_line(&found.branches, [2, 3, -1]) {
            return Ok(found.branches.clone());
        }
        let positive = at(1).zip(at(2)).map(|(g1, g2)| {
            let g0 = scalar::Expr::integer(2) * g1.clone() - g2;
            Branches { g0, g1 }
        });
        if let Some(branches) = positive.filter(|branches| on_line(branches, [3, 4, 5])) {
            return Ok(branches);
        }
        let subject = self.subject(y, written);
        let numbers = match &call.kind {
            ExprKind::Call { args, .. } => {
                args.first().map(|loss| labels::of_numbers(self.file, &loss.value))
            }
            _ => None,
        };
        let error = Diagnostic::error(
            codes::BAD_LABEL,
            format!("`{loss}` needs labels 0 and 1, but {subject} are real numbers"),
        )
        .at(written.span, "real numbers")
        .note("for labels 0 and 1 the slope of every loss is affine in the label; for real ones that of this loss is not")
        .help(
            "use a loss such as `(z - y) ** 2`, or write the gradient out, as in `X.T @ slope(X @ w - Y)`, with the slope \
             of the loss as a function of the program that has an `approx` line",
        );
        // A loss with a smallest value at every label is one of numbers: it is meant as it is written.
        let of_numbers = [0.0, 1.0].iter().all(|label| has_least(|z| found.loss.eval(*label, z)));
        let mut proposals = self.as_classes(written);
        if of_numbers {
            // Class numbers are labels all the same; they take one declaration.
            proposals.retain(|proposal| proposal.edits.len() == 1);
        } else {
            proposals.extend(numbers);
        }
        Err(self.report(error.proposing(proposals)))
    }

    /// Declarations with which the labels of a gradient are those of classes.
    pub(super) fn as_classes(&self, written: &Expr) -> Vec<Proposal> {
        let ExprKind::Name(name) = &written.kind else { return vec![] };
        let secret = labels::encrypted(self.file, name);
        let encrypting = || labels::encrypting(self.file, name, written.span);
        secret.map_or_else(encrypting, |secret| labels::of_classes(self.file, secret, None))
    }

    /// δ = base(z) + Y ∘ label(z)
    fn seed(
        &mut self,
        approximation: &Approximation,
        branches: &Branches,
        (z, f): (NodeId, &Expr),
        (y, labels): (NodeId, &Expr),
        expr: &Expr,
    ) -> Eval<NodeId> {
        let Approximation { base, label, .. } = approximation;
        let value = self.evaluated(base, z, expr)?;
        self.name_sigmoid(branches, z, value);
        let operands = [(y, labels), (z, f)];
        let delta = match label.as_constant() {
            Some(0.0) => return Ok(value),
            Some(1.0) => self.b.binary(Binary::Add, value, y, expr.span),
            Some(-1.0) => self.b.binary(Binary::Sub, value, y, expr.span),
            _ => {
                let factor = match label.as_constant() {
                    Some(k) => self.b.constant(k, expr.span),
                    None => self.evaluated(label, z, expr)?,
                };
                let product = self.b.binary(Binary::Mul, factor, y, expr.span);
                let product = self.built(product, expr, &operands)?;
                self.b.binary(Binary::Add, value, product, expr.span)
            }
        };
        self.built(delta, expr, &operands)
    }

    /// A polynomial of the score; a constant one is a tensor of the score's dimensions, to keep these.
    fn evaluated(&mut self, polynomial: &Polynomial, z: NodeId, expr: &Expr) -> Eval<NodeId> {
        if let Some(constant) = polynomial.as_constant() {
            let dims = self.b.dims(z).to_vec();
            self.spend(dims.iter().map(|d| d.size).product(), expr.span)?;
            return Ok(self.b.filled(constant, dims, expr.span));
        }
        let result = self.b.polynomial(polynomial.coefficients().to_vec(), z, expr.span);
        self.built(result, expr, &[])
    }

    /// The true derivative of the loss, g0(z) + Y ∘ (g1(z) - g0(z)).
    fn exact_seed(&mut self, found: &Derivative, z: NodeId, y: NodeId, expr: &Expr) -> Eval<NodeId> {
        let exact = |form: Option<NormalForm>, formula: &scalar::Expr| match form {
            Some(form) => form.to_expr(),
            None => formula.clone(),
        };
        let Branches { g0, g1 } = &found.branches;
        let [n0, _] = found.branches.normal();
        let base = exact(n0, g0);
        let label = exact(found.branches.normal_difference(), &(g1.clone() - g0.clone()));
        self.b.any_function = true;
        let mut writer = Writer::new(OnTensors { b: &mut self.b, span: expr.span }, y, z);
        let mut value = z;
        let delta = writer.shaped(&base).and_then(|node| {
            value = node;
            writer.shaped(&(scalar::Expr::y() * label + base))
        });
        self.b.any_function = false;
        let delta = self.built(delta, expr, &[])?;
        self.name_sigmoid(&found.branches, z, value);
        Ok(delta)
    }

    /// Names the value of g0 where that is the sigmoid of the score.
    fn name_sigmoid(&mut self, branches: &Branches, z: NodeId, value: NodeId) {
        if is_sigmoid(&branches.g0) {
            let score = self.b.graph.node(z).name.clone().unwrap_or_else(|| "z".to_owned());
            self.b.set_name(value, format!("sigmoid({score})"));
        }
    }

    fn record_check(
        &mut self,
        (domain, errors): ((f64, f64), Option<[Deviation; 2]>),
        loss: &str,
        score: NodeId,
        use_span: Span,
    ) {
        if matches!(self.b.graph.node(score).op, Op::Host(HostOp::Constant(_))) {
            return;
        }
        let line = self.approximations.line(loss).map(|(line, function)| (line.span, function));
        let (domain_span, function) = line.unwrap_or_else(|| (use_span, format!("grad {loss}")));
        let largest = |of: fn(&Deviation) -> f64| errors.map(|[e0, e1]| of(&e0).max(of(&e1)));
        let (max_error, error_share) = (largest(|error| error.max), largest(Deviation::share));
        self.checks.push(RangeCheck {
            score,
            domain,
            function,
            max_error,
            error_share,
            domain_span,
            use_span,
        });
    }

    /// Keeps what stands for a function, once for all its uses.
    pub(super) fn record_substitution(&mut self, found: Substitution) {
        if !self.substitutions.contains(&found) {
            self.substitutions.push(found);
        }
    }
}

impl From<Deviation> for FitError {
    fn from(Deviation { max, at, rms, .. }: Deviation) -> FitError {
        FitError { max, at, rms }
    }
}

fn is_sigmoid(branch: &scalar::Expr) -> bool {
    let affine = NormalForm::of(branch).and_then(|form| form.as_affine_in_sigmoid());
    affine.is_some_and(|(a, b)| a.is_zero() && b.is_one())
}
