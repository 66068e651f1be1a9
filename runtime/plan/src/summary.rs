//! Counts of a plan, taken from its instructions: no figure can differ from what runs.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::isa::{Ciphers, Cost, Plains, Switch};
use crate::parts::Part;
use crate::plan::Plan;
use crate::server::{Instr, Reg};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Operations of a part of the server's program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Levels from the values the part starts with to the most urgent it hands on: the critical cycle of the loop.
    pub levels: u32,
    /// Rotations, hoisted ones included.
    pub rotations: u32,
    /// Rotations that share their decomposition with another.
    pub rotations_hoisted: u32,
    /// Relinearizations.
    pub relinearizations: u32,
    /// Products of two ciphertexts.
    pub ct_products: u32,
    /// Products of a ciphertext and a public vector.
    pub pt_products: u32,
    /// Rescales.
    pub rescales: u32,
    /// Refreshes, each of one ciphertext, whatever it holds.
    pub bootstraps: u32,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        let sum = |number: &mut u32, more: u32| *number = number.saturating_add(more);
        sum(&mut self.rotations, other.rotations);
        sum(&mut self.rotations_hoisted, other.rotations_hoisted);
        sum(&mut self.relinearizations, other.relinearizations);
        sum(&mut self.ct_products, other.ct_products);
        sum(&mut self.pt_products, other.pt_products);
        sum(&mut self.rescales, other.rescales);
        sum(&mut self.bootstraps, other.bootstraps);
    }

    /// So many times the same.
    fn times(self, count: u32) -> Self {
        let times = |number: u32| number.saturating_mul(count);
        Self {
            levels: self.levels,
            rotations: times(self.rotations),
            rotations_hoisted: times(self.rotations_hoisted),
            relinearizations: times(self.relinearizations),
            ct_products: times(self.ct_products),
            pt_products: times(self.pt_products),
            rescales: times(self.rescales),
            bootstraps: times(self.bootstraps),
        }
    }

    fn count(&mut self, instr: &Instr) {
        let op = &instr.op;
        self.bootstraps += u32::from(matches!(op.row().cost, Cost::Refresh(_)));
        for (_, count) in instr.rotations() {
            self.rotations += count;
            self.rotations_hoisted += if count > 1 { count } else { 0 };
        }
        self.relinearizations += u32::from(op.row().switch == Switch::Square);
        self.rescales += if op.rescales() { op.row().results as u32 } else { 0 };
        self.ct_products +=
            if op.row().ciphers == Ciphers::Pairs { instr.ciphers.len() as u32 / 2 } else { 0 };
        if matches!(op.row().plains, Plains::Each(_)) {
            self.pt_products += instr.ciphers.len() as u32;
        }
    }
}

/// Counts of every part and of the whole program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Before the loop.
    pub prologue: Counts,
    /// One entry per iteration, of those that run several times once each.
    pub iterations: Vec<Counts>,
    /// How often the last [`Self::run_length`] iterations run; once where nothing repeats.
    pub runs: u32,
    /// Iterations of a run of the loop; none where nothing repeats.
    pub run_length: u32,
    /// After the loop.
    pub epilogue: Counts,
    /// Everything, as often as it runs; the levels are those of the deepest value handed over.
    pub total: Counts,
}

