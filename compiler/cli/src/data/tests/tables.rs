//! Tables as other programs write them: read where there is no doubt, and otherwise refused with what to do.

use super::{Directory, csv, labeled, npy};
use crate::data::{LabelColumn, LoadOptions, load};

fn refused(text: &str) -> String {
    csv(text, &LoadOptions::default()).unwrap_err()
}

/// The same rows, whatever separates their cells.
#[test]
fn separators() {
    let commas = "kind,a,b\nyes,1,-2.5\nno,3,4e1\n";
    let expected = csv(commas, &LoadOptions::default()).unwrap();
    for text in [
        commas.replace(',', "\t"),
        commas.replace(',', ";"),
        commas.replace(',', "|"),
        commas.replace(',', " "),
        "  kind    a    b  \r\n   yes    1 -2.5\r\n    no  3    4e1".to_owned(),
        commas.replace('\n', ",\n"),
        commas.replace(',', ";").replace("yes", "\"yes\"").replace('\n', ";\r\n"),
        format!("kind,a,b\n{}", commas.replace('\n', ",\n").split_once('\n').unwrap().1),
    ] {
        let found = csv(&text, &LoadOptions::default()).unwrap_or_else(|e| panic!("{text}{e}"));
        assert_eq!(
            (&found.x, &found.y, &found.classes),
            (&expected.x, &expected.y, &expected.classes),
            "{text}"
        );
        assert_eq!(found.columns, expected.columns, "{text}");
    }
    // What numpy.savetxt writes.
    let found = csv("1.0e+00 2.5e+00\n0.0e+00 -3.0e+00\n", &LoadOptions::default()).unwrap();
    assert_eq!((found.x.data, found.y), (vec![2.5, -3.0], vec![1.0, 0.0]));
    // A quoted cell keeps its blanks.
    let found = csv("\"a  b\" 1\n\"c\" 2\n", &LoadOptions::default()).unwrap();
    assert_eq!(found.classes, ["a  b", "c"]);
}

#[test]
fn a_separator_at_the_end_of_the_first_row_only_is_a_missing_value() {
    let error = refused("1,2,3,\n0,4,5,6\n");
    assert!(error.starts_with("error[H0703]: the value is missing\n   /data.csv:1:4\n"), "{error}");
    let error = refused("y,a,b\n1,2,\n0,4,5\n");
    assert!(error.contains("H0703") && error.contains(":2:3"), "{error}");
}

/// A missing value in the first row of data is no question of headers.
#[test]
fn missing_values_are_to_be_filled_in() {
    for text in ["1,NA,3\n0,4,5\n", "1,2,3\n0,NA,5\n", "y,a,b\n1,NA,3\n"] {
        let error = refused(text);
        assert!(error.contains("H0703") && error.contains("help: fill the value in, or remove"), "{error}");
    }
    assert!(refused("y,a,NA\n1,2,3\n").contains("`--header yes`"));
}

/// What the help writes is read as it should be.
#[test]
fn numbers_in_other_dress() {
    for (cell, number) in [
        ("\"$1,200\"", 1200.0),
        ("\"1,234,567.5\"", 1_234_567.5),
        ("\"2,5\"", 2.5),
        ("12%", 12.0),
        ("€ 7", 7.0),
        ("1 200", 1200.0),
    ] {
        let error = refused(&format!("1,2\n0,{cell}\n"));
        let written = error.split("help: write `").nth(1).and_then(|help| help.split('`').next());
        let written = written.unwrap_or_else(|| panic!("{error}"));
        let data = csv(&format!("1,2\n0,{written}\n"), &LoadOptions::default()).unwrap();
        assert_eq!(data.x.data, [2.0, number]);
        // The same of a target.
        let options = LoadOptions { real_targets: true, ..LoadOptions::default() };
        let error = csv(&format!("{cell},2\n{cell},5\n3,4\n"), &options).unwrap_err();
        assert!(error.contains("H0709") && error.contains(&format!("write `{written}`")), "{error}");
    }
    let error = refused("1,2,3\n0,red,5\n");
    assert!(error.contains("write a number for each word or leave the column out"), "{error}");
    let error = refused("1;2,5\n0;3,5\n");
    assert!(error.contains("write `2.5` in place of `2,5`"), "{error}");
    let options = LoadOptions { real_targets: true, ..LoadOptions::default() };
    let error = csv("yes,2\nno,4\nyes,5\n", &options).unwrap_err();
    assert!(error.contains("words are classes, which a program declares"), "{error}");
}

