//! Tables as people have them: headers or not, labels in any column, words as labels.

mod common;

use common::{Place, SMALL, difference, table};

/// Trains in the clear and returns the model's weights for raw features.
fn weights(place: &Place, options: &str) -> Vec<f64> {
    place.hep(&format!("simulate mlr.hep {options} -o model.npz")).done();
    place.array("model.npz", "coef_")
}

#[test]
fn headers_separators_and_label_columns_do_not_change_the_model() {
    let place = Place::new();
    let text = table(&["cat", "dog", "owl"], 24);
    let meant = weights(&place, "--data data.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let last: String =
        text.lines().map(|line| line.split_once(',').unwrap()).map(|(l, x)| format!("{x},{l}\n")).collect();
    let middle: String = text
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|cells| format!("{},{},{},{}\n", cells[1], cells[0], cells[2], cells[3]))
        .collect();
    for (content, options) in [
        (rows.to_string(), ""),
        (text.replace('\n', "\r\n"), ""),
        (text.replace(',', ";"), ""),
        (text.replace(',', "\t"), ""),
        (text.replace(',', " , "), ""),
        (text.clone(), "--label first"),
        (text.clone(), "--label kind"),
        (last.clone(), "--label last"),
        (last, "--label kind"),
        (middle, "--label kind"),
        (format!("\n{header}\n{rows}\n\n"), ""),
    ] {
        place.write("form.csv", &content);
        assert_eq!(weights(&place, &format!("--data form.csv {options}")), meant, "{options}:\n{content}");
    }
}

#[test]
fn words_and_numbers_as_labels_come_back_from_predict() {
    for (classes, label) in [
        (["cat", "dog", "owl"], ""),
        (["3", "7", "-1"], ""),
        (["0.5", "1.5", "2"], "--label first"),
        (["Ä", "ö", "日本"], ""),
    ] {
        let place = Place::new();
        place.write("data.csv", table(&classes, 24));
        let rows = "--data data.csv --rows 0..16";
        place.hep(&format!("train mlr.hep {SMALL} {rows} {label} --seed 1 -o model.npz")).done();
        let predicted = place.hep("predict model.npz --data data.csv --rows 16..22").done().out;
        let meant = (16..22).map(|row| classes[row % 3]).collect::<Vec<_>>();
        assert_eq!(predicted.lines().collect::<Vec<_>>(), meant);
        // Rows without labels give the same.
        let bare: String = table(&classes, 24)
            .lines()
            .skip(17)
            .take(6)
            .map(|line| format!("{}\n", line.split_once(',').unwrap().1))
            .collect();
        place.write("bare.csv", bare);
        assert_eq!(place.hep("predict model.npz --data bare.csv --label none").done().out, predicted);
    }
}

#[test]
fn two_classes_train_a_single_score() {
    let place = Place::new();
    place.write("two.csv", table(&["no", "yes"], 24));
    let rows = "--data two.csv --rows 0..16";
    place.refused(
        &format!("train lr.hep {SMALL} {rows} -o model.npz"),
        &["error[H0713]", "two.csv", "declared `in 0 .. 1`", "help: "],
    );
    let text = String::from_utf8(place.read("lr.hep")).unwrap();
    place.write("lr.hep", text.replace(" in 0 .. 1", ""));
    let report = place
        .hep(&format!("train lr.hep {SMALL} {rows} --test-rows 16..24 --json -o model.npz"))
        .done()
        .json();
    assert_eq!(report["test_accuracy"], 1.0);
    assert_eq!(place.hep("predict model.npz --data two.csv --rows 16..18").done().out, "no\nyes\n");
    place.hep(&format!("simulate lr.hep {rows} -o twin.npz")).done();
    assert!(difference(&place.array("model.npz", "w"), &place.array("twin.npz", "w")) < 1e-3);
}

#[test]
fn a_test_file_of_its_own() {
    let place = Place::new();
    place.write("test.csv", table(&["owl", "dog", "cat"], 6));
    let json =
        place.hep("simulate mlr.hep --data data.csv --test test.csv --test-rows 1..5 --json").done().json();
    // Of dog, cat, owl, dog the dogs lie where the training rows have them; the others are exchanged.
    assert_eq!(json["test_accuracy"], 0.5);
}

/// Every command that reads data names the cell.
#[test]
fn numbers_that_are_not_finite_are_refused_with_their_place() {
    let place = Place::new();
    let text = table(&["cat", "dog", "owl"], 24);
    let broken: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if at == 5 {
                cells[2] = "inf";
            }
            cells.join(",")
        })
        .collect();
    place.write("broken.csv", broken.join("\n"));
    for command in ["check mlr.hep", "simulate mlr.hep", "compare mlr.hep", "train mlr.hep -o m.npz"] {
        place.refused(
            &format!("{command} --data broken.csv"),
            &[
                "error[H0704]: `inf` is no finite number, in column `b`",
                "broken.csv:6:3",
                "help: fill the value in",
            ],
        );
    }
}

#[test]
fn classes_that_differ_in_case_only_are_told() {
    let place = Place::new();
    place.write("data.csv", table(&["Ill", "ill", "well", "Well"], 16));
    place.refused(
        "check lr.hep --data data.csv",
        &[
            "error[H0713]",
            "tells 2 classes apart, the data have 4",
            "differ in case only",
            "`Ill`, `Well`, `ill`, `well`",
        ],
    );
}
