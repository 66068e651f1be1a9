//! Slot graph → arithmetic on ciphertexts: iterations written out, public values folded.
//!
//! A first iteration on a public model costs nothing it need not: its rotations are rotations of a public vector,
//! its products are products with public vectors, and a zero model leaves no product at all. Of a loop that stays rolled only the first
//! iterations are written out, and a body whose public values are known by the run ([`rolled`]).

mod fold;
mod known;
mod window;

pub use window::{Operand, Window, rolled};

use super::graph::{ConstantId, Loop, Op, Refreshes};
use crate::slot;
use crate::slot::graph::{MAX_OPERATIONS, selected};
use crate::slot::interner::Interner;
use hep_plan::{Constant, Part, Parts, PerRun, Table, Tables};
use hep_tensor as tensor;
use hep_tensor::dag::{Dag, NodeId};
use hep_tensor::optimization::Optimizations;
use known::{Arithmetic, Known, TooVaried};
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
    /// The loop that repeats.
    pub repeats: Option<Loop>,
    /// What differs between its runs.
    pub tables: Tables,
    /// What is refreshed.
    pub refreshes: Refreshes,
    /// Public vectors.
    pub constants: Vec<Constant>,
    /// Values of each output.
    pub outputs: Vec<Vec<NodeId>>,
}

impl Unrolled {
    /// Nodes whose values are handed on.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> + '_ {
        let results = self.outputs.iter().flatten().copied();
        results.chain(self.repeats.iter().flat_map(Loop::roots))
    }
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
    /// The loop does not stay rolled.
    #[error("iterations differ too much to be runs of one loop")]
    Varied,
}

impl From<TooVaried> for UnrollError {
    fn from(_: TooVaried) -> Self {
        Self::Varied
    }
}

/// A vector that is known, or a ciphertext.
#[derive(Clone)]
enum Value {
    Public(Rc<Known>),
    Cipher(NodeId),
}

impl Value {
    fn public(values: Vec<f64>) -> Self {
        Self::Public(Known::fixed(values))
    }
}

/// Writes the loop out.
///
/// # Errors
/// When an output is public, or the loop too long.
pub fn unroll(program: &slot::Program, on: Optimizations) -> Result<Unrolled, UnrollError> {
    let mut machine = Machine::new(program, on);
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
    machine.steps(phase(false, false), &[])?;
    let mut carried: Vec<Vec<Value>> = program.carried.iter().map(|c| machine.read(&c.init)).collect();
    for iteration in 1..=program.iterations {
        machine.begin(Part::Iteration(iteration), Clock::At(iteration));
        machine.steps(phase(true, false), &carried)?;
        carried = program.carried.iter().map(|c| machine.read(&c.next)).collect();
    }
    machine.begin(Part::Epilogue, Clock::At(program.iterations));
    machine.steps(phase(false, true), &carried)?;
    machine.finish(None)
}

/// A known vector and its product with a constant.
type Product = (Rc<Known>, Rc<Known>);

/// Which iteration it is.
#[derive(Clone, Debug)]
enum Clock {
    /// This one; 0 before the loop.
    At(u32),
    /// By the run.
    OfRun(Vec<u32>),
}

struct Machine<'a> {
    program: &'a slot::Program,
    on: Optimizations,
    graph: Dag<Node>,
    parts: Parts,
    arithmetic: Arithmetic,
    refreshes: Refreshes,
    constants: Vec<Constant>,
    known_constants: Interner,
    known: HashMap<(Op, Vec<NodeId>), NodeId>,
    /// Products of a constant and a known vector, which is kept so that its address stays its own.
    products: HashMap<(ConstantId, *const Known), Product>,
    values: Vec<Option<Value>>,
    part: Part,
    clock: Clock,
    /// Where the body of the loop that repeats begins.
    body_start: usize,
    origin: tensor::NodeId,
}

impl<'a> Machine<'a> {
    fn new(program: &'a slot::Program, on: Optimizations) -> Self {
        Self {
            program,
            on,
            graph: Dag::new(),
            parts: Parts::default(),
            arithmetic: Arithmetic::default(),
            refreshes: Refreshes::default(),
            constants: Vec::new(),
            known_constants: Interner::default(),
            known: HashMap::new(),
            products: HashMap::new(),
            values: vec![None; program.graph.len()],
            part: Part::Prologue,
            clock: Clock::At(0),
            body_start: 0,
            origin: hep_tensor::dag::NodeId(0),
        }
    }

    fn begin(&mut self, part: Part, clock: Clock) {
        self.part = part;
        self.clock = clock;
        self.parts.begin(part, self.graph.len());
    }

    fn steps(
        &mut self,
        mut ids: impl Iterator<Item = NodeId>,
        carried: &[Vec<Value>],
    ) -> Result<(), UnrollError> {
        ids.try_for_each(|id| self.step(id, carried))
    }

