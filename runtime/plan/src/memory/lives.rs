//! Which values are alive when instructions run in order.
//!
//! A loop is counted once: every run takes the same. What it carries is moved: a value that a run hands on is one with what the next takes
//! up. Values from before the loop that its body reads live to its end.

use super::InstrBytes;
use crate::isa::Op;
use crate::plan::Plan;
use crate::server::{CarriedReg, Reg};
use std::collections::BTreeSet;

/// The last position of a value that lives to the end, or until it is handed on.
const KEPT: usize = usize::MAX;
/// That of one that lives to the end of the loop.
const LOOP: usize = usize::MAX - 1;

impl Plan {
    /// Most bytes of values alive when instructions run in order, with what the running one takes; and the most that one takes.
    pub(super) fn values_at_once(&self, threads: usize) -> (u64, u64) {
        let sizes = |regs: &mut dyn Iterator<Item = Reg>| regs.map(|reg| self.value_bytes(reg)).sum::<u64>();
        let (body, moving) = (self.server.body(), self.moving());
        let (last, moved) = self.last_uses();
        let (mut live, mut peak, mut largest) = (0u64, 0u64, 0u64);
        for (position, instr) in self.server.instrs.iter().enumerate() {
            if position == body.start && !body.is_empty() {
                live = live.saturating_sub(sizes(&mut moved.iter().copied()));
                live += self.carried_bytes();
            }
            // What is moved is there already.
            let InstrBytes { results, running } = match moving.contains(&position) {
                true => InstrBytes::default(),
                false => self.instr_bytes(position, threads),
            };
            peak = peak.max(live + running);
            largest = largest.max(running);
            live += results;
            let mut dying = instr.operands();
            dying.extend(&instr.outputs);
            dying.sort_unstable();
            dying.dedup();
            dying.retain(|reg| last[*reg as usize] == position);
            live = live.saturating_sub(sizes(&mut dying.into_iter()));
            if position + 1 == body.end {
                let outside = (0..last.len() as Reg).filter(|reg| last[*reg as usize] == LOOP);
                live = live.saturating_sub(sizes(&mut outside.into_iter()));
            }
        }
        (peak, largest)
    }

    /// Bytes of what a run of the loop hands on: what a checkpoint holds, and whoever keeps it.
    #[must_use]
    pub fn carried_bytes(&self) -> u64 {
        self.carried(|variable| variable.next).into_iter().map(|reg| self.value_bytes(reg)).sum()
    }

    /// Registers of the loop's variables, each once.
    fn carried(&self, of: fn(&CarriedReg) -> Reg) -> BTreeSet<Reg> {
        self.server.repeats.iter().flat_map(|repeats| &repeats.carried).map(of).collect()
    }

    /// Positions of instructions that take what is handed on and leave nothing of it: the first in the loop and after it for each variable
    /// that is handed on alone.
    fn moving(&self) -> BTreeSet<usize> {
        let variables = || self.server.repeats.iter().flat_map(|repeats| &repeats.carried);
        let alone = |index: u32| {
            let next = variables().nth(index as usize).map(|variable| variable.next);
            variables().position(|variable| Some(variable.next) == next) == Some(index as usize)
        };
        let mut taken = BTreeSet::new();
        let mut moves = |op: &Op<Reg>| {
            let (Op::Carried { index } | Op::Final { index }) = op else { return false };
            alone(*index) && taken.insert((matches!(op, Op::Final { .. }), *index))
        };
        let instrs = self.server.instrs.iter().enumerate();
        instrs.filter(|(_, instr)| moves(&instr.op)).map(|(position, _)| position).collect()
    }

    /// For every value, the position of the last instruction that reads it, [`LOOP`] or [`KEPT`]; and those that are moved into the loop.
    fn last_uses(&self) -> (Vec<usize>, Vec<Reg>) {
        let (server, body) = (&self.server, self.server.body());
        let count = server.values.len();
        let (mut last, mut defined) = (vec![0; count], vec![0; count]);
        let there = |reg: &Reg| (*reg as usize) < count;
        for (position, instr) in server.instrs.iter().enumerate() {
            for reg in instr.outputs.iter().copied().filter(there) {
                (defined[reg as usize], last[reg as usize]) = (position, position);
            }
            for reg in instr.operands().into_iter().filter(there) {
                let outside = body.contains(&position) && !body.contains(&defined[reg as usize]);
                last[reg as usize] = if outside { LOOP } else { position };
            }
        }
        let next = self.carried(|variable| variable.next).into_iter();
        next.chain(self.result_values()).filter(there).for_each(|reg| last[reg as usize] = KEPT);
        let inits = self.carried(|variable| variable.init).into_iter().filter(there);
        let moved: Vec<Reg> = inits.filter(|reg| last[*reg as usize] < body.start).collect();
        moved.iter().for_each(|reg| last[*reg as usize] = KEPT);
        (last, moved)
    }
}
