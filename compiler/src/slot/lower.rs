//! Tensor graph → slot graph: every secret tensor gets a layout on one grid, every operation becomes rotations and
//! sums of products.

use super::build::Builder;
use super::graph::{Carried, FactorId, Output, Program, Upload};
use super::value::{Packed, Polynomial, Value};
use super::{matmul, polynomial};
use crate::dag::NodeId as SlotId;
use crate::diagnostics::codes;
use crate::layout::{Grid, Inner, PackingError};
use crate::source::Span;
use crate::tensor::graph::{Dim, Op, Place};
use crate::tensor::owner::PublicValues;
use crate::tensor::{NodeId, Program as TensorProgram};
use hep_plan::host::{Binary, HostOp, Unary};
use hep_plan::tensor::Tensor;
use thiserror::Error;

/// Why a program has no packed form.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{what}")]
pub struct LowerError {
    /// Diagnostic code.
    pub code: &'static str,
    /// Where in the source.
    pub span: Span,
    /// What cannot be packed.
    pub what: String,
    /// One thing to do.
    pub help: String,
}

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
    }
    lowering.finish()
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

    fn error(&self, id: NodeId, code: &'static str, what: String, help: &str) -> LowerError {
        LowerError { code, span: self.program.graph.node(id).span, what, help: help.into() }
    }

    fn packing(&self, id: NodeId, error: &PackingError) -> LowerError {
        self.error(
            id,
            codes::NO_PLACE,
            error.to_string(),
            "compute this value with the owner, before it is encrypted",
        )
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
        }
    }

    fn upload(&mut self, id: NodeId, name: String) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let layout = self.grid.layout(&dims, Inner::Zero).map_err(|e| self.packing(id, &e))?;
        let upload = self.uploads.len();
        let count = layout.ciphertexts();
        self.uploads.push(Upload { name, layout });
        let blocks =
            (0..count).map(|block| self.builder.node(super::graph::Op::Input { upload, block }, vec![]));
        Ok(Packed { dims, inner: Inner::Zero, blocks: blocks.collect(), clean: true })
    }

    fn variable(&mut self, id: NodeId, op: impl Fn(usize) -> super::graph::Op) -> Result<Value, LowerError> {
        let dims = self.dims(id).to_vec();
        let layout = self.grid.layout(&dims, Inner::Zero).map_err(|e| self.packing(id, &e))?;
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
                Ok(Value::Polynomial(Polynomial {
                    argument,
                    coefficients: coefficients.clone(),
                    factor: None,
                }))
            }
            (HostOp::Permute(_), &[a]) => {
                let dims = self.dims(id).to_vec();
                Ok(match self.values[a.index()].clone() {
                    Value::Packed(packed) => Value::Packed(Packed { dims, ..packed }),
                    Value::Polynomial(mut polynomial) => {
                        polynomial.argument.dims = dims;
                        Value::Polynomial(polynomial)
                    }
                    other => other,
                })
            }
            _ => Err(self.error(
                id,
                codes::NO_PACKED_FORM,
                format!("`{}` of a secret has no packed form yet", op.name()),
                "compute it with the owner before encrypting, or from values the owner uploads",
            )),
        }
    }

    fn contract(&mut self, id: NodeId, a: NodeId, b: NodeId) -> Result<Packed, LowerError> {
        let unsupported = |this: &Self, what: &str| {
            this.error(
                id,
                codes::NO_PACKED_PRODUCT,
                format!("this product of secrets has no packed form yet: {what}"),
                "one operand must be an encrypted matrix over samples and features that the loop does not change",
            )
        };
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
            _ => return Err(unsupported(self, "it needs exactly one such operand")),
        };
        let dims = self.dims(id).to_vec();
        let over_features = !dims.iter().any(|d| self.grid.is_features(d));
        let other_dims = self.dims(other);
        let wanted = |d: &Dim| if over_features { self.grid.is_features(d) } else { self.grid.is_samples(d) };
        if !other_dims.iter().any(wanted) || other_dims.len() > 2 {
            return Err(unsupported(self, "the other operand is not a model and not an error"));
        }
        let matrix = self.packed(matrix)?;
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
            (true, true, Binary::Add | Binary::Sub | Binary::Mul) => {
                self.both(id, f, a, b).map(Value::Packed)
            }
            (true, false, Binary::Mul) => self.times_public(id, a, b),
            (false, true, Binary::Mul) => self.times_public(id, b, a),
            (true, false, Binary::Add | Binary::Sub) => {
                self.plus_public(id, f, a, b, false).map(Value::Packed)
            }
            (false, true, Binary::Add | Binary::Sub) => {
                self.plus_public(id, f, b, a, true).map(Value::Packed)
            }
            _ => Err(self.error(
                id,
                codes::NO_PACKED_FORM,
                format!("`{}` of a secret has no packed form", f.name()),
                "only sums, differences and products of secrets are polynomial",
            )),
        }
    }

    /// Element by element on two secrets; a tensor that lacks dimensions of the other is already repeated over them.
    fn both(&mut self, id: NodeId, f: Binary, a: NodeId, b: NodeId) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let (mut a, mut b) = (self.packed(a)?, self.packed(b)?);
        let featured = dims.iter().any(|d| self.grid.is_features(d));
        let widths_differ = self.grid.blocks(&a.dims) != self.grid.blocks(&b.dims);
        if !featured && (a.inner != b.inner || widths_differ) {
            a = self.clean(id, a).map(|a| self.spread(a))?;
            b = self.clean(id, b).map(|b| self.spread(b))?;
        }
        let aligned =
            |x: &Packed| !featured || x.dims.iter().any(|d| self.grid.is_features(d)) && x.blocks.len() == 1;
        if a.blocks.len() != b.blocks.len() || !aligned(&a) || !aligned(&b) {
            return Err(self.error(
                id,
                codes::PACKED_DIFFERENTLY,
                "these two secrets are packed differently, and converting one is not supported yet".into(),
                "combine them before the matrix product, or let the owner combine them",
            ));
        }
        let same = a.dims.len() == dims.len() && b.dims.len() == dims.len();
        let clean = match f {
            Binary::Mul => a.clean && a.dims.len() == dims.len() || b.clean && b.dims.len() == dims.len(),
            _ => a.clean && b.clean && same,
        };
        let op = |builder: &mut Builder, x, y| match f {
            Binary::Add => builder.add(x, y),
            Binary::Sub => builder.sub(x, y),
            _ => builder.mul(x, y),
        };
        let blocks = a.blocks.iter().zip(&b.blocks).map(|(&x, &y)| op(&mut self.builder, x, y)).collect();
        Ok(Packed { dims, inner: a.inner, blocks, clean })
    }

    fn times_public(&mut self, id: NodeId, secret: NodeId, public: NodeId) -> Result<Value, LowerError> {
        if self.dims(public).is_empty() {
            let factor = self.factor(public)?;
            if let Value::Polynomial(polynomial) = &self.values[secret.index()] {
                let mut polynomial = polynomial.clone();
                polynomial.factor = self.builder.product(polynomial.factor, factor.1);
                polynomial.coefficients.iter_mut().for_each(|c| *c *= factor.0);
                return Ok(Value::Polynomial(polynomial));
            }
            let mut packed = self.packed(secret)?;
            let vector = self.builder.public(&vec![factor.0; self.grid.slots()], factor.1);
            for block in &mut packed.blocks {
                *block = self.builder.mul(*block, vector);
            }
            return Ok(Value::Packed(packed));
        }
        let packed = self.packed(secret)?;
        if self.dims(id).len() != packed.dims.len() {
            return Err(self.error(
                id,
                codes::PACKED_DIFFERENTLY,
                "this product spreads a secret over a public dimension, which is not supported yet".into(),
                "declare the secret with all dimensions",
            ));
        }
        let vectors = self.public_blocks(id, public, &packed)?;
        let blocks = packed.blocks.iter().zip(vectors).map(|(&x, v)| self.builder.mul(x, v)).collect();
        Ok(Value::Packed(Packed { dims: self.dims(id).to_vec(), inner: packed.inner, blocks, clean: true }))
    }

    fn plus_public(
        &mut self,
        id: NodeId,
        f: Binary,
        secret: NodeId,
        public: NodeId,
        reversed: bool,
    ) -> Result<Packed, LowerError> {
        let packed = self.packed(secret)?;
        if self.dims(id).len() != packed.dims.len() {
            return Err(self.error(
                id,
                codes::PACKED_DIFFERENTLY,
                "this sum spreads a secret over a public dimension, which is not supported yet".into(),
                "declare the secret with all dimensions",
            ));
        }
        let vectors = self.public_blocks(id, public, &packed)?;
        let op = |builder: &mut Builder, x, v| match (f, reversed) {
            (Binary::Add, _) => builder.add(x, v),
            (_, false) => builder.sub(x, v),
            (_, true) => builder.sub(v, x),
        };
        let blocks = packed.blocks.iter().zip(vectors).map(|(&x, v)| op(&mut self.builder, x, v)).collect();
        Ok(Packed { dims: self.dims(id).to_vec(), blocks, ..packed })
    }

    /// A public tensor spread over the result's dimensions and packed like `like`, zero outside the support.
    fn public_blocks(
        &mut self,
        id: NodeId,
        public: NodeId,
        like: &Packed,
    ) -> Result<Vec<SlotId>, LowerError> {
        let dims = self.dims(id).to_vec();
        let layout = self.grid.layout(&dims, like.inner).map_err(|e| self.packing(id, &e))?;
        let names: Vec<String> = self.dims(public).iter().map(|d| d.name.clone()).collect();
        let (tensor, factor) = if names.is_empty() {
            let (value, factor) = self.factor(public)?;
            (Tensor::scalar(value), factor)
        } else if self.body[public.index()] {
            return Err(self.error(
                id,
                codes::NO_PACKED_FORM,
                "a public tensor that changes with the iteration is not supported yet".into(),
                "index a public vector by the iteration, so that a number is left",
            ));
        } else {
            (self.public_tensor(public)?, None)
        };
        let axes: Vec<usize> =
            names.iter().filter_map(|name| dims.iter().position(|d| &d.name == name)).collect();
        let vector = |block: usize| -> Vec<f64> {
            let at = |slot| {
                let index = layout.index(block, slot)?;
                tensor.get(&axes.iter().map(|&axis| index[axis]).collect::<Vec<_>>())
            };
            (0..layout.slots()).map(|slot| at(slot).unwrap_or(0.0)).collect()
        };
        Ok((0..layout.ciphertexts()).map(|block| self.builder.public(&vector(block), factor)).collect())
    }

    /// A public number: one that never changes as itself, another as a factor per iteration.
    fn factor(&mut self, id: NodeId) -> Result<(f64, Option<FactorId>), LowerError> {
        if !self.body[id.index()] {
            let value = self.public_tensor(id)?.as_scalar().unwrap_or(f64::NAN);
            return Ok((value, None));
        }
        let iterations = self.program.train.iterations;
        let values: Vec<f64> = (1..=iterations)
            .map(|t| self.public.get(id, t).and_then(|v| v.as_scalar()).unwrap_or(f64::NAN))
            .collect();
        if values.iter().any(|v| !v.is_finite()) {
            return Err(self.not_finite(id));
        }
        let text = self.program.graph.node(id).name.clone().unwrap_or_else(|| format!("tensor {id}"));
        Ok((1.0, Some(self.builder.factor(text, values))))
    }

    fn public_tensor(&mut self, id: NodeId) -> Result<Tensor, LowerError> {
        match self.public.get(id, 1) {
            Some(value) if value.data.iter().all(|v| v.is_finite()) => Ok(value),
            _ => Err(self.not_finite(id)),
        }
    }

    fn not_finite(&self, id: NodeId) -> LowerError {
        let what = "this public value is not finite, or cannot be computed".into();
        self.error(id, codes::BAD_PUBLIC, what, "check for a division by zero or a logarithm of 0")
    }

    /// The node's value in slots; a waiting polynomial is evaluated with the mask of its support.
    fn packed(&mut self, id: NodeId) -> Result<Packed, LowerError> {
        match self.values[id.index()].clone() {
            Value::Packed(packed) => Ok(packed),
            Value::Polynomial(polynomial) => self.evaluate(id, &polynomial),
            Value::Public | Value::Owner => Err(self.error(
                id,
                codes::OWNER_MEETS_SECRET,
                "a secret was expected here, found a value that is not encrypted".into(),
                "encrypt it: `secret NAME : TYPE = VALUE`",
            )),
        }
    }

    fn evaluate(&mut self, id: NodeId, polynomial: &Polynomial) -> Result<Packed, LowerError> {
        let argument = &polynomial.argument;
        let layout = self.grid.layout(&argument.dims, argument.inner).map_err(|e| self.packing(id, &e))?;
        let mut blocks = Vec::with_capacity(argument.blocks.len());
        for (block, &z) in argument.blocks.iter().enumerate() {
            let mask = layout.support(block);
            let value = polynomial::evaluate(
                &mut self.builder,
                z,
                &polynomial.coefficients,
                &mask,
                polynomial.factor,
            );
            let zero = vec![0.0; self.grid.slots()];
            blocks.push(value.unwrap_or_else(|| self.builder.public(&zero, None)));
        }
        Ok(Packed { dims: argument.dims.clone(), inner: argument.inner, blocks, clean: true })
    }

    /// Zeros outside the support: as the polynomial z, whose mask costs one level.
    fn clean(&mut self, id: NodeId, value: Packed) -> Result<Packed, LowerError> {
        if value.clean {
            return Ok(value);
        }
        self.evaluate(id, &Polynomial { argument: value, coefficients: vec![0.0, 1.0], factor: None })
    }

    /// Copies the first column of each block into the others.
    fn spread(&mut self, value: Packed) -> Packed {
        let featured = value.dims.iter().any(|d| self.grid.is_features(d));
        if value.inner == Inner::Copy || featured {
            return value;
        }
        let width = self.grid.columns / self.grid.blocks(&value.dims);
        let blocks = value.blocks.iter().map(|&b| self.builder.fold(b, -1, width.ilog2())).collect();
        Packed { inner: Inner::Copy, blocks, ..value }
    }

    fn finish(mut self) -> Result<Program, LowerError> {
        let program = self.program;
        let mut carried = Vec::new();
        for variable in &program.train.carried {
            let init = self.start(variable.init, variable.param)?;
            let next = self.packed(variable.next)?;
            let next = if next.dims == self.dims(variable.param) {
                self.clean(variable.next, next)?
            } else {
                let what = format!("`{}` changes its dimensions in the loop", variable.name);
                return Err(self.error(
                    variable.next,
                    codes::PACKED_DIFFERENTLY,
                    what,
                    "keep the declared order of dimensions",
                ));
            };
            carried.push(Carried { name: variable.name.clone(), init, next: next.blocks });
        }
        let mut outputs = Vec::new();
        for reveal in &program.reveals {
            let value = self.packed(reveal.node)?;
            let layout =
                self.grid.layout(&value.dims, value.inner).map_err(|e| self.packing(reveal.node, &e))?;
            outputs.push(Output { name: reveal.name.clone(), layout, values: value.blocks });
        }
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
        })
    }

    /// First value of a loop variable, packed like the variable.
    fn start(&mut self, init: NodeId, param: NodeId) -> Result<Vec<SlotId>, LowerError> {
        if self.program.graph.node(init).ty.place == Place::Secret {
            return self.packed(init).map(|p| p.blocks);
        }
        let like = self.packed(param)?;
        self.public_blocks(param, init, &like)
    }
}
