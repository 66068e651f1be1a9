//! The owner's and the server's commands, in processes and folders of their own.

mod common;

use common::{Place, SIZES, SMALL, difference};
use std::fs;

#[test]
fn roles_in_separate_folders_do_the_same_as_one_process() {
    let place = Place::new();
    fs::create_dir(place.path("owner")).unwrap();
    let owner = |line: &str| place.hep_in("owner", line).done();
    // As `train` does, the owner makes the plan for its data.
    owner(&format!("compile ../mlr.hep {SIZES} {SMALL} --data ../data.csv --rows 0..16 -o plan.hepc"));
    owner("keygen plan.hepc -o keys --seed 7");
    owner("encrypt plan.hepc --keys keys --data ../data.csv --rows 0..16 -o in.hct --seed 7");

    // The server has three files and nothing else; the secret key is nowhere while it works.
    for (name, sent) in [("plan.hepc", "plan.hepc"), ("keys/eval.keys", "eval.keys"), ("in.hct", "in.hct")] {
        place.copy(&format!("owner/{name}"), &format!("server/{sent}"));
    }
    fs::rename(place.path("owner"), place.path("away")).unwrap();
    place.hep_in("server", "run plan.hepc --eval-keys eval.keys --in in.hct -o out.hct").done();
    fs::rename(place.path("away"), place.path("owner")).unwrap();

    place.copy("server/out.hct", "owner/out.hct");
    owner("decrypt plan.hepc --keys keys --in out.hct -o model.npz");

    let rows = "--data data.csv --rows 0..16";
    place.hep(&format!("train mlr.hep {SMALL} {rows} --seed 7 -o together.npz")).done();
    assert!(place.read("owner/model.npz") == place.read("together.npz"), "the same model, byte for byte");

    place.hep(&format!("simulate mlr.hep {rows} -o twin.npz")).done();
    for array in ["W", "coef_", "intercept_"] {
        let (found, meant) = (place.array("together.npz", array), place.array("twin.npz", array));
        assert!(difference(&found, &meant) < 1e-3, "{array}: {found:?} and {meant:?}");
        assert!(meant.iter().any(|value| value.abs() > 0.01), "{array} did not move");
    }

    let held_out = "--data data.csv --rows 16..24";
    let eval = place.hep(&format!("eval owner/model.npz {held_out}")).done();
    assert_eq!(eval.out, "100.00 % of 8 rows\n");
    let predicted = place.hep(&format!("predict owner/model.npz {held_out}")).done();
    assert_eq!(
        predicted.out.lines().collect::<Vec<_>>(),
        "dog owl cat dog owl cat dog owl".split(' ').collect::<Vec<_>>()
    );
}

#[test]
fn seeds_repeat_every_byte() {
    let files = || {
        let place = Place::new();
        place.trained();
        place.hep("decrypt plan.hepc --keys keys --in out.hct -o model.npz").done();
        let state = place.states("keys").remove(0);
        let names = "plan.hepc keys/secret.key keys/public.key keys/eval.keys in.hct out.hct model.npz";
        let names = names.split(' ').map(str::to_string).chain([state]);
        names.map(|name| (name.clone(), place.read(&name))).collect::<Vec<_>>()
    };
    for ((name, first), (again, second)) in files().into_iter().zip(files()) {
        assert!(name == again && first == second, "{name} differs");
    }
}

#[test]
fn without_a_seed_nothing_repeats() {
    let place = Place::new();
    place.upload();
    place.hep("keygen plan.hepc -o a").done();
    place.hep("keygen plan.hepc -o b").done();
    for name in ["secret.key", "public.key", "eval.keys"] {
        assert!(place.read(&format!("a/{name}")) != place.read(&format!("b/{name}")), "{name} repeats");
    }
    let encrypt = "encrypt plan.hepc --keys a --data data.csv --rows 0..16";
    place.hep(&format!("{encrypt} -o a.hct")).done();
    place.hep(&format!("{encrypt} -o b.hct")).done();
    assert!(place.read("a.hct") != place.read("b.hct"));
}

