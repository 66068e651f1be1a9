//! How good a model is: its loss, and how well it fits rows that are prepared once.

use crate::data::Dataset;
use crate::failure::Failure;
use crate::fit::{Fit, Fits};
use crate::model::{self, Model};
use hep_compiler::tensor::Program;
use hep_plan::host::{HostOp, HostProgram};
use hep_plan::plan::LabelKind;
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;

/// Training and test rows, ready for the scores of any model.
pub struct Evaluation<'a> {
    kind: LabelKind,
    /// None where nothing says how rows are scored.
    train: Option<Rows<'a>>,
    test: Option<Rows<'a>>,
    /// The exact loss with the labels put in.
    loss: Option<HostProgram>,
}

/// Loss per sample, and how well the model fits training rows and test rows.
pub struct Quality {
    pub loss: Option<f64>,
    /// None for a program without `predict`.
    pub fits: Option<Fits>,
}

/// Rows whose features are inside a program from the model to their scores.
struct Rows<'a> {
    scores: HostProgram,
    labels: &'a [f64],
}

impl<'a> Rows<'a> {
    fn new(model: &Model, x: &Tensor, labels: &'a [f64]) -> Result<Self, Failure> {
        let mut known = model.state.clone();
        known.insert(model.usage.data.features.clone(), x.clone());
        let scores = model.usage.predict.clone().given(&known).map_err(Failure::message)?;
        Ok(Self { scores, labels })
    }

    fn scores(&self, revealed: &BTreeMap<String, Tensor>) -> Result<Tensor, Failure> {
        let mut outputs = self.scores.run(revealed).map_err(Failure::message)?;
        outputs.remove("scores").ok_or_else(model::no_predict)
    }
}

impl<'a> Evaluation<'a> {
    /// Prepares the rows as the owner of `model`'s statistics would.
    pub fn new(program: &Program, model: &Model, data: &'a Dataset) -> Result<Self, Failure> {
        let rows = |x, y| model.predicts().then(|| Rows::new(model, x, y)).transpose();
        let test = data.test.as_ref().map(|(x, y)| rows(x, y)).transpose()?.flatten();
        let kind = program.data.label_kind;
        Ok(Self {
            kind,
            train: rows(&data.x, &data.y)?,
            test,
            loss: program.loss.clone().map(|loss| with_labels(loss, kind, &data.y)).transpose()?,
        })
    }

    /// How good the revealed tensors are.
    pub fn of(&self, revealed: &BTreeMap<String, Tensor>) -> Result<Quality, Failure> {
        let Some(train) = &self.train else { return Ok(Quality { loss: None, fits: None }) };
        let fit = |rows: &Rows<'_>, z: &Tensor| {
            let decided = model::decide(self.kind, z, rows.labels.len())?;
            Ok::<_, Failure>(Fit::of(self.kind, &decided, rows.labels)?)
        };
        let z = train.scores(revealed)?;
        let test = self.test.as_ref().map(|rows| fit(rows, &rows.scores(revealed)?)).transpose()?;
        let fits = Fits { train: fit(train, &z)?, test };
        Ok(Quality { fits: Some(fits), loss: self.loss(z, train.labels.len()) })
    }

    /// Mean over samples of the exact loss; none where it has no value.
    fn loss(&self, z: Tensor, rows: usize) -> Option<f64> {
        let values = self.loss.as_ref()?.run(&BTreeMap::from([("z".to_string(), z)])).ok()?;
        let total: f64 = values.get("loss")?.data.iter().sum();
        Some(total / rows.max(1) as f64)
    }
}

/// The loss of scores whose labels are known.
fn with_labels(loss: HostProgram, kind: LabelKind, labels: &[f64]) -> Result<HostProgram, Failure> {
    let labels = Tensor { shape: vec![labels.len()], data: labels.to_vec() };
    let y = match kind {
        LabelKind::Classes(classes) => HostOp::OneHot { classes }.apply(&[&labels]),
        LabelKind::Binary | LabelKind::Real => Ok(labels),
    };
    let known = BTreeMap::from([("y".to_string(), y.map_err(Failure::message)?)]);
    loss.given(&known).map_err(Failure::message)
}
