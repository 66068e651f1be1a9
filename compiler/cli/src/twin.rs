//! The clear twin: the program on the owner's data in the clear, with the approximations that will be evaluated.

mod evaluation;
mod machine;

use crate::data::Dataset;
use crate::failure::Failure;
use crate::model::{Model, Usage};
use evaluation::Evaluation;
use hep_compiler::tensor::ranges::{self, RangeReport};
use hep_compiler::tensor::{Program, owner};
use hep_plan::host::HostProgram;
use hep_plan::tensor::Tensor;
use machine::{Machine, Observed, Tensors};
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
    /// Share of training rows classified as labelled.
    pub train_accuracy: f64,
    /// The same of test rows.
    pub test_accuracy: Option<f64>,
    /// Largest absolute score that went into an approximation.
    pub largest_score: f64,
    /// What went into each approximation; with the last iteration also what did outside of the loop.
    #[serde(skip)]
    pub ranges: Vec<RangeReport>,
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
    };
    Ok((usage, state))
}

/// Trains in the clear. `observe` sees each iteration with the named values of the loop body.
pub fn simulate(
    program: &Program,
    data: &Dataset,
    mut observe: impl FnMut(Iteration, Named) -> Result<(), Failure>,
) -> Result<Model, Failure> {
    let (usage, state) = usage(program, data)?;
    let mut model = Model { usage, revealed: BTreeMap::new(), state, classes: data.classes.clone() };
    let evaluation = Evaluation::new(program, &model, data)?;
    let mut machine = Tensors::new(program, &inputs(program, data))?;
    for iteration in 1..=program.train.iterations {
        let Observed { values, ranges, revealed } = machine.step()?;
        let quality = evaluation.of(&revealed)?;
        model.revealed = revealed;
        let scores = ranges.iter().filter(|r| r.iteration > 0);
        let report = Iteration {
            iteration,
            loss: quality.loss,
            train_accuracy: quality.train_accuracy,
            test_accuracy: quality.test_accuracy,
            largest_score: scores.map(RangeReport::reach).fold(0.0, f64::max),
            ranges,
        };
        observe(report, values)?;
    }
    Ok(model)
}

/// Warnings about approximations whose range these data leave.
pub fn range_warnings(
    program: &Program,
    data: &Dataset,
) -> Result<Vec<hep_compiler::diagnostics::Diagnostic>, Failure> {
    let reports = ranges::check(program, &inputs(program, data)).map_err(Failure::message)?;
    Ok(hep_compiler::checks::range_warnings(program, &reports, |_| None))
}
