//! The clear twin: the program on the owner's data in the clear, with the approximations that will be evaluated.

mod evaluation;
pub mod judgement;
mod machine;
pub mod noise;
mod packed;

use crate::data::Dataset;
use crate::failure::Failure;
use crate::figures::{Figure, figures};
use crate::fit::Fits;
use crate::model::{Model, Usage};
use clap::ValueEnum;
use evaluation::Evaluation;
use hep_compiler::tensor::ranges::RangeReport;
use hep_compiler::tensor::{Program, owner};
use hep_plan::host::HostProgram;
use hep_plan::tensor::Tensor;
use machine::{Machine, Observed, Tensors};
use packed::Packed;
use serde::Serialize;
use std::collections::BTreeMap;

pub use machine::Named;

/// What is known after an iteration.
#[derive(Clone, Debug, Serialize)]
pub struct Iteration {
    /// Number, from 1.
    pub iteration: u32,
    /// Loss per sample with the exact functions.
    pub loss: Option<f64>,
    /// How well the model fits; none for a program without `predict`.
    #[serde(flatten)]
    pub fits: Option<Fits>,
    /// What would be revealed, where nothing else can be said of the model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revealed: Vec<Figure>,
    /// Largest absolute score that went into an approximation, before the step; `None` where nothing is approximated.
    pub largest_score: Option<f64>,
    /// What went into each approximation; with the last iteration also what did outside of the loop.
    #[serde(skip)]
    pub ranges: Vec<RangeReport>,
    /// Whether what would be revealed, and the loss, are finite numbers.
    #[serde(skip)]
    pub finite: bool,
}

/// The owner's inputs by name.
pub fn inputs(program: &Program, data: &Dataset) -> BTreeMap<String, Tensor> {
    let y = Tensor { shape: vec![data.y.len()], data: data.y.clone() };
    BTreeMap::from([(program.data.features.clone(), data.x.clone()), (program.data.labels.clone(), y)])
}

/// How a program's model is used, and the owner's state for these data.
pub fn usage(program: &Program, data: &Dataset) -> Result<(Usage, BTreeMap<String, Tensor>), Failure> {
    let side = owner::owner_program(program).map_err(Failure::message)?;
    let predict = owner::predict_program(program).map_err(Failure::message)?;
    let statistics = side.program.only(|name| side.state.iter().any(|state| state == name));
    let state = statistics.run(&inputs(program, data)).map_err(Failure::message)?;
    let usage = Usage {
        program: program.name.clone(),
        data: program.data.clone(),
        predict: predict.map_or_else(HostProgram::default, |(program, _)| program),
        plan: String::new(),
        insecure: false,
        columns: data.columns.clone(),
        diverges: None,
    };
    Ok((usage, state))
}

/// What evaluates a program in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The packed program as native code
    Compiled,
    /// The packed program, operation by operation: the oracle of native code
    Slots,
    /// Whole tensors, operation by operation: the meaning of the program
    Tensors,
}

impl Engine {
    /// As `--engine` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compiled => "compiled",
            Self::Slots => "slots",
            Self::Tensors => "tensors",
        }
    }
}

/// A training in the clear that ended.
pub struct Trained {
    /// The model.
    pub model: Model,
    /// What evaluated the program.
    pub engine: Engine,
    /// Why no native code did, where none was asked for.
    pub note: Option<String>,
}

/// Trains in the clear on the best engine. `observe` sees each iteration with the named values of the loop body, where the
/// engine has them.
pub fn simulate(
    program: &Program,
    data: &Dataset,
    observe: impl FnMut(Iteration, Named) -> Result<(), Failure>,
) -> Result<Model, Failure> {
    simulate_on(Settings::default(), program, data, observe).map(|trained| trained.model)
}

/// How a program is run in the clear.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// The engine, which must then be able to run it; else native code, or whole tensors where there is none.
    pub engine: Option<Engine>,
    /// Numbers of a packed vector; as many as suit the program if absent.
    pub slots: Option<usize>,
}

/// [`simulate`] with settings.
pub fn simulate_on(
    settings: Settings,
    program: &Program,
    data: &Dataset,
    observe: impl FnMut(Iteration, Named) -> Result<(), Failure>,
) -> Result<Trained, Failure> {
    let Settings { engine: wanted, slots } = settings;
    let on_tensors =
        |observe| train(&mut Tensors::new(program, &inputs(program, data))?, program, data, observe);
    if wanted == Some(Engine::Tensors) {
        let model = on_tensors(observe)?;
        return Ok(Trained { model, engine: Engine::Tensors, note: None });
    }
    let refused = |why: String| Failure::with_help(why, "leave out --engine, or take `--engine tensors`");
    if wanted == Some(Engine::Slots) {
        let packed = Packed::new(program, data, slots).map_err(refused)?;
        let model = train(&mut packed.interpreted().map_err(refused)?, program, data, observe)?;
        return Ok(Trained { model, engine: Engine::Slots, note: None });
    }
    let compiled = Packed::new(program, data, slots).and_then(|packed| Ok((packed.compile()?, packed)));
    let native =
        compiled.as_ref().map_err(Clone::clone).and_then(|(simulation, packed)| packed.native(simulation));
    match native {
        Ok(mut native) => {
            let model = train(&mut native, program, data, observe)?;
            Ok(Trained { model, engine: Engine::Compiled, note: None })
        }
        Err(why) if wanted.is_none() => {
            let model = on_tensors(observe)?;
            Ok(Trained { model, engine: Engine::Tensors, note: Some(why) })
        }
        Err(why) => Err(refused(why)),
    }
}

/// Runs all iterations and judges the model after each.
fn train(
    machine: &mut dyn Machine,
    program: &Program,
    data: &Dataset,
    mut observe: impl FnMut(Iteration, Named) -> Result<(), Failure>,
) -> Result<Model, Failure> {
    let (usage, state) = usage(program, data)?;
    let mut model = Model { usage, revealed: BTreeMap::new(), state, classes: data.classes.clone() };
    let evaluation = Evaluation::new(program, &model, data)?;
    for iteration in 1..=program.train.iterations {
        let Observed { values, ranges, revealed } = machine.step()?;
        let quality = evaluation.of(&revealed)?;
        let alone = if quality.fits.is_none() { figures(&revealed) } else { Vec::new() };
        let finite = quality.loss.is_none_or(f64::is_finite)
            && revealed.values().all(|tensor| tensor.not_finite().is_none());
        model.revealed = revealed;
        let scores = ranges.iter().filter(|r| r.iteration > 0);
        let report = Iteration {
            iteration,
            loss: quality.loss,
            fits: quality.fits,
            revealed: alone,
            largest_score: scores.map(RangeReport::reach).reduce(f64::max),
            ranges,
            finite,
        };
        observe(report, values)?;
    }
    Ok(model)
}
