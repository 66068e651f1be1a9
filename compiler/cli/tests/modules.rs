//! Programs that use modules: those beside them, and the standard library.

#![allow(clippy::unwrap_used)] // all of this is test code

mod common;

use common::{Place, SMALL, difference, table};

const ROWS: &str = "--data data.csv --rows 0..16";

/// `mlr.hep` with its owner's preparation replaced by one of the library.
fn prepared(place: &Place, function: &str) {
    place.changed("dim n = 128", &format!("use preprocessing.{function}\ndim n = 128"));
    place.changed("X0 - mean(X0, over = n)", &format!("{function}(X0)"));
}

/// Class with the largest score of each row of [`table`] by the weights for raw features.
fn classes(place: &Place, model: &str, scale: f64) -> Vec<usize> {
    let (weights, intercepts) = (place.array(model, "coef_"), place.array(model, "intercept_"));
    let text = table(&["cat", "dog", "owl"], 24);
    let rows = text.lines().skip(17).map(|line| {
        let features: Vec<f64> = line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect();
        let score = |class: usize| {
            let terms = features.iter().zip(&weights[3 * class..]).enumerate();
            terms.map(|(i, (x, w))| if i == 0 { x * scale * w } else { x * w }).sum::<f64>()
                + intercepts[class]
        };
        (0..3).max_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap()
    });
    rows.collect()
}

#[test]
fn models_of_prepared_features_are_delivered_for_raw_ones() {
    for function in ["centre", "standardise", "whiten"] {
        let place = Place::new();
        prepared(&place, function);
        place.hep(&format!("train mlr.hep {SMALL} {ROWS} --seed 1 -o model.npz")).done();
        place.hep(&format!("simulate mlr.hep {ROWS} -o twin.npz")).done();
        for array in ["coef_", "intercept_"] {
            let (found, meant) = (place.array("model.npz", array), place.array("twin.npz", array));
            assert!(difference(&found, &meant) < 1e-3, "{function} {array}: {found:?} and {meant:?}");
        }
        let predicted = place.hep("predict model.npz --data data.csv --rows 16..24").done().out;
        let names: Vec<&str> =
            classes(&place, "model.npz", 1.0).into_iter().map(|class| ["cat", "dog", "owl"][class]).collect();
        assert_eq!(predicted.lines().collect::<Vec<_>>(), names, "{function}");
    }
}

#[test]
fn units_of_a_feature_do_not_matter_once_it_is_standardized() {
    let place = Place::new();
    prepared(&place, "standardise");
    place.hep(&format!("simulate mlr.hep {ROWS} -o metres.npz")).done();
    let millimetres: String = table(&["cat", "dog", "owl"], 24)
        .lines()
        .map(|line| match line.split(',').collect::<Vec<_>>().as_slice() {
            [label, a, b, c] => match a.parse::<f64>() {
                Ok(a) => format!("{label},{},{b},{c}\n", a * 3.0),
                Err(_) => format!("{line}\n"),
            },
            _ => unreachable!(),
        })
        .collect();
    place.write("data.csv", millimetres);
    place.hep(&format!("simulate mlr.hep {ROWS} -o millimetres.npz")).done();
    assert_eq!(classes(&place, "metres.npz", 1.0), classes(&place, "millimetres.npz", 3.0));
    let (metres, millimetres) = (place.array("metres.npz", "coef_"), place.array("millimetres.npz", "coef_"));
    for class in 0..3 {
        let (a, b) = (metres[3 * class], millimetres[3 * class]);
        assert!((a - 3.0 * b).abs() < 1e-9 * a.abs(), "{a} and {b}");
    }
}

