//! A plan run on the owner's data in the clear, before anything is encrypted.
//!
//! The clear run computes every value that ciphertexts will hold, slots that hold garbage included. What would wrap around
//! its modulus is refused, and so are data on which the noise, predicted for the sizes that occur, would leave fewer bits
//! of the results than the plan promises. What comes back from the server is then the model of this run.

mod delivered;
mod messages;
mod noise;
mod outcome;
mod outlook;
#[cfg(test)]
mod tests;

pub use delivered::Delivered;
pub use messages::{Imprecise, NoRoom};
pub use noise::noisy;
pub use outlook::{Expected, Outlook};

use crate::error::Error;
use hep_format::Prepared;
use hep_plan::noise::{DEVIATIONS, deviations, room};
use hep_plan::normalize::{self, Units};
use hep_plan::plan::{CipherInput, CipherOutput, START};
use hep_plan::ranges::enforce;
use hep_plan::server::{Kind, Reg};
use hep_plan::{Magnitude, Plan, Tensor};
use hep_server::backend::clear::{Clear, ClearValue};
use hep_server::executor::{self, execute};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// The largest slot of a value must stay below its room by this factor.
const MARGIN: f64 = 2.0;

/// What the owner computes before encrypting.
#[derive(Clone, Debug)]
pub struct Uploads {
    /// Slots of every ciphertext to upload, one list per input of the plan, in usual units.
    pub packed: Vec<Vec<Vec<f64>>>,
    /// What the owner keeps for prediction.
    pub state: BTreeMap<String, Tensor>,
    /// Scores of the training rows before training, where the plan has them ([`START`]).
    pub start: Option<Tensor>,
    /// Powers of two that the uploads were divided by, and what is expected of the results, once that is known.
    pub outlook: Outlook,
}

/// Prepares the owner's raw data, named as in [`hep_plan::plan::DataSpec`].
///
/// # Errors
/// Data of another shape than planned, labels out of range, values that are not finite or outside of their declared range.
pub fn prepare(plan: &Plan, data: &BTreeMap<String, Tensor>) -> Result<Uploads, Error> {
    shapes(plan, data)?;
    enforce(&plan.ranges, data)?;
    let mut computed = plan.owner.run_finite(data)?;
    enforce(&plan.ranges, &computed)?;
    let units: Vec<Units<'_>> = plan.inputs.iter().map(Units::from).collect();
    let exponents = normalize::exponents(&units, &computed);
    let mut packed = Vec::with_capacity(plan.inputs.len());
    for input in &plan.inputs {
        let blocks = match computed.get_mut(&input.name) {
            Some(tensor) => {
                normalize::divide(tensor, &input.units, &exponents);
                let blocks = pack(input, tensor);
                normalize::multiply(tensor, &input.units, &exponents);
                blocks
            }
            None => Err("it was not computed".into()),
        };
        packed.push(blocks.map_err(|reason| Error::Prepared { name: input.name.clone(), reason })?);
    }
    let start = computed.remove(START);
    let state = plan.state.iter().filter_map(|name| Some((name.clone(), computed.remove(name)?))).collect();
    Ok(Uploads { packed, state, start, outlook: Outlook { exponents, expected: Vec::new() } })
}

/// What a rehearsal found.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// What will be encrypted.
    pub uploads: Uploads,
    /// The model that will come back, but for noise.
    pub revealed: BTreeMap<String, Tensor>,
    /// How precise it will be.
    pub delivered: Vec<Delivered>,
}

