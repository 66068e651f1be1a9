//! A trained model: what was revealed, with everything needed to classify raw rows.

use crate::data::{Columns, DataError, model as file, shown};
use crate::failure::Failure;
use crate::fit::{Fit, Undecided};
use crate::streams::say;
use hep_format::container::Insecure;
use hep_format::place::Output;
use hep_format::{Given, HostProgramError, Prepared};
use hep_plan::host::affine::{Linear, affine};
use hep_plan::host::{HostOp, HostProgram};
use hep_plan::plan::{DataSpec, LabelKind};
use hep_plan::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Numbers of a layer that are in memory at once, unless one row has more: rows are scored in blocks.
const BLOCK: usize = 1 << 22;

/// How a model is used; kept in its file as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Usage {
    /// Name of the program.
    pub program: String,
    /// The data it was trained on.
    pub data: DataSpec,
    /// Scores of raw rows.
    pub predict: HostProgram,
    /// Fingerprint of the plan; empty for a model of the clear twin.
    pub plan: String,
    /// Whether the ciphertexts it comes from protected anything.
    pub insecure: bool,
    /// Names of the columns it was trained on, where they had any; models of earlier versions know none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Columns>,
    /// Why training diverges on the owner's data, where the owner went on nevertheless.
    #[serde(default)]
    pub diverges: Option<String>,
}

impl Usage {
    /// The model of an encrypted run.
    pub fn of_plan(prepared: &Prepared, insecure: Insecure, columns: Option<Columns>) -> Self {
        let plan = prepared.plan();
        Self {
            program: plan.info.name.clone(),
            data: plan.data.clone(),
            predict: plan.predict.clone(),
            plan: prepared.fingerprint().to_string(),
            insecure: insecure.seed || insecure.parameters,
            columns,
            diverges: plan.info.diverges.clone(),
        }
    }

    /// Says so when the model is of a training that diverges.
    pub fn warn(&self) {
        if let Some(why) = &self.diverges {
            say(format_args!("warning: this is no model to rely on: {}", shown(why, 300)));
        }
    }
}

/// A model in memory.
#[derive(Clone, Debug)]
pub struct Model {
    /// How it is used.
    pub usage: Usage,
    /// Revealed tensors.
    pub revealed: BTreeMap<String, Tensor>,
    /// The owner's statistics.
    pub state: BTreeMap<String, Tensor>,
    /// Names of the classes.
    pub classes: Vec<String>,
}

impl Model {
    /// Whether the program says how rows are scored.
    pub fn predicts(&self) -> bool {
        !self.usage.predict.outputs.is_empty()
    }

    /// Scores of raw rows, `[rows]` or `[rows, classes]`.
    pub fn scores(&self, x: &Tensor) -> Result<Tensor, Failure> {
        if !self.predicts() {
            return Err(no_predict());
        }
        // A score depends on its own row only.
        let (rows, columns) = (x.shape[0], x.shape[1]);
        let together = (BLOCK / self.widest().max(1)).clamp(1, rows.max(1));
        self.bounded(together, rows.div_ceil(together)).map_err(Failure::message)?;
        let mut inputs = self.values();
        let (mut shape, mut data) = (vec![], vec![]);
        for first in (0..rows).step_by(together) {
            let count = together.min(rows - first);
            let block = x.data[first * columns..(first + count) * columns].to_vec();
            inputs.insert(
                self.usage.data.features.clone(),
                Tensor { shape: vec![count, columns], data: block },
            );
            let mut outputs = self.usage.predict.run(&inputs).map_err(Failure::message)?;
            let scores = outputs.remove("scores").ok_or_else(no_predict)?;
            if scores.shape.first() != Some(&count) {
                return Err(Undecided { decisions: scores.data.len(), rows: count }.into());
            }
            shape = scores.shape;
            data.extend(scores.data);
        }
        if let Some(all) = shape.first_mut() {
            *all = rows;
        }
        Ok(Tensor { shape, data })
    }

