//! Tensor graph → slot graph: every secret tensor gets a layout on one grid, every operation becomes rotations and
//! sums of products.

mod errors;
mod masks;
mod public;

use super::build::Builder;
use super::graph::MAX_OPERATIONS;
use super::graph::{Carried, Output, Program, Scores, Upload};
use super::matmul;
use super::value::{Packed, Polynomial, Value};
use crate::dag::NodeId as SlotId;
use crate::layout::{Grid, Inner};
use crate::tensor::graph::{Dim, Op, Place};
use crate::tensor::owner::PublicValues;
use crate::tensor::{NodeId, Program as TensorProgram};
use hep_plan::host::{Binary, HostOp, Unary};

pub use errors::LowerError;

/// Packs a program on ciphertexts of `slots` slots.
///
/// # Errors
/// When a tensor does not fit a ciphertext, or an operation has no packed form yet.
pub fn lower(program: &TensorProgram, slots: usize) -> Result<Program, LowerError> {
    let grid = super::grid::choose(program, slots)?;
    let mut lowering = Lowering {
        program,
        builder: Builder::new(slots),
        values: Vec::with_capacity(program.graph.len()),
        uploads: Vec::new(),
        public: PublicValues::new(program),
        body: program.in_body(),
        grid,
    };
    let needed = program.graph.reachable(lowering.server_roots());
    for id in program.graph.ids() {
        lowering.builder.origin = id;
        // Work only the owner does (prediction, range checks) is not lowered.
        let value = if needed[id.index()] { lowering.node(id)? } else { Value::Owner };
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
    lower(program, super::grid::clear_slots(program))
}

struct Lowering<'a> {
    program: &'a TensorProgram,
    builder: Builder,
    values: Vec<Value>,
    uploads: Vec<Upload>,
    public: PublicValues<'a>,
    body: Vec<bool>,
    grid: Grid,
}