#[test]
fn files_with_nothing_in_them() {
    for (text, words) in [
        ("", ["the file is empty", "write a row of data on each line"]),
        ("\n\n", ["the file is empty", "write a row of data on each line"]),
        ("y,a,b\n", ["a header and no rows", "below the header"]),
        ("5\n6\n7\n", ["a single column", "with commas, semicolons, tabs or blanks between them"]),
        ("1,2\n1,3\n", ["all training rows have the same label `1`", "training needs two classes"]),
    ] {
        let error = refused(text);
        assert!(error.contains("H0709") && words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn files_that_are_no_text() {
    let directory = Directory::new();
    let utf16: Vec<u8> = "\u{feff}y,a\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, words) in [
        (utf16.as_slice(), ["UTF-16", "read_csv('d.csv', encoding='utf-16')"]),
        (b"PK\x03\x04rest", ["a workbook", "read_excel('d.csv')"]),
        (b"\x1f\x8b\x08", ["compressed", "gunzip"]),
        (b"\x93NUMPY\x01\0", ["an array of NumPy", "numpy.savez"]),
        (b"1,2\0\n", ["bytes of value 0", "UTF-8"]),
    ] {
        let path = directory.file("d.csv", bytes);
        let error = load(&path, &LoadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("H0705") && words.iter().all(|word| error.contains(word)), "{error}");
    }
}

/// Above 2^53 neighbors are one number, and would be one class.
#[test]
fn labels_that_are_not_told_apart() {
    let ids = "9007199254740993,1\n9007199254740992,2\n1,3\n";
    let error = refused(ids);
    assert!(error.contains("H0714") && error.contains("write labels below 2^53"), "{error}");
    let words = ids.replace('9', "id-9");
    assert_eq!(csv(&words, &LoadOptions::default()).unwrap().classes.len(), 3);
    let last = csv("1,9007199254740993\n2,5\n", &labeled(LabelColumn::First)).unwrap();
    assert_eq!(last.classes, ["1", "2"]);
}

/// One-hot rows are named, and what the help writes in their place is read.
#[test]
fn one_hot_labels() {
    let directory = Directory::new();
    let numbers = |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let x = npy("<f8", &[3, 1], &numbers(&[1.0, 2.0, 3.0]));
    let hot = npy("<f8", &[3, 2], &numbers(&[0.0, 1.0, 1.0, 0.0, 0.0, 1.0]));
    let path = directory.archive(&[("x", x.clone()), ("y", hot)], false);
    let error = load(&path, &LoadOptions::default()).unwrap_err().to_string();
    let line = "`numpy.savez('data.npz', x=x, y=y.argmax(axis=1))`";
    assert!(
        error.contains("H0711") && error.contains("[3, 2], one-hot rows") && error.contains(line),
        "{error}"
    );
    // y.argmax(axis=1), as NumPy writes it.
    let largest: Vec<u8> = [1i64, 0, 1].iter().flat_map(|v| v.to_le_bytes()).collect();
    let path = directory.archive(&[("x", x.clone()), ("y", npy("<i8", &[3], &largest))], false);
    assert_eq!(load(&path, &LoadOptions::default()).unwrap().y, [1.0, 0.0, 1.0]);
    let two = npy("<f8", &[3, 2], &numbers(&[0.5, 1.0, 1.0, 0.0, 0.0, 1.0]));
    let path = directory.archive(&[("x", x), ("y", two)], false);
    let error = load(&path, &LoadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("y=y[:, 0]"), "{error}");
}

/// What stands behind `#` in the first line are the names of the columns, as NumPy writes them, or it is no part of the table.
#[test]
fn comments_in_the_first_line() {
    let rows = "1,2.5,3\n0,-3,4\n";
    for comment in ["# study 12, exported 2026", "# measured in May", "#"] {
        let error = refused(&format!("{comment}\n{rows}"));
        assert!(
            error.contains("line 1 starts with `#`") && error.contains("remove it"),
            "{comment}: {error}"
        );
    }
    let found = csv(&format!("# y,a,b\n{rows}"), &LoadOptions::default()).unwrap();
    assert_eq!(found.x.data, [2.5, 3.0, -3.0, 4.0]);
}
