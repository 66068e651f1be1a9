//! The roles across directories, and files that are damaged or do not belong together.

mod checkpoints;
mod execution;

use crate::error::Error;
use crate::files::{load_secret_key, load_state};
use crate::testing::{FILES, Place, data, names, random_plan, small_plan};
use crate::{StatePlace, encrypt, keygen};
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind};
use hep_format::files::{info, load_evaluation_keys, load_plan, load_public_key, save_plan};
use hep_format::place::{Output, PlaceError};
use hep_plan::isa::Key;
use hep_plan::plan::ProgramInfo;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn the_roles_work_across_files_and_a_seed_makes_them_reproducible() {
    let place = Place::new(Some(7), Some(8));
    let result = place.decrypt().unwrap();
    assert_eq!(result.state.names, names());
    assert_eq!(result.state.tensors["mean"].shape, [4]);
    assert_eq!(result.revealed.keys().collect::<Vec<_>>(), ["w", "w_again", "zero"]);
    assert!(result.revealed["zero"].max_abs() < 1e-4);
    assert!(result.origin.insecure.seed && result.origin.insecure.parameters);
    let again = Place::new(Some(7), Some(8));
    for name in FILES {
        assert!(fs::read(place.path(name)).unwrap() == fs::read(again.path(name)).unwrap(), "{name} differs");
    }
    place.run(&place.path("keys/eval.keys"), 1).unwrap();
    assert!(fs::read(place.path("out.hct")).unwrap() == fs::read(again.path("out.hct")).unwrap());
    // Without a seed nothing repeats, and only the parameters are marked.
    let (one, two) = (Place::new(None, None), Place::new(None, None));
    for name in &FILES[1..] {
        assert!(fs::read(one.path(name)).unwrap() != fs::read(two.path(name)).unwrap(), "{name} repeats");
        assert_eq!(info(&one.path(name)).unwrap().insecure.name(), "parameters");
    }
    assert_eq!(one.decrypt().unwrap().revealed.len(), 3);
}

#[test]
fn info_tells_what_files_are() {
    let place = Place::new(Some(7), None);
    let kinds = [
        FileKind::Plan,
        FileKind::SecretKey,
        FileKind::PublicKey,
        FileKind::EvaluationKeys,
        FileKind::Inputs,
        FileKind::OwnerState,
        FileKind::Outputs,
    ];
    for (name, kind) in FILES.iter().zip(kinds) {
        let info = info(&place.path(name)).unwrap();
        assert_eq!(info.kind, kind);
        assert_eq!(info.plan, place.prepared.fingerprint());
        assert_eq!(info.bytes, fs::metadata(place.path(name)).unwrap().len());
        assert_eq!(info.insecure.seed, kind != FileKind::Plan);
    }
    let keys = info(&place.path("keys/eval.keys")).unwrap();
    assert!(keys.bytes < place.prepared.plan().eval_key_bytes() + 8192);
    let upload = info(&place.path("in.hct")).unwrap();
    assert!(upload.bytes < place.prepared.plan().upload_bytes() + 4096);
    assert_eq!(upload.details["tensors"][0]["level"], 4);
    assert_eq!(load_plan(&place.path("plan")).unwrap().plan(), place.prepared.plan());
    assert_ne!(place.prepared.plan().info, ProgramInfo::default(), "names travel with the plan");
    assert!(load_public_key(&place.prepared, &place.path("keys/public.key")).is_ok());
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let (place, other) = (Place::new(None, None), Place::new(None, None));
    let contains = |result: Result<(), Error>, parts: &[&str]| {
        let message = result.unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    contains(
        place.run(&other.path("keys/eval.keys"), 1),
        &["in.hct", "keys", "directory that the data were encrypted with"],
    );
    contains(
        place.run(&place.path("keys/secret.key"), 1),
        &["secret.key is a secret key", "evaluation keys", "hep keygen"],
    );
    // A model of other keys, a state of other data.
    fs::copy(other.path("out.hct"), place.path("out.hct")).unwrap();
    contains(place.decrypt().map(drop), &["out.hct was made for keys"]);
    place.run(&place.path("keys/eval.keys"), 1).unwrap();
    fs::copy(other.path("owner.state"), place.path("owner.state")).unwrap();
    contains(place.decrypt().map(drop), &["out.hct was made for data"]);
    // Another plan of the same parameters, and a plan of other parameters.
    let mut plan = small_plan();
    plan.state.clear();
    let mut other_plan = Place { prepared: Prepared::new(plan.clone()).unwrap(), ..other };
    contains(other_plan.run(&other_plan.path("keys/eval.keys"), 1), &["in.hct was made for plan"]);
    assert!(load_secret_key(&other_plan.prepared, &other_plan.path("keys/secret.key")).is_ok());
    assert!(load_state(&other_plan.prepared, &other_plan.path("owner.state")).is_err());
    plan = random_plan(3);
    let more = (Key::Rotation(hep_plan::Step(500)), hep_plan::Level(1));
    plan.keys = plan.keys.iter().chain([more]).collect();
    other_plan.prepared = Prepared::new(plan).unwrap();
    let error = load_evaluation_keys(&other_plan.prepared, &other_plan.path("keys/eval.keys")).unwrap_err();
    assert!(error.to_string().contains("with the key rotation/"), "{error}");
    let mut plan = small_plan();
    plan.params.p.swap(0, 1);
    other_plan.prepared = Prepared::new(plan).unwrap();
    contains(other_plan.run(&other_plan.path("keys/eval.keys"), 1), &["in.hct was made for parameters"]);
    let error = load_secret_key(&other_plan.prepared, &other_plan.path("keys/secret.key")).err().unwrap();
    assert!(matches!(error, FileError::Mismatch { what: "parameters", .. }));
}

#[test]
fn a_secret_key_is_never_overwritten() {
    let place = Place::new(None, None);
    let before = fs::read(place.path("keys/secret.key")).unwrap();
    let error = keygen(&place.prepared, &place.path("keys"), None).unwrap_err();
    assert!(matches!(error, Error::File(FileError::Place(PlaceError::Exists { .. }))), "{error}");
    assert_eq!(fs::read(place.path("keys/secret.key")).unwrap(), before);
    assert!(place.decrypt().is_ok());
}

#[test]
fn data_of_another_shape_or_with_impossible_values_are_refused() {
    let place = Place::new(Some(1), Some(1));
    let (out, state) = (place.path("new.hct"), place.path("new.state"));
    let attempt = |change: &dyn Fn(&mut std::collections::BTreeMap<String, hep_plan::Tensor>)| {
        let mut changed = data();
        change(&mut changed);
        let claimed = Output::claim(&out, FileKind::Inputs, &[]).unwrap();
        let stays = StatePlace::Named(Output::claim(&state, FileKind::OwnerState, &[]).unwrap());
        let result = encrypt(&place.prepared, &place.path("keys"), &changed, vec![], claimed, stays, None);
        assert!(!out.exists() && !state.exists());
        result.unwrap_err().to_string()
    };
    assert!(
        attempt(&|d| d.get_mut("x").unwrap().shape = vec![4, 8]).contains("compile a plan for these data")
    );
    assert!(attempt(&|d| drop(d.remove("y"))).contains("the input `y`"));
    let nan = attempt(&|d| d.get_mut("x").unwrap().data[5] = f64::NAN);
    assert!(nan.contains("`input x` of shape [8, 4] gives NaN in row 2, column 2"), "{nan}");
    let outside = attempt(&|d| d.get_mut("y").unwrap().data[3] = 2.0);
    assert!(outside.contains("`y` is 2 in row 4, and is declared `in 0 .. 1`"), "{outside}");
    assert!(attempt(&|d| d.get_mut("x").unwrap().data[5] = 1e300).contains("does not fit") || !out.exists());
}

/// Damage a digest does not protect from, since it was computed after the damage: a plan of arbitrary bytes.
#[test]
fn plans_of_damaged_bytes_are_refused_or_sound() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("plan");
    let bytes = postcard::to_stdvec(&small_plan()).unwrap();
    let mut seed = 1u64;
    for _ in 0..3000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (position, bit) = ((seed >> 33) as usize % bytes.len(), (seed >> 20) % 8);
        let mut damaged = bytes.clone();
        damaged[position] ^= 1 << bit;
        let Ok(plan) = postcard::from_bytes::<hep_plan::Plan>(&damaged) else { continue };
        if hep_format::check(&plan).is_ok() {
            // Whatever passes can be counted, budgeted and prepared without harm.
            let _ = (plan.summary(), plan.peak_bytes(2), hep_server::executor::total_cost(&plan));
            let _ = plan.owner.run(&data());
        }
    }
    save_plan(&small_plan(), &path).unwrap();
    assert!(load_plan(&path).is_ok());
}

