//! Labels that are not where they are looked for, or not those that are known: the file, the column and the line are named.

mod common;

use common::{Place, SMALL};

const PROGRAM: &str = "program p\nuse losses.squared\ndim n = 8  dim f = 2\nowner X0 : real[n, f] in 0 .. 9\n\
                       owner y : class[n, 2]\nsecret X : real[n, f] = X0 / 9\nsecret Y : bit[n] = y\n\
                       let score(w) = X @ w\ntrain {\n  var w : real[f] = 0\n  for t in 1 .. 2 {\n    \
                       w = w - 0.1 / n * grad(squared, Y, score, at = w)\n  }\n}\nreveal w\npredict score(w)\n";

fn rows(label: impl Fn(usize) -> String) -> String {
    let rows: String = (0..8).map(|row| format!("{},{},{}\n", label(row), row % 5, row * 3 % 7)).collect();
    format!("kind,a,b\n{rows}")
}

fn place() -> Place {
    let place = Place::new();
    place.write("p.hep", PROGRAM);
    place.write("rows.csv", rows(|row| (row % 2).to_string()));
    place
}

/// In some languages the last is -1.
#[test]
fn the_last_column_is_called_last() {
    let place = place();
    let said = "columns are counted from 1: `--label last` is `b`";
    place.refused("check p.hep --data rows.csv --label -1", &["[H0706]", "there is no column `-1`", said]);
    let swapped: String = (0..8).map(|row| format!("{},{},{}\n", row % 5, row * 3 % 7, row % 2)).collect();
    place.write("rows.csv", format!("a,b,kind\n{swapped}"));
    place.hep(&format!("check p.hep {SMALL} --data rows.csv --label last")).done();
}

/// One class teaches nothing: its column is named, and those that may be meant.
#[test]
fn one_class_is_told_with_its_column() {
    let place = place();
    place.write(
        "rows.csv",
        rows(|_| "0.2".to_owned()).replace("kind,a,b", "weight,a,ill").replace(",3\n", ",1\n"),
    );
    let said = [
        "[H0709]",
        "the same label `0.2`, in the column `weight`",
        "choose the labels with --label NAME (`a`",
    ];
    place.refused("check p.hep --data rows.csv --label weight", &said);
}

/// A class that the model does not know stands in a line of the file.
#[test]
fn unknown_classes_are_told_with_their_line() {
    let place = place();
    place.hep(&format!("train p.hep {SMALL} --data rows.csv -o m.npz")).done();
    place.write("new.csv", rows(|row| if row == 4 { "7".to_owned() } else { (row % 2).to_string() }));
    let said = [
        "[H0708]",
        "the column `kind` of the test rows has labels that no training row has: `7`",
        "new.csv:6",
    ];
    place.refused("eval m.npz --data new.csv", &said);
    // Rows without it are told apart.
    place.hep("eval m.npz --data new.csv --rows 0..4").done();
    place.write("new.csv", rows(|row| (row % 2).to_string()).replace("kind,a,b", "kind,a,c"));
    place.refused(
        "eval m.npz --data new.csv",
        &["[H0716]", "`b` is missing, `c` is not among them", "new.csv"],
    );
}
