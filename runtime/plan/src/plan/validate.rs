//! What the server's program of a plan must satisfy: references defined before use, levels, kinds and scales consistent in every run.

use super::{Plan, SCALE_AGREEMENT};
use crate::isa::rules::{Algebra, Shape};
use crate::isa::{Half, Op};
use crate::parts::Part;
use crate::refresh::result_scale;
use crate::server::{Instr, Kind, Reg, Repeats};
use crate::tables::PerRun;
use crate::units::{Factor, Level};
use hep_params::{Packing, RefreshShape};
use std::collections::BTreeSet;
use std::ops::Range;

/// Runs that are looked at one by one where scales differ between them; of more, so many of the first, and the last.
const RUNS: u32 = 64;

impl Plan {
    pub(super) fn is_cipher(&self, reg: Reg, parts: u8) -> bool {
        self.server.values.get(reg as usize).is_some_and(|v| v.kind == Kind::Cipher { parts })
    }

    pub(super) fn validate_server(&self) -> Result<(), String> {
        let server = &self.server;
        if !server.parts.are_of(server.instrs.len()) || server.iterations() != self.info.iterations {
            return Err("its parts are not those of its instructions and iterations".into());
        }
        if let Some(repeats) = &server.repeats {
            self.validate_loop(repeats)?;
        }
        let mut bottoms = self.refresh_shapes().map(RefreshShape::bottom);
        let first = bottoms.next();
        if bottoms.any(|bottom| Some(bottom) != first) {
            return Err("its refreshes begin at different levels".into());
        }
        let body = server.body();
        // A value of the body is there in the body only.
        let mut local: Range<Reg> = 0..0;
        let mut defined = 0u32;
        for (position, instr) in server.instrs.iter().enumerate() {
            if position == body.start {
                local = defined..defined;
            }
            let at = |what: &str| format!("instruction {position} ({}): {what}", instr.op.name());
            let here = body.contains(&position);
            let elsewhere = matches!(instr.op, Op::Carried { .. }) && !here
                || matches!(instr.op, Op::Final { .. }) && (here || position < body.end);
            if elsewhere {
                return Err(at("a loop variable is read where it is not"));
            }
            let known = |reg: &Reg| *reg < defined && (here || !local.contains(reg));
            if !instr.operands().iter().all(known) {
                return Err(at("an operand is not defined yet"));
            }
            for &reg in &instr.outputs {
                let Some(value) = server.values.get(reg as usize) else {
                    return Err(at("a result has no entry"));
                };
                if reg != defined
                    || value.level > self.params.max_level()
                    || !(value.scale.0.is_finite() && value.scale.0 > 0.0)
                {
                    return Err(at("a result is numbered or levelled wrongly"));
                }
                defined += 1;
            }
            if here {
                local.end = defined;
            }
            self.validate_instr(position, instr).map_err(|what| at(&what))?;
        }
        if defined as usize != server.values.len() {
            return Err("values without a definition".into());
        }
        let ends = server.repeats.iter().flat_map(|repeats| &repeats.carried);
        let inside = |reg: Reg| local.contains(&reg);
        let crosses = ends
            .clone()
            .any(|carried| inside(carried.init) || !inside(carried.next) || carried.init > local.start);
        if crosses || self.result_values().into_iter().any(inside) {
            return Err("what leaves or enters its loop is not where it should be".into());
        }
        if server.scales.iter().any(|(reg, table)| *reg >= defined || server.tables.numbers(*table).is_none())
        {
            return Err("a scale is no table of numbers".into());
        }
        Ok(())
    }

