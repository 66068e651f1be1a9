//! Schedule + parameters → the server's instructions.

use crate::ckks::graph::{ConstantId, Op as Ckks, Program};
use crate::ckks::scale::{Atom, Form, FormId};
use hep_plan::isa::{Op, Plains};
use hep_plan::server::{Instr, Kind, Reg, Server, ValueInfo};
use hep_plan::units::{Level, Scale, Step};
use hep_plan::{Params, Part};
use hep_tensor as tensor;
use hep_tensor::dag::NodeId;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Instructions with the register of each node.
#[derive(Debug)]
pub struct Emitted {
    /// The program.
    pub server: Server,
    /// Register of each node of the graph.
    pub registers: Vec<Reg>,
    /// Level and scale of each upload.
    pub inputs: Vec<(Level, Scale)>,
    /// For each value the node of the tensor graph that it serves; for a constant the first one.
    pub origins: Vec<tensor::NodeId>,
    /// For each value whether it is made of the uploads as they are before the loop.
    pub of_uploads: Vec<bool>,
}

/// Emits a schedule; with hoisting, all rotations of a ciphertext are one instruction.
#[must_use]
pub fn server(program: &Program, params: &Params, scale_bits: u32, hoisting: bool) -> Emitted {
    let mut rotations: BTreeMap<NodeId, Vec<(Step, NodeId)>> = BTreeMap::new();
    for id in program.graph.ids() {
        if let (Some(step), [source]) = (program.graph.node(id).op.rotation(), program.graph.operands(id)) {
            rotations.entry(if hoisting { *source } else { id }).or_default().push((step, id));
        }
    }
    let mut products: BTreeMap<Shared, Vec<NodeId>> = BTreeMap::new();
    for id in program.graph.ids().filter(|id| matches!(program.graph.node(*id).op, Ckks::HoistedProducts(_)))
    {
        products.entry(Shared::of(program, id)).or_default().push(id);
    }
    let mut emitter = Emitter {
        program,
        params,
        scale_bits,
        server: Server { constants: program.constants.clone(), ..Server::default() },
        registers: vec![None; program.graph.len()],
        encoded: BTreeMap::new(),
        scales: RefCell::default(),
        quotients: RefCell::default(),
        inputs: vec![(params.max_level(), Scale(1.0)); program.uploads.len()],
        origins: Vec::new(),
        of_uploads: Vec::new(),
        rotations,
        products,
        hoisting,
    };
    for id in program.graph.ids() {
        emitter.server.parts.begin(program.part(id), emitter.server.instrs.len());
        emitter.node(id);
    }
    for (part, _) in program.parts.ranges(0) {
        emitter.server.parts.begin(part, emitter.server.instrs.len());
    }
    let registers = emitter.registers.iter().map(|r| r.unwrap_or(0)).collect();
    let Emitter { server, inputs, origins, of_uploads, .. } = emitter;
    Emitted { server, registers, inputs, origins, of_uploads }
}

/// A product, its factor, and the depth of the prime that the product is times.
type Quotient = (FormId, FormId, Option<u32>);

struct Emitter<'a> {
    program: &'a Program,
    params: &'a Params,
    scale_bits: u32,
    server: Server,
    registers: Vec<Option<Reg>>,
    /// Constants already encoded.
    encoded: BTreeMap<Encoded, Reg>,
    /// The number of each scale of the program: few of them differ.
    scales: RefCell<HashMap<FormId, Scale>>,
    /// The numbers of quotients of two of them.
    quotients: RefCell<HashMap<Quotient, Scale>>,
    inputs: Vec<(Level, Scale)>,
    origins: Vec<tensor::NodeId>,
    of_uploads: Vec<bool>,
    /// Rotations by their source, or each by itself.
    rotations: BTreeMap<NodeId, Vec<(Step, NodeId)>>,
    /// Sums of products of rotations by what they share.
    products: BTreeMap<Shared, Vec<NodeId>>,
    hoisting: bool,
}

/// What sums of products of rotations have in common that are one instruction.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shared {
    operands: BTreeSet<NodeId>,
    depth: u32,
    part: Part,
}

impl Shared {
    fn of(program: &Program, id: NodeId) -> Self {
        let operands = program.graph.operands(id).iter().copied().collect();
        Self { operands, depth: program.graph.node(id).depth, part: program.part(id) }
    }
}

/// How a constant is encoded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Encoded {
    constant: ConstantId,
    level: Level,
    scale_bits: u64,
    extended: bool,
}

