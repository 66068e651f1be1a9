//! Counts of a plan, taken from its instructions: no figure can differ from what runs.

use crate::plan::Plan;
use crate::server::{Kind, Op, Reg};
use serde::{Deserialize, Serialize};

/// Operations of a part of the server's program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Levels on the longest path of the part (for an iteration: from its carried inputs to its carried outputs).
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
    fn add(&mut self, op: &Op) {
        match op {
            Op::Rotate { steps, .. } => {
                self.rotations += steps.len() as u32;
                if steps.len() > 1 {
                    self.rotations_hoisted += steps.len() as u32;
                }
            }
            Op::Relinearize(_) => self.relinearisations += 1,
            Op::SumMul(terms) => self.ct_products += terms.len() as u32,
            Op::SumMulPlain(terms) => self.pt_products += terms.len() as u32,
            Op::Rescale(_) => self.rescales += 1,
            _ => {}
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
            total.add(&instr.op);
            if let Some(part) = counts.get_mut(instr.iteration as usize) {
                part.add(&instr.op);
            }
        }
        for (part, count) in counts.iter_mut().enumerate() {
            count.levels = self.levels_of(part as u32);
        }
        let lowest = self.server.values.iter().map(|v| v.level.0).min().unwrap_or(0);
        total.levels = self.inputs.iter().map(|i| i.level.0).max().unwrap_or(0).saturating_sub(lowest);
        let iterations = counts.split_off(1);
        Summary { prologue: counts[0], iterations, total }
    }

    /// Rescales on the longest path through values of iterations before `part` into those of `part`, counted inside
    /// `part` only, and only along paths that start at the previous iteration (loop-invariant operands are off the
    /// cycle) unless the part is the prologue or the first iteration.
    fn levels_of(&self, part: u32) -> u32 {
        let mut depth: Vec<Option<u32>> = vec![None; self.server.values.len()];
        let mut origin = vec![0u32; self.server.values.len()];
        let mut longest = 0;
        for instr in &self.server.instrs {
            let operands = instr.op.operands();
            let inside = operands.iter().filter_map(|&r| depth[r as usize]).max();
            let step = u32::from(matches!(instr.op, Op::Rescale(_)));
            for &out in &instr.outputs {
                origin[out as usize] = instr.iteration;
                if instr.iteration == part {
                    let entry = operands.iter().any(|&r| self.enters(r, &origin, part));
                    let start = if entry || part <= 1 { Some(0) } else { None };
                    depth[out as usize] = inside.max(start).map(|d| d + step);
                    longest = longest.max(depth[out as usize].unwrap_or(0));
                }
            }
        }
        longest
    }

    fn enters(&self, reg: Reg, origin: &[u32], part: u32) -> bool {
        let from = origin[reg as usize];
        from > 0 && from < part && matches!(self.server.values[reg as usize].kind, Kind::Cipher { .. })
    }

    /// Largest number of bytes of ciphertexts and encoded constants alive at once when instructions run in order,
    /// plus the expanded evaluation keys. `workers` further results may be in flight.
    #[must_use]
    pub fn peak_bytes(&self, workers: usize) -> u64 {
        let size = |reg: Reg| {
            let value = self.server.values[reg as usize];
            let parts = match value.kind {
                Kind::Cipher { parts } => parts as usize,
                Kind::Plain => 1,
            };
            self.params.ciphertext_bytes(value.level, parts)
        };
        let last = self.server.last_uses(&self.result_values());
        let (mut live, mut peak) = (0u64, 0u64);
        for (position, instr) in self.server.instrs.iter().enumerate() {
            live += instr.outputs.iter().map(|&r| size(r)).sum::<u64>();
            peak = peak.max(live);
            let mut dying = instr.op.operands();
            dying.extend(&instr.outputs);
            dying.sort_unstable();
            dying.dedup();
            live -= dying.iter().filter(|&&r| last[r as usize] == position).map(|&r| size(r)).sum::<u64>();
        }
        // A rotation in flight holds the decomposition (digits × (Q and P limbs)) and two accumulators.
        let limbs = self.params.q.len() + self.params.p.len();
        let scratch =
            ((self.params.digits(self.params.max_level()) + 4) * limbs * self.params.degree() * 8) as u64;
        peak + self.eval_key_memory() + scratch * workers as u64
    }
}
