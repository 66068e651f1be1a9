//! One instruction: fetch its operands, compute, check the results against the plan, free what nobody needs any more.

use super::RunError;
use super::stages::{Stage, Stages, carried, reads, registers};
use crate::backend::{Backend, BackendError, Shape};
use hep_plan::isa::Op;
use hep_plan::plan::SCALE_AGREEMENT;
use hep_plan::server::{Instr, Reg, ValueInfo};
use hep_plan::tables::PerRun;
use hep_plan::{Part, Plan};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

enum Value<B: Backend> {
    Cipher(Arc<B::Cipher>),
    Plain(Arc<B::Plain>),
}

impl<B: Backend> Clone for Value<B> {
    fn clone(&self) -> Self {
        match self {
            Self::Cipher(cipher) => Self::Cipher(Arc::clone(cipher)),
            Self::Plain(plain) => Self::Plain(Arc::clone(plain)),
        }
    }
}

/// All values that are alive.
pub(super) struct Store<B: Backend> {
    values: Vec<Mutex<Option<Value<B>>>>,
    /// Instructions that have still to read a value, and one for a result of the program.
    uses: Vec<AtomicU32>,
}

impl<B: Backend> Store<B> {
    /// Nothing, with so many uses of every register.
    pub(super) fn new(plan: &Plan, uses: Vec<u32>) -> Self {
        Self {
            values: (0..registers(plan)).map(|_| Mutex::new(None)).collect(),
            uses: uses.into_iter().map(AtomicU32::new).collect(),
        }
    }

    /// Begins a run of a loop: its values have these uses again.
    pub(super) fn begin(&self, local: Range<Reg>, uses: &[u32]) {
        for (slot, count) in self.uses[local.start as usize..local.end as usize].iter().zip(uses) {
            slot.store(*count, Ordering::Relaxed);
        }
    }

    /// What these values are, read by their loop variables.
    pub(super) fn hand_on(&self, regs: &[Reg]) -> Result<Vec<Arc<B::Cipher>>, RunError> {
        let get = |reg: &Reg| match self.get(*reg) {
            Some(Value::Cipher(cipher)) => Ok(cipher),
            _ => Err(RunError::Missing(*reg)),
        };
        let handed = regs.iter().map(get).collect();
        regs.iter().for_each(|reg| self.release(*reg));
        handed
    }

    /// Holds what is carried for the so many instructions that take each variable.
    pub(super) fn carry(&self, plan: &Plan, values: Vec<Arc<B::Cipher>>, takers: &[u32]) {
        for ((index, value), takers) in (0..).zip(values).zip(takers) {
            let reg = carried(plan, index);
            self.uses[reg as usize].store(*takers, Ordering::Relaxed);
            self.put(reg, Value::Cipher(value));
        }
    }

    fn get(&self, reg: Reg) -> Option<Value<B>> {
        self.values.get(reg as usize)?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, reg: Reg, value: Value<B>) {
        let Some(uses) = self.uses.get(reg as usize) else { return };
        if uses.load(Ordering::Relaxed) > 0 {
            *self.values[reg as usize].lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        }
    }

    /// One use less.
    pub(super) fn release(&self, reg: Reg) {
        // The last reader frees; acquire and release order the reads of the others before that.
        if self.uses[reg as usize].fetch_sub(1, Ordering::AcqRel) == 1 {
            self.values[reg as usize].lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    /// Results of the program, once per output that names them.
    pub(super) fn take(&self, regs: &[Reg]) -> Result<Vec<B::Cipher>, RunError> {
        let take = |reg: &Reg| {
            let Some(Value::Cipher(cipher)) = self.get(*reg) else { return Err(RunError::Missing(*reg)) };
            self.release(*reg);
            // The last output that names a value takes it, the others copy it.
            Ok(Arc::unwrap_or_clone(cipher))
        };
        regs.iter().map(take).collect()
    }
}

/// What instructions are performed on.
pub(super) struct Desk<'a, B: Backend> {
    pub(super) plan: &'a Plan,
    pub(super) backend: &'a B,
    pub(super) store: Store<B>,
    pub(super) stages: Stages,
}

impl<B: Backend> Desk<'_, B> {
    /// The part that an instruction lies in, with the iterations of a loop counted through all its runs.
    pub(super) fn part(&self, stage: Stage, position: usize) -> Part {
        match (stage, self.plan.server.parts.at(position)) {
            (Stage::Body(run), Part::Iteration(iteration)) => {
                let before = run.saturating_mul(self.plan.server.run_length());
                Part::Iteration(iteration.saturating_add(before))
            }
            (_, part) => part,
        }
    }

