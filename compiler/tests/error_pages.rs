//! The examples of `docs/errors.md`: what is shown as a mistake gives the code of its section, what is shown as the
//! correction does not.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, analyze};
use std::path::Path;

/// A fenced block of a section.
struct Example {
    code: String,
    fixed: bool,
    text: String,
}

fn examples() -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    for section in page.split("\n### ").skip(1) {
        let (code, _) = section.split_once(':').unwrap();
        let mut rest = section;
        while let Some((_, after)) = rest.split_once("\n```hep") {
            let (kind, block) = after.split_once('\n').unwrap();
            let (text, next) = block.split_once("```").unwrap();
            let fixed = match kind {
                "" => false,
                ",fixed" => true,
                other => panic!("{code}: unknown kind of example {other}"),
            };
            found.push(Example { code: code.to_owned(), fixed, text: text.to_owned() });
            rest = next;
        }
    }
    found
}

/// The lines of an example in a program that trains with the example's loss, or else with a likelihood.
fn program(lines: &str) -> String {
    let loss = lines.lines().find_map(|line| line.strip_prefix("loss ")?.split('(').next());
    let usual = "loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))\n";
    let (name, own) = loss.map_or(("nll", usual), |name| (name, ""));
    let line = if lines.contains("approx") || loss.is_some() {
        ""
    } else {
        "approx sigmoid on -8 .. 8 degree 3 by least_squares\n"
    };
    format!(
        "program example\ndim n = 8\ndim f = 3\ndim T = 2\nowner X0 : real[n, f]\nowner y : class[n, 2]\n\
         secret X : real[n, f] = X0\nsecret Y : bit[n] = y\nlet score(w) = X @ w\n{own}{line}{lines}\
         train {{\n  var w : real[f] = 0\n  for t in 1 .. T {{\n    \
         w = w - 0.1 * grad({name}, Y, score, at = w)\n  }}\n}}\nreveal w\npredict score(w)\n"
    )
}

fn messages(text: &str) -> Vec<Diagnostic> {
    match analyze(&SourceFile::new("example.hep", program(text)), &Options::default()) {
        Ok(analysis) => analysis.warnings,
        Err(messages) => messages,
    }
}

#[test]
fn examples_give_the_code_of_their_section() {
    for Example { code, fixed, text } in examples() {
        let found: Vec<&str> = messages(&text).iter().map(|message| message.code).collect();
        if fixed {
            assert!(found.is_empty(), "the correction of {code} gives {found:?}:\n{text}");
        } else {
            assert_eq!(found, [code.as_str()], "the example of {code}:\n{text}");
        }
    }
}

#[test]
fn every_mistake_about_losses_has_an_example() {
    let shown: Vec<String> = examples().into_iter().filter(|e| !e.fixed).map(|e| e.code).collect();
    for code in (302..=308).chain(310..=315) {
        assert!(shown.contains(&format!("H0{code}")), "H0{code}");
    }
}

/// The first help of a message about a loss can be pasted: the program compiles with it.
#[test]
fn helps_can_be_pasted() {
    let mut pasted = 0;
    for Example { code, fixed, text } in examples() {
        let help = messages(&text).into_iter().find_map(|message| message.help);
        let Some(line) = help.as_deref().and_then(|help| help.split('`').nth(1)) else { continue };
        if fixed || !line.starts_with("approx ") || ["H0304", "H0315"].contains(&code.as_str()) {
            continue;
        }
        pasted += 1;
        let found = messages(&format!("{text}{line}\n"));
        assert!(found.is_empty(), "{code}: `{line}` gives {found:?}");
    }
    assert!(pasted >= 2, "{pasted}");
}
