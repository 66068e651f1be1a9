//! `hep calibrate`: measures this machine.

use super::{print, print_json, say};
use crate::args::Calibrate;
use crate::costs::{self, CostFileError};
use crate::failure::Failure;
use crate::{outputs, progress};
use hep_calibrate::{Calibration, RINGS, calibrate};
use hep_format::place::Output;
use hep_plan::cost::{CostTable, RingCosts, Units};
use serde_json::json;
use std::path::Path;

/// A difference that is worth a word.
const MISFIT: f64 = 0.2;

/// Measures and writes a cost table.
pub fn run(args: &Calibrate) -> Result<(), Failure> {
    let out = destination(args)?;
    let path = out.path().to_path_buf();
    let mut rings = if args.rings.is_empty() { RINGS.collect() } else { args.rings.clone() };
    rings.sort_unstable();
    rings.dedup();
    let found = progress::spin("measuring", || calibrate(&rings, args.quick, &mut |_| {}))?;
    out.write_whole(found.table.to_json().as_bytes())?;
    warn_of_misfits(&found.table);
    if args.output.json {
        return print_json(&report(&found, &path));
    }
    print(&text(&found))?;
    say(format_args!("cost table written to {}", path.display()));
    Ok(())
}

fn destination(args: &Calibrate) -> Result<Output, Failure> {
    match &args.out {
        Some(path) => Ok(Output::claim(path, outputs::COST_TABLE, &[])?),
        None => {
            let path = costs::user_file().ok_or(CostFileError::NoPlace)?;
            if let Some(folder) = path.parent() {
                let reason = |e: std::io::Error| e.to_string();
                let failed = |e| CostFileError::Write { path: path.clone(), reason: reason(e) };
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            Ok(Output::claim(&path, outputs::OWN_COST_TABLE, &[])?)
        }
    }
}

/// The composition fits an idle machine within some percent; others' work shows as a misfit.
fn warn_of_misfits(table: &CostTable) {
    let worst = table.rings.iter().max_by(|a, b| a.fit_error.total_cmp(&b.fit_error));
    if let Some(ring) = worst.filter(|ring| ring.fit_error > MISFIT) {
        say(format_args!(
            "warning: on ring 2^{} operations differ by up to {:.0} % from their composition; was the machine busy?\n help: run `hep calibrate` again when nothing else runs",
            ring.log_n,
            100.0 * ring.fit_error
        ));
    }
}

fn report(found: &Calibration, path: &Path) -> serde_json::Value {
    let operations: Vec<_> = found
        .operations
        .iter()
        .flat_map(|(log_n, list)| list.iter().map(move |o| (log_n, o)))
        .map(|(log_n, o)| {
            let composed = found.table.ring(*log_n).seconds(o.work, 1);
            json!({ "ring_log2": log_n, "name": o.name, "seconds": o.seconds, "composed": composed })
        })
        .collect();
    json!({ "file": path, "table": found.table, "operations": operations })
}

fn text(found: &Calibration) -> String {
    let machine = &found.table.machine;
    let mut text = format!("{}, {} cores, kernels {}\n", machine.cpu, machine.cores, machine.isa);
    text += "microseconds of a step on one limb, one thread\n";
    text += "  ring ";
    for (name, _) in Units::default().named() {
        text += &format!(" {name:>11}");
    }
    text += "  serial share  composed within\n";
    found.table.rings.iter().for_each(|ring| text += &row(ring));
    text
}

fn row(ring: &RingCosts) -> String {
    let mut text = format!("  2^{:<3}", ring.log_n);
    for (_, seconds) in ring.seconds.named() {
        text += &format!(" {:>11.2}", seconds * 1e6);
    }
    text + &format!("  {:>10.0} %  {:>13.0} %\n", 100.0 * ring.serial_share, 100.0 * ring.fit_error)
}