    /// Runs instruction `position`, whose operands are in the store.
    pub(super) fn perform(&self, stage: Stage, position: usize) -> Result<(), RunError> {
        let Self { plan, backend, store, .. } = self;
        let instr = &plan.server.instrs[position];
        let operation = instr.op.name();
        let part = self.part(stage, position);
        let failed = |source: BackendError| match source {
            BackendError::Stopped => RunError::Stopped { part },
            source => RunError::Operation { index: position, operation, part, source: Box::new(source) },
        };
        let told = |failure| match failure {
            Failure::Operand(error) => error,
            Failure::Backend(source) => failed(source),
        };
        if let Some(source) = self.passed_on(instr, stage).map_err(told)? {
            return self.pass_on(stage, position, source).map_err(told);
        }
        let results = self.compute(stage, position).map_err(told)?;
        if results.len() != instr.outputs.len() {
            return Err(RunError::Operand { index: position, operation, value: results.len() as u32 });
        }
        for (mut value, &reg) in results.into_iter().zip(&instr.outputs) {
            let expected = Shape::from(self.info(reg, stage).ok_or(RunError::Missing(reg))?);
            self.expect(position, &value, expected)?;
            if let Computed::Cipher(cipher) = &mut value {
                backend.set_scale(cipher, expected.scale).map_err(failed)?;
                backend.made(reg, cipher);
            }
            store.put(reg, value.shared());
        }
        self.release(stage, instr);
        Ok(())
    }

    fn info(&self, reg: Reg, stage: Stage) -> Option<ValueInfo> {
        self.plan.server.info(reg, stage.run())
    }

    fn release(&self, stage: Stage, instr: &Instr) {
        // Values from before a loop live to its end.
        let kept = |reg: &Reg| matches!(stage, Stage::Body(_)) && *reg < self.stages.local.start;
        reads(self.plan, instr).into_iter().filter(|reg| !kept(reg)).for_each(|reg| self.store.release(reg));
    }

    fn expect(&self, position: usize, value: &Computed<B>, expected: Shape) -> Result<(), RunError> {
        let found = match value {
            Computed::Cipher(cipher) => self.backend.shape(cipher),
            Computed::Plain(plain) => self.backend.plain_shape(plain),
        };
        let close = (found.scale - expected.scale).abs() <= SCALE_AGREEMENT * expected.scale;
        if found.level != expected.level || found.parts != expected.parts || !close {
            let operation = self.plan.server.instrs[position].op.name();
            return Err(RunError::Result { index: position, operation, found, expected });
        }
        Ok(())
    }

    /// The register whose value an instruction gives another number, and does nothing else.
    fn passed_on(&self, instr: &Instr, stage: Stage) -> Result<Option<Reg>, Failure> {
        let missing = || BackendError::Misfit("a table does not have what it reads".into());
        Ok(match &instr.op {
            Op::Carried { index } | Op::Final { index } => Some(carried(self.plan, *index)),
            Op::Select(of_run) => {
                let at = match of_run {
                    PerRun::Always(at) => Some(*at),
                    PerRun::Table(table) => self.plan.server.tables.position(*table, stage.run()),
                };
                Some(*at.and_then(|at| instr.ciphers.get(at as usize)).ok_or_else(missing)?)
            }
            _ => None,
        })
    }

