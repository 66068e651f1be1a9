//! Slot graph → straight-line arithmetic on ciphertexts: iterations written out, public values folded.
//!
//! A first iteration on a public model costs nothing it need not: its rotations are rotations of a public vector,
//! its products are products with public vectors, and a zero model leaves no product at all.

use super::graph::{ConstantId, Op};
use crate::dag::{Dag, NodeId};
use crate::slot;
use crate::tensor;
use hep_plan::{SlotVector, Step};
use std::collections::BTreeMap;
use std::rc::Rc;
use thiserror::Error;

/// An operation before levels are placed: [`Op::SumMul`] and [`Op::SumMulPlain`] stand for their rescaled results,
/// and there is no relinearise, rescale or drop yet.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Iteration, from 1; 0 before the loop.
    pub iteration: u32,
    /// Node of the tensor graph it serves.
    pub origin: tensor::NodeId,
}

/// The unrolled program.
#[derive(Debug)]
pub struct Unrolled {
    /// Operations on ciphertexts.
    pub graph: Dag<Node>,
    /// Public vectors.
    pub constants: Vec<SlotVector>,
    /// Values of each output.
    pub outputs: Vec<Vec<NodeId>>,
}

/// Why a program has nothing to run.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` does not depend on any secret, so there is nothing to train on ciphertexts")]
pub struct PublicOutput(pub String);

/// A vector that is known, or a ciphertext.
#[derive(Clone)]
enum Value {
    Public(Rc<Vec<f64>>),
    Cipher(NodeId),
}

/// Writes the loop out.
///
/// # Errors
/// When an output is public.
pub fn unroll(program: &slot::Program) -> Result<Unrolled, PublicOutput> {
    let mut machine = Machine {
        program,
        graph: Dag::new(),
        constants: Vec::new(),
        known: BTreeMap::new(),
        values: vec![None; program.graph.len()],
        iteration: 0,
        origin: crate::dag::NodeId(0),
    };
    let needed = program.graph.reachable(program.roots());
    let (body, after) = (program.in_body(), program.in_epilogue());
    let phase = |want_body: bool, want_after: bool| {
        let (needed, body, after) = (&needed, &body, &after);
        program.graph.ids().filter(move |id| {
            let i = id.index();
            needed[i] && body[i] == want_body && after[i] == want_after
        })
    };
    phase(false, false).for_each(|id| machine.step(id, &[]));
    let mut carried: Vec<Vec<Value>> = program.carried.iter().map(|c| machine.read(&c.init)).collect();
    for iteration in 1..=program.iterations {
        machine.iteration = iteration;
        phase(true, false).for_each(|id| machine.step(id, &carried));
        carried = program.carried.iter().map(|c| machine.read(&c.next)).collect();
    }
    phase(false, true).for_each(|id| machine.step(id, &carried));
    let outputs = program
        .outputs
        .iter()
        .map(|output| {
            let values = machine.read(&output.values);
            let cipher = |v: Value| match v {
                Value::Cipher(id) => Ok(id),
                Value::Public(_) => Err(PublicOutput(output.name.clone())),
            };
            values.into_iter().map(cipher).collect::<Result<Vec<_>, _>>()
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Unrolled { graph: machine.graph, constants: machine.constants, outputs })
}

struct Machine<'a> {
    program: &'a slot::Program,
    graph: Dag<Node>,
    constants: Vec<SlotVector>,
    known: BTreeMap<String, NodeId>,
    values: Vec<Option<Value>>,
    iteration: u32,
    origin: tensor::NodeId,
}

