//! Schedule + parameters → the server's instructions.

mod run_scales;

pub use run_scales::RunScales;

use crate::ckks::graph::{ConstantId, Op as Ckks, Program, Region};
use crate::ckks::scale::{Atom, Form, FormId};
use hep_plan::isa::{Op, Plains};
use hep_plan::server::{CarriedReg, Instr, Kind, Reg, Repeats, Server, ValueInfo};
use hep_plan::units::{Level, Scale, Step};
use hep_plan::{Params, Part, Table, TableId};
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
    let numbers = RunScales::of(program, params, scale_bits);
    let mut emitter = Emitter {
        program,
        numbers,
        server: Server {
            constants: program.constants.clone(),
            tables: program.tables.clone(),
            ..Server::default()
        },
        registers: vec![None; program.graph.len()],
        encoded: BTreeMap::new(),
        scales: RefCell::default(),
        quotients: RefCell::default(),
        inputs: vec![(params.max_level(), Scale(1.0)); program.uploads.len()],
        origins: Vec::new(),
        of_uploads: Vec::new(),
        together: Together::of(program, hoisting),
        hoisting,
    };
    let mut region = Region::Before;
    for id in program.graph.ids() {
        let here = program.region(id);
        if std::mem::replace(&mut region, here) != here {
            emitter.begins(here);
        }
        emitter.server.parts.begin(program.part(id), emitter.server.instrs.len());
        emitter.node(id);
    }
    for (part, _) in program.parts.ranges(0) {
        emitter.server.parts.begin(part, emitter.server.instrs.len());
    }
    let register = |id: NodeId| emitter.registers[id.index()].unwrap_or(0);
    emitter.server.repeats = program.repeats.as_ref().map(|repeats| Repeats {
        first: repeats.first,
        runs: repeats.runs,
        within: repeats.within,
        carried: repeats
            .carried
            .iter()
            .map(|carried| CarriedReg { init: register(carried.init), next: register(carried.next) })
            .collect(),
    });
    let registers = emitter.registers.iter().map(|r| r.unwrap_or(0)).collect();
    let Emitter { server, inputs, origins, of_uploads, .. } = emitter;
    Emitted { server, registers, inputs, origins, of_uploads }
}

/// Nodes that are one instruction with others.
struct Together {
    /// Rotations by their source and where they are, or each by itself.
    rotations: BTreeMap<(NodeId, Region), Vec<(Step, NodeId)>>,
    /// Sums of products of rotations by what they share.
    products: BTreeMap<Shared, Vec<NodeId>>,
    /// The results of refreshes by what is refreshed.
    refreshes: BTreeMap<(Vec<NodeId>, Region), Vec<NodeId>>,
}

impl Together {
    fn of(program: &Program, hoisting: bool) -> Self {
        let mut found =
            Self { rotations: BTreeMap::new(), products: BTreeMap::new(), refreshes: BTreeMap::new() };
        for id in program.graph.ids() {
            let (op, operands, region) =
                (&program.graph.node(id).op, program.graph.operands(id), program.region(id));
            if let (Some(step), [source]) = (op.rotation(), operands) {
                let group = if hoisting { *source } else { id };
                found.rotations.entry((group, region)).or_default().push((step, id));
            }
            match op {
                Ckks::HoistedProducts(_) => {
                    found.products.entry(Shared::of(program, id)).or_default().push(id);
                }
                Ckks::Refresh { .. } => {
                    found.refreshes.entry((operands.to_vec(), region)).or_default().push(id);
                }
                _ => {}
            }
        }
        found
    }
}

/// A product, its factor, and the depth of the prime that the product is times.
type Quotient = (FormId, FormId, Option<u32>);

/// A scale, and what it is in every run where that differs.
type Found = (Scale, Option<TableId>);

struct Emitter<'a> {
    program: &'a Program,
    numbers: RunScales<'a>,
    server: Server,
    registers: Vec<Option<Reg>>,
    /// Constants already encoded.
    encoded: BTreeMap<Encoded, Reg>,
    /// The number of each scale of the program: few of them differ.
    scales: RefCell<HashMap<(FormId, Region), Found>>,
    /// The numbers of quotients of two of them.
    quotients: RefCell<HashMap<(Quotient, Region), Found>>,
    inputs: Vec<(Level, Scale)>,
    origins: Vec<tensor::NodeId>,
    of_uploads: Vec<bool>,
    together: Together,
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
    of_run: Option<TableId>,
    extended: bool,
}

