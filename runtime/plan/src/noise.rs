//! Errors of a server's values: standard deviation of the error of each ciphertext's slots.
//!
//! Errors are treated as independent Gaussians. For ring degree N, a uniform ternary secret (2N/3 non-zero
//! coefficients) and error deviation σ = 3.2, an error polynomial with coefficient variance v gives slot errors
//! (real part) of variance v·N/2, divided by the squared scale:
//!
//! - fresh under the secret key: v = σ²;
//! - encoding: v = 1/12;
//! - rescale or bring-down: v = (1 + 2N/3)/12;
//! - key switch of β digits of modulus D with special modulus P: v = β·N·σ²·D²/(12·P²) plus the bring-down
//!   (Gentry, Halevi and Smart 2012 for the digit term, Han and Ki 2020 for the hybrid); where a rescale is merged with it,
//!   the digit term at the scale before and one rounding at the scale after.
//!
//! Products need the sizes of what they multiply: root mean squares over the non-zero slots of a run in the clear.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::isa::{Adds, Op, Passes};
use crate::magnitude::Magnitude;
use crate::params::Params;
use crate::refresh::errors;
use crate::server::{Instr, Kind, Reg, Server};
use crate::tables::PerRun;
use crate::units::{Factor, Step};
use hep_params::RefreshShape;

/// Deviation of fresh errors.
const SIGMA: f64 = 3.2;

/// Errors of at most so many deviations are promised: no slot of a run may be worse. Five would do for independent
/// errors; an error of the model reaches all samples alike and comes back through the gradient, which was seen to
/// double them.
pub const DEVIATIONS: f64 = 16.0;

/// Standard deviation of the error of each value; 0 for plaintexts. `sizes` has an entry per value.
///
/// Of a loop it is that of one run of what arrives without errors: how errors grow from run to run is no matter of variances. A step that
/// pulls back what it is given makes them smaller, a momentum makes them larger, and both are seen in a run with noise only.
#[must_use]
pub fn deviations(server: &Server, params: &Params, sizes: &[Magnitude]) -> Vec<f64> {
    let model = Model::new(server, params, sizes);
    let mut deviation = vec![0.0; server.values.len()];
    for instr in &server.instrs {
        for (position, &out) in instr.outputs.iter().enumerate() {
            let variance = model.added(instr, position, out) + model.passed_on(instr, position, &deviation);
            deviation[out as usize] = variance.sqrt();
        }
    }
    deviation
}

/// Standard deviation of the error that each operation adds by itself, for runs that add it slot by slot.
#[must_use]
pub fn added(server: &Server, params: &Params, sizes: &[Magnitude]) -> Vec<f64> {
    let model = Model::new(server, params, sizes);
    let mut deviation = vec![0.0; server.values.len()];
    for instr in &server.instrs {
        for (position, &out) in instr.outputs.iter().enumerate() {
            deviation[out as usize] = model.added(instr, position, out).sqrt();
        }
    }
    deviation
}

/// Largest absolute slot that a value has room for: its message is below half of its modulus.
#[must_use]
pub fn room(server: &Server, params: &Params, reg: Reg) -> f64 {
    server.values.get(reg as usize).map_or(0.0, |value| {
        let limbs = value.level.limbs().min(params.q.len());
        let modulus: f64 = params.q[..limbs].iter().map(|q| (*q as f64).log2()).sum();
        (modulus - 1.0 - value.scale.0.log2()).exp2()
    })
}

struct Model<'a> {
    server: &'a Server,
    params: &'a Params,
    sizes: &'a [Magnitude],
    /// Root mean square of the vector that a plaintext encodes, over its non-zero slots; 0 for ciphertexts.
    plains: Vec<f64>,
}

impl<'a> Model<'a> {
    fn new(server: &'a Server, params: &'a Params, sizes: &'a [Magnitude]) -> Self {
        let constants: Vec<f64> = server.constants.iter().map(|c| c.rms(&server.tables)).collect();
        let mut plains = vec![0.0; server.values.len()];
        for instr in &server.instrs {
            if let (Op::Encode { constant }, Some(&out)) = (&instr.op, instr.outputs.first()) {
                plains[out as usize] = constants.get(*constant as usize).copied().unwrap_or(0.0);
            }
        }
        Self { server, params, sizes, plains }
    }

    fn degree(&self) -> f64 {
        self.params.degree() as f64
    }

    fn scale(&self, reg: Reg) -> f64 {
        self.server.values[reg as usize].scale.0
    }

    fn level(&self, reg: Reg) -> usize {
        self.server.values[reg as usize].level.0 as usize
    }

    fn rms(&self, reg: Reg) -> f64 {
        self.sizes.get(reg as usize).map_or(1.0, |size| size.rms)
    }

    /// Slot variance of an error with this coefficient variance, at a scale.
    fn slots(&self, coefficient_variance: f64, scale: f64) -> f64 {
        coefficient_variance * self.degree() / 2.0 / (scale * scale)
    }

    fn rounding(&self) -> f64 {
        (1.0 + 2.0 * self.degree() / 3.0) / 12.0
    }

