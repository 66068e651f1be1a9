//! One instruction: fetch its operands, compute, check the results against the plan, free what nobody needs any more.

use super::RunError;
use crate::backend::{Backend, BackendError, Shape};
use hep_plan::Plan;
use hep_plan::server::{Kind, Op, Reg, RotatedTerm};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Relative difference between the scale computed and the plan's that is taken for rounding.
const SCALE_AGREEMENT: f64 = 1e-6;

enum Value<B: Backend> {
    Cipher(B::Cipher),
    Plain(B::Plain),
    Extended(B::ExtendedPlain),
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
            distinct(&instr.op).iter().for_each(|reg| uses[*reg as usize] += 1);
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

fn distinct(op: &Op) -> Vec<Reg> {
    let mut regs = op.operands();
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
    let at = Operands { store, index: position, operation };
    let failed = |source: BackendError| RunError::Operation {
        index: position,
        operation,
        iteration: instr.iteration,
        source: Box::new(source),
    };
    let results = compute(plan, backend, &at, instr).map_err(|e| match e {
        Failure::Operand(error) => error,
        Failure::Backend(source) => failed(source),
    })?;
    if results.len() != instr.outputs.len() {
        return Err(RunError::Operand { index: position, operation, value: results.len() as u32 });
    }
    for (mut value, &reg) in results.into_iter().zip(&instr.outputs) {
        let info = plan.server.values[reg as usize];
        let expected =
            Shape { level: info.level.0 as usize, scale: info.scale.0, parts: info.kind.polynomials().0 };
        let found = match &value {
            Value::Cipher(cipher) => backend.shape(cipher),
            Value::Plain(plain) => backend.plain_shape(plain),
            Value::Extended(plain) => backend.extended_shape(plain),
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
    distinct(&instr.op).into_iter().for_each(|reg| store.release(reg));
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

struct Operands<'a, B: Backend> {
    store: &'a Store<B>,
    index: usize,
    operation: &'static str,
}

impl<B: Backend> Operands<'_, B> {
    fn get(&self, reg: Reg) -> Result<Arc<Value<B>>, Failure> {
        self.store.get(reg).ok_or_else(|| self.missing(reg))
    }

    fn missing(&self, value: Reg) -> Failure {
        Failure::Operand(RunError::Operand { index: self.index, operation: self.operation, value })
    }

    fn cipher<'v>(&self, reg: Reg, value: &'v Value<B>) -> Result<&'v B::Cipher, Failure> {
        match value {
            Value::Cipher(cipher) => Ok(cipher),
            _ => Err(self.missing(reg)),
        }
    }

    fn plain<'v>(&self, reg: Reg, value: &'v Value<B>) -> Result<&'v B::Plain, Failure> {
        match value {
            Value::Plain(plain) => Ok(plain),
            _ => Err(self.missing(reg)),
        }
    }

    fn extended<'v>(&self, reg: Reg, value: &'v Value<B>) -> Result<&'v B::ExtendedPlain, Failure> {
        match value {
            Value::Extended(plain) => Ok(plain),
            _ => Err(self.missing(reg)),
        }
    }

    fn one(&self, a: Reg, f: impl FnOnce(&B::Cipher) -> Result<B::Cipher, BackendError>) -> Results<B> {
        let value = self.get(a)?;
        Ok(vec![Value::Cipher(f(self.cipher(a, &value)?)?)])
    }

    fn two(
        &self,
        (a, b): (Reg, Reg),
        f: impl FnOnce(&B::Cipher, &B::Cipher) -> Result<B::Cipher, BackendError>,
    ) -> Results<B> {
        let (left, right) = (self.get(a)?, self.get(b)?);
        Ok(vec![Value::Cipher(f(self.cipher(a, &left)?, self.cipher(b, &right)?)?)])
    }

    fn mixed(
        &self,
        (a, p): (Reg, Reg),
        f: impl FnOnce(&B::Cipher, &B::Plain) -> Result<B::Cipher, BackendError>,
    ) -> Results<B> {
        let (left, right) = (self.get(a)?, self.get(p)?);
        Ok(vec![Value::Cipher(f(self.cipher(a, &left)?, self.plain(p, &right)?)?)])
    }

    fn rotated_products(&self, backend: &B, sums: &[Vec<RotatedTerm>]) -> Results<B> {
        // A ciphertext is one object in all sums.
        let mut held: BTreeMap<Reg, Shared<B>> = BTreeMap::new();
        for reg in sums.iter().flatten().flat_map(|(a, _, p)| [*a, *p]) {
            if let Entry::Vacant(place) = held.entry(reg) {
                place.insert(self.get(reg)?);
            }
        }
        let value = |reg: Reg| held.get(&reg).map(|value| &**value).ok_or_else(|| self.missing(reg));
        let term = |(a, step, p): &RotatedTerm| {
            Ok((self.cipher(*a, value(*a)?)?, i64::from(step.0), self.extended(*p, value(*p)?)?))
        };
        let lists: Vec<Vec<_>> =
            sums.iter().map(|terms| terms.iter().map(term).collect()).collect::<Result<_, Failure>>()?;
        let lists: Vec<&[_]> = lists.iter().map(Vec::as_slice).collect();
        Ok(backend.rotated_products(&lists)?.into_iter().map(Value::Cipher).collect())
    }

    fn pairs(&self, terms: &[(Reg, Reg)]) -> Result<Pairs<B>, Failure> {
        terms.iter().map(|(a, b)| Ok((self.get(*a)?, self.get(*b)?))).collect()
    }
}

