//! Built-in functions of values.

use super::approximations::Line;
use super::call::Argument;
use super::elementwise::{OnTensors, Writer};
use super::eval::formula;
use super::{Eval, Locals, Reported, Resolver};
use crate::approx::{Curve, Deviation, Rule};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, Ident};
use crate::syntax::foreign;
use crate::syntax::labels;
use crate::syntax::print::expression;
use hep_plan::host::{Binary, Reduction};
use hep_plan::tensor::Tensor;
use hep_tensor::build::BuildError;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Place, RangeCheck};
use hep_tensor::scalar::{self, Function as Scalar};
use hep_tensor::substitution::Substitution;

const FUNCTIONS: [&str; 27] = [
    "abs",
    "bias",
    "cholesky",
    "curvature",
    "exp",
    "grad",
    "identity",
    "inverse",
    "log",
    "max",
    "mean",
    "min",
    "nesterov",
    "normal",
    "one_hot",
    "ratio",
    "relu",
    "rms_rows",
    "row_sums",
    "sigmoid",
    "softplus",
    "sqrt",
    "sum",
    "tanh",
    "trace",
    "transpose",
    "variance",
];

/// Whether a built-in function has this name.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// Whether the name is known and its use an error that explains itself.
pub(super) fn is_refused(name: &str) -> bool {
    matches!(name, "softmax" | "log_softmax" | "rows")
}

/// Names of the built-in functions.
pub(super) fn names<'n>() -> impl Iterator<Item = &'n str> {
    FUNCTIONS.into_iter()
}

