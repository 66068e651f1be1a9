//! What the noise of ciphertexts does to a model: the schedule in the clear, with the error that each operation is
//! predicted to add.

use super::evaluation::{Evaluation, Quality};
use super::packed::uploads;
use super::{Named, usage};
use crate::data::Dataset;
use crate::failure::Failure;
use crate::fit::Fits;
use crate::model::Model;
use hep_compiler::ckks::interpret::{run, run_disturbed};
use hep_compiler::dag::NodeId;
use hep_compiler::{Compilation, noise};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
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

/// Trains with predicted noise: Gaussian, independent in every slot, the same for the same seed.
pub fn train(compilation: &Compilation, data: &Dataset, seed: u64) -> Result<Noisy, Failure> {
    let (ckks, plan) = (&compilation.ckks, &compilation.plan);
    let uploads = uploads(&compilation.tensor, data).map_err(Failure::message)?;
    let mut magnitudes = vec![noise::Magnitude::default(); ckks.graph.len()];
    let still = run(ckks, &uploads, |id, values| magnitudes[id.index()] = noise::Magnitude::of(values));
    let still = still.map_err(Failure::message)?;
    let added = noise::added(ckks, &plan.params, compilation.scale_bits, &magnitudes);
    let moved = run_disturbed(ckks, &uploads, |id, values| disturb(values, added[id.index()], seed, id));
    let moved = moved.map_err(Failure::message)?;
    let outputs = plan.outputs.iter().filter_map(|output| {
        let deviation = moved.get(&output.name)?.max_difference(still.get(&output.name)?);
        Some(Deviation { name: output.name.clone(), deviation, promised: (-output.precision_bits).exp2() })
    });
    let quality = quality(compilation, data, moved.clone())?;
    Ok(Noisy {
        ring: plan.params.log_n,
        seed,
        loss: quality.loss,
        fits: quality.fits,
        outputs: outputs.collect(),
    })
}

fn disturb(values: &mut [f64], deviation: f64, seed: u64, node: NodeId) {
    if deviation == 0.0 {
        return;
    }
    // A stream per operation: the noise of one does not depend on how much another draws.
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::from(node.0));
    for value in values {
        let unit: f64 = StandardNormal.sample(&mut random);
        *value += deviation * unit;
    }
}

fn quality(compilation: &Compilation, data: &Dataset, revealed: Named) -> Result<Quality, Failure> {
    let program = &compilation.analysis.program;
    let (usage, state) = usage(program, data)?;
    let model = Model { usage, revealed, state, classes: data.classes.clone() };
    Evaluation::new(program, &model, data)?.of(&model.revealed)
}
