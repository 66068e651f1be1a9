//! The `approx` lines of a program.

use super::formula::Formulas;
use super::{Eval, Reported, Resolver};
use crate::approx::{ApproxError, Degree, Fit, Method, Polynomial, Request, Rule};
use crate::autodiff::normal::NormalForm;
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{self, Approx, ApproxRule, Domain, Expr, Ident, Item, Range};
use crate::syntax::print::expression;
use hep_tensor::scalar::{self, Function as Scalar};
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// Where ranges of positive numbers may begin.
const POSITIVE: [f64; 4] = [0.1, 0.01, 0.5, 0.001];

/// A line, and where its interval was written.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub rule: Rule,
    /// The interval, or the whole line.
    pub span: Span,
    /// What the polynomial stands for, of a function of the program.
    pub own: Option<scalar::Expr>,
}

/// All lines by what they are for.
#[derive(Debug, Default)]
pub(super) struct Approximations {
    /// By function.
    pub functions: BTreeMap<String, Line>,
    /// By loss.
    pub gradients: BTreeMap<String, Line>,
    /// Smooth formulas of the score for functions with a kink, in the order of the lines.
    pub surrogates: Vec<(Scalar, scalar::Expr)>,
    /// A line has an error, so that a missing one is no news.
    pub broken: bool,
}

impl Approximations {
    /// The lines that concern a loss.
    pub fn request(&self, loss: &str) -> Request {
        Request {
            loss: loss.to_owned(),
            sigmoid: self.functions.get("sigmoid").map(|line| line.rule.clone()),
            gradient: self.gradients.get(loss).map(|line| line.rule.clone()),
        }
    }

    /// The line that decides for a loss, and what it approximates.
    pub fn line(&self, loss: &str) -> Option<(&Line, String)> {
        let gradient = self.gradients.get(loss).map(|line| (line, format!("grad {loss}")));
        gradient.or_else(|| self.functions.get("sigmoid").map(|line| (line, "sigmoid".to_owned())))
    }
}

