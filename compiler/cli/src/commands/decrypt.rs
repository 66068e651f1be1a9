//! `hep decrypt`

use super::{accepted, print_json, say};
use crate::args::Decrypt;
use crate::failure::Failure;
use crate::figures::{self, figures};
use crate::kinds::{self, Wanted};
use crate::model::{Model, Usage};
use crate::outputs;
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind};
use hep_format::place::Output;
use hep_owner::files::SECRET_KEY;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

/// Decrypts the result and writes the model.
pub fn run(args: &Decrypt) -> Result<(), Failure> {
    let secret = args.keys.join(SECRET_KEY);
    let inputs = [Some(args.plan.as_path()), Some(&args.input), Some(&secret), args.owner.as_deref()];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().collect();
    outputs::model_name(&args.out)?;
    let out = Output::claim(&args.out, outputs::MODEL.shared_if(args.shared.shared), &inputs)?;
    accepted::keys(&args.keys, &args.plan)?;
    let started = Instant::now();
    let prepared = accepted::by_owner(&args.plan, &args.accept)?;
    kinds::expect(&args.input, Wanted::Container(FileKind::Outputs))?;
    if let Some(state) = &args.owner {
        kinds::expect(state, Wanted::Container(FileKind::OwnerState))?;
    }
    let round = args.round.map(f64::from);
    let state = match &args.owner {
        Some(state) => state.clone(),
        None => hep_owner::find_state(&prepared, &args.keys, &args.input)?,
    };
    coarser(&prepared, &state, round)?;
    let decrypted = hep_owner::decrypt(&prepared, &args.keys, &state, &args.input, round)?;
    super::warn_insecure(decrypted.origin.insecure);
    let insecure = decrypted.origin.insecure;
    let hints = decrypted.state.outlook.expected_hints(prepared.plan(), round);
    let model = Model {
        usage: Usage::of_plan(&prepared, insecure, decrypted.state.names.columns),
        revealed: decrypted.revealed,
        state: decrypted.state.tensors,
        classes: decrypted.state.names.classes,
    };
    // Before the model is there to be published.
    let keys = &decrypted.origin.keys;
    let count = match hep_owner::count_publication(&args.keys, keys) {
        // Who does not know how much was published may publish too much.
        Err(error @ FileError::NoCount { .. }) => return Err(error.into()),
        counted => counted
            .map_err(|e| say(format_args!("warning: results under these keys are not counted: {e}")))
            .ok(),
    };
    model.save(out)?;
    model.usage.warn();
    if args.output.json {
        return print_json(&json!({
            "model": args.out.display().to_string(),
            "revealed": figures(&model.revealed),
            "publications": count,
            "expected_hints": hints,
            "seconds": { "decrypt": started.elapsed().as_secs_f64() },
        }));
    }
    say(format_args!("model written to {}", args.out.display()));
    if !model.predicts() {
        say(format_args!(
            "revealed (the program has no `predict`):\n{}",
            figures::text(&figures(&model.revealed), "  ")
        ));
    }
    if let Some(count) = count {
        let digits = usize::from(hints < 10.0);
        let times = if count == 1 { "once" } else { &format!("{count} times") };
        say(format_args!(
            "decrypted {times} under these keys; in every publication {hints:.digits$} numbers are expected to tell the sign of their noise (docs/security.md)"
        ));
    }
    Ok(())
}

/// Refuses a grid that is finer than that of every output.
fn coarser(prepared: &Prepared, state: &Path, round: Option<f64>) -> Result<(), Failure> {
    let Some(bits) = round else { return Ok(()) };
    let (state, _) = hep_owner::files::load_state(prepared, state).map_err(hep_owner::Error::from)?;
    let finest = state.outlook.finest(prepared.plan());
    if bits <= finest {
        return Ok(());
    }
    Err(Failure::with_help(
        format!("--round {bits} is finer than what holds of these results, {finest} bits after the point"),
        "give fewer bits: rounding only gets coarser, because the bits below are noise that depends on the key",
    ))
}