    fn finish(self, repeats: Option<Loop>) -> Result<Unrolled, UnrollError> {
        let cipher = |(output, v): (&slot::graph::Output, Value)| match v {
            Value::Cipher(id) => Ok(id),
            Value::Public(_) => Err(UnrollError::Public(output.name.clone())),
        };
        let values = |output: &slot::graph::Output| {
            self.read(&output.values).into_iter().map(|value| cipher((output, value))).collect()
        };
        let outputs = self.program.outputs.iter().map(values).collect::<Result<Vec<_>, _>>()?;
        let Self { graph, parts, constants, refreshes, arithmetic, .. } = self;
        Ok(Unrolled { graph, parts, repeats, tables: arithmetic.tables, refreshes, constants, outputs })
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
            ConstantId(self.known_constants.position(&mut self.constants, known.packed()) as u32)
        })
    }

    fn step(&mut self, id: NodeId, carried: &[Vec<Value>]) -> Result<(), UnrollError> {
        let node = self.program.graph.node(id);
        self.origin = node.origin;
        let operands = self.read(self.program.graph.operands(id));
        let value = match (&node.op, operands.as_slice()) {
            (slot::graph::Op::Input { upload, block }, _) => {
                let op = Op::Input { input: *upload as u32, block: (*block as u32).into() };
                Value::Cipher(self.push(op, vec![]))
            }
            (slot::graph::Op::Public { vector, factor }, _) => Value::Public(self.public(*vector, *factor)?),
            (slot::graph::Op::Series(vectors), _) => Value::Public(self.series(vectors)?),
            (slot::graph::Op::Select, values) => self.select(values)?,
            (slot::graph::Op::Carried { var, block } | slot::graph::Op::Final { var, block }, _) => {
                carried[*var][*block].clone()
            }
            (slot::graph::Op::Add, [a, b]) => self.add(a, b)?,
            (slot::graph::Op::Sub, [a, b]) => self.sub(a, b)?,
            (slot::graph::Op::Neg, [a]) => self.neg(a)?,
            (slot::graph::Op::Rotate(step), [a]) => self.rotate(a, *step)?,
            (_, operands) => self.sum_mul(operands)?,
        };
        self.values[id.index()] = Some(value);
        Ok(())
    }

    /// A public vector in the iterations that it is.
    fn public(
        &mut self,
        vector: slot::graph::VectorId,
        factor: Option<slot::graph::FactorId>,
    ) -> Result<Rc<Known>, UnrollError> {
        match (&self.clock, factor) {
            (Clock::OfRun(iterations), Some(factor)) => {
                let numbers = &self.program.factors[factor.0 as usize].values;
                let number = |iteration: &u32| numbers[(*iteration).max(1) as usize - 1];
                let terms =
                    vec![(self.program.public(vector, None, 0), iterations.iter().map(number).collect())];
                self.filled(terms)
            }
            (Clock::At(iteration), factor) => {
                Ok(Known::fixed(self.program.public(vector, factor, *iteration)))
            }
            (Clock::OfRun(_), None) => Ok(Known::fixed(self.program.public(vector, None, 0))),
        }
    }

    /// The vector of an iteration, or of every run.
    fn series(&mut self, vectors: &[slot::graph::VectorId]) -> Result<Rc<Known>, UnrollError> {
        let iterations = match &self.clock {
            Clock::At(iteration) => return Ok(Known::fixed(self.program.series(vectors, *iteration))),
            Clock::OfRun(iterations) => iterations,
        };
        let of = |iteration: &u32| vectors[(*iteration).max(1) as usize - 1];
        let mut distinct: Vec<_> = iterations.iter().map(of).collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() > known::MAX_TERMS {
            return Err(UnrollError::Varied);
        }
        let chosen = |vector| iterations.iter().map(|i| f64::from(u8::from(of(i) == vector))).collect();
        let terms = distinct.into_iter().map(|vector| (self.program.public(vector, None, 0), chosen(vector)));
        let terms = terms.collect();
        self.filled(terms)
    }

    fn filled(&mut self, terms: Vec<(Vec<f64>, Vec<f64>)>) -> Result<Rc<Known>, UnrollError> {
        let known = self.arithmetic.of_runs(terms)?;
        let empty = known.values().is_some_and(<[f64]>::is_empty);
        Ok(if empty { Known::fixed(vec![0.0; self.program.slots()]) } else { known })
    }

    /// What an iteration chooses, or every run by a table.
    fn select(&mut self, values: &[Value]) -> Result<Value, UnrollError> {
        let iterations = match &self.clock {
            Clock::At(iteration) => return Ok(values[selected(values.len(), *iteration)].clone()),
            Clock::OfRun(iterations) => iterations,
        };
        let mut positions: Vec<u32> = iterations.iter().map(|i| selected(values.len(), *i) as u32).collect();
        let same = positions.iter().all(|position| *position == positions[0]);
        if same {
            return Ok(values[positions[0] as usize].clone());
        }
        let ciphers: Option<Vec<NodeId>> = values
            .iter()
            .map(|value| match value {
                Value::Cipher(id) => Some(*id),
                Value::Public(_) => None,
            })
            .collect();
        let Some(ciphers) = ciphers else { return Err(UnrollError::Varied) };
        period(&mut positions);
        Ok(Value::Cipher(self.chosen(&ciphers, positions)))
    }

    /// One of several ciphertexts by the run. Where all are ciphertexts of one upload, the one is read.
    fn chosen(&mut self, ciphers: &[NodeId], positions: Vec<u32>) -> NodeId {
        let block = |id: &NodeId| match self.graph.node(*id).op {
            Op::Input { input, block: PerRun::Always(block) } => Some((input, block)),
            _ => None,
        };
        let blocks: Option<Vec<(u32, u32)>> = ciphers.iter().map(block).collect();
        if let Some(blocks) = blocks.filter(|blocks| blocks.iter().all(|(input, _)| *input == blocks[0].0)) {
            let table = positions.iter().map(|position| blocks[*position as usize].1).collect();
            let table = self.arithmetic.tables.add(Table::Positions(table));
            return self.push(Op::Input { input: blocks[0].0, block: PerRun::Table(table) }, vec![]);
        }
        let table = self.arithmetic.tables.add(Table::Positions(positions));
        self.push(Op::Select(PerRun::Table(table)), ciphers.to_vec())
    }
}

/// Shortens a list to its period.
fn period(list: &mut Vec<u32>) {
    let repeats = |length: usize| list.iter().enumerate().all(|(at, v)| *v == list[at % length]);
    if let Some(length) = (1..list.len()).find(|length| repeats(*length)) {
        list.truncate(length);
    }
}