    fn validate_loop(&self, repeats: &Repeats) -> Result<(), String> {
        let server = &self.server;
        let body = server.body();
        let length = server.run_length();
        if repeats.runs == 0
            || length == 0
            || repeats.first == 0
            || repeats.carried.is_empty()
            || body.is_empty()
        {
            return Err("its loop runs nothing".into());
        }
        if server.tables.0.iter().any(crate::tables::Table::is_empty) {
            return Err("a table has no entry".into());
        }
        // Where every variable arrives in a run, and where it stands after the last.
        let mut readers = vec![(Vec::new(), Vec::new()); repeats.carried.len()];
        for instr in &server.instrs {
            if let Op::Carried { index } = instr.op {
                readers
                    .get_mut(index as usize)
                    .into_iter()
                    .for_each(|(params, _)| params.extend(&instr.outputs));
            } else if let Op::Final { index } = instr.op {
                readers
                    .get_mut(index as usize)
                    .into_iter()
                    .for_each(|(_, finals)| finals.extend(&instr.outputs));
            }
        }
        for (index, (carried, (params, finals))) in repeats.carried.iter().zip(&readers).enumerate() {
            let value = |reg: Reg| server.values.get(reg as usize);
            let shape = |reg: Reg| value(reg).map(|value| (value.kind, value.level));
            let wanted = shape(carried.init);
            let same = wanted.is_some_and(|(kind, _)| kind == Kind::Cipher { parts: 2 })
                && shape(carried.next) == wanted
                && params.iter().chain(finals).all(|reg: &Reg| shape(*reg) == wanted);
            if !same {
                return Err(format!("loop variable {index} changes its level or its kind"));
            }
            // What arrives in a run is what the one before handed on.
            for run in looked_at(repeats.runs) {
                let scale = |reg, run| server.info(reg, run).map_or(f64::NAN, |value| value.scale.0);
                let before = if run == 0 { scale(carried.init, 0) } else { scale(carried.next, run - 1) };
                let after = scale(carried.next, run);
                let fits = params.iter().all(|reg| self.equal(&scale(*reg, run), &before))
                    && finals.iter().all(|reg| self.equal(&scale(*reg, run + 1), &after));
                if !fits {
                    return Err(format!("loop variable {index} arrives at another scale in run {run}"));
                }
            }
        }
        Ok(())
    }

    fn validate_instr(&self, position: usize, instr: &Instr) -> Result<(), String> {
        let value = |reg: &Reg| self.server.values[*reg as usize];
        let shape = |reg: &Reg| Shape { kind: value(reg).kind, level: value(reg).level };
        let shapes = |regs: &[Reg]| regs.iter().map(shape).collect::<Vec<_>>();
        let Instr { op, ciphers, outputs, .. } = instr;
        let plains = op.plains();
        op.shapes_fit(&shapes(ciphers), Some(&shapes(&plains)), &shapes(outputs))?;
        let level = self.server.computed_at(instr);
        for run in self.runs_of(position, instr) {
            let op = op.at_run(&self.server.tables, run).ok_or("a table does not have what it reads")?;
            let scale = |reg: &Reg| self.server.info(*reg, run).map_or(f64::NAN, |value| value.scale.0);
            let scales = |regs: &[Reg]| regs.iter().map(scale).collect::<Vec<_>>();
            op.scales_fit(self, &scales(ciphers), Some(&scales(&plains)), &scales(outputs), level)?;
            if !self.is_there(&op, instr) {
                return Err("what it reads is not there".into());
            }
            if let Op::Refresh { shape, .. } = op {
                self.refresh_scales_fit(shape, &scales(ciphers), &scales(outputs))?;
            }
        }
        let lacking = |(key, level): &(crate::isa::Key, Level)| {
            self.keys.level(*key).is_none_or(|highest| *level > highest)
        };
        match self.server.keys_of(instr).into_iter().find(lacking) {
            Some((key, level)) => Err(format!("there is no key {key} up to {level}")),
            None => Ok(()),
        }
    }