    /// Gives a value another number: it is moved, or shared where others read it.
    fn pass_on(&self, stage: Stage, position: usize, source: Reg) -> Result<(), Failure> {
        let instr = &self.plan.server.instrs[position];
        let missing = |value: Reg| {
            Failure::Operand(RunError::Operand { index: position, operation: instr.op.name(), value })
        };
        let Some(Value::Cipher(mut cipher)) = self.store.get(source) else { return Err(missing(source)) };
        let &reg = instr.outputs.first().ok_or_else(|| missing(source))?;
        let expected = Shape::from(self.info(reg, stage).ok_or_else(|| missing(reg))?);
        let found = self.backend.shape(&cipher);
        let close = (found.scale - expected.scale).abs() <= SCALE_AGREEMENT * expected.scale;
        if (found.level, found.parts) != (expected.level, expected.parts) || !close {
            let operation = instr.op.name();
            return Err(Failure::Operand(RunError::Result { index: position, operation, found, expected }));
        }
        self.release(stage, instr);
        if found.scale.to_bits() != expected.scale.to_bits() {
            self.backend.set_scale(Arc::make_mut(&mut cipher), expected.scale)?;
        }
        self.backend.passed_on(reg, &cipher);
        self.store.put(reg, Value::Cipher(cipher));
        Ok(())
    }

    fn compute(&self, stage: Stage, position: usize) -> Result<Vec<Computed<B>>, Failure> {
        let Self { plan, backend, store, .. } = self;
        let instr = &plan.server.instrs[position];
        let missing = |value: Reg| {
            Failure::Operand(RunError::Operand { index: position, operation: instr.op.name(), value })
        };
        let info = |reg: &Reg| self.info(*reg, stage).ok_or_else(|| missing(*reg));
        let results: Vec<ValueInfo> = instr.outputs.iter().map(info).collect::<Result<_, Failure>>()?;
        let first = results.first().ok_or_else(|| missing(0))?;
        let tables = &plan.server.tables;
        let op = instr.op.at_run(tables, stage.run()).ok_or_else(|| missing(0))?;
        match &op {
            Op::Input { input, block: PerRun::Always(block) } => {
                return Ok(vec![Computed::Cipher(backend.input(*input as usize, *block as usize)?)]);
            }
            Op::Encode { constant } => {
                let vector = plan.server.constants.get(*constant as usize);
                let vector = vector.and_then(|vector| vector.at(tables, stage.run()));
                let vector = vector.ok_or_else(|| missing(*constant))?;
                return Ok(vec![Computed::Plain(backend.encode(&vector, *first)?)]);
            }
            _ => {}
        }
        // A value is one object wherever it is read.
        let mut held: BTreeMap<Reg, Value<B>> = BTreeMap::new();
        for reg in instr.operands() {
            if let Entry::Vacant(place) = held.entry(reg) {
                place.insert(store.get(reg).ok_or_else(|| missing(reg))?);
            }
        }
        let cipher = |reg: &Reg| match held.get(reg) {
            Some(Value::Cipher(cipher)) => Ok(&**cipher),
            _ => Err(missing(*reg)),
        };
        let plain = |reg: &Reg| match held.get(reg) {
            Some(Value::Plain(plain)) => Ok(&**plain),
            _ => Err(missing(*reg)),
        };
        let ciphers: Vec<&B::Cipher> = instr.ciphers.iter().map(cipher).collect::<Result<_, Failure>>()?;
        let computed = backend.compute(&op.try_map(plain)?, &ciphers, &results)?;
        Ok(computed.into_iter().map(Computed::Cipher).collect())
    }
}

/// What an instruction has made, and nobody shares yet.
enum Computed<B: Backend> {
    Cipher(B::Cipher),
    Plain(B::Plain),
}

impl<B: Backend> Computed<B> {
    fn shared(self) -> Value<B> {
        match self {
            Self::Cipher(cipher) => Value::Cipher(Arc::new(cipher)),
            Self::Plain(plain) => Value::Plain(Arc::new(plain)),
        }
    }
}

enum Failure {
    Operand(RunError),
    Backend(BackendError),
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        Failure::Backend(error)
    }
}
