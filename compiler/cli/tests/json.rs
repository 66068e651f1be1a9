//! What machines read: the fields of every `--json`, and the stages of the compiler.

mod common;

use common::{Place, SIZES, SMALL};
use serde_json::Value;

const COUNTS: [&str; 8] = [
    "levels",
    "rotations",
    "rotations_hoisted",
    "relinearizations",
    "ct_products",
    "pt_products",
    "rescales",
    "bootstraps",
];
const ONCE: [&str; 11] = [
    "ring_log2",
    "log2_q",
    "log2_qp",
    "security_bits",
    "rotation_keys",
    "eval_key_bytes",
    "upload_bytes",
    "upload_ciphertexts",
    "predicted_precision_bits",
    "revealed_numbers",
    "expected_hints",
];

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("`{name}` is no number in {value}"))
}

#[test]
fn explain_has_all_counts() {
    let place = Place::new();
    for program in ["mlr.hep", "published.hep"] {
        let report = place.hep(&format!("explain {program} {SIZES} --json")).done().json();
        let iterations = report["iterations"].as_array().unwrap();
        assert_eq!(iterations.len(), 2);
        for name in COUNTS {
            let parts: f64 =
                iterations.iter().chain([&report["prologue"]]).map(|part| number(part, name)).sum();
            assert_eq!(number(&report["total"], name), parts, "{name} does not add up");
        }
        assert!(ONCE.iter().all(|name| number(&report, name) > 0.0), "{report}");
        assert!(number(&report, "security_bits") >= 128.0);
        assert!(number(&report, "log2_qp") > number(&report, "log2_q"));
        assert!(number(&report, "predicted_precision_bits") >= 16.0);
        assert!(number(&report["total"], "rotations_hoisted") <= number(&report["total"], "rotations"));
        assert_eq!(number(&report["total"], "bootstraps"), 0.0);
        let lines = report["lines"].as_array().unwrap();
        for name in ["rotations", "relinearizations"] {
            let sum: f64 = lines.iter().map(|line| number(line, name)).sum();
            assert_eq!(number(&report["total"], name), sum, "{name} of the lines do not add up");
        }
        let shares: f64 = lines.iter().map(|line| number(line, "share")).sum();
        assert!((shares - 1.0).abs() < 1e-9 && lines.iter().all(|line| line["file"] == program), "{lines:?}");
    }
    let forced = place.hep(&format!("explain mlr.hep {SIZES} --ring 16 --json")).done().json();
    assert_eq!(forced["ring_log2"], 16);
    let insecure = place.hep(&format!("explain mlr.hep {SIZES} {SMALL} --json")).done().json();
    assert_eq!(insecure["security_bits"], 0.0);
}

#[test]
fn a_budget_of_keys_is_kept_and_its_price_is_said() {
    let place = Place::new();
    // Wide folds and products of rotations have other rotations where keys are composed; without them the counts can be compared.
    let without = "--without radix-4 --without double-hoisting";
    let explain = format!("explain mlr.hep {SIZES} {SMALL} {without} --json");
    let whole = place.hep(&explain).done().json();
    assert_eq!((&whole["composed_rotations"], &whole["extra_rotations"]), (&0.into(), &0.into()));
    let budget = (0.6 * number(&whole, "eval_key_memory")) as u64;
    let fewer = place.hep(&format!("{explain} --key-budget {budget}B")).done().json();
    assert!(number(&fewer, "eval_key_memory") <= budget as f64);
    assert!(number(&fewer, "rotation_keys") < number(&whole, "rotation_keys"));
    assert!(number(&fewer, "composed_rotations") > 0.0);
    let more = number(&fewer["total"], "rotations") - number(&whole["total"], "rotations");
    assert_eq!(number(&fewer, "extra_rotations"), more);
    let none = place.hep(&format!("{explain} --key-budget 1kB"));
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("H0506") && none.err.contains("--key-budget "), "{}", none.err);
    let wrong = place.hep(&format!("{explain} --key-budget lots"));
    assert!(wrong.err.contains("4GB, 500MB or 2GiB"), "{}", wrong.err);
}

#[test]
fn train_says_times_memory_and_accuracy() {
    let place = Place::new();
    let train = format!("train mlr.hep {SMALL} --data data.csv --rows 0..16 --json");
    let report = place.hep(&format!("{train} --test-rows 16..24")).done().json();
    for phase in ["compile", "keygen", "encrypt", "run", "decrypt"] {
        assert!(number(&report["seconds"], phase) > 0.0, "{phase}");
    }
    assert_eq!(report["iterations"], 2);
    assert_eq!(report["train_accuracy"], 1.0);
    assert_eq!(report["test_accuracy"], 1.0);
    assert!(number(&report, "peak_bytes") > 1e6);
    assert_eq!(place.hep(&train).done().json()["test_accuracy"], Value::Null);
}

