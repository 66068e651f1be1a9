//! Two commands at once in one folder, and commands that a signal ends.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::Outcome;
use common::shim::{Fault, LACKS, lacking};
use common::tiny::{Files, STEPS, Tiny, is_partial};
use hep_format::files::{Info, info};
use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is tried again and again.
const TIMES: usize = 20;
/// Moments at which a command is ended.
const MOMENTS: usize = 50;

const INTERRUPT: &str = "INT";
const TERMINATE: &str = "TERM";
const KILL: &str = "KILL";

fn started(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Outcome {
    Outcome::of(&child.wait_with_output().unwrap())
}

fn at_once(tiny: &Tiny, lines: [&str; 2]) -> Vec<Outcome> {
    let children = lines.map(|line| started(&mut tiny.command(line)));
    children.into_iter().map(ended).collect()
}

fn signal(child: &Child, signal: &str) {
    // One that has ended meanwhile cannot be found any more.
    let _ = Command::new("kill").args(["-s", signal, &child.id().to_string()]).stderr(Stdio::null()).status();
}

#[test]
fn of_two_that_make_keys_in_one_folder_one_wins() {
    let plan = Tiny::after(1).files();
    for _ in 0..TIMES {
        let tiny = Tiny::of(&plan);
        let outcomes = at_once(&tiny, ["keygen plan.hepc -o keys --insecure"; 2]);
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| outcome.code == Some(0));
        assert_eq!(won.len(), 1, "{outcomes:?}");
        lost[0].failed(&["keys/secret.key exists already", "help: choose another directory"]);
        let names = ["secret.key", "public.key", "eval.keys"];
        let sets = names.map(|name| info(&tiny.path(&format!("keys/{name}"))).unwrap().keys);
        assert!(sets.iter().all(|set| *set == sets[0]), "a mixed set: {sets:?}");
        assert_eq!(tiny.files().len(), plan.len() + names.len());
    }
}

fn states(tiny: &Tiny) -> Vec<Info> {
    let files = tiny.files();
    files.keys().filter(|name| name.ends_with(".state")).map(|name| info(&tiny.path(name)).unwrap()).collect()
}

#[test]
fn of_two_that_encrypt_neither_loses_its_state() {
    let keys = Tiny::after(2).files();
    let encrypt = "encrypt plan.hepc --keys keys --data data.csv --insecure";
    for time in 0..TIMES {
        let tiny = Tiny::of(&keys);
        let lines = ["a", "b"].map(|name| format!("{encrypt} -o {name}.hct"));
        at_once(&tiny, [&lines[0], &lines[1]]).into_iter().for_each(|outcome| drop(outcome.done()));
        let uploads = BTreeSet::from(["a.hct", "b.hct"].map(|name| info(&tiny.path(name)).unwrap().upload));
        let kept: BTreeSet<_> = states(&tiny).into_iter().map(|state| state.upload).collect();
        assert_eq!((kept.len(), &kept), (2, &uploads));
        for name in ["a", "b"].iter().filter(|_| time == 0) {
            tiny.hep(&format!("run plan.hepc --eval-keys keys/eval.keys --in {name}.hct -o {name}.out"))
                .done();
            tiny.hep(&format!("decrypt plan.hepc --keys keys --in {name}.out -o {name}.npz --insecure"))
                .done();
        }

        // To one place: one upload is in it, whole, and both have their states.
        let line = format!("{encrypt} -o one.hct");
        at_once(&tiny, [&line, &line]).into_iter().for_each(|outcome| drop(outcome.done()));
        let upload = info(&tiny.path("one.hct")).unwrap().upload;
        let kept = states(&tiny);
        assert_eq!(kept.len(), 4);
        assert!(kept.iter().any(|state| state.upload == upload));

        // Under one name that the owner gives: one wins, and only its upload is there.
        let lines = ["c", "d"].map(|name| format!("{encrypt} -o {name}.hct --owner mine.state"));
        let outcomes = at_once(&tiny, [&lines[0], &lines[1]]);
        let lost = outcomes.iter().position(|outcome| outcome.code != Some(0)).expect("one state was lost");
        outcomes[lost].failed(&["mine.state", "help: "]);
        let names = ["c.hct", "d.hct"];
        assert!(!tiny.path(names[lost]).exists());
        let upload = info(&tiny.path(names[1 - lost])).unwrap().upload;
        assert_eq!(info(&tiny.path("mine.state")).unwrap().upload, upload);
        assert!(!tiny.files().keys().any(|name| is_partial(name)));
    }
}

/// What may be there after a command was ended: the old files, new ones that are whole, and with `partial` what is kept until it
/// is whole, for the user alone.
fn nothing_torn(before: &Files, after: &Files, found: &Files, partial: bool, case: &str) {
    for (name, file) in found {
        if is_partial(name) {
            assert!(partial && file.1 == 0o600, "{name} of mode {:o} was left\n{case}", file.1);
            continue;
        }
        // What has just got its name may be for the user alone still.
        let is = |known: Option<&(Vec<u8>, u32)>| {
            known.is_some_and(|known| known.0 == file.0 && (known.1 == file.1 || file.1 == 0o600))
        };
        assert!(is(before.get(name)) || is(after.get(name)), "{name} is torn\n{case}");
    }
    assert!(before.keys().all(|name| found.contains_key(name)), "a file is lost\n{case}");
    let set = ["keys/secret.key", "keys/public.key", "keys/eval.keys"];
    let whole = set.iter().all(|name| found.contains_key(*name));
    assert!(whole || !found.contains_key(set[0]), "half a set of keys\n{case}");
    let state = found.keys().any(|name| name.ends_with(".state"));
    assert!(state || !found.contains_key("in.hct"), "an upload without its state\n{case}");
}

