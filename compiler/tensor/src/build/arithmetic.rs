//! Element-wise operations and what becomes of them on secrets.

use super::{Axes, BuildError, Builder};
use crate::dag::NodeId;
use crate::graph::Place;
use crate::source::Span;
use hep_plan::host::{Binary, HostOp, Unary};
use hep_plan::tensor::Tensor;

/// Largest constant power of a secret that is rewritten as a polynomial.
const MAX_SECRET_POWER: f64 = 64.0;

impl Builder {
    /// A function of each element.
    ///
    /// # Errors
    /// Any function but `Neg` of a secret; a constant without a finite value.
    pub fn unary(&mut self, f: Unary, a: NodeId, span: Span) -> Result<NodeId, BuildError> {
        if self.is_secret(a) && f != Unary::Neg && !self.any_function {
            return Err(BuildError::NotPolynomial { operation: f.name(), operand: a });
        }
        self.host(HostOp::Unary(f), vec![a], self.dims(a).to_vec(), span)
    }

    /// A function of two operands, broadcast by name.
    ///
    /// # Errors
    /// Dimensions or places that do not mix; a secret divisor or exponent; a power of a secret whose exponent is
    /// not a constant whole number from 0 to 64; a constant without a finite value.
    pub fn binary(&mut self, f: Binary, a: NodeId, b: NodeId, span: Span) -> Result<NodeId, BuildError> {
        let axes = Axes::by_name((a, self.dims(a)), (b, self.dims(b)))?;
        self.binary_along(f, a, b, axes, span)
    }

    /// A function of two operands along given axes.
    ///
    /// # Errors
    /// As [`Builder::binary`].
    pub fn binary_along(
        &mut self,
        f: Binary,
        a: NodeId,
        b: NodeId,
        axes: Axes,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        match f {
            Binary::Div | Binary::Ratio if self.is_secret(a) && self.ty(b).place == Place::Public => {
                let reciprocal = self.reciprocal(f, b, span)?;
                return self.binary_along(Binary::Mul, a, reciprocal, axes, span);
            }
            Binary::Pow if self.is_secret(a) => return self.secret_power(a, b, axes, span),
            Binary::Div | Binary::Ratio | Binary::Pow if self.is_secret(b) && !self.any_function => {
                self.place_of(&[a, b])?;
                return Err(BuildError::NotPolynomial { operation: f.name(), operand: b });
            }
            _ => {}
        }
        self.along(f, a, b, axes, span)
    }

    /// The operation as it stands.
    fn along(
        &mut self,
        f: Binary,
        a: NodeId,
        b: NodeId,
        axes: Axes,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        let op = HostOp::Binary { f, left: axes.left, right: axes.right, rank: axes.dims.len() };
        self.host(op, vec![a, b], axes.dims, span)
    }

    /// A polynomial of each element, lowest coefficient first.
    ///
    /// # Errors
    /// A constant without a finite value.
    pub fn polynomial(
        &mut self,
        coefficients: Vec<f64>,
        a: NodeId,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        self.host(HostOp::Polynomial(coefficients), vec![a], self.dims(a).to_vec(), span)
    }

    /// One divided by `b`, as `f` divides.
    fn reciprocal(&mut self, f: Binary, b: NodeId, span: Span) -> Result<NodeId, BuildError> {
        let one = self.constant(1.0, span);
        self.binary(f, one, b, span)
    }

    /// `a ** b` for a secret `a`: a monomial, if `b` is a constant small whole number.
    fn secret_power(&mut self, a: NodeId, b: NodeId, axes: Axes, span: Span) -> Result<NodeId, BuildError> {
        self.place_of(&[a, b])?;
        let not_polynomial = BuildError::NotPolynomial { operation: Binary::Pow.name(), operand: a };
        let exponent = self.as_constant(b).and_then(Tensor::as_scalar);
        let Some(exponent) = exponent.filter(|e| e.fract() == 0.0 && (0.0..=MAX_SECRET_POWER).contains(e))
        else {
            if self.any_function {
                return self.along(Binary::Pow, a, b, axes, span);
            }
            return Err(not_polynomial);
        };
        // A constant with dimensions of size 1 would change the shape.
        if axes.dims.as_slice() != self.dims(a) {
            return Err(not_polynomial);
        }
        match exponent as usize {
            0 => Ok(self.filled(1.0, axes.dims, span)),
            1 => Ok(a),
            degree => {
                let mut coefficients = vec![0.0; degree];
                coefficients.push(1.0);
                self.polynomial(coefficients, a, span)
            }
        }
    }
}
