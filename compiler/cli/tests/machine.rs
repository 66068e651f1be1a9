//! Commands about the machine: calibrate, doctor, the cost table that others use.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::{Place, SIZES};
use serde_json::Value;

/// Where `hep` looks for the user's own table: below the cache folder that the tests set.
const USER_TABLE: &str = "cache/hep/costs.json";
const EXPLAIN: &str = "explain mlr.hep";

fn explain(place: &Place, more: &str) -> common::Outcome {
    place.hep(&format!("{EXPLAIN} {SIZES} {more}")).done()
}

fn total(report: &Value) -> f64 {
    report["seconds"]["runs"][0]["total"].as_f64().unwrap()
}

/// A table of this machine, for one small ring.
fn calibrated(place: &Place, line: &str) -> Value {
    place.hep(&format!("calibrate --quick --rings 10 --json {line}")).done().json()
}

#[test]
fn calibrate_writes_a_table_that_every_command_finds() {
    let place = Place::new();
    let report = calibrated(&place, "");
    assert!(report["file"].as_str().unwrap().ends_with(USER_TABLE));
    let table: Value = serde_json::from_slice(&place.read(USER_TABLE)).unwrap();
    assert_eq!(table, report["table"]);
    assert_eq!(table["version"], 1);
    assert_eq!(table["rings"][0]["log_n"], 10);
    assert!(table["rings"][0]["seconds"]["transform"].as_f64().unwrap() > 0.0);
    let operations = report["operations"].as_array().unwrap();
    assert!(operations.iter().all(|o| o["seconds"].as_f64().unwrap() > 0.0));
    assert!(explain(&place, "").out.contains("costs.json, measured on"));
    assert!(place.files().keys().all(|path| path.extension().is_none_or(|e| e != "new")));
}

#[test]
fn calibrate_writes_where_it_is_told_and_measures_what_it_is_told() {
    let place = Place::new();
    calibrated(&place, "--out costs.json");
    assert!(!place.path(USER_TABLE).exists());
    let outcome = explain(&place, "--costs costs.json");
    assert!(outcome.out.contains("estimated by costs.json"), "{}", outcome.out);
    let text = place.hep("calibrate --quick --rings 10,11 --out costs.json").done();
    assert!(text.out.contains("2^10") && text.out.contains("2^11"), "{}", text.out);
    place.refused("calibrate --quick --rings 10 --out nowhere/costs.json", &["no folder nowhere", "help:"]);
    assert_eq!(place.hep("calibrate --rings 9").code, Some(2));
}

#[test]
fn explain_predicts_seconds_by_the_table_that_ships() {
    let place = Place::new();
    let text = explain(&place, "").out;
    assert!(text.contains("\n  seconds          1 thread"), "{text}");
    assert!(text.contains("estimated by the table that ships with hep, measured on"), "{text}");
    let report = explain(&place, "--json").json();
    let run = &report["seconds"]["runs"][0];
    let parts: f64 = run["iterations"].as_array().unwrap().iter().map(|s| s.as_f64().unwrap()).sum();
    let prologue = run["prologue"].as_f64().unwrap();
    assert_eq!(run["threads"], 1);
    assert!((parts + prologue - total(&report)).abs() < 1e-9 && total(&report) > 0.0);
    for wide in &report["seconds"]["runs"].as_array().unwrap()[1..] {
        assert!(wide["total"].as_f64().unwrap() < total(&report));
    }
}

#[test]
fn a_slower_machine_takes_longer_by_its_own_table() {
    let place = Place::new();
    // Twice the seconds of every step: the same choices, twice the time.
    let mut table: Value = serde_json::from_str(&hep_plan::cost::CostTable::shipped().to_json()).unwrap();
    for ring in table["rings"].as_array_mut().unwrap() {
        for seconds in ring["seconds"].as_object_mut().unwrap().values_mut() {
            *seconds = (2.0 * seconds.as_f64().unwrap()).into();
        }
    }
    place.write("slow.json", table.to_string());
    let shipped = total(&explain(&place, "--json").json());
    let slow = total(&explain(&place, "--costs slow.json --json").json());
    assert!((slow / shipped - 2.0).abs() < 1e-9, "{slow} {shipped}");
}

