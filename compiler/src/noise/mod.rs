//! Noise and magnitudes of a schedule: standard deviation of the error of each ciphertext's slots.
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
//! Products need magnitudes: root mean squares over the non-zero slots of a clear run on sample data.

use crate::ckks::graph::{ConstantId, Op, Program};
use crate::ckks::scale::Form;
use crate::dag::NodeId;
use hep_plan::{Params, Step};
use std::collections::HashMap;

/// Deviation of fresh errors.
const SIGMA: f64 = 3.2;
/// Predicted bits are those of this many deviations: no slot of a run may be worse. Five would do for independent
/// errors; an error of the model reaches all samples alike and comes back through the gradient, which was seen to
/// double them.
const DEVIATIONS: f64 = 16.0;

/// Size of a node's message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Magnitude {
    /// Root mean square over non-zero slots.
    pub rms: f64,
    /// Largest absolute slot.
    pub max: f64,
}

impl Magnitude {
    /// Of a vector; its root mean square is not finite where a value is not.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        // Sums of their own for neighbouring slots, which a processor adds at once.
        const LANES: usize = 8;
        let (mut squares, mut counts, mut maxima) = ([0.0f64; LANES], [0.0f64; LANES], [0.0f64; LANES]);
        for chunk in values.chunks(LANES) {
            for (lane, v) in chunk.iter().enumerate() {
                squares[lane] += v * v;
                counts[lane] += if *v == 0.0 { 0.0 } else { 1.0 };
                maxima[lane] = if v.abs() > maxima[lane] { v.abs() } else { maxima[lane] };
            }
        }
        let (squares, count) = (squares.iter().sum::<f64>(), counts.iter().sum::<f64>());
        Self { rms: (squares / count.max(1.0)).sqrt(), max: maxima.into_iter().fold(0.0, f64::max) }
    }
}

/// Error and headroom of a schedule under parameters.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Standard deviation of each node's slot error.
    pub deviation: Vec<f64>,
    /// Bits after the binary point that hold in every slot, for each output.
    pub output_bits: Vec<f64>,
    /// Standard deviation of a slot's error, the largest over the ciphertexts of each output.
    pub output_deviation: Vec<f64>,
    /// Largest absolute slot of each output.
    pub output_largest: Vec<f64>,
    /// Least distance in bits between a message and half its modulus, over all nodes.
    pub headroom_bits: f64,
}

/// Propagates noise through a schedule. `magnitudes` has an entry per node.
#[must_use]
pub fn estimate(program: &Program, params: &Params, scale_bits: u32, magnitudes: &[Magnitude]) -> Estimate {
    let model = Model::new(program, params, scale_bits);
    let mut deviation: Vec<f64> = Vec::with_capacity(program.graph.len());
    for id in program.graph.ids() {
        deviation.push(model.node(id, &deviation, magnitudes).sqrt());
    }
    // `f64::max` would pass over an error that is not a number.
    let largest = |numbers: &mut dyn Iterator<Item = f64>| {
        numbers.fold(0.0f64, |worst, d| if d > worst || d.is_nan() { d } else { worst })
    };
    let worst = |ids: &[NodeId]| largest(&mut ids.iter().map(|id| deviation[id.index()]));
    let output_deviation: Vec<f64> = program.outputs.iter().map(|o| worst(&o.values)).collect();
    let bits = |worst: &f64| if worst.is_nan() { f64::NEG_INFINITY } else { -(DEVIATIONS * worst).log2() };
    let output_bits = output_deviation.iter().map(bits).collect();
    let reach = |ids: &[NodeId]| largest(&mut ids.iter().map(|id| magnitudes[id.index()].max));
    let output_largest = program.outputs.iter().map(|o| reach(&o.values)).collect();
    let headroom = |id: NodeId| {
        let level = (program.depth - program.graph.node(id).depth) as usize;
        let modulus: f64 = params.q[..=level].iter().map(|q| (*q as f64).log2()).sum();
        modulus - 1.0 - (model.scale(id) * magnitudes[id.index()].max.max(1e-300)).log2()
    };
    let headroom_bits = program.graph.ids().map(headroom).fold(f64::INFINITY, f64::min);
    Estimate { deviation, output_bits, output_deviation, output_largest, headroom_bits }
}

/// Standard deviation of the error that each operation adds by itself, for simulations that add it slot by slot.
#[must_use]
pub fn added(program: &Program, params: &Params, scale_bits: u32, magnitudes: &[Magnitude]) -> Vec<f64> {
    let model = Model::new(program, params, scale_bits);
    program.graph.ids().map(|id| model.added(id, magnitudes).sqrt()).collect()
}

struct Model<'a> {
    program: &'a Program,
    params: &'a Params,
    scale_bits: u32,
    /// Root mean squares over non-zero slots.
    constants: Vec<f64>,
    /// Of every node.
    scales: Vec<f64>,
}

impl<'a> Model<'a> {
    fn new(program: &'a Program, params: &'a Params, scale_bits: u32) -> Self {
        let constants = program.constants.iter().map(|c| Magnitude::of(&c.expand()).rms).collect();
        let mut model = Self { program, params, scale_bits, constants, scales: Vec::new() };
        model.scales = model.numbers();
        model
    }

    fn degree(&self) -> f64 {
        self.params.degree() as f64
    }

    fn prime(&self, depth: u32) -> u64 {
        self.params.q[(self.program.depth - depth) as usize]
    }

    /// The scale of every node. Few of them differ.
    fn numbers(&self) -> Vec<f64> {
        let mut known: HashMap<&Form, f64> = HashMap::new();
        let scale = |id| {
            let form = &self.program.graph.node(id).scale;
            let number = || {
                let resolved = self.program.scales.resolve(form);
                resolved.value(self.scale_bits, |depth| self.prime(depth))
            };
            *known.entry(form).or_insert_with(number)
        };
        self.program.graph.ids().map(scale).collect()
    }

