//! Errors for machines: under `--json` whatever fails is one JSON value of one shape, for every command.

#![allow(clippy::unwrap_used)] // all of this is test code

mod common;

use common::{Outcome, Place, SIZES, SMALL};
use serde_json::Value;

/// The fields of every message.
const FIELDS: [&str; 7] = ["file", "severity", "code", "title", "labels", "note", "help"];

/// What fails: the command, its exit code, and the code of the message where it has one.
const FAILURES: [(&str, i32, Option<&str>); 47] = [
    // Programs.
    ("check broken.hep", 1, Some("H0201")),
    ("explain broken.hep", 1, Some("H0201")),
    ("simulate broken.hep --data data.csv", 1, Some("H0201")),
    ("train broken.hep --data data.csv", 1, Some("H0201")),
    ("compare broken.hep", 1, Some("H0201")),
    ("diff broken.hep mlr.hep", 1, Some("H0201")),
    ("snapshot broken.hep --update", 1, Some("H0201")),
    ("check narrow.hep --data data.csv --strict", 1, Some("H0301")),
    ("train narrow.hep --data data.csv --strict --ring 11 --insecure", 1, Some("H0301")),
    ("explain mlr.hep --key-budget 1kB", 1, Some("H0506")),
    ("compile mlr.hep --key-budget 1kB", 1, Some("H0506")),
    ("compile broken.hep", 1, Some("H0201")),
    // Data.
    ("check mlr.hep --data holes.csv", 1, Some("H0703")),
    ("simulate mlr.hep --data words.csv", 1, Some("H0704")),
    ("train mlr.hep --data words.csv", 1, Some("H0704")),
    ("compare mlr.hep --data none.csv", 1, Some("H0701")),
    ("encrypt plan.hepc --keys keys --data holes.csv -o x.hct", 1, Some("H0703")),
    ("eval model.npz --data words.csv", 1, Some("H0704")),
    ("predict model.npz --data odd.csv --label none", 1, Some("H0716")),
    ("eval data.npz --data data.csv", 1, Some("H0712")),
    ("train mlr.hep --data data.csv --rows 0..99", 1, Some("H0707")),
    // Files, sizes and keys.
    ("check none.hep", 1, None),
    ("explain H9999", 1, None),
    ("simulate mlr.hep --data data.csv -p n=3", 1, Some("H0713")),
    ("keygen plan.hepc -o keys", 1, None),
    ("keygen data.csv -o others", 1, None),
    ("encrypt plan.hepc --keys none --data data.csv --rows 0..16 -o x.hct", 1, None),
    ("encrypt plan.hepc --keys keys --data data.csv -o x.hct", 1, Some("H0713")),
    ("run plan.hepc --eval-keys keys/public.key --in in.hct -o x.hct", 1, None),
    ("decrypt plan.hepc --keys keys --in in.hct -o x.npz", 1, None),
    ("predict none.npz --data data.csv", 1, Some("H0701")),
    ("info none.csv", 1, None),
    ("check mlr.hep --data data.npz", 1, Some("H0710")),
    ("std losses.bse", 1, None),
    ("diff none.schedule mlr.hep", 1, None),
    ("snapshot mlr.hep", 1, None),
    ("train mlr.hep --data data.csv -o none/model.npz", 1, None),
    ("calibrate --quick --rings 10 --out none/costs.json", 1, None),
    ("doctor --costs none.json", 1, None),
    ("bench refresh --memory 1kB", 1, None),
    // Wrong usage.
    ("check", 2, None),
    ("train mlr.hep --data data.csv --test-rows x", 2, None),
    ("run plan.hepc --lots", 2, None),
    ("compare mlr.hep mlr.hep", 2, None),
    ("simulate mlr.hep --data data.csv --exact --engine slots", 2, None),
    ("calibrate --rings 99", 2, None),
    ("bench refresh --set full", 2, None),
];