#[cfg(unix)]
#[test]
fn secrets_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.upload();
    for name in ["keys/secret.key", &place.states("keys")[0]] {
        let mode = fs::metadata(place.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let place = Place::new();
    place.trained();
    place.hep(&format!("compile mlr.hep {SIZES} --ring 12 --insecure -o other.hepc")).done();
    place.hep("keygen plan.hepc -o others --seed 9").done();
    place.copy(&place.states("keys")[0], "first.state");
    fs::remove_file(place.path(&place.states("keys")[0])).unwrap();
    place.hep("encrypt plan.hepc --keys keys --data data.csv --rows 8..24 -o second.hct").done();

    let run =
        |plan: &str, keys: &str, input: &str| format!("run {plan} --eval-keys {keys} --in {input} -o x.hct");
    let own = "keys/eval.keys";
    place.refused(&run("plan.hepc", "others/eval.keys", "in.hct"), &["in.hct was made for keys", "help: "]);
    place.refused(&run("other.hepc", own, "in.hct"), &["in.hct was made for parameters", "help: "]);
    place.refused(
        &run("plan.hepc", "in.hct", own),
        &["keys/eval.keys is a set of evaluation keys", "encrypted"],
    );
    place.refused(&run("in.hct", own, "plan.hepc"), &["in.hct is encrypted training data, but a plan"]);
    place.refused(&run("plan.hepc", "keys/secret.key", "in.hct"), &["keys/secret.key is a secret key"]);
    place.refused(&run("plan.hepc", own, "out.hct"), &["out.hct is an encrypted model"]);
    place.refused(&run("plan.hepc", "none.keys", "in.hct"), &["none.keys"]);
    place.refused(
        &run("mlr.hep", own, "in.hct"),
        &["mlr.hep is a program, but a plan", "help: `hep compile mlr.hep -o mlr.hepc`"],
    );

    let decrypt = |rest: &str| format!("decrypt plan.hepc {rest} -o x.npz");
    place.refused(&decrypt("--keys others --owner first.state --in out.hct"), &["out.hct was made for keys"]);
    place
        .refused(&decrypt("--keys others --in out.hct"), &["out.hct was made for keys", "help: use the key"]);
    place.refused(&decrypt("--keys keys --in out.hct"), &["owner-", "is not there", "help: if", "--owner"]);
    let second = place.states("keys").remove(0);
    place.refused(
        &decrypt(&format!("--keys keys --owner {second} --in out.hct")),
        &["out.hct was made for data", "help: "],
    );
    place.refused(
        &decrypt("--keys keys --owner keys/public.key --in out.hct"),
        &["keys/public.key is a public key"],
    );
    place.refused(
        &decrypt("--keys keys --owner first.state --in in.hct"),
        &["in.hct is encrypted training data"],
    );
    place.refused("keygen plan.hepc -o keys", &["keys/secret.key exists already", "help: "]);
    place.refused(
        "encrypt other.hepc --keys keys --data data.csv --rows 0..16 -o x.hct",
        &["keys/secret.key was made for parameters", "help: "],
    );
    place.hep(&decrypt("--keys keys --owner first.state --in out.hct")).done();
}

#[test]
fn data_that_do_not_fit_the_plan_are_refused() {
    let place = Place::new();
    place.upload();
    let encrypt = |data: &str| format!("encrypt plan.hepc --keys keys --data {data} -o x.hct");
    place.refused(&encrypt("data.csv --rows 0..15"), &["data.csv", "16 rows, the data have 15", "help: "]);
    place.write("two.csv", "l,a,b\nx,1,2\ny,3,4\n".to_string() + &"z,5,6\n".repeat(14));
    place.refused(&encrypt("two.csv"), &["two.csv", "3 features, the data have 2"]);
    place.write("same.csv", common::table(&["cat", "dog"], 16));
    place.refused(&encrypt("same.csv"), &["same.csv", "3 classes, the data have 2"]);
}

#[test]
fn no_place_for_the_result_is_noticed_before_any_work() {
    let place = Place::new();
    place.trained();
    let missing = ["no/x", "no", "help: make the folder"];
    place.refused("run plan.hepc --eval-keys keys/eval.keys --in in.hct -o no/x", &missing);
    place.refused("encrypt plan.hepc --keys keys --data data.csv --rows 0..16 -o no/x", &missing);
    place.refused("decrypt plan.hepc --keys keys --in out.hct -o no/x", &missing);
    place.refused("train mlr.hep --data data.csv -o no/x", &missing);
    place.refused("simulate mlr.hep --data data.csv --trace no/x", &missing);
    place.refused("train mlr.hep --data data.csv -o keys", &["it is a folder"]);
}

#[test]
fn damaged_files_are_refused() {
    let place = Place::new();
    place.trained();
    let run = "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o x.hct";
    let encrypt = "encrypt plan.hepc --keys keys --data data.csv --rows 0..16 -o x.hct --owner x.state";
    let decrypt = "decrypt plan.hepc --keys keys --in out.hct -o x.npz";
    let state = place.states("keys").remove(0);
    for (name, command) in [
        ("plan.hepc", run),
        ("keys/eval.keys", run),
        ("in.hct", run),
        ("keys/secret.key", encrypt),
        ("out.hct", decrypt),
        (&state, decrypt),
    ] {
        let whole = place.read(name);
        for kept in [0, 5, 100, whole.len() / 2, whole.len() - 1] {
            place.write(name, &whole[..kept]);
            place.refused(command, &[name]);
        }
        place.write(name, [whole.as_slice(), b"x"].concat());
        place.refused(command, &[name, "help: copy it again"]);
        // The header, the middle and the end.
        for position in [0, 9, 40, 200, 500, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[position] ^= 1 << (position % 8);
            place.write(name, damaged);
            place.refused(command, &[name]);
        }
        place.write(name, whole);
    }
    place.hep(run).done();
}

#[test]
fn info_knows_every_kind_of_file() {
    let place = Place::new();
    place.trained();
    place.hep("decrypt plan.hepc --keys keys --in out.hct -o model.npz").done();
    let state = place.states("keys").remove(0);
    for (name, text, kind) in [
        ("plan.hepc", "a plan", "plan"),
        ("keys/secret.key", "a secret key", "secret-key"),
        ("keys/public.key", "a public key", "public-key"),
        ("keys/eval.keys", "a set of evaluation keys", "evaluation-keys"),
        (state.as_str(), "an owner's state", "owner-state"),
        ("in.hct", "encrypted training data", "encrypted-inputs"),
        ("out.hct", "an encrypted model", "encrypted-outputs"),
        ("model.npz", "model of mlr_quadratic_gradient", "model"),
    ] {
        let info = place.hep(&format!("info {name}")).done().out;
        assert!(info.starts_with(&format!("{name}: {text}")), "{info}");
        assert!(info.contains("INSECURE"), "{info}");
        let json = place.hep(&format!("info {name} --json")).done().json();
        assert_eq!(json["kind"], kind);
        assert_eq!(json["plan"], place.hep("info plan.hepc --json").json()["plan"]);
        if kind != "model" {
            assert_eq!(json["insecure_seed"], kind != "plan");
            assert_eq!(json["insecure_parameters"], true);
        }
    }
}

/// Whatever ends the command, nobody else looks into the folder that it made.
#[test]
fn a_folder_of_keys_is_private_from_the_beginning() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o new/keys --seed 1").done();
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("new/keys"), mode("new/keys/secret.key")), (0o700, 0o600));
    // One that is there keeps its mode, and what cannot be made leaves none.
    fs::create_dir(place.path("mine")).unwrap();
    fs::set_permissions(place.path("mine"), fs::Permissions::from_mode(0o755)).unwrap();
    place.hep("keygen plan.hepc -o mine --seed 1").done();
    assert_eq!(mode("mine"), 0o755);
    place.hep("keygen plan.hepc -o data.csv/keys").failed(&["data.csv"]);
}