#[test]
fn damaged_files_never_pass() {
    let place = Place::new(Some(7), Some(8));
    for name in FILES {
        let path = place.path(name);
        let whole = fs::read(&path).unwrap();
        let check = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let error = match name {
                "plan" => load_plan(&path).err().map(|e| e.to_string()),
                "keys/secret.key" => load_secret_key(&place.prepared, &path).err().map(|e| e.to_string()),
                "keys/public.key" => load_public_key(&place.prepared, &path).err().map(|e| e.to_string()),
                "keys/eval.keys" => place.run(&path, 1).err().map(|e| e.to_string()),
                "in.hct" => place.run(&place.path("keys/eval.keys"), 1).err().map(|e| e.to_string()),
                _ => place.decrypt().err().map(|e| e.to_string()),
            };
            assert!(error.unwrap_or_default().contains(path.to_str().unwrap()), "{name}");
        };
        for step in 0..20 {
            check(&whole[..whole.len() * step / 20]);
            let mut flipped = whole.clone();
            flipped[whole.len() * step / 20 + step] ^= 1 << (step % 8);
            check(&flipped);
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(place.decrypt().is_ok());
}

#[test]
fn secrets_that_others_can_read_are_refused_with_the_command_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's a key");
    fs::write(&path, "").unwrap();
    let place = Place::new(Some(7), Some(8));
    fs::copy(place.path("keys/secret.key"), &path).unwrap();
    for open in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
        let error = load_secret_key(&place.prepared, &path).err().unwrap();
        assert!(matches!(error, FileError::TooOpen { mode, .. } if mode == open), "{error}");
        let text = error.to_string();
        let command = text.rsplit_once("; ").unwrap().1.split('`').nth(1).unwrap();
        assert!(Command::new("sh").arg("-c").arg(command).status().unwrap().success(), "{command}");
        assert!(load_secret_key(&place.prepared, &path).is_ok());
    }
    let state = place.path("owner.state");
    fs::set_permissions(&state, Permissions::from_mode(0o640)).unwrap();
    let error = load_state(&place.prepared, &state).unwrap_err();
    assert!(matches!(error, FileError::TooOpen { .. }), "{error}");
}
