//! Labels and columns are said, not guessed: what hardly looks like labels or names is refused with the choice there is.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::{Place, SMALL, table};
use std::fmt::Write;
use std::io::Write as _;

/// A regression on whatever columns there are.
const LINE: &str = "program line\ndim n = 16  dim f = 3  dim d = f + 1  dim T = 1\nowner X0 : real[n, f]\n\
    owner y : real[n]\nuse losses.squared\nsecret X : real[n, d] = bias(X0)\nsecret Y : real[n] = y\n\
    let score(w) = X @ w\ntrain {\n  var w : real[d] = 0\n  for t in 1 .. T { w = w - 1e-9 / n * grad(squared, Y, score, at = w) }\n}\n\
    reveal w\npredict score(w)\n";

/// A table whose rows are made of their numbers.
fn rows(header: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    let mut text = if header.is_empty() { String::new() } else { format!("{header}\n") };
    for number in 0..count {
        writeln!(text, "{}", row(number)).unwrap();
    }
    text
}

fn place(name: &str, text: &str) -> Place {
    let place = Place::new();
    place.write("line.hep", LINE);
    place.write(name, text);
    place
}

/// The words of a command between backticks that begin with dashes.
fn proposed(message: &str) -> Vec<String> {
    message.split('`').skip(1).step_by(2).filter(|text| text.starts_with("--")).map(str::to_string).collect()
}

/// The index of a data frame, kept by `df.to_csv()`.
#[test]
fn an_unnamed_index_is_no_label() {
    let classes = rows(",kind,a,b", 16, |i| format!("{i},{},{}.5,{}.25", ["no", "yes"][i % 2], i % 3, i % 5));
    let place = place("frame.csv", &classes);
    let two = String::from_utf8(place.read("lr.hep"))
        .unwrap()
        .replace(" in 0 .. 1", "")
        .replace("10 / (t", "0.5 / (t");
    place.write("two.hep", two);
    let plan = format!("compile two.hep -p n=16 -p f=2 -p T=1 {SMALL} -o plan.hepc");
    place.hep(&plan).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    let words =
        ["error[H0714]", "frame.csv", "column 1, which has no name", "`kind`, `a`, `b`", "--label NAME ("];
    for command in [
        "check two.hep",
        "simulate two.hep",
        "compare two.hep",
        "train two.hep -o m.npz",
        "train line.hep -o m.npz",
        "encrypt plan.hepc --keys keys -o in.hct",
    ] {
        place.refused(&format!("{command} --data frame.csv"), &words);
    }
    // What is chosen is taken, and the index is then no feature.
    let said = place.hep("check two.hep --data frame.csv --label kind").done().err;
    let line = "frame.csv: 16 rows of 2 features, label `kind` (column 2) of 2 classes: no (8), yes (8); column 1 has no name \
                and counts rows, and is left out\n";
    assert!(said.contains(line), "{said}");
    place.hep("encrypt plan.hepc --keys keys --data frame.csv --label kind -o in.hct").done();
    let insisted = place.hep("simulate line.hep --data frame.csv --label first");
    insisted.failed(&["error[H0704]", "`no` is no finite number, in column `kind`"]);
    // A shuffled index is one too; without a name, other columns are not asked what they are.
    let shuffled = rows("kind,a,b", 16, |i| format!("{},{i}.5,{}.25", ["no", "yes"][i % 2], i % 5));
    let shuffled: String = shuffled
        .lines()
        .enumerate()
        .map(
            |(at, line)| {
                if at == 0 { format!(",{line}\n") } else { format!("{},{line}\n", at * 7 % 17 + 40) }
            },
        )
        .collect();
    place.write("frame.csv", shuffled);
    place.refused("train two.hep -o m.npz --data frame.csv", &["error[H0714]", "has no name"]);
    place.hep("check two.hep --data frame.csv --label 2").done();
}

