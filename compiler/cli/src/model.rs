//! A trained model: what was revealed, with everything needed to classify raw rows.

use crate::data::{DataError, model as file, shown};
use crate::failure::Failure;
use crate::fit::Fit;
use hep_exec::Prepared;
use hep_exec::container::Insecure;
use hep_plan::host::HostProgram;
use hep_plan::plan::{DataSpec, LabelKind};
use hep_plan::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

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
    /// Why training diverges on the owner's data, where the owner went on nevertheless.
    #[serde(default)]
    pub diverges: Option<String>,
}

impl Usage {
    /// The model of an encrypted run.
    pub fn of_plan(prepared: &Prepared, insecure: Insecure) -> Self {
        let plan = prepared.plan();
        Self {
            program: plan.info.name.clone(),
            data: plan.data.clone(),
            predict: plan.predict.clone(),
            plan: prepared.fingerprint().to_string(),
            insecure: insecure.seed || insecure.parameters,
            diverges: plan.info.diverges.clone(),
        }
    }

    /// Says so when the model is of a training that diverges.
    pub fn warn(&self) {
        if let Some(why) = &self.diverges {
            eprintln!("warning: this is no model to rely on: {}", shown(why, 300));
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
    /// Scores of raw rows, `[rows]` or `[rows, classes]`.
    pub fn scores(&self, x: &Tensor) -> Result<Tensor, Failure> {
        let mut inputs = self.values();
        inputs.insert(self.usage.data.features.clone(), x.clone());
        let mut outputs = self.usage.predict.run(&inputs).map_err(Failure::message)?;
        outputs.remove("scores").ok_or_else(no_predict)
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
        Ok(decide(self.usage.data.label_kind, &self.scores(x)?))
    }

    /// How well rows are classified, or targets predicted.
    pub fn fit(&self, x: &Tensor, y: &[f64]) -> Result<Fit, Failure> {
        Ok(Fit::of(self.usage.data.label_kind, &self.decide(x)?, y))
    }

    fn values(&self) -> BTreeMap<String, Tensor> {
        self.revealed.iter().chain(&self.state).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Writes the model with scikit-learn's names where its scores are affine in the raw features.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        let data = &self.usage.data;
        let linear = file::affine(&self.usage.predict, &self.values(), &data.features, data.columns);
        let metadata = serde_json::to_value(&self.usage).map_err(Failure::message)?;
        let model = file::Model {
            revealed: self.revealed.clone(),
            state: self.state.clone(),
            classes: self.classes.clone(),
            linear,
            metadata,
        };
        Ok(file::write(path, &model)?)
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
        hep_exec::host_sizes(&usage.predict).map_err(foreign)?;
        Ok(Self { usage, revealed: model.revealed, state: model.state, classes: model.classes })
    }
}

/// Nothing says how rows are classified.
pub fn no_predict() -> Failure {
    Failure::with_help("the program has no `predict`", "add a line `predict score(W)` and train again")
}

/// Class number of each row of scores, or the scores themselves where targets are real.
pub fn decide(kind: LabelKind, scores: &Tensor) -> Vec<f64> {
    match kind {
        LabelKind::Real => scores.data.clone(),
        LabelKind::Binary => scores.data.iter().map(|z| f64::from(u8::from(*z > 0.0))).collect(),
        LabelKind::Classes(classes) => scores.data.chunks_exact(classes.max(1)).map(largest).collect(),
    }
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
