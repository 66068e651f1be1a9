//! The exact loss as a program in the clear.

use crate::scalar::number::to_f64;
use crate::scalar::{Expr, Function, Node};
use hep_plan::host::{Binary, HostOp, HostProgram, Unary};
use hep_plan::tensor::Tensor;

/// A program with inputs `y` and `z`, tensors of this rank and equal shape, and the output `loss` of that shape.
pub(super) fn program(loss: &Expr, rank: usize) -> HostProgram {
    let mut program = HostProgram::default();
    let y = program.push(HostOp::Input("y".into()), vec![]);
    let z = program.push(HostOp::Input("z".into()), vec![]);
    let mut writer = Writer { program, y, z, rank };
    let value = writer.write(loss);
    // A loss that ignores both inputs is a single number; it is repeated to their shape.
    let value = if value.1 { value } else { writer.shaped(value) };
    writer.program.outputs.push(("loss".into(), value.0));
    writer.program
}

struct Writer {
    program: HostProgram,
    y: u32,
    z: u32,
    rank: usize,
}

/// A node, and whether it has the shape of the inputs or is a single number.
type Value = (u32, bool);

impl Writer {
    fn write(&mut self, expr: &Expr) -> Value {
        match expr.node() {
            Node::Y => (self.y, true),
            Node::Z => (self.z, true),
            Node::Number(value, _) => self.number(to_f64(value)),
            Node::Neg(u) => {
                let u = self.write(u);
                self.unary(Unary::Neg, u)
            }
            Node::Add(u, v) => self.binary(Binary::Add, u, v),
            Node::Sub(u, v) => self.binary(Binary::Sub, u, v),
            Node::Mul(u, v) => self.binary(Binary::Mul, u, v),
            Node::Div(u, v) => self.binary(Binary::Div, u, v),
            Node::Pow(u, n) => {
                let (u, n) = (self.write(u), self.number(f64::from(*n)));
                self.combine(Binary::Pow, u, n)
            }
            Node::Call(function, u) => {
                let u = self.write(u);
                let f = match function {
                    Function::Exp => Unary::Exp,
                    Function::Log => Unary::Log,
                    Function::Abs => Unary::Abs,
                    Function::Sigmoid => Unary::Sigmoid,
                    Function::Tanh => Unary::Tanh,
                    Function::Sqrt => Unary::Sqrt,
                };
                self.unary(f, u)
            }
        }
    }

    fn number(&mut self, value: f64) -> Value {
        (self.program.push(HostOp::Constant(Tensor::scalar(value)), vec![]), false)
    }

    fn unary(&mut self, f: Unary, (node, shaped): Value) -> Value {
        (self.program.push(HostOp::Unary(f), vec![node]), shaped)
    }

    fn binary(&mut self, f: Binary, u: &Expr, v: &Expr) -> Value {
        let (u, v) = (self.write(u), self.write(v));
        self.combine(f, u, v)
    }

    fn combine(&mut self, f: Binary, (a, a_shaped): Value, (b, b_shaped): Value) -> Value {
        let axes = |shaped: bool| if shaped { (0..self.rank).collect() } else { vec![] };
        let shaped = a_shaped || b_shaped;
        let rank = if shaped { self.rank } else { 0 };
        let op = HostOp::Binary { f, left: axes(a_shaped), right: axes(b_shaped), rank };
        (self.program.push(op, vec![a, b]), shaped)
    }

    fn shaped(&mut self, value: Value) -> Value {
        let zero = self.number(0.0);
        let zeros = self.combine(Binary::Mul, (self.z, true), zero);
        self.combine(Binary::Add, zeros, value)
    }
}
