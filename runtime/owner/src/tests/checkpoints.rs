//! Trainings that are stopped, kept and gone on with.

use crate::error::Error;
use crate::testing::Place;
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind};
use hep_format::files::load_checkpoint;
use hep_format::place::Output;
use hep_plan::Plan;
use hep_samples::{looped_plan, refreshed_plan};
use hep_server::executor::{Options, Progress, RunError};
use hep_server::{Checkpoints, Training, run_training};
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn place(plan: Plan) -> Place {
    let place = Place { directory: tempfile::tempdir().unwrap(), prepared: Prepared::new(plan).unwrap() };
    crate::keygen(&place.prepared, &place.path("keys"), Some(7)).unwrap();
    place.encrypt(Some(8)).unwrap();
    place
}

fn train(
    place: &Place,
    training: Training<'_>,
    threads: usize,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<u8>, Error> {
    let out = Output::claim(&place.path("out.hct"), FileKind::Outputs, &[]).map_err(FileError::from)?;
    let options = Options { threads, memory: None };
    let files = [place.path("keys/eval.keys"), place.path("in.hct")];
    run_training(&place.prepared, [&files[0], &files[1]], out, options, training, progress)?;
    Ok(fs::read(place.path("out.hct")).unwrap())
}

/// Stops after so many instructions, and leaves what it reached.
fn stopped(place: &Place, instructions: u32) -> Result<Vec<u8>, Error> {
    let done = AtomicU32::new(0);
    let stop = || done.load(Ordering::Relaxed) >= instructions;
    let path = place.path("a.checkpoint");
    let checkpoints = Some(Checkpoints { path: &path, every: Duration::from_secs(3600) });
    let training = Training { stop: Some(&stop), checkpoints, ..Training::default() };
    train(place, training, 1, &mut |_| {
        done.fetch_add(1, Ordering::Relaxed);
    })
}

#[test]
fn a_training_that_was_stopped_ends_with_the_same_bytes() {
    for plan in [looped_plan(4), refreshed_plan(3)] {
        let place = place(plan);
        let whole = train(&place, Training::default(), 2, &mut |_| {}).unwrap();
        let server = &place.prepared.plan().server;
        let (first, length) = (server.body().start as u32, server.body().len() as u32);
        let runs = server.repeats.as_ref().unwrap().runs;
        let path = place.path("a.checkpoint");
        for (run, threads) in (1..runs).zip([1, 2, 16]) {
            fs::remove_file(place.path("out.hct")).unwrap();
            let error = stopped(&place, first + run * length + 2).unwrap_err();
            assert!(matches!(error, Error::Run(RunError::Stopped { .. })), "{error}");
            assert!(!place.path("out.hct").exists());
            assert_eq!(load_checkpoint(&place.prepared, &path).unwrap().runs, run);
            let training = Training {
                resume: Some(&path),
                checkpoints: Some(Checkpoints { path: &path, every: Duration::ZERO }),
                ..Training::default()
            };
            let mut first = None;
            let again = train(&place, training, threads, &mut |now| {
                first = first.or((now.run > 0).then_some(now.run));
            });
            assert!(again.unwrap() == whole, "after run {run}");
            assert_eq!(first, Some(run), "what is done is not done again");
            assert!(!path.exists(), "a checkpoint of what is done stays");
        }
        // Nothing was reached before the end of the first run.
        assert!(stopped(&place, first + 1).is_err() && !path.exists());
    }
}

#[test]
fn training_may_end_with_any_run_and_its_result_is_read() {
    let place = place(looped_plan(4));
    for iterations in 2..=5 {
        train(&place, Training { iterations: Some(iterations), ..Training::default() }, 2, &mut |_| {})
            .unwrap();
        let early = place.decrypt().unwrap().revealed;
        let shorter = self::place(looped_plan(iterations - 1));
        train(&shorter, Training::default(), 1, &mut |_| {}).unwrap();
        // But for what is rounded, by what is expected of the whole training.
        for (name, tensor) in shorter.decrypt().unwrap().revealed {
            assert!(tensor.max_difference(&early[&name]) < 1e-6, "{name} after {iterations}");
        }
    }
    for (wanted, ends) in [(0, "2 or after 2"), (1, "2 or after 2"), (6, "5 or after 5")] {
        let training = Training { iterations: Some(wanted), ..Training::default() };
        let error = train(&place, training, 1, &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains(&format!("after {ends} iterations, not after {wanted}")), "{error}");
    }
}

#[test]
fn checkpoints_of_something_else_and_damaged_ones_are_refused() {
    let place = place(looped_plan(4));
    let body = place.prepared.plan().server.body();
    stopped(&place, (body.start + 2 * body.len() + 1) as u32).unwrap_err();
    let path = place.path("a.checkpoint");
    let good = fs::read(&path).unwrap();
    let load = || load_checkpoint(&place.prepared, &path);
    // A plan of the same loop for more iterations takes it, one for fewer than are done does not, nor one of another loop.
    load_checkpoint(&Prepared::new(looped_plan(9)).unwrap(), &path).unwrap();
    load_checkpoint(&Prepared::new(looped_plan(1)).unwrap(), &path).unwrap_err();
    let mut other = looped_plan(4);
    other.outputs.pop();
    let error = load_checkpoint(&Prepared::new(other).unwrap(), &path).unwrap_err();
    assert!(matches!(error, FileError::Mismatch { what: "loop", .. }), "{error}");
    load_checkpoint(&Prepared::new(refreshed_plan(4)).unwrap(), &path).unwrap_err();
    // Other data under the same keys.
    fs::remove_file(place.path("owner.state")).unwrap();
    place.encrypt(Some(9)).unwrap();
    let training = Training { resume: Some(&path), ..Training::default() };
    let error = train(&place, training, 1, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("go on with the keys and the data"), "{error}");
    // All of the header, and some of the residues.
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    for at in (0..header).chain((header..good.len()).step_by(257)) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, bytes).unwrap();
        assert!(load().is_err(), "a flipped bit of byte {at} is not found");
    }
    fs::write(&path, &good[..good.len() - 1]).unwrap();
    assert!(load().is_err());
}
