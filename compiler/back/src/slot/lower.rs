//! Tensor graph → slot graph: every dimension gets a home in the slots, every operation becomes rotations and sums of
//! products.

mod blocks;
mod data;
mod elementwise;
mod errors;
mod masks;
mod product;
mod public;
mod public_factor;

use super::build::Builder;
use super::graph::MAX_OPERATIONS;
use super::graph::{Carried, Output, Program, Scores, Upload};
use super::strategy::Strategy;
use super::value::{Packed, Polynomial, Value};
use crate::layout::{Form, Placement};
use hep_plan::host::{Binary, HostOp, Reduction, Unary};
use hep_tensor::dag::NodeId as SlotId;
use hep_tensor::graph::{Dim, Op, Place};
use hep_tensor::optimization::{Optimization, Optimizations};
use hep_tensor::owner::PublicValues;
use hep_tensor::stage::{Clock, Stage, With};
use hep_tensor::{NodeId, Program as TensorProgram};

pub use errors::{LowerError, Obstacle};

/// A packed program, with what is known of it for its schedule.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The program.
    pub program: Program,
    /// The optimizations that its schedule may use.
    pub on: Optimizations,
    /// Whether polynomials have coefficients without masks that may be parts of scales.
    pub unmasked: bool,
}

/// Packs a program on ciphertexts of `slots` slots, with few levels.
///
/// # Errors
/// When a tensor does not fit a ciphertext, or an operation has no packed form yet.
pub fn lower(program: &TensorProgram, slots: usize) -> Result<Program, LowerError> {
    let with = With { on: Optimizations::default(), clock: &Clock::default() };
    lower_with(program, slots, Strategy::default(), with).map(|lowered| lowered.program)
}

/// Packs a program on ciphertexts of `slots` slots.
///
/// # Errors
/// When a tensor does not fit a ciphertext, or an operation has no packed form yet.
pub fn lower_with(
    program: &TensorProgram,
    slots: usize,
    strategy: Strategy,
    with: With<'_>,
) -> Result<Lowered, LowerError> {
    with.clock.time(Stage::Pack, || pack(program, slots, strategy, with.on))
}

fn pack(
    program: &TensorProgram,
    slots: usize,
    strategy: Strategy,
    on: Optimizations,
) -> Result<Lowered, LowerError> {
    let placement = super::placement::choose(program, slots)?;
    let needed = program.graph.reachable(program.server_roots());
    let mut lowering = Lowering {
        program,
        builder: Builder::new(slots),
        values: Vec::with_capacity(program.graph.len()),
        uploads: Vec::new(),
        public: PublicValues::new(program),
        body: program.in_body(),
        placement,
        needed,
        strategy,
        on,
        numbers: false,
    };
    lowering.builder.sums_of_products = on.contains(Optimization::SumsOfProducts);
    let watched = program.graph.reachable(program.checks.iter().map(|check| check.score));
    for id in program.graph.ids() {
        lowering.builder.origin = id;
        let value = match (lowering.needed[id.index()], watched[id.index()]) {
            (true, _) => lowering.node(id)?,
            // Scores of predictions may be watched in the clear, and need not have a packed form.
            (false, true) if !lowering.is_input(id) => lowering.node(id).unwrap_or(Value::Owner),
            // Work only the owner does is not lowered.
            _ => Value::Owner,
        };
        lowering.values.push(value);
        if lowering.builder.graph.len() > MAX_OPERATIONS {
            return Err(lowering.too_many(id));
        }
    }
    lowering.finish()
}

/// Packs a program for a run in the clear, which needs no ring: on vectors of a sensible length.
///
/// # Errors
/// When a tensor fits no ciphertext of the largest ring, or an operation has no packed form yet.
pub fn lower_in_the_clear(program: &TensorProgram) -> Result<Program, LowerError> {
    lower(program, super::placement::clear_slots(program))
}

struct Lowering<'a> {
    program: &'a TensorProgram,
    builder: Builder,
    values: Vec<Value>,
    uploads: Vec<Upload>,
    public: PublicValues<'a>,
    body: Vec<bool>,
    placement: Placement,
    /// Whether the server needs a node.
    needed: Vec<bool>,
    strategy: Strategy,
    on: Optimizations,
    /// Whether coefficients were left without masks.
    numbers: bool,
}

