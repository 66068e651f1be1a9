//! `hep compare`: programs and losses side by side.

mod candidate;
mod measure;
mod page;
mod rows;

use super::{print, print_json, say};
use crate::args::Compare;
use crate::costs;
use crate::failure::{self, Failure};
use crate::outputs;
use crate::svg;
use crate::table::{Align, Table};
use candidate::candidates;
use hep_format::place::Output;
use measure::{Data, Measured, measure};
use rows::{Block, Quantity};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Measures every candidate; what is wrong with one does not hide the others.
pub fn run(args: &Compare) -> Result<(), Failure> {
    let read = [args.data.data.as_deref(), args.test.test.as_deref(), args.costs.costs.as_deref()];
    let read: Vec<&Path> =
        args.programs.iter().map(PathBuf::as_path).chain(read.into_iter().flatten()).collect();
    let page = args.html.as_deref().map(|path| Output::claim(path, outputs::PAGE, &read)).transpose()?;
    let candidates = candidates(args)?;
    let all = candidates.len();
    let costs = costs::load(&args.costs)?;
    let data = Data::given(args);
    let (mut found, mut failures, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in candidates {
        let name = candidate.name.clone();
        match measure(candidate, args, data.as_ref(), &costs) {
            Ok(measured) => found.push(measured),
            Err(failure) => {
                failed.push(json!({ "name": name, "message": failure.to_string() }));
                failures.push(failure);
            }
        }
    }
    if let Some(out) = page.filter(|_| !found.is_empty()) {
        let path = out.path().display().to_string();
        let page = page::page(&found, data.as_ref().and_then(Data::text), &costs.name)?;
        out.write_whole(page.as_bytes())?;
        say(format_args!("page written to {path}"));
    }
    // Without curves and costs nothing has been compared.
    failures.extend(found.iter().filter(|m| m.curve.is_empty()).filter_map(|m| {
        let error = m.cost.as_ref().err()?;
        let note = error.note.as_ref().map_or(String::new(), |note| format!(": {note}"));
        let what = format!("{}: {}{note}", m.name, error.title);
        Some(Failure::Message { what, help: error.help.clone() })
    }));
    if args.output.json {
        let candidates: Vec<Value> = found.iter().map(|m| entry(&found, m)).collect();
        let errors: Vec<Value> = failures.iter().flat_map(failure::messages).collect();
        print_json(&json!({ "candidates": candidates, "failed": failed, "errors": errors }))?;
    } else if !found.is_empty() {
        print(&text(&found))?;
    }
    Failure::together(failures, all, "candidates")
}

fn text(found: &[Measured]) -> String {
    let mut blocks = rows::blocks(found);
    let fits = [Quantity::Test, Quantity::Train, Quantity::TestTargets, Quantity::TrainTargets];
    let fit = fits.into_iter().find_map(|quantity| rows::iterations(found, quantity));
    for mut block in fit.into_iter().chain(rows::iterations(found, Quantity::Loss)) {
        let shown = svg::iterations(block.rows.len() as u32);
        block.rows.retain(|row| row.name.parse().is_ok_and(|name| shown.contains(&name)));
        blocks.push(block);
    }
    let notes: String = rows::notes(found).into_iter().map(|note| format!("\n{note}\n")).collect();
    table(found, &blocks) + &notes
}

/// One table, so that a candidate has one column.
fn table(found: &[Measured], blocks: &[Block]) -> String {
    let mut table = Table::new(std::iter::once(Align::Left).chain(found.iter().map(|_| Align::Right)));
    let names = found.iter().map(|measured| measured.name.clone());
    table.row(std::iter::once(String::new()).chain(names));
    for block in blocks {
        table.heading(&block.title);
        block.rows.iter().for_each(|row| table.row(std::iter::once(&row.name).chain(&row.cells)));
    }
    table.text()
}

fn entry(found: &[Measured], measured: &Measured) -> Value {
    let cost = measured.cost.as_ref();
    let approximations: Vec<Value> = measured
        .substitutions
        .iter()
        .map(|s| {
            json!({
                "function": s.function,
                "polynomials": s.polynomials,
                "degree": s.degree(),
                "range": s.domain.map(|(lo, hi)| [lo, hi]),
                "error": s.max_error(),
            })
        })
        .collect();
    json!({
        "name": measured.name,
        "program": measured.program,
        "loss": measured.loss,
        "dims": measured.dims.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "iterations": measured.curve,
        "outside_range": measured.outside,
        "approximations": approximations,
        "plan": cost.ok().map(|cost| &cost.plan),
        "same_plan_as": rows::same_plan(found, measured),
        "costs": cost.ok().map(|cost| &cost.report),
        "refused": cost.err().map(|error| {
            json!({ "code": error.code, "title": error.title, "note": error.note, "help": error.help })
        }),
    })
}