#[test]
fn roles_say_what_they_did() {
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    let explained = place.hep(&format!("explain mlr.hep {SIZES} {SMALL} --json")).done().json();

    let made = place.hep("keygen plan.hepc -o keys --json").done().json();
    assert!(number(&made["seconds"], "keygen") > 0.0);
    for name in ["eval_key_bytes", "rotation_keys"] {
        assert_eq!(made[name], explained[name]);
    }
    let sent = place
        .hep("encrypt plan.hepc --keys keys --data data.csv --rows 0..16 -o in.hct --json")
        .done()
        .json();
    assert!(number(&sent["seconds"], "encrypt") > 0.0);
    for name in ["upload_bytes", "upload_ciphertexts"] {
        assert_eq!(sent[name], explained[name]);
    }
    let ran =
        place.hep("run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct --json").done().json();
    assert!(number(&ran["seconds"], "run") > 0.0 && number(&ran, "peak_bytes") > 1e6);
    assert_eq!(ran["iterations"], 2);
    let got = place.hep("decrypt plan.hepc --keys keys --in out.hct -o model.npz --json").done().json();
    assert!(number(&got["seconds"], "decrypt") > 0.0);

    // What is announced is what lies on the disk, apart from headers.
    for (file, announced) in
        [("in.hct", &explained["upload_bytes"]), ("keys/eval.keys", &explained["eval_key_bytes"])]
    {
        let (found, announced) = (place.read(file).len() as f64, announced.as_f64().unwrap());
        assert!(found >= announced && found < announced + 20_000.0, "{file}: {found} and {announced}");
    }
    let eval = place.hep("eval model.npz --data data.csv --rows 16..24 --json").done().json();
    assert_eq!((&eval["rows"], &eval["accuracy"]), (&8.into(), &1.0.into()));
    let predicted = place.hep("predict model.npz --data data.csv --rows 16..18 --json").done().json();
    assert_eq!(predicted, serde_json::json!({ "labels": ["dog", "owl"] }));
}

#[test]
fn simulate_reports_and_traces_every_iteration() {
    let place = Place::new();
    let simulate = "simulate mlr.hep --data data.csv --rows 0..16 --test-rows 16..24";
    let report = place.hep(&format!("{simulate} --json --trace trace.json")).done().json();
    let iterations = report["iterations"].as_array().unwrap();
    assert_eq!(iterations.len(), 2);
    for name in ["loss", "train_accuracy", "test_accuracy", "largest_score"] {
        assert!(iterations.iter().all(|iteration| number(iteration, name) >= 0.0));
    }
    assert!(number(&iterations[1], "loss") < number(&iterations[0], "loss"));
    let trace: Value = serde_json::from_slice(&place.read("trace.json")).unwrap();
    let values = &trace["iterations"][1]["values"];
    for name in ["G", "M", "W", "V"] {
        assert_eq!(values[name]["shape"], serde_json::json!([3, 4]), "{name}");
        assert_eq!(values[name]["data"].as_array().unwrap().len(), 12);
    }
    place.hep(&format!("{simulate} --trace trace.npz -o twin.npz")).done();
    let last: Vec<f64> = values["W"]["data"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert_eq!(place.array("trace.npz", "t2/W"), last);
    assert_eq!(place.array("twin.npz", "W"), last);
}

#[test]
fn stages_print_the_same_every_time() {
    let place = Place::new();
    for program in ["mlr.hep", "published.hep", "lr.hep"] {
        let sizes = if program == "lr.hep" { "-p n=16 -p f=3" } else { SIZES };
        for stage in ["tokens", "ast", "tensor", "slot", "ckks", "plan", "dot"] {
            let print = || place.hep(&format!("compile {program} {sizes} {SMALL} --emit {stage}")).done().out;
            let first = print();
            assert!(first.lines().count() > 10, "{stage}: {first}");
            assert_eq!(first, print(), "{stage} of {program}");
        }
    }
    assert_eq!(place.files().len(), 4, "--emit writes no file");
}

#[test]
fn a_plan_has_the_name_of_its_program_unless_told() {
    let place = Place::new();
    let made = place.hep(&format!("compile mlr.hep {SIZES} {SMALL}")).done();
    assert_eq!((made.out.as_str(), place.path("mlr.hepc").is_file()), ("", true));
}

#[test]
fn compile_says_which_plan_it_wrote_and_what_it_costs() {
    let place = Place::new();
    let compile = format!("compile mlr.hep {SIZES} {SMALL}");
    let said = place.hep(&format!("{compile} -o plan.hepc --json")).done().json();
    let info = place.hep("info plan.hepc --json").done().json();
    assert_eq!(said["file"], "plan.hepc");
    for field in ["plan", "eval_key_bytes", "predicted_peak_bytes", "iterations"] {
        assert!(!said[field].is_null(), "{field}");
        assert_eq!(said[field], info[field], "{field}");
    }
    assert_eq!(place.hep(&format!("{compile} --emit slot --json")).code, Some(2));
}
