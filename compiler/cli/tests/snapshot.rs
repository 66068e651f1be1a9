//! `hep snapshot`: what is kept beside a program, and what happens when it changes.

mod common;

use common::{Place, SIZES, SMALL};

fn snapshot(program: &str) -> String {
    format!("snapshot {program} {SIZES} {SMALL}")
}

#[test]
fn a_snapshot_is_written_on_request_and_then_holds() {
    let place = Place::new();
    place.refused(
        &snapshot("mlr.hep"),
        &["mlr.hep has no snapshot", "mlr.schedule", "help: ", "--ring 11 --insecure --update`"],
    );
    place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    let text = String::from_utf8(place.read("mlr.schedule")).unwrap();
    assert!(text.starts_with("hep schedule 2\nprogram\n"), "{text}");
    for line in [
        "figures",
        "parts",
        "parameters",
        "tensors",
        "keys",
        "constants",
        "owner",
        "predict",
        "prologue",
        "iteration 1",
        "iteration 2",
    ] {
        assert!(text.lines().any(|found| found == line), "no section {line}: {text}");
    }
    assert!(text.contains("  security              none, for tests\n  precision             16 bits\n  costs                 as shipped\n"));

    let before = place.files();
    assert_eq!(place.hep(&snapshot("mlr.hep")).done().out, "mlr.schedule: the same\n");
    // Comments are not what is computed, and line ends are those of a system.
    let program = place.read("mlr.hep");
    place.write("mlr.hep", [b"# a comment\n".as_slice(), &program].concat());
    place.write("mlr.schedule", text.replace('\n', "\r\n"));
    place.hep(&snapshot("mlr.hep")).done();
    place.write("mlr.schedule", &text);
    place.write("mlr.hep", program);
    assert_eq!(place.files(), before, "a comparison writes nothing");
}

#[test]
fn a_change_fails_and_shows_what_it_is() {
    let place = Place::new();
    place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    let kept = place.read("mlr.schedule");
    place.changed("degree 3", "degree 5");
    let outcome = place.hep(&snapshot("mlr.hep"));
    outcome.failed(&[
        "the schedule of mlr.hep is not the one in mlr.schedule",
        "help: if the change is meant: `hep snapshot mlr.hep -p n=16",
    ]);
    for part in [
        "mlr.schedule: changed\n",
        "kept",
        "+1 (+",
        "relinearizations",
        "iteration 2: ",
        "\n  + r",
        "\n  - r",
    ] {
        assert!(outcome.out.contains(part), "no {part:?} in {}", outcome.out);
    }
    assert!(!outcome.out.contains('\u{1b}'), "colors are for terminals");
    assert_eq!(place.read("mlr.schedule"), kept, "only --update writes");
    let full = place.hep(&format!("{} --full", snapshot("mlr.hep")));
    assert!(full.out.lines().count() > outcome.out.lines().count());

    // Another name of the loss is another text, and nothing else.
    place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    let text = String::from_utf8(place.read("mlr.hep")).unwrap();
    place.write("mlr.hep", text.replace("sle", "mine"));
    let renamed = place.hep(&snapshot("mlr.hep"));
    assert!(renamed.out.contains("the same but for the names"), "{}", renamed.out);
    place.changed("degree 5", "degree 3");

    let updated = place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    assert!(
        updated.out.starts_with("mlr.schedule: written, ") && updated.out.contains("new"),
        "{}",
        updated.out
    );
    place.hep(&snapshot("mlr.hep")).done();
}

#[test]
fn other_options_are_named() {
    let place = Place::new();
    place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    let outcome = place.hep(&snapshot("mlr.hep").replace("-p n=16", "-p n=24"));
    outcome.failed(&["help: give the options it was made with; if the change is meant"]);
    assert!(
        outcome.out.contains("n=16 f=3 d=4 c=3 T=2") && outcome.out.contains("n=24 f=3 d=4 c=3 T=2"),
        "{}",
        outcome.out
    );
}

