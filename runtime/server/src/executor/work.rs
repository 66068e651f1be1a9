//! One instruction: fetch its operands, compute, check the results against the plan, free what nobody needs any more.

use super::RunError;
use crate::backend::{Backend, BackendError, Shape};
use hep_plan::Plan;
use hep_plan::isa::Op;
use hep_plan::plan::SCALE_AGREEMENT;
use hep_plan::server::{Instr, Reg, ValueInfo};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

enum Value<B: Backend> {
    Cipher(B::Cipher),
    Plain(B::Plain),
}

/// All values that are alive.
pub(super) struct Store<B: Backend> {
    values: Vec<Mutex<Option<Arc<Value<B>>>>>,
    /// Instructions that have still to read a value, and one for a result of the program.
    uses: Vec<AtomicU32>,
}

impl<B: Backend> Store<B> {
    pub(super) fn new(plan: &Plan) -> Self {
        let count = plan.server.values.len();
        let mut uses = vec![0u32; count];
        for instr in &plan.server.instrs {
            distinct(instr).iter().for_each(|reg| uses[*reg as usize] += 1);
        }
        plan.result_values().iter().for_each(|reg| uses[*reg as usize] += 1);
        Self {
            values: (0..count).map(|_| Mutex::new(None)).collect(),
            uses: uses.into_iter().map(AtomicU32::new).collect(),
        }
    }

    fn get(&self, reg: Reg) -> Option<Arc<Value<B>>> {
        self.values.get(reg as usize)?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, reg: Reg, value: Value<B>) {
        let Some(uses) = self.uses.get(reg as usize) else { return };
        if uses.load(Ordering::Relaxed) > 0 {
            *self.values[reg as usize].lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(value));
        }
    }

    fn release(&self, reg: Reg) {
        // The last reader frees; acquire and release order the reads of the others before that.
        if self.uses[reg as usize].fetch_sub(1, Ordering::AcqRel) == 1 {
            self.values[reg as usize].lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    /// Results of the program, once per output that names them.
    pub(super) fn take(&self, regs: &[Reg]) -> Result<Vec<B::Cipher>, RunError> {
        let take = |reg: &Reg| {
            let value = self.get(*reg).ok_or(RunError::Missing(*reg))?;
            self.release(*reg);
            // The last output that names a value takes it, the others copy it.
            match Arc::try_unwrap(value) {
                Ok(Value::Cipher(cipher)) => Ok(cipher),
                Err(shared) => match &*shared {
                    Value::Cipher(cipher) => Ok(cipher.clone()),
                    _ => Err(RunError::Missing(*reg)),
                },
                Ok(_) => Err(RunError::Missing(*reg)),
            }
        };
        regs.iter().map(take).collect()
    }
}

fn distinct(instr: &Instr) -> Vec<Reg> {
    let mut regs = instr.operands();
    regs.sort_unstable();
    regs.dedup();
    regs
}

/// Runs instruction `position`, whose operands are in the store.
pub(super) fn perform<B: Backend>(
    plan: &Plan,
    backend: &B,
    store: &Store<B>,
    position: usize,
) -> Result<(), RunError> {
    let instr = &plan.server.instrs[position];
    let operation = instr.op.name();
    let failed = |source: BackendError| RunError::Operation {
        index: position,
        operation,
        part: plan.server.parts.at(position),
        source: Box::new(source),
    };
    let results = compute(plan, backend, store, position).map_err(|e| match e {
        Failure::Operand(error) => error,
        Failure::Backend(source) => failed(source),
    })?;
    if results.len() != instr.outputs.len() {
        return Err(RunError::Operand { index: position, operation, value: results.len() as u32 });
    }
    for (mut value, &reg) in results.into_iter().zip(&instr.outputs) {
        let info = plan.server.values[reg as usize];
        let expected = Shape::from(info);
        let found = match &value {
            Value::Cipher(cipher) => backend.shape(cipher),
            Value::Plain(plain) => backend.plain_shape(plain),
        };
        let close = (found.scale - expected.scale).abs() <= SCALE_AGREEMENT * expected.scale;
        if found.level != expected.level || found.parts != expected.parts || !close {
            return Err(RunError::Result { index: position, operation, found, expected });
        }
        if let Value::Cipher(cipher) = &mut value {
            backend.set_scale(cipher, expected.scale).map_err(failed)?;
            backend.made(reg, cipher);
        }
        store.put(reg, value);
    }
    distinct(instr).into_iter().for_each(|reg| store.release(reg));
    Ok(())
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

/// An operand that is alive, held while it is read.
type Held<B> = Arc<Value<B>>;

fn compute<B: Backend>(
    plan: &Plan,
    backend: &B,
    store: &Store<B>,
    position: usize,
) -> Result<Vec<Value<B>>, Failure> {
    let instr = &plan.server.instrs[position];
    let missing = |value: Reg| {
        Failure::Operand(RunError::Operand { index: position, operation: instr.op.name(), value })
    };
    let info = |reg: &Reg| plan.server.values.get(*reg as usize).copied().ok_or_else(|| missing(*reg));
    let results: Vec<ValueInfo> = instr.outputs.iter().map(info).collect::<Result<_, Failure>>()?;
    let first = results.first().ok_or_else(|| missing(0))?;
    match &instr.op {
        Op::Input { input, block } => {
            return Ok(vec![Value::Cipher(backend.input(*input as usize, *block as usize)?)]);
        }
        Op::Encode { constant } => {
            let vector = plan.server.constants.get(*constant as usize);
            let vector = vector.ok_or_else(|| missing(*constant))?;
            return Ok(vec![Value::Plain(backend.encode(vector, *first)?)]);
        }
        _ => {}
    }
    // A value is one object wherever it is read.
    let mut held: BTreeMap<Reg, Held<B>> = BTreeMap::new();
    for reg in instr.operands() {
        if let Entry::Vacant(place) = held.entry(reg) {
            place.insert(store.get(reg).ok_or_else(|| missing(reg))?);
        }
    }
    let cipher = |reg: &Reg| match held.get(reg).map(|value| &**value) {
        Some(Value::Cipher(cipher)) => Ok(cipher),
        _ => Err(missing(*reg)),
    };
    let plain = |reg: &Reg| match held.get(reg).map(|value| &**value) {
        Some(Value::Plain(plain)) => Ok(plain),
        _ => Err(missing(*reg)),
    };
    let ciphers: Vec<&B::Cipher> = instr.ciphers.iter().map(cipher).collect::<Result<_, Failure>>()?;
    let computed = backend.compute(&instr.op.try_map(plain)?, &ciphers, &results)?;
    Ok(computed.into_iter().map(Value::Cipher).collect())
}