impl Resolver<'_> {
    /// A call of a built-in function.
    pub(super) fn builtin(&mut self, expr: &Expr, f: &Ident, args: &[Arg], locals: &Locals) -> Eval<NodeId> {
        // `names` has said so.
        if !is_function(&f.name) && !is_refused(&f.name) {
            return Err(super::Reported);
        }
        let options: &[&str] = match f.name.as_str() {
            "sum" | "mean" | "variance" => &["over"],
            "nesterov" => &["start"],
            "grad" => &["at"],
            "rows" => &["size"],
            "normal" => &["seed", "deviation"],
            _ => &[],
        };
        if let Some(error) = penalized(expr, f, args) {
            return Err(self.report(error));
        }
        if matches!(f.name.as_str(), "softmax" | "log_softmax") && args.iter().any(|arg| arg.name.is_some()) {
            // Without its axis it is refused as well.
            let error = self.softmax_of(expr, f, args);
            return Err(self.report(error));
        }
        let call = self.arguments(f, args, options, locals)?;
        if let Some(function) = Scalar::from_name(&f.name) {
            let of = call.one(self)?;
            return self.function(function, of, expr, locals);
        }
        match f.name.as_str() {
            "sum" => self.reduction(Reduction::Sum, &call, expr, locals),
            "mean" => self.reduction(Reduction::Mean, &call, expr, locals),
            "row_sums" => {
                let of = call.one(self)?;
                let node = self.eval(of, locals)?;
                // Without dimensions there is no axis 0: the builder says so.
                let axis = self.b.dims(node).len().saturating_sub(1);
                let result = self.b.reduce(Reduction::Sum, node, axis, expr.span);
                self.built(result, expr, &[(node, of)])
            }
            "transpose" => {
                let of = call.one(self)?;
                let node = self.eval(of, locals)?;
                let result = self.b.transpose(node, expr.span);
                self.built(result, expr, &[(node, of)])
            }
            "bias" => {
                let of = call.one(self)?;
                let node = self.eval(of, locals)?;
                let base = self.b.dims(node).last().cloned();
                let column = self.dims.successor(&base.unwrap_or(Dim { name: "0".into(), size: 0 }));
                let result = self.b.bias(node, column, expr.span);
                self.built(result, expr, &[(node, of)])
            }
            "one_hot" => {
                let of = call.one(self)?;
                self.one_hot(of, expr, locals)
            }
            "nesterov" => self.nesterov(&call, expr, locals),
            "normal" => self.normal(&call, expr, locals),
            "rms_rows" => {
                let of = call.one(self)?;
                self.rms_rows(of, expr, locals)
            }
            "curvature" => {
                let of = call.one(self)?;
                self.curvature(of, expr)
            }
            "ratio" => self.ratio(&call, expr, locals),
            "max" | "min" => self.extremum(f.name == "max", &call, expr, locals),
            "grad" => self.grad(&call, expr, locals),
            "identity" => self.identity(&call, expr, locals),
            "cholesky" | "inverse" => self.factor(&call, expr, locals),
            "trace" => self.trace(&call, expr, locals),
            "variance" => self.variance(&call, expr, locals),
            // `names` has said what to write in `predict`.
            "softmax" | "log_softmax" if self.messages.iter().any(|m| m.span() == Some(f.span)) => {
                Err(super::Reported)
            }
            "softmax" | "log_softmax" => {
                let error = self.softmax_of(expr, f, args);
                Err(self.report(error))
            }
            "rows" => {
                let error = Diagnostic::error(codes::BATCHES, "`rows` is no value");
                let help = "write `for batch in rows(X, Y, size = 64) { ... }` in `train`";
                Err(self.report(error.at(expr.span, "what a loop goes through").help(help)))
            }
            _ => Err(super::Reported),
        }
    }

    /// A function of each element; of a secret, its polynomial.
    fn function(&mut self, f: Scalar, of: &Expr, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let result = self.function_of(f, of, expr, locals)?;
        if f.name() == "sigmoid" {
            self.sigmoids.insert(result);
        }
        Ok(result)
    }

    fn function_of(&mut self, f: Scalar, of: &Expr, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let node = self.eval(of, locals)?;
        let line = self.approximations.functions.get(f.name()).cloned();
        if self.b.ty(node).place == Place::Secret {
            match line {
                None => {
                    let error = BuildError::NotPolynomial { operation: f.name(), operand: node };
                    return self.built(Err(error), expr, &[(node, of)]);
                }
                Some(line) if !self.exact => {
                    let formula = scalar::Expr::z().call(f);
                    return self.polynomial_of(f.name(), &formula, &line, node, expr);
                }
                Some(_) => self.b.any_function = true,
            }
        }
        let formula = scalar::Expr::z().call(f);
        let result = Writer::new(OnTensors { b: &mut self.b, span: expr.span }, node, node).shaped(&formula);
        self.b.any_function = false;
        self.built(result, expr, &[(node, of)])
    }

    /// A function of the program that has an `approx` line of its own, of a secret; nothing for any other.
    pub(super) fn own_polynomial(
        &mut self,
        function: &str,
        values: &[Argument],
        expr: &Expr,
    ) -> Option<Eval<NodeId>> {
        let &[(node, _)] = values else { return None };
        let line = self.approximations.functions.get(function)?.clone();
        let formula = line.own.clone().filter(|_| self.b.ty(node).place == Place::Secret)?;
        if !self.exact {
            return Some(self.polynomial_of(function, &formula, &line, node, expr));
        }
        self.b.any_function = true;
        let result = Writer::new(OnTensors { b: &mut self.b, span: expr.span }, node, node).shaped(&formula);
        self.b.any_function = false;
        Some(self.built(result, expr, &[]))
    }

    /// The polynomial of a function's `approx` line.
    fn polynomial_of(
        &mut self,
        function: &str,
        formula: &scalar::Expr,
        line: &Line,
        node: NodeId,
        expr: &Expr,
    ) -> Eval<NodeId> {
        let curve = Curve::new(formula);
        let polynomial = match &line.rule {
            Rule::Coefficients { polynomial, .. } => polynomial.clone(),
            Rule::Fit(fit) => match fit.polynomial(&curve) {
                Ok(polynomial) => polynomial,
                Err(error) => return Err(self.approx_error(&error, expr.span)),
            },
        };
        let domain = line.rule.domain();
        let error = domain.map(|(lo, hi)| Deviation::of(&curve, &polynomial, lo, hi));
        if let (Some(domain), Some(error)) = (domain, error) {
            self.warn_useless_function(function, &curve, domain, error, line.span);
        }
        self.record_substitution(Substitution {
            function: function.to_owned(),
            polynomials: vec![polynomial.coefficients().to_vec()],
            domain,
            errors: error.into_iter().map(Into::into).collect(),
            label: None,
        });
        if let Some(domain) = domain {
            self.checks.push(RangeCheck {
                score: node,
                domain,
                function: function.to_owned(),
                max_error: error.map(|error| error.max),
                error_share: error.map(|error| error.share()),
                domain_span: line.span,
                use_span: expr.span,
            });
        }
        let result = self.b.polynomial(polynomial.coefficients().to_vec(), node, expr.span);
        self.built(result, expr, &[])
    }

    /// The larger or the smaller of two values, element by element.
    fn extremum(&mut self, larger: bool, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        if let [of] = call.positional.as_slice() {
            return Err(self.no_extremum(larger, of, expr));
        }
        let [a, b] = call.positional.as_slice() else { return Err(call.wrong(self, "two arguments")) };
        let (x, y) = (self.eval(a, locals), self.eval(b, locals));
        let (x, y) = (x?, y?);
        let name = if larger { "max" } else { "min" };
        if let Some((operand, of)) =
            [(x, *a), (y, *b)].into_iter().find(|(x, _)| self.b.ty(*x).place == Place::Secret)
        {
            let error = BuildError::NotPolynomial { operation: name, operand };
            return self.built(Err(error), expr, &[(operand, of)]);
        }
        let (u, v) = (scalar::Expr::y(), scalar::Expr::z());
        let formula = if larger { u.max(v) } else { u.min(v) };
        let target = OnTensors { b: &mut self.b, span: expr.span };
        let result = Writer::new(target, x, y).shaped(&formula);
        self.built(result, expr, &[(x, a), (y, b)])
    }

    /// Reports the largest or the smallest element of a tensor, which nothing finds.
    fn no_extremum(&mut self, larger: bool, of: &Expr, expr: &Expr) -> Reported {
        let name = if larger { "max" } else { "min" };
        let scale = format!("sqrt(variance({}))", formula(of));
        let words = format!("scale by what is built in: write `{scale}` for `{}`", formula(expr));
        let proposal = Proposal { words, edits: vec![Edit::Replace(expr.span, scale)] };
        let error = Diagnostic::error(codes::BAD_CALL, format!("`{name}` takes two arguments"))
            .at(expr.span, "given 1")
            .note(format!("`{name}` compares two numbers, and nothing finds the {name}imum of a tensor"))
            .help("divide by a number that you know, or by what is built in: `sqrt(variance(A))`");
        let proposal = Some(proposal).filter(|_| larger);
        self.report(error.proposing(proposal))
    }

    /// `ratio(a, b)`: a / b, and 0 where b is 0.
    fn ratio(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let [a, b] = call.positional.as_slice() else { return Err(call.wrong(self, "two arguments")) };
        let (x, y) = (self.eval(a, locals), self.eval(b, locals));
        let (x, y) = (x?, y?);
        let result = self.b.binary(Binary::Ratio, x, y, expr.span);
        self.built(result, expr, &[(x, a), (y, b)])
    }

    fn one_hot(&mut self, of: &Expr, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let node = self.eval(of, locals)?;
        let Some(classes) = self.classes.get(&node).cloned() else {
            let secret = self.b.ty(node).place == Place::Secret;
            let (code, label) = if secret {
                (codes::NOT_ON_SECRET, "this is secret; the owner makes one-hot rows before encrypting")
            } else {
                (codes::BAD_TYPE, "not an input of type `class[...]`")
            };
            let error =
                Diagnostic::error(code, "`one_hot` needs class numbers in the clear").at(of.span, label);
            return Err(self.report(error.proposing(self.of_numbers(of, expr))));
        };
        let rows = self.b.dims(node).to_vec();
        self.check_size(rows.iter().chain([&classes]), expr.span)?;
        let result = self.b.one_hot(node, classes, expr.span);
        self.built(result, expr, &[(node, of)])
    }

    /// What is encrypted of numbers that are given to `one_hot`: the numbers, or labels of classes.
    fn of_numbers(&self, of: &Expr, expr: &Expr) -> Vec<Proposal> {
        let Some(secret) = labels::encrypted_from(self.file, expr) else { return vec![] };
        let text = formula(of);
        let numbers = Proposal {
            words: format!("numbers to be predicted are encrypted as they are: write `{text}`"),
            edits: vec![Edit::Replace(expr.span, text)],
        };
        let mut found = labels::of_classes(self.file, secret, None);
        let are_numbers = secret.ty.kind.name == "real";
        found.insert(if are_numbers { 0 } else { found.len() }, numbers);
        found
    }

    /// η_t = (1 − a_t) / a_{t+1} with a_{t+1} = (1 + √(1 + 4 a_t²)) / 2 and a_1 = start.
    fn nesterov(&mut self, call: &Call<'_>, expr: &Expr, locals: &Locals) -> Eval<NodeId> {
        let over = call.one(self)?;
        let dim = match &over.kind {
            ExprKind::Name(name) => self.dim(name, locals),
            _ => None,
        };
        let Some(dim) = dim else {
            // What is wrong with its size has been said.
            if self.is_declared(over) {
                return Err(Reported);
            }
            let error =
                Diagnostic::error(codes::BAD_CALL, "`nesterov` needs a dim: the number of iterations");
            return Err(
                self.report(error.at(over.span, "not a dim").help("write `nesterov(T)` with `dim T = ...`"))
            );
        };
        self.spend(dim.size, expr.span)?;
        let mut a = match call.option("start") {
            None => 1.0,
            Some(start) => {
                let node = self.eval(start, locals)?;
                match self.b.as_number(node) {
                    Some(value) if value > 0.0 => value,
                    _ => {
                        let error = Diagnostic::error(codes::BAD_CONSTANT, "`start` is a positive constant");
                        return Err(self.report(error.at(start.span, "not positive, or not a constant")));
                    }
                }
            }
        };
        let mut data = Vec::with_capacity(dim.size);
        for _ in 0..dim.size {
            let next = f64::midpoint(1.0, (1.0 + 4.0 * a * a).sqrt());
            data.push((1.0 - a) / next);
            a = next;
        }
        let values = Tensor { shape: vec![dim.size], data };
        let result = self.b.tensor(values, vec![dim], expr.span);
        self.built(result, expr, &[])
    }

    fn arguments<'e>(
        &mut self,
        f: &Ident,
        args: &'e [Arg],
        options: &[&str],
        locals: &Locals,
    ) -> Eval<Call<'e>> {
        let mut call = Call { function: f.clone(), positional: vec![], named: vec![] };
        for arg in args {
            let Some(name) = &arg.name else {
                call.positional.push(&arg.value);
                continue;
            };
            if let Some((_, first)) = call.named.iter().find(|(known, _)| *known == name.name) {
                // What is wrong with the form of a gradient has been said.
                if f.name == "grad" {
                    return Err(Reported);
                }
                let error = Diagnostic::error(
                    codes::BAD_CALL,
                    format!("`{}` is given `{}` twice", f.name, name.name),
                );
                let error = error.at(arg.value.span, "second").and(first.span, "first");
                return Err(self.report(error.help(given_twice(f, &call, (&name.name, &arg.value)))));
            }
            if !options.contains(&name.name.as_str()) {
                let error = Diagnostic::error(
                    codes::BAD_CALL,
                    format!("`{}` is not an argument of `{}`", name.name, f.name),
                );
                let known = options.iter().map(|o| format!("`{o} = ...`")).collect::<Vec<_>>().join(", ");
                let label = if options.is_empty() {
                    "it has no named arguments".into()
                } else {
                    format!("it has {known}")
                };
                let axis =
                    options.contains(&"over") && matches!(name.name.as_str(), "axis" | "dims" | "axes");
                let of = args.first().filter(|first| axis && first.name.is_none());
                let dim = of.and_then(|of| self.dimension(&of.value, &arg.value, locals));
                let help = crate::syntax::foreign::argument(&name.name).map(str::to_owned);
                let named = dim.map(|dim| Proposal {
                    words: format!("name the dimension: write `over = {dim}`"),
                    edits: vec![Edit::Replace(name.span.to(arg.value.span), format!("over = {dim}"))],
                });
                return Err(self.report(error.at(name.span, label).maybe_help(help).proposing(named)));
            }
            call.named.push((&name.name, &arg.value));
        }
        Ok(call)
    }
}

