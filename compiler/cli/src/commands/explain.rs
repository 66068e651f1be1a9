//! `hep explain`

mod page;
mod passes;
mod timings;

use super::{print, print_json};
use crate::args::{Drawn, Explain};
use crate::failure::Failure;
use crate::{costs, data, source};
use hep_compiler::Options;
use hep_compiler::checks;
use hep_compiler::diagnostics::codes;
use hep_compiler::explain;
use hep_compiler::explain::drawing::Drawing;
use hep_compiler::explain::lines::{self, Line};
use hep_compiler::stage::Clock;
use serde::Serialize;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

/// What is printed as JSON.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    report: explain::Report,
    approximations: Vec<checks::Approximated>,
    lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passes: Option<Vec<passes::Without>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timings: Option<Vec<timings::Timed>>,
}

/// Compiles and reports what the plan costs; or says what an error code means.
pub fn run(args: &Explain) -> Result<(), Failure> {
    if let Some(entry) = args.program.program.to_str().and_then(code) {
        if args.output.json {
            let codes::Entry { code, title, explanation } = entry;
            return print_json(&json!({ "code": code, "title": title, "explanation": explanation }));
        }
        print(&format!("{}: {}\n{}\n", entry.code, entry.title, entry.explanation))?;
        return Ok(());
    }
    if let Some(text) =
        args.program.program.to_str().filter(|text| is_code(text) && !Path::new(text).exists())
    {
        return Err(unknown(text));
    }
    let file = source::read(&args.program)?;
    let costs = costs::load(&args.costs)?;
    let started = Instant::now();
    let clock = Clock::reading(move || started.elapsed());
    let options = Options { clock, ..source::packing_options(&args.program, &args.params, &costs) };
    let analysis = source::analyze(&file, &options)?;
    source::warn(&file, &analysis.warnings, false)?;
    let compiled = source::lower(&file, analysis, &options)?;
    let basis = costs.basis();
    let program = &compiled.analysis.program;
    if let Some(drawn) = args.emit {
        let drawing = Drawing::of(&compiled.plan, &compiled.spans(), &file, basis);
        print(&match drawn {
            Drawn::Dot => explain::dot::dot(&drawing, &file.name),
            Drawn::Html => page::page(&compiled.plan, &drawing, &file.name, basis)?,
        })?;
        return Ok(());
    }
    let timings = args.timings.then(|| timings::of(&options.clock));
    let lines = lines::lines(&compiled.plan, &compiled.spans(), &file, basis);
    let worth = args.passes.then(|| passes::measure(&file, &options, basis)).transpose()?;
    if args.output.json {
        let report = explain::timed_report(&compiled.plan, basis);
        let approximations = checks::approximations(program);
        return print_json(&Explained { report, approximations, lines, passes: worth, timings });
    }
    print(&explain::timed_text(&compiled.plan, basis))?;
    print(&lines::text(&lines, &file))?;
    print(&checks::scaling::text(&compiled.symmetries, &compiled.tensor, &file))?;
    print(&checks::approximations_text(program))?;
    if let Some(worth) = worth {
        print(&passes::text(&worth))?;
    }
    if let Some(timings) = timings {
        print(&timings::text(&timings))?;
    }
    Ok(())
}

/// The entry of a code of the compiler or of data files.
fn code(text: &str) -> Option<&'static codes::Entry> {
    let of_data = || data::CODES.iter().find(|entry| entry.code.eq_ignore_ascii_case(text));
    codes::explain(text).or_else(of_data)
}

/// Whether a word has the form of a code.
fn is_code(text: &str) -> bool {
    let digits = text.strip_prefix(['H', 'h']);
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn unknown(text: &str) -> Failure {
    let text = text.to_ascii_uppercase();
    let mut codes: Vec<&str> = codes::TABLE.iter().chain(data::CODES).map(|entry| entry.code).collect();
    codes.sort_unstable();
    let family = text.get(..3).unwrap_or(&text);
    let near: Vec<&str> = codes.iter().copied().filter(|code| code.starts_with(family)).collect();
    let list = |codes: &[&str]| match codes {
        [first, .., last] => format!("{first} to {last}"),
        codes => codes.concat(),
    };
    let help = match near.as_slice() {
        [] => {
            format!("codes are from {}; `hep explain {}` says what the first means", list(&codes), codes[0])
        }
        near => format!("codes of this family are from {}", list(near)),
    };
    Failure::with_help(format!("there is no code {text}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_means_two_things() {
        assert!(data::CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(data::CODES.iter().all(|entry| codes::explain(entry.code).is_none()));
        assert_eq!(code("h0703").map(|entry| entry.code), Some("H0703"));
        assert!(code("mlr.hep").is_none());
    }
}