    fn scale(&self, id: NodeId) -> f64 {
        self.scales[id.index()]
    }

    /// Slot variance of an error with this coefficient variance, at a node's scale.
    fn slots(&self, coefficient_variance: f64, scale: f64) -> f64 {
        coefficient_variance * self.degree() / 2.0 / (scale * scale)
    }

    fn rounding(&self) -> f64 {
        (1.0 + 2.0 * self.degree() / 3.0) / 12.0
    }

    /// Of the digits alone.
    fn key_switch(&self, depth: u32) -> f64 {
        let limbs = (self.program.depth - depth + 1) as usize;
        let special: f64 = self.params.p.iter().map(|p| (*p as f64).log2()).sum();
        let digit_error = |digit: &[u64]| {
            let bits: f64 = digit.iter().map(|q| (*q as f64).log2()).sum();
            self.degree() * SIGMA * SIGMA / 12.0 * (2.0 * (bits - special)).exp2()
        };
        let digits = self.params.q[..limbs].chunks(self.params.digit_limbs as usize);
        digits.map(digit_error).sum()
    }

    /// Variance of a node's slot error.
    fn node(&self, id: NodeId, deviation: &[f64], magnitudes: &[Magnitude]) -> f64 {
        self.added(id, magnitudes) + self.passed_on(id, deviation, magnitudes)
    }

    /// What the operation itself adds.
    fn added(&self, id: NodeId, magnitudes: &[Magnitude]) -> f64 {
        let node = self.program.graph.node(id);
        let scale = self.scale(id);
        match &node.op {
            Op::Input { .. } => self.slots(SIGMA * SIGMA + 1.0 / 12.0, scale),
            Op::AddPlain(_) | Op::SubPlain(_) => self.slots(1.0 / 12.0, scale),
            Op::Relinearize | Op::Rotate(_) => {
                self.slots(self.key_switch(node.depth) + self.rounding(), scale)
            }
            Op::SumRotations(steps) => {
                let switched = steps.iter().filter(|step| step.0 != 0).count() as f64;
                self.slots(switched * self.key_switch(node.depth) + self.rounding(), scale)
            }
            Op::RelinearizeRescale => {
                let before = scale * self.prime(node.depth - 1) as f64;
                let switched = self.slots(self.key_switch(node.depth - 1), before);
                switched + self.slots(self.rounding(), scale)
            }
            // The rounding of a third part is multiplied by s², whose coefficients have a variance of about 2h².
            Op::Rescale if node.parts == 3 => {
                let weight = 2.0 * self.degree() / 3.0;
                self.slots(self.rounding() + weight * weight / 6.0, scale)
            }
            Op::Rescale => self.slots(self.rounding(), scale),
            Op::SumMulPlain(_) => {
                let encoding = |operand: &NodeId| {
                    let encoded_at = scale / self.scale(*operand);
                    magnitudes[operand.index()].rms.powi(2) * self.slots(1.0 / 12.0, encoded_at)
                };
                self.program.graph.operands(id).iter().map(encoding).sum()
            }
            Op::RotatedProducts(terms) => {
                let operands = self.program.graph.operands(id);
                let product = scale * self.prime(node.depth - 1) as f64;
                let key_switch = self.key_switch(node.depth - 1);
                let term = |(operand, (step, c)): (&NodeId, &(Step, ConstantId))| {
                    let before = self.scale(*operand);
                    let encoding = self.slots(1.0 / 12.0, product / before);
                    let moved = if step.0 == 0 { 0.0 } else { self.slots(key_switch, before) };
                    moved * self.constants[c.0 as usize].powi(2)
                        + magnitudes[operand.index()].rms.powi(2) * encoding
                };
                operands.iter().zip(terms).map(term).sum::<f64>() + self.slots(self.rounding(), scale)
            }
            Op::Add | Op::Sub | Op::Neg | Op::DropLevel | Op::Reread(_) | Op::SumMul => 0.0,
        }
    }

    /// What comes with the operands.
    fn passed_on(&self, id: NodeId, deviation: &[f64], magnitudes: &[Magnitude]) -> f64 {
        let operands = self.program.graph.operands(id);
        let variance = |position: usize| deviation[operands[position].index()].powi(2);
        let rms = |position: usize| magnitudes[operands[position].index()].rms;
        match &self.program.graph.node(id).op {
            Op::Input { .. } => 0.0,
            Op::Add | Op::Sub => variance(0) + variance(1),
            Op::Reread(number) => variance(0) * number.value().powi(2),
            Op::SumRotations(_) => (0..operands.len()).map(variance).sum(),
            Op::SumMulPlain(constants) => {
                let part = |(i, c): (usize, &ConstantId)| variance(i) * self.constants[c.0 as usize].powi(2);
                constants.iter().enumerate().map(part).sum()
            }
            Op::RotatedProducts(terms) => {
                let part = |(i, (_, c)): (usize, &(Step, ConstantId))| {
                    variance(i) * self.constants[c.0 as usize].powi(2)
                };
                terms.iter().enumerate().map(part).sum()
            }
            Op::SumMul => (0..operands.len() / 2)
                .map(|pair| {
                    let (a, b) = (2 * pair, 2 * pair + 1);
                    let (va, vb) = (variance(a), variance(b));
                    // The two errors of a square are the same error.
                    let same = if operands[a] == operands[b] { 2.0 } else { 1.0 };
                    same * (va * rms(b).powi(2) + vb * rms(a).powi(2)) + va * vb
                })
                .sum(),
            _ => variance(0),
        }
    }
}
