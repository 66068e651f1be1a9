//! The real thing: CKKS ciphertexts under evaluation keys.

use super::{Backend, BackendError, Shape};
use crate::executor::Stop;
use hep_circuits::{Refresh, ServerKeys};
use hep_ckks::{Ciphertext, Context, Evaluator, ExtendedPlaintext, Plaintext};
use hep_format::files::CiphertextFile;
use hep_plan::isa::{Half, Op};
use hep_plan::server::{Kind, ValueInfo};
use hep_plan::{SlotVector, Step};

/// Where encrypted inputs come from. They are asked for when their instruction runs, and are then the executor's.
pub trait InputSource: Sync {
    /// Ciphertext `block` of input number `input`.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    fn load(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError>;
}

impl InputSource for [Vec<Ciphertext>] {
    fn load(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError> {
        let found = self.get(input).and_then(|blocks| blocks.get(block));
        found.cloned().ok_or(BackendError::MissingInput { input, block })
    }
}

impl InputSource for CiphertextFile<'_> {
    fn load(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError> {
        Ok(CiphertextFile::load(self, input, block)?)
    }
}

/// Operations on ciphertexts. It holds public keys only.
pub struct Ckks<'a, I: InputSource + ?Sized> {
    context: &'a Context,
    keys: &'a ServerKeys,
    inputs: &'a I,
    refreshes: &'a [Option<Refresh>],
    stop: Option<Stop<'a>>,
}

impl<'a, I: InputSource + ?Sized> Ckks<'a, I> {
    /// Operations under these keys on these inputs.
    pub fn new(context: &'a Context, keys: &'a ServerKeys, inputs: &'a I) -> Self {
        Self { context, keys, inputs, refreshes: &[], stop: None }
    }

    /// The same with the tables of the refreshes that the plan's parameters name, in their order.
    #[must_use]
    pub fn refreshing(self, refreshes: &'a [Option<Refresh>]) -> Self {
        Self { refreshes, ..self }
    }

    /// The same that may be stopped between the phases of a refresh.
    #[must_use]
    pub fn stopped_by(self, stop: Option<Stop<'a>>) -> Self {
        Self { stop, ..self }
    }

    fn refresh(
        &self,
        shape: u32,
        results: &[Half],
        ciphers: &[&Ciphertext],
    ) -> Result<Vec<Ciphertext>, BackendError> {
        let refresh = self.refreshes.get(shape as usize).and_then(Option::as_ref);
        let (Some(refresh), Some(keys)) = (refresh, &self.keys.refresh) else {
            return Err(BackendError::Misfit("there are no tables or no keys of its refresh".into()));
        };
        let mut watch = |_| !self.stop.is_some_and(|stop| stop());
        let mut made: Vec<Option<Ciphertext>> =
            refresh.run(self.context, keys, ciphers, &mut watch)?.into_iter().map(Some).collect();
        let mut take = |half: &Half| {
            let at = usize::from(*half == Half::Im);
            // A vector is asked for once: plans are checked.
            made.get_mut(at).and_then(Option::take).ok_or_else(operands)
        };
        results.iter().map(&mut take).collect()
    }
}

/// An encoded vector.
pub enum Encoded {
    /// Modulo the ciphertext modulus.
    Plain(Plaintext),
    /// Modulo the special one too.
    Extended(ExtendedPlaintext),
}

impl Encoded {
    fn plain(&self) -> Result<&Plaintext, BackendError> {
        match self {
            Self::Plain(plain) => Ok(plain),
            Self::Extended(_) => {
                Err(BackendError::Misfit("a vector is encoded modulo too many primes".into()))
            }
        }
    }

    fn extended(&self) -> Result<&ExtendedPlaintext, BackendError> {
        match self {
            Self::Extended(plain) => Ok(plain),
            Self::Plain(_) => Err(BackendError::Misfit("a vector is encoded modulo too few primes".into())),
        }
    }
}

