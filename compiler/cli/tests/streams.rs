//! Standard streams that fail: a result that is not written is a failure, what is only said is not.

#![allow(clippy::unwrap_used)] // all of this is test code
#![cfg(target_os = "linux")] // which has a device that is always full

mod common;

use common::{Place, SIZES, SMALL};
use std::fs::File;
use std::process::Stdio;

const DATA: &str = "--data data.csv --rows 0..16";

/// Every command in a folder of [`Place::trained`] with a result on standard output, and what it writes there.
const COMMANDS: [&str; 32] = [
    "--help",
    "--version",
    "train --help",
    "check mlr.hep",
    "check mlr.hep {DATA}",
    "check mlr.hep --json",
    "explain H0203",
    "explain H0203 --json",
    "explain mlr.hep {SIZES} {SMALL}",
    "explain mlr.hep {SIZES} {SMALL} --emit dot",
    "compile mlr.hep {SIZES} {SMALL} --emit tokens",
    "compile mlr.hep {SIZES} {SMALL} --emit plan",
    "simulate mlr.hep {DATA}",
    "simulate mlr.hep {DATA} --json",
    "compare mlr.hep published.hep {SIZES} {SMALL}",
    "snapshot mlr.hep {SIZES} {SMALL}",
    "snapshot mlr.hep {SIZES} {SMALL} --json",
    "diff mlr.hep published.hep {SIZES} {SMALL}",
    "std",
    "std losses.focal --json",
    "keygen plan.hepc -o others --seed 1 --json",
    "encrypt plan.hepc --keys keys {DATA} -o in2.hct --owner second.state --json",
    "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out2.hct --json",
    "decrypt plan.hepc --keys keys --in out.hct -o model2.npz --json",
    "eval model.npz --data data.csv",
    "predict model.npz --data data.csv",
    "predict model.npz --data data.csv --json",
    "info plan.hepc",
    "info model.npz",
    "train mlr.hep {SMALL} {DATA}",
    "train mlr.hep {SMALL} {DATA} --json",
    "calibrate --quick --rings 10 --out costs.json",
];

fn commands() -> impl Iterator<Item = String> {
    COMMANDS
        .iter()
        .map(|line| line.replace("{DATA}", DATA).replace("{SIZES}", SIZES).replace("{SMALL}", SMALL))
}

fn place() -> Place {
    let place = Place::new();
    place.trained();
    place.hep("decrypt plan.hepc --keys keys --in out.hct -o model.npz").done();
    place.hep(&format!("snapshot mlr.hep {SIZES} {SMALL} --update")).done();
    place
}

/// The standard stream of a full disk.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// A pipe that nobody reads any more.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Removes what a command would not replace.
fn again(place: &Place) {
    let _ = std::fs::remove_dir_all(place.path("others"));
    let _ = std::fs::remove_file(place.path("second.state"));
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let place = place();
    for line in commands() {
        again(&place);
        let output = place.start(&line).stdout(full()).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "hep {line}: {said}");
        let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error")).collect();
        assert!(
            matches!(errors[..], [one] if one.starts_with("error: cannot write to standard output: ")),
            "hep {line}: {said}"
        );
    }
}

#[test]
fn a_closed_pipe_is_quiet_and_files_are_written() {
    let place = place();
    for line in commands() {
        again(&place);
        let output = place.start(&line).stdout(closed()).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "hep {line}: {said}");
        assert!(!said.contains("error"), "hep {line}: {said}");
    }
    let line = format!("simulate mlr.hep {DATA} -o late.npz");
    assert!(place.start(&line).stdout(closed()).stderr(closed()).status().unwrap().success());
    assert!(place.path("late.npz").is_file());
}

#[test]
fn what_nobody_hears_is_no_failure() {
    let place = place();
    let more = [
        "check missing.hep",
        "check",
        "check mlr.hep --strict --data missing.csv",
        "explain H9999",
        "compile mlr.hep",
    ];
    for line in commands().chain(more.map(str::to_string)) {
        again(&place);
        let heard = place.start(&line).output().unwrap();
        again(&place);
        for stream in [full(), closed()] {
            again(&place);
            let unheard = place.start(&line).stderr(stream).output().unwrap();
            assert_eq!(unheard.status.code(), heard.status.code(), "hep {line}");
            assert!(!unheard.stdout.is_empty() || heard.stdout.is_empty(), "hep {line}");
        }
    }
}

#[test]
fn an_error_for_machines_that_cannot_be_written_is_said() {
    let place = Place::new();
    let output =
        place.start("check missing.hep --json").stdout(full()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("missing.hep") && said.contains("cannot write to standard output"), "{said}");
}
