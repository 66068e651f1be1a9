//! `hep train`: all roles in one process, each phase timed.

use super::{on_pool, print, print_json, read_files, run_options, warn_insecure};
use crate::args::Train;
use crate::data::{Dataset, Summary};
use crate::failure::Failure;
use crate::figures::{self, Figure, figures};
use crate::fit::Fits;
use crate::model::{Model, Usage};
use crate::planned::{self, Planned};
use crate::progress::{self, Bar};
use crate::twin::{self, judgement};
use crate::{costs, data, outputs, sizes, source};
use hep_compiler::diagnostics::units::bytes;
use hep_exec::files::Names;
use hep_exec::owner::{encrypt_rehearsed, generate_keys, reveal};
use hep_exec::place::Output;
use hep_exec::{Entropy, Prepared};
use serde::Serialize;
use std::time::Instant;

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
}

/// Trains on ciphertexts.
pub fn run(args: &Train) -> Result<(), Failure> {
    let content = outputs::MODEL.shared_if(args.shared.shared);
    let inputs = read_files(&args.program, &args.data, &args.test, &args.costs);
    let out = args.out.as_deref().map(|path| Output::claim(path, content, &inputs)).transpose()?;
    let mut seconds = Seconds::default();
    let file = source::read(&args.program)?;
    let costs = costs::load(&args.costs)?;
    let options = source::packing_options(&args.program, &args.params, &costs);
    let real = source::has_real_targets(&file, &options)?;
    let dataset = data::training(&args.data, Some(&args.test), real)?;
    dataset.summary.say();
    let clock = Instant::now();
    let (analysis, options) = sizes::analyse(&file, &args.program.sizes, options, &dataset, &args.data.data)?;
    let findings = judgement::judge(&file, &analysis, &options, &dataset, false)?;
    let (strict, force) = (args.strict.strict, args.force.force);
    let diverges = judgement::accept(&file, &analysis.warnings, &findings, strict, force)?;
    let inputs = twin::inputs(&analysis.program, &dataset);
    let machine = run_options(&args.run);
    let planned = progress::spin("compiling", || {
        planned::plan(&file, &analysis, &options, inputs, diverges.as_deref())
    })?;
    let Planned { prepared, rehearsal, .. } = planned;
    seconds.compile = clock.elapsed().as_secs_f64();

    hep_exec::executor::check_memory(prepared.plan(), machine).map_err(hep_exec::Error::from)?;
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
    let outputs = hep_exec::server::run_in_memory(
        &prepared,
        &keys.evaluation,
        upload.inputs.as_slice(),
        machine,
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
        peak_bytes: hep_exec::memory::peak_resident_bytes(),
    };
    if args.output.json {
        return print_json(&outcome);
    }
    print(&text(&prepared, &outcome))?;
    Ok(())
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
        text += &format!("  peak memory {}\n", bytes(peak));
    }
    text
}
