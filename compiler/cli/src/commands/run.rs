//! `hep run`: the server's command. Nothing here can reach a secret key.

use super::{accepted, print_json, run_options, say};
use crate::args::Run;
use crate::costs;
use crate::failure::Failure;
use crate::kinds::{self, Wanted};
use crate::outputs;
use crate::progress::Bar;
use hep_format::container::FileKind;
use hep_format::place::{Orderly, Output};
use hep_plan::magnitude::bytes;
use hep_server::executor::{Options, RunError};
use hep_server::{Checkpoints, Ran, Training};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

/// Runs a plan on ciphertexts.
pub fn run(args: &Run) -> Result<(), Failure> {
    let inputs = [
        Some(args.plan.as_path()),
        Some(&args.eval_keys),
        Some(&args.input),
        args.costs.costs.as_deref(),
        args.resume.as_deref(),
    ];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().collect();
    let out = Output::claim(&args.out, outputs::container(FileKind::Outputs), &inputs)?;
    let costs = costs::load(&args.costs)?;
    let started = Instant::now();
    let prepared = accepted::pinned(&args.plan, &args.pin)?;
    kinds::expect(&args.input, Wanted::Container(FileKind::Inputs))?;
    kinds::expect(&args.eval_keys, Wanted::Container(FileKind::EvaluationKeys))?;
    let iterations = args.iterations.unwrap_or(prepared.plan().info.iterations);
    if let Some(resume) = &args.resume {
        kinds::expect(resume, Wanted::Container(FileKind::Checkpoint))?;
    }
    // Before anything is computed that would have no place.
    let checkpoint = args.checkpoint.as_deref();
    checkpoint.map(|path| Output::claim(path, outputs::container(FileKind::Checkpoint), &[])).transpose()?;
    let orderly = checkpoint.map(|_| Orderly::begin());
    let stop = || orderly.as_ref().is_some_and(Orderly::asked);
    let every = Duration::from_secs(args.checkpoint_every);
    let training = Training {
        iterations: args.iterations,
        resume: args.resume.as_deref(),
        checkpoints: checkpoint.map(|path| Checkpoints { path, every }),
        stop: Some(&stop),
    };
    let mut bar = Bar::new(prepared.plan(), &costs.table);
    let memory = args.memory.or(prepared.plan().info.memory);
    let ran = hep_server::run_training(
        &prepared,
        [&args.eval_keys, &args.input],
        out,
        Options { memory, ..run_options(&args.run) },
        training,
        &mut |progress| bar.update(&progress),
    );
    bar.finish();
    let Ran { origin, predicted } = match (ran, checkpoint) {
        (Err(hep_server::Error::Run(stopped @ RunError::Stopped { .. })), Some(path)) => {
            return Err(Failure::Stopped { what: stopped.to_string(), checkpoint: path.to_path_buf() });
        }
        (ran, _) => ran?,
    };
    super::warn_insecure(origin.insecure);
    let seconds = started.elapsed().as_secs_f64();
    let peak = hep_server::memory::peak_resident_bytes();
    if args.output.json {
        return print_json(&json!({
            "seconds": { "run": seconds },
            "peak_bytes": peak,
            "predicted_peak_bytes": predicted,
            "iterations": iterations,
        }));
    }
    let memory = peak.map_or_else(String::new, |peak| {
        format!(", peak memory {} of {} predicted", bytes(peak), bytes(predicted))
    });
    say(format_args!(
        "{iterations} iterations in {seconds:.1} s{memory}, result written to {}",
        args.out.display()
    ));
    Ok(())
}