impl Lowering<'_> {
    fn server_roots(&self) -> Vec<NodeId> {
        let carried = self.program.train.carried.iter().flat_map(|c| [c.init, c.param, c.next]);
        carried.chain(self.program.reveals.iter().map(|r| r.node)).collect()
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
            (Place::Secret, Op::Rows { .. }) => Err(self.no_batches(id)),
        }
    }

    fn upload(&mut self, id: NodeId, name: String) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let layout = self.grid.layout(&dims, Inner::Zero).map_err(|e| self.unplaced(id, &e))?;
        let upload = self.uploads.len();
        let count = layout.ciphertexts();
        self.uploads.push(Upload { name, layout });
        let blocks =
            (0..count).map(|block| self.builder.node(super::graph::Op::Input { upload, block }, vec![]));
        Ok(Packed { dims, inner: Inner::Zero, blocks: blocks.collect(), clean: true })
    }

    fn variable(&mut self, id: NodeId, op: impl Fn(usize) -> super::graph::Op) -> Result<Value, LowerError> {
        let dims = self.dims(id).to_vec();
        let layout = self.grid.layout(&dims, Inner::Zero).map_err(|e| self.unplaced(id, &e))?;
        let blocks = (0..layout.ciphertexts()).map(|block| self.builder.node(op(block), vec![])).collect();
        Ok(Value::Packed(Packed { dims, inner: Inner::Zero, blocks, clean: true }))
    }

    fn host(&mut self, id: NodeId, op: &HostOp) -> Result<Value, LowerError> {
        let operands = self.program.graph.operands(id).to_vec();
        match (op, operands.as_slice()) {
            (HostOp::Contract { .. }, &[a, b]) => self.contract(id, a, b).map(Value::Packed),
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
            (HostOp::Permute(_), &[a]) => {
                let dims = self.dims(id).to_vec();
                Ok(match self.values[a.index()].clone() {
                    Value::Packed(packed) => Value::Packed(Packed { dims, ..packed }),
                    Value::Polynomial(mut polynomial) => {
                        let multipliers = polynomial.multiples.iter_mut().map(|m| &mut m.by);
                        for packed in multipliers.chain([&mut polynomial.argument]) {
                            packed.dims.clone_from(&dims);
                        }
                        Value::Polynomial(polynomial)
                    }
                    other => other,
                })
            }
            _ => Err(self.no_form(id, op)),
        }
    }

    fn contract(&mut self, id: NodeId, a: NodeId, b: NodeId) -> Result<Packed, LowerError> {
        let is_matrix = |id: NodeId| {
            let dims = self.dims(id);
            !self.body[id.index()]
                && dims.len() == 2
                && dims.iter().any(|d| self.grid.is_samples(d))
                && dims.iter().any(|d| self.grid.is_features(d))
        };
        let (matrix, other) = match (is_matrix(a), is_matrix(b)) {
            (true, false) => (a, b),
            (false, true) => (b, a),
            (true, true) => {
                return Err(self.no_product(id, "both operands are data that the loop does not change"));
            }
            (false, false) => {
                let what = format!("{} and {} are no such matrix", self.show(a), self.show(b));
                return Err(self.no_product(id, &what));
            }
        };
        let dims = self.dims(id).to_vec();
        let over_features = !dims.iter().any(|d| self.grid.is_features(d));
        let other_dims = self.dims(other);
        let featured = other_dims.iter().any(|d| self.grid.is_features(d));
        let sampled = other_dims.iter().any(|d| self.grid.is_samples(d));
        if featured != over_features || sampled == over_features || other_dims.len() > 2 {
            let what = format!("{} is neither a model nor an error of every sample", self.show(other));
            return Err(self.no_product(id, &what));
        }
        let matrix = self.packed(matrix)?;
        let matrix = self.clean(id, matrix)?;
        let other = self.packed(other)?;
        if over_features {
            // X is zero in the padding columns, so garbage in the model's does not matter.
            return Ok(matmul::scores(&mut self.builder, &self.grid, &matrix, &other, dims));
        }
        let errors = self.clean(id, other)?;
        let errors = self.spread(errors);
        Ok(matmul::gradient(&mut self.builder, &self.grid, &matrix, &errors, dims))
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

    /// Element by element on two secrets. A tensor that lacks dimensions of the other is already repeated over them,
    /// or is when its first column is copied into the others.
    fn both(&mut self, id: NodeId, f: Binary, a: NodeId, b: NodeId) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        // Refuses three dimensions at once, with the place that combines them.
        self.grid.layout(&dims, Inner::Zero).map_err(|e| self.unplaced(id, &e))?;
        let (mut a, mut b) = (self.packed(a)?, self.packed(b)?);
        let featured = dims.iter().any(|d| self.grid.is_features(d));
        let widths_differ = self.grid.blocks(&a.dims) != self.grid.blocks(&b.dims);
        if featured || a.inner != b.inner || widths_differ {
            a = self.repeated(id, a)?;
            b = self.repeated(id, b)?;
        }
        let count = a.blocks.len().max(b.blocks.len());
        // The rows of a tensor without samples are equal, so one ciphertext serves all.
        let cycle = |x: &Packed| -> Vec<SlotId> { x.blocks.iter().copied().cycle().take(count).collect() };
        let held = |x: &Packed, dim: &Dim| x.clean && x.dims.contains(dim);
        let clean = match f {
            Binary::Mul => dims.iter().all(|dim| held(&a, dim) || held(&b, dim)),
            _ => dims.iter().all(|dim| held(&a, dim) && held(&b, dim)),
        };
        let op = |builder: &mut Builder, x, y| match f {
            Binary::Add => builder.add(x, y),
            Binary::Sub => builder.sub(x, y),
            _ => builder.mul(x, y),
        };
        let blocks = cycle(&a).into_iter().zip(cycle(&b)).map(|(x, y)| op(&mut self.builder, x, y)).collect();
        let inner = if featured { Inner::Zero } else { a.inner };
        Ok(Packed { dims, inner, blocks, clean })
    }

    fn finish(mut self) -> Result<Program, LowerError> {
        let program = self.program;
        let mut carried = Vec::new();
        for variable in &program.train.carried {
            let init = self.aligned(variable.init, variable.param)?;
            let next = self.aligned(variable.next, variable.param)?;
            carried.push(Carried { name: variable.name.clone(), init, next });
        }
        let mut outputs = Vec::new();
        for reveal in &program.reveals {
            let value = self.packed(reveal.node)?;
            let layout =
                self.grid.layout(&value.dims, value.inner).map_err(|e| self.unplaced(reveal.node, &e))?;
            outputs.push(Output { name: reveal.name.clone(), layout, values: value.blocks });
        }
        let scores = self.scores()?;
        let Builder { graph, vectors, factors, .. } = self.builder;
        Ok(Program {
            name: program.name.clone(),
            grid: self.grid,
            graph,
            vectors,
            factors,
            uploads: self.uploads,
            iterations: program.train.iterations,
            carried,
            outputs,
            scores,
        })
    }

    /// The arguments of approximations: they are packed because polynomials were evaluated on them.
    fn scores(&mut self) -> Result<Vec<Scores>, LowerError> {
        let mut scores = Vec::new();
        for (check, of) in self.program.checks.iter().enumerate() {
            if matches!(self.values[of.score.index()], Value::Packed(_) | Value::Polynomial(_)) {
                let Packed { dims, inner, blocks, .. } = self.packed(of.score)?;
                let layout = self.grid.layout(&dims, inner).map_err(|e| self.unplaced(of.score, &e))?;
                scores.push(Scores { check, layout, values: blocks });
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
            return Err(self.reordered(value, param));
        }
        let packed = if packed.inner == like.inner {
            packed
        } else {
            Packed { clean: false, inner: like.inner, ..packed }
        };
        Ok(self.clean(value, packed)?.blocks)
    }
}