#[test]
fn columns_that_count_the_rows_are_no_targets() {
    for header in ["index,a,b", "id,a,b", "Unnamed: 0,a,b", ",a,b", ""] {
        let place = place("counts.csv", &rows(header, 16, |i| format!("{i},{}.5,{}.25", i % 3, i % 5)));
        let train = "train line.hep --data counts.csv -o m.npz";
        let said = place.hep(train);
        said.failed(&["error[H0714]", "counts.csv", "--label"]);
        let insists = said.err.contains("`--label first` takes this column as it is");
        assert_eq!(insists, !said.err.contains("has no name"), "{}", said.err);
        // Classes of one row each would be refused afterwards.
        let classes = "train mlr.hep --data counts.csv -o m.npz";
        place.refused(classes, &["error[H0714]", "counts.csv"]);
        assert!(!place.hep(classes).err.contains("--label first"));
        place.hep("check line.hep --data counts.csv --label first").done();
        place.hep("check line.hep --data counts.csv --label last").done();
    }
    // The same numbers under a name of their own are what they are called.
    let place = place("year.csv", &rows("year,a,b", 16, |i| format!("{i},{}.5,{}.25", i % 3, i % 5)));
    let said = place.hep("check line.hep --data year.csv").done().err;
    assert!(
        said.contains("label `year` (column 1), the first, as no --label is given, from 0 to 15\n"),
        "{said}"
    );
}

#[test]
fn classes_that_differ_in_nearly_every_row_or_have_fractions_are_refused() {
    let nearly = rows("price,a,b", 64, |i| format!("{},{}.5,{}.25", i * i + 900, i % 3, i % 5));
    let place = place("classes.csv", &nearly);
    let words = [
        "error[H0714]",
        "classes.csv",
        "`price` is to name classes",
        "64 in 64 rows",
        "no other column holds labels",
    ];
    for command in ["check mlr.hep", "simulate mlr.hep", "train mlr.hep -o m.npz"] {
        place.refused(&format!("{command} --data classes.csv"), &words);
    }
    place.hep("check line.hep --data classes.csv").done();
    // Words, and a slice of a column that is in order as a whole.
    place.write("classes.csv", rows("who,a,b", 8, |i| format!("name{i},{}.5,1", i % 3)));
    place.refused("check mlr.hep --data classes.csv", &["error[H0714]", "8 in 8 rows"]);
    place.hep("check mlr.hep --data data.csv --rows 0..3").done();

    place
        .write("classes.csv", rows("share,a,b", 64, |i| format!("0.{},{}.5,{}.25", i % 2 * 5, i % 3, i % 5)));
    let words =
        ["error[H0714]", "`share` is to name classes, and holds fractions such as 0.5", "`--label first`"];
    place.refused("train mlr.hep --data classes.csv -o m.npz", &words);
    let outcome = place.hep("check mlr.hep --data classes.csv");
    for line in proposed(&outcome.err) {
        place.hep(&format!("check mlr.hep --data classes.csv {line}")).done();
    }
    // What cannot be is refused, whoever chose it.
    place.write("classes.csv", rows("who,a,b", 8, |i| format!("name{i},{}.5,1", i % 3)));
    place.refused("check line.hep --data classes.csv --label first", &["error[H0709]", "labels are words"]);
}

