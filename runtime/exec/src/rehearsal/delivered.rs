//! How precise the delivered model will be: revealed tensors, and coefficients for raw features.
//!
//! The bits of a tensor are log2 of its largest element over the largest error of any element. Intercepts alone may be
//! near 0 whatever the model; their errors are taken relative to the largest score of the training rows, if that is larger.

use super::Uploads;
use hep_plan::host::HostOp;
use hep_plan::host::affine::{Linear, affine};
use hep_plan::noise::DEVIATIONS;
use hep_plan::{Plan, Tensor, normalise};
use std::collections::BTreeMap;
use std::fmt;

/// A tensor this much smaller than the largest value of the run is a zero up to the rounding of the clear run.
const NEGLIGIBLE: f64 = 1.0 / (1u64 << 48) as f64;
/// Draws of errors by which those of coefficients are measured, for few features and for many.
const DRAWS: [u64; 2] = [16, 4];
/// From so many features on there are fewer draws.
const MANY: usize = 1000;

/// The predicted precision of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// Its name.
    pub name: String,
    /// What errors are relative to.
    pub reference: f64,
    /// Largest error of an element.
    pub error: f64,
    /// Bits of the reference above the error; infinite for a tensor of zeros (up to rounding), which has no size to be relative
    /// to.
    pub bits: f64,
    /// Those that are promised.
    pub promised: f64,
}

impl Delivered {
    fn new(name: &str, (reference, error, zero): (f64, f64, f64), promised: f64) -> Self {
        let bits = if reference > zero { reference.log2() - error.log2() } else { f64::INFINITY };
        Self { name: name.into(), reference, error, bits, promised }
    }
}

impl fmt::Display for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits.is_finite() {
            return write!(f, "{}: {:.1} bits of {:.3e} hold", self.name, self.bits, self.reference);
        }
        write!(f, "{}: nothing but zeros", self.name)
    }
}

impl Delivered {
    /// Whether it is as precise as promised.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.bits >= self.promised
    }
}

/// Judges what will be delivered; `errors` are those promised for the slots of each output, `largest` the largest value of the
/// run, both in usual units.
pub(super) fn judge(
    plan: &Plan,
    data: &BTreeMap<String, Tensor>,
    uploads: &Uploads,
    revealed: &BTreeMap<String, Tensor>,
    (errors, largest): (&[f64], f64),
) -> Vec<Delivered> {
    let (state, exponents) = (&uploads.state, &uploads.outlook.exponents);
    let mut all = Vec::new();
    let mut noise: BTreeMap<&str, f64> = BTreeMap::new();
    for (output, error) in plan.outputs.iter().zip(errors) {
        let unit = normalise::factor(&output.units, exponents);
        let (error, zero) = (error * unit, NEGLIGIBLE * largest * unit);
        let reference = revealed.get(&output.name).map_or(0.0, Tensor::max_abs);
        all.push(Delivered::new(&output.name, (reference, error, zero), plan.promised_bits));
        noise.insert(&output.name, error / DEVIATIONS);
    }
    let known: BTreeMap<String, Tensor> =
        revealed.iter().chain(state).map(|(n, t)| (n.clone(), t.clone())).collect();
    let of = |values: &BTreeMap<String, Tensor>| {
        affine(&plan.predict, values, &plan.data.features, plan.data.columns)
    };
    let Some(exact) = of(&known) else { return all };
    let mut squares = Linear {
        coefficients: Tensor::filled(exact.coefficients.shape.clone(), 0.0),
        intercepts: Tensor::filled(exact.intercepts.shape.clone(), 0.0),
    };
    let draws = if plan.data.columns < MANY { DRAWS[0] } else { DRAWS[1] };
    for draw in 1..=draws {
        let mut moved = known.clone();
        for (number, (name, deviation)) in noise.iter().enumerate() {
            let Some(tensor) = moved.get_mut(*name) else { continue };
            let seed = draw << 32 | number as u64;
            let Ok(random) = (HostOp::Normal { seed, shape: tensor.shape.clone() }).apply(&[]) else {
                continue;
            };
            // Signs: a coefficient that depends on one number then moves by one deviation, and never by chance by more.
            let signs = random.data.iter().map(|unit| unit.signum());
            tensor.data.iter_mut().zip(signs).for_each(|(value, sign)| *value += deviation * sign);
        }
        let Some(found) = of(&moved) else { return all };
        add_squares(&mut squares.coefficients, &found.coefficients, &exact.coefficients);
        add_squares(&mut squares.intercepts, &found.intercepts, &exact.intercepts);
    }
    let error = |squares: &Tensor| DEVIATIONS * (squares.max_abs() / draws as f64).sqrt();
    let scores = {
        let mut inputs = known;
        inputs.extend(data.iter().map(|(name, tensor)| (name.clone(), tensor.clone())));
        plan.predict.run(&inputs).ok().and_then(|mut outputs| outputs.remove("scores"))
    };
    let reference = exact.intercepts.max_abs().max(scores.map_or(0.0, |scores| scores.max_abs()));
    all.push(Delivered::new(
        "coef_",
        (exact.coefficients.max_abs(), error(&squares.coefficients), 0.0),
        plan.derived_bits,
    ));
    all.push(Delivered::new("intercept_", (reference, error(&squares.intercepts), 0.0), plan.derived_bits));
    all
}

fn add_squares(sum: &mut Tensor, found: &Tensor, exact: &Tensor) {
    let differences = found.data.iter().zip(&exact.data).map(|(a, b)| (a - b) * (a - b));
    sum.data.iter_mut().zip(differences).for_each(|(s, d)| *s += d);
}
