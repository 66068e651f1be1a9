//! What every optimization is worth: the program compiled once without each.

use crate::failure::Failure;
use crate::source;
use crate::table::{Align, Table};
use hep_compiler::Options;
use hep_compiler::explain::time::{Basis, seconds};
use hep_compiler::explain::{Report, report};
use hep_compiler::optimization::Optimization;
use hep_compiler::source::SourceFile;
use hep_plan::magnitude::bytes;
use serde::Serialize;

/// The program without one optimization.
#[derive(Serialize)]
pub struct Without {
    /// The optimization; none for the program as it is.
    without: Option<&'static str>,
    /// What it costs, where it compiles.
    report: Option<Report>,
    /// Predicted seconds of a run with one thread.
    seconds: Option<f64>,
    /// Why it does not compile.
    refused: Option<String>,
}

/// The program as it is, then without each optimization that the options do not leave out already.
pub fn measure(file: &SourceFile, options: &Options, basis: Basis<'_>) -> Result<Vec<Without>, Failure> {
    let left = Optimization::ALL.into_iter().filter(|one| options.optimizations.contains(*one)).map(Some);
    [None].into_iter().chain(left).map(|one| compiled(file, options, basis, one)).collect()
}

fn compiled(
    file: &SourceFile,
    options: &Options,
    basis: Basis<'_>,
    one: Option<Optimization>,
) -> Result<Without, Failure> {
    let optimizations = one.map_or(options.optimizations, |one| options.optimizations.without(one));
    let options = Options { optimizations, ..options.clone() };
    let analysis = source::analyze(file, &options)?;
    let name = one.map(Optimization::name);
    Ok(match source::schedule(analysis, &options) {
        Ok(compiled) => Without {
            without: name,
            seconds: seconds(&compiled.plan, basis).runs.first().map(|run| run.total),
            report: Some(report(&compiled.plan)),
            refused: None,
        },
        Err(refusal) => {
            Without { without: name, report: None, seconds: None, refused: Some(refusal.message.title) }
        }
    })
}

/// The table.
pub fn text(found: &[Without]) -> String {
    let mut table = Table::new([Align::Left].into_iter().chain([Align::Right; 10]));
    table.row([
        "without",
        "ring",
        "levels",
        "rotations",
        "hoisted",
        "relin",
        "ct*ct",
        "ct*pt",
        "keys",
        "upload",
        "seconds",
    ]);
    for one in found {
        let name = one.without.unwrap_or("nothing");
        let Some(report) = &one.report else {
            table.row([name, one.refused.as_deref().unwrap_or_default()]);
            continue;
        };
        let total = &report.total;
        table.row([
            name.to_string(),
            format!("2^{}", report.ring_log2),
            total.levels.to_string(),
            total.rotations.to_string(),
            total.rotations_hoisted.to_string(),
            total.relinearizations.to_string(),
            total.ct_products.to_string(),
            total.pt_products.to_string(),
            bytes(report.eval_key_memory),
            bytes(report.upload_bytes),
            one.seconds.map_or_else(String::new, |seconds| format!("{seconds:.1}")),
        ]);
    }
    format!("what every optimization is worth, in the whole run:\n{}", table.text())
}