#[test]
fn a_damaged_table_is_named_and_what_to_do_about_it() {
    let place = Place::new();
    let shipped = hep_plan::cost::CostTable::shipped().to_json();
    let version = shipped.replacen("\"version\": 1", "\"version\": 7", 1);
    let negative = shipped.replacen("\"transform\": ", "\"transform\": -", 1);
    for (text, words) in [
        (&shipped[..100], &["is damaged", "line"][..]),
        ("", &["is damaged"]),
        ("{\"version\": 1}", &["is damaged", "missing field"]),
        (&version, &["version 7", "reads version 1"]),
        (&negative, &["transform", "between 0 and 60"]),
    ] {
        place.write("bad.json", text);
        place.write(USER_TABLE, text);
        for command in [EXPLAIN, "compile mlr.hep"] {
            let mut all = vec!["bad.json", "help: measure again: `hep calibrate --out bad.json`"];
            all.extend(words);
            place.refused(&format!("{command} {SIZES} --costs bad.json"), &all);
        }
        // The user's own is left out with a warning.
        let outcome = explain(&place, "");
        assert!(outcome.out.contains("the table that ships"), "{}", outcome.out);
        for word in [&["warning:", "costs.json", "help: measure again"], words].concat() {
            assert!(outcome.err.contains(word), "no `{word}` in {}", outcome.err);
        }
    }
    place.refused(
        &format!("{EXPLAIN} {SIZES} --costs nowhere.json"),
        &["cannot read", "nowhere.json", "help:"],
    );
    place.write("binary.json", [b'{', 0xc3, 0x28]);
    place.refused(&format!("{EXPLAIN} {SIZES} --costs binary.json"), &["binary.json", "no text"]);
    place.refused(&format!("{EXPLAIN} {SIZES} --costs mlr.hep"), &["mlr.hep is a program, but a cost table"]);
}

#[test]
fn a_table_of_other_kernels_is_used_with_a_warning() {
    let place = Place::new();
    let table = hep_plan::cost::CostTable::shipped().to_json();
    let isa = &hep_plan::cost::CostTable::shipped().machine.isa;
    place.write(USER_TABLE, table.replace(&format!("\"{isa}\""), "\"other\""));
    let outcome = explain(&place, "");
    assert!(outcome.err.contains("was measured with other") && outcome.err.contains("hep calibrate"));
    assert!(outcome.out.contains("costs.json"));
}

#[test]
fn the_doctor_says_what_the_machine_is() {
    let place = Place::new();
    let report = place.hep("doctor --keys keys/deep --json").done().json();
    for name in ["cores", "memory_available", "disk_available"] {
        assert!(report[name].as_u64().unwrap() > 0, "{name}");
    }
    assert!(["portable", "avx2", "avx512"].contains(&report["instruction_set"].as_str().unwrap()));
    for name in ["transform_seconds", "transform_expected", "rotation_seconds", "rotation_expected"] {
        assert!(report["speed"][name].as_f64().unwrap() > 0.0, "{name}");
    }
    let examples = report["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 4);
    for example in examples {
        assert!(example["seconds"].as_f64().unwrap() > 0.0);
        assert!(example["memory_bytes"].as_u64().unwrap() > 1_000_000);
    }
    let all = examples.iter().all(|example| example["fits"] == true);
    assert_eq!(report["fit"], all);
    assert!(!place.path("keys").exists());
}

#[test]
fn the_doctor_says_what_is_forced() {
    let place = Place::new();
    let outcome = place.hep_with(&[("HEP_ISA", "portable")], "doctor").done();
    assert!(outcome.out.contains("portable (forced by HEP_ISA"), "{}", outcome.out);
    for word in ["processor", "memory", "large pages", "disk", "speed", "mlr_quadratic_gradient"] {
        assert!(outcome.out.contains(word), "no `{word}` in {}", outcome.out);
    }
}

#[test]
fn every_command_refuses_kernels_that_do_not_exist() {
    let place = Place::new();
    for line in ["doctor", "calibrate", "check mlr.hep", "explain H0203", "info nothing"] {
        let outcome = place.hep_with(&[("HEP_ISA", "sse9")], line);
        outcome.failed(&["HEP_ISA", "sse9", "help:", "portable"]);
        assert_eq!(outcome.out, "");
    }
}
