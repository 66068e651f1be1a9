//! The refresh: SlotsToCoeffs, to the sparse secret, raise, CoeffsToSlots, EvalMod.

#[cfg(feature = "secret")]
use std::collections::BTreeMap;

use hep_ckks::{
    Ciphertext, CkksError, Context, Evaluator, KeyForm, LinearTransform, RaisedTransform, SCALE_TOLERANCE,
};
use hep_params::{Packing, RefreshShape};
use num_complex::Complex64;

use crate::dft::{Direction, factors};
use crate::diagonals::{encode, numbered, rotated};
use crate::error::CircuitError;
use crate::eval_mod::EvalMod;
use crate::keys::RefreshKeys;
use crate::phase::{Phase, Watch};
use crate::sine::WIDTH;

/// The tables of one kind of refresh.
///
/// ```
/// use hep_circuits::{Refresh, RefreshKeys};
/// use hep_ckks::{Context, SecretKey, Security, decrypt, encrypt_secret};
/// use hep_params::{Packing, RefreshShape};
/// use hep_plan::refresh::{Chain, chain};
/// use rand_chacha::ChaCha20Rng;
/// use rand_core::SeedableRng;
///
/// // A ring that protects nothing, for a quick example: 16 values of magnitude up to 2, repeated.
/// let shape = RefreshShape::standard(4, Packing::Real).with_bound(2.0);
/// let of = Chain { log_n: 8, levels: 1, bits: 45, special: 8, security: Security::Insecure };
/// let ctx = Context::new_insecure(chain(of, vec![shape.clone()])?)?;
/// let mut rng = ChaCha20Rng::from_seed([1; 32]);
/// let secret = SecretKey::generate(&ctx, &mut rng);
/// let refresh = Refresh::new(&ctx, &shape, 2f64.powi(42))?;
/// let keys = RefreshKeys::generate(&ctx, &secret, &refresh, &mut rng)?;
///
/// let values: Vec<f64> = (0..ctx.slots()).map(|slot| (slot % 16) as f64 / 8.0 - 1.0).collect();
/// let plain = ctx.encode(&values, refresh.operand_scale(), refresh.operand_level())?;
/// let exhausted = encrypt_secret(&ctx, &secret, &plain, &mut rng)?;
/// let fresh = refresh.run(&ctx, &keys, &[&exhausted], &mut ())?.remove(0);
/// assert_eq!((exhausted.level(), fresh.level()), (1, 2));
/// let found = ctx.decode(&decrypt(&ctx, &secret, &fresh)?);
/// assert!(found.iter().zip(&values).all(|(found, value)| (found - value).abs() < 2f64.powi(-19)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Refresh {
    shape: RefreshShape,
    operand_scale: f64,
    s2c: Vec<LinearTransform>,
    raise: RaisedTransform,
    /// The factors of CoeffsToSlots but the first.
    c2s: Vec<LinearTransform>,
    /// Scale of EvalMod's input.
    sine_scale: f64,
    /// Scale of what was raised, so that its slots are u.
    raised_scale: f64,
    eval_mod: EvalMod,
}

