//! The same bits from any number of threads, and from all instruction sets.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod common;

use std::process::Command;

use common::*;
use hep_circuits::RefreshKeys;
use hep_ckks::{Ciphertext, EvaluationKeys, SwitchingKey};
use hep_params::Packing;

/// Half of the words of a digest are enough to tell results apart.
type Digest = [u64; 2];

fn mix(digest: &mut Digest, words: impl IntoIterator<Item = u64>) {
    for word in words {
        digest[0] = (digest[0] ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        digest[1] = digest[1].wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(31).wrapping_add(word);
    }
}

fn mix_key(digest: &mut Digest, key: &SwitchingKey) {
    mix(digest, key.b().iter().copied());
    mix(digest, [key.level() as u64]);
}

fn mix_keys(digest: &mut Digest, keys: &EvaluationKeys) {
    for (galois, key) in &keys.galois {
        mix(digest, [galois.element()]);
        mix_key(digest, key);
    }
    keys.relinearization.iter().for_each(|key| mix_key(digest, key));
}

fn mix_ciphertext(digest: &mut Digest, ct: &Ciphertext) {
    mix(digest, ct.parts().iter().flat_map(|part| part.as_slice()).copied());
    mix(digest, [ct.level() as u64, ct.scale().to_bits()]);
}

/// Of all keys, and of all results, from one seed.
fn digests(packing: Packing, seed: u8) -> [Digest; 2] {
    let mut setup = Setup::new(shared(10, vec![shape(7, &[4, 3], &[3, 2, 2], packing)]), seed);
    let (a, b) = (setup.values(), setup.values());
    let vectors = [setup.encrypt(&a), setup.encrypt(&b)];
    let vectors: Vec<&Ciphertext> =
        vectors.iter().take(if packing == Packing::Real { 1 } else { 2 }).collect();
    let [mut keys, mut results] = [[1, 2]; 2];
    mix_key(&mut keys, &setup.keys.to_sparse);
    for (galois, key) in &setup.keys.raise {
        mix(&mut keys, [galois.element()]);
        mix_key(&mut keys, key);
    }
    mix_keys(&mut keys, &setup.keys.low);
    mix_keys(&mut keys, &setup.keys.top);
    for ct in setup.run(&vectors) {
        mix_ciphertext(&mut results, &ct);
    }
    [keys, results]
}

fn in_threads(threads: usize) -> [[Digest; 2]; 2] {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| [Packing::Pair, Packing::SideBySide].map(|packing| digests(packing, 1)))
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let one = in_threads(1);
    for threads in [2, 5] {
        assert_eq!(in_threads(threads), one, "{threads} threads");
    }
    // Another seed gives others.
    let other = digests(Packing::Pair, 2);
    assert!(other[0] != one[0][0] && other[1] != one[0][1]);
}

/// What the next test starts as a process of its own, as the instruction set is chosen once.
#[test]
#[ignore = "prints for the next test"]
fn digests_of_an_instruction_set() {
    println!("digests {:?}", in_threads(2));
}

#[test]
fn all_instruction_sets_give_the_same_bits() {
    let here = format!("digests {:?}", in_threads(2));
    let mut compared = 0;
    for isa in ["portable", "avx2", "avx512"] {
        let test = std::env::current_exe().unwrap();
        let arguments = ["--exact", "digests_of_an_instruction_set", "--ignored", "--nocapture"];
        let output = Command::new(test).args(arguments).env("HEP_ISA", isa).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{isa}: {shown}");
        assert!(shown.contains(&here), "{isa}: {shown}\n{here}");
        compared += 1;
    }
    assert_eq!(compared, 3);
}

#[test]
fn other_keys_of_one_secret_give_the_same_within_noise() {
    let mut setup = Setup::new(shared(8, vec![shape(7, &[4, 3], &[3, 2, 2], Packing::Real)]), 3);
    let values = setup.values();
    let ct = setup.encrypt(&values);
    let first = setup.run(&[&ct]).remove(0);
    setup.keys = RefreshKeys::generate(&setup.ctx, &setup.secret, &setup.refresh, &mut setup.rng).unwrap();
    let second = setup.run(&[&ct]).remove(0);
    assert_ne!(first.parts(), second.parts());
    assert_eq!((first.level(), first.scale()), (second.level(), second.scale()));
    let difference = setup.errors(&setup.decrypt(&first), &setup.decrypt(&second));
    assert!(worst(&difference) < 20.0 * setup.noise());
}
