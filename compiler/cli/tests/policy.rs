//! What the owner's commands take and say: plans, results, publications.

mod common;

use common::{Outcome, Place, SIZES, SMALL, difference};
use hep_format::container::FileKind;
use hep_format::files::{CiphertextFile, load_plan, save_outputs};

const ENCRYPT: &str = "encrypt plan.hepc --keys keys --data data.csv --rows 0..16 -o x.hct";
const DECRYPT: &str = "decrypt plan.hepc --keys keys --in out.hct -o model.npz";

fn refused(outcome: &Outcome, words: &[&str]) {
    outcome.failed(words);
    assert!(outcome.err.contains("help: "), "{}", outcome.err);
}

#[test]
fn the_owner_refuses_plans_without_security_unless_told() {
    let place = Place::new();
    place.trained();
    for (command, made) in
        [("keygen plan.hepc -o others", "others"), (ENCRYPT, "x.hct"), (DECRYPT, "model.npz")]
    {
        let outcome = place.hep_as_written(command);
        refused(&outcome, &["plan.hepc was compiled without security", "--insecure"]);
        assert!(!place.path(made).exists(), "{command}");
        place.hep_as_written(&format!("{command} --insecure")).done();
        assert!(place.path(made).exists(), "{command}");
    }
    // A plan that compiles by default needs no flag.
    place.hep(&format!("compile mlr.hep {SIZES} -o sound.hepc")).done();
    place.hep_as_written("keygen sound.hepc -o sound").done();
}

#[test]
fn a_plan_is_pinned_by_its_fingerprint() {
    let place = Place::new();
    place.trained();
    let fingerprint = place.hep("info plan.hepc --json").done().json()["plan"].as_str().unwrap().to_string();
    let other = format!("{:0>32}", "1");
    let run = "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o again.hct";
    for command in ["keygen plan.hepc -o others", ENCRYPT, run, DECRYPT] {
        place.hep(&format!("{command} --plan-fingerprint {fingerprint}")).done();
        let outcome = place.hep(&format!("{command} --plan-fingerprint {other}"));
        refused(&outcome, &["plan.hepc is the plan", &fingerprint, &other]);
        assert_eq!(place.hep(&format!("{command} --plan-fingerprint {}", &fingerprint[1..])).code, Some(2));
    }
}