    /// Whether what an operation of a run reads beside registers is there.
    fn is_there(&self, op: &Op<Reg>, instr: &Instr) -> bool {
        let level = |reg: &Reg| self.server.values[*reg as usize].level;
        let carried = |index: u32| {
            self.server.repeats.as_ref().is_some_and(|repeats| (index as usize) < repeats.carried.len())
        };
        match op {
            Op::Input { input, block: PerRun::Always(block) } => {
                self.inputs.get(*input as usize).is_some_and(|i| {
                    (*block as usize) < i.layout.ciphertexts()
                        && instr.outputs.iter().all(|out| i.level == level(out))
                })
            }
            Op::Encode { constant } => (*constant as usize) < self.server.constants.len(),
            Op::Carried { index } | Op::Final { index } => carried(*index),
            Op::Select(PerRun::Always(at)) => (*at as usize) < instr.ciphers.len(),
            Op::Refresh { shape, results } => self.params.refresh.get(*shape as usize).is_some_and(|shape| {
                let top = shape.result_level(self.params.max_level().0 as usize);
                instr.ciphers.iter().all(|a| level(a).0 as usize == shape.bottom())
                    && instr.outputs.iter().all(|out| level(out).0 as usize == top)
                    && refreshes(shape, instr.ciphers.len(), results)
            }),
            _ => true,
        }
    }

    /// Tables of a refresh are made for one scale of its operands; that of its results follows from the primes.
    fn refresh_scales_fit(&self, shape: u32, operands: &[f64], results: &[f64]) -> Result<(), &'static str> {
        let operand = self.refresh_operand_scale(shape).map_or(f64::NAN, |scale| scale.0);
        if !operands.iter().all(|scale| self.equal(scale, &operand)) {
            return Err("refreshes of one shape have operands of different scales");
        }
        let made = self.params.refresh.get(shape as usize).map(|shape| result_scale(shape, &self.params));
        if !made.is_some_and(|made| results.iter().all(|scale| self.equal(scale, &made.0))) {
            return Err("a refresh does not make this scale");
        }
        Ok(())
    }

    /// The runs that an instruction is looked at in: all of those in which something may differ.
    fn runs_of(&self, position: usize, instr: &Instr) -> BTreeSet<u32> {
        let server = &self.server;
        let runs = server.repeats.as_ref().map_or(0, |repeats| repeats.runs);
        let table = match &instr.op {
            Op::Input { block, .. } | Op::Select(block) => matches!(block, PerRun::Table(_)),
            Op::SetScale(factor) => matches!(factor, PerRun::Table(_)),
            _ => false,
        };
        let differs =
            table || instr.operands().iter().chain(&instr.outputs).any(|reg| server.scales.contains_key(reg));
        match (differs, server.parts.at(position)) {
            (false, _) | (true, Part::Prologue) => BTreeSet::from([0]),
            (true, Part::Epilogue) => looked_at(runs).into_iter().map(|run| run + 1).collect(),
            (true, Part::Iteration(_)) if !server.body().contains(&position) => BTreeSet::from([0]),
            (true, Part::Iteration(_)) => looked_at(runs),
        }
    }
}

/// Whether a shape makes these results of so many vectors, each at most once.
fn refreshes(shape: &RefreshShape, vectors: usize, results: &[Half]) -> bool {
    let once = |half: &Half| results.iter().filter(|other| *other == half).count() == 1;
    let log_slots = shape.log_slots as u8;
    let (taken, made): (usize, &[Half]) = match shape.packing {
        Packing::Real => (1, &[Half::Re]),
        Packing::Pair => (2, &[Half::Re, Half::Im]),
        Packing::SideBySide => (2, &[Half::Both { log_slots }]),
    };
    vectors == taken && results.iter().all(|half| made.contains(half) && once(half))
}

fn looked_at(runs: u32) -> BTreeSet<u32> {
    (0..runs.min(RUNS)).chain(runs.checked_sub(1)).collect()
}

impl Algebra for Plan {
    type Scale = f64;

    fn product(&self, a: &f64, b: &f64) -> f64 {
        a * b
    }

    fn times_prime(&self, scale: &f64, level: Level) -> f64 {
        // A level without a prime fits nothing.
        self.params.q.get(level.0 as usize).map_or(f64::NAN, |prime| scale * *prime as f64)
    }

    fn times(&self, scale: &f64, factor: PerRun<Factor>) -> f64 {
        match factor {
            PerRun::Always(factor) => scale * factor.value(),
            PerRun::Table(_) => f64::NAN,
        }
    }

    fn equal(&self, a: &f64, b: &f64) -> bool {
        (a - b).abs() <= SCALE_AGREEMENT * b.abs()
    }
}