    /// Of the digits alone, at a level.
    fn key_switch(&self, level: usize) -> f64 {
        let special: f64 = self.params.p.iter().map(|p| (*p as f64).log2()).sum();
        let digit_error = |digit: &[u64]| {
            let bits: f64 = digit.iter().map(|q| (*q as f64).log2()).sum();
            self.degree() * SIGMA * SIGMA / 12.0 * (2.0 * (bits - special)).exp2()
        };
        let limbs = (level + 1).min(self.params.q.len());
        self.params.q[..limbs].chunks(self.params.digit_limbs.max(1) as usize).map(digit_error).sum()
    }

    /// The largest number of a run.
    fn most(&self, factor: PerRun<Factor>) -> f64 {
        match factor {
            PerRun::Always(factor) => factor.value(),
            PerRun::Table(table) => {
                let numbers = self.server.tables.numbers(table).unwrap_or_default();
                numbers.iter().fold(0.0, |most, number| f64::max(most, number.abs()))
            }
        }
    }

    fn prime(&self, level: usize) -> f64 {
        self.params.q.get(level).map_or(1.0, |q| *q as f64)
    }

    /// What the operation itself adds to its result number `position`.
    fn added(&self, instr: &Instr, position: usize, out: Reg) -> f64 {
        let (scale, level) = (self.scale(out), self.level(out));
        let encoding = |(a, p): (Reg, Reg)| self.rms(a).powi(2) * self.slots(1.0 / 12.0, self.scale(p));
        match instr.op.row().adds {
            Adds::Nothing => 0.0,
            Adds::Encryption => self.slots(SIGMA * SIGMA + 1.0 / 12.0, scale),
            Adds::Encoding => self.slots(1.0 / 12.0, scale),
            Adds::Switches(count) => {
                self.slots(f64::from(count) * self.key_switch(level) + self.rounding(), scale)
            }
            Adds::SwitchAndDivide => {
                let before = scale * self.prime(level + 1);
                self.slots(self.key_switch(level + 1), before) + self.slots(self.rounding(), scale)
            }
            // The rounding of a third part is multiplied by s², whose coefficients have a variance of about 2h².
            Adds::Divide if self.server.values[out as usize].kind == (Kind::Cipher { parts: 3 }) => {
                let weight = 2.0 * self.degree() / 3.0;
                self.slots(self.rounding() + weight * weight / 6.0, scale)
            }
            Adds::Divide => self.slots(self.rounding(), scale),
            Adds::Factors => terms(instr, position).map(encoding).sum(),
            Adds::Refresh(shape) => {
                self.refreshed(shape, instr.ciphers.first().map_or(1.0, |a| self.scale(*a)))
            }
            Adds::HoistedProducts => {
                let key_switch = self.key_switch(level + 1);
                let turns = instr.op.turns();
                let steps = instr.op.terms(position, turns.len()).map(|at| turns[at].1);
                let term = |((a, p), step): ((Reg, Reg), Step)| {
                    let moved = if step.is_zero() { 0.0 } else { self.slots(key_switch, self.scale(a)) };
                    moved * self.plains[p as usize].powi(2) + encoding((a, p))
                };
                terms(instr, position).zip(steps).map(term).sum::<f64>() + self.slots(self.rounding(), scale)
            }
        }
    }

    /// What a refresh of this shape adds to an operand of a scale; without such a shape no precision is left.
    fn refreshed(&self, shape: u32, operand_scale: f64) -> f64 {
        let error =
            |shape: &RefreshShape| errors(shape, self.params, operand_scale).root_mean_square() * shape.bound;
        self.params.refresh.get(shape as usize).map_or(f64::INFINITY, |shape| error(shape).powi(2))
    }

    /// What comes with the operands.
    fn passed_on(&self, instr: &Instr, position: usize, deviation: &[f64]) -> f64 {
        let variance = |reg: Reg| deviation[reg as usize].powi(2);
        match instr.op.row().passes {
            Passes::Nothing => 0.0,
            Passes::Sum => instr.ciphers.iter().map(|a| variance(*a)).sum(),
            Passes::Times(factor) => {
                let most = self.most(factor).powi(2);
                instr.ciphers.iter().map(|a| variance(*a) * most).sum()
            }
            Passes::Either => instr.ciphers.iter().map(|a| variance(*a)).fold(0.0, f64::max),
            Passes::ByPlains => {
                let term = |(a, p): (Reg, Reg)| variance(a) * self.plains[p as usize].powi(2);
                terms(instr, position).map(term).sum()
            }
            Passes::Products => {
                let term = |pair: &[Reg]| {
                    let (a, b) = (pair[0], pair[1]);
                    let (va, vb) = (variance(a), variance(b));
                    // The two errors of a square are the same error.
                    let same = if a == b { 2.0 } else { 1.0 };
                    same * (va * self.rms(b).powi(2) + vb * self.rms(a).powi(2)) + va * vb
                };
                instr.ciphers.chunks_exact(2).map(term).sum()
            }
        }
    }
}

/// The products with vectors that a result is the sum of.
fn terms(instr: &Instr, position: usize) -> impl Iterator<Item = (Reg, Reg)> {
    let products: Vec<_> = instr.ciphers.iter().copied().zip(instr.op.plains()).collect();
    let range = instr.op.terms(position, products.len());
    products.into_iter().skip(range.start).take(range.len())
}
