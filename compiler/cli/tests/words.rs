//! What commands say of work to come, and of what is not there.

mod common;

use common::{Place, SIZES, SMALL};

#[test]
fn train_predicts_the_memory_that_it_then_keeps_to() {
    let place = Place::new();
    let line = format!("train mlr.hep {SMALL} --data data.csv --rows 0..16 --seed 1");
    let said = place.hep(&line).done().err;
    let predicted = said.lines().find_map(|line| line.strip_prefix("predicted: "));
    let predicted = predicted.unwrap_or_else(|| panic!("{said}"));
    assert!(predicted.contains(" s on ciphertexts beside keys and encryption, "), "{predicted}");
    // The same as in JSON, to the digits that are said.
    let json = place.hep(&format!("{line} --json")).done().json();
    let bytes = json["predicted_peak_bytes"].as_u64().unwrap_or_else(|| panic!("{json}"));
    let (number, unit) = predicted.rsplit_once(", ").and_then(|(_, size)| size.split_once(' ')).unwrap();
    let factor = match unit {
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        other => panic!("{other}"),
    };
    let shown = number.parse::<f64>().unwrap() * factor;
    assert!((shown / bytes as f64 - 1.0).abs() < 0.05, "{predicted}: {bytes}");
    let peak = json["peak_bytes"].as_u64().unwrap_or_else(|| panic!("{json}"));
    assert!(peak <= bytes, "{peak} of {bytes}");
}

#[test]
fn folders_without_keys_are_told_apart() {
    let place = Place::new();
    place.upload();
    let encrypt =
        |keys: &str| format!("encrypt plan.hepc --keys {keys} --data data.csv --rows 0..16 -o again.hct");
    let make = "help: make them: `hep keygen plan.hepc -o nowhere`";
    place.refused(&encrypt("nowhere"), &["nowhere is no folder of keys", make]);
    place.refused(
        &encrypt("keys/eval.keys"),
        &[
            "keys/eval.keys is a set of evaluation keys, but a folder of keys is needed here",
            "help: give the folder that it lies in: `--keys keys`",
        ],
    );
    std::fs::create_dir(place.path("empty")).unwrap();
    let make = "make them: `hep keygen plan.hepc -o empty`";
    place.refused(&encrypt("empty"), &["empty holds no keys", make]);
    place.hep("keygen plan.hepc -o empty").done();
    place.hep(&encrypt("empty")).done();
    // Keys that were made again would replace those that belong to the one that is not there.
    std::fs::remove_file(place.path("empty/secret.key")).unwrap();
    place.refused(&encrypt("empty"), &["empty holds keys without their secret.key", "help: put it back"]);
}

/// Classes are counted in the data also where targets are made of them.
#[test]
fn smoothed_labels_have_as_many_classes_as_the_data() {
    let place = Place::new();
    place.write(
        "smooth.hep",
        "program smooth
use losses.squared
dim n = 8  dim f = 3  dim c = 2  dim T = 1
owner X0 : real[n, f]
owner y : class[n, c]
secret X : real[n, f] = X0 - mean(X0, over = n)
secret Y : real[n, c] = 0.9 * one_hot(y) + 0.1 / c
let score(W) = X @ W.T
train {
  var W : real[c, f] = 0
  for t in 1 .. T { W = W - 0.01 * grad(squared, Y, score, at = W) / n }
}
reveal W
predict score(W)
",
    );
    let rows = "--data data.csv --rows 0..16";
    place.hep(&format!("check smooth.hep {rows}")).done();
    place.hep(&format!("train smooth.hep {SMALL} {rows} -o model.npz")).done();
    assert_eq!(place.array("model.npz", "coef_").len(), 9);
    place.hep(&format!("compile smooth.hep {SIZES} {SMALL} -o smooth.hepc")).done();
}

/// What `clap` proposes for options that there are not is no word of any program here.
#[test]
fn options_that_there_are_not_are_no_values() {
    let place = Place::new();
    for line in [
        "train mlr.hep --data data.csv --epochs 3",
        "check mlr.hep --epochs",
        "compile mlr.hep --epochs=3 -o p.hepc",
    ] {
        let said = place.hep(line);
        assert_eq!(said.code, Some(2), "{}", said.err);
        assert!(said.err.contains("--epochs") && !said.err.contains("-- --epochs"), "{}", said.err);
    }
}

/// A dimension has one size.
#[test]
fn two_sizes_of_one_dimension_are_refused() {
    let place = Place::new();
    for command in ["check", "explain"] {
        let words = ["`n` is given two sizes: -p n=1 and -p n=2", "help: leave one of them out"];
        place.refused(&format!("{command} mlr.hep -p n=1 -p f=3 -p n=2"), &words);
    }
    place.hep("check mlr.hep -p n=16 -p n=16").done();
}

/// A model is an archive of NumPy, and no table.
#[test]
fn a_model_has_the_ending_of_its_format() {
    let place = Place::new();
    for name in ["m.csv", "m.json", "m.pkl"] {
        let words = [&*format!("{name} is to be a model"), "help: name it `m.npz`"];
        place.refused(&format!("train mlr.hep {SMALL} --data data.csv --rows 0..16 -o {name}"), &words);
        place.refused(&format!("simulate mlr.hep --data data.csv --rows 0..16 -o {name}"), &words);
    }
}
