//! Training in the clear on some rows, judged on these and on the others.

use crate::Named;
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::interpret::Interpreter;
use hep_compiler::tensor::{Program, owner};
use hep_compiler::{Options, analyze};
use hep_plan::Tensor;
use hep_plan::host::HostProgram;
use hep_plan::plan::LabelKind;

/// How well a model does after an iteration: the share of rows classified as labeled, or for real targets the share of
/// their variance that is explained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// On the training rows.
    pub train: f64,
    /// On the rows that were held out.
    pub held_out: f64,
    /// Largest absolute score that went into a check so far.
    pub reach: f64,
}

/// A checked program for the clear, or its diagnostics.
///
/// # Panics
/// When it has errors.
#[must_use]
pub fn analyzed(text: &str, options: &Options) -> Program {
    let file = SourceFile::new("test.hep", text);
    let analysis = analyze(&file, options);
    let shown = |list: Vec<_>| hep_compiler::diagnostics::render::render_all(&list, &file);
    analysis.unwrap_or_else(|list| panic!("{}", shown(list))).program
}

/// Some rows of features and labels.
#[must_use]
pub fn rows(data: &Named, from: usize, to: usize) -> Named {
    let cut = |tensor: &Tensor| {
        let width: usize = tensor.shape.iter().skip(1).product();
        let mut shape = tensor.shape.clone();
        shape[0] = to - from;
        Tensor { shape, data: tensor.data[from * width..to * width].to_vec() }
    };
    data.iter().map(|(name, tensor)| (name.clone(), cut(tensor))).collect()
}

/// The quality after every iteration of a program that trains on the first rows of the data.
///
/// # Panics
/// When the program does not run on the data.
#[must_use]
pub fn train(program: &Program, data: &Named) -> Vec<Quality> {
    let all = data[&program.data.labels].data.len();
    let (training, others) = (rows(data, 0, program.data.rows), rows(data, program.data.rows, all));
    let side = owner::owner_program(program).unwrap_or_else(|e| panic!("{e}"));
    let statistics = side.program.only(|name| side.state.iter().any(|state| state == name));
    let state = statistics.run(&training).unwrap_or_else(|e| panic!("{e}"));
    let predict = owner::predict_program(program).unwrap_or_else(|e| panic!("{e}"));
    let (predict, _) = predict.unwrap_or_else(|| panic!("nothing is predicted"));
    let mut interpreter = Interpreter::new(program, &training).unwrap_or_else(|e| panic!("{e}"));
    let mut reach: f64 = 0.0;
    let mut found = Vec::new();
    for _ in 0..program.train.iterations {
        let step = interpreter.step().unwrap_or_else(|e| panic!("{e}"));
        let scores = program.checks.iter().filter_map(|check| step.node(check.score));
        reach = scores.map(Tensor::max_abs).fold(reach, f64::max);
        interpreter.finish().unwrap_or_else(|e| panic!("{e}"));
        let mut known = interpreter.reveals().unwrap_or_else(|e| panic!("{e}"));
        known.extend(state.clone());
        let [train, held_out] = [&training, &others].map(|rows| quality(program, &predict, &known, rows));
        found.push(Quality { train, held_out, reach });
    }
    found
}

fn quality(program: &Program, predict: &HostProgram, known: &Named, rows: &Named) -> f64 {
    let features = program.data.features.clone();
    let mut inputs = known.clone();
    inputs.insert(features.clone(), rows[&features].clone());
    let scores = &predict.run(&inputs).unwrap_or_else(|e| panic!("{e}"))["scores"].data;
    let labels = &rows[&program.data.labels].data;
    let agree = |decided: Vec<f64>| {
        decided.iter().zip(labels).filter(|(a, b)| a == b).count() as f64 / labels.len() as f64
    };
    match program.data.label_kind {
        LabelKind::Binary => agree(scores.iter().map(|z| f64::from(u8::from(*z > 0.0))).collect()),
        LabelKind::Classes(classes) => agree(scores.chunks_exact(classes).map(largest).collect()),
        LabelKind::Real => {
            let mean = labels.iter().sum::<f64>() / labels.len() as f64;
            let missed: f64 = scores.iter().zip(labels).map(|(z, y)| (z - y).powi(2)).sum();
            1.0 - missed / labels.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
        }
    }
}

/// Position of the largest number, the first of equal ones.
fn largest(scores: &[f64]) -> f64 {
    let best = scores.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0.0, |(position, _)| position as f64)
}
