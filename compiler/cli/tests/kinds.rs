//! A file of another kind than the one that is needed: the message says what it is, what is needed, and one command.

mod common;

use common::tiny::Tiny;
use std::fs;

const KEYS: &str = "--eval-keys keys/eval.keys";

/// One message, with all these words.
#[track_caller]
fn refused(tiny: &Tiny, line: &str, found: &str, needed: &str, help: &str) {
    let before = tiny.files();
    let outcome = tiny.hep(line);
    outcome.failed(&[&format!("{found}, but {needed}"), &format!("\n help: {help}")]);
    assert!(tiny.files() == before, "{line} changed a file");
}

#[test]
fn a_file_of_another_kind_is_called_what_it_is() {
    let tiny = Tiny::after(5);
    let state = tiny.files().into_keys().find(|name| name.ends_with(".state")).expect("a state");
    let (plan, program) = ("a plan is needed here", "a program is needed here");
    let (keys, data) = ("a set of evaluation keys is needed here", "data are needed here: a table");
    let model = "a model is needed here";
    for (line, found, needed, help) in [
        (
            "keygen tiny.hep -o k2",
            "tiny.hep is a program",
            plan,
            "`hep compile tiny.hep -o tiny.hepc` makes it",
        ),
        ("keygen data.csv -o k2", "data.csv is a table of text", plan, "`hep compile PROG.hep -o PLAN.hepc`"),
        ("encrypt model.npz --keys keys --data data.csv -o x", "model.npz is a model", plan, "`hep compile"),
        ("check plan.hepc", "plan.hepc is a plan", program, "give the program that it was compiled from"),
        ("train data.csv --data data.csv", "data.csv is a table of text", program, "give the program first"),
        ("explain model.npz", "model.npz is a model", program, "give a text that begins with `program NAME`"),
        ("compile keys -o x.hepc", "keys is a folder of keys", program, "give a text"),
        ("snapshot plan.hepc", "plan.hepc is a plan", program, "give the program"),
        (
            "eval out.hct --data data.csv",
            "out.hct is an encrypted model",
            model,
            "`hep decrypt PLAN.hepc --keys keys/ --in out.hct",
        ),
        ("predict data.csv --data data.csv", "data.csv is a table of text", model, "give the model first"),
        (
            "train tiny.hep --data model.npz",
            "model.npz is a model",
            data,
            "use it on data: `hep eval model.npz --data FILE`",
        ),
        ("check tiny.hep --data keys", "keys is a folder of keys", data, "give the rows"),
        ("simulate tiny.hep --data plan.hepc", "plan.hepc is a plan", data, "give the rows"),
        (
            "eval model.npz --data tiny.hep",
            "tiny.hep is a program",
            data,
            "give it data: `hep check tiny.hep --data FILE`",
        ),
        ("train tiny.hep --data data.csv --test model.npz", "model.npz is a model", data, "use it on data"),
        (
            "run plan.hepc --eval-keys keys --in in.hct -o x",
            "keys is a folder of keys",
            keys,
            "give the file in it: keys/eval.keys",
        ),
        (
            "run plan.hepc --eval-keys keys/secret.key --in in.hct -o x",
            "keys/secret.key is a secret key",
            keys,
            "`hep keygen PLAN.hepc -o keys/` makes it",
        ),
        (
            &format!("run plan.hepc {KEYS} --in data.csv -o x"),
            "data.csv is a table of text",
            "encrypted training data is needed",
            "`hep encrypt PLAN.hepc --keys keys/ --data data.csv -o IN.hct` makes it",
        ),
        (
            "encrypt plan.hepc --keys data.csv --data data.csv -o x",
            "data.csv is a table of text",
            "a folder of keys is needed",
            "`hep keygen PLAN.hepc -o keys/` makes it",
        ),
        (
            "decrypt plan.hepc --keys keys --in in.hct -o x",
            "in.hct is encrypted training data",
            "an encrypted model is needed",
            "`hep run PLAN.hepc --eval-keys keys/eval.keys --in in.hct",
        ),
        (
            "decrypt plan.hepc --keys keys --owner data.csv --in out.hct -o x",
            "data.csv is a table of text",
            "an owner's state is needed",
            "`hep encrypt",
        ),
        (
            "explain tiny.hep --costs data.csv",
            "data.csv is a table of text",
            "a cost table is needed",
            "`hep calibrate --out COSTS.json` makes it",
        ),
        (
            "keygen plan.hepc -o model.npz",
            "model.npz is a model",
            "a folder for all three keys",
            "give the name of a folder: `-o keys/`",
        ),
        (
            "keygen plan.hepc -o eval.keys",
            "eval.keys is the name of a set of evaluation keys",
            "a folder",
            "give the name of a folder: `-o keys/`",
        ),
        (
            "keygen plan.hepc -o new/secret.key",
            "new/secret.key is the name of a secret key",
            "a folder",
            "give the name of a folder: `-o new`",
        ),
    ] {
        let owner = ["keygen ", "encrypt ", "decrypt "].iter().any(|command| line.starts_with(command));
        refused(&tiny, &format!("{line}{}", if owner { " --insecure" } else { "" }), found, needed, help);
    }
    // What a name says counts for nothing where it is a folder, or is said to be one.
    fs::create_dir(tiny.path("old.keys")).expect("a folder");
    tiny.hep("keygen plan.hepc --insecure -o old.keys").done();
    tiny.hep("keygen plan.hepc --insecure -o new.keys/").done();
    // The same for machines, and with the codes of data.
    let json = tiny.hep("check tiny.hep --data model.npz --json").json();
    assert_eq!(json["errors"][0]["code"], "H0702", "{json}");
    let rows = tiny.hep("predict data.csv --data data.csv");
    rows.failed(&["H0712", "the rows by `--data`: `hep predict MODEL.npz --data data.csv`"]);
    let json = tiny.hep(&format!("eval {state} --data data.csv --json")).json();
    assert_eq!(json["errors"][0]["code"], "H0712", "{json}");
}