/// The message for a gradient that is given a penalty.
fn penalized(expr: &Expr, f: &Ident, args: &[Arg]) -> Option<Diagnostic> {
    let named = |arg: &Arg, wanted: &str| arg.name.as_ref().is_some_and(|name| name.name == wanted);
    let is_penalty = |arg: &&Arg| arg.name.as_ref().is_some_and(|name| foreign::is_penalty(&name.name));
    let penalty = args.iter().find(is_penalty).filter(|_| f.name == "grad")?;
    let at = args.iter().find(|arg| named(arg, "at"))?;
    let kept = args.iter().filter(|arg| !is_penalty(arg)).map(|arg| match &arg.name {
        Some(name) => format!("{} = {}", name.name, formula(&arg.value)),
        None => formula(&arg.value),
    });
    let gradient = format!("grad({})", kept.collect::<Vec<_>>().join(", "));
    let text = format!("({gradient} + {} * {})", expression(&penalty.value), formula(&at.value));
    let name = penalty.name.as_ref()?;
    let title = format!("`{}` is not an argument of `grad`", name.name);
    let error = Diagnostic::error(codes::BAD_CALL, title).at(name.span, "it has `at = ...`");
    let words = format!("a penalty is added to the gradient: write `{text}`");
    let error = error.maybe_help(foreign::argument(&name.name).map(str::to_owned));
    Some(error.proposing([Proposal { words, edits: vec![Edit::Replace(expr.span, text)] }]))
}

