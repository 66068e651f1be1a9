//! Scalar formulas as operations on whole tensors, element by element: the true gradient and the true loss.
//!
//! One [`Writer`] for two targets: nodes of the tensor graph, and programs in the clear. Parts that a formula shares
//! are computed once.

use hep_plan::host::{Binary, HostOp, HostProgram, Unary};
use hep_plan::tensor::Tensor;
use hep_tensor::build::{BuildError, Builder};
use hep_tensor::dag::NodeId;
use hep_tensor::scalar::number::to_f64;
use hep_tensor::scalar::{Expr, Function, Node};
use hep_tensor::source::Span;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Makes operations on tensors of one shape and on numbers.
pub(super) trait Target {
    /// A value that was made.
    type Id: Copy;
    /// Why one cannot be made.
    type Error;

    /// A number.
    fn number(&mut self, value: f64) -> Result<Self::Id, Self::Error>;
    /// A function of each element.
    fn unary(&mut self, f: Unary, a: Self::Id) -> Result<Self::Id, Self::Error>;
    /// A function of two operands, each a tensor or, where its flag is false, a number.
    fn binary(
        &mut self,
        f: Binary,
        a: (Self::Id, bool),
        b: (Self::Id, bool),
    ) -> Result<Self::Id, Self::Error>;
}

/// Nodes of a tensor graph.
pub(super) struct OnTensors<'b> {
    pub b: &'b mut Builder,
    pub span: Span,
}

impl Target for OnTensors<'_> {
    type Id = NodeId;
    type Error = BuildError;

    fn number(&mut self, value: f64) -> Result<NodeId, BuildError> {
        Ok(self.b.constant(value, self.span))
    }

    fn unary(&mut self, f: Unary, a: NodeId) -> Result<NodeId, BuildError> {
        self.b.unary(f, a, self.span)
    }

    fn binary(&mut self, f: Binary, a: (NodeId, bool), b: (NodeId, bool)) -> Result<NodeId, BuildError> {
        self.b.binary(f, a.0, b.0, self.span)
    }
}

/// Nodes of a program in the clear on tensors of this rank.
#[derive(Default)]
pub(super) struct InTheClear {
    pub program: HostProgram,
    pub rank: usize,
}

impl Target for InTheClear {
    type Id = u32;
    type Error = Infallible;

    fn number(&mut self, value: f64) -> Result<u32, Infallible> {
        Ok(self.program.push(HostOp::Constant(Tensor::scalar(value)), vec![]))
    }

    fn unary(&mut self, f: Unary, a: u32) -> Result<u32, Infallible> {
        Ok(self.program.push(HostOp::Unary(f), vec![a]))
    }

    fn binary(&mut self, f: Binary, a: (u32, bool), b: (u32, bool)) -> Result<u32, Infallible> {
        let axes = |is_tensor: bool| if is_tensor { (0..self.rank).collect() } else { vec![] };
        let rank = if a.1 || b.1 { self.rank } else { 0 };
        let op = HostOp::Binary { f, left: axes(a.1), right: axes(b.1), rank };
        Ok(self.program.push(op, vec![a.0, b.0]))
    }
}

/// A value, and whether it is a tensor rather than a number.
type Value<T> = (<T as Target>::Id, bool);

/// Writes formulas of a label and a score.
pub(super) struct Writer<T: Target> {
    pub target: T,
    y: Value<T>,
    z: Value<T>,
    /// Parts written so far, by address, and the parts themselves, so that no address is used twice.
    known: BTreeMap<usize, (Expr, Value<T>)>,
}

impl<T: Target> Writer<T> {
    /// Formulas of these two tensors, which have the same shape.
    pub fn new(target: T, y: T::Id, z: T::Id) -> Self {
        Self { target, y: (y, true), z: (z, true), known: BTreeMap::new() }
    }