    /// Largest extent of a tensor of the model, and of a row.
    fn widest(&self) -> usize {
        let constants = self.usage.predict.nodes.iter().filter_map(|node| match &node.op {
            HostOp::Constant(tensor) => Some(tensor),
            _ => None,
        });
        let tensors = self.revealed.values().chain(self.state.values()).chain(constants);
        let extents = tensors.flat_map(|tensor| &tensor.shape);
        extents.copied().fold(self.usage.data.columns, usize::max)
    }

    /// Refuses a program that takes memory or time out of proportion to so many rows, and blocks of them.
    fn bounded(&self, rows: usize, blocks: usize) -> Result<(), HostProgramError> {
        let mut given = Given::new(&self.usage.data, rows).blocks(blocks);
        for (name, tensor) in self.revealed.iter().chain(&self.state) {
            given = given.and(name, &tensor.shape);
        }
        hep_format::bounded(&self.usage.predict, given)
    }

    /// Refuses rows of a file that do not have the model's features.
    pub fn fits(&self, x: &Tensor, path: &Path) -> Result<(), Failure> {
        let (found, columns) = (x.shape[1], self.usage.data.columns);
        if found == columns {
            return Ok(());
        }
        let reason = format!("the rows have {found} features, the model was trained on {columns}");
        let help = "give rows with the columns of the training data; --label none where there is no label";
        Err(DataError::Fit { path: path.to_path_buf(), reason, help: help.into() }.into())
    }

    /// Class number of each row, or the score itself where targets are real.
    pub fn decide(&self, x: &Tensor) -> Result<Vec<f64>, Failure> {
        Ok(decide(self.usage.data.label_kind, &self.scores(x)?, x.shape[0])?)
    }

    /// How well rows are classified, or targets predicted.
    pub fn fit(&self, x: &Tensor, y: &[f64]) -> Result<Fit, Failure> {
        Ok(Fit::of(self.usage.data.label_kind, &self.decide(x)?, y)?)
    }

    fn values(&self) -> BTreeMap<String, Tensor> {
        self.revealed.iter().chain(&self.state).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Puts the model in its place.
    pub fn save(&self, out: Output) -> Result<(), Failure> {
        let bytes = self.bytes(out.path())?;
        Ok(out.write_whole(&bytes)?)
    }

    /// The file of the model, with scikit-learn's names where its scores are affine in the raw features; `path` is for messages.
    pub fn bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let data = &self.usage.data;
        let linear = affine(&self.usage.predict, &self.values(), &data.features, data.columns);
        let metadata = serde_json::to_value(&self.usage).map_err(Failure::message)?;
        let model = file::Model {
            revealed: self.revealed.clone(),
            state: self.state.clone(),
            classes: self.classes.clone(),
            linear: linear.map(|linear| scikit(data.label_kind, linear)),
            metadata,
        };
        Ok(file::bytes(path, &model)?)
    }

    /// Reads a model.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let model = file::read(path)?;
        let foreign = |why: String| {
            Failure::with_help(
                format!("{} does not say how it is used ({why})", path.display()),
                "use a model that this version of hep wrote",
            )
        };
        let usage: Usage = serde_json::from_value(model.metadata).map_err(|e| foreign(e.to_string()))?;
        let model = Self { usage, revealed: model.revealed, state: model.state, classes: model.classes };
        // Before any rows are read; with them it is checked again.
        model.bounded(1, 1).map_err(|e| foreign(e.to_string()))?;
        Ok(model)
    }
}

/// Coefficients in scikit-learn's shapes: those of two classes are one row, of one real target no row but the row itself.
fn scikit(kind: LabelKind, linear: Linear) -> Linear {
    let Linear { mut coefficients, mut intercepts } = linear;
    let [scores, features] = *coefficients.shape.as_slice() else {
        return Linear { coefficients, intercepts };
    };
    match (kind, scores) {
        (LabelKind::Real, 1) => {
            coefficients.shape = vec![features];
            intercepts.shape = vec![];
        }
        // The second class is decided where its score is the larger one.
        (LabelKind::Classes(2), 2) => {
            let (first, second) = coefficients.data.split_at(features);
            let data = first.iter().zip(second).map(|(first, second)| second - first).collect();
            coefficients = Tensor { shape: vec![1, features], data };
            intercepts = Tensor { shape: vec![1], data: vec![intercepts.data[1] - intercepts.data[0]] };
        }
        _ => {}
    }
    Linear { coefficients, intercepts }
}

