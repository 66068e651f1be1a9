//! What is advised about files that are there already, or are not what they should be.

mod common;

use common::{Place, SIZES, SMALL};

#[test]
fn a_folder_without_its_secret_key_does_not_encrypt() {
    let place = Place::new();
    place.upload();
    assert!(place.hep("info keys").done().out.contains("`hep encrypt PLAN.hepc --keys keys --data FILE"));
    std::fs::remove_file(place.path("keys/secret.key")).unwrap();
    let said = place.hep("info keys").done().out;
    assert!(said.contains("lacks      secret.key") && !said.contains("encrypt PLAN"), "{said}");
    let run = "hep run PLAN.hepc --eval-keys keys/eval.keys --in IN.hct -o OUT.hct";
    assert!(said.contains(&format!("`{run}`")), "{said}");
    assert_eq!(place.hep("info keys --json").done().json()["use"], run);
    // The command that is told works.
    let line =
        run.replacen("hep ", "", 1).replace("PLAN", "plan").replace("IN.", "in.").replace("OUT", "out");
    place.hep(&line).done();
    std::fs::remove_file(place.path("keys/eval.keys")).unwrap();
    let said = place.hep("info keys").done().out;
    assert!(said.contains("lacks      secret.key") && !said.contains("`hep "), "{said}");
}

/// A plan that another version wrote says nothing of its program.
#[test]
fn an_old_plan_is_given_up_for_its_program() {
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    let line = "explain plan.hepc";
    place.refused(line, &["plan.hepc is a plan", "`hep info plan.hepc` says its name"]);
    let mut plan = place.read("plan.hepc");
    let written = br#""version":"3""#;
    let at = plan.windows(written.len()).position(|bytes| bytes == written);
    plan[at.unwrap() + written.len() - 2] = b'2';
    place.write("plan.hepc", plan);
    assert_eq!(place.hep("info plan.hepc").code, Some(1));
    let outcome = place.hep(line);
    outcome.failed(&["plan.hepc is a plan", "help: give the program that it was compiled from"]);
    assert!(!outcome.err.contains("hep info"), "{}", outcome.err);
}

#[test]
fn a_snapshot_has_the_name_of_its_program() {
    let place = Place::new();
    place.write("lr.schedule", "my notes\n");
    let outcome = place.hep(&format!("snapshot lr.hep -p n=16 -p f=3 {SMALL} --update"));
    outcome.failed(&["lr.schedule is a text", "help: move that file elsewhere"]);
    assert!(!outcome.err.contains("another name"), "{}", outcome.err);
    assert_eq!(place.read("lr.schedule"), b"my notes\n");
}

#[test]
fn a_stage_is_printed_and_not_written() {
    let place = Place::new();
    let line = format!("compile mlr.hep {SIZES} {SMALL} --emit slot");
    let outcome = place.hep(&format!("{line} -o slot.txt"));
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.err.contains("leave `-o` out, or send what is printed there with `> slot.txt`"),
        "{outcome:?}"
    );
    assert!(!place.path("slot.txt").exists());
    place.hep(&line).done();
}