fn place() -> Place {
    let place = Place::new();
    place.upload();
    place.hep("simulate mlr.hep --data data.csv --rows 0..16 -o model.npz").done();
    let text = String::from_utf8(place.read("mlr.hep")).unwrap();
    place.write("broken.hep", text.replace("predict logits", "predict logit"));
    place.write("narrow.hep", text.replace("on -8 .. 8", "on -2 .. 2"));
    let table = String::from_utf8(place.read("data.csv")).unwrap();
    let cell = table.lines().nth(3).unwrap().split(',').nth(2).unwrap();
    for (name, text) in [("holes.csv", ""), ("words.csv", "tall")] {
        place.write(name, table.replacen(&format!(",{cell},"), &format!(",{text},"), 1));
    }
    place.write("odd.csv", "a,b,z\n1,2,3\n");
    place.write("data.npz", "no archive");
    place
}

/// Exit code, and one JSON value with messages that have all fields.
fn errors(line: &str, outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    let errors =
        json["errors"].as_array().unwrap_or_else(|| panic!("hep {line}: no errors in {json}")).clone();
    assert!(!errors.is_empty(), "hep {line}: {json}");
    for message in &errors {
        assert!(FIELDS.iter().all(|name| message.get(name).is_some()), "hep {line}: {message}");
        assert_eq!(message["severity"], "error", "hep {line}");
        let title = message["title"].as_str().unwrap();
        assert!(!title.is_empty() && !title.starts_with("error"), "hep {line}: {title}");
    }
    errors
}

#[test]
fn whatever_fails_is_one_json_value_of_one_shape() {
    let place = place();
    for (line, code, expected) in FAILURES {
        let outcome = place.hep(&format!("{line} --json"));
        assert_eq!(outcome.code, Some(code), "hep {line}: {}{}", outcome.out, outcome.err);
        let errors = errors(line, &outcome);
        assert_eq!(errors[0]["code"].as_str(), expected, "hep {line}: {errors:?}");
        // The same for people.
        assert!(outcome.err.contains(errors[0]["title"].as_str().unwrap()), "hep {line}: {}", outcome.err);
    }
}

/// Every command has `--json`, and one that the table forgets would be seen.
#[test]
fn the_table_has_every_command() {
    let place = Place::new();
    let help = place.hep("--help").done().out;
    let list = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let commands: Vec<&str> = list
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() > 15, "{help}");
    for command in commands {
        assert!(place.hep(&format!("{command} --help")).done().out.contains("--json"), "{command}");
        let tried = FAILURES.iter().any(|(line, ..)| line.split(' ').next() == Some(command));
        assert!(tried, "hep {command} --json");
    }
}

#[test]
fn places_in_programs_and_tables_are_said() {
    let place = place();
    let of = |line: &str| {
        let outcome = place.hep(&format!("{line} --json"));
        errors(line, &outcome)[0].clone()
    };
    let program = of("train broken.hep --data data.csv");
    assert_eq!(
        (&program["file"], &program["labels"][0]["start"]["line"]),
        (&"broken.hep".into(), &36.into())
    );
    let table = of("train mlr.hep --data words.csv");
    assert_eq!(table["file"], "words.csv");
    assert_eq!(table["labels"][0]["start"], serde_json::json!({ "line": 4, "column": 3 }));
    assert!(table["help"].as_str().unwrap().contains("--label"), "{table}");
}

#[test]
fn several_programs_have_all_errors_in_their_one_value() {
    let place = place();
    place.hep(&format!("snapshot mlr.hep {SIZES} {SMALL} --update")).done();
    for line in [
        format!("snapshot mlr.hep broken.hep none.hep {SIZES} {SMALL}"),
        format!("compare mlr.hep broken.hep none.hep {SIZES} {SMALL}"),
    ] {
        let outcome = place.hep(&format!("{line} --json"));
        assert_eq!(outcome.code, Some(1), "{}", outcome.err);
        assert_eq!(errors(&line, &outcome).len(), 2, "{}", outcome.out);
    }
}
