//! `hep keygen`

use super::{on_pool, print_json, run_options};
use crate::args::Keygen;
use crate::failure::Failure;
use crate::progress;
use hep_compiler::diagnostics::units::bytes;
use serde_json::json;
use std::time::Instant;

/// Makes the keys of a plan.
pub fn run(args: &Keygen) -> Result<(), Failure> {
    let started = Instant::now();
    let prepared = hep_exec::files::load_plan(&args.plan)?;
    let made = progress::spin("making keys", || {
        on_pool(run_options(&args.run), || hep_exec::owner::keygen(&prepared, &args.out, args.seed.seed))
    })?;
    let origin = made?;
    super::warn_insecure(origin.insecure);
    let plan = prepared.plan();
    if args.output.json {
        return print_json(&json!({
            "keys": origin.keys,
            "eval_key_bytes": plan.eval_key_bytes(),
            "rotation_keys": plan.keys.rotations.len(),
            "seconds": { "keygen": started.elapsed().as_secs_f64() },
        }));
    }
    eprintln!(
        "keys written to {}: secret.key stays here, eval.keys ({}) goes to the server",
        args.out.display(),
        bytes(plan.eval_key_bytes())
    );
    Ok(())
}
