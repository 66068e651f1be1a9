//! Order of the instructions where memory is short: list scheduling.
//!
//! What comes before the loop falls into *components*, each what is made of one upload: in the usual order all of them are made
//! first, and their copies of the data wait for their use. Here a component is made when the loop can go no
//! further without it, and everything that can run on its results runs at once. A sum of products
//! that reads many components need not wait for the last of them either: after every `together` components it takes up
//! the products that are the last use of a copy, and continues with the others later. Its parts are added before they are
//! relinearized, which costs additions only. Additions modulo a prime are exact, so that the order changes no bit of
//! the result.

use crate::emit::Emission;
use hep_plan::isa::Op;
use hep_plan::server::{Instr, Reg, Server};
use hep_plan::{Part, Parts, Plan};
use hep_tensor as tensor;
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet};

/// The plan with its instructions in an order that keeps few copies; with `together`, sums are taken up in parts.
#[must_use]
pub fn reordered(emission: &Emission, together: Option<usize>) -> Emission {
    let plan = &emission.plan;
    let keep = plan.result_values();
    let mut list = List::new(emission, &keep);
    list.run(together, &keep);
    let parts = list.parts();
    let List { made, mut out, origins, of_uploads, .. } = list;
    out.parts = parts;
    let value = |reg: &Reg| made[*reg as usize].unwrap_or(*reg);
    let mut outputs = plan.outputs.clone();
    outputs.iter_mut().flat_map(|output| &mut output.values).for_each(|reg| *reg = value(reg));
    Emission { plan: Plan { server: out, outputs, ..plan.clone() }, origins, of_uploads }
}

fn encodes(instr: &Instr) -> bool {
    matches!(instr.op, Op::Encode { .. })
}

/// The products of a sum.
fn products(instr: &Instr) -> Vec<(Reg, Reg)> {
    match &instr.op {
        Op::SumMul => instr.ciphers.as_chunks::<2>().0.iter().map(|[a, b]| (*a, *b)).collect(),
        Op::SumMulPlain(plains) => instr.ciphers.iter().copied().zip(plains.iter().copied()).collect(),
        _ => vec![],
    }
}

/// A sum that was begun, or could be.
#[derive(Default)]
struct Open {
    /// Products it has taken up.
    taken: BTreeSet<usize>,
    /// Their sum.
    sum: Option<Reg>,
}

/// The list scheduler. Positions are those of the source, registers too unless they are in `made` or `out`.
struct List<'a> {
    emission: &'a Emission,
    source: &'a Server,
    /// Instruction that defines a register.
    maker: Vec<usize>,
    /// Instructions that read a register, each once.
    users: Vec<Vec<usize>>,
    /// Reads of a register that are still to come; one more for results.
    reads: Vec<usize>,
    /// Registers of ciphertexts that an instruction still waits for.
    waiting: Vec<usize>,
    emitted: Vec<bool>,
    /// Whether an instruction makes something of the uploads alone, before the loop.
    early: Vec<bool>,
    /// Component of what comes before the loop.
    component: Vec<usize>,
    members: BTreeMap<usize, Vec<usize>>,
    ready: BTreeSet<usize>,
    open: BTreeMap<usize, Open>,
    made: Vec<Option<Reg>>,
    out: Server,
    /// What the new values serve.
    origins: Vec<tensor::NodeId>,
    of_uploads: Vec<bool>,
    /// The part that each new instruction was in; nothing of what is made when it is first read.
    places: Vec<Option<Part>>,
}

