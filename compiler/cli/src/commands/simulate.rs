//! `hep simulate`: the clear twin.

use super::{print, print_json, writable};
use crate::args::Simulate;
use crate::failure::Failure;
use crate::twin::Engine;
use crate::{data, sizes, source, trace, twin};
use hep_compiler::Options;
use hep_compiler::checks::range_warnings;
use serde_json::json;

/// The engine asked for; named values are those of whole tensors.
fn engine(args: &Simulate) -> Result<Option<Engine>, Failure> {
    let tensors = args.trace.is_some() || args.exact;
    match args.engine {
        Some(Engine::Compiled | Engine::Slots) if tensors => {
            Err(Failure::Usage("--trace and --exact need whole tensors: leave out --engine".into()))
        }
        None if tensors => Ok(Some(Engine::Tensors)),
        wanted => Ok(wanted),
    }
}

/// Trains in the clear and reports every iteration.
pub fn run(args: &Simulate) -> Result<(), Failure> {
    for path in [&args.out, &args.trace].into_iter().flatten() {
        writable(path)?;
    }
    let engine = engine(args)?;
    let file = source::read(&args.program)?;
    let options = Options { exact: args.exact, ..source::options(&args.program) };
    let real = source::has_real_targets(&file, &options)?;
    let data = data::training(&args.data, Some(&args.test), real)?;
    let (analysis, _) = sizes::analyse(&file, &args.program.sizes, options, &data, &args.data.data)?;
    source::warn(&file, &analysis.warnings, args.strict.strict)?;
    let mut reports: Vec<twin::Iteration> = Vec::new();
    let mut recorder = args.trace.as_deref().map(trace::Recorder::new).transpose()?;
    if !args.output.json {
        print("iteration       loss   train    test   largest score\n");
    }
    let trained = twin::simulate_on(engine, &analysis.program, &data, |report, values| {
        if let Some(recorder) = &mut recorder {
            recorder.record(report.iteration, values);
        }
        if !args.output.json {
            let percent = |share: Option<f64>| share.map_or("-".into(), |s| format!("{:.2} %", 100.0 * s));
            print(&format!(
                "{:>9} {:>10} {:>7} {:>7} {:>15.4}\n",
                report.iteration,
                report.loss.map_or("-".into(), |l| format!("{l:.5}")),
                percent(Some(report.train_accuracy)),
                percent(report.test_accuracy),
                report.largest_score,
            ));
        }
        reports.push(report);
        Ok(())
    })?;
    if let Some(note) = &trained.note {
        eprintln!("note: trained on whole tensors: {note}");
    }
    let ranges: Vec<_> = reports.iter().flat_map(|r| r.ranges.iter().cloned()).collect();
    source::warn(&file, &range_warnings(&analysis.program, &ranges, |_| None), args.strict.strict)?;
    if let Some(recorder) = recorder {
        recorder.finish()?;
    }
    if let Some(out) = &args.out {
        trained.model.save(out)?;
    }
    if args.output.json {
        let last = reports.last();
        return print_json(&json!({
            "engine": trained.engine.name(),
            "iterations": reports,
            "train_accuracy": last.map(|r| r.train_accuracy),
            "test_accuracy": last.and_then(|r| r.test_accuracy),
        }));
    }
    Ok(())
}