#[test]
fn keygen_says_what_is_encrypted_and_what_is_revealed() {
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    let fingerprint = place.hep("info plan.hepc --json").done().json()["plan"].clone();
    let said = place.hep("keygen plan.hepc -o keys").done().err;
    for words in
        [fingerprint.as_str().unwrap(), "encrypts X [16, 4]", "encrypts Y [16, 3]", "reveals  W [3, 4]"]
    {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    let json = place.hep("keygen plan.hepc -o other --json").done().json();
    assert_eq!(json["plan"], fingerprint);
    assert_eq!(json["revealed"], serde_json::json!([{ "name": "W", "shape": [3, 4] }]));
    assert_eq!(json["encrypted"].as_array().unwrap().len(), 3);
}

#[test]
fn more_security_is_chosen_by_the_table() {
    let place = Place::new();
    let explain = |bits: &str| place.hep(&format!("explain mlr.hep {SIZES} --security {bits} --json"));
    let mut last = f64::INFINITY;
    for (bits, of_ring) in
        [("128", [214.0, 430.0, 868.0]), ("192", [147.0, 297.0, 597.0]), ("256", [114.0, 230.0, 462.0])]
    {
        let report = explain(bits).done().json();
        let ring = report["ring_log2"].as_u64().unwrap() as usize;
        let modulus = report["log2_qp"].as_f64().unwrap();
        assert!(modulus <= of_ring[ring - 13], "{bits} bits: {modulus} on 2^{ring}");
        let (claimed, found) = (bits.parse::<f64>().unwrap(), report["security_bits"].as_f64().unwrap());
        assert!(found >= claimed, "{found}");
        let density = modulus / (1 << ring) as f64;
        assert!(density < last, "more security, and no smaller a modulus for its ring");
        last = density;
    }
    assert_eq!(explain("129").code, Some(2));
    assert_eq!(place.hep(&format!("explain mlr.hep {SIZES} {SMALL} --security 192")).code, Some(2));
    // What was kept under one claim is another schedule than that of the default.
    let snapshot = format!("snapshot mlr.hep {SIZES}");
    place.hep(&format!("{snapshot} --security 192 --update")).done();
    place.hep(&format!("{snapshot} --security 192")).done();
    let outcome = place.hep(&snapshot);
    refused(&outcome, &["is not the one in"]);
    assert!(outcome.out.contains("192 bits  →  128 bits"), "{}", outcome.out);
}

/// Stamps that say the right thing do not make a result.
#[test]
fn a_result_of_other_keys_with_the_right_stamps_is_refused() {
    let place = Place::new();
    place.trained();
    place.copy("out.hct", "own.hct");
    let plan = load_plan(&place.path("plan.hepc")).unwrap();
    let origin = CiphertextFile::open(&plan, &place.path("out.hct"), FileKind::Outputs).unwrap().origin();

    place.hep("keygen plan.hepc -o others --seed 9").done();
    place.hep("encrypt plan.hepc --keys others --data data.csv --rows 0..16 -o others.hct").done();
    place.hep("run plan.hepc --eval-keys others/eval.keys --in others.hct -o others.out").done();
    let forged = CiphertextFile::open(&plan, &place.path("others.out"), FileKind::Outputs).unwrap();
    save_outputs(&plan, &forged.load_all().unwrap(), &origin, &place.path("out.hct")).unwrap();
    place.refused(
        DECRYPT,
        &["out.hct", "`W` cannot come from this plan, these keys", "help: look for damaged files"],
    );

    // The mark of the keys stays when a result lost it.
    let own = CiphertextFile::open(&plan, &place.path("own.hct"), FileKind::Outputs).unwrap();
    let mut unmarked = own.origin();
    unmarked.insecure = hep_format::container::Insecure::default();
    save_outputs(&plan, &own.load_all().unwrap(), &unmarked, &place.path("out.hct")).unwrap();
    let said = place.hep(DECRYPT).done().err;
    assert!(said.contains("made from a seed that can be guessed"), "{said}");
}

#[test]
fn rounding_is_coarser_on_demand_and_never_finer() {
    let place = Place::new();
    place.trained();
    place.hep(DECRYPT).done();
    let fine = place.array("model.npz", "W");
    place.hep(&format!("{DECRYPT} --round 6")).done();
    let coarse = place.array("model.npz", "W");
    assert!(difference(&fine, &coarse) <= 1.0 / 128.0 && fine != coarse);
    assert!(coarse.iter().all(|w| (w * 64.0).fract() == 0.0), "{coarse:?}");
    place.refused(
        &format!("{DECRYPT} --round 60"),
        &["--round 60 is finer than what holds of these results", "help: "],
    );
    let hints = |more: &str| {
        let report = place.hep(&format!("{DECRYPT} {more} --json")).done().json();
        report["expected_hints"].as_f64().unwrap()
    };
    assert!(hints("--round 6") < hints("") / 16.0);
}

#[test]
fn publications_are_counted_by_key_set() {
    let place = Place::new();
    place.trained();
    for times in ["once", "2 times", "3 times"] {
        let said = place.hep(DECRYPT).done().err;
        assert!(said.contains(&format!("decrypted {times} under these keys")), "{said}");
    }
    let report = place.hep(&format!("{DECRYPT} --json")).done().json();
    assert_eq!(report["publications"], 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place.path("keys/publications.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Without a count nobody knows how much may still be published.
    std::fs::remove_file(place.path("model.npz")).unwrap();
    place.write("keys/publications.json", "no count");
    place.refused(
        DECRYPT,
        &["keys/publications.json holds no count", "help: put a copy of it back, or remove it"],
    );
    assert!(!place.path("model.npz").exists() && place.read("keys/publications.json") == b"no count");
    std::fs::remove_file(place.path("keys/publications.json")).unwrap();
    assert!(place.hep(DECRYPT).done().err.contains("decrypted once"));
}

#[test]
fn a_plan_cannot_switch_rounding_off() {
    let place = Place::new();
    place.upload();
    let mut plan = load_plan(&place.path("plan.hepc")).unwrap().plan().clone();
    plan.outputs[0].precision_bits = 1000.0;
    hep_format::files::save_plan(&plan, &place.path("fine.hepc")).unwrap();
    place.refused("keygen fine.hepc -o other", &["fine.hepc is damaged", "promises 1000 bits"]);
    // Nor by a claim that there is no noise.
    plan.outputs[0].deviation = 1e-300;
    hep_format::files::save_plan(&plan, &place.path("fine.hepc")).unwrap();
    place.refused("keygen fine.hepc -o other", &["fine.hepc is damaged", "promises 1000 bits"]);
}