/// What is written in place of a second argument of one name: a reduction takes one dimension at a time.
fn given_twice(f: &Ident, call: &Call<'_>, (name, second): (&str, &Expr)) -> String {
    let first = call.named.iter().find(|(known, _)| *known == name).map(|(_, first)| formula(first));
    let (first, second) = (first.unwrap_or_default(), formula(second));
    match call.positional.as_slice() {
        [of] if name == "over" && first != second => {
            let f = &f.name;
            format!(
                "take one dimension at a time: `{f}({f}({}, over = {second}), over = {first})`",
                formula(of)
            )
        }
        _ => format!("keep one of them: `{name} = {first}`"),
    }
}

/// The arguments of a built-in.
pub(super) struct Call<'e> {
    function: Ident,
    pub positional: Vec<&'e Expr>,
    named: Vec<(&'e str, &'e Expr)>,
}

impl<'e> Call<'e> {
    /// The function that is called.
    pub fn name(&self) -> &str {
        &self.function.name
    }

    /// The only argument by position.
    pub fn one(&self, resolver: &mut Resolver<'_>) -> Eval<&'e Expr> {
        match self.positional.as_slice() {
            [one] => Ok(one),
            _ => Err(self.wrong(resolver, "one argument")),
        }
    }

    /// An argument by name.
    pub fn option(&self, name: &str) -> Option<&'e Expr> {
        self.named.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The error for a wrong number of arguments.
    pub fn wrong(&self, resolver: &mut Resolver<'_>, expected: &str) -> super::Reported {
        let Ident { name, span } = &self.function;
        let given = self.positional.len();
        let error = Diagnostic::error(codes::BAD_CALL, format!("`{name}` takes {expected}"));
        let first = self.positional.first().filter(|_| given > 1 && expected == "one argument");
        let alone = first.zip(self.positional.last()).map(|(first, last)| Proposal {
            words: format!("write `{name}({})`", formula(first)),
            edits: vec![Edit::Replace(first.span.to(last.span), formula(first))],
        });
        resolver.report(error.at(*span, format!("given {given}")).proposing(alone))
    }
}
