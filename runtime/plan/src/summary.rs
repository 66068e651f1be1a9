//! Counts of a plan, taken from its instructions: no figure can differ from what runs.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::isa::{Ciphers, Cost, Plains, Switch};
use crate::parts::Part;
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
    /// Relinearizations.
    pub relinearizations: u32,
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
    /// One entry per iteration.
    pub iterations: Vec<Counts>,
    /// After the loop.
    pub epilogue: Counts,
    /// Everything.
    pub total: Counts,
}

impl Plan {
    /// Counts operations by parts.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (mut prologue, mut epilogue, mut total) =
            (Counts::default(), Counts::default(), Counts::default());
        let mut iterations = Vec::new();
        let mut before = 0;
        for ((part, instrs), end) in self.server.by_parts().zip(self.part_depths()) {
            let mut counts = Counts { levels: end.saturating_sub(before), ..Counts::default() };
            before = before.max(end);
            for instr in instrs {
                counts.add(instr);
                total.add(instr);
            }
            match part {
                Part::Prologue => prologue = counts,
                Part::Iteration(_) => iterations.push(counts),
                Part::Epilogue => epilogue = counts,
            }
        }
        total.levels = before;
        Summary { prologue, iterations, epilogue, total }
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
