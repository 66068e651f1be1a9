//! Whatever a file holds, `hep` answers soon, and with a message.

#![allow(clippy::unwrap_used)] // all of this is test code

mod common;

use common::Place;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Far more than any program of this size needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Deletes, inserts, replaces and repeats a few bytes or words.
fn mutated(source: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = source.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(12)).min(bytes.len());
        match random.below(4) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.insert(at, random.below(256) as u8),
            2 => bytes[at] = 32 + random.below(95) as u8,
            _ => {
                let part = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}

fn answers(place: &Place, words: &[&str]) -> i32 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hep"));
    let command = command.args(words).current_dir(place.path("")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or_else(|| panic!("{status}"));
        }
        if started.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("no answer after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn mutated_programs_are_checked_without_a_panic() {
    let place = Place::new();
    let mut random = Random(20_240_807);
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/examples");
    let programs =
        ["mlr_quadratic_gradient", "mlr_published", "lr_nesterov", "nn_mini_batches", "nn_two_hidden_single"];
    for program in programs {
        let source = std::fs::read_to_string(examples.join(format!("{program}.hep"))).unwrap();
        for round in 0..30 {
            let text = mutated(&source, &mut random);
            place.write("mutated.hep", &text);
            let code = answers(&place, &["check", "mutated.hep"]);
            let shown = String::from_utf8_lossy(&text);
            assert!(matches!(code, 0 | 1), "code {code} in round {round}: {shown}");
        }
    }
}

#[test]
fn mutated_modules_are_checked_without_a_panic() {
    let place = Place::new();
    let mut random = Random(11);
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/std");
    for module in ["losses", "preprocessing"] {
        place.changed("dim n = 128", &format!("use {module}\ndim n = 128"));
        let source = std::fs::read_to_string(library.join(format!("{module}.hep"))).unwrap();
        for round in 0..30 {
            let text = mutated(&source, &mut random);
            place.write(&format!("{module}.hep"), &text);
            let code = answers(&place, &["check", "mlr.hep"]);
            let shown = String::from_utf8_lossy(&text);
            assert!(matches!(code, 0 | 1), "code {code} in round {round}: {shown}");
        }
    }
}

#[test]
fn mutated_data_are_read_without_a_panic() {
    let place = Place::new();
    let mut random = Random(4);
    let source = String::from_utf8(place.read("data.csv")).unwrap();
    for round in 0..30 {
        let text = mutated(&source, &mut random);
        place.write("mutated.csv", &text);
        let code = answers(&place, &["check", "mlr.hep", "--data", "mutated.csv"]);
        let shown = String::from_utf8_lossy(&text);
        assert!(matches!(code, 0 | 1), "code {code} in round {round}: {shown}");
    }
}