/// Ends a command at many moments of its life, on systems with and without unnamed files.
fn every_moment(step: usize) {
    let before = Tiny::after(step).files();
    let after = Tiny::after(step + 1).files();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 + step as u64;
    for lacks in &LACKS[..2] {
        let run = |tiny: &Tiny| started(lacking(&mut tiny.command(STEPS[step]), *lacks));
        let length = {
            let (tiny, start) = (Tiny::of(&before), Instant::now());
            ended(run(&tiny)).done();
            start.elapsed()
        };
        for moment in 0..MOMENTS {
            for name in [KILL, INTERRUPT] {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let wait = length.mul_f64((random >> 33) as f64 / (1u64 << 31) as f64);
                let tiny = Tiny::of(&before);
                let child = run(&tiny);
                std::thread::sleep(wait);
                signal(&child, name);
                let status = child.wait_with_output().unwrap().status;
                let case = format!("{}, {name} number {moment}, {status}", STEPS[step]);
                let number = if name == KILL { 9 } else { 2 };
                assert!(status.code() == Some(0) || status.signal() == Some(number), "{case}");
                let found = tiny.files();
                nothing_torn(&before, &after, &found, lacks.is_some(), &case);
                if !found.contains_key("keys/secret.key") || step > 1 {
                    // The next command finds nothing in its way, and takes over what was left.
                    ended(run(&tiny)).done();
                    let found = tiny.files();
                    nothing_torn(&before, &found, &found, false, &case);
                    for name in after.keys().filter(|name| !name.ends_with("publications.json")) {
                        assert!(found.get(name) == after.get(name), "{name} is not made again\n{case}");
                    }
                }
            }
        }
    }
}

#[test]
fn keygen_leaves_nothing_torn_whenever_it_ends() {
    every_moment(1);
}

#[test]
fn encrypt_leaves_nothing_torn_whenever_it_ends() {
    every_moment(2);
}

#[test]
fn run_leaves_nothing_torn_whenever_it_ends() {
    every_moment(3);
}

#[test]
fn decrypt_leaves_nothing_torn_whenever_it_ends() {
    every_moment(4);
}

/// A signal that comes when the first of files is in place that are worth nothing without the next.
#[test]
fn a_signal_between_two_files_leaves_none_of_them() {
    let interrupted = Fault { call: "fsync of a folder", errno: -2, lasting: false };
    for (step, folders) in [(1, 2), (2, 1)].into_iter().filter(|_| !is_ignored(2)) {
        let before = Tiny::after(step).files();
        for at in 1..=folders {
            let (tiny, outside) = (Tiny::of(&before), tempfile::tempdir().unwrap());
            let mark = outside.path().join("mark");
            let status = interrupted.inject(&mut tiny.command(STEPS[step]), at, &mark).status().unwrap();
            assert!(mark.exists(), "{}: no folder number {at}", STEPS[step]);
            assert_eq!(status.signal(), Some(2), "{}", STEPS[step]);
            assert_eq!(tiny.files(), before, "{} at {at}", STEPS[step]);
        }
    }
}

/// Whether whoever started the tests has a signal ignored, as `nohup` does: the commands then ignore it too, and should.
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    u64::from_str_radix(mask, 16).unwrap() >> (number - 1) & 1 == 1
}

/// Starts to encrypt data that come through a pipe, and waits until it has its places.
fn waiting(tiny: &Tiny, lacks: Option<&str>) -> Child {
    assert!(Command::new("mkfifo").arg(tiny.path("pipe.csv")).status().unwrap().success());
    let line = "encrypt plan.hepc --keys keys --data pipe.csv -o in.hct --insecure";
    let mut child = started(lacking(&mut tiny.command(line), lacks));
    let opened = || {
        let handles = std::fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
        let names = handles.filter_map(|handle| std::fs::read_link(handle.path()).ok());
        let folder = tiny.path("").canonicalize().unwrap();
        let own = |path: &std::path::PathBuf| path.starts_with(&folder);
        // Upload and state.
        names.filter(|path| own(path) && !path.ends_with("plan.hepc")).count() >= 2
    };
    let patience = Instant::now() + Duration::from_secs(60);
    while !opened() {
        assert!(Instant::now() < patience, "nothing is opened before the data are read");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.try_wait().unwrap().is_none());
    child
}

#[test]
fn a_signal_removes_what_has_a_name_and_ends_the_command_as_usual() {
    let keys = Tiny::after(2).files();
    for (lacks, partials) in [(None, 0), (Some("unnamed"), 2)] {
        let signals = [(INTERRUPT, 2), (TERMINATE, 15), ("HUP", 1), (KILL, 9)];
        for (name, number) in signals.into_iter().filter(|(_, number)| !is_ignored(*number)) {
            let tiny = Tiny::of(&keys);
            let child = waiting(&tiny, lacks);
            let partial = |files: &Files| files.iter().filter(|(name, _)| is_partial(name)).count();
            let during = tiny.files();
            assert_eq!(partial(&during), partials, "{:?}", during.keys());
            assert!(during.iter().all(|(name, file)| !is_partial(name) || file.1 == 0o600));
            signal(&child, name);
            let status = child.wait_with_output().unwrap().status;
            assert_eq!(status.signal(), Some(number), "{name}: {status}");
            std::fs::remove_file(tiny.path("pipe.csv")).unwrap();
            let left = tiny.files();
            if name == KILL {
                assert_eq!(partial(&left), partials);
            } else {
                assert!(left == keys, "{name} left {:?}", left.keys());
            }
            ended(started(lacking(&mut tiny.command(STEPS[2]), lacks))).done();
            assert_eq!(partial(&tiny.files()), 0, "what was left was not taken over");
        }
    }
}
