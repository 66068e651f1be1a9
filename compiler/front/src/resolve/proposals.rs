//! `approx` lines that messages propose. Each was fitted before it is named, and stands for its function well enough to
//! be worth a try; the range is the user's to correct, and `hep check` says when values leave it.

use super::Resolver;
use super::formula::Formulas;
use crate::approx::{Curve, Degree, Deviation, Fit, Method};
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::print::expression;
use hep_tensor::scalar;

/// Ranges and degrees, in the order in which they are tried: wide and shallow first.
const TRIED: [(f64, f64, usize); 7] = [
    (-8.0, 8.0, 3),
    (-8.0, 8.0, 7),
    (0.1, 8.0, 3),
    (-4.0, 4.0, 7),
    (0.1, 8.0, 7),
    (0.5, 4.0, 5),
    (0.5, 2.0, 7),
];
/// Further ranges of a quotient, for data on which the first does not do: what is divided by has any size.
const SIZES: [(f64, f64); 5] = [(0.2, 4.0), (0.01, 0.5), (0.002, 0.1), (2.0, 40.0), (20.0, 400.0)];
/// How often the lower end of a range goes into the upper one, for values of any size: the better fits first.
const WIDTHS: [f64; 2] = [50.0, 200.0];
/// Lower ends of such ranges.
const ENDS: [f64; 13] = [1e-5, 5e-5, 2e-4, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 50.0, 200.0, 1000.0];
/// Their degree.
const DEGREE: usize = 7;
/// Largest error, as a share of what the function varies on the range.
const SHARE: f64 = 0.15;
/// The same for functions that vary much: what is small there counts too.
const LARGEST: f64 = 1.0;
/// Fitting takes a while: messages beyond so many propose nothing.
const MOST: usize = 8;

impl Resolver<'_> {
    /// An `approx` line for a function of this formula.
    pub(super) fn proposed_line(&self, name: &str, formula: &scalar::Expr) -> Option<String> {
        if self.messages.len() > MOST {
            return None;
        }
        let curve = Curve::new(formula);
        let smooth = TRIED.map(|(lo, hi, degree)| {
            (lo, hi, degree, if degree == 3 { Method::LeastSquares } else { Method::Minimax })
        });
        // Minimax has no fit for functions with a corner.
        let rough = [(-4.0, 4.0, 7, Method::LeastSquares)];
        smooth.into_iter().chain(rough).find_map(|fit| fitted(name, &curve, fit, LARGEST))
    }

    /// The formula of a function of the program that takes one number and gives one.
    pub(super) fn own_formula(&self, name: &str) -> Option<scalar::Expr> {
        let function = self.functions.get(name)?;
        let ([param], [body]) = (function.params.as_slice(), function.results.as_slice()) else {
            return None;
        };
        Some(Formulas::of_score(self, &param.name.name).read(body).ok()?.expr)
    }

    /// What to write in place of a quotient by a secret that training computes.
    pub(super) fn proposed_reciprocals(&self, divisor: &Expr) -> Vec<Proposal> {
        let u = scalar::Expr::z();
        let (wanted, of, formula) = match &divisor.kind {
            ExprKind::Call { function, args } if function.name == "sqrt" && args.len() == 1 => {
                ("rsqrt", args.first().map_or(divisor, |arg| &arg.value), u.call(scalar::Function::Sqrt))
            }
            _ => ("reciprocal", divisor, u),
        };
        let text = if wanted == "rsqrt" { "1 / sqrt(u)" } else { "1 / u" };
        let mut name = wanted.to_owned();
        while self.functions.contains_key(name.as_str()) {
            name.push('_');
        }
        let formula = scalar::Expr::integer(1) / formula;
        let Some(first) = self.proposed_line(&name, &formula) else { return Vec::new() };
        let curve = Curve::new(&formula);
        let sized = SIZES.map(|(lo, hi)| (lo, hi, DEGREE, Method::Minimax));
        // How large an error may be depends on the size.
        let sized = sized.into_iter().filter_map(|fit| fitted(&name, &curve, fit, f64::INFINITY));
        // Reciprocals are as good on a range as on its multiples.
        let widths = WIDTHS.into_iter().filter(|width| {
            fitted(&name, &curve, (1.0, *width, DEGREE, Method::Minimax), f64::INFINITY).is_some()
        });
        let scaled = widths.flat_map(|width| {
            let line = |lo: f64| {
                // Ends of few digits, as a user would write them.
                let hi: f64 = format!("{:.1e}", lo * width).parse().unwrap_or(lo * width);
                format!("approx {name} on {lo} .. {hi} degree {DEGREE} by {}", Method::Minimax.name())
            };
            ENDS.map(line)
        });
        let lines: Vec<String> = std::iter::once(first).chain(sized).chain(scaled).collect();
        let of = expression(of);
        let of = of.strip_prefix('(').and_then(|of| of.strip_suffix(')')).unwrap_or(&of);
        let (product, function) = (format!("{name}({of})"), format!("let {name}(u) = {text}"));
        let with = |line: String| {
            let words = format!(
                "multiply by `{product}` instead, and add `{function}` and `{line}`, with the range of its values"
            );
            let items = Edit::Items(divisor.span, format!("{function}\n{line}"));
            Proposal { words, edits: vec![items, Edit::Multiply(divisor.span, product.clone())] }
        };
        lines.into_iter().map(with).collect()
    }
}

/// The line of a fit that is good enough.
fn fitted(
    name: &str,
    curve: &Curve,
    (lo, hi, degree, method): (f64, f64, usize, Method),
    largest: f64,
) -> Option<String> {
    let fit = Fit { lo, hi, degree: Degree::Exactly(degree), method };
    let error = Deviation::of(curve, &fit.polynomial(curve).ok()?, lo, hi);
    // The best constant is off by half of what the function varies.
    let allowed = (2.0 * SHARE * error.constant_max).min(largest);
    (error.helps() && error.max <= allowed)
        .then(|| format!("approx {name} on {lo} .. {hi} degree {degree} by {}", method.name()))
}
