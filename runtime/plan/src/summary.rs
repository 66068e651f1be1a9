//! Counts of a plan, taken from its instructions: no figure can differ from what runs.

use crate::isa::{Ciphers, Cost, Plains, Switch};
use crate::plan::Plan;
use crate::server::{Instr, Reg};
use serde::{Deserialize, Serialize};

/// Operations of a part of the server's program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Levels from the values the part starts with to the most urgent it hands on: the critical cycle of the loop.
    pub levels: u32,
    /// Rotations, hoisted ones included.
    pub rotations: u32,
    /// Rotations that share their decomposition with another.
    pub rotations_hoisted: u32,
    /// Relinearisations.
    pub relinearisations: u32,
    /// Products of two ciphertexts.
    pub ct_products: u32,
    /// Products of a ciphertext and a public vector.
    pub pt_products: u32,
    /// Rescales.
    pub rescales: u32,
    /// Bootstraps; there is no such instruction yet, so this is 0 by construction of the format.
    pub bootstraps: u32,
}

impl Counts {
    fn add(&mut self, instr: &Instr) {
        let op = &instr.op;
        for (_, count) in instr.rotations() {
            self.rotations += count;
            self.rotations_hoisted += if count > 1 { count } else { 0 };
        }
        self.relinearisations += u32::from(op.row().switch == Switch::Square);
        self.rescales += if op.rescales() { op.row().results as u32 } else { 0 };
        self.ct_products +=
            if op.row().ciphers == Ciphers::Pairs { instr.ciphers.len() as u32 / 2 } else { 0 };
        if matches!(op.row().plains, Plains::Each(_)) {
            self.pt_products += instr.ciphers.len() as u32;
        }
    }
}

/// Counts of the prologue, of each iteration and of the whole program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Before the loop.
    pub prologue: Counts,
    /// One entry per iteration.
    pub iterations: Vec<Counts>,
    /// Everything.
    pub total: Counts,
}

impl Plan {
    /// Counts operations by iteration.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let parts = self.info.iterations as usize + 1;
        let mut counts = vec![Counts::default(); parts];
        let mut total = Counts::default();
        for instr in &self.server.instrs {
            total.add(instr);
            if let Some(part) = counts.get_mut(instr.iteration as usize) {
                part.add(instr);
            }
        }
        let ends = self.part_depths(parts);
        let mut before = 0;
        for (count, end) in counts.iter_mut().zip(&ends) {
            count.levels = end.saturating_sub(before);
            before = before.max(*end);
        }
        total.levels = before;
        let iterations = counts.split_off(1);
        Summary { prologue: counts[0], iterations, total }
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
    /// later part reads, which lies on the critical cycle; of the results for the last. Values that are only
    /// added later, such as a momentum term, may be deeper without costing a level per iteration.
    fn part_depths(&self, parts: usize) -> Vec<u32> {
        let top = self.params.max_level().0;
        let depth = |reg: Reg| top - self.server.values[reg as usize].level.0.min(top);
        let mut ends: Vec<Option<u32>> = vec![None; parts];
        let mut origin = vec![0usize; self.server.values.len()];
        for instr in &self.server.instrs {
            for &out in &instr.outputs {
                origin[out as usize] = instr.iteration as usize;
            }
            for reg in instr.operands() {
                let from = origin[reg as usize];
                let carried = from < instr.iteration as usize;
                let cipher = self.server.values[reg as usize].kind.is_cipher();
                if let (true, Some(end)) = (carried && cipher, ends.get_mut(from)) {
                    *end = Some(end.map_or(depth(reg), |known| known.min(depth(reg))));
                }
            }
        }
        if let Some(last) = ends.last_mut() {
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