/// Whatever a file is, `hep info` says it, with a command that goes on from there.
#[test]
fn info_says_what_any_file_is() {
    let tiny = Tiny::after(5);
    tiny.hep("simulate tiny.hep --data data.csv --trace trace.npz").done();
    tiny.hep("snapshot tiny.hep --ring 6 --insecure --update").done();
    fs::write(tiny.path("letter.txt"), "Dear all,\n\nthis is no data.\n").expect("a text");
    let state = tiny.files().into_keys().find(|name| name.ends_with(".state")).expect("a state");
    for (file, is, kind, next) in [
        ("tiny.hep", "a program", "program", "use        `hep check tiny.hep`"),
        ("data.csv", "a table of text", "table", "use        `hep train PROG.hep --data data.csv`"),
        ("keys", "a folder of keys", "keys", "use        `hep encrypt PLAN.hepc --keys keys "),
        ("plan.hepc", "a plan", "plan", "use        `hep keygen plan.hepc -o keys/`"),
        (
            "keys/eval.keys",
            "a set of evaluation keys",
            "evaluation-keys",
            "--eval-keys keys/eval.keys --in IN.hct",
        ),
        ("keys/secret.key", "a secret key", "secret-key", "use        `hep decrypt PLAN.hepc --keys keys "),
        (&state, "an owner's state", "owner-state", "use        `hep decrypt"),
        ("in.hct", "encrypted training data", "encrypted-inputs", "use        `hep run"),
        ("out.hct", "an encrypted model", "encrypted-outputs", "use        `hep decrypt"),
        ("model.npz", "model of tiny", "model", "use        `hep eval model.npz --data FILE`"),
        ("trace.npz", "a trace", "trace", "made by    `hep simulate"),
        ("tiny.schedule", "a snapshot", "snapshot", "use        `hep diff tiny.schedule PROG.hep`"),
        ("letter.txt", "a text", "text", ""),
    ] {
        let said = tiny.hep(&format!("info {file}")).done().out;
        assert!(said.starts_with(&format!("{file}: {is}")) && said.contains(next), "{said}");
        assert_eq!(tiny.hep(&format!("info {file} --json")).done().json()["kind"], kind, "{file}");
    }
    let keys = tiny.hep("info keys").done().out;
    assert!(keys.contains("`eval.keys`, ") && keys.contains("`secret.key`"), "{keys}");
    tiny.hep("info nowhere").failed(&["cannot open nowhere", "help: check the name"]);
}