/// Arrays have no columns, and their labels are looked at all the same.
#[test]
fn labels_of_archives_are_looked_at() {
    let array = |descr: &str, shape: &str, data: Vec<u8>| {
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        header.push_str(&" ".repeat(64 - (11 + header.len()) % 64));
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    };
    let floats = |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let archive = |place: &Place, y: Vec<u8>| {
        let mut zip = zip::ZipWriter::new(std::fs::File::create(place.path("rows.npz")).unwrap());
        let x: Vec<f64> = (0..24).map(|i| f64::from(i % 5)).collect();
        for (name, bytes) in [("x", array("<f8", "(12, 2)", floats(&x))), ("y", y)] {
            zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap();
    };
    let place = place("unused.csv", "");
    let half: Vec<f64> = (0..12).map(|i| f64::from(i % 2) / 2.0).collect();
    archive(&place, array("<f8", "(12,)", floats(&half)));
    place
        .refused("train mlr.hep --data rows.npz -o m.npz", &["error[H0714]", "the array `y`", "`--label y`"]);
    place.hep("check mlr.hep --data rows.npz --label y").done();
    let all: Vec<f64> = (0..12).map(|i| f64::from(i * i)).collect();
    archive(&place, array("<f8", "(12,)", floats(&all)));
    place.refused("check mlr.hep --data rows.npz", &["error[H0714]", "12 in 12 rows"]);
    let said = place.hep("check line.hep --data rows.npz").done().err;
    assert!(said.contains("rows.npz: 12 rows of 2 features, label `y` from 0 to 121\n"), "{said}");
    let words: Vec<u8> = (0..12).flat_map(|i| if i == 3 { *b"NA" } else { *b"ab" }).collect();
    archive(&place, array("|S2", "(12,)", words));
    place.refused("check mlr.hep --data rows.npz", &["error[H0703]", "`y` misses the label in row 4 (`NA`)"]);
}

#[test]
fn headers_of_numbers_become_no_sample() {
    for (text, taken, bare) in [
        (rows("0,1,2", 16, |i| format!("{},{}.5,{}.25", i % 2, i % 3, i % 5)), 16, 17),
        (rows("0,1", 16, |i| format!("{},{}.5", i % 2, i % 5)), 16, 17),
        (rows("2018,2019,2020", 16, |i| format!("{},{i},{}", i % 7, i % 3)), 16, 17),
        (rows("400,470,610", 16, |i| format!("{},0.{i},0.{}", i % 2, i % 3)), 16, 17),
        (rows("10,20,30,40", 16, |i| format!("{},{}.5,1,{}", i % 2, i % 5, i % 3)), 16, 17),
    ] {
        let place = place("numbers.csv", &text);
        let first = text.lines().next().unwrap().split(',').next().unwrap();
        for command in ["check line.hep", "train line.hep -o m.npz", "simulate mlr.hep"] {
            let words =
                ["error[H0715]", "numbers.csv", &format!("`{first}`"), "`--header yes`", "`--header no`"];
            place.refused(&format!("{command} --data numbers.csv"), &words);
        }
        let message = place.hep("check line.hep --data numbers.csv").err;
        for (option, count) in proposed(&message).iter().zip([taken, bare]) {
            let said = place.hep(&format!("check line.hep --data numbers.csv {option}")).done().err;
            assert!(said.contains(&format!("numbers.csv: {count} rows of ")), "{option}: {said}");
        }
        let by_name =
            place.hep(&format!("check line.hep --data numbers.csv --header yes --label {first}")).done();
        assert!(by_name.err.contains(&format!("label `{first}` (column 1)")), "{}", by_name.err);
    }
    // With an index or a name before them they are names as well.
    let indexed = rows(",0,1", 16, |i| format!("{i},{}.5,{}.25", i % 3, i % 5));
    let place = place("numbers.csv", &indexed);
    place.refused("check line.hep --data numbers.csv", &["error[H0703]", "`--header yes`"]);
    place.refused("check line.hep --data numbers.csv --header yes", &["error[H0714]", "has no name"]);
    let said = place.hep("check line.hep --data numbers.csv --header yes --label 0").done().err;
    assert!(said.contains("16 rows of 1 feature, label `0` (column 2) from"), "{said}");
    place.write(
        "numbers.csv",
        rows("label,0,1", 16, |i| format!("{},{}.5,{i}", ["cat", "dog"][i % 2], i % 3)),
    );
    place.refused("check mlr.hep --data numbers.csv", &["error[H0715]", "`label`, `0`, `1`"]);
    let said = place.hep("check mlr.hep --data numbers.csv --header yes").done().err;
    assert!(said.contains("label `label` (column 1) of 2 classes: cat (8), dog (8)\n"), "{said}");
    place.write(
        "numbers.csv",
        rows("kind,400,470", 16, |i| format!("{},0.{i},{}", ["cat", "dog"][i % 2], i % 3)),
    );
    place.refused("check mlr.hep --data numbers.csv", &["error[H0715]", "`kind`, `400`, `470`"]);
    assert_eq!(place.hep("check mlr.hep --data numbers.csv --header maybe").code, Some(2));
}

#[test]
fn missing_values_are_known_however_they_are_spelled() {
    let spellings = ["NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "none", "?", "-", ""];
    let place = place("missing.csv", "");
    for text in spellings {
        let with = |row: usize, cells: &str| {
            let good = table(&["cat", "dog", "owl"], 9);
            let mut lines: Vec<&str> = good.lines().collect();
            lines[row] = cells;
            lines.join("\n")
        };
        for (cells, at, name) in [(format!("cat,1,{text},2"), 3, "b"), (format!("{text},1,2,3"), 1, "kind")] {
            place.write("missing.csv", with(4, &cells));
            let (place_, name) = (format!("missing.csv:5:{at}"), format!("the value of `{name}` is missing"));
            for command in ["check mlr.hep", "train mlr.hep -o m.npz"] {
                let words = ["error[H0703]", &place_, &name, "help: "];
                place.refused(&format!("{command} --data missing.csv"), &words);
            }
        }
        // Nor is a row of them a header.
        place.write("missing.csv", format!("cat,{text},{text}\n{}", rows("", 9, |i| format!("cat,{i},{i}"))));
        place.refused("check mlr.hep --data missing.csv", &["error[H0703]", "missing.csv:1:2"]);
    }
}

/// A table with its columns in another order.
fn ordered(text: &str, order: &[usize]) -> String {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        order.iter().map(|at| cells[*at]).collect::<Vec<_>>().join(",") + "\n"
    };
    text.lines().map(row).collect()
}

#[test]
fn test_and_prediction_columns_are_found_by_name() {
    let place = place("unused.csv", "");
    let text = table(&["cat", "dog", "owl"], 24);
    place.write("turned.csv", ordered(&text, &[2, 3, 0, 1]));
    place.write("extra.csv", ordered(&text, &[0, 1, 2, 3, 1]).replacen("c,a", "c,q", 1));
    place.write("twice.csv", ordered(&text, &[0, 1, 2, 3, 1]));
    place.write("lacks.csv", ordered(&text, &[0, 1, 3]));
    place.write("other.csv", text.replacen("b,", "q,", 1));
    place.write("bare.csv", ordered(&text, &[3, 1, 2]));
    place.write("unlabeled.csv", ordered(&text, &[1, 2, 3]));

    let train = format!("train mlr.hep {SMALL} --data data.csv --rows 0..16 --seed 1 --json");
    let known = place.hep(&format!("{train} --test data.csv --test-rows 16..24 -o model.npz")).done().json();
    assert_eq!(known["test_accuracy"], 1.0);
    let turned = place.hep(&format!("{train} --test turned.csv --test-rows 16..24")).done();
    assert_eq!(turned.json()["test_accuracy"], 1.0);
    assert!(
        turned.err.contains("16 rows of 3 features, label `kind` (column 1)")
            && turned.err.contains("; 8 rows to test on")
    );
    assert_eq!(turned.json()["data"]["test_rows"], 8);
    for (file, words) in [
        (
            "extra.csv",
            vec!["error[H0716]", "extra.csv", "`q` is not among them", "`a`, `b`, `c`", "in any order"],
        ),
        ("twice.csv", vec!["error[H0717]", "twice.csv", "columns 2 and 5 are both called `a`"]),
        ("lacks.csv", vec!["error[H0716]", "lacks.csv", "`b` is missing"]),
        ("other.csv", vec!["error[H0716]", "`b` is missing, `q` is not among them"]),
    ] {
        for command in ["train mlr.hep -o m.npz", "simulate mlr.hep"] {
            place.refused(&format!("{command} --data data.csv --test {file}"), &words);
        }
        place.refused(&format!("eval model.npz --data {file}"), &words);
        place.refused(&format!("predict model.npz --data {file}"), &words);
    }
    place
        .refused("simulate mlr.hep --data data.csv --test bare.csv", &["error[H0706]", "bare.csv", "`kind`"]);

    // So with the files of the roles, whose state carries the names.
    place.trained();
    place.hep("decrypt plan.hepc --keys keys --in out.hct -o apart.npz").done();
    assert!(String::from_utf8_lossy(&place.read(&place.states("keys")[0])).contains("features"));
    let expected = place.hep("predict model.npz --data data.csv --rows 16..24").done().out;
    assert_eq!(expected.lines().count(), 8);
    for model in ["model.npz", "apart.npz"] {
        let judged = place.hep(&format!("eval {model} --data turned.csv --rows 16..24")).done();
        assert_eq!(judged.out, "100.00 % of 8 rows\n");
        assert!(
            judged.err.contains("turned.csv: 8 rows of 3 features, label `kind` (column 3) of 3 classes: ")
        );
        for file in ["turned.csv", "bare.csv", "unlabeled.csv"] {
            let predicted = place.hep(&format!("predict {model} --data {file} --rows 16..24")).done().out;
            assert_eq!(predicted, expected, "{file}");
        }
        place.hep(&format!("predict {model} --data bare.csv --label none")).done();
    }
    // Without a header it has to be said which column is no feature.
    place.write("plain.csv", text.split_once('\n').unwrap().1);
    place.refused("eval model.npz --data plain.csv --rows 16..24", &["error[H0714]", "--label first"]);
    let judged = place.hep("eval model.npz --data plain.csv --label first --rows 16..24").done();
    assert_eq!(judged.out, "100.00 % of 8 rows\n");
    // Labels that nobody looks at may be missing.
    let open: String = text.lines().map(|line| line.replace("cat,", "?,") + "\n").collect();
    place.write("open.csv", open);
    assert_eq!(place.hep("predict model.npz --data open.csv --rows 16..24").done().out, expected);
}

/// Spreadsheets end lines in two bytes.
#[test]
fn lines_are_counted_whatever_ends_them() {
    let table = rows("y,a,b", 16, |i| format!("{}.5,{i},{}", i % 3, i % 5)).replacen("3,3", "3,abc", 1);
    let line = table.lines().position(|line| line.contains("abc")).unwrap() + 1;
    for text in [table.clone(), table.replace('\n', "\r\n")] {
        let place = place("ends.csv", &text);
        place.refused("check line.hep --data ends.csv", &["error[H0704]", &format!("ends.csv:{line}:")]);
    }
}

/// What `--label`, `--rows` and `--header` take is said where something else was given.
#[test]
fn forms_of_options_are_shown() {
    let place = place("unused.csv", "");
    place.write("bare.csv", "7,1.5,2.5\n8,2.5,1.5\n7,3.5,0.5\n8,1.5,2\n");
    let train = "train mlr.hep --data data.csv";
    for (options, words) in [
        ("--label 0", vec!["error[H0706]", "`kind`, `a`, `b`, `c`", "from 1 to 4", "`--label 4` is `c`"]),
        ("--label 9", vec!["error[H0706]", "a name (`kind`", "a place from 1 to 4, first or last"]),
        ("--label art", vec!["error[H0706]", "a name (`kind`", "a place from 1 to 4, first or last"]),
        ("--header no", vec!["error[H0704]", "data.csv:1:2", "say `--header yes`, or leave the option out"]),
    ] {
        place.refused(&format!("{train} {options}"), &words);
    }
    let bare = "train mlr.hep --data bare.csv --label";
    for label in ["0", "4", "kind"] {
        let form = "--label takes a place from 1 to 3, first or last: `--label last` is column 3";
        place.refused(&format!("{bare} {label}"), &["error[H0706]", "has no header", form]);
    }
    for (rows, form) in [
        ("100..50", "ends before it begins: write the smaller number first, `50..100`"),
        ("5..5", "has no rows, as the end is excluded: `5..6` is one row"),
        ("16", "write A..B, such as 0..128"),
        ("0-16", "write A..B, such as 0..128"),
    ] {
        for option in ["--rows", "--test-rows"] {
            let said = place.hep(&format!("{train} {option} {rows}"));
            assert!(said.code == Some(2) && said.err.contains(form), "{}", said.err);
        }
    }
    let said = place.hep(&format!("{train} --header maybe")).err;
    assert!(said.contains("[possible values: yes, no]"), "{said}");
}

/// Two columns of one name, wherever they stand and whoever reads them.
#[test]
fn two_columns_of_one_name_are_both_named() {
    let place = place("twice.csv", "kind,a,b,a\ncat,1,2.5,3\ndog,2,1.5,1\ncat,1.5,2,3\n");
    place.write("label.csv", "a,b,a\n0,2.5,3\n1,1.5,1\n0,2,3\n");
    for command in ["train mlr.hep", "check mlr.hep", "simulate mlr.hep"] {
        let words =
            ["error[H0717]", "twice.csv", "columns 2 and 4 are both called `a`", "help: give each column"];
        place.refused(&format!("{command} --data twice.csv"), &words);
        place.refused(
            &format!("{command} --data label.csv --label a"),
            &["columns 1 and 3 are both called `a`"],
        );
    }
}

/// The line about what was read says which column real targets are, that it was taken and not chosen, and their bounds as written.
#[test]
fn what_was_read_of_real_targets_is_right() {
    let place = place("tiny.csv", "area,price\n0.00001234,2\n0.0000456789,3\n0.00002,1\n0.00003,5\n");
    let program = "program line
use losses.squared
dim n = 4  dim f = 1  dim T = 1
owner X0 : real[n, f]
owner y : real[n]
secret X : real[n, f] = X0
secret Y : real[n] = y
let score(w) = X @ w
train {
  var w : real[f] = 0
  for t in 1 .. T { w = w - 0.01 * grad(squared, Y, score, at = w) / n }
}
reveal w
predict score(w)
";
    place.write("line.hep", program);
    let said = |options: &str| place.hep(&format!("simulate line.hep --data tiny.csv {options}")).done().err;
    let guessed = said("");
    let line = "tiny.csv: 4 rows of 1 feature, label `area` (column 1), the first, as no --label is given, \
                from 0.00001234 to 4.57e-5\n";
    assert!(guessed.contains(line), "{guessed}");
    let chosen = said("--label price -o model.npz");
    assert!(chosen.contains("label `price` (column 2) from 1 to 5\n"), "{chosen}");
    // A model knows its label.
    let known = place.hep("eval model.npz --data tiny.csv").done().err;
    assert!(known.contains("label `price` (column 2) from 1 to 5\n"), "{known}");
    let json = place.hep("simulate line.hep --data tiny.csv --json").done().json();
    assert_eq!((&json["data"]["label"], &json["data"]["label_given"]), (&"area".into(), &false.into()));
}

/// Rows without labels, names in other letters, and a first column that nobody chose.
#[test]
fn rows_without_labels_are_told_so() {
    let place = Place::new();
    let table = |header: &str, kind: bool| {
        rows(header, 24, |i| {
            let label = if kind { format!(",{}", ["no", "yes"][i % 2]) } else { String::new() };
            format!("{}.5,{},{}.25{label}", i % 7, i % 5, (i % 2) * 3 + i % 3)
        })
    };
    place.write("train.csv", table("Age,b,c,kind", true));
    place.write("bare.csv", table("Age,b,c", false));
    place.write("lower.csv", table("age,b,c,kind", true));
    place.write("coded.csv", rows("age,b,kind", 24, |i| format!("{},{}.5,{}", 20 + i % 15, i % 7, i % 2)));
    let train = format!("train mlr.hep {SMALL} --data train.csv --label kind --rows 0..16");
    place.hep(&format!("{train} -o model.npz")).done();
    let unlabeled =
        ["these rows have no labels: there is no column `kind`", "let `hep predict` tell what it would hold"];
    place.refused("eval model.npz --data bare.csv", &unlabeled);
    place.refused(&format!("{train} --test bare.csv"), &unlabeled);
    let renamed = ["error[H0716]", "help: names are compared letter by letter: rename `age` to `Age`"];
    place.refused("eval model.npz --data lower.csv", &renamed);
    place.refused("predict model.npz --data lower.csv", &renamed);
    // Two classes, in a column that is not the first.
    let two = LINE
        .replace("y : real[n]", "y : class[n, 2]")
        .replace("Y : real[n]", "Y : bit[n]")
        .replace("losses.squared", "losses.nll")
        .replace("grad(squared", "grad(nll")
        .replace("train {", "approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {");
    place.write("two.hep", &two);
    let words = ["error[H0713]", "`--label` chooses another, such as `kind`, which has 2 values"];
    let first = place.hep("check two.hep --data coded.csv");
    assert!(
        words.iter().all(|word| first.err.contains(word) || first.out.contains(word)),
        "{}{}",
        first.out,
        first.err
    );
}

/// Labels in a column for each class: the others would tell the one that was chosen.
#[test]
fn labels_in_several_columns_are_noticed() {
    let one = |i: usize, class: usize| u8::from(i % 3 == class);
    let text = rows("a,b,k0,k1,k2", 24, |i| {
        format!("{}.5,{}.25,{},{},{}", i % 7, i % 5, one(i, 0), one(i, 1), one(i, 2))
    });
    let place = place("hot.csv", &text);
    let words = ["error[H0714]", "a column for each class", "`k0`", "`k1`, `k2`", "idxmax"];
    for command in ["check line.hep", "train line.hep -o m.npz"] {
        place.refused(&format!("{command} --data hot.csv --label k0"), &words);
    }
}

/// A model with names of columns, and rows without: they are those of the training data, in their order.
#[test]
fn rows_without_names() {
    let cells = |i: usize| format!("{}.5,{}.25,{}.125", i % 7, i % 5, i % 3);
    let place = place("named.csv", &rows("a,b,c,y", 16, |i| format!("{},{}", cells(i), i % 2)));
    place.write("bare.csv", rows("", 6, cells));
    place.write("new.csv", rows("a,b,c", 6, cells));
    place.write("labeled.csv", rows("", 6, |i| format!("{},{}", cells(i), i % 2)));
    place.hep(&format!("train line.hep --data named.csv --label y {SMALL} -o m.npz")).done();
    let told = |file: &str| place.hep(&format!("predict m.npz --data {file}")).done().out;
    assert_eq!(told("bare.csv"), told("new.csv"));
    let words = ["error[H0714]", "one of its 4 columns is no feature", "`--label last`"];
    for command in ["predict", "eval"] {
        place.hep(&format!("{command} m.npz --data labeled.csv")).failed(&words);
    }
    assert_eq!(place.hep("predict m.npz --data labeled.csv --label last").done().out, told("new.csv"));
    place.hep("eval m.npz --data labeled.csv --label last").done();
}
