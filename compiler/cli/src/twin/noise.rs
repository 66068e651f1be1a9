//! What the noise of ciphertexts does to a model: the schedule in the clear, with the error that each operation is
//! predicted to add.

use super::evaluation::{Evaluation, Quality};
use super::{Named, inputs, usage};
use crate::data::Dataset;
use crate::failure::Failure;
use crate::fit::Fits;
use crate::model::Model;
use hep_compiler::Compilation;
use hep_owner::rehearsal::{self, Uploads};
use hep_plan::normalize::factor;
use serde::Serialize;

/// How far a revealed tensor moved.
#[derive(Clone, Debug, Serialize)]
pub struct Deviation {
    /// The tensor.
    pub name: String,
    /// Largest difference of an element to the schedule without noise.
    pub deviation: f64,
    /// What the plan promises of every element.
    pub promised: f64,
}

/// A training with noise.
#[derive(Clone, Debug, Serialize)]
pub struct Noisy {
    /// The ring degree is 2^this.
    pub ring: u32,
    /// Seed of the noise.
    pub seed: u64,
    /// Loss per sample with the exact functions.
    pub loss: Option<f64>,
    /// How well the model fits; none for a program without `predict`.
    #[serde(flatten)]
    pub fits: Option<Fits>,
    /// Each revealed tensor.
    pub outputs: Vec<Deviation>,
}

/// Trains with predicted noise: Gaussian, independent in every slot, the same for the same seed. What would wrap around its
/// modulus is refused, as it is before encrypting.
pub fn train(compilation: &Compilation, data: &Dataset, seed: u64) -> Result<Noisy, Failure> {
    let plan = &compilation.plan;
    let program = &compilation.analysis.program;
    let Uploads { packed, outlook, .. } = rehearsal::prepare(plan, &inputs(program, data))?;
    let still = rehearsal::in_the_clear(plan, packed.clone())?;
    rehearsal::enough_room(plan, &still.sizes)?;
    let moved = rehearsal::noisy(plan, packed, &still.sizes, seed)?;
    rehearsal::enough_room(plan, &moved.sizes)?;
    let [still, moved] =
        [still, moved].map(|run| rehearsal::in_given_units(plan, run.revealed, &outlook.exponents));
    let outputs = plan.outputs.iter().filter_map(|output| {
        let deviation = moved.get(&output.name)?.max_difference(still.get(&output.name)?);
        let promised = (-output.precision_bits).exp2() * factor(&output.units, &outlook.exponents);
        Some(Deviation { name: output.name.clone(), deviation, promised })
    });
    let outputs = outputs.collect();
    let quality = quality(compilation, data, moved)?;
    Ok(Noisy { ring: plan.params.log_n, seed, loss: quality.loss, fits: quality.fits, outputs })
}

fn quality(compilation: &Compilation, data: &Dataset, revealed: Named) -> Result<Quality, Failure> {
    let program = &compilation.analysis.program;
    let (usage, state) = usage(program, data)?;
    let model = Model { usage, revealed, state, classes: data.classes.clone() };
    Evaluation::new(program, &model, data)?.of(&model.revealed)
}
