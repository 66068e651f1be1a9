//! Schedule + parameters → plan.
//!
//! Depths become levels, exact scales the nearest numbers, rotations of one source one hoisted instruction, public
//! vectors encoded constants at the level and scale of their use. The key set is what the instructions need, each key
//! at the highest level that uses it.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::choice::Choice;
use crate::ckks::instructions::server;
use crate::evidence::{Known, LESS};
use hep_plan::host::HostProgram;
use hep_plan::magnitude::told_bits;
use hep_plan::noise::DEVIATIONS;
use hep_plan::plan::{
    CipherInput, CipherOutput, FORMAT_VERSION, KeySet, Plan, ProgramInfo, START, ValueNames,
};
use hep_tensor as tensor;
use hep_tensor::optimization::Optimization;
use hep_tensor::owner::OwnerError;
use hep_tensor::stage::{Clock, Stage};

/// Bits by which less is promised of the largest element of a tensor than is asked for after the point, in a plan that was made
/// without the owner's data: [`LESS`], and as many as nobody saw.
const LESS_UNSEEN: f64 = 6.0;

/// A plan with what it does not say of itself.
#[derive(Debug)]
pub struct Emission {
    /// The plan.
    pub plan: Plan,
    /// For each value of the server's program the node of the tensor graph that it serves.
    pub origins: Vec<tensor::NodeId>,
    /// For each value whether it is made of the uploads as they are before the loop.
    pub of_uploads: Vec<bool>,
}

/// The plan of a program for the chosen parameters, with the bits that it promises of every revealed tensor.
///
/// # Errors
/// When the owner's work or the prediction cannot be separated from the rest.
pub fn emit(
    program: &tensor::Program,
    choice: &Choice,
    promised: f64,
    clock: &Clock,
) -> Result<Emission, OwnerError> {
    clock.time(Stage::Emit, || emitted(program, choice, promised))
}

fn emitted(program: &tensor::Program, choice: &Choice, promised: f64) -> Result<Emission, OwnerError> {
    let hoisting = choice.on.contains(Optimization::Hoisting);
    let emitted = server(&choice.ckks, &choice.params, choice.scale_bits, hoisting);
    let keys = KeySet::of(&emitted.server);
    let owner = tensor::owner::owner_program(program)?;
    let predict = tensor::owner::predict_program(program)?.map_or_else(HostProgram::default, |(p, _)| p);
    let state = &owner.state;
    let read = |name: &str| {
        name == START || choice.ckks.uploads.iter().any(|u| u.name == name) || state.iter().any(|s| s == name)
    };
    let prologue = owner.program.only(read);
    let inputs =
        choice.ckks.uploads.iter().zip(&emitted.inputs).map(|(upload, (level, scale))| CipherInput {
            name: upload.name.clone(),
            layout: upload.layout.clone(),
            level: *level,
            scale: *scale,
            usual: choice.evidence.usual(&upload.name),
            units: choice.evidence.symmetries.of_upload(&upload.name).to_vec(),
        });
    let measured = choice.evidence.known == Known::Measured;
    // Sizes of the owner's data are told coarsely.
    let told = |size: f64| if measured { told_bits(size.log2()).exp2() } else { size };
    let bits: Vec<f64> = choice.noise.output_bits().collect();
    let outputs = choice.ckks.outputs.iter().enumerate().map(|(number, output)| CipherOutput {
        name: output.name.clone(),
        layout: output.layout.clone(),
        values: output.values.iter().map(|id| emitted.registers[id.index()]).collect(),
        // Whole bits: the owner rounds to this grid, and half a step of it is an error too.
        precision_bits: bits[number].floor(),
        units: choice.evidence.symmetries.of_reveal(&output.name).to_vec(),
        deviation: told(choice.noise.errors[number] / DEVIATIONS),
    });
    let less = if measured { LESS } else { LESS_UNSEEN };
    let plan = Plan {
        format: FORMAT_VERSION,
        params: choice.params.clone(),
        data: program.data.clone(),
        ranges: tensor::owner::declared_ranges(program),
        owner: prologue,
        state: owner.state,
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        server: emitted.server,
        keys,
        promised_bits: (promised - less).max(1.0),
        measured,
        balanced: choice.balanced,
        predict,
        info: ProgramInfo {
            name: program.name.clone(),
            dims: program.dims.iter().map(|d| (d.name.clone(), d.size)).collect(),
            iterations: program.train.iterations,
            values: ValueNames::default(),
            diverges: None,
            memory: None,
        },
    };
    Ok(Emission { plan, origins: emitted.origins, of_uploads: emitted.of_uploads })
}