/// Runs a plan on the owner's raw data in the clear.
///
/// # Errors
/// As [`prepare`]; values without room, results that would be less precise than promised.
pub fn rehearse(prepared: &Prepared, data: &BTreeMap<String, Tensor>) -> Result<Rehearsal, Error> {
    let plan = prepared.plan();
    let mut uploads = prepare(plan, data)?;
    let run = in_the_clear(plan, uploads.packed.clone())?;
    enough_room(plan, &run.sizes)?;
    let predicted = output_deviations(plan, &run.sizes);
    let peaks = noise::peaks(plan, &uploads.packed, &run)?;
    let largest_of = |name: &str| run.revealed.get(name).map_or(0.0, Tensor::max_abs);
    let expected = plan.outputs.iter().zip(&predicted).zip(&peaks).map(|((output, predicted), peak)| {
        let measured = peak * noise::PEAKS / DEVIATIONS;
        Expected {
            deviation: if *predicted > measured { *predicted } else { measured },
            largest: largest_of(&output.name),
        }
    });
    uploads.outlook.expected = expected.collect();
    let bits = |(output, predicted): (&CipherOutput, &f64)| {
        (largest_of(&output.name) / (DEVIATIONS * predicted)).log2()
    };
    let predicted = plan.outputs.iter().zip(&predicted).map(bits).fold(f64::INFINITY, f64::min);
    let revealed = in_given_units(plan, run.revealed, &uploads.outlook.exponents);
    // Rounding moves a result by up to half a step of its grid, which is no finer than the noise that is promised.
    let steps = plan
        .outputs
        .iter()
        .enumerate()
        .map(|(number, output)| (-uploads.outlook.rounded_bits(number, output, None)).exp2());
    let steps: Vec<f64> = steps.collect();
    outcome::learns(plan, data, &uploads, &revealed)?;
    let delivered = delivered::judge(plan, data, &uploads, &revealed, &steps);
    let lacking = |one: &Delivered| one.promised - one.bits;
    let least = delivered.iter().filter(|one| !one.kept()).max_by(|a, b| lacking(a).total_cmp(&lacking(b)));
    match least {
        Some(least) => Err(Error::Imprecise(Box::new(Imprecise { delivered: least.clone(), predicted }))),
        None => Ok(Rehearsal { uploads, revealed, delivered }),
    }
}

/// Times that a plan is made again with more bits.
const AGAIN: usize = 2;
/// Bits beyond those that were missing.
const SPARE: f64 = 0.5;

