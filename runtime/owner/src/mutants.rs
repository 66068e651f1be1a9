//! Mutants of every kind of file: whatever the bytes, no panic, an answer soon, and no changed model without an error unless
//! the digests were computed again and what decrypts carries the noise of a result.

use crate::Decrypted;
use crate::error::Error;
use crate::files::{load_secret_key, load_state};
use crate::testing::{FILES, Place, resealed};
use hep_format::files::{info, load_plan, load_public_key};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest time that a file may take, by far.
const PATIENCE: Duration = Duration::from_secs(10);
/// Mutants of each kind of file in the ordinary run, as many again with digests that are right.
const MUTANTS: usize = 300;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    /// A range, mostly short.
    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len);
        let longest = if self.below(4) == 0 { len } else { 64 };
        start..(start + 1 + self.below(longest)).min(len)
    }

    /// Where most of what is read first lies.
    fn position(&mut self, len: usize) -> usize {
        if self.below(2) == 0 { self.below(len.min(2048)) } else { self.below(len) }
    }
}

/// Flips, truncations, repeated ranges, headers of other files, splices, additions.
fn mutant(bytes: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut mutant = bytes.to_vec();
    let other = &others[random.below(others.len())];
    match random.below(8) {
        0..=1 => {
            for _ in 0..=random.below(4) {
                let at = random.position(mutant.len());
                mutant[at] ^= 1 << random.below(8);
            }
        }
        2 => mutant.truncate(random.position(bytes.len())),
        3 => {
            let part = bytes[random.range(bytes.len())].to_vec();
            let to = random.position(bytes.len());
            mutant.splice(to..to, part);
        }
        4 => {
            let header = |of: &[u8]| 8 + u64::from_le_bytes(of[..8].try_into().unwrap()) as usize;
            mutant = [&other[..header(other)], &bytes[header(bytes)..]].concat();
        }
        5 => {
            let part = other[random.range(other.len())].to_vec();
            let to = random.position(bytes.len());
            mutant.splice(to..(to + part.len()).min(bytes.len()), part);
        }
        6 => {
            let from = bytes[random.range(bytes.len())].to_vec();
            let to = random.below(bytes.len() - from.len() + 1);
            mutant[to..to + from.len()].copy_from_slice(&from);
        }
        _ => {
            let at = random.position(bytes.len());
            mutant.drain(at..(at + 1 + random.below(16)).min(bytes.len()));
        }
    }
    mutant
}

/// Changes tensors only, so that digests can be computed again.
fn data_mutant(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    resealed(bytes, |data| match random.below(5) {
        _ if data.is_empty() => {}
        0..=1 => {
            for _ in 0..=random.below(4) {
                let at = random.below(data.len());
                data[at] ^= 1 << random.below(8);
            }
        }
        2 => {
            let range = random.range(data.len());
            data[range].fill(random.below(256) as u8);
        }
        3 => {
            let from = data[random.range(data.len())].to_vec();
            let to = random.below(data.len() - from.len() + 1);
            data[to..to + from.len()].copy_from_slice(&from);
        }
        _ => {
            let (a, b) = (random.below(data.len() / 8), random.below(data.len() / 8));
            (0..8).for_each(|byte| data.swap(8 * a + byte, 8 * b + byte));
        }
    })
}

/// What comes out when this file is the one in its place.
fn outcome(place: &Place, name: &str, path: &Path) -> Result<Option<Decrypted>, Error> {
    let nothing = |()| None;
    match name {
        "plan" => Ok(load_plan(path).map(drop).map(nothing)?),
        "keys/secret.key" => {
            load_secret_key(&place.prepared, path)?;
            place.decrypt().map(Some)
        }
        "keys/public.key" => Ok(load_public_key(&place.prepared, path).map(drop).map(nothing)?),
        "keys/eval.keys" | "in.hct" => {
            place.run(&place.path("keys/eval.keys"), 2)?;
            place.decrypt().map(Some)
        }
        "owner.state" => {
            load_state(&place.prepared, path)?;
            place.decrypt().map(Some)
        }
        _ => place.decrypt().map(Some),
    }
}

fn smoke(mutants: usize, seed: u64) {
    let place = Place::new(Some(7), Some(8));
    let files: Vec<Vec<u8>> = FILES.iter().map(|name| fs::read(place.path(name)).unwrap()).collect();
    let (model, result) = (place.decrypt().unwrap(), place.path("out.hct"));
    let mut random = Random(seed);
    for (name, whole) in FILES.iter().zip(&files) {
        let path = place.path(name);
        let (mut passed, mut accepted) = (0, 0);
        for number in 0..2 * mutants {
            let sealed = number % 2 == 1;
            let bytes =
                if sealed { data_mutant(whole, &mut random) } else { mutant(whole, &files, &mut random) };
            if bytes == *whole {
                continue;
            }
            fs::write(&path, &bytes).unwrap();
            let started = Instant::now();
            let _ = info(&path);
            let outcome = outcome(&place, name, &path);
            assert!(started.elapsed() < PATIENCE, "mutant {number} of {name}: {:?}", started.elapsed());
            if let Ok(found) = outcome {
                assert!(sealed, "mutant {number} of {name} passed");
                passed += 1;
                accepted += usize::from(found.is_some_and(|found| found.revealed != model.revealed));
            }
            fs::write(&result, &files[6]).unwrap();
        }
        fs::write(&path, whole).unwrap();
        println!(
            "{name}: {passed} of {mutants} with right digests are read, {accepted} decrypt to another model"
        );
        // Another secret, other keys, other ciphertexts with right digests: the noise of what decrypts is another.
        if ["keys/secret.key", "keys/eval.keys", "out.hct"].contains(name) {
            assert_eq!(accepted, 0, "{name}");
        }
    }
    assert_eq!(place.decrypt().unwrap(), model);
}

#[test]
fn mutants_of_every_kind_of_file_are_refused() {
    smoke(MUTANTS, 20_261_129);
}

/// For a machine with time: `cargo test --release -p hep-owner mutants -- --ignored`.
#[test]
#[ignore = "takes long"]
fn many_mutants_of_every_kind_of_file_are_refused() {
    for seed in 0..20 {
        smoke(1000, seed);
    }
}
