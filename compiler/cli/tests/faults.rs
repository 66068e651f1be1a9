//! The n-th call of the system fails: no panic, no torn file, no stray file, and no success where something is missing.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::Outcome;
use common::shim::{Fault, LACKS, lacking};
use common::tiny::{Files, STEPS, Tiny};

const NO_SPACE: i32 = 28;
const DAMAGED: i32 = 5;
const TOO_MANY_FILES: i32 = 24;

const FAULTS: [Fault; 6] = [
    Fault { call: "write", errno: NO_SPACE, lasting: false },
    Fault { call: "write", errno: NO_SPACE, lasting: true },
    Fault { call: "fsync", errno: DAMAGED, lasting: false },
    Fault { call: "rename", errno: NO_SPACE, lasting: false },
    Fault { call: "link", errno: NO_SPACE, lasting: false },
    Fault { call: "open", errno: TOO_MANY_FILES, lasting: false },
];

/// Calls that fail one after the other.
const MOST: usize = 20;

/// Lets a command fail in every way, on the files that are there before.
fn every_fault(before: &Files, line: &str) {
    let after = {
        let tiny = Tiny::of(before);
        tiny.hep(line).done();
        tiny.files()
    };
    let mut fired = Vec::new();
    for lacks in LACKS {
        for fault in FAULTS {
            for at in 1..=MOST {
                let (tiny, outside) = (Tiny::of(before), tempfile::tempdir().unwrap());
                let mark = outside.path().join("mark");
                let mut command = tiny.command(line);
                let output = fault.inject(lacking(&mut command, lacks), at, &mark).output().unwrap();
                if !mark.exists() {
                    break;
                }
                fired.push(fault.call);
                let outcome = Outcome::of(&output);
                let case = format!("{line}, without {lacks:?}, {fault:?} number {at}: {outcome:?}");
                sound(before, &after, &tiny.files(), &outcome, &case);
                // A file that cannot be opened may be one that a command can do without.
                let uncounted = outcome.err.contains("are not counted");
                assert!(fault.call == "open" || uncounted || outcome.code == Some(1), "{case}");
            }
        }
    }
    for call in ["write", "fsync", "link", "open"] {
        assert!(fired.contains(&call), "{line}: no {call} ever failed");
    }
}

/// What must hold however a command ends.
fn sound(before: &Files, after: &Files, found: &Files, outcome: &Outcome, case: &str) {
    assert!(matches!(outcome.code, Some(0 | 1)), "{case}");
    assert!(!outcome.err.contains("panicked") && !outcome.err.contains("ZipWriter"), "{case}");
    for (name, file) in found {
        let (old, new) = (before.get(name) == Some(file), after.get(name) == Some(file));
        assert!(old || new, "{name} is neither the old nor the new file\n{case}");
    }
    for name in before.keys() {
        assert!(found.contains_key(name), "{name} is lost\n{case}");
    }
    if outcome.code == Some(0) {
        // Not counting costs no model, and is said.
        let uncounted = outcome.err.contains("are not counted");
        for (name, file) in after {
            let as_meant = found.get(name) == Some(file);
            assert!(as_meant || (uncounted && name.ends_with("publications.json")), "no {name}\n{case}");
        }
    } else {
        // A count was meant to come first, and a trace is of use without its model.
        let alone = |name: &&String| !name.ends_with("publications.json") && !name.starts_with("trace");
        for name in found.keys().filter(alone) {
            assert!(before.contains_key(name), "{name} is of no use\n{case}");
        }
        let errors = outcome.err.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "one message\n{case}");
    }
    // A set of keys is whole or there is none, and an upload has its state.
    let set = ["keys/secret.key", "keys/public.key", "keys/eval.keys"];
    if found.contains_key(set[0]) {
        assert!(set.iter().all(|name| found.contains_key(*name)), "half a set of keys\n{case}");
    }
    if found.contains_key("in.hct") {
        assert!(found.keys().any(|name| name.ends_with(".state")), "an upload without its state\n{case}");
    }
}

/// Of a step of the roles: with a new output, and with one that takes the place of another.
fn step(number: usize, outputs: &[&str]) {
    let before = Tiny::after(number).files();
    every_fault(&before, STEPS[number]);
    let tiny = Tiny::after(number);
    tiny.hep(STEPS[number]).done();
    let mut older = tiny.files();
    for name in outputs {
        // The same kind, and not what will be written.
        older.get_mut(*name).unwrap().0.push(b'x');
    }
    every_fault(&older, STEPS[number]);
}

#[test]
fn compile() {
    step(0, &["plan.hepc"]);
}

#[test]
fn keygen() {
    let before = Tiny::after(1).files();
    every_fault(&before, STEPS[1]);
    // What is left of a set without its secret key.
    let mut older = Tiny::after(2).files();
    older.remove("keys/secret.key");
    older.get_mut("keys/eval.keys").unwrap().0.push(b'x');
    every_fault(&older, STEPS[1]);
}

#[test]
fn encrypt() {
    step(2, &["in.hct"]);
}

#[test]
fn run() {
    step(3, &["out.hct"]);
}

#[test]
fn decrypt() {
    step(4, &["model.npz"]);
}

#[test]
fn train() {
    let line = "train tiny.hep --ring 6 --insecure --data data.csv --seed 3 -o model.npz";
    let before = Tiny::after(0).files();
    every_fault(&before, line);
    let tiny = Tiny::after(0);
    tiny.hep(line).done();
    let mut older = tiny.files();
    older.get_mut("model.npz").unwrap().1 = 0o640;
    every_fault(&older, line);
}

#[test]
fn simulate() {
    for trace in ["trace.npz", "trace.json"] {
        let line = format!("simulate tiny.hep --data data.csv --trace {trace} -o twin.npz");
        every_fault(&Tiny::after(0).files(), &line);
    }
}

#[test]
fn snapshot() {
    let line = "snapshot tiny.hep --ring 6 --insecure --update";
    let before = Tiny::after(0).files();
    every_fault(&before, line);
    let mut older = before;
    older.insert("tiny.schedule".into(), (b"hep schedule 2\n".to_vec(), 0o644));
    every_fault(&older, line);
}
