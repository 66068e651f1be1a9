//! Whether a training makes a model: what a regression is compared with.

use super::Uploads;
use crate::error::Error;
use hep_plan::plan::LabelKind;
use hep_plan::{Plan, Tensor};
use std::collections::BTreeMap;

/// How many times the squares of the targets those of the errors may be, where they were less before training.
const WORSE: f64 = 2.0;

/// Refuses a regression whose model is worse than one of zeros and worse than before training, unless the owner was told when the
/// plan was made. What begins with random weights may be worse than zeros for long. What is not trained on targets is not
/// compared with them.
pub(super) fn learns(
    plan: &Plan,
    data: &BTreeMap<String, Tensor>,
    uploads: &Uploads,
    revealed: &BTreeMap<String, Tensor>,
) -> Result<(), Error> {
    let (labels, features) = (&plan.data.labels, &plan.data.features);
    let trained_on = plan.owner.inputs().contains(&labels.as_str());
    let targets = data.get(labels).filter(|_| trained_on && plan.data.label_kind == LabelKind::Real);
    let (Some(targets), None) = (targets, &plan.info.diverges) else { return Ok(()) };
    let mut inputs: BTreeMap<String, Tensor> =
        revealed.iter().chain(&uploads.state).map(|(name, tensor)| (name.clone(), tensor.clone())).collect();
    inputs.extend(data.get(features).map(|x| (features.clone(), x.clone())));
    let scores = plan.predict.run(&inputs).ok().and_then(|mut found| found.remove("scores"));
    let Some(missed) = scores.and_then(|scores| squares(&scores, targets)) else { return Ok(()) };
    let before = uploads.start.as_ref().and_then(|scores| squares(scores, targets)).unwrap_or(0.0);
    let whole: f64 = targets.data.iter().map(|y| y * y).sum();
    if missed <= before.max(WORSE * whole) || whole == 0.0 {
        return Ok(());
    }
    Err(Error::Diverges { ratio: (missed / whole).sqrt() })
}

/// Sum of the squares of errors; nothing for scores that are not one for each target.
fn squares(scores: &Tensor, targets: &Tensor) -> Option<f64> {
    let pairs = || scores.data.iter().zip(&targets.data);
    (scores.data.len() == targets.data.len()).then(|| pairs().map(|(z, y)| (z - y).powi(2)).sum())
}