impl Refresh {
    /// Tables for operands of a scale. The parameters of the context name the shape.
    ///
    /// # Errors
    /// [`CircuitError::UnknownShape`], or a shape that does not fit.
    pub fn new(ctx: &Context, shape: &RefreshShape, operand_scale: f64) -> Result<Self, CircuitError> {
        let params = ctx.parameters();
        if !params.refresh.contains(shape) {
            return Err(CircuitError::UnknownShape);
        }
        shape.validate(params)?;
        let (n, q) = (shape.slots(), |level: usize| params.q[level] as f64);

        // Each factor takes the same share of what the scale has to change by.
        let low = KeyForm::Low { special: shape.low_special(params) };
        let low = if shape.low_special(params) == params.p.len() { KeyForm::Full } else { low };
        let wanted = q(0) / 2f64.powi(shape.ratio_log2.into()) / shape.bound;
        let matrices = factors(n, &shape.s2c, Direction::SlotsToCoeffs);
        let mut scale = operand_scale;
        let mut s2c = Vec::with_capacity(matrices.len());
        for (number, (matrix, factor)) in matrices.iter().zip(shape.s2c_factors()).enumerate() {
            let (level, left) = (shape.bottom() - number, shape.s2c.len() - number);
            let own = q(level) * (wanted / scale).powf(1.0 / left as f64);
            s2c.push(encode(ctx, (low, level), own, &factor, &numbered(n, &factor, matrix, (1, 0)))?);
            scale = scale * own / q(level);
        }

        let top = ctx.max_level();
        let sine_level = shape.sine_level(top);
        let sine_scale = q(sine_level) * shape.finer_bits().exp2();
        let gap = (ctx.slots() / n) as f64;
        // The trace multiplies by the gap, and the conjugate that is added by 2.
        let share = (sine_scale / (q(0) * WIDTH * 2.0 * gap)).powf(1.0 / shape.c2s.len() as f64);
        let matrices = factors(n, &shape.c2s, Direction::CoeffsToSlots);
        // Three of EvalMod's primes of 51 bits.
        let exact = [sine_level - 4, sine_level - 5, sine_level];
        let offsets = shape.c2s_offsets();
        let first: Vec<(i64, Vec<Complex64>)> = matrices[0]
            .iter()
            .map(|(&d, values)| ((d as i64 + offsets[0]).rem_euclid(n as i64), rotated(values, offsets[0])))
            .collect();
        let raise = RaisedTransform::new(ctx, top, share, exact, &first)?;
        let mut c2s = Vec::with_capacity(matrices.len() - 1);
        for (number, (matrix, factor)) in matrices.iter().zip(shape.c2s_factors()).enumerate().skip(1) {
            let level = top + 1 - number;
            let last = number + 1 == matrices.len();
            let copies = if last && shape.packing == Packing::SideBySide { 2 } else { 1 };
            let diagonals = numbered(n, &factor, matrix, (copies, offsets[number]));
            c2s.push(encode(ctx, (KeyForm::Full, level), q(level) * share, &factor, &diagonals)?);
        }
        Ok(Self {
            shape: shape.clone(),
            operand_scale,
            s2c,
            raise,
            c2s,
            sine_scale,
            raised_scale: q(0) * WIDTH * share,
            eval_mod: EvalMod::new(shape.wide_square),
        })
    }

    /// What it was made for.
    pub fn shape(&self) -> &RefreshShape {
        &self.shape
    }

    /// The level of operands.
    pub fn operand_level(&self) -> usize {
        self.shape.bottom()
    }

    /// The scale of operands.
    pub fn operand_scale(&self) -> f64 {
        self.operand_scale
    }

    /// Memory of all diagonals.
    pub fn bytes(&self) -> usize {
        let transforms = self.s2c.iter().chain(&self.c2s);
        self.raise.bytes() + transforms.map(LinearTransform::bytes).sum::<usize>()
    }

    /// The rotations at the bottom, with the highest level and the form of their keys.
    #[cfg(feature = "secret")]
    pub(crate) fn low_rotations(&self) -> BTreeMap<i64, (KeyForm, usize)> {
        rotations(&self.s2c)
    }

    /// The rotations at the top, with the highest level of their keys, and the level of the conjugation.
    #[cfg(feature = "secret")]
    pub(crate) fn top_rotations(&self, ctx: &Context) -> (BTreeMap<i64, (KeyForm, usize)>, usize) {
        let mut all = rotations(&self.c2s);
        let level = self.shape.sine_level(ctx.max_level()) + 1;
        for step in self.shape.trace(ctx.slots()).into_iter().flatten().filter(|step| *step != 0) {
            let known = all.entry(step).or_insert((KeyForm::Full, level));
            known.1 = known.1.max(level);
        }
        (all, level)
    }

    /// The transform that the modulus is raised with.
    #[cfg(feature = "secret")]
    pub(crate) fn raised(&self) -> &RaisedTransform {
        &self.raise
    }

