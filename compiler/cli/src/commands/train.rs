//! `hep train`: all roles in one process, each phase timed.

use super::{on_pool, print, print_json, read_files, run_options, say, warn_insecure};
use crate::args::Train;
use crate::data::{Dataset, Summary};
use crate::failure::Failure;
use crate::figures::{self, Figure, figures};
use crate::fit::Fits;
use crate::model::{Model, Usage};
use crate::on_data::{self, OnData};
use crate::planned::{self, Planned};
use crate::progress::{self, Bar};
use crate::twin::{self, judgement};
use crate::{costs, outputs, source};
use hep_compiler::Options;
use hep_format::Prepared;
use hep_format::place::Output;
use hep_owner::Entropy;
use hep_owner::files::Names;
use hep_owner::{Seeded, encrypt_rehearsed, generate_keys, reveal};
use hep_plan::magnitude::bytes;
use hep_server::executor::{Grant, Options as Machine, RunError};
use serde::Serialize;
use std::time::Instant;

/// Plans that are made at most until one fits the memory: what the process holds grows with each that is made.
const TRIES: usize = 8;

/// Seconds of each phase.
#[derive(Debug, Default, Serialize)]
struct Seconds {
    compile: f64,
    keygen: f64,
    encrypt: f64,
    run: f64,
    decrypt: f64,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Outcome {
    iterations: u32,
    /// None for a program without `predict`.
    #[serde(flatten)]
    fits: Option<Fits>,
    revealed: Vec<Figure>,
    data: Summary,
    seconds: Seconds,
    peak_bytes: Option<u64>,
    /// Most memory that was predicted.
    predicted_peak_bytes: u64,
}

/// Trains on ciphertexts.
pub fn run(args: &Train) -> Result<(), Failure> {
    let content = outputs::MODEL.shared_if(args.shared.shared);
    let inputs = read_files(&args.program, &args.data, &args.test, &args.costs);
    args.out.as_deref().map_or(Ok(()), outputs::model_name)?;
    let out = args.out.as_deref().map(|path| Output::claim(path, content, &inputs)).transpose()?;
    let mut seconds = Seconds::default();
    let file = source::read(&args.program)?;
    let costs = costs::load(&args.costs)?;
    let options = source::packing_options(&args.program, &args.params, &costs);
    let clock = Instant::now();
    let OnData { analysis, options, data: dataset } =
        on_data::open(&file, options, &args.data, Some(&args.test))?;
    let findings = judgement::judge_plans(&file, &analysis, &options, &dataset, false)?;
    let (strict, force) = (args.strict.strict, args.force.force);
    let diverges = judgement::accept(&file, &analysis.warnings, &findings, strict, force)?;
    let inputs = twin::inputs(&analysis.program, &dataset);
    let machine = Machine { memory: args.params.memory, ..run_options(&args.run) };
    let plan = |held: u64| {
        let options = Options { one_process: Some(held), ..options.clone() };
        // What the compiler made beside the plan is not kept.
        let Planned { prepared, rehearsal, compilation } =
            planned::plan(&file, &analysis, &options, inputs.clone(), (diverges.as_deref(), force))?;
        drop(compilation);
        Ok((prepared, rehearsal))
    };
    let granted = |(prepared, _): &(Prepared, _)| Grant::one_process(prepared.plan(), machine);
    let ((prepared, rehearsal), grant) = progress::spin("compiling", || fitting(plan, granted))?;
    within(machine)?;
    seconds.compile = clock.elapsed().as_secs_f64();
    let expected = hep_plan::cost::estimate(prepared.plan(), &costs.table, machine.threads).total;
    let memory = bytes(grant.predicted());
    say(format_args!("predicted: {expected:.0} s on ciphertexts beside keys and encryption, {memory}"));

    let entropy = Entropy::new(args.seed.seed);
    let clock = Instant::now();
    let keys = progress::spin("making keys", || on_pool(machine, || generate_keys(&prepared, entropy)))??;
    seconds.keygen = clock.elapsed().as_secs_f64();
    warn_insecure(keys.origin.insecure);

    let clock = Instant::now();
    let names = Names { classes: dataset.classes.clone(), columns: dataset.columns.clone() };
    let upload = progress::spin("encrypting", || {
        on_pool(machine, || {
            let uploads = rehearsal.uploads;
            encrypt_rehearsed(&prepared, &keys.secret, &keys.origin, uploads, names, entropy)
        })
    })??;
    seconds.encrypt = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    let iterations = prepared.plan().info.iterations;
    let mut bar = Bar::new(prepared.plan(), &costs.table);
    let outputs = hep_server::run_in_memory(
        &prepared,
        &keys.evaluation,
        &Seeded::new(&prepared, upload.inputs),
        grant,
        &mut |progress| bar.update(&progress),
    )?;
    bar.finish();
    seconds.run = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    let revealed = reveal(&prepared, &keys.secret, &outputs, &upload.state.outlook)?;
    seconds.decrypt = clock.elapsed().as_secs_f64();
    let model = Model {
        usage: Usage::of_plan(&prepared, upload.origin.insecure, upload.state.names.columns),
        revealed,
        state: upload.state.tensors,
        classes: upload.state.names.classes,
    };
    if let Some(out) = out {
        model.save(out)?;
    }
    let outcome = Outcome {
        iterations,
        fits: model.predicts().then(|| fits(&model, &dataset)).transpose()?,
        revealed: figures(&model.revealed),
        data: dataset.summary,
        seconds,
        peak_bytes: hep_server::memory::peak_resident_bytes(),
        predicted_peak_bytes: grant.predicted(),
    };
    if args.output.json {
        return print_json(&outcome);
    }
    print(&text(&prepared, &outcome))?;
    Ok(())
}

/// The plan whose run fits the memory beside what this process holds by then, as is known when it was made.
fn fitting<P, G>(
    plan: impl Fn(u64) -> Result<P, Failure>,
    granted: impl Fn(&P) -> Result<G, RunError>,
) -> Result<(P, G), Failure> {
    let mut held = 0;
    for _ in 1..TRIES {
        let planned = plan(held)?;
        match granted(&planned) {
            Ok(grant) => return Ok((planned, grant)),
            Err(RunError::Memory { needed, available, .. }) => held += needed - available,
            Err(other) => return Err(hep_owner::Error::from(other).into()),
        }
    }
    let planned = plan(held)?;
    let grant = granted(&planned).map_err(hep_owner::Error::from)?;
    Ok((planned, grant))
}

/// Refuses to go on where making the plan took more than all may take.
fn within(machine: Machine) -> Result<(), Failure> {
    match (hep_server::memory::peak_resident_bytes(), machine.memory) {
        (Some(taken), Some(limit)) if taken > limit => Err(Failure::with_help(
            format!("making the plan took {} of memory, {} are allowed", bytes(taken), bytes(limit)),
            "compile the program without a limit of this process (`hep compile`), and run the plan with one",
        )),
        _ => Ok(()),
    }
}

fn fits(model: &Model, data: &Dataset) -> Result<Fits, Failure> {
    Ok(Fits {
        train: model.fit(&data.x, &data.y)?,
        test: data.test.as_ref().map(|(x, y)| model.fit(x, y)).transpose()?,
    })
}

fn text(prepared: &Prepared, outcome: &Outcome) -> String {
    let params = &prepared.plan().params;
    let s = &outcome.seconds;
    let mut text = format!(
        "{} iterations on ciphertexts, ring 2^{}, {:.0}-bit security\n",
        outcome.iterations,
        params.log_n,
        params.security_bits()
    );
    match outcome.fits {
        Some(Fits { train, test }) => {
            text += &format!("  train {} {train}\n", train.title());
            if let Some(test) = test {
                text += &format!("  test {}  {test}\n", test.title());
            }
        }
        None => {
            text += "  revealed (the program has no `predict`):\n";
            text += &figures::text(&outcome.revealed, "    ");
        }
    }
    text += &format!(
        "  seconds: compile {:.1}, keygen {:.1}, encrypt {:.1}, run {:.1}, decrypt {:.1}\n",
        s.compile, s.keygen, s.encrypt, s.run, s.decrypt
    );
    if let Some(peak) = outcome.peak_bytes {
        text +=
            &format!("  peak memory {} of {} predicted\n", bytes(peak), bytes(outcome.predicted_peak_bytes));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// Plans of 100 bytes less what is known to be held beside them, in a process that holds more with each of the first
    /// three that are made.
    fn planned(available: u64, more: u64) -> (Vec<u64>, Result<(u64, u64), Failure>) {
        let made = RefCell::new(Vec::new());
        let plan = |held: u64| {
            made.borrow_mut().push(held);
            Ok(100u64.saturating_sub(held).max(10))
        };
        let granted = |plan: &u64| {
            let needed = *plan + more * (made.borrow().len() as u64).min(3);
            let refused = RunError::Memory { needed, available, addresses: false };
            if needed <= available { Ok(needed) } else { Err(refused) }
        };
        let found = fitting(plan, granted);
        (made.take(), found)
    }

    #[test]
    fn plans_are_made_until_one_fits_beside_what_the_process_holds() {
        let (made, found) = planned(120, 20);
        assert_eq!((made, found.unwrap()), (vec![0], (100, 120)));
        // What the first made the process hold is known to the second.
        let (made, found) = planned(90, 20);
        let (plan, needed) = found.unwrap();
        assert!(made.len() > 2 && needed <= 90 && plan < 70, "{made:?}");
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]), "{made:?}");
    }

    #[test]
    fn plans_that_never_fit_end_in_the_last_refusal() {
        let (made, found) = planned(60, 30);
        assert_eq!(made.len(), TRIES);
        let said = found.unwrap_err().to_string();
        assert!(said.contains("this run needs 0.0 MB of memory"), "{said}");
    }
}