type Shared<B> = Arc<Value<B>>;
type Pairs<B> = Vec<(Shared<B>, Shared<B>)>;
type Results<B> = Result<Vec<Value<B>>, Failure>;

fn compute<B: Backend>(
    plan: &Plan,
    backend: &B,
    at: &Operands<'_, B>,
    instr: &hep_plan::server::Instr,
) -> Results<B> {
    match &instr.op {
        Op::Input { input, block } => {
            Ok(vec![Value::Cipher(backend.input(*input as usize, *block as usize)?)])
        }
        Op::Encode { constant } => {
            let out = instr.outputs.first().and_then(|reg| plan.server.values.get(*reg as usize));
            let (Some(info), Some(vector)) = (out, plan.server.constants.get(*constant as usize)) else {
                return Err(at.missing(*constant));
            };
            let (values, level, scale) = (vector.expand(), info.level.0 as usize, info.scale.0);
            Ok(vec![match info.kind {
                Kind::ExtendedPlain => Value::Extended(backend.encode_extended(&values, level, scale)?),
                _ => Value::Plain(backend.encode(&values, level, scale)?),
            }])
        }
        Op::Add(a, b) => at.two((*a, *b), |a, b| backend.add(a, b)),
        Op::Sub(a, b) => at.two((*a, *b), |a, b| backend.sub(a, b)),
        Op::Negate(a) => at.one(*a, |a| backend.negate(a)),
        Op::AddPlain(a, p) => at.mixed((*a, *p), |a, p| backend.add_plain(a, p)),
        Op::SubPlain(a, p) => at.mixed((*a, *p), |a, p| backend.sub_plain(a, p)),
        Op::SumMulPlain(terms) => {
            let held = at.pairs(terms)?;
            let typed: Vec<_> = held
                .iter()
                .zip(terms)
                .map(|((a, p), (ra, rp))| Ok((at.cipher(*ra, a)?, at.plain(*rp, p)?)))
                .collect::<Result<_, Failure>>()?;
            Ok(vec![Value::Cipher(backend.sum_mul_plain(&typed)?)])
        }
        Op::SumMul(terms) => {
            let held = at.pairs(terms)?;
            let typed: Vec<_> = held
                .iter()
                .zip(terms)
                .map(|((a, b), (ra, rb))| Ok((at.cipher(*ra, a)?, at.cipher(*rb, b)?)))
                .collect::<Result<_, Failure>>()?;
            let out = instr.outputs.first().and_then(|reg| plan.server.values.get(*reg as usize));
            let level = out.map_or(0, |v| v.level.0 as usize);
            Ok(vec![Value::Cipher(backend.sum_mul(&typed, level)?)])
        }
        Op::Relinearize(a) => at.one(*a, |a| backend.relinearize(a)),
        Op::Rescale(a) => at.one(*a, |a| backend.rescale(a)),
        Op::RelinearizeRescale(a) => at.one(*a, |a| backend.relinearize_rescale(a)),
        Op::DropLevel(a) => {
            let out = instr.outputs.first().and_then(|reg| plan.server.values.get(*reg as usize));
            let level = out.map_or(0, |v| v.level.0 as usize);
            at.one(*a, |a| backend.drop_to_level(a, level))
        }
        Op::Reread(a) => {
            let out = instr.outputs.first().and_then(|reg| plan.server.values.get(*reg as usize));
            let scale = out.map_or(1.0, |v| v.scale.0);
            at.one(*a, |a| backend.reread(a, scale))
        }
        Op::SumRotations(terms) => {
            let held: Vec<Shared<B>> = terms.iter().map(|(a, _)| at.get(*a)).collect::<Result<_, _>>()?;
            let typed: Vec<_> = held
                .iter()
                .zip(terms)
                .map(|(value, (a, step))| Ok((at.cipher(*a, value)?, i64::from(step.0))))
                .collect::<Result<_, Failure>>()?;
            Ok(vec![Value::Cipher(backend.sum_rotations(&typed)?)])
        }
        Op::RotatedProducts(sums) => at.rotated_products(backend, sums),
        Op::Rotate { source, steps } => {
            let value = at.get(*source)?;
            let steps: Vec<i64> = steps.iter().map(|step| i64::from(step.0)).collect();
            let rotated = backend.rotate_many(at.cipher(*source, &value)?, &steps)?;
            Ok(rotated.into_iter().map(Value::Cipher).collect())
        }
    }
}
