//! `hep decrypt`

use super::{print_json, writable};
use crate::args::Decrypt;
use crate::failure::Failure;
use crate::figures::{self, figures};
use crate::model::{Model, Usage};
use serde_json::json;
use std::time::Instant;

/// Decrypts the result and writes the model.
pub fn run(args: &Decrypt) -> Result<(), Failure> {
    writable(&args.out)?;
    let started = Instant::now();
    let prepared = hep_exec::files::load_plan(&args.plan)?;
    let state = args.owner.clone().unwrap_or_else(|| args.keys.join("owner.state"));
    let decrypted = hep_exec::owner::decrypt(&prepared, &args.keys, &state, &args.input)?;
    super::warn_insecure(decrypted.origin.insecure);
    let insecure = decrypted.origin.insecure;
    let model = Model {
        usage: Usage::of_plan(&prepared, insecure, decrypted.state.names.columns),
        revealed: decrypted.revealed,
        state: decrypted.state.tensors,
        classes: decrypted.state.names.classes,
    };
    model.save(&args.out)?;
    model.usage.warn();
    if args.output.json {
        return print_json(&json!({
            "model": args.out.display().to_string(),
            "revealed": figures(&model.revealed),
            "seconds": { "decrypt": started.elapsed().as_secs_f64() },
        }));
    }
    eprintln!("model written to {}", args.out.display());
    if !model.predicts() {
        eprint!(
            "revealed (the program has no `predict`):\n{}",
            figures::text(&figures(&model.revealed), "  ")
        );
    }
    Ok(())
}
