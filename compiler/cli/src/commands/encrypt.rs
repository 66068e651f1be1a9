//! `hep encrypt`

use super::{accepted, on_pool, print_json, run_options, say};
use crate::args::Encrypt;
use crate::data::{self, DataError};
use crate::failure::Failure;
use crate::{outputs, progress, sizes};
use hep_compiler::checks::Sample;
use hep_format::container::FileKind;
use hep_format::place::Output;
use hep_owner::StatePlace;
use hep_owner::files::{Names, SECRET_KEY};
use hep_plan::magnitude::bytes;
use hep_plan::plan::LabelKind;
use hep_plan::ranges::enforce;
use hep_plan::tensor::Tensor;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Instant;

/// Prepares, packs and encrypts the owner's data.
pub fn run(args: &Encrypt) -> Result<(), Failure> {
    let (out, state) = claimed(args)?;
    let started = Instant::now();
    let prepared = accepted::by_owner(&args.plan, &args.accept)?;
    let plan = prepared.plan();
    let data = data::training(&args.data, None, plan.data.label_kind == LabelKind::Real)?;
    data.summary.say();
    let classes = match plan.data.label_kind {
        LabelKind::Classes(classes) => Some(classes),
        LabelKind::Binary => Some(2),
        LabelKind::Real => None,
    };
    let planned = [
        (
            Some(plan.data.rows),
            data.x.shape[0],
            "rows",
            "choose rows with --rows, or compile a plan with `-p`",
        ),
        (Some(plan.data.columns), data.x.shape[1], "features", "compile a plan for these data with `-p`"),
        (classes, data.classes.len(), "classes", "choose rows of every class, or compile a plan with `-p`"),
    ];
    for (planned, found, what, help) in planned {
        if let Some(planned) = planned.filter(|planned| *planned != found) {
            let reason = format!("the plan was made for {planned} {what}, the data have {found}");
            return Err(DataError::Fit { path: args.data.data.clone(), reason, help: help.into() }.into());
        }
    }
    let labels = Tensor { shape: vec![data.y.len()], data: data.y };
    let inputs = BTreeMap::from([(plan.data.features.clone(), data.x), (plan.data.labels.clone(), labels)]);
    let features = data.columns.as_ref().map_or(&[][..], |columns| &columns.features);
    let sample = Sample { inputs: &inputs, names: features, lines: &data.lines };
    enforce(&plan.ranges, &inputs)
        .map_err(|outside| sizes::outside_error(&outside, sample, &plan.data, &args.data.data, None))?;
    let names = Names { classes: data.classes, columns: data.columns };
    let (origin, state) = progress::spin("encrypting", || {
        on_pool(run_options(&args.run), || {
            hep_owner::encrypt(&prepared, &args.keys, &inputs, names, out, state, args.seed.seed)
        })
    })??;
    super::warn_insecure(origin.insecure);
    if args.output.json {
        return print_json(&json!({
            "data": data.summary,
            "owner_state": state,
            "upload_bytes": plan.upload_bytes(),
            "upload_ciphertexts": plan.upload_ciphertexts(),
            "seconds": { "encrypt": started.elapsed().as_secs_f64() },
        }));
    }
    say(format_args!(
        "{} ciphertexts ({}) written to {}; {} stays with you",
        plan.upload_ciphertexts(),
        bytes(plan.upload_bytes()),
        args.out.display(),
        state.display()
    ));
    Ok(())
}

/// Where upload and state go.
fn claimed(args: &Encrypt) -> Result<(Output, StatePlace), Failure> {
    let secret = args.keys.join(SECRET_KEY);
    let inputs = [args.plan.as_path(), &args.data.data, &secret];
    let out = Output::claim(&args.out, outputs::container(FileKind::Inputs), &inputs)?;
    if args.owner.is_none() {
        accepted::keys(&args.keys, &args.plan)?;
    }
    let state = match &args.owner {
        None => StatePlace::beside(&args.keys)?,
        Some(path) => {
            let state = Output::claim(path, outputs::container(FileKind::OwnerState), &inputs)?;
            out.differs_from(&state)?;
            StatePlace::named(state, args.seed.seed.is_some())?
        }
    };
    Ok((out, state))
}