#[test]
fn a_singular_matrix_of_the_owner_says_what_to_do() {
    let place = Place::new();
    place.changed("dim n = 128", "use preprocessing.covariance\ndim n = 128");
    place.changed("X0 - mean(X0, over = n)", "X0 @ inverse(cholesky(covariance(X0))).T");
    let sizes = "-p n=16 -p f=3 -p c=3";
    place.hep(&format!("compile mlr.hep {sizes} {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    let constant: String = table(&["cat", "dog", "owl"], 24)
        .lines()
        .skip(1)
        .map(|line| format!("{},1\n", line.rsplit_once(',').unwrap().0))
        .collect();
    place.write("constant.csv", constant);
    let encrypt = "encrypt plan.hepc --keys keys --rows 0..16 -o in.hct --seed 2 --data";
    place.refused(&format!("{encrypt} constant.csv"), &["`cholesky`", "help: ", "ridge"]);
    place.hep(&format!("{encrypt} data.csv")).done();
}

#[test]
fn modules_beside_the_program() {
    let place = Place::new();
    place.changed("loss sle(y, z)   = -log(abs(1 - y - sigmoid(z)))", "use mine.sle use mine.step");
    place.changed("W - (1 + 1 / (t * n)) * B * G", "step(W, B, G, t * n)");
    place.copy("mlr.hep", "sub/mlr.hep");
    let module = "module mine\nuse losses.bce\nloss sle(y, z) = -log(abs(1 - y - sigmoid(z)))\n\
                  let step(W, B, G, t) = W - (1 + 1 / t) * B * G\n";
    place.write("sub/mine.hep", module);
    place.hep(&format!("simulate sub/mlr.hep {ROWS} -o found.npz")).done();
    let original = Place::new();
    original.hep(&format!("simulate mlr.hep {ROWS} -o meant.npz")).done();
    assert_eq!(place.array("found.npz", "W"), original.array("meant.npz", "W"));

    place.refused("check mlr.hep", &["H0214", "there is no module `mine`"]);
    place.write("sub/mine.hep", format!("{module}loss two(y) = z\nlet x = step\n"));
    let outcome = place.hep("check sub/mlr.hep --json");
    assert_eq!(outcome.code, Some(1));
    let messages = &outcome.json()["errors"];
    assert_eq!(messages[0]["file"], "sub/mine.hep");
    assert_eq!(messages[0]["labels"][0]["start"]["line"], 5);

    place.write("sub/mine.hep", " ".repeat((1 << 20) + 1));
    place.refused("check sub/mlr.hep", &["sub/mine.hep has 1048577 bytes"]);
    place.write("sub/mine.hep", [b'm', 0xff]);
    place.refused("check sub/mlr.hep", &["byte 1 is not UTF-8"]);
    place.write("folder/mine.hep/file", "");
    place.copy("mlr.hep", "folder/mlr.hep");
    place.refused("check folder/mlr.hep", &["cannot read folder/mine.hep: not a file"]);
    place.refused("check sub/../sub/mine.hep", &["byte 1"]);
}

#[test]
fn the_library_is_listed() {
    let place = Place::new();
    let all = place.hep("std").done().out;
    for line in ["losses: Losses of one label and one score.", "  sle ", "preprocessing: ", "  whiten "] {
        assert!(all.contains(line), "no {line:?} in:\n{all}");
    }
    let module = place.hep("std optimizers").done().out;
    assert!(module.contains("\nlet quadratic_gradient(A : real[n, d], bound)\n    Diagonal of"), "{module}");
    for item in ["losses.focal", "focal"] {
        let one = place.hep(&format!("std {item}")).done().out;
        assert!(one.starts_with("Focal loss") && one.ends_with("\nuse losses.focal\n"), "{one}");
        assert!(one.contains("\nloss focal(y, z) = "), "{one}");
    }
    let json = place.hep("std metrics --json").done().json();
    assert_eq!((&json[0]["name"], &json[0]["items"][0]["is_loss"]), (&"metrics".into(), &false.into()));
    place.refused("std focl", &["no `focl`", "did you mean `focal`?"]);
    place.refused("std nothing", &["`hep std` lists it"]);
}

#[test]
fn a_loss_of_the_library_is_a_word_on_the_command_line() {
    let place = Place::new();
    place.changed("loss sle(y, z)   = -log(abs(1 - y - sigmoid(z)))", "use losses.sle");
    let meant = place.hep("explain mlr.hep --ring 16 --json").done().json();
    assert_eq!(
        place.hep("explain mlr.hep --ring 16 --loss bce --json").done().json()["total"],
        meant["total"]
    );
}