/// A vector that a node reads, and how it is encoded for it.
struct Request {
    constant: ConstantId,
    kind: Kind,
    level: Level,
    scale: Found,
}

impl Emitter<'_> {
    fn level(&self, depth: u32) -> Level {
        self.program.level(depth)
    }

    fn found(&mut self, form: &Form, region: Region) -> Found {
        let resolved = self.program.scales.resolve(form);
        match self.numbers.by_run(&resolved, region) {
            None => (self.numbers.fixed(&resolved), None),
            Some(scales) => {
                let first = scales.first().copied().unwrap_or(f64::NAN);
                let differs = scales.iter().any(|scale| scale.to_bits() != first.to_bits());
                (Scale(first), differs.then(|| self.server.tables.add(Table::Numbers(scales))))
            }
        }
    }

    /// The scale of a node.
    fn scale(&mut self, of: NodeId) -> Found {
        let region = self.program.region(of);
        let form = self.program.graph.node(of).scale.clone();
        let key = (form.id(), region);
        let known = self.scales.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let found = self.found(&form, region);
            self.scales.borrow_mut().insert(key, found);
            found
        })
    }

    /// The scale that a factor of one node must have for a product of another, which is times the prime at a depth where one is given.
    fn quotient(&mut self, product: NodeId, prime: Option<u32>, factor: NodeId) -> Found {
        let region = self.program.region(product);
        let (product, factor) =
            (self.program.graph.node(product).scale.clone(), self.program.graph.node(factor).scale.clone());
        let key = ((product.id(), factor.id(), prime), region);
        let known = self.quotients.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let quotient = product.over(&factor);
            let quotient =
                prime.map_or(quotient.clone(), |depth| quotient.times(&Form::atom(Atom::Prime(depth))));
            let found = self.found(&quotient, region);
            self.quotients.borrow_mut().insert(key, found);
            found
        })
    }

    fn value(&mut self, serves: NodeId, kind: Kind, level: Level, (scale, of_run): Found) -> Reg {
        let reg = self.server.values.len() as Reg;
        self.server.values.push(ValueInfo { kind, level, scale });
        if let Some(table) = of_run {
            self.server.scales.insert(reg, table);
        }
        let node = self.program.graph.node(serves);
        self.origins.push(node.origin);
        self.of_uploads.push(node.of_uploads);
        reg
    }

    fn register(&self, id: NodeId) -> Reg {
        self.registers[id.index()].unwrap_or(0)
    }

    /// Vectors that are the same in all runs are encoded before them; nothing that is made in the loop is read after it.
    fn begins(&mut self, region: Region) {
        match region {
            Region::Before => {}
            Region::Body => {
                let program = self.program;
                for id in program.graph.ids().filter(|id| program.region(*id) == Region::Body) {
                    for request in self.requests(id) {
                        let fixed = program.constants[request.constant.0 as usize].fixed().is_some();
                        if fixed && request.scale.1.is_none() {
                            self.encode(id, &request);
                        }
                    }
                }
            }
            Region::After => {
                let first = self.server.body().start;
                let made_before: BTreeSet<Reg> = self.server.instrs[..first]
                    .iter()
                    .flat_map(|instr| instr.outputs.iter().copied())
                    .collect();
                self.encoded.retain(|_, reg| made_before.contains(reg));
            }
        }
    }

    /// The vectors that a node reads, in their order.
    fn requests(&mut self, id: NodeId) -> Vec<Request> {
        let program = self.program;
        let (node, operands) = (program.graph.node(id), program.graph.operands(id));
        if let Ckks::HoistedProducts(own) = &node.op {
            let above = self.level(node.depth - 1);
            let terms = operands.iter().zip(own.iter().flatten());
            let request = |(a, (_, constant)): (&NodeId, &(Step, ConstantId))| {
                let scale = self.quotient(id, Some(node.depth - 1), *a);
                Request { constant: *constant, kind: Kind::ExtendedPlain, level: above, scale }
            };
            return terms.map(request).collect();
        }
        // A factor has the scale that is missing, a summand that of the sum.
        let factors = matches!(node.op.row().plains, Plains::Each(_));
        let mut terms = operands.iter();
        let request = |constant: ConstantId| {
            let factor = terms.next().filter(|_| factors);
            let scale = match factor {
                Some(a) => self.quotient(id, None, *a),
                None => self.scale(id),
            };
            Request { constant, kind: Kind::Plain, level: program.level(node.depth), scale }
        };
        node.op.plains().into_iter().map(request).collect()
    }

    fn node(&mut self, id: NodeId) {
        if self.registers[id.index()].is_some() {
            return; // made already beside another that shares its work
        }
        let node = self.program.graph.node(id);
        let operands = self.program.graph.operands(id);
        match &node.op {
            Ckks::Rotate(_) => {
                let group = if self.hoisting { operands[0] } else { id };
                return self.rotations((group, self.program.region(id)), operands[0]);
            }
            Ckks::HoistedProducts(_) => return self.hoisted_products(id),
            Ckks::Refresh { .. } => return self.refresh(id),
            _ => {}
        }
        let (level, scale) = (self.level(node.depth), self.scale(id));
        if let Ckks::Input { input, .. } = &node.op {
            self.inputs[*input as usize] = (level, scale.0);
        }
        let ciphers: Vec<Reg> = operands.iter().map(|operand| self.register(*operand)).collect();
        let requests = self.requests(id);
        let plains: Vec<Reg> = requests.iter().map(|request| self.encode(id, request)).collect();
        let mut plains = plains.into_iter();
        let op = node.op.map(|_| plains.next().unwrap_or(0));
        let out = self.value(id, Kind::Cipher { parts: node.parts }, level, scale);
        self.registers[id.index()] = Some(out);
        self.server.instrs.push(Instr { op, ciphers, outputs: vec![out] });
    }

    /// A value of two parts for each node.
    fn outputs(&mut self, ids: &[NodeId]) -> Vec<Reg> {
        let mut outputs = Vec::with_capacity(ids.len());
        for &id in ids {
            let (level, scale) = (self.level(self.program.graph.node(id).depth), self.scale(id));
            let out = self.value(id, Kind::Cipher { parts: 2 }, level, scale);
            self.registers[id.index()] = Some(out);
            outputs.push(out);
        }
        outputs
    }

    /// All rotations of a group, which have one source, at once.
    fn rotations(&mut self, group: (NodeId, Region), source: NodeId) {
        let turns = self.together.rotations.remove(&group).unwrap_or_default();
        let op = Op::Rotate(turns.iter().map(|(step, _)| *step).collect());
        let ciphers = vec![self.register(source)];
        let outputs = self.outputs(&turns.iter().map(|(_, id)| *id).collect::<Vec<_>>());
        self.server.instrs.push(Instr { op, ciphers, outputs });
    }

    /// All results of a refresh at once.
    fn refresh(&mut self, first: NodeId) {
        let operands = self.program.graph.operands(first).to_vec();
        let ciphers = operands.iter().map(|operand| self.register(*operand)).collect();
        let key = (operands, self.program.region(first));
        let members = self.together.refreshes.remove(&key).unwrap_or_default();
        let (mut number, mut results) = (0, Vec::new());
        for &id in &members {
            if let Ckks::Refresh { shape, results: half } = &self.program.graph.node(id).op {
                number = *shape;
                results.extend_from_slice(half);
            }
        }
        let outputs = self.outputs(&members);
        self.server.instrs.push(Instr { op: Op::Refresh { shape: number, results }, ciphers, outputs });
    }

    /// All sums of products with rotations of the operands of one that end at its depth, at once.
    fn hoisted_products(&mut self, first: NodeId) {
        let members = self.together.products.remove(&Shared::of(self.program, first)).unwrap_or_default();
        let (mut sums, mut ciphers) = (Vec::with_capacity(members.len()), Vec::new());
        for &id in &members {
            let (node, operands) = (self.program.graph.node(id), self.program.graph.operands(id));
            let Ckks::HoistedProducts(own) = &node.op else { continue };
            let mut terms = Vec::with_capacity(operands.len());
            let requests = self.requests(id);
            for ((a, (step, _)), request) in operands.iter().zip(own.iter().flatten()).zip(&requests) {
                ciphers.push(self.register(*a));
                terms.push((*step, self.encode(id, request)));
            }
            sums.push(terms);
        }
        let outputs = self.outputs(&members);
        self.server.instrs.push(Instr { op: Op::HoistedProducts(sums), ciphers, outputs });
    }

    fn encode(&mut self, user: NodeId, request: &Request) -> Reg {
        let Request { constant, kind, level, scale } = *request;
        let extended = kind == Kind::ExtendedPlain;
        let key = Encoded { constant, level, scale_bits: scale.0.0.to_bits(), of_run: scale.1, extended };
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