impl Machine<'_> {
    fn read(&self, ids: &[NodeId]) -> Vec<Value> {
        ids.iter().map(|id| self.value(*id)).collect()
    }

    fn value(&self, id: NodeId) -> Value {
        self.values[id.index()]
            .clone()
            .unwrap_or_else(|| Value::Public(Rc::new(vec![0.0; self.program.slots()])))
    }

    fn push(&mut self, op: Op, operands: Vec<NodeId>) -> NodeId {
        let key = format!("{op:?}{operands:?}");
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let id = self.graph.push(Node { op, iteration: self.iteration, origin: self.origin }, operands);
        self.known.insert(key, id);
        id
    }

    fn constant(&mut self, values: &[f64]) -> ConstantId {
        let packed = SlotVector::new(values);
        let found = self.constants.iter().position(|c| *c == packed);
        ConstantId(found.unwrap_or_else(|| {
            self.constants.push(packed);
            self.constants.len() - 1
        }) as u32)
    }

    fn step(&mut self, id: NodeId, carried: &[Vec<Value>]) {
        let node = self.program.graph.node(id);
        self.origin = node.origin;
        let operands = self.read(self.program.graph.operands(id));
        let value = match (&node.op, operands.as_slice()) {
            (slot::graph::Op::Input { upload, block }, _) => {
                Value::Cipher(self.push(Op::Input { upload: *upload, block: *block }, vec![]))
            }
            (slot::graph::Op::Public { vector, factor }, _) => {
                Value::Public(Rc::new(self.program.public(*vector, *factor, self.iteration)))
            }
            (slot::graph::Op::Carried { var, block } | slot::graph::Op::Final { var, block }, _) => {
                carried[*var][*block].clone()
            }
            (slot::graph::Op::Add, [a, b]) => self.add(a, b),
            (slot::graph::Op::Sub, [a, b]) => self.sub(a, b),
            (slot::graph::Op::Neg, [a]) => self.neg(a),
            (slot::graph::Op::Rotate(step), [a]) => self.rotate(a, *step),
            (_, operands) => self.sum_mul(operands),
        };
        self.values[id.index()] = Some(value);
    }

    fn add(&mut self, a: &Value, b: &Value) -> Value {
        match (a, b) {
            (Value::Public(a), Value::Public(b)) => zip(a, b, |x, y| x + y),
            (Value::Cipher(a), Value::Cipher(b)) => Value::Cipher(self.push(Op::Add, vec![*a, *b])),
            (Value::Cipher(a), Value::Public(p)) | (Value::Public(p), Value::Cipher(a)) => {
                if is_zero(p) {
                    return Value::Cipher(*a);
                }
                let constant = self.constant(p);
                Value::Cipher(self.push(Op::AddPlain(constant), vec![*a]))
            }
        }
    }

    fn sub(&mut self, a: &Value, b: &Value) -> Value {
        match (a, b) {
            (Value::Public(a), Value::Public(b)) => zip(a, b, |x, y| x - y),
            (Value::Cipher(a), Value::Cipher(b)) => Value::Cipher(self.push(Op::Sub, vec![*a, *b])),
            (Value::Cipher(a), Value::Public(p)) if is_zero(p) => Value::Cipher(*a),
            (Value::Cipher(a), Value::Public(p)) => {
                let constant = self.constant(p);
                Value::Cipher(self.push(Op::SubPlain(constant), vec![*a]))
            }
            (Value::Public(_), Value::Cipher(_)) => {
                let negative = self.neg(b);
                self.add(a, &negative)
            }
        }
    }

    fn neg(&mut self, a: &Value) -> Value {
        match a {
            Value::Public(a) => Value::Public(Rc::new(a.iter().map(|v| -v).collect())),
            Value::Cipher(a) => Value::Cipher(self.push(Op::Neg, vec![*a])),
        }
    }

    fn rotate(&mut self, a: &Value, step: Step) -> Value {
        match a {
            Value::Public(a) => {
                let mut turned = a.to_vec();
                turned.rotate_left(step.0 as usize);
                Value::Public(Rc::new(turned))
            }
            Value::Cipher(a) => Value::Cipher(self.push(Op::Rotate(step), vec![*a])),
        }
    }

    /// Public pairs fold, ciphertexts times public vectors share one rescale, ciphertext pairs one relinearisation.
    fn sum_mul(&mut self, operands: &[Value]) -> Value {
        let mut public = Value::Public(Rc::new(vec![0.0; self.program.slots()]));
        let mut plain: Vec<(NodeId, Rc<Vec<f64>>)> = Vec::new();
        let mut ones: Vec<NodeId> = Vec::new();
        let mut cipher: Vec<NodeId> = Vec::new();
        for pair in operands.chunks_exact(2) {
            match (&pair[0], &pair[1]) {
                (Value::Public(a), Value::Public(b)) => {
                    let product = zip(a, b, |x, y| x * y);
                    public = self.add(&public, &product);
                }
                (Value::Cipher(a), Value::Cipher(b)) => cipher.extend([*a, *b]),
                (Value::Cipher(a), Value::Public(p)) | (Value::Public(p), Value::Cipher(a)) => {
                    if p.iter().all(|v| *v == 1.0) {
                        ones.push(*a);
                    } else if !is_zero(p) {
                        plain.push(self.absorbed(*a, p));
                    }
                }
            }
        }
        let mut sum = public;
        if !cipher.is_empty() {
            let product = Value::Cipher(self.push(Op::SumMul, cipher));
            sum = self.add(&product, &sum);
        }
        if !plain.is_empty() {
            let (nodes, vectors): (Vec<_>, Vec<_>) = plain.into_iter().unzip();
            let constants = vectors.iter().map(|v| self.constant(v)).collect();
            let product = Value::Cipher(self.push(Op::SumMulPlain(constants), nodes));
            sum = self.add(&product, &sum);
        }
        for one in ones {
            sum = self.add(&Value::Cipher(one), &sum);
        }
        sum
    }

    /// (a∘c)∘p is a∘(c∘p): a level less.
    fn absorbed(&self, a: NodeId, p: &Rc<Vec<f64>>) -> (NodeId, Rc<Vec<f64>>) {
        match (&self.graph.node(a).op, self.graph.operands(a)) {
            (Op::SumMulPlain(constants), &[source]) => {
                let first = self.constants[constants[0].0 as usize].expand();
                (source, Rc::new(first.iter().zip(p.iter()).map(|(x, y)| x * y).collect()))
            }
            _ => (a, Rc::clone(p)),
        }
    }
}

fn zip(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Value {
    Value::Public(Rc::new(a.iter().zip(b).map(|(x, y)| f(*x, *y)).collect()))
}

fn is_zero(values: &[f64]) -> bool {
    values.iter().all(|v| *v == 0.0)
}
