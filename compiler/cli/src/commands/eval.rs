//! `hep eval`

use super::{print, print_json};
use crate::args::Eval;
use crate::data::{self, Labeled};
use crate::failure::Failure;
use crate::fit::Fit;
use crate::model::{Model, no_predict};
use hep_plan::plan::LabelKind;
use serde_json::json;

/// Accuracy of a model on labeled rows, or how much it explains of real targets.
pub fn run(args: &Eval) -> Result<(), Failure> {
    let model = Model::load(&args.model)?;
    model.usage.warn();
    let real = model.usage.data.label_kind == LabelKind::Real;
    if !model.predicts() {
        return Err(no_predict());
    }
    let classes = (!real).then_some(model.classes.as_slice());
    let Labeled { x, y, summary } = data::labeled(&args.data, classes, model.usage.columns.as_ref())?;
    model.fits(&x, &args.data.data)?;
    summary.say();
    let fit = model.fit(&x, &y)?;
    if args.output.json {
        return print_json(&json!({ "rows": y.len(), fit.key(): fit.value(), "data": summary }));
    }
    print(&match fit {
        Fit::Accuracy(_) => format!("{fit} of {} rows\n", y.len()),
        Fit::RSquared(_) => format!("R² {fit} of {} rows\n", y.len()),
    })?;
    Ok(())
}
