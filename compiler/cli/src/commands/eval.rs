//! `hep eval`

use super::{print, print_json};
use crate::args::Eval;
use crate::data;
use crate::failure::Failure;
use crate::fit::Fit;
use crate::model::Model;
use hep_plan::plan::LabelKind;
use serde_json::json;

/// Accuracy of a model on labelled rows, or how much it explains of real targets.
pub fn run(args: &Eval) -> Result<(), Failure> {
    let model = Model::load(&args.model)?;
    model.usage.warn();
    let real = model.usage.data.label_kind == LabelKind::Real;
    let (x, y) = data::labelled(&args.data, (!real).then_some(model.classes.as_slice()))?;
    model.fits(&x, &args.data.data)?;
    let fit = model.fit(&x, &y)?;
    if args.output.json {
        return print_json(&json!({ "rows": y.len(), fit.key(): fit.value() }));
    }
    print(&match fit {
        Fit::Accuracy(_) => format!("{fit} of {} rows\n", y.len()),
        Fit::RSquared(_) => format!("R² {fit} of {} rows\n", y.len()),
    });
    Ok(())
}