    /// Refreshes one vector, or two for the packings of two: at [`Self::operand_level`] and [`Self::operand_scale`], real, of the
    /// shape's period, and of magnitude at most its bound.
    ///
    /// Results are at [`RefreshShape::result_level`]: one for each vector, or one with both side by side.
    ///
    /// # Errors
    /// [`CircuitError::Vectors`], [`CircuitError::Scale`], [`CircuitError::Stopped`], or what an operation refuses: an operand below
    /// the level, a key that is missing.
    pub fn run(
        &self,
        ctx: &Context,
        keys: &RefreshKeys,
        vectors: &[&Ciphertext],
        watch: &mut dyn Watch,
    ) -> Result<Vec<Ciphertext>, CircuitError> {
        let mut begin = |phase| if watch.begins(phase) { Ok(()) } else { Err(CircuitError::Stopped(phase)) };
        let (low, top) = (Evaluator::new(ctx, &keys.low), Evaluator::new(ctx, &keys.top));

        begin(Phase::SlotsToCoeffs)?;
        let mut ct = self.packed(&low, vectors)?;
        for factor in &self.s2c {
            ct = low.transform_rescale(&ct, factor)?;
        }
        let bottom_scale = ct.scale();

        begin(Phase::Raise)?;
        let encapsulated = low.encapsulate(&ct, &keys.to_sparse)?;
        ct = top.raise(&encapsulated, &self.raise, |galois| keys.raise.get(&galois))?;
        drop(encapsulated);
        ct.set_scale(self.raised_scale)?;

        begin(Phase::CoeffsToSlots)?;
        let (last, others) = self.c2s.split_last().ok_or(CkksError::EmptySum { operation: "refresh" })?;
        for factor in others {
            ct = top.transform_rescale(&ct, factor)?;
        }
        // The trace is where there are fewest limbs; it commutes with every factor.
        begin(Phase::Trace)?;
        for steps in self.shape.trace(ctx.slots()) {
            let terms: Vec<(&Ciphertext, i64)> = steps.iter().map(|&step| (&ct, step)).collect();
            let mut sum = top.sum_rotations(&terms)?;
            sum.set_scale(ct.scale() * steps.len() as f64)?;
            ct = sum;
        }
        ct = top.transform(&ct, last)?;
        let (real, imaginary) = top.real_parts(&ct, self.shape.packing == Packing::Pair)?;
        drop(ct);

        begin(Phase::EvalMod)?;
        let finish = |half: Ciphertext| self.finish(&top, half, bottom_scale);
        match imaginary {
            None => Ok(vec![finish(real)?]),
            Some(imaginary) => {
                let (real, imaginary) = rayon::join(|| finish(real), || finish(imaginary));
                Ok(vec![real?, imaginary?])
            }
        }
    }

    /// One ciphertext of what is refreshed.
    fn packed(&self, ev: &Evaluator<'_>, vectors: &[&Ciphertext]) -> Result<Ciphertext, CircuitError> {
        let (packing, found) = (self.shape.packing, vectors.len());
        let wanted = if packing == Packing::Real { 1 } else { 2 };
        for vector in vectors {
            let (found, wanted) = (vector.scale(), self.operand_scale);
            if (found - wanted).abs() > SCALE_TOLERANCE * wanted {
                return Err(CircuitError::Scale { found, wanted });
            }
        }
        match *vectors {
            [a] if wanted == 1 => Ok(ev.drop_to_level(a, self.operand_level())?),
            [a, b] if wanted == 2 => {
                let [a, b] =
                    [ev.drop_to_level(a, self.operand_level())?, ev.drop_to_level(b, self.operand_level())?];
                Ok(ev.add(&a, &ev.multiply_by_i(&b)?)?)
            }
            _ => Err(CircuitError::Vectors { packing, wanted, found }),
        }
    }

    /// EvalMod of half of u, and what was there before at its scale.
    fn finish(
        &self,
        ev: &Evaluator<'_>,
        mut half: Ciphertext,
        bottom_scale: f64,
    ) -> Result<Ciphertext, CircuitError> {
        // Twice the real part is declared to be it.
        half.set_scale(self.sine_scale)?;
        let u = ev.add_constant(&half, -0.25 / WIDTH)?;
        let mut y = self.eval_mod.apply(ev, &u)?;
        // y = 2π·v·(scale at the bottom)/q_0, up to the line's slope.
        let q0 = ev.context().parameters().q[0] as f64;
        y.set_scale(y.scale() * std::f64::consts::TAU * bottom_scale / q0 / (1.0 + self.shape.delta))?;
        Ok(y)
    }
}

#[cfg(feature = "secret")]
fn rotations(transforms: &[LinearTransform]) -> BTreeMap<i64, (KeyForm, usize)> {
    let mut all = BTreeMap::new();
    for transform in transforms {
        for step in transform.steps() {
            let known = all.entry(step).or_insert((transform.form(), transform.level()));
            known.1 = known.1.max(transform.level());
        }
    }
    all
}
