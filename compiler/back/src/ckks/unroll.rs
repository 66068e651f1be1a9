//! Slot graph → straight-line arithmetic on ciphertexts: iterations written out, public values folded.
//!
//! A first iteration on a public model costs nothing it need not: its rotations are rotations of a public vector,
//! its products are products with public vectors, and a zero model leaves no product at all.

use super::graph::{ConstantId, Op};
use crate::slot;
use crate::slot::graph::{MAX_OPERATIONS, selected};
use crate::slot::interner::Interner;
use hep_plan::{Part, Parts, SlotVector, Step};
use hep_tensor as tensor;
use hep_tensor::dag::{Dag, NodeId};
use hep_tensor::optimization::{Optimization, Optimizations};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;
use thiserror::Error;

/// An operation before levels are placed: [`Op::SumMul`] and [`Op::SumMulPlain`] stand for their rescaled results,
/// and there is no relinearize, rescale or drop yet.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Whether it is made of the uploads as they are before the loop.
    pub of_uploads: bool,
    /// Node of the tensor graph it serves.
    pub origin: tensor::NodeId,
}

/// The unrolled program.
#[derive(Debug)]
pub struct Unrolled {
    /// Operations on ciphertexts.
    pub graph: Dag<Node>,
    /// Which of them are before the loop, in each iteration, and after it.
    pub parts: Parts,
    /// Public vectors.
    pub constants: Vec<SlotVector>,
    /// Values of each output.
    pub outputs: Vec<Vec<NodeId>>,
}

/// Why a loop cannot be written out.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UnrollError {
    /// An output is public.
    #[error("`{0}` depends on no secret after the loop, so there is nothing to train on ciphertexts")]
    Public(String),
    /// The written-out program would be too long.
    #[error(
        "{iterations} iterations of {operations} operations exceed the limit of {MAX_OPERATIONS} operations"
    )]
    TooLong {
        /// Number of iterations.
        iterations: u32,
        /// Operations of the loop body.
        operations: usize,
    },
}

/// A vector that is known, or a ciphertext.
#[derive(Clone)]
enum Value {
    Public(Rc<Known>),
    Cipher(NodeId),
}

/// A known vector. What is asked of it for every ciphertext it meets is found once.
struct Known {
    values: Vec<f64>,
    zero: bool,
    one: bool,
    constant: OnceCell<ConstantId>,
}

impl Value {
    fn public(values: Vec<f64>) -> Self {
        Self::Public(Self::known(values))
    }

    fn known(values: Vec<f64>) -> Rc<Known> {
        let all = |wanted: f64| values.iter().all(|v| *v == wanted);
        let (zero, one) = (all(0.0), all(1.0));
        Rc::new(Known { values, zero, one, constant: OnceCell::new() })
    }
}

