//! How precise the delivered model will be: revealed tensors, and coefficients for raw features.
//!
//! The bits of a tensor are log2 of its largest element over the largest error of any element. Intercepts alone may be
//! near 0 whatever the model; their errors are taken relative to the largest score of the training rows, if that is larger. Scores
//! of the training rows are judged, too: where columns have different units, small weights may count most.

use super::Uploads;
use hep_plan::host::HostOp;
use hep_plan::host::affine::{Linear, affine};
use hep_plan::noise::DEVIATIONS;
use hep_plan::number::shown;
use hep_plan::{Plan, Tensor, normalize};
use std::collections::BTreeMap;
use std::fmt;

/// Draws of errors by which those of coefficients are measured, for few features and for many.
const DRAWS: [u64; 2] = [16, 4];
/// Draws by which errors of scores are measured, and how far beyond one deviation the largest of many rows lies.
const SCORES: u64 = 2;
const CHANCE: f64 = 3.0;
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
    /// Bits of the reference above the error; infinite for a tensor of zeros, which has no size to be relative to.
    pub bits: f64,
    /// Those that are promised.
    pub promised: f64,
}

impl Delivered {
    fn new(name: &str, (reference, error, zero): (f64, f64, f64), promised: f64) -> Self {
        let bits = if !error.is_finite() {
            f64::NEG_INFINITY
        } else if reference > zero {
            reference.log2() - error.log2()
        } else {
            f64::INFINITY
        };
        Self { name: name.into(), reference, error, bits, promised }
    }
}

impl fmt::Display for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits.is_finite() {
            return write!(f, "{}: {:.1} bits of {} hold", self.name, self.bits, shown(self.reference));
        }
        write!(f, "{}: too small to be told from 0", self.name)
    }
}

impl Delivered {
    /// Whether it is as precise as promised.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.bits >= self.promised
    }
}

/// Judges what will be delivered; `errors` are those promised for the slots of each output, in usual units.
pub(super) fn judge(
    plan: &Plan,
    data: &BTreeMap<String, Tensor>,
    uploads: &Uploads,
    revealed: &BTreeMap<String, Tensor>,
    errors: &[f64],
) -> Vec<Delivered> {
    let (state, exponents) = (&uploads.state, &uploads.outlook.exponents);
    let mut all = Vec::new();
    let mut noise: BTreeMap<&str, f64> = BTreeMap::new();
    for (output, error) in plan.outputs.iter().zip(errors) {
        let unit = normalize::factor(&output.units, exponents);
        let error = error * unit;
        let reference = revealed.get(&output.name).map_or(0.0, Tensor::max_abs);
        all.push(Delivered::new(&output.name, (reference, error, 0.0), plan.promised_bits));
        noise.insert(&output.name, error / DEVIATIONS);
    }
    let known: BTreeMap<String, Tensor> =
        revealed.iter().chain(state).map(|(n, t)| (n.clone(), t.clone())).collect();
    let scores_of = |values: &BTreeMap<String, Tensor>| {
        let mut inputs = values.clone();
        inputs.extend(data.get(&plan.data.features).map(|x| (plan.data.features.clone(), x.clone())));
        plan.predict.run(&inputs).ok().and_then(|mut outputs| outputs.remove("scores"))
    };
    let scores = scores_of(&known);
    if let Some(exact) = &scores {
        let mut squares = Tensor::filled(exact.shape.clone(), 0.0);
        for draw in 1..=SCORES {
            if let Some(found) = scores_of(&moved(&known, &noise, draw)) {
                add_squares(&mut squares, &found, exact);
            }
        }
        // The largest of many rows is beyond one deviation by chance; that is counted once.
        let error = DEVIATIONS * (squares.max_abs() / SCORES as f64).sqrt() / CHANCE;
        all.push(Delivered::new("scores", (exact.max_abs(), error, 0.0), plan.promised_bits));
    }
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
        let Some(found) = of(&moved(&known, &noise, draw)) else { return all };
        add_squares(&mut squares.coefficients, &found.coefficients, &exact.coefficients);
        add_squares(&mut squares.intercepts, &found.intercepts, &exact.intercepts);
    }
    let error = |squares: &Tensor| DEVIATIONS * (squares.max_abs() / draws as f64).sqrt();
    let score = scores.map_or(0.0, |scores| scores.max_abs());
    let reference = exact.intercepts.max_abs().max(score);
    // Coefficients that move no score by as much as its promised error are zeros, too.
    let zero = match reach(&exact.coefficients, data.get(&plan.data.features)) {
        reach if reach > 0.0 => exact.coefficients.max_abs() * score * (-plan.promised_bits).exp2() / reach,
        _ => 0.0,
    };
    all.push(Delivered::new(
        "coef_",
        (exact.coefficients.max_abs(), error(&squares.coefficients), zero),
        plan.promised_bits,
    ));
    all.push(Delivered::new("intercept_", (reference, error(&squares.intercepts), 0.0), plan.promised_bits));
    all
}

/// The model with an error of one deviation in every number. Signs: a coefficient that depends on one number then moves by one
/// deviation, and never by chance by more.
fn moved(
    known: &BTreeMap<String, Tensor>,
    noise: &BTreeMap<&str, f64>,
    draw: u64,
) -> BTreeMap<String, Tensor> {
    let mut moved = known.clone();
    for (number, (name, deviation)) in noise.iter().enumerate() {
        let Some(tensor) = moved.get_mut(*name) else { continue };
        let seed = draw << 32 | number as u64;
        let Ok(random) = (HostOp::Normal { seed, shape: tensor.shape.clone() }).apply(&[]) else { continue };
        let signs = random.data.iter().map(|unit| unit.signum());
        tensor.data.iter_mut().zip(signs).for_each(|(value, sign)| *value += deviation * sign);
    }
    moved
}

/// The most by which a coefficient moves a score of these rows.
fn reach(coefficients: &Tensor, features: Option<&Tensor>) -> f64 {
    let columns = coefficients.shape.get(1).copied().unwrap_or(0).max(1);
    let mut largest = vec![0.0f64; columns];
    for row in features.map_or(&[][..], |features| &features.data).chunks(columns) {
        largest.iter_mut().zip(row).for_each(|(most, value)| *most = most.max(value.abs()));
    }
    let rows = coefficients.data.chunks(columns);
    rows.flat_map(|row| row.iter().zip(&largest).map(|(c, x)| c.abs() * x)).fold(0.0, f64::max)
}

fn add_squares(sum: &mut Tensor, found: &Tensor, exact: &Tensor) {
    let differences = found.data.iter().zip(&exact.data).map(|(a, b)| (a - b) * (a - b));
    sum.data.iter_mut().zip(differences).for_each(|(s, d)| *s += d);
}