impl Resolver<'_> {
    /// Reads all lines.
    pub(super) fn read_approximations(&mut self) {
        let file = self.file;
        let mut seen: Vec<&Approx> = vec![];
        for item in &file.items {
            let Item::Approx(approx) = item else { continue };
            let same = |a: &&&Approx| a.name.name == approx.name.name && a.gradient == approx.gradient;
            if let Some(first) = seen.iter().find(same) {
                let error = Diagnostic::error(
                    codes::REDEFINED,
                    format!("`{}` has two `approx` lines", approx.name.name),
                )
                .at(approx.span, "second line")
                .and(first.span, "first line")
                .help("remove one of them");
                self.report(error);
                continue;
            }
            seen.push(approx);
            match self.approximation(approx) {
                Ok(None) => {}
                Ok(Some(line)) => {
                    let lines = &mut self.approximations;
                    let table = if approx.gradient { &mut lines.gradients } else { &mut lines.functions };
                    table.insert(approx.name.name.clone(), line);
                }
                Err(Reported) => self.approximations.broken = true,
            }
        }
        self.select_approximations();
    }

    /// Reads a line; `None` for a surrogate that is no polynomial.
    fn approximation(&mut self, approx: &Approx) -> Eval<Option<Line>> {
        let name = approx.name.name.as_str();
        if approx.gradient && !self.losses.contains_key(name) {
            let near = suggest::nearest(name, self.losses.keys().copied()).map(str::to_owned);
            let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no loss `{name}`"))
                .at(approx.name.span, "`approx grad` names a loss")
                .maybe_help(near.map(|near| format!("did you mean `{near}`?")));
            return Err(self.report(error));
        }
        let function = if approx.gradient { None } else { Scalar::from_name(name) };
        let own = match function {
            None if !approx.gradient => Some(self.own_function(&approx.name)?),
            _ => None,
        };
        match &approx.rule {
            ApproxRule::Formula { variable, body, domain } => {
                let formula = Formulas::of_score(self, &variable.name).read(body);
                let formula = formula.map_err(|error| self.report(error))?.expr;
                let kinked = function.filter(|f| matches!(f, Scalar::Relu | Scalar::Abs));
                self.approximations.surrogates.extend(kinked.map(|f| (f, formula.clone())));
                let polynomial = match self.polynomial(&formula) {
                    Some(polynomial) => polynomial,
                    None if kinked.is_some() => return Ok(None),
                    None => return Err(self.no_polynomial(variable, body)),
                };
                let (valid, span) = match domain {
                    None => (None, approx.span),
                    Some(Domain::Auto(span)) => return Err(self.auto(*span)),
                    Some(Domain::Range(range)) => (Some(self.range(range)?), range.span),
                };
                Ok(Some(Line { rule: Rule::Coefficients { polynomial, valid }, span, own }))
            }
            ApproxRule::Fit { domain, degree, method, bound } => {
                let (domain, span) = match domain {
                    Domain::Auto(span) => return Err(self.auto(*span)),
                    Domain::Range(range) => (self.range(range), range.span),
                };
                let degree = self.degree(approx, degree.as_ref(), bound.as_ref());
                let method = self.method(method.as_ref());
                let ((lo, hi), degree, method) = (domain?, degree?, method?);
                Ok(Some(Line { rule: Rule::Fit(Fit { lo, hi, degree, method }), span, own }))
            }
        }
    }

    /// The formula of a function of the program.
    fn own_function(&mut self, name: &Ident) -> Eval<scalar::Expr> {
        let Some(&function) = self.functions.get(name.name.as_str()) else {
            return Err(self.not_a_function(name));
        };
        let ([param], [body]) = (function.params.as_slice(), function.results.as_slice()) else {
            let error =
                Diagnostic::error(codes::BAD_APPROX, format!("`{}` is no function of one number", name.name))
                    .at(name.span, "a polynomial stands for one result of one argument")
                    .and(function.name.span, "defined here");
            return Err(self.report(error));
        };
        let formula = Formulas::of_score(self, &param.name.name).read(body);
        formula.map(|formula| formula.expr).map_err(|error| self.report(error))
    }

    fn not_a_function(&mut self, name: &Ident) -> Reported {
        let known = Scalar::ALL.map(Scalar::name);
        if self.losses.contains_key(name.name.as_str()) {
            let error = Diagnostic::error(codes::BAD_APPROX, format!("`{}` is a loss", name.name))
                .at(name.span, "its derivative is what is evaluated")
                .help(format!("write `approx grad {} on ...`", name.name));
            return self.report(error);
        }
        let error = Diagnostic::error(
            codes::UNKNOWN_NAME,
            format!("there is no function `{}` to approximate", name.name),
        )
        .at(name.span, format!("expected a function of the program, or one of {}", known.join(", ")))
        .help(suggest::nearest(&name.name, known).map_or_else(
            || {
                format!(
                    "name one of these, or define it: a function of one number is `let {}(u) = FORMULA`",
                    name.name
                )
            },
            |near| format!("did you mean `{near}`?"),
        ));
        self.report(error)
    }

    fn auto(&mut self, span: Span) -> Reported {
        let error = Diagnostic::error(codes::UNSUPPORTED, "automatic ranges (`on auto`): not yet supported")
            .at(span, "used here")
            .help("write the range: `on -8 .. 8`; a warning tells when a score leaves it");
        self.report(error)
    }

    fn degree(
        &mut self,
        approx: &Approx,
        degree: Option<&ast::Degree>,
        bound: Option<&Expr>,
    ) -> Eval<Degree> {
        match (degree, bound) {
            (Some(ast::Degree::Number(expr)), None) => {
                let value = self.number(expr)?;
                if value.fract() == 0.0 && (1.0..=crate::approx::MAX_DEGREE as f64).contains(&value) {
                    return Ok(Degree::Exactly(value as usize));
                }
                let error = Diagnostic::error(codes::BAD_APPROX, format!("{value} is no degree"))
                    .at(expr.span, format!("expected a whole number from 1 to {}", crate::approx::MAX_DEGREE))
                    .help("write `degree 3` or `degree 7`");
                Err(self.report(error))
            }
            (None | Some(ast::Degree::Auto(_)), Some(expr)) => {
                let value = self.number(expr)?;
                if value > 0.0 {
                    return Ok(Degree::Within(value));
                }
                let error = Diagnostic::error(codes::BAD_APPROX, "the error bound is not positive");
                Err(self.report(error.at(expr.span, format!("this is {value}"))))
            }
            (Some(ast::Degree::Number(expr)), Some(bound)) => {
                let error = Diagnostic::error(codes::BAD_APPROX, "a degree and an error bound")
                    .at(bound.span, "the error follows from the degree")
                    .and(expr.span, "the degree")
                    .help("remove one of them, or write `degree auto`");
                Err(self.report(error))
            }
            (_, None) => {
                let error = Diagnostic::error(codes::BAD_APPROX, "the approximation has no degree")
                    .at(approx.span, "no degree and no error bound")
                    .help("add `degree 3`, or `degree auto` with `error <= 0.01`")
                    .proposing(degrees(approx));
                Err(self.report(error))
            }
        }
    }

    fn method(&mut self, method: Option<&Ident>) -> Eval<Method> {
        let Some(method) = method else { return Ok(Method::LeastSquares) };
        Method::from_name(&method.name).ok_or(()).map_err(|()| {
            let known = Method::ALL.map(Method::name);
            let near = suggest::nearest(&method.name, known);
            let others = known.into_iter().filter(|_| near.is_none());
            let error = Diagnostic::error(codes::BAD_APPROX, format!("there is no method `{}`", method.name))
                .at(method.span, format!("expected one of {}", known.join(", ")))
                .maybe_help(near.map(|near| format!("did you mean `{near}`?")))
                .proposing(others.map(|known| Proposal {
                    words: format!("write `by {known}`"),
                    edits: vec![Edit::Replace(method.span, known.to_owned())],
                }));
            self.report(error)
        })
    }

    /// The coefficients of a formula, exact until they are rounded once.
    fn polynomial(&self, formula: &scalar::Expr) -> Option<Polynomial> {
        let polynomial = NormalForm::of(formula).and_then(|form| form.as_polynomial_in_z());
        polynomial.filter(Polynomial::is_finite)
    }

    fn no_polynomial(&mut self, variable: &Ident, body: &Expr) -> Reported {
        let error =
            Diagnostic::error(codes::BAD_APPROX, format!("this is no polynomial in `{}`", variable.name))
                .at(body.span, "only + - * and whole powers of the argument are possible");
        self.report(error)
    }

    /// Ranges of positive numbers in place of one that begins at 0 or below.
    fn finite_ranges(&self, lo: f64, hi: f64) -> Vec<Proposal> {
        let ranges = self.file.items.iter().filter_map(|item| match item {
            Item::Approx(Approx {
                rule:
                    ApproxRule::Fit { domain: Domain::Range(range), .. }
                    | ApproxRule::Formula { domain: Some(Domain::Range(range)), .. },
                ..
            }) => Some(range),
            _ => None,
        });
        let value = |expr: &Expr| expression(expr).trim_matches(['(', ')']).parse::<f64>().ok();
        let same = |range: &&Range| value(&range.low) == Some(lo) && value(&range.high) == Some(hi);
        let found: Vec<&Range> = ranges.filter(same).collect();
        let starts = POSITIVE.into_iter().filter(|start| lo <= 0.0 && *start < hi && !found.is_empty());
        let with = |start: f64| Proposal {
            words: format!(
                "choose a range on which the function is finite: write `{start} .. {hi}` for `{lo} .. {hi}`"
            ),
            edits: found.iter().map(|range| Edit::Replace(range.low.span, start.to_string())).collect(),
        };
        starts.map(with).collect()
    }

    /// Reports why a polynomial cannot be had.
    pub(super) fn approx_error(&mut self, error: &ApproxError, span: Span) -> Reported {
        let missing = matches!(error, ApproxError::MissingSigmoidRule { .. } | ApproxError::NeedsFit { .. });
        if missing && self.approximations.broken {
            return Reported;
        }
        let place = match error {
            ApproxError::Jump { .. } => "this loss has a kink",
            ApproxError::NotFinite { .. } => "in this range",
            _ => "needed here",
        };
        let (code, title) = match error {
            ApproxError::MissingSigmoidRule { .. } => (codes::NO_APPROX, "the sigmoid has no approximation"),
            ApproxError::NeedsFit { .. } => {
                (codes::NO_APPROX, "the derivative of the loss has no approximation")
            }
            ApproxError::Jump { .. } => (codes::JUMP, "the derivative of the loss jumps"),
            ApproxError::NotFinite { .. } => {
                (codes::INFINITE, "the function has no finite value in the range")
            }
            ApproxError::NoCurvature { .. } => (codes::NO_CURVATURE, "the loss has no curvature bound"),
            ApproxError::TooLarge(_) => (codes::TOO_LARGE, "the loss is too large"),
            _ => (codes::BAD_APPROX, "the approximation cannot be made"),
        };
        let lines = error.lines();
        let lines = lines.iter().map(|line| self.with_line(format!("add `{line}`"), line, span));
        let mut proposals: Vec<Proposal> = lines.collect();
        if let ApproxError::NotFinite { lo, hi, .. } = *error {
            proposals.extend(self.of_probabilities(|_, _, _| true));
            proposals.extend(self.finite_ranges(lo, hi));
        }
        let diagnostic =
            Diagnostic::error(code, title).at(span, place).note(error.to_string()).maybe_help(error.help());
        self.report(diagnostic.proposing(proposals))
    }
}

/// Degrees for a line that has none.
fn degrees(approx: &Approx) -> Vec<Proposal> {
    let ApproxRule::Fit { domain: Domain::Range(range), .. } = &approx.rule else { return vec![] };
    let end = Span::new(range.span.end, range.span.end);
    let with = |degree: &str| Proposal {
        words: format!("add `{degree}` behind the range"),
        edits: vec![Edit::Replace(end, format!(" {degree}"))],
    };
    ["degree 3", "degree 5", "degree 7"].map(with).into()
}