/// Writes the loop out.
///
/// # Errors
/// When an output is public, or the loop too long.
pub fn unroll(program: &slot::Program, on: Optimizations) -> Result<Unrolled, UnrollError> {
    let mut machine = Machine {
        program,
        on,
        graph: Dag::new(),
        parts: Parts::default(),
        constants: Vec::new(),
        known_constants: Interner::default(),
        known: HashMap::new(),
        products: HashMap::new(),
        values: vec![None; program.graph.len()],
        part: Part::Prologue,
        origin: hep_tensor::dag::NodeId(0),
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
    let (operations, iterations) = (phase(true, false).count(), program.iterations);
    if operations.saturating_mul(iterations as usize) > MAX_OPERATIONS {
        return Err(UnrollError::TooLong { iterations, operations });
    }
    phase(false, false).for_each(|id| machine.step(id, &[]));
    let mut carried: Vec<Vec<Value>> = program.carried.iter().map(|c| machine.read(&c.init)).collect();
    for iteration in 1..=program.iterations {
        machine.begin(Part::Iteration(iteration));
        phase(true, false).for_each(|id| machine.step(id, &carried));
        carried = program.carried.iter().map(|c| machine.read(&c.next)).collect();
    }
    machine.begin(Part::Epilogue);
    phase(false, true).for_each(|id| machine.step(id, &carried));
    let outputs = program
        .outputs
        .iter()
        .map(|output| {
            let values = machine.read(&output.values);
            let cipher = |v: Value| match v {
                Value::Cipher(id) => Ok(id),
                Value::Public(_) => Err(UnrollError::Public(output.name.clone())),
            };
            values.into_iter().map(cipher).collect::<Result<Vec<_>, _>>()
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Unrolled { graph: machine.graph, parts: machine.parts, constants: machine.constants, outputs })
}

/// A known vector and its product with a constant.
type Product = (Rc<Known>, Rc<Known>);

struct Machine<'a> {
    program: &'a slot::Program,
    on: Optimizations,
    graph: Dag<Node>,
    parts: Parts,
    constants: Vec<SlotVector>,
    known_constants: Interner,
    known: HashMap<(Op, Vec<NodeId>), NodeId>,
    /// Products of a constant and a known vector, which is kept so that its address stays its own.
    products: HashMap<(ConstantId, *const Known), Product>,
    values: Vec<Option<Value>>,
    part: Part,
    origin: tensor::NodeId,
}

impl Machine<'_> {
    fn begin(&mut self, part: Part) {
        self.part = part;
        self.parts.begin(part, self.graph.len());
    }

    /// What public values are asked for.
    fn iteration(&self) -> u32 {
        match self.part {
            Part::Prologue => 0,
            Part::Iteration(iteration) => iteration,
            Part::Epilogue => self.program.iterations,
        }
    }

    fn read(&self, ids: &[NodeId]) -> Vec<Value> {
        ids.iter().map(|id| self.value(*id)).collect()
    }

    fn value(&self, id: NodeId) -> Value {
        self.values[id.index()].clone().unwrap_or_else(|| Value::public(vec![0.0; self.program.slots()]))
    }

    fn push(&mut self, op: Op, operands: Vec<NodeId>) -> NodeId {
        let key = (op, operands);
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let node = Node { op: key.0.clone(), of_uploads: self.part == Part::Prologue, origin: self.origin };
        let id = self.graph.push(node, key.1.clone());
        self.known.insert(key, id);
        id
    }

    fn constant(&mut self, known: &Known) -> ConstantId {
        *known.constant.get_or_init(|| {
            let packed = SlotVector::new(&known.values);
            ConstantId(self.known_constants.position(&mut self.constants, packed) as u32)
        })
    }

    fn step(&mut self, id: NodeId, carried: &[Vec<Value>]) {
        let node = self.program.graph.node(id);
        self.origin = node.origin;
        let operands = self.read(self.program.graph.operands(id));
        let value = match (&node.op, operands.as_slice()) {
            (slot::graph::Op::Input { upload, block }, _) => {
                Value::Cipher(self.push(Op::Input { input: *upload as u32, block: *block as u32 }, vec![]))
            }
            (slot::graph::Op::Public { vector, factor }, _) => {
                Value::public(self.program.public(*vector, *factor, self.iteration()))
            }
            (slot::graph::Op::Series(vectors), _) => {
                Value::public(self.program.series(vectors, self.iteration()))
            }
            (slot::graph::Op::Select, values) => values[selected(values.len(), self.iteration())].clone(),
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
                if p.zero {
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
            (Value::Cipher(a), Value::Public(p)) if p.zero => Value::Cipher(*a),
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
            Value::Public(a) => Value::public(a.values.iter().map(|v| -v).collect()),
            Value::Cipher(a) => Value::Cipher(self.push(Op::Negate, vec![*a])),
        }
    }

    fn rotate(&mut self, a: &Value, step: Step) -> Value {
        match a {
            Value::Public(a) => {
                let mut turned = a.values.clone();
                turned.rotate_left(step.0 as usize);
                Value::public(turned)
            }
            Value::Cipher(a) => Value::Cipher(self.push(Op::Rotate(vec![step]), vec![*a])),
        }
    }

    /// Public pairs fold, ciphertexts times public vectors share one rescale, ciphertext pairs one relinearization.
    fn sum_mul(&mut self, operands: &[Value]) -> Value {
        let mut public: Option<Value> = None;
        let mut plain: Vec<(NodeId, Rc<Known>)> = Vec::new();
        let mut ones: Vec<NodeId> = Vec::new();
        let mut cipher: Vec<NodeId> = Vec::new();
        for pair in operands.chunks_exact(2) {
            match (&pair[0], &pair[1]) {
                (Value::Public(a), Value::Public(b)) => {
                    let product = zip(a, b, |x, y| x * y);
                    public = Some(self.plus(public, product));
                }
                (Value::Cipher(a), Value::Cipher(b)) => cipher.extend([*a, *b]),
                (Value::Cipher(a), Value::Public(p)) | (Value::Public(p), Value::Cipher(a)) => {
                    if p.one {
                        ones.push(*a);
                    } else if !p.zero {
                        plain.push(self.absorbed(*a, p));
                    }
                }
            }
        }
        let mut sum = public;
        if !cipher.is_empty() {
            let product = Value::Cipher(self.push(Op::SumMul, cipher));
            sum = Some(self.plus(sum, product));
        }
        if !plain.is_empty() {
            let distribute = self.on.contains(Optimization::PublicWeights);
            let plain = if distribute { self.distributed(plain) } else { plain };
            let (nodes, vectors): (Vec<_>, Vec<_>) = plain.into_iter().unzip();
            let constants = vectors.iter().map(|v| self.constant(v)).collect();
            let product = Value::Cipher(self.push(Op::SumMulPlain(constants), nodes));
            sum = Some(self.plus(sum, product));
        }
        for one in ones {
            sum = Some(self.plus(sum, Value::Cipher(one)));
        }
        sum.unwrap_or_else(|| Value::public(vec![0.0; self.program.slots()]))
    }

    fn plus(&mut self, sum: Option<Value>, value: Value) -> Value {
        match sum {
            Some(sum) => self.add(&value, &sum),
            None => value,
        }
    }

    /// Σᵢ (Σₖ aₖ∘cᵢₖ)∘pᵢ is Σₖ aₖ∘(Σᵢ cᵢₖ∘pᵢ): a level less, and hardly more products where the aₖ repeat, as the
    /// rotations do from which all turns of a matrix are made.
    fn distributed(&self, terms: Vec<(NodeId, Rc<Known>)>) -> Vec<(NodeId, Rc<Known>)> {
        let mut position: HashMap<NodeId, usize> = HashMap::new();
        for (a, _) in &terms {
            if !matches!(self.graph.node(*a).op, Op::SumMulPlain(_)) {
                return terms;
            }
            for source in self.graph.operands(*a) {
                let next = position.len();
                position.entry(*source).or_insert(next);
            }
            if position.len() > 2 * terms.len() {
                return terms;
            }
        }
        let mut sums: Vec<(NodeId, Vec<f64>)> = Vec::new();
        for (a, p) in &terms {
            let Op::SumMulPlain(constants) = &self.graph.node(*a).op else { continue };
            for (source, constant) in self.graph.operands(*a).iter().zip(constants) {
                let at = position.get(source).copied().unwrap_or(sums.len());
                if at == sums.len() {
                    sums.push((*source, vec![0.0; p.values.len()]));
                }
                self.constants[constant.0 as usize].add_product(&p.values, &mut sums[at].1);
            }
        }
        sums.into_iter().map(|(source, values)| (source, Value::known(values))).collect()
    }

    /// (a∘c)∘p is a∘(c∘p): a level less.
    fn absorbed(&mut self, a: NodeId, p: &Rc<Known>) -> (NodeId, Rc<Known>) {
        let (Op::SumMulPlain(constants), &[source]) = (&self.graph.node(a).op, self.graph.operands(a)) else {
            return (a, Rc::clone(p));
        };
        let first = constants[0];
        let (_, product) = self.products.entry((first, Rc::as_ptr(p))).or_insert_with(|| {
            let expanded = self.constants[first.0 as usize].expand();
            let values = expanded.iter().zip(&p.values).map(|(x, y)| x * y).collect();
            (Rc::clone(p), Value::known(values))
        });
        (source, Rc::clone(product))
    }
}

fn zip(a: &Known, b: &Known, f: impl Fn(f64, f64) -> f64) -> Value {
    Value::public(a.values.iter().zip(&b.values).map(|(x, y)| f(*x, *y)).collect())
}
