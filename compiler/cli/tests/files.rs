//! No command loses a file or lets a secret go: what its output may take the place of, and who may read it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::tiny::{STEPS, Tiny, is_partial};
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::Command;

const RUN: &str = "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o";
const DECRYPT: &str = "decrypt plan.hepc --keys keys --in out.hct --insecure -o";
const ENCRYPT: &str = "encrypt plan.hepc --keys keys --data data.csv --insecure -o";
const TRAIN: &str = "train tiny.hep --ring 6 --insecure --data data.csv -o";
const SIMULATE: &str = "simulate tiny.hep --data data.csv";
const COMPARE: &str = "compare tiny.hep --ring 6 --insecure --data data.csv --html";

/// The command fails with one message and one help, and no file has changed.
#[track_caller]
fn refused(tiny: &Tiny, line: &str, words: &[&str]) {
    let before = tiny.files();
    let outcome = tiny.hep(line);
    outcome.failed(words);
    assert!(outcome.err.contains("\n help: "), "{line}: {}", outcome.err);
    assert!(tiny.files() == before, "{line} changed a file");
}

fn mode(tiny: &Tiny, name: &str) -> u32 {
    fs::metadata(tiny.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn no_input_is_replaced() {
    let tiny = Tiny::after(4);
    fs::hard_link(tiny.path("tiny.hep"), tiny.path("hard")).unwrap();
    symlink("data.csv", tiny.path("soft")).unwrap();
    let read = "is read by this command";
    for line in [
        "compile tiny.hep -o tiny.hep",
        "compile tiny.hep -o hard",
        &format!("{RUN} in.hct"),
        &format!("{RUN} plan.hepc"),
        &format!("{RUN} keys/eval.keys"),
        &format!("{ENCRYPT} data.csv"),
        &format!("{ENCRYPT} keys/secret.key"),
        &format!("{ENCRYPT} x.hct --owner plan.hepc"),
        &format!("{DECRYPT} out.hct"),
        &format!("{DECRYPT} keys/secret.key"),
        &format!("{TRAIN} data.csv"),
        &format!("{TRAIN} soft"),
        &format!("{SIMULATE} -o ./data.csv"),
        &format!("{SIMULATE} --trace tiny.hep"),
        &format!("{COMPARE} data.csv"),
    ] {
        refused(&tiny, line, &[read, "help: give the output another name"]);
    }
    assert!(tiny.path("soft").is_symlink());
    refused(&tiny, "snapshot tiny.hep --ring 6 --insecure --update --costs tiny.hep", &["tiny.hep"]);
}

#[test]
fn only_a_file_of_the_same_kind_is_replaced() {
    let tiny = Tiny::after(5);
    fs::write(tiny.path("page.html"), "<!DOCTYPE html>\n<title>mine</title>\n").unwrap();
    fs::write(tiny.path("list.json"), "[1, 2]\n").unwrap();
    fs::write(tiny.path("tiny.schedule"), "a plan for the week\n").unwrap();
    let state = tiny.files().into_keys().find(|name| name.ends_with(".state")).unwrap();
    for (line, found, wanted) in [
        (format!("{RUN} keys/secret.key"), "a secret key", "an encrypted model"),
        (format!("{RUN} model.npz"), "a model", "an encrypted model"),
        (format!("{DECRYPT} keys/eval.keys"), "a set of evaluation keys", "a model"),
        (format!("{DECRYPT} {state}"), "an owner's state", "a model"),
        (format!("{ENCRYPT} out.hct"), "an encrypted model", "encrypted training data"),
        (format!("{ENCRYPT} x.hct --owner in.hct"), "encrypted training data", "an owner's state"),
        ("compile tiny.hep -o in.hct".to_string(), "encrypted training data", "a plan"),
        (format!("{TRAIN} keys/secret.key"), "a secret key", "a model"),
        (format!("{SIMULATE} --trace list.json"), "a text", "a trace"),
        (format!("{SIMULATE} --trace model.npz"), "a model", "a trace"),
        (format!("{COMPARE} page.html"), "a text", "a page of `hep compare`"),
        ("calibrate --quick --rings 10 --out list.json".to_string(), "a text", "a cost table"),
        ("snapshot tiny.hep --ring 6 --insecure --update".to_string(), "a text", "a snapshot"),
    ] {
        refused(&tiny, &line, &[&format!("is {found}"), &format!("{wanted} would take its place")]);
    }
    // The same commands over what they wrote.
    STEPS.iter().filter(|step| !step.starts_with("keygen")).for_each(|step| drop(tiny.hep(step).done()));
    refused(&tiny, STEPS[1], &["keys/secret.key exists already"]);
    fs::remove_file(tiny.path("tiny.schedule")).unwrap();
    for _ in 0..2 {
        tiny.hep(&format!("{TRAIN} model.npz")).done();
        tiny.hep(&format!("{SIMULATE} -o model.npz --trace trace.npz")).done();
        tiny.hep(&format!("{SIMULATE} --trace trace.json")).done();
        tiny.hep(&format!("{COMPARE} report.html")).done();
        tiny.hep("snapshot tiny.hep --ring 6 --insecure --update").done();
    }
    assert!(!tiny.files().keys().any(|name| is_partial(name)));
    // Nor are two outputs one file.
    refused(&tiny, &format!("{SIMULATE} -o twice.npz --trace ./twice.npz"), &["twice.npz", "written twice"]);
    refused(&tiny, &format!("{ENCRYPT} twice --owner ./twice"), &["twice", "written twice"]);
}

#[test]
fn links_are_followed_and_stay() {
    let tiny = Tiny::after(4);
    fs::create_dir(tiny.path("far")).unwrap();
    for (link, target) in [("m.npz", "far/model"), ("r.hct", "far/result"), ("key", "keys/secret.key")] {
        symlink(target, tiny.path(link)).unwrap();
    }
    tiny.hep(&format!("{DECRYPT} m.npz")).done();
    tiny.hep(&format!("{RUN} r.hct")).done();
    assert!(tiny.path("m.npz").is_symlink() && tiny.path("r.hct").is_symlink());
    assert_eq!(mode(&tiny, "far/model"), 0o600);
    assert_eq!(tiny.read("far/result"), tiny.read("out.hct"));
    refused(&tiny, &format!("{RUN} key"), &["key is a secret key"]);
    refused(&tiny, &format!("{DECRYPT} key"), &["key is read by this command"]);
}

/// Pipes and devices, in a folder of our own.
#[test]
fn what_is_no_regular_file_is_written_through() {
    let tiny = Tiny::after(4);
    let made = |name: &str, words: &[&str]| {
        let made = Command::new("mknod").arg(tiny.path(name)).args(words).output();
        made.is_ok_and(|output| output.status.success())
            && (words == ["p"] || fs::OpenOptions::new().write(true).open(tiny.path(name)).is_ok())
    };
    assert!(made("pipe", &["p"]));
    let through = |line: &str| {
        let reader = std::thread::spawn({
            let pipe = tiny.path("pipe");
            move || fs::read(pipe).unwrap()
        });
        tiny.hep(line).done();
        reader.join().unwrap()
    };
    assert!(through(&format!("{RUN} pipe")) == tiny.read("out.hct"));
    assert!(through("compile tiny.hep --ring 6 --insecure -o pipe") == tiny.read("plan.hepc"));
    tiny.hep(&format!("{DECRYPT} model.npz")).done();
    assert!(through(&format!("{DECRYPT} pipe")) == tiny.read("model.npz"));
    assert!(fs::metadata(tiny.path("pipe")).unwrap().file_type().is_fifo());

    // Standard output, under the name that it has in the process.
    let line = "compile tiny.hep --ring 6 --insecure -o /proc/self/fd/1";
    if cfg!(target_os = "linux") {
        assert!(tiny.command(line).output().unwrap().stdout == tiny.read("plan.hepc"));
    }

    // Where nodes cannot be made, pipes have to do.
    if made("null", &["c", "1", "3"]) && made("full", &["c", "1", "7"]) {
        for line in [RUN, DECRYPT, ENCRYPT, TRAIN, "compile tiny.hep --ring 6 --insecure -o", COMPARE] {
            let before = tiny.files().len();
            tiny.hep(&format!("{line} null")).done();
            let outcome = tiny.hep(&format!("{line} full"));
            outcome.failed(&["cannot write full", "No space left"]);
            assert!(!outcome.err.contains("ZipWriter"), "{}", outcome.err);
            // An upload that is not there needs no state.
            let kept = usize::from(line == ENCRYPT);
            assert_eq!(tiny.files().len() - before, kept, "{line}");
        }
        for name in ["null", "full"] {
            assert!(
                fs::metadata(tiny.path(name)).unwrap().file_type().is_char_device(),
                "{name} is replaced"
            );
        }
    }
}

#[test]
fn what_cannot_be_written_is_said_before_any_work() {
    let tiny = Tiny::after(4);
    fs::create_dir(tiny.path("sealed")).unwrap();
    fs::set_permissions(tiny.path("sealed"), PermissionsExt::from_mode(0o555)).unwrap();
    let sealed = fs::write(tiny.path("sealed/probe"), "").is_err();
    // Each would fail for another reason if it read its files first.
    for line in [
        "run none.hepc --eval-keys none --in none -o",
        "decrypt none.hepc --keys none --in none -o",
        "encrypt none.hepc --keys none --data none.csv -o",
        "train tiny.hep --data none.csv -o",
        "simulate tiny.hep --data none.csv -o",
        "simulate tiny.hep --data none.csv --trace",
        "compare none.hep --html",
        "calibrate --out",
    ] {
        refused(&tiny, &format!("{line} no/x.npz"), &["no/x.npz", "there is no folder", "help: make"]);
        refused(&tiny, &format!("{line} keys"), &["cannot write keys", "it is a folder"]);
        // Nobody can write there: not the superuser either, who can write to any folder of a disk.
        for folder in ["sealed", "/sys"].iter().filter(|folder| **folder != "sealed" || sealed) {
            if tiny.path(folder).is_dir() {
                let line = format!("{line} {folder}/x.npz");
                refused(&tiny, &line, &["/x.npz", "cannot be written to", "help: choose a folder"]);
            }
        }
    }
    refused(&tiny, "compile tiny.hep -o no/x", &["there is no folder"]);
    refused(&tiny, &format!("{ENCRYPT} x.hct --owner no/x"), &["there is no folder"]);
}

#[test]
fn models_and_traces_are_for_their_owner_alone() {
    let tiny = Tiny::after(4);
    fs::write(tiny.path("usual"), "").unwrap();
    let usual = mode(&tiny, "usual");
    for (shared, expected) in [("", 0o600), ("--shared", usual), ("", 0o600)] {
        for (line, file) in [
            (format!("{DECRYPT} model.npz"), "model.npz"),
            (format!("{TRAIN} trained.npz"), "trained.npz"),
            (format!("{SIMULATE} -o twin.npz"), "twin.npz"),
            (format!("{SIMULATE} --trace trace.npz"), "trace.npz"),
            (format!("{SIMULATE} --trace trace.json"), "trace.json"),
        ] {
            tiny.hep(&format!("{line} {shared}")).done();
            assert_eq!(mode(&tiny, file), expected, "{line} {shared}");
        }
    }
    assert_eq!(mode(&tiny, "out.hct"), usual);
}

#[test]
fn secrets_that_others_can_read_are_not_used() {
    let tiny = Tiny::after(4);
    let state = tiny.files().into_keys().find(|name| name.ends_with(".state")).unwrap();
    let chmod = |name: &str, mode: u32| {
        fs::set_permissions(tiny.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    for (secret, lines) in [
        ("keys/secret.key", vec![format!("{DECRYPT} m.npz"), format!("{ENCRYPT} x.hct")]),
        (&state, vec![format!("{DECRYPT} m.npz")]),
    ] {
        chmod(secret, 0o644);
        for line in &lines {
            let help = format!("help: keep it to yourself: `chmod 600 {secret}`");
            refused(&tiny, line, &[secret, "can be read by others", "0644", &help]);
        }
        chmod(secret, 0o400);
        lines.iter().for_each(|line| drop(tiny.hep(line).done()));
        chmod(secret, 0o600);
    }
}

#[test]
fn a_folder_that_everybody_can_write_to_is_no_place_for_a_secret() {
    let tiny = Tiny::after(4);
    let open = |folder: &str, mode| {
        fs::set_permissions(tiny.path(folder), PermissionsExt::from_mode(mode)).unwrap();
    };
    let words = ["everybody can write to", "0777", "help: keep the folder to yourself: `chmod go-w "];
    fs::create_dir(tiny.path("other")).unwrap();
    for (folder, line) in [
        ("keys", format!("{DECRYPT} m.npz")),
        ("keys", format!("{ENCRYPT} x.hct")),
        ("other", "keygen plan.hepc -o other --insecure".into()),
    ] {
        open(folder, 0o777);
        refused(&tiny, &line, &words);
        // As in `/tmp`, nobody else can give another name to a file there.
        open(folder, 0o1777);
        tiny.hep(&line).done();
        open(folder, 0o700);
    }
}

#[test]
fn names_that_are_no_places_are_said() {
    let tiny = Tiny::after(1);
    let link = |name: &str, to: &str| symlink(to, tiny.path(name)).unwrap();
    link("lost", "nowhere");
    link("round", "about");
    link("about", "round");
    let long = "x".repeat(300);
    let keygen = "keygen plan.hepc --insecure -o";
    refused(&tiny, &format!("{keygen} lost"), &["lost", "a link that leads to no folder", "help: give"]);
    refused(&tiny, &format!("{keygen} round"), &["round", "help: "]);
    refused(&tiny, "compile tiny.hep -o round", &["round", "help: its links lead back to themselves"]);
    refused(&tiny, &format!("compile tiny.hep -o {long}"), &["help: choose a shorter name"]);
    refused(&tiny, "keygen none.hepc -o keys", &["none.hepc", "help: check the name"]);
    refused(&tiny, "keygen tiny.hep/x.hepc -o keys", &["tiny.hep/x.hepc", "help: check the path"]);
}

#[test]
fn keys_without_their_secret_are_not_replaced_in_silence() {
    let tiny = Tiny::after(2);
    fs::remove_file(tiny.path("keys/secret.key")).unwrap();
    let said = tiny.hep(STEPS[1]);
    let words = "they took the place of `public.key`, `eval.keys` there, which had no secret.key beside them";
    assert!(said.done().err.contains(words));
}

#[test]
fn a_result_finds_the_state_of_its_data() {
    let tiny = Tiny::after(2);
    for name in ["first", "second"] {
        let said = tiny.hep(&format!("{ENCRYPT} {name}.hct")).done().err;
        assert!(said.contains("keys/owner-") && said.contains(".state stays with you"), "{said}");
    }
    for name in ["first", "second"] {
        tiny.hep(&format!("run plan.hepc --eval-keys keys/eval.keys --in {name}.hct -o {name}.out")).done();
        tiny.hep(&format!("decrypt plan.hepc --keys keys --in {name}.out -o {name}.npz --insecure")).done();
    }
    // Under a name that the owner gives, and never over the state of other data.
    tiny.hep(&format!("{ENCRYPT} third.hct --owner my.state")).done();
    let kept = tiny.read("my.state");
    refused(&tiny, &format!("{ENCRYPT} fourth.hct --owner my.state"), &["my.state", "other data"]);
    assert_eq!(tiny.read("my.state"), kept);
    tiny.hep("run plan.hepc --eval-keys keys/eval.keys --in third.hct -o third.out").done();
    let decrypt = "decrypt plan.hepc --keys keys --in third.out -o third.npz --insecure";
    refused(&tiny, decrypt, &["keys/owner-", "is not there", "`--owner FILE`"]);
    tiny.hep(&format!("{decrypt} --owner my.state")).done();
    let report = tiny.hep(&format!("{ENCRYPT} x.hct --json")).done().json();
    assert!(tiny.path(report["owner_state"].as_str().unwrap()).exists());
}

/// A name that can be guessed is no way to write elsewhere.
#[test]
fn temporary_names_are_no_way_out_of_the_folder() {
    let tiny = Tiny::after(5);
    fs::write(tiny.path("victim"), "mine").unwrap();
    for name in [".model.npz.hep-partial", "model.npz.new", ".model.npz.tmp"] {
        symlink("victim", tiny.path(name)).unwrap();
    }
    let outcome = tiny.hep(&format!("{DECRYPT} model.npz"));
    outcome.failed(&[".model.npz.hep-partial is no file of yours", "help: remove it"]);
    fs::remove_file(tiny.path(".model.npz.hep-partial")).unwrap();
    tiny.hep(&format!("{DECRYPT} model.npz")).done();
    assert_eq!(tiny.read("victim"), b"mine");
}