/// Nothing says how rows are classified.
pub fn no_predict() -> Failure {
    Failure::with_help(
        "the program of this model has no `predict`: nothing says how rows are scored",
        "use the revealed tensors (`hep info` lists them), or train a program with a `predict` line",
    )
}

/// Class number of each row of scores, or the scores themselves where targets are real.
pub fn decide(kind: LabelKind, scores: &Tensor, rows: usize) -> Result<Vec<f64>, Undecided> {
    let per_row = match kind {
        LabelKind::Real | LabelKind::Binary => 1,
        LabelKind::Classes(classes) => classes.max(1),
    };
    let whole = scores.data.len().is_multiple_of(per_row);
    // A row that is cut short is a decision too many.
    Undecided::unless_equal(scores.data.len() / per_row + usize::from(!whole), rows)?;
    Undecided::unless_equal(scores.data.len(), rows * per_row)?;
    Ok(match kind {
        LabelKind::Real => scores.data.clone(),
        LabelKind::Binary => scores.data.iter().map(|z| f64::from(u8::from(*z > 0.0))).collect(),
        LabelKind::Classes(_) => scores.data.chunks_exact(per_row).map(largest).collect(),
    })
}

/// Index of the largest score; the first of equal ones.
fn largest(scores: &[f64]) -> f64 {
    let mut best = 0;
    for (index, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = index;
        }
    }
    best as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_have_the_shapes_of_scikit_learn() {
        let linear = |scores: usize| Linear {
            coefficients: Tensor {
                shape: vec![scores, 3],
                data: (0..3 * scores).map(|i| (i * i) as f64).collect(),
            },
            intercepts: Tensor { shape: vec![scores], data: (0..scores).map(|i| 5.0 - i as f64).collect() },
        };
        let shapes = |kind, scores| {
            let Linear { coefficients, intercepts } = scikit(kind, linear(scores));
            (coefficients.shape, intercepts.shape)
        };
        assert_eq!(shapes(LabelKind::Real, 1), (vec![3], vec![]));
        assert_eq!(shapes(LabelKind::Real, 2), (vec![2, 3], vec![2]));
        assert_eq!(shapes(LabelKind::Binary, 1), (vec![1, 3], vec![1]));
        assert_eq!(shapes(LabelKind::Classes(2), 2), (vec![1, 3], vec![1]));
        assert_eq!(shapes(LabelKind::Classes(4), 4), (vec![4, 3], vec![4]));
        let two = scikit(LabelKind::Classes(2), linear(2));
        assert_eq!((two.coefficients.data, two.intercepts.data), (vec![9.0, 15.0, 21.0], vec![-1.0]));
    }

    #[test]
    fn every_row_has_one_decision_or_there_is_none() {
        let scores = Tensor::new(vec![6], vec![0.5, -1.0, 2.0, 0.0, 3.0, 1.0]).unwrap();
        let decided = |kind, rows| decide(kind, &scores, rows);
        assert_eq!(decided(LabelKind::Binary, 6), Ok(vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0]));
        assert_eq!(decided(LabelKind::Classes(2), 3), Ok(vec![0.0, 0.0, 0.0]));
        assert_eq!(decided(LabelKind::Real, 6), Ok(scores.data.clone()));
        for (kind, rows) in [
            (LabelKind::Binary, 3),
            (LabelKind::Classes(2), 6),
            (LabelKind::Real, 5),
            (LabelKind::Classes(4), 1),
        ] {
            assert!(decided(kind, rows).is_err(), "{kind:?} of {rows}");
        }
    }
}