impl Emitter<'_> {
    fn level(&self, depth: u32) -> Level {
        Level(self.program.depth - depth)
    }

    fn number(&self, form: &Form) -> Scale {
        let resolved = self.program.scales.resolve(form);
        let prime = |depth: u32| self.params.q[(self.program.depth - depth) as usize];
        Scale(resolved.value(self.scale_bits, prime))
    }

    /// The scale of a node.
    fn scale(&self, of: NodeId) -> Scale {
        let form = &self.program.graph.node(of).scale;
        *self.scales.borrow_mut().entry(form.id()).or_insert_with(|| self.number(form))
    }

    /// The scale that a factor of one node must have for a product of another, which is times the prime at a depth where one is given.
    fn quotient(&self, product: NodeId, prime: Option<u32>, factor: NodeId) -> Scale {
        let (product, factor) =
            (&self.program.graph.node(product).scale, &self.program.graph.node(factor).scale);
        let find = || {
            let quotient = product.over(factor);
            self.number(
                &prime.map_or(quotient.clone(), |depth| quotient.times(&Form::atom(Atom::Prime(depth)))),
            )
        };
        *self.quotients.borrow_mut().entry((product.id(), factor.id(), prime)).or_insert_with(find)
    }

    fn value(&mut self, serves: NodeId, kind: Kind, level: Level, scale: Scale) -> Reg {
        self.server.values.push(ValueInfo { kind, level, scale });
        let node = self.program.graph.node(serves);
        self.origins.push(node.origin);
        self.of_uploads.push(node.of_uploads);
        self.server.values.len() as Reg - 1
    }

    fn register(&self, id: NodeId) -> Reg {
        self.registers[id.index()].unwrap_or(0)
    }

    fn node(&mut self, id: NodeId) {
        if self.registers[id.index()].is_some() {
            return; // a rotation already made beside another of its source
        }
        let node = self.program.graph.node(id);
        let operands = self.program.graph.operands(id);
        let level = self.level(node.depth);
        let scale = self.scale(id);
        match &node.op {
            Ckks::Rotate(_) => {
                let group = if self.hoisting { operands[0] } else { id };
                return self.rotations(group, operands[0], level, scale);
            }
            Ckks::HoistedProducts(_) => return self.hoisted_products(id),
            Ckks::Input { input, .. } => self.inputs[*input as usize] = (level, scale),
            _ => {}
        }
        let ciphers: Vec<Reg> = operands.iter().map(|operand| self.register(*operand)).collect();
        // A factor has the scale that is missing, a summand that of the sum.
        let factors = matches!(node.op.row().plains, Plains::Each(_));
        let mut terms = operands.iter();
        let op = node.op.map(|constant| {
            let factor = terms.next().filter(|_| factors);
            let at = factor.map_or(scale, |a| self.quotient(id, None, *a));
            self.encode(id, Kind::Plain, *constant, level, at)
        });
        let out = self.value(id, Kind::Cipher { parts: node.parts }, level, scale);
        self.registers[id.index()] = Some(out);
        self.server.instrs.push(Instr { op, ciphers, outputs: vec![out] });
    }

    /// All rotations of a group, which have one source, at once.
    fn rotations(&mut self, group: NodeId, source: NodeId, level: Level, scale: Scale) {
        let turns = self.rotations.remove(&group).unwrap_or_default();
        let op = Op::Rotate(turns.iter().map(|(step, _)| *step).collect());
        let ciphers = vec![self.register(source)];
        let mut outputs = Vec::with_capacity(turns.len());
        for (_, id) in turns {
            let out = self.value(id, Kind::Cipher { parts: 2 }, level, scale);
            self.registers[id.index()] = Some(out);
            outputs.push(out);
        }
        self.server.instrs.push(Instr { op, ciphers, outputs });
    }

    /// All sums of products with rotations of the operands of one that end at its depth, at once.
    fn hoisted_products(&mut self, first: NodeId) {
        let members = self.products.remove(&Shared::of(self.program, first)).unwrap_or_default();
        let depth = self.program.graph.node(first).depth;
        let (above, below) = (self.level(depth - 1), self.level(depth));
        let (mut sums, mut ciphers) = (Vec::with_capacity(members.len()), Vec::new());
        for &id in &members {
            let (node, operands) = (self.program.graph.node(id), self.program.graph.operands(id));
            let Ckks::HoistedProducts(own) = &node.op else { continue };
            let term = |(a, (step, c)): (&NodeId, &(Step, ConstantId))| {
                let scale = self.quotient(id, Some(depth - 1), *a);
                ciphers.push(self.register(*a));
                (*step, self.encode(id, Kind::ExtendedPlain, *c, above, scale))
            };
            sums.push(operands.iter().zip(own.iter().flatten()).map(term).collect());
        }
        let mut outputs = Vec::with_capacity(members.len());
        for id in members {
            let scale = self.scale(id);
            let out = self.value(id, Kind::Cipher { parts: 2 }, below, scale);
            self.registers[id.index()] = Some(out);
            outputs.push(out);
        }
        self.server.instrs.push(Instr { op: Op::HoistedProducts(sums), ciphers, outputs });
    }

    fn encode(&mut self, user: NodeId, kind: Kind, constant: ConstantId, level: Level, scale: Scale) -> Reg {
        let extended = kind == Kind::ExtendedPlain;
        let key = Encoded { constant, level, scale_bits: scale.0.to_bits(), extended };
        if let Some(&known) = self.encoded.get(&key) {
            return known;
        }
        let out = self.value(user, kind, level, scale);
        let op = Op::Encode { constant: constant.0 };
        self.server.instrs.push(Instr { op, ciphers: vec![], outputs: vec![out] });
        self.encoded.insert(key, out);
        out
    }
}
