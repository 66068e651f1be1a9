//! `hep predict`

use super::{print, print_json};
use crate::args::Predict;
use crate::data::{self, DataError};
use crate::failure::Failure;
use crate::kinds::{self, Wanted};
use crate::model::{Model, no_predict};
use hep_plan::visible::visible;
use serde_json::json;

/// Prints the label of each row.
pub fn run(args: &Predict) -> Result<(), Failure> {
    kinds::expect(&args.model, Wanted::Predictor).map_err(DataError::from)?;
    let model = Model::load(&args.model)?;
    if !model.predicts() {
        return Err(no_predict());
    }
    model.usage.warn();
    let x = data::rows_only(&args.data, model.usage.columns.as_ref())?;
    model.fits(&x, &args.data.data)?;
    let labels: Vec<String> = model
        .decide(&x)?
        .iter()
        .map(|decided| model.classes.get(*decided as usize).cloned().unwrap_or_else(|| decided.to_string()))
        .collect();
    if args.output.json {
        return print_json(&json!({ "labels": labels }));
    }
    print(&labels.iter().map(|label| format!("{}\n", visible(label))).collect::<String>())?;
    Ok(())
}