impl Plan {
    /// Counts operations by parts.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (mut prologue, mut epilogue, mut total) =
            (Counts::default(), Counts::default(), Counts::default());
        let mut iterations = Vec::new();
        let runs = self.server.repeats.as_ref().map_or(1, |repeats| repeats.runs);
        let in_run = self.levels_of_run();
        let mut before = 0;
        for ((part, instrs), end) in self.server.by_parts().zip(self.part_depths()) {
            let repeats = self.server.repeats_part(part);
            let mut counts = Counts { levels: end.saturating_sub(before), ..Counts::default() };
            if let (true, Part::Iteration(iteration)) = (repeats, part) {
                counts.levels = in_run.get(&iteration).copied().unwrap_or(0);
            }
            before = before.max(end);
            instrs.iter().for_each(|instr| counts.count(instr));
            total.add(&if repeats { counts.times(runs) } else { counts });
            match part {
                Part::Prologue => prologue = counts,
                Part::Iteration(_) => iterations.push(counts),
                Part::Epilogue => epilogue = counts,
            }
        }
        total.levels = before;
        let run_length = self.server.run_length();
        Summary { prologue, iterations, runs, run_length, epilogue, total }
    }

    /// For each iteration of the loop's body the levels that the deepest value it hands on took beyond those before it: refreshes
    /// give levels back and take none.
    fn levels_of_run(&self) -> BTreeMap<u32, u32> {
        let server = &self.server;
        // Divisions since the run began, and the iteration that a value is made in.
        let mut taken = vec![(0u32, 0u32); server.values.len()];
        let mut handed: BTreeMap<u32, u32> = BTreeMap::new();
        let mut hand = |iteration: u32, levels: u32| {
            let known = handed.entry(iteration).or_insert(levels);
            *known = levels.max(*known);
        };
        for (part, instrs) in server.by_parts().filter(|(part, _)| server.repeats_part(*part)) {
            let Part::Iteration(iteration) = part else { continue };
            for instr in instrs {
                let read: Vec<(u32, u32)> = instr.ciphers.iter().map(|reg| taken[*reg as usize]).collect();
                read.iter()
                    .filter(|(_, made)| *made > 0 && *made < iteration)
                    .for_each(|(levels, made)| hand(*made, *levels));
                let levels = read.iter().map(|(levels, _)| *levels).max().unwrap_or(0);
                let levels = levels + u32::from(instr.op.rescales());
                instr.outputs.iter().for_each(|reg| taken[*reg as usize] = (levels, iteration));
            }
        }
        for variable in server.repeats.iter().flat_map(|repeats| &repeats.carried) {
            if let Some((levels, _)) = taken.get(variable.next as usize) {
                hand(server.parts.iterations(), *levels);
            }
        }
        let mut before = 0;
        let own = |(iteration, levels): (u32, u32)| {
            let own = levels.saturating_sub(before);
            before = before.max(levels);
            (iteration, own)
        };
        handed.into_iter().map(own).collect()
    }

    /// Rotations that start from another rotation, and those of them that are made for nothing else: what fewer keys cost.
    #[must_use]
    pub fn composed_rotations(&self) -> (u32, u32) {
        let mut turned = vec![false; self.server.values.len()];
        let mut for_others = vec![true; self.server.values.len()];
        let mut composed = 0;
        self.result_values().iter().for_each(|reg| for_others[*reg as usize] = false);
        for instr in &self.server.instrs {
            for (source, count) in instr.rotations() {
                composed += if turned[source as usize] { count } else { 0 };
            }
            let turns = instr.op.turns();
            if instr.op.row().cost == Cost::Rotations {
                instr.outputs.iter().for_each(|reg| turned[*reg as usize] = true);
            } else if turns.is_empty() {
                instr.operands().iter().for_each(|reg| for_others[*reg as usize] = false);
            } else {
                let read = turns.iter().filter(|(_, step)| step.is_zero());
                read.filter_map(|(at, _)| instr.ciphers.get(*at))
                    .for_each(|reg| for_others[*reg as usize] = false);
            }
        }
        let extra = turned.iter().zip(&for_others).filter(|(turned, only)| **turned && **only).count();
        (composed, extra as u32)
    }

    /// Depth (primes dropped since the top) at which each part hands over to the next: that of the most urgent value a
    /// later part reads, which lies on the critical cycle; of the results for the last that does anything. Values that are only
    /// added later, such as a momentum term, may be deeper without costing a level per iteration.
    fn part_depths(&self) -> Vec<u32> {
        let top = self.params.max_level().0;
        let depth = |reg: Reg| top - self.server.values[reg as usize].level.0.min(top);
        let mut ends: Vec<Option<u32>> = Vec::new();
        let mut origin = vec![0usize; self.server.values.len()];
        let mut last = self.server.parts.iterations() as usize;
        for (part, (_, instrs)) in self.server.by_parts().enumerate() {
            ends.push(None);
            last = if instrs.is_empty() { last } else { last.max(part) };
            instrs.iter().flat_map(|instr| &instr.outputs).for_each(|out| origin[*out as usize] = part);
            for reg in instrs.iter().flat_map(Instr::operands) {
                let from = origin[reg as usize];
                let carried = from < part;
                let cipher = self.server.values[reg as usize].kind.is_cipher();
                if let (true, Some(end)) = (carried && cipher, ends.get_mut(from)) {
                    *end = Some(end.map_or(depth(reg), |known| known.min(depth(reg))));
                }
            }
        }
        if let Some(last) = ends.get_mut(last) {
            *last = self.result_values().into_iter().map(depth).max();
        }
        ends.into_iter().map(|end| end.unwrap_or(0)).collect()
    }

    /// Bytes of a value in memory.
    #[must_use]
    pub fn value_bytes(&self, reg: Reg) -> u64 {
        let Some(value) = self.server.values.get(reg as usize) else { return 0 };
        let (polynomials, extended) = value.kind.polynomials();
        let special = if extended { self.params.p.len() * self.params.degree() * 8 } else { 0 };
        self.params.ciphertext_bytes(value.level, polynomials) + special as u64
    }
}
