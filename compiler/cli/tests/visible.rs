//! Names that files bring along steer no terminal, whatever command says them.

#![allow(clippy::unwrap_used)] // all of this is test code

mod common;

use common::{Place, table};

/// Clears the screen, in seven and in eight bits; turns the text around; goes back to the start of the line.
const NAMES: [&str; 4] = ["a\u{1b}[2Ja", "b\u{9b}2Jb", "c\u{202e}c", "d\re"];

fn steers(text: &str) -> bool {
    let marks = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().any(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || marks(c))
}

#[test]
fn classes_columns_and_files() {
    let place = Place::new();
    let data = table(&NAMES[..3], 24).replace(",a,", ",\u{1b}[31ma,").replace(",c\n", ",c\u{2066}\n");
    place.write("\u{1b}]0;x.csv", data.clone());
    place.write("odd\u{9b}.csv", data.replacen("0.", "\u{1b}[7m0.", 3));
    place.write("quoted.csv", data.replace(NAMES[0], "\"d\re\""));
    place.write("turned\u{202e}.hep", "program x\nlet \u{1b}[31m = \u{202e}1\n");
    for line in [
        "check mlr.hep --data \u{1b}]0;x.csv",
        "simulate mlr.hep --data \u{1b}]0;x.csv -o model.npz",
        "train mlr.hep --data \u{1b}]0;x.csv --ring 11 --insecure -o model.npz",
        "predict model.npz --data \u{1b}]0;x.csv",
        "eval model.npz --data \u{1b}]0;x.csv",
        "info model.npz",
        "check mlr.hep --data quoted.csv",
        "check mlr.hep --data odd\u{9b}.csv",
        "check mlr.hep --data none\u{1b}.csv",
        "check mlr.hep --data data.csv --label \u{1b}[2J",
        "check turned\u{202e}.hep",
        "check none\u{1b}[2J.hep",
        "check mlr.hep --\u{1b}[2J",
        "\u{9b}2J",
        "std \u{1b}[2J",
        "explain H99\u{1b}[2J",
        "run \u{1b}[2J --eval-keys keys --in in.hct -o out.hct",
    ] {
        for more in ["", " --json"] {
            let outcome = place.hep(&format!("{line}{more}"));
            assert!(!steers(&outcome.out) && !steers(&outcome.err), "hep {line}{more}: {outcome:?}");
            assert!(!(outcome.out.is_empty() && outcome.err.is_empty()), "hep {line}");
        }
    }
}

/// Machines get the names as they are.
#[test]
fn json_holds_the_names_unchanged() {
    let place = Place::new();
    place.write("data.csv", table(&NAMES[..3], 24));
    place.hep("simulate mlr.hep --data data.csv -o model.npz").done();
    let labels = place.hep("predict model.npz --data data.csv --json").done().json();
    let labels: Vec<&str> =
        labels["labels"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
    assert!(NAMES[..3].iter().all(|name| labels.contains(name)), "{labels:?}");
}

#[test]
fn headers_of_foreign_files() {
    let place = Place::new();
    place.upload();
    for dtype in NAMES {
        let escaped = serde_json::to_string(dtype).unwrap();
        let header = format!(r#"{{"x":{{"dtype":{escaped},"shape":[1],"data_offsets":[0,8]}}}}"#);
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
        place.write("foreign.hct", &bytes);
        for line in [
            "info foreign.hct",
            "run plan.hepc --eval-keys keys/eval.keys --in foreign.hct -o out.hct",
            "check foreign.hct",
        ] {
            let outcome = place.hep(line);
            assert!(outcome.code == Some(1) && !steers(&outcome.err), "hep {line}: {outcome:?}");
        }
    }
}

/// A snapshot is text that anybody may have written.
#[test]
fn lines_of_snapshots() {
    let place = Place::new();
    let sizes = "-p n=16 -p f=3 -p c=3 --ring 11 --insecure";
    place.hep(&format!("snapshot mlr.hep {sizes} --update")).done();
    let kept = String::from_utf8(place.read("mlr.schedule")).unwrap();
    for name in NAMES {
        place.write("mlr.schedule", kept.replacen("rotat", &format!("rot{name}at"), 4));
        let outcome = place.hep(&format!("snapshot mlr.hep {sizes} --full"));
        assert!(outcome.code == Some(1) && !steers(&outcome.out) && !steers(&outcome.err), "{outcome:?}");
    }
}