impl<I: InputSource + ?Sized> Backend for Ckks<'_, I> {
    type Cipher = Ciphertext;
    type Plain = Encoded;

    fn input(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError> {
        self.inputs.load(input, block)
    }

    fn encode(&self, vector: &SlotVector, info: ValueInfo) -> Result<Encoded, BackendError> {
        let (values, scale, level) = (vector.expand(), info.scale.0, info.level.0 as usize);
        Ok(match info.kind {
            Kind::ExtendedPlain => Encoded::Extended(self.context.encode_extended(&values, scale, level)?),
            Kind::Plain | Kind::Cipher { .. } => Encoded::Plain(self.context.encode(&values, scale, level)?),
        })
    }

    /// The kernel of every operation.
    fn compute<'p>(
        &self,
        op: &Op<&'p Encoded>,
        ciphers: &[&'p Ciphertext],
        results: &[ValueInfo],
    ) -> Result<Vec<Ciphertext>, BackendError> {
        let evaluator = Evaluator::new(self.context, &self.keys.evaluation);
        let Some(result) = results.first() else { return Err(operands()) };
        let level = result.level.0 as usize;
        let moved = |step: &Step| i64::from(step.0);
        let one = || match ciphers {
            [a] => Ok(*a),
            _ => Err(operands()),
        };
        let two = || match ciphers {
            [a, b] => Ok((*a, *b)),
            _ => Err(operands()),
        };
        let computed = match op {
            Op::Input { .. } | Op::Encode { .. } => return Err(operands()),
            Op::Carried { .. } | Op::Final { .. } | Op::Select(_) => return Err(operands()),
            Op::Refresh { shape, results } => return self.refresh(*shape, results, ciphers),
            Op::Add => two().map(|(a, b)| evaluator.add(a, b))?,
            Op::Sub => two().map(|(a, b)| evaluator.sub(a, b))?,
            Op::Negate => evaluator.negate(one()?),
            Op::AddPlain(p) => evaluator.add_plain(one()?, p.plain()?),
            Op::SubPlain(p) => evaluator.sub_plain(one()?, p.plain()?),
            Op::SumMulPlain(plains) => {
                let terms = ciphers.iter().zip(plains).map(|(a, p)| Ok((*a, p.plain()?)));
                evaluator.sum_mul_plain(&terms.collect::<Result<Vec<_>, BackendError>>()?)
            }
            Op::SumMul => {
                let terms: Vec<_> = ciphers.as_chunks::<2>().0.iter().map(|[a, b]| (*a, *b)).collect();
                evaluator.sum_mul(&terms, level)
            }
            Op::Relinearize => evaluator.relinearize(one()?),
            Op::Rescale => evaluator.rescale(one()?),
            Op::RelinearizeRescale => evaluator.relinearize_rescale(one()?),
            Op::DropLevel => evaluator.drop_to_level(one()?, level),
            Op::SetScale(_) => {
                let mut a = one()?.clone();
                a.set_scale(result.scale.0).map(|()| a)
            }
            Op::Conjugate => evaluator.conjugate(one()?),
            Op::Rotate(steps) => {
                let steps: Vec<i64> = steps.iter().map(moved).collect();
                return Ok(evaluator.rotate_many(one()?, &steps)?);
            }
            Op::SumRotations(steps) => {
                let terms: Vec<_> = ciphers.iter().copied().zip(steps.iter().map(moved)).collect();
                evaluator.sum_rotations(&terms)
            }
            Op::HoistedProducts(sums) => {
                let mut ciphers = ciphers.iter();
                let mut lists: Vec<Vec<_>> = Vec::with_capacity(sums.len());
                for terms in sums {
                    let term = |((step, p), a): (&(Step, &'p Encoded), &&'p Ciphertext)| {
                        Ok((*a, moved(step), p.extended()?))
                    };
                    let list = terms.iter().zip(ciphers.by_ref()).map(term);
                    lists.push(list.collect::<Result<_, BackendError>>()?);
                }
                let sums: Vec<&[_]> = lists.iter().map(Vec::as_slice).collect();
                return Ok(evaluator.rotated_products(&sums)?);
            }
        };
        Ok(vec![computed?])
    }

    fn shape(&self, a: &Ciphertext) -> Shape {
        Shape { level: a.level(), scale: a.scale(), parts: a.parts().len() }
    }

    fn plain_shape(&self, p: &Encoded) -> Shape {
        let (level, scale) = match p {
            Encoded::Plain(plain) => (plain.level(), plain.scale()),
            Encoded::Extended(plain) => (plain.level(), plain.scale()),
        };
        Shape { level, scale, parts: 1 }
    }

    fn set_scale(&self, a: &mut Ciphertext, scale: f64) -> Result<(), BackendError> {
        Ok(a.set_scale(scale)?)
    }
}

/// Of a plan that nobody checked.
fn operands() -> BackendError {
    BackendError::Misfit("it has not as many operands as it needs".into())
}
