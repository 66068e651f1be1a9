//! Operations on what is known and what is not: public values fold.

use super::{Machine, UnrollError, Value};
use crate::ckks::graph::{ConstantId, Op};
use crate::ckks::unroll::known::Known;
use hep_plan::{Constant, Step};
use hep_tensor::dag::NodeId;
use hep_tensor::optimization::Optimization;
use std::collections::HashMap;
use std::rc::Rc;

impl Machine<'_> {
    pub(super) fn add(&mut self, a: &Value, b: &Value) -> Result<Value, UnrollError> {
        Ok(match (a, b) {
            (Value::Public(a), Value::Public(b)) => Value::Public(self.arithmetic.sum(a, b, 1.0)?),
            (Value::Cipher(a), Value::Cipher(b)) => Value::Cipher(self.push(Op::Add, vec![*a, *b])),
            (Value::Cipher(a), Value::Public(p)) | (Value::Public(p), Value::Cipher(a)) => {
                if p.zero {
                    return Ok(Value::Cipher(*a));
                }
                let constant = self.constant(p);
                Value::Cipher(self.push(Op::AddPlain(constant), vec![*a]))
            }
        })
    }

    pub(super) fn sub(&mut self, a: &Value, b: &Value) -> Result<Value, UnrollError> {
        Ok(match (a, b) {
            (Value::Public(a), Value::Public(b)) => Value::Public(self.arithmetic.sum(a, b, -1.0)?),
            (Value::Cipher(a), Value::Cipher(b)) => Value::Cipher(self.push(Op::Sub, vec![*a, *b])),
            (Value::Cipher(a), Value::Public(p)) if p.zero => Value::Cipher(*a),
            (Value::Cipher(a), Value::Public(p)) => {
                let constant = self.constant(p);
                Value::Cipher(self.push(Op::SubPlain(constant), vec![*a]))
            }
            (Value::Public(_), Value::Cipher(_)) => {
                let negative = self.neg(b)?;
                self.add(a, &negative)?
            }
        })
    }

    pub(super) fn neg(&mut self, a: &Value) -> Result<Value, UnrollError> {
        Ok(match a {
            Value::Public(a) => {
                Value::Public(self.arithmetic.map(a, |values| values.iter().map(|v| -v).collect())?)
            }
            Value::Cipher(a) => Value::Cipher(self.push(Op::Negate, vec![*a])),
        })
    }

    pub(super) fn rotate(&mut self, a: &Value, step: Step) -> Result<Value, UnrollError> {
        Ok(match a {
            Value::Public(a) => Value::Public(self.arithmetic.rotated(a, step)?),
            Value::Cipher(a) => Value::Cipher(self.push(Op::Rotate(vec![step]), vec![*a])),
        })
    }

    /// Public pairs fold, ciphertexts times public vectors share one rescale, ciphertext pairs one relinearization.
    pub(super) fn sum_mul(&mut self, operands: &[Value]) -> Result<Value, UnrollError> {
        let mut public: Option<Value> = None;
        let mut plain: Vec<(NodeId, Rc<Known>)> = Vec::new();
        let mut ones: Vec<NodeId> = Vec::new();
        let mut cipher: Vec<NodeId> = Vec::new();
        for pair in operands.chunks_exact(2) {
            match (&pair[0], &pair[1]) {
                (Value::Public(a), Value::Public(b)) => {
                    let product = Value::Public(self.arithmetic.product(a, b)?);
                    public = Some(self.plus(public, product)?);
                }
                (Value::Cipher(a), Value::Cipher(b)) => cipher.extend([*a, *b]),
                (Value::Cipher(a), Value::Public(p)) | (Value::Public(p), Value::Cipher(a)) => {
                    if p.one {
                        ones.push(*a);
                    } else if !p.zero {
                        plain.push(self.absorbed(*a, p)?);
                    }
                }
            }
        }
        let mut sum = public;
        if !cipher.is_empty() {
            let product = Value::Cipher(self.push(Op::SumMul, cipher));
            sum = Some(self.plus(sum, product)?);
        }
        if !plain.is_empty() {
            let distribute = self.on.contains(Optimization::PublicWeights);
            let plain = if distribute { self.distributed(plain)? } else { plain };
            let (nodes, vectors): (Vec<_>, Vec<_>) = plain.into_iter().unzip();
            let constants = vectors.iter().map(|v| self.constant(v)).collect();
            let product = Value::Cipher(self.push(Op::SumMulPlain(constants), nodes));
            sum = Some(self.plus(sum, product)?);
        }
        for one in ones {
            sum = Some(self.plus(sum, Value::Cipher(one))?);
        }
        Ok(sum.unwrap_or_else(|| Value::public(vec![0.0; self.program.slots()])))
    }

    fn plus(&mut self, sum: Option<Value>, value: Value) -> Result<Value, UnrollError> {
        match sum {
            Some(sum) => self.add(&value, &sum),
            None => Ok(value),
        }
    }

    /// Σᵢ (Σₖ aₖ∘cᵢₖ)∘pᵢ is Σₖ aₖ∘(Σᵢ cᵢₖ∘pᵢ): a level less, and hardly more products where the aₖ repeat, as the
    /// rotations do from which all turns of a matrix are made. Only of vectors that are the same in all runs.
    fn distributed(
        &mut self,
        terms: Vec<(NodeId, Rc<Known>)>,
    ) -> Result<Vec<(NodeId, Rc<Known>)>, UnrollError> {
        let mut position: HashMap<NodeId, usize> = HashMap::new();
        for (a, p) in &terms {
            let Op::SumMulPlain(constants) = &self.graph.node(*a).op else { return Ok(terms) };
            let fixed = |constant: &ConstantId| self.constants[constant.0 as usize].fixed().is_some();
            if p.values().is_none() || !constants.iter().all(fixed) {
                return Ok(terms);
            }
            for source in self.graph.operands(*a) {
                let next = position.len();
                position.entry(*source).or_insert(next);
            }
            if position.len() > 2 * terms.len() {
                return Ok(terms);
            }
        }
        let mut sums: Vec<(NodeId, Vec<f64>)> = Vec::new();
        for (a, p) in &terms {
            let (Op::SumMulPlain(constants), Some(values)) = (&self.graph.node(*a).op, p.values()) else {
                continue;
            };
            for (source, constant) in self.graph.operands(*a).iter().zip(constants) {
                let at = position.get(source).copied().unwrap_or(sums.len());
                if at == sums.len() {
                    sums.push((*source, vec![0.0; values.len()]));
                }
                if let Some(constant) = self.constants[constant.0 as usize].fixed() {
                    constant.add_product(values, &mut sums[at].1);
                }
            }
        }
        Ok(sums.into_iter().map(|(source, values)| (source, Known::fixed(values))).collect())
    }

    /// (a∘c)∘p is a∘(c∘p): a level less.
    pub(super) fn absorbed(&mut self, a: NodeId, p: &Rc<Known>) -> Result<(NodeId, Rc<Known>), UnrollError> {
        let (Op::SumMulPlain(constants), &[source]) = (&self.graph.node(a).op, self.graph.operands(a)) else {
            return Ok((a, Rc::clone(p)));
        };
        let first = constants[0];
        if let Some((_, product)) = self.products.get(&(first, Rc::as_ptr(p))) {
            return Ok((source, Rc::clone(product)));
        }
        let factor = self.vector(first)?;
        let product = self.arithmetic.product(&factor, p)?;
        self.products.insert((first, Rc::as_ptr(p)), (Rc::clone(p), Rc::clone(&product)));
        Ok((source, product))
    }

    /// A constant as a vector to compute with.
    fn vector(&mut self, constant: ConstantId) -> Result<Rc<Known>, UnrollError> {
        match &self.constants[constant.0 as usize] {
            Constant::Fixed(vector) => Ok(Known::fixed(vector.expand())),
            Constant::Sum(terms) => {
                let numbers = |table| self.arithmetic.tables.numbers(table).unwrap_or_default().to_vec();
                let terms = terms.iter().map(|(vector, table)| (vector.expand(), numbers(*table))).collect();
                self.filled(terms)
            }
        }
    }
}