/// Makes a plan and rehearses it on the owner's raw data. Where what is computed from revealed tensors, such as coefficients
/// for raw features, would be less precise than promised, `plan` is asked again, for so many bits of the revealed tensors
/// beyond those that are promised. Where it then lacks something that can be given (`lacks`), such as memory, that is told.
///
/// # Errors
/// As [`rehearse`], and those of `plan`.
pub fn planned<C, E: From<Error>>(
    data: &BTreeMap<String, Tensor>,
    mut plan: impl FnMut(f64) -> Result<(C, Prepared), E>,
    lacks: impl Fn(&E) -> bool,
) -> Result<(C, Prepared, Rehearsal), E> {
    let mut reserve = 0.0;
    let mut round = 0;
    let mut lacking: Option<Error> = None;
    loop {
        let (made, prepared) = match (plan(reserve), lacking.take()) {
            (Ok(planned), _) => planned,
            // There is no plan with more bits: what the one before lacks is what matters, where nothing else can be given.
            (Err(refused), Some(error)) if !lacks(&refused) => return Err(error.into()),
            (Err(error), _) => return Err(error),
        };
        match rehearse(&prepared, data) {
            Ok(rehearsal) => return Ok((made, prepared, rehearsal)),
            Err(Error::Imprecise(short))
                if round < AGAIN && short.delivered.bits.is_finite() && short.predicted.is_finite() =>
            {
                // As many more bits than are predicted of the revealed tensors as the result lacks.
                round += 1;
                let missing = short.delivered.promised - short.delivered.bits;
                let asked = prepared.plan().promised_bits;
                reserve = (short.predicted + missing - asked).max(reserve) + SPARE;
                lacking = Some(Error::Imprecise(short));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Results in the units of the data.
#[must_use]
pub fn in_given_units(
    plan: &Plan,
    mut revealed: BTreeMap<String, Tensor>,
    exponents: &[i32],
) -> BTreeMap<String, Tensor> {
    for output in &plan.outputs {
        if let Some(tensor) = revealed.get_mut(&output.name) {
            normalize::multiply(tensor, &output.units, exponents);
        }
    }
    revealed
}

fn shapes(plan: &Plan, data: &BTreeMap<String, Tensor>) -> Result<(), Error> {
    for (name, expected) in [
        (&plan.data.features, vec![plan.data.rows, plan.data.columns]),
        (&plan.data.labels, vec![plan.data.rows]),
    ] {
        if let Some(tensor) = data.get(name).filter(|tensor| tensor.shape != expected) {
            return Err(Error::DataShape { name: name.clone(), found: tensor.shape.clone(), expected });
        }
    }
    Ok(())
}

fn pack(input: &CipherInput, tensor: &Tensor) -> Result<Vec<Vec<f64>>, String> {
    let shapes = || format!("it has shape {:?}, its layout {:?}", tensor.shape, input.layout.shape);
    input.layout.pack(tensor).ok_or_else(shapes)
}

/// A run of a plan in the clear.
pub struct ClearRun {
    /// How large each value of the server's program is; zeros for plaintexts.
    pub sizes: Vec<Magnitude>,
    /// The results as the server would send them.
    pub revealed: BTreeMap<String, Tensor>,
}

/// Runs a plan on the slots of its uploads, one list of ciphertexts per input.
///
/// # Errors
/// A plan that contradicts itself.
pub fn in_the_clear(plan: &Plan, packed: Vec<Vec<Vec<f64>>>) -> Result<ClearRun, Error> {
    disturbed(plan, packed, &|_, _| {})
}

/// Changes a value by its number and how often it was made before.
pub type Disturb<'a> = dyn Fn((Reg, u32), &mut Vec<f64>) + Sync + 'a;

/// The same, where `disturb` may change every value that is made before its size is taken; a value of a loop is made once in every run.
///
/// # Errors
/// A plan that contradicts itself.
pub fn disturbed(plan: &Plan, packed: Vec<Vec<Vec<f64>>>, disturb: &Disturb<'_>) -> Result<ClearRun, Error> {
    let made: Vec<AtomicU32> = plan.server.values.iter().map(|_| AtomicU32::new(0)).collect();
    let sizes = Mutex::new(vec![Magnitude::default(); plan.server.values.len()]);
    let watch = |reg: Reg, value: &mut ClearValue| {
        let before = made.get(reg as usize).map_or(0, |made| made.fetch_add(1, Ordering::Relaxed));
        disturb((reg, before), &mut value.values);
        let size = Magnitude::of(&value.values);
        if let Some(known) = sizes.lock().unwrap_or_else(PoisonError::into_inner).get_mut(reg as usize) {
            // The largest over the runs of a loop, and no number if one is none.
            let larger = |known: f64, size: f64| if size > known || size.is_nan() { size } else { known };
            *known = Magnitude { max: larger(known.max, size.max), rms: larger(known.rms, size.rms) };
        }
    };
    let backend = Clear::new(plan, packed).watched(&watch);
    let options = executor::Options { threads: rayon::current_num_threads(), memory: Some(u64::MAX) };
    let pool = executor::pool(options)?;
    // In the order of the plan, which keeps few values in memory.
    let outputs = execute(plan, &backend, &pool, 0, &mut |_| {})?;
    let mut revealed = BTreeMap::new();
    for (output, values) in plan.outputs.iter().zip(outputs) {
        let slots: Vec<Vec<f64>> = values.into_iter().map(|value| value.values).collect();
        let tensor =
            output.layout.unpack(&slots).ok_or_else(|| Error::Layout { name: output.name.clone() })?;
        revealed.insert(output.name.clone(), tensor);
    }
    Ok(ClearRun { sizes: sizes.into_inner().unwrap_or_else(PoisonError::into_inner), revealed })
}

/// Refuses the first value that is no number or comes too near to its modulus.
///
/// # Errors
/// [`Error::Room`] with the value.
pub fn enough_room(plan: &Plan, sizes: &[Magnitude]) -> Result<(), Error> {
    for (part, instrs) in plan.server.by_parts() {
        for &reg in instrs.iter().flat_map(|instr| &instr.outputs) {
            let cipher = matches!(plan.server.values[reg as usize].kind, Kind::Cipher { .. });
            let (largest, room) = (sizes[reg as usize].max, room(&plan.server, &plan.params, reg));
            let fits = largest * MARGIN < room;
            if cipher && !fits {
                let name = plan.info.values.get(reg).cloned().unwrap_or_default();
                return Err(Error::Room(Box::new(NoRoom { value: reg, name, part, largest, room })));
            }
        }
    }
    Ok(())
}

/// The deviation that is predicted of each output for values of these sizes.
fn output_deviations(plan: &Plan, sizes: &[Magnitude]) -> Vec<f64> {
    let deviation = deviations(&plan.server, &plan.params, sizes);
    let worst = |values: &[Reg]| values.iter().map(|reg| deviation[*reg as usize]).fold(0.0, f64::max);
    plan.outputs.iter().map(|output| worst(&output.values)).collect()
}
