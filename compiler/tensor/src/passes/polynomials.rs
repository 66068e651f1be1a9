//! Powers of one secret in a sum become one polynomial.
//!
//! 3·x² + 5·x, however it is written, is the polynomial (5 z + 3 z²)(x): only a polynomial that is seen as a whole can be evaluated
//! in its cheapest form. A value that is used elsewhere too is left alone, because it has to be computed in any case.

use super::super::graph::{Op, Program};
use super::rewriter::Rewriter;
use crate::dag::NodeId;
use hep_plan::host::{Binary, HostOp};

/// A polynomial of a value, constant coefficient first.
struct Terms {
    argument: NodeId,
    coefficients: Vec<f64>,
}

impl Terms {
    fn degree(&self) -> usize {
        self.coefficients.iter().rposition(|c| *c != 0.0).unwrap_or(0)
    }
}

/// Collects sums of powers.
#[must_use]
pub fn collect_polynomials(program: Program) -> Program {
    Rewriter::run(program, |r, id| {
        if !r.is_secret(id) {
            return Ok(None);
        }
        let Op::Host(HostOp::Binary { f, .. }) = r.op(id).clone() else { return Ok(None) };
        let [a, b] = *r.b.graph.operands(id) else { return Ok(None) };
        let alike = [a, b].into_iter().all(|o| r.is_secret(o) && r.b.dims(o) == r.b.dims(id));
        let (Binary::Add | Binary::Sub | Binary::Mul, true) = (f, alike) else { return Ok(None) };
        let (x, y) = (terms(r, a), terms(r, b));
        if x.argument != y.argument {
            return Ok(None);
        }
        let coefficients = match f {
            Binary::Mul if x.degree() == 1 && y.degree() == 1 => product(&x, &y),
            Binary::Add if x.degree().max(y.degree()) > 1 => sum(&x, &y, 1.0),
            Binary::Sub if x.degree().max(y.degree()) > 1 => sum(&x, &y, -1.0),
            _ => return Ok(None),
        };
        let span = r.b.graph.node(id).span;
        r.add_use(x.argument);
        r.b.polynomial(coefficients, x.argument, span).map(Some)
    })
}

/// A value as a polynomial: of what it is made of where nothing else needs the value, else of itself.
fn terms(r: &mut Rewriter, id: NodeId) -> Terms {
    let (mut argument, mut factor) = (id, 1.0);
    while r.used_once(argument)
        && let Some((number, of)) = r.as_scaled(argument)
        && let Some(number) = r.b.as_number(number)
        && r.b.dims(of) == r.b.dims(argument)
    {
        factor *= number;
        argument = of;
    }
    let own = match (r.op(argument), r.b.graph.operands(argument)) {
        (Op::Host(HostOp::Polynomial(own)), &[inner]) => Some((own.clone(), inner)),
        _ => None,
    };
    let polynomial = own.filter(|_| r.used_once(argument));
    let (mut coefficients, argument) = polynomial.unwrap_or((vec![0.0, 1.0], argument));
    coefficients.iter_mut().for_each(|c| *c *= factor);
    Terms { argument, coefficients }
}

fn sum(x: &Terms, y: &Terms, sign: f64) -> Vec<f64> {
    let of = |terms: &Terms, k: usize| terms.coefficients.get(k).copied().unwrap_or(0.0);
    (0..=x.degree().max(y.degree())).map(|k| of(x, k) + sign * of(y, k)).collect()
}

/// (c·z)·(d·z); constants do not occur in what has degree one here, but for polynomials that were written so.
fn product(x: &Terms, y: &Terms) -> Vec<f64> {
    let ([c0, c1], [d0, d1]) =
        ([x.coefficients[0], x.coefficients[1]], [y.coefficients[0], y.coefficients[1]]);
    vec![c0 * d0, c0 * d1 + c1 * d0, c1 * d1]
}
