//! `hep bench`: what it prints, on a ring that takes seconds.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::Place;
use serde_json::Value;

const NAMES: [&str; 4] = ["full-pair", "full-real", "slots13-real", "slots9-real"];
const SMALL: &str = "bench refresh --threads 1 --ring 10 --insecure";

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|set| set["name"].as_str().unwrap()).collect()
}

#[test]
fn every_set_has_its_figures() {
    let place = Place::new();
    let report = place.hep(&format!("{SMALL} --json")).done().json();
    assert_eq!(names(&report["sets"]), NAMES);
    assert_eq!((&report["threads"], &report["clock"]), (&1.into(), &"processor".into()));
    assert!(report["machine"]["cores"].as_u64().unwrap() > 0 && report["machine"]["cpu"].is_string());
    assert!(names(&report["left_out"]).is_empty());
    for set in report["sets"].as_array().unwrap() {
        for name in [
            "seconds",
            "least_seconds",
            "rotations",
            "rotation_seconds",
            "bits_rms",
            "bits_worst",
            "bits_left",
            "key_bytes",
            "table_bytes",
        ] {
            assert!(set[name].as_f64().unwrap() > 0.0, "{name} of {set}");
        }
        assert!(set["peak_bytes"].is_u64() || !cfg!(target_os = "linux"), "{set}");
        for phase in ["slots_to_coeffs", "raise", "coeffs_to_slots", "trace", "eval_mod"] {
            assert!(set["phases"][phase].as_f64().unwrap() > 0.0, "{phase} of {set}");
        }
        for values in ["random", "at_bound"] {
            assert!(set[values]["bits_rms"].as_f64().unwrap() >= set["bits_rms"].as_f64().unwrap());
        }
        assert_eq!((&set["ring_log2"], &set["security_bits"]), (&10.into(), &0.into()));
    }
}

#[test]
fn sets_are_chosen_and_told_apart_from_those_that_do_not_fit() {
    let place = Place::new();
    let one = format!("{SMALL} --set slots9-real");
    let text = place.hep(&one).done().out;
    assert!(text.contains("slots9-real") && !text.contains("full-real"), "{text}");
    for word in ["rotations", "EvalMod", "peak", "without security", "1 thread\n"] {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
    let all = place.hep(&format!("{SMALL} --set slots9-real --set full-real --json")).done().json();
    assert_eq!(names(&all["sets"]), ["full-real", "slots9-real"]);
    // Enough for the smaller one.
    let needed = |set: &str| -> f64 {
        let refused = place.hep(&format!("{SMALL} --set {set} --memory 1MB")).err;
        let told = refused.split("takes ").nth(1).and_then(|rest| rest.split(' ').next());
        told.and_then(|megabytes| megabytes.parse().ok()).unwrap_or_else(|| panic!("{refused}"))
    };
    let [small, large] = ["slots9-real", "full-real"].map(needed);
    assert!(small < large);
    let memory = ((small + large) / 2.0 * 1e6) as u64;
    let some =
        place.hep(&format!("{SMALL} --set full-real --set slots9-real --memory {memory} --json")).done();
    assert!(some.err.contains("warning: full-real is left out: it takes"), "{}", some.err);
    let some = some.json();
    assert_eq!((names(&some["sets"]), names(&some["left_out"])), (vec!["slots9-real"], vec!["full-real"]));
    assert!(some["left_out"][0]["needed_bytes"].as_u64().unwrap() > memory);
    place.refused(
        &format!("{one} --memory 1MB"),
        &["no set fits: slots9-real takes", "there are 1.0 MB", "help: "],
    );
}

#[test]
fn wrong_words_are_refused_with_those_that_there_are() {
    let place = Place::new();
    let unknown = place.hep("bench refresh --set full");
    assert_eq!(unknown.code, Some(2));
    for name in NAMES {
        assert!(unknown.err.contains(name), "no {name} in {}", unknown.err);
    }
    for line in
        ["bench", "bench refresh --ring 10", "bench refresh --insecure", "bench refresh --ring 9 --insecure"]
    {
        assert_eq!(place.hep(line).code, Some(2), "hep {line}");
    }
    let help = place.hep("bench refresh --help").done().out;
    for word in ["--set", "--threads", "--memory", "--json", "slots13-real", "hep bench refresh --threads 1"]
    {
        assert!(help.contains(word), "no `{word}` in {help}");
    }
    assert!(place.hep("bench --help").done().out.contains("refresh"));
}