#[test]
fn several_programs_are_reported_one_by_one() {
    let place = Place::new();
    place.hep(&format!("{} --update", snapshot("mlr.hep published.hep"))).done();
    place.changed("degree 3", "degree 2");
    let text = String::from_utf8(place.read("mlr.hep")).unwrap();
    place.write("broken.hep", text.replace("predict logits", "predict logit"));
    let outcome = place.hep(&format!("{} --json", snapshot("mlr.hep published.hep broken.hep")));
    assert_eq!(outcome.code, Some(1));
    let json = outcome.json();
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(2), "{json}");
    let statuses: Vec<String> = json["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["status"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(statuses, ["changed", "same", "failed"]);
    assert!(
        outcome.err.contains("error: broken.hep has no snapshot")
            && outcome.err.contains("2 of 3 programs failed"),
        "{}",
        outcome.err
    );
    let sections = &json["snapshots"][0]["sections"];
    assert!(
        sections.as_array().unwrap().iter().any(|s| s["title"] == "iteration 2" && s["gone"].is_array()),
        "{sections}"
    );

    let outcome = place.hep(&format!("{} --update", snapshot("broken.hep")));
    outcome.failed(&["error[H0201]", "broken.hep:", "`logits`"]);
    assert!(!place.path("broken.schedule").exists());
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let place = Place::new();
    let refused = |text: &[u8], words: &[&str]| {
        place.write("mlr.schedule", text);
        place.refused(&snapshot("mlr.hep"), words);
    };
    refused(b"", &["mlr.schedule is no snapshot", "`hep schedule 2`", "help: "]);
    refused(b"hep schedule 7\n", &["another version of hep", "hep schedule 7"]);
    refused(b"hep schedule 2\n  stray\n", &["line 2 belongs to no section"]);
    refused(b"hep schedule 2\n\xff\n", &["it is no text"]);
    // A damaged one can be replaced.
    place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    place.hep(&snapshot("mlr.hep")).done();

    std::fs::create_dir(place.path("lr.schedule")).unwrap();
    place.refused(
        "snapshot lr.hep -p n=16 -p f=3 --ring 11 --insecure --update",
        &["cannot write lr.schedule", "it is a folder"],
    );
    place.copy("mlr.hep", "x.schedule");
    place.refused(
        &format!("{} --update", snapshot("x.schedule")),
        &["x.schedule would be replaced by its snapshot"],
    );
}

#[test]
fn another_machine_s_costs_do_not_count_unless_they_are_given() {
    let place = Place::new();
    let costs =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/plan/src/cost/default.json");
    let shipped = std::fs::read_to_string(costs).unwrap();
    let mut table: serde_json::Value = serde_json::from_str(&shipped).unwrap();
    table["machine"]["cpu"] = "another".into();
    place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    // What `hep calibrate` wrote for this user.
    place.write("cache/hep/costs.json", table.to_string());
    place.hep(&snapshot("mlr.hep")).done();
    let outcome = place.hep(&format!("{} --costs cache/hep/costs.json", snapshot("mlr.hep")));
    outcome.failed(&["give the options it was made with"]);
    assert!(outcome.out.contains("costs  as shipped  →  "), "{}", outcome.out);
}

#[test]
fn no_snapshot_is_written_twice() {
    let place = Place::new();
    place.copy("mlr.hep", "other.hep");
    place.hep(&format!("{} --update", snapshot("mlr.hep"))).done();
    std::os::unix::fs::symlink("mlr.schedule", place.path("other.schedule")).unwrap();
    let before = place.files();
    for programs in ["mlr.hep other.hep", "mlr.hep mlr.hep", "mlr.hep ./mlr.hep"] {
        place.refused(&format!("{} --update", snapshot(programs)), &["schedule"]);
        assert_eq!(place.files(), before, "{programs}");
    }
    // Nor over another program of the same command.
    std::fs::remove_file(place.path("other.schedule")).unwrap();
    place.copy("mlr.hep", "third.schedule");
    place.copy("mlr.hep", "third.hep");
    let before = place.read("third.schedule");
    place.refused(&format!("{} --update", snapshot("third.hep third.schedule")), &["third.schedule"]);
    assert_eq!(place.read("third.schedule"), before);
}

#[test]
fn a_pipe_is_no_snapshot() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo").arg(place.path("mlr.schedule")).status().unwrap();
    assert!(made.success());
    place.hep(&snapshot("mlr.hep")).failed(&["mlr.schedule is no snapshot: it is no file"]);
    place.hep(&format!("diff mlr.schedule mlr.hep {SIZES} {SMALL}")).failed(&["it is no file"]);
}
