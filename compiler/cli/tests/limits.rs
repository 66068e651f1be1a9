//! A process that gets no more memory or threads: a message and exit code 1, never a panic or an abort.

#![allow(clippy::unwrap_used)] // all of this is test code
#![cfg(target_os = "linux")] // which enforces the limit on addresses

mod common;

use common::{Outcome, Place, SIZES, SMALL};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Runs `hep` in a process that may take so many kilobytes of addresses.
fn limited(place: &Place, kilobytes: u32, line: &str) -> Outcome {
    let mut command = Command::new("sh");
    let script = format!("ulimit -v {kilobytes} && exec '{}' {line}", env!("CARGO_BIN_EXE_hep"));
    let output = command.args(["-c", &script]).current_dir(place.path("")).output().unwrap();
    Outcome {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Four columns of so many zeros, in a file of a few hundred kilobytes.
fn zeros(place: &Place, rows: usize) {
    let mut archive = ZipWriter::new(File::create(place.path("zeros.npz")).unwrap());
    archive.start_file("x.npy", SimpleFileOptions::default()).unwrap();
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, 4), }}");
    archive.write_all(b"\x93NUMPY\x01\x00\x76\x00").unwrap();
    archive.write_all(format!("{header:<117}\n").as_bytes()).unwrap();
    for _ in 0..rows / 1024 {
        archive.write_all(&[0; 1024 * 4 * 8]).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn no_memory_is_a_message() {
    let place = Place::new();
    zeros(&place, 1 << 23);
    place.hep("simulate mlr.hep --data data.csv --rows 0..16 -o model.npz").done();
    let line = "predict model.npz --data zeros.npz --label none";
    let outcome = limited(&place, 240_000, line);
    outcome.failed(&["error: out of memory", "help: ", "`ulimit -v`"]);
    let json = limited(&place, 240_000, &format!("{line} --json"));
    assert_eq!((json.code, &json.json()["errors"][0]["severity"]), (Some(1), &"error".into()));
}

/// What is missing are addresses, whatever memory the machine has: a plan that needs less is no way out.
#[test]
fn too_few_addresses_are_called_so() {
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    place.hep("encrypt plan.hepc --keys keys --data data.csv --rows 0..16 -o in.hct --seed 2").done();
    let line = "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct --threads 1";
    let said: Vec<Outcome> =
        (20_000..600_000).step_by(5_000).map(|limit| limited(&place, limit, line)).collect();
    let found = said.iter().find(|outcome| outcome.err.contains("this run needs"));
    found
        .unwrap_or_else(|| panic!("{said:#?}"))
        .failed(&["the limit of addresses of this process (`ulimit -v`)", "help: raise that limit"]);
    assert!(said.iter().all(|outcome| !outcome.err.contains("compile the program again")));
    assert!(said.iter().any(|outcome| outcome.code == Some(0)), "{:#?}", said.last());
}

#[test]
fn no_threads_are_a_message() {
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    let line = "keygen plan.hepc -o keys --insecure --threads 1024";
    limited(&place, 1_000_000, line).failed(&["error: the system gives no threads", "help: ", "`ulimit -u`"]);
    assert!(!place.path("keys/secret.key").exists());
}

/// What is no file may have no end.
#[test]
fn a_program_without_end_is_a_message() {
    let script = format!("yes '# more' | '{}' check /dev/stdin", env!("CARGO_BIN_EXE_hep"));
    let outcome = Outcome::of(&Command::new("sh").args(["-c", &script]).output().unwrap());
    outcome.failed(&["/dev/stdin goes on behind 1048576 bytes", "help: "]);
}

#[test]
fn no_memory_for_keys_leaves_no_folder() {
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    let enough = (20_000..2_000_000).step_by(20_000).find(|kilobytes| {
        let outcome = limited(&place, *kilobytes, "keygen plan.hepc -o keys --insecure --threads 1");
        // The C library may abort a thread that starts without memory: nobody can tidy up after that.
        let made = place.path("keys").exists() && outcome.code.is_some();
        assert_eq!(made, outcome.code == Some(0), "{kilobytes}: {}", outcome.err);
        let _ = fs::remove_dir(place.path("keys"));
        outcome.code == Some(0)
    });
    assert!(enough.is_some_and(|least| least > 20_000), "no limit was met: {enough:?}");
}

#[test]
fn files_that_may_not_be_that_long_are_a_message() {
    let place = Place::new();
    let script = format!(
        "ulimit -f 1 && exec '{}' compile mlr.hep {SIZES} {SMALL} -o plan.hepc",
        env!("CARGO_BIN_EXE_hep")
    );
    let outcome =
        Outcome::of(&Command::new("sh").args(["-c", &script]).current_dir(place.path("")).output().unwrap());
    outcome.failed(&["cannot write plan.hepc", "help: raise how long a file", "`ulimit -f`"]);
    assert!(!place.path("plan.hepc").exists());
}

/// Runs `hep` as a user who may have no further thread. The administrator may have any number, and becomes somebody else.
fn alone(place: &Place, line: &str) -> Outcome {
    let mut program = PathBuf::from(env!("CARGO_BIN_EXE_hep"));
    let mut words = vec![];
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        // Who may look into this folder, but not where the tests were built.
        fs::copy(&program, place.path("hep")).unwrap();
        program = place.path("hep");
        fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o777)).unwrap();
        words.extend(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    }
    let script = format!("ulimit -u 1 && exec '{}' {line}", program.display());
    words.extend(["bash", "-c", &script]);
    let run = || Command::new(words[0]).args(&words[1..]).current_dir(place.path("")).output().unwrap();
    let mut output = run();
    // A process that another test has just started may still have the copy open for writing, until it runs its own program.
    while String::from_utf8_lossy(&output.stderr).contains("Text file busy") {
        std::thread::sleep(std::time::Duration::from_millis(20));
        output = run();
    }
    Outcome {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn no_further_thread_is_a_message() {
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    for line in [
        &format!("explain mlr.hep {SIZES}"),
        "keygen plan.hepc -o keys --insecure",
        &format!("train mlr.hep {SMALL} --data data.csv -o model.npz"),
    ] {
        alone(&place, line).failed(&["error: the system gives no threads", "help: ", "`ulimit -u`"]);
    }
    assert!(!place.path("keys/secret.key").exists() && !place.path("model.npz").exists());
}

/// Wherever the memory ends.
#[test]
fn no_limit_of_memory_ends_in_a_panic() {
    let place = Place::new();
    place.trained();
    place.hep("decrypt plan.hepc --keys keys --in out.hct -o model.npz").done();
    let mut refused = 0;
    for kilobytes in (30_000..80_000).step_by(10_000) {
        for line in [
            "explain mlr.hep",
            "predict model.npz --data data.csv",
            &format!("train mlr.hep {SMALL} --data data.csv"),
            "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o again.hct",
        ] {
            let outcome = limited(&place, kilobytes, line);
            // 127: the system could not even load the program.
            assert!(matches!(outcome.code, Some(0 | 1 | 127)), "{kilobytes} kB, hep {line}: {outcome:?}");
            if outcome.code == Some(1) {
                outcome.failed(&["help: "]);
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}
