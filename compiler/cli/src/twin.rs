//! The clear twin: the program on the owner's data in the clear, with the approximations that will be evaluated.

use crate::data::Dataset;
use crate::failure::Failure;
use crate::model::{Model, Usage};
use hep_compiler::tensor::interpret::{InterpretError, Interpreter};
use hep_compiler::tensor::{Program, owner, ranges};
use hep_plan::host::{HostOp, HostProgram};
use hep_plan::plan::LabelKind;
use hep_plan::tensor::Tensor;
use serde::Serialize;
use std::collections::BTreeMap;

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
    let mut computed = side.program.run(&inputs(program, data)).map_err(Failure::message)?;
    let state = side.state.iter().filter_map(|name| Some((name.clone(), computed.remove(name)?))).collect();
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
    mut observe: impl FnMut(Iteration, BTreeMap<String, Tensor>) -> Result<(), Failure>,
) -> Result<Model, Failure> {
    let (usage, state) = usage(program, data)?;
    let mut model = Model { usage, revealed: BTreeMap::new(), state, classes: data.classes.clone() };
    let inputs = inputs(program, data);
    let fail = |error: InterpretError| Failure::message(error);
    let mut interpreter = Interpreter::new(program, &inputs).map_err(fail)?;
    for _ in 0..program.train.iterations {
        let step = interpreter.step().map_err(fail)?;
        let iteration = step.iteration;
        let scores = program.checks.iter().filter_map(|check| step.node(check.score));
        let largest_score = scores.map(Tensor::max_abs).fold(0.0, f64::max);
        let values =
            step.values.iter().map(|(name, value)| ((*name).to_string(), (*value).clone())).collect();
        interpreter.finish().map_err(fail)?;
        model.revealed = interpreter.reveals().map_err(fail)?;
        let test = data.test.as_ref().map(|(x, y)| model.accuracy(x, y)).transpose()?;
        let report = Iteration {
            iteration,
            loss: loss(program, &model, data)?,
            train_accuracy: model.accuracy(&data.x, &data.y)?,
            test_accuracy: test,
            largest_score,
        };
        observe(report, values)?;
    }
    Ok(model)
}

/// Mean over samples of the exact loss at the model's training scores.
fn loss(program: &Program, model: &Model, data: &Dataset) -> Result<Option<f64>, Failure> {
    let Some(loss) = &program.loss else { return Ok(None) };
    let z = model.scores(&data.x)?;
    let labels = Tensor { shape: vec![data.y.len()], data: data.y.clone() };
    let y = match program.data.label_kind {
        LabelKind::Classes(classes) => {
            HostOp::OneHot { classes }.apply(&[&labels]).map_err(Failure::message)?
        }
        LabelKind::Binary | LabelKind::Real => labels,
    };
    let values = loss.run(&BTreeMap::from([("y".to_string(), y), ("z".to_string(), z)]));
    let total: Option<f64> = values.ok().and_then(|v| v.get("loss").map(|l| l.data.iter().sum()));
    Ok(total.map(|total| total / data.y.len().max(1) as f64))
}

/// Warnings about approximations whose range these data leave.
pub fn range_warnings(
    program: &Program,
    data: &Dataset,
) -> Result<Vec<hep_compiler::diagnostics::Diagnostic>, Failure> {
    let reports = ranges::check(program, &inputs(program, data)).map_err(Failure::message)?;
    Ok(hep_compiler::checks::range_warnings(program, &reports))
}