impl<'a> List<'a> {
    fn new(emission: &'a Emission, keep: &[Reg]) -> Self {
        let source = &emission.plan.server;
        let (instrs, values) = (&source.instrs, source.values.len());
        let mut maker = vec![0; values];
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); values];
        let mut reads = vec![0; values];
        let mut waiting = vec![0; instrs.len()];
        let mut components = UnionFind::new(instrs.len());
        let mut early = vec![false; instrs.len()];
        for (position, instr) in instrs.iter().enumerate() {
            let of_uploads = |reg: &Reg| emission.of_uploads[*reg as usize];
            early[position] = !encodes(instr) && instr.outputs.iter().all(of_uploads);
            let mut operands = instr.operands();
            operands.iter().for_each(|reg| reads[*reg as usize] += 1);
            operands.sort_unstable();
            operands.dedup();
            for reg in operands {
                let by = maker[reg as usize];
                if encodes(&instrs[by]) {
                    continue;
                }
                users[reg as usize].push(position);
                waiting[position] += 1;
                if early[position] && early[by] {
                    components.union(by, position);
                }
            }
            instr.outputs.iter().for_each(|reg| maker[*reg as usize] = position);
        }
        keep.iter().for_each(|reg| reads[*reg as usize] += 1);
        let component: Vec<usize> = (0..instrs.len()).map(|position| components.find(position)).collect();
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for position in (0..instrs.len()).filter(|position| early[*position]) {
            members.entry(component[position]).or_default().push(position);
        }
        let free = |position: &usize| {
            let instr = &instrs[*position];
            waiting[*position] == 0 && !early[*position] && !encodes(instr)
        };
        Self {
            ready: (0..instrs.len()).filter(free).collect(),
            emission,
            source,
            origins: Vec::with_capacity(values),
            of_uploads: Vec::with_capacity(values),
            places: Vec::with_capacity(instrs.len()),
            maker,
            users,
            reads,
            waiting,
            emitted: vec![false; instrs.len()],
            early,
            component,
            members,
            open: BTreeMap::new(),
            made: vec![None; values],
            out: Server { constants: source.constants.clone(), ..Server::default() },
        }
    }

    fn run(&mut self, together: Option<usize>, keep: &[Reg]) {
        let mut since = 0;
        for position in 0..self.source.instrs.len() {
            let instr = &self.source.instrs[position];
            if self.early[position] || encodes(instr) {
                continue;
            }
            self.drain();
            while let Some(component) = self.missing(position) {
                self.make(component);
                since += 1;
                if together.is_some_and(|together| since >= together) {
                    self.take_up();
                    since = 0;
                }
            }
        }
        for reg in keep {
            let maker = self.maker[*reg as usize];
            if !self.emitted[maker] {
                self.make(self.component[maker]);
            }
        }
        debug_assert!(
            self.emitted.iter().zip(&self.source.instrs).all(|(emitted, instr)| *emitted || encodes(instr))
        );
    }

    /// A component that an instruction waits for; everything else it reads has a lower position and is there.
    fn missing(&self, position: usize) -> Option<usize> {
        if self.emitted[position] {
            return None;
        }
        let makers = self.source.instrs[position].operands().into_iter().map(|reg| self.maker[reg as usize]);
        let mut waited = makers.filter(|by| self.early[*by] && !self.emitted[*by]);
        waited.next().map(|by| self.component[by])
    }

    fn make(&mut self, component: usize) {
        for position in self.members.remove(&component).unwrap_or_default() {
            self.emit(position);
            self.drain();
        }
    }

    /// Everything in the loop that can run.
    fn drain(&mut self) {
        while let Some(position) = self.ready.pop_first() {
            self.emit(position);
        }
    }

    fn emit(&mut self, position: usize) {
        self.emitted[position] = true;
        let instr = &self.source.instrs[position];
        if let Some(Open { taken, sum: Some(sum) }) = self.open.remove(&position) {
            let rest: Vec<(Reg, Reg)> =
                (0..).zip(products(instr)).filter(|(i, _)| !taken.contains(i)).map(|(_, t)| t).collect();
            let sum = if rest.is_empty() { sum } else { self.add_to(Some(sum), position, &rest) };
            self.define(instr.outputs[0], sum, position);
            return;
        }
        let operands = instr.operands();
        operands.iter().for_each(|reg| self.reads[*reg as usize] -= 1);
        let moved = instr.map(|reg| self.register(reg));
        let outputs = instr.outputs.iter().map(|reg| self.value(*reg)).collect::<Vec<_>>();
        self.append(Instr { outputs: outputs.clone(), ..moved }, position);
        for (old, new) in instr.outputs.iter().zip(outputs) {
            self.define(*old, new, position);
        }
    }

    /// The new register of a value; a constant is encoded when it is first read.
    fn register(&mut self, reg: Reg) -> Reg {
        if let Some(known) = self.made[reg as usize] {
            return known;
        }
        let instr = &self.source.instrs[self.maker[reg as usize]];
        debug_assert!(encodes(instr));
        let new = self.value(reg);
        self.out.instrs.push(Instr { outputs: vec![new], ..instr.clone() });
        self.places.push(None);
        self.made[reg as usize] = Some(new);
        new
    }

    /// A new register like an old one.
    fn value(&mut self, like: Reg) -> Reg {
        self.out.values.push(self.source.values[like as usize]);
        self.origins.push(self.emission.origins[like as usize]);
        self.of_uploads.push(self.emission.of_uploads[like as usize]);
        self.out.values.len() as Reg - 1
    }

    fn define(&mut self, old: Reg, new: Reg, by: usize) {
        self.made[old as usize] = Some(new);
        let fresh = self.early[by];
        for user in std::mem::take(&mut self.users[old as usize]) {
            self.waiting[user] -= 1;
            let instr = &self.source.instrs[user];
            if self.early[user] {
                continue;
            }
            if self.waiting[user] == 0 {
                self.ready.insert(user);
            } else if fresh && products(instr).len() > 1 {
                self.open.entry(user).or_default();
            }
        }
    }

    /// Lets every sum take up the products that are the last use of a ciphertext.
    fn take_up(&mut self) {
        let there = |(a, b): &(Reg, Reg)| {
            [*a, *b].iter().all(|reg| self.made[*reg as usize].is_some() || self.is_plain(*reg))
        };
        let mut found: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut wanted: BTreeMap<Reg, usize> = BTreeMap::new();
        for (&position, open) in &self.open {
            let terms = products(&self.source.instrs[position]);
            let takes = (0..terms.len()).filter(|i| !open.taken.contains(i) && there(&terms[*i]));
            let takes: Vec<usize> = takes.collect();
            for reg in takes.iter().flat_map(|i| [terms[*i].0, terms[*i].1]) {
                *wanted.entry(reg).or_default() += 1;
            }
            found.push((position, takes));
        }
        let ends = |reg: Reg| !self.is_plain(reg) && wanted.get(&reg) == Some(&self.reads[reg as usize]);
        let worth = |position: usize, i: &usize| {
            let (a, b) = products(&self.source.instrs[position])[*i];
            ends(a) || ends(b)
        };
        for (position, takes) in &mut found {
            takes.retain(|i| worth(*position, i));
        }
        for (position, takes) in found.into_iter().filter(|(_, takes)| !takes.is_empty()) {
            let instr = &self.source.instrs[position];
            let terms: Vec<(Reg, Reg)> = {
                let all = products(instr);
                takes.iter().map(|i| all[*i]).collect()
            };
            let before = self.open.get(&position).and_then(|open| open.sum);
            let sum = self.add_to(before, position, &terms);
            let open = self.open.entry(position).or_default();
            open.taken.extend(takes);
            open.sum = Some(sum);
        }
    }

    fn is_plain(&self, reg: Reg) -> bool {
        !self.source.values[reg as usize].kind.is_cipher()
    }

    /// Products of a sum, added to what it has.
    fn add_to(&mut self, before: Option<Reg>, position: usize, terms: &[(Reg, Reg)]) -> Reg {
        terms.iter().flat_map(|(a, b)| [*a, *b]).for_each(|reg| self.reads[reg as usize] -= 1);
        let registers: Vec<(Reg, Reg)> =
            terms.iter().map(|(a, b)| (self.register(*a), self.register(*b))).collect();
        let sum = match self.source.instrs[position].op {
            Op::SumMulPlain(_) => {
                let (ciphers, plains) = registers.into_iter().unzip();
                self.push(Op::SumMulPlain(plains), ciphers, position)
            }
            _ => self.push(Op::SumMul, registers.into_iter().flat_map(|(a, b)| [a, b]).collect(), position),
        };
        match before {
            Some(before) => self.push(Op::Add, vec![before, sum], position),
            None => sum,
        }
    }

    /// Appends an instruction that does a part of one.
    fn push(&mut self, op: Op<Reg>, ciphers: Vec<Reg>, of: usize) -> Reg {
        let out = self.value(self.source.instrs[of].outputs[0]);
        self.append(Instr { op, ciphers, outputs: vec![out] }, of);
        out
    }

    fn append(&mut self, instr: Instr, of: usize) {
        self.out.instrs.push(instr);
        self.places.push((!self.early[of]).then(|| self.source.parts.at(of)));
    }

    /// The parts of the new order: the loop begins with the first instruction of its first iteration, and every other part when
    /// all before it have ended.
    fn parts(&self) -> Parts {
        let length = self.out.instrs.len();
        let mut ends: BTreeMap<Part, usize> = BTreeMap::new();
        let placed =
            self.places.iter().enumerate().filter_map(|(position, place)| Some((position, (*place)?)));
        let first = placed.clone().next().map_or(length, |(position, _)| position);
        placed.for_each(|(position, part)| {
            ends.insert(part, position + 1);
        });
        let mut parts = Parts::default();
        let mut ended = first;
        for (part, _) in self.source.parts.ranges(0) {
            parts.begin(part, ended);
            ended = ended.max(ends.get(&part).copied().unwrap_or(0));
        }
        parts
    }
}
