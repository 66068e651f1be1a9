//! The memory of whole processes against what was predicted and what was allowed. Linux says what a process took.
#![cfg(target_os = "linux")]

mod common;

use common::Place;
use serde_json::Value;

/// Large enough that ciphertexts and keys take several times what an empty process does.
const RING: &str = "--ring 13 --insecure";
/// So many limbs that operations take memory beside their values.
const SIZES: &str = "-p T=3";
const ROWS: &str = "--data wide.csv";

fn place() -> Place {
    let place = Place::new();
    // 60 rows of 30 features in three classes.
    let row = |n: usize| {
        let values =
            (0..30).map(|f| format!("{:.2}", ((n * 31 + f * 17) % 23) as f64 / 23.0 + (n % 3) as f64));
        format!("{},{}\n", ["a", "b", "c"][n % 3], values.collect::<Vec<_>>().join(","))
    };
    place.write("wide.csv", (0..60).map(row).collect::<String>());
    place
}

fn bytes(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The peak and the prediction of a run of a plan that was made with these options.
fn ran(place: &Place, options: &str, run: &str) -> (u64, u64) {
    place.hep(&format!("compile mlr.hep {RING} {SIZES} {ROWS} {options} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys").done();
    place.hep(&format!("encrypt plan.hepc --keys keys {ROWS} -o in.hct")).done();
    let run = format!("run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct --json {run}");
    let said = place.hep(&run).done().json();
    std::fs::remove_dir_all(place.path("keys")).expect("keys of before");
    (bytes(&said, "peak_bytes"), bytes(&said, "predicted_peak_bytes"))
}

#[test]
fn a_run_takes_what_was_predicted() {
    let place = place();
    for threads in [1, 2, 4] {
        let (peak, predicted) = ran(&place, "", &format!("--threads {threads}"));
        assert!(peak <= predicted, "{threads} threads: {peak} bytes where {predicted} were predicted");
        let share = predicted as f64 / peak as f64;
        assert!(predicted > 100_000_000 && share <= 1.25, "{threads} threads: {share:.3}, {predicted}");
    }
}

#[test]
fn no_limit_is_exceeded_from_the_least_to_the_default() {
    let place = place();
    let explained =
        |options: &str| place.hep(&format!("compile mlr.hep {RING} {SIZES} {ROWS} {options} -o p.hepc"));
    explained("").done();
    let most = bytes(&place.hep("info p.hepc --json").done().json(), "predicted_peak_bytes");
    let refused = explained("--memory 1MB");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let least =
        refused.err.split("--memory ").nth(1).and_then(|rest| rest.split('`').next()).expect("a proposal");
    let least: u64 = least.strip_suffix("MB").and_then(|digits| digits.parse().ok()).expect("megabytes");
    let most = most / 1_000_000 + 1;
    assert!(least < most, "{least} of {most} MB");
    explained(&format!("--memory {}MB", least - 1))
        .code
        .filter(|code| *code == 1)
        .expect("less than the least");
    for step in 0..10 {
        let limit = least + (most - least) * step / 9;
        let (peak, predicted) = ran(&place, &format!("--memory {limit}MB"), "");
        assert!(peak <= predicted && predicted <= limit * 1_000_000, "{limit} MB: {peak}, {predicted}");
    }
}

#[test]
fn one_process_for_all_roles_keeps_to_its_limit() {
    let place = place();
    let train = |options: &str| place.hep(&format!("train mlr.hep {RING} {SIZES} {ROWS} --json {options}"));
    let whole = train("").done().json();
    assert!(bytes(&whole, "peak_bytes") <= bytes(&whole, "predicted_peak_bytes"), "{whole}");
    let most = bytes(&whole, "predicted_peak_bytes") / 1_000_000 + 1;
    for tenths in [6, 7, 8, 9, 10] {
        let limit = most * tenths / 10;
        let outcome = train(&format!("--memory {limit}MB"));
        if outcome.code == Some(0) {
            let peak = bytes(&outcome.json(), "peak_bytes");
            assert!(peak <= limit * 1_000_000, "{peak} bytes where {limit} MB were allowed");
        }
        assert!(outcome.code == Some(0) || tenths < 9, "{limit} of {most} MB: {}", outcome.err);
    }
}

#[test]
fn a_run_is_refused_what_it_needs() {
    let place = place();
    place.hep(&format!("compile mlr.hep {RING} {SIZES} {ROWS} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys").done();
    place.hep(&format!("encrypt plan.hepc --keys keys {ROWS} -o in.hct")).done();
    let run = "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct --memory";
    let refused = place.hep(&format!("{run} 30MB"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("needs") && refused.err.contains("30"), "{}", refused.err);
    assert!(!place.path("out.hct").exists());
    place.hep(&format!("{run} 2GB")).done();
}

/// Examples at full security. In release builds only: `cargo test --release -p hep-cli --test memory`.
#[cfg(not(debug_assertions))]
#[test]
fn examples_take_what_was_predicted() {
    let programs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs");
    let place = Place::new();
    for (name, data) in [
        ("linear_regression", "wine.csv --rows 0..100"),
        ("mlr_whitened", "mnist_effnetlite0_512.npz --rows 0..256"),
        ("mlr_quadratic_gradient", "mnist_effnetlite0_512.npz --rows 0..128"),
    ] {
        let program = programs.join(format!("examples/{name}.hep"));
        let data = format!("--data {}", programs.join("data").join(data).display());
        let train = place.hep(&format!("train {} {data} --json", program.display())).done().json();
        place.hep(&format!("compile {} {data} -o plan.hepc", program.display())).done();
        place.hep("keygen plan.hepc -o keys").done();
        place.hep(&format!("encrypt plan.hepc --keys keys {data} -o in.hct")).done();
        let run = |threads: u32| {
            let files = "--eval-keys keys/eval.keys --in in.hct -o out.hct";
            place.hep(&format!("run plan.hepc {files} --json --threads {threads}")).done().json()
        };
        for said in [train, run(1), run(2), run(4)] {
            let (peak, predicted) = (bytes(&said, "peak_bytes"), bytes(&said, "predicted_peak_bytes"));
            assert!(
                peak <= predicted && predicted as f64 <= 1.25 * peak as f64,
                "{name}: {peak}, {predicted}"
            );
        }
        std::fs::remove_dir_all(place.path("keys")).expect("keys of before");
    }
}
