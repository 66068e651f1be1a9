//! Accidents that no digest of a file finds: files that change while they are in use, and results that are none.

use crate::error::Error;
use crate::testing::{Place, resealed};
use hep_ckks::{Buffer, Ciphertext};
use hep_format::container::{FileError, FileKind};
use hep_format::files::{CiphertextFile, save_outputs};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

/// Writes pages of noise over the middle of a file, where it lies.
fn overwrite(path: &Path, pages: usize) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let start = file.metadata().unwrap().len() / 2;
    let noise: Vec<u8> = (0..4096 * pages).map(|i| (i * 37 % 251) as u8).collect();
    file.write_all_at(&noise, start).unwrap();
}

fn changed(result: Result<(), Error>, name: &str, words: &str) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::File(FileError::Changed { .. })), "{error}");
    let text = error.to_string();
    assert!(text.contains(name) && text.contains(words), "{text}");
}

#[test]
fn files_that_change_during_a_run_end_it_without_a_result() {
    let place = Place::new(Some(7), Some(8));
    let (keys, inputs) = (place.path("keys/eval.keys"), place.path("in.hct"));
    fs::remove_file(place.path("out.hct")).unwrap();
    let whole = fs::read(&keys).unwrap();

    changed(place.run_while(&keys, 1, &mut || overwrite(&keys, 20)), "eval.keys", "it was written to");
    fs::write(&keys, &whole).unwrap();

    // Somebody sets the time back: the digests find it.
    let time = fs::metadata(&keys).unwrap().modified().unwrap();
    let quietly = &mut || {
        overwrite(&keys, 1);
        OpenOptions::new().write(true).open(&keys).unwrap().set_modified(time).unwrap();
    };
    changed(place.run_while(&keys, 1, quietly), "eval.keys", "its contents are others");
    fs::write(&keys, &whole).unwrap();

    let longer = &mut || fs::write(&keys, [&whole[..], b"more"].concat()).unwrap();
    changed(place.run_while(&keys, 1, longer), "eval.keys", "its length is another");
    fs::write(&keys, &whole).unwrap();

    let replaced = &mut || {
        fs::copy(&inputs, place.path("other.hct")).unwrap();
        fs::rename(place.path("other.hct"), &inputs).unwrap();
    };
    changed(place.run_while(&keys, 1, replaced), "in.hct", "another file has taken its place");
    assert!(!place.path("out.hct").exists(), "a result of changed files was written");
    place.run(&keys, 2).unwrap();
    place.decrypt().unwrap();
}

/// What the next test starts as a process of its own: the keys are cut short while they are in use.
#[test]
#[ignore = "ends the process"]
fn cut_short() {
    let place = Place::new(Some(7), Some(8));
    let keys = place.path("keys/eval.keys");
    let cut = &mut || OpenOptions::new().write(true).open(&keys).unwrap().set_len(100).unwrap();
    let result = place.run_while(&keys, 1, cut);
    // All pages may have been read before: then it is the comparison that finds it.
    eprintln!("error: {}", result.unwrap_err());
    std::process::exit(1);
}

#[test]
fn a_file_that_is_cut_short_during_a_run_is_a_message() {
    let test = std::env::current_exe().unwrap();
    let arguments = ["--exact", "accidents::cut_short", "--ignored", "--nocapture"];
    let output = Command::new(test).args(arguments).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}\n{shown}", output.status);
    assert!(shown.contains("eval.keys was cut short while it was being read"), "{shown}");
}

fn is_no_result(place: &Place) {
    let error = place.decrypt().unwrap_err();
    let Error::Result { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(**source, Error::Noise { .. }), "{error}");
    assert!(error.to_string().contains("out.hct"), "{error}");
}

#[test]
fn zeros_are_no_result() {
    let place = Place::new(None, None);
    let out = place.path("out.hct");
    fs::write(&out, resealed(&fs::read(&out).unwrap(), |data| data.fill(0))).unwrap();
    is_no_result(&place);
    // Nor is a number that nobody encrypted: it has no noise.
    let context = place.prepared.context();
    let load = |group| {
        let file = CiphertextFile::open(&place.prepared, &out, FileKind::Outputs).unwrap();
        let shape: Ciphertext = file.load(group, 0).unwrap();
        let plain = context.encode(&[1.5; 512], shape.scale(), shape.level()).unwrap();
        let zero = Buffer::copy_of(&vec![0; plain.poly().as_slice().len()]);
        let parts = vec![Buffer::copy_of(plain.poly().as_slice()), zero];
        (vec![Ciphertext::from_parts(context, shape.level(), shape.scale(), parts).unwrap()], file.origin())
    };
    let (groups, origins): (Vec<_>, Vec<_>) = (0..3).map(load).unzip();
    save_outputs(&place.prepared, &groups, &origins[0], &out).unwrap();
    is_no_result(&place);
}

#[test]
fn a_result_of_other_keys_is_no_result_whatever_it_says() {
    let (place, other) = (Place::new(None, None), Place::new(None, None));
    let open = |place: &Place| {
        let file = CiphertextFile::open(&place.prepared, &place.path("out.hct"), FileKind::Outputs).unwrap();
        (file.load_all().unwrap(), file.origin())
    };
    let ((outputs, _), (_, origin)) = (open(&other), open(&place));
    save_outputs(&place.prepared, &outputs, &origin, &place.path("out.hct")).unwrap();
    is_no_result(&place);
}

#[test]
fn a_result_of_damaged_keys_is_no_result() {
    let place = Place::new(None, None);
    let keys = place.path("keys/eval.keys");
    // Residues stay below their moduli, so that nothing else finds it.
    let damage = |data: &mut [u8]| {
        let middle = data.len() / 2 / 8 * 8;
        data[middle..][..20 * 4096].as_chunks_mut::<8>().0.iter_mut().for_each(|word| word[0] ^= 0x55);
    };
    fs::write(&keys, resealed(&fs::read(&keys).unwrap(), damage)).unwrap();
    place.run(&keys, 2).unwrap();
    is_no_result(&place);
}

/// The marks of key, plan, state and result are joined.
#[test]
fn a_mark_that_a_result_lost_is_found_again() {
    let place = Place::new(Some(7), None);
    let file = CiphertextFile::open(&place.prepared, &place.path("out.hct"), FileKind::Outputs).unwrap();
    let (outputs, mut origin) = (file.load_all().unwrap(), file.origin());
    assert!(origin.insecure.seed);
    origin.insecure.seed = false;
    save_outputs(&place.prepared, &outputs, &origin, &place.path("out.hct")).unwrap();
    let decrypted = place.decrypt().unwrap();
    assert!(decrypted.origin.insecure.seed && decrypted.origin.insecure.parameters);
}