    /// The value of a formula, with the shape of the score also where it is constant.
    pub fn shaped(&mut self, expr: &Expr) -> Result<T::Id, T::Error> {
        let value = self.write(expr)?;
        if value.1 {
            return Ok(value.0);
        }
        let zero = self.number(0.0)?;
        let zeros = self.binary(Binary::Mul, self.z, zero)?;
        Ok(self.binary(Binary::Add, zeros, value)?.0)
    }

    fn write(&mut self, expr: &Expr) -> Result<Value<T>, T::Error> {
        if let Some((_, value)) = self.known.get(&expr.address()) {
            return Ok(*value);
        }
        let value = match expr.node() {
            Node::Y => self.y,
            Node::Z => self.z,
            Node::Number(_, value) => self.number(*value)?,
            Node::Neg(u) => self.unary(Unary::Neg, u)?,
            Node::Add(u, v) => self.pair(Binary::Add, u, v)?,
            Node::Sub(u, v) => self.pair(Binary::Sub, u, v)?,
            Node::Mul(u, v) => self.pair(Binary::Mul, u, v)?,
            Node::Div(u, v) => self.pair(Binary::Div, u, v)?,
            Node::Pow(u, n) => self.power(u, f64::from(*n))?,
            Node::Power(u, r) => self.power(u, to_f64(r))?,
            Node::Call(function, u) => self.call(*function, u)?,
        };
        self.known.insert(expr.address(), (expr.clone(), value));
        Ok(value)
    }

    fn call(&mut self, function: Function, u: &Expr) -> Result<Value<T>, T::Error> {
        let f = match function {
            Function::Exp => Unary::Exp,
            Function::Log => Unary::Log,
            Function::Abs => Unary::Abs,
            Function::Sigmoid => Unary::Sigmoid,
            Function::Tanh => Unary::Tanh,
            Function::Sqrt => Unary::Sqrt,
            Function::Relu => return self.write(&positive_part(u)),
            // max(u, 0) + log(1 + exp(-|u|)): the exponential is never of a positive number.
            Function::Softplus => {
                let rest = (Expr::integer(1) + (-u.clone().abs()).exp()).log();
                return self.write(&(positive_part(u) + rest));
            }
            Function::Sign => return self.sign(u),
            Function::Step => {
                let half = || Expr::integer(1) / Expr::integer(2);
                return self.write(&(half() + half() * u.clone().call(Function::Sign)));
            }
        };
        self.unary(f, u)
    }

    /// tanh is ±1 for all but subnormal multiples of 1e-300, and 0 at 0.
    fn sign(&mut self, u: &Expr) -> Result<Value<T>, T::Error> {
        let (u, steep) = (self.write(u)?, self.number(1e300)?);
        let product = self.binary(Binary::Mul, u, steep)?;
        Ok((self.target.unary(Unary::Tanh, product.0)?, product.1))
    }

    fn number(&mut self, value: f64) -> Result<Value<T>, T::Error> {
        Ok((self.target.number(value)?, false))
    }

    fn unary(&mut self, f: Unary, u: &Expr) -> Result<Value<T>, T::Error> {
        let u = self.write(u)?;
        Ok((self.target.unary(f, u.0)?, u.1))
    }

    fn power(&mut self, u: &Expr, exponent: f64) -> Result<Value<T>, T::Error> {
        let (u, exponent) = (self.write(u)?, self.number(exponent)?);
        self.binary(Binary::Pow, u, exponent)
    }

    fn pair(&mut self, f: Binary, u: &Expr, v: &Expr) -> Result<Value<T>, T::Error> {
        let (u, v) = (self.write(u)?, self.write(v)?);
        self.binary(f, u, v)
    }

    fn binary(&mut self, f: Binary, a: Value<T>, b: Value<T>) -> Result<Value<T>, T::Error> {
        Ok((self.target.binary(f, a, b)?, a.1 || b.1))
    }
}

/// `(u + |u|) / 2`, exact in floating point.
fn positive_part(u: &Expr) -> Expr {
    Expr::integer(1) / Expr::integer(2) * (u.clone() + u.clone().abs())
}
