//! `hep keygen`

use super::{accepted, on_pool, print_json, run_options, say};
use crate::args::Keygen;
use crate::data::listed;
use crate::failure::Failure;
use crate::kinds;
use crate::progress;
use hep_format::Prepared;
use hep_format::container::FileKind;
use hep_format::files::{EVALUATION_KEYS, PUBLIC_KEY};
use hep_format::place::Output;
use hep_owner::files::SECRET_KEY;
use hep_plan::Layout;
use hep_plan::magnitude::bytes;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// Makes the keys of a plan.
pub fn run(args: &Keygen) -> Result<(), Failure> {
    let started = Instant::now();
    let prepared = accepted::by_owner(&args.plan, &args.accept)?;
    kinds::expect_folder(&args.out)?;
    if !args.output.json {
        say(statement(&prepared));
    }
    let replaced = replaced(&args.out);
    let made = progress::spin("making keys", || {
        on_pool(run_options(&args.run), || hep_owner::keygen(&prepared, &args.out, args.seed.seed))
    })?;
    let origin = made?;
    super::warn_insecure(origin.insecure);
    let plan = prepared.plan();
    if args.output.json {
        return print_json(&json!({
            "keys": origin.keys,
            "plan": prepared.fingerprint(),
            "encrypted": plan.inputs.iter().map(|i| shape(&i.name, &i.layout)).collect::<Vec<_>>(),
            "revealed": plan.outputs.iter().map(|o| shape(&o.name, &o.layout)).collect::<Vec<_>>(),
            "eval_key_bytes": plan.eval_key_bytes(),
            "rotation_keys": plan.keys.rotations().count(),
            "seconds": { "keygen": started.elapsed().as_secs_f64() },
        }));
    }
    say(format_args!(
        "keys written to {}: secret.key stays here, eval.keys ({}) goes to the server",
        args.out.display(),
        bytes(plan.eval_key_bytes())
    ));
    if !replaced.is_empty() {
        say(format_args!(
            "they took the place of {} there, which had no {SECRET_KEY} beside them",
            listed(&replaced)
        ));
    }
    Ok(())
}

/// Keys in the folder that are worth nothing there: those of a secret key that lies elsewhere, or was never made.
fn replaced(folder: &Path) -> Vec<String> {
    let keys = [(PUBLIC_KEY, FileKind::PublicKey), (EVALUATION_KEYS, FileKind::EvaluationKeys)];
    let there = keys.into_iter().filter(|(name, kind)| Output::would_replace(&folder.join(name), *kind));
    there.map(|(name, _)| name.to_owned()).collect()
}

/// What the owner agrees to by making keys: which plan, what it encrypts and what it reveals.
fn statement(prepared: &Prepared) -> String {
    let plan = prepared.plan();
    let mut text = format!("plan {} ({})\n", prepared.fingerprint(), plan.info.name);
    for input in &plan.inputs {
        let told = plan.told_bits(input.scale);
        let _ = writeln!(text, "  encrypts {} {:?}{}", input.name, input.layout.shape, size(told));
    }
    for output in &plan.outputs {
        let (name, shape, bits) = (&output.name, &output.layout.shape, output.precision_bits);
        let value = output.values.first().and_then(|reg| plan.server.values.get(*reg as usize));
        let told = size(value.and_then(|value| plan.told_bits(value.scale)));
        let _ = writeln!(
            text,
            "  reveals  {name} {shape:?}, rounded to {bits} bits after the point in usual units{told}"
        );
    }
    if plan.balanced {
        text += "  its scales tell the server how large values are, rounded up to powers of 16\n";
    }
    text
}

/// The size that a scale tells.
fn size(told: Option<f64>) -> String {
    told.map_or_else(String::new, |bits| format!(", carried like numbers of size 2^{}", bits.round() as i64))
}

fn shape(name: &str, layout: &Layout) -> Value {
    json!({ "name": name, "shape": layout.shape })
}