impl Lowering<'_> {
    fn is_input(&self, id: NodeId) -> bool {
        matches!(self.program.graph.node(id).op, Op::Encrypt { .. })
    }

    fn dims(&self, id: NodeId) -> &[Dim] {
        &self.program.graph.node(id).ty.dims
    }

    fn node(&mut self, id: NodeId) -> Result<Value, LowerError> {
        let node = self.program.graph.node(id);
        match (node.ty.place, &node.op) {
            (Place::Public, _) => Ok(Value::Public),
            (Place::Owner, _) => Ok(Value::Owner),
            (Place::Secret, Op::Encrypt { name }) => self.upload(id, name.clone()).map(Value::Packed),
            (Place::Secret, Op::Carried(var)) => {
                self.variable(id, |block| super::graph::Op::Carried { var: *var, block })
            }
            (Place::Secret, Op::Final(var)) => {
                self.variable(id, |block| super::graph::Op::Final { var: *var, block })
            }
            (Place::Secret, Op::Host(op)) => self.host(id, &op.clone()),
            (Place::Secret, Op::Iteration) => Ok(Value::Public),
            (Place::Secret, Op::Rows { .. }) => {
                let whole = self.program.graph.operands(id)[0];
                self.rows(id, whole).map(Value::Packed)
            }
        }
    }

    fn variable(&mut self, id: NodeId, op: impl Fn(usize) -> super::graph::Op) -> Result<Value, LowerError> {
        let dims = self.dims(id).to_vec();
        let layout = self.layout(id, &dims, Form::default())?;
        let blocks = (0..layout.ciphertexts()).map(|block| self.builder.node(op(block), vec![])).collect();
        Ok(Value::Packed(Packed { dims, hollow: 0, ahead: None, blocks, clean: true }))
    }

    fn host(&mut self, id: NodeId, op: &HostOp) -> Result<Value, LowerError> {
        let operands = self.program.graph.operands(id).to_vec();
        match (op, operands.as_slice()) {
            (HostOp::Contract { .. }, &[a, b]) => self.contract(id, op, a, b).map(Value::Packed),
            (HostOp::Binary { f, .. }, &[a, b]) => self.binary(id, *f, a, b),
            (HostOp::Unary(Unary::Neg), &[a]) => {
                let mut packed = self.packed(a)?;
                for block in &mut packed.blocks {
                    *block = self.builder.node(super::graph::Op::Neg, vec![*block]);
                }
                Ok(Value::Packed(packed))
            }
            (HostOp::Polynomial(coefficients), &[a]) => {
                let argument = self.packed(a)?;
                Ok(Value::Polynomial(Polynomial::new(argument, coefficients.clone())))
            }
            (HostOp::Reduce { kind: Reduction::Sum, axis }, &[a]) => {
                self.sum(id, a, *axis).map(Value::Packed)
            }
            (HostOp::Permute(_), &[a]) => self.permuted(id, a),
            _ => Err(self.no_form(id, op)),
        }
    }

    /// Axes in another order: the same slots, ciphertexts in the order of the axes.
    fn permuted(&mut self, id: NodeId, a: NodeId) -> Result<Value, LowerError> {
        let dims = self.dims(id).to_vec();
        let reorder = |this: &mut Self, packed: &Packed| this.reordered(id, packed.clone(), &dims);
        Ok(match self.values[a.index()].clone() {
            Value::Packed(packed) => Value::Packed(reorder(self, &packed)?),
            Value::Polynomial(mut polynomial) => {
                polynomial.argument = reorder(self, &polynomial.argument)?;
                for multiple in &mut polynomial.multiples {
                    multiple.by = reorder(self, &multiple.by)?;
                }
                Value::Polynomial(polynomial)
            }
            other => other,
        })
    }

    fn contract(&mut self, id: NodeId, op: &HostOp, a: NodeId, b: NodeId) -> Result<Packed, LowerError> {
        let HostOp::Contract { left, right, sum, .. } = op else { return Err(self.no_form(id, op)) };
        let axis = left.iter().position(|label| label == sum).unwrap_or(0);
        let over = self.dims(a)[axis].clone();
        let public = |operand: NodeId| self.program.graph.node(operand).ty.place == Place::Public;
        let axis_of_b = right.iter().position(|label| label == sum).unwrap_or(0);
        let (a, b) = match (public(a), public(b)) {
            (true, _) => (self.public_factor(id, a, axis, b)?, self.packed(b)?),
            (_, true) => (self.packed(a)?, self.public_factor(id, b, axis_of_b, a)?),
            _ => (self.packed(a)?, self.packed(b)?),
        };
        self.product(id, &over, a, b)
    }

    fn binary(&mut self, id: NodeId, f: Binary, a: NodeId, b: NodeId) -> Result<Value, LowerError> {
        let secret = |id: NodeId| self.program.graph.node(id).ty.place == Place::Secret;
        match (secret(a), secret(b), f) {
            (true, true, Binary::Add | Binary::Sub | Binary::Mul) => match self.polynomial(f, a, b) {
                Some(polynomial) => Ok(Value::Polynomial(polynomial)),
                None => self.both(id, f, a, b).map(Value::Packed),
            },
            (true, false, Binary::Mul) => self.times_public(id, a, b),
            (false, true, Binary::Mul) => self.times_public(id, b, a),
            (true, false, Binary::Add | Binary::Sub) => {
                self.plus_public(id, f, a, b, false).map(Value::Packed)
            }
            (false, true, Binary::Add | Binary::Sub) => {
                self.plus_public(id, f, b, a, true).map(Value::Packed)
            }
            _ => Err(self.no_form(id, &HostOp::Binary { f, left: vec![], right: vec![], rank: 0 })),
        }
    }

    /// Two secrets as one polynomial that is not evaluated yet: a sum of polynomials of one argument, or a polynomial
    /// times a secret that the loop does not change, and that therefore has levels to spare.
    fn polynomial(&self, f: Binary, a: NodeId, b: NodeId) -> Option<Polynomial> {
        let invariant = |id: NodeId| !self.body[id.index()];
        match (f, &self.values[a.index()], &self.values[b.index()]) {
            (Binary::Mul, Value::Polynomial(p), Value::Packed(by)) if invariant(b) => p.times(by),
            (Binary::Mul, Value::Packed(by), Value::Polynomial(p)) if invariant(a) => p.times(by),
            (Binary::Add, Value::Polynomial(p), Value::Polynomial(q)) => p.plus(q),
            (Binary::Sub, Value::Polynomial(p), Value::Polynomial(q)) => {
                let mut negative = q.clone();
                negative.scale(-1.0);
                p.plus(&negative)
            }
            _ => None,
        }
    }

    fn finish(mut self) -> Result<Lowered, LowerError> {
        let program = self.program;
        let mut carried = Vec::new();
        for variable in &program.train.carried {
            let init = self.aligned(variable.init, variable.param)?;
            let next = self.aligned(variable.next, variable.param)?;
            let layout = if init.is_empty() {
                None
            } else {
                let like = self.packed(variable.param)?;
                Some(self.layout(variable.param, &like.dims, like.form())?)
            };
            carried.push(Carried { name: variable.name.clone(), layout, init, next });
        }
        let mut outputs = Vec::new();
        for reveal in &program.reveals {
            let value = self.packed(reveal.node)?;
            let layout = self.layout(reveal.node, &value.dims, value.form())?;
            outputs.push(Output { name: reveal.name.clone(), layout, values: value.blocks });
        }
        let scores = self.scores()?;
        let Builder { graph, vectors, factors, .. } = self.builder;
        let packed = Program {
            name: program.name.clone(),
            placement: self.placement,
            graph,
            vectors,
            factors,
            uploads: self.uploads,
            iterations: program.train.iterations,
            carried,
            outputs,
            scores,
        };
        Ok(Lowered { program: packed, on: self.strategy.scheduled(self.on), unmasked: self.numbers })
    }

    /// The arguments of approximations: they are packed because polynomials were evaluated on them.
    fn scores(&mut self) -> Result<Vec<Scores>, LowerError> {
        let mut scores = Vec::new();
        for (check, of) in self.program.checks.iter().enumerate() {
            if matches!(self.values[of.score.index()], Value::Packed(_) | Value::Polynomial(_)) {
                let packed = self.packed(of.score)?;
                let layout = self.layout(of.score, &packed.dims, packed.form())?;
                scores.push(Scores { check, layout, values: packed.blocks });
            }
        }
        Ok(scores)
    }

    /// A value of a loop variable, packed and clean like the variable. A public variable has none: its values enter
    /// where they meet secrets.
    fn aligned(&mut self, value: NodeId, param: NodeId) -> Result<Vec<SlotId>, LowerError> {
        let place = |id: NodeId| self.program.graph.node(id).ty.place;
        if place(param) == Place::Public {
            return Ok(Vec::new());
        }
        let like = self.packed(param)?;
        if place(value) == Place::Public {
            return self.public_blocks(param, value, &like);
        }
        let packed = self.packed(value)?;
        if packed.dims != like.dims {
            return Err(self.other_order(value, param));
        }
        let spread = self.spread(value, packed)?;
        Ok(self.clean(value, spread)?.blocks)
    }
}
