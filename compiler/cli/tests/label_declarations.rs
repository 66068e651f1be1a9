//! Declarations that do not suit the labels in the data: what is proposed is written, and the data are taken.

mod common;

use common::{Place, SMALL};

/// Rows with one of these words each, of which neither order nor number says anything.
fn place(words: &[&str]) -> Place {
    let place = Place::new();
    let mut rows = "outcome,a,b\n".to_string();
    for row in 0..24usize {
        let word = words[row * 7 % words.len()];
        rows += &format!("{word},{}.25,{}.5\n", row % 5, row * row % 7);
    }
    place.write("rows.csv", rows);
    place
}

fn program(owner: &str, secret: &str, loss: &str) -> String {
    format!(
        "program p\nuse losses.{loss}\nuse preprocessing.standardise\ndim n = 24\ndim f = 2\ndim d = f + 1\n\
         owner X0 : real[n, f]\nowner y : {owner}\nsecret X : real[n, d] = bias(standardise(X0))\nsecret Y : {secret}\n\
         let score(w) = X @ w\ntrain {{\n  var w : real[d] = 0\n  \
         for t in 1 .. 2 {{ w = w - 0.1 / n * grad({loss}, Y, score, at = w) }}\n}}\nreveal w\npredict score(w)\n"
    )
    .replace("let score", if loss == "nll" { "approx sigmoid on -8 .. 8 degree 3 by least_squares\nlet score" } else { "let score" })
}

/// Follows what is proposed: a line takes the place of the one that begins with the same two words, new ones come first.
fn followed(text: &str, help: &str) -> String {
    let head = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    let printed = help.split('`').skip(1).step_by(2).filter(|line| line.contains(' '));
    printed.fold(text.to_owned(), |text, line| {
        let known = text.lines().any(|old| head(old) == head(line));
        let mut lines: Vec<String> = text
            .lines()
            .map(|old| if head(old) == head(line) { line.to_owned() } else { old.to_owned() })
            .collect();
        if !known {
            lines.insert(1, line.to_owned());
        }
        lines.join("\n") + "\n"
    })
}

fn leads_on(place: &Place, text: &str, code: &str, said: &str) {
    let line = format!("check p.hep {SMALL} --data rows.csv");
    place.write("p.hep", text);
    let outcome = place.hep(&line);
    outcome.failed(&[code, said]);
    let help = outcome.err.lines().find_map(|line| line.trim().strip_prefix("help: ")).unwrap_or_default();
    place.write("p.hep", followed(text, help));
    place.hep(&line).done();
}

#[test]
fn words_of_two_kinds_are_bits() {
    let place = place(&["ill", "well"]);
    let both = "declare `owner y : class[n, 2]` and `secret Y : bit[n] = y`";
    leads_on(&place, &program("real[n]", "real[n] = y", "squared"), "H0709", both);
    leads_on(&place, &program("real[n]", "bit[n] = y", "nll"), "H0208", both);
    leads_on(&place, &program("real[n]", "real[n] = y", "nll"), "H0209", both);
}

#[test]
fn words_of_several_kinds_have_a_score_each() {
    let place = place(&["ill", "unknown", "well", "dead"]);
    let rows = "`secret Y : onehot[n, c] = one_hot(y)`, with a score for each class: ";
    for (owner, secret, loss, code) in [
        ("real[n]", "real[n] = y", "squared", "H0709"),
        ("real[n]", "bit[n] = y", "nll", "H0208"),
        ("class[n, 2]", "bit[n] = y", "nll", "H0713"),
        ("class[n, 2]", "real[n] = y", "nll", "H0209"),
    ] {
        leads_on(&place, &program(owner, secret, loss), code, rows);
    }
}

/// What is proposed is tried on the data: numbers are no classes.
#[test]
fn numbers_have_a_loss_of_numbers() {
    let place = place(&["1"]);
    let rows: String =
        (0..24).map(|row| format!("{}.5,{}.25,{}.5\n", row * row % 31, row % 5, row % 7)).collect();
    place.write("rows.csv", format!("price,a,b\n{rows}"));
    let line = format!("check p.hep {SMALL} --data rows.csv");
    let text = program("real[n]", "bit[n] = y", "nll");
    place.write("p.hep", &text);
    place.refused(
        &line,
        &["H0208", "declare `secret Y : real[n] = y`, and then: add `use losses.squared` below the first line, and write `squared`"],
    );
    let mended = text
        .replace("bit[n]", "real[n]")
        .replace("p\n", "p\nuse losses.squared\n")
        .replace("grad(nll", "grad(squared");
    place.write("p.hep", mended);
    place.hep(&line).done();
}

/// Class numbers that are declared as numbers, with a loss of shares: what is said is said of these data, and ends the warning.
#[test]
fn class_numbers_are_no_shares() {
    let text = program("real[n]", "real[n] = y", "nll")
        .replace("losses.nll", "losses.bce")
        .replace("grad(nll", "grad(bce");
    let bits = "`owner y : class[n, 2]` and `secret Y : bit[n] = y`";
    let rows = "`secret Y : onehot[n, c] = one_hot(y)`, with a score for each class: ";
    let numbers = "write `squared` for `bce`, the loss of numbers";
    for (labels, said) in
        [(&["0", "1"][..], bits), (&["0", "1", "2", "3"], rows), (&["-7.5", "2.25", "12.125"], numbers)]
    {
        let place = place(labels);
        let line = format!("check p.hep {SMALL} --data rows.csv");
        place.write("p.hep", &text);
        let found = place.hep(&line).done().err;
        assert!(found.contains("[H0320]") && found.contains(said), "{found}");
        let help = found.lines().find_map(|line| line.trim().strip_prefix("help: ")).unwrap_or_default();
        let mended = match said == numbers {
            true => text.replace("losses.bce", "losses.squared").replace("grad(bce", "grad(squared"),
            false => followed(&text, help),
        };
        place.write("p.hep", mended);
        place.hep(&format!("{line} --strict")).done();
    }
}

/// Numbers in place of classes: the declarations are those of the program, and were tried.
#[test]
fn numbers_to_be_predicted_are_declared_in_names_of_the_program() {
    let place = place(&["-7.5", "2.25", "12.125"]);
    let text = program("class[n, 2]", "bit[n] = target", "nll").replace("owner y", "owner target");
    let help = "declare `owner target : real[n]` and `secret Y : real[n] = target`, and add `use losses.squared` below the first \
                line, and write `squared` for `nll`, the loss of numbers";
    let line = format!("check p.hep {SMALL} --data rows.csv");
    place.write("p.hep", &text);
    place.hep(&line).failed(&["H0714", help]);
    let mended = text
        .replace("owner target : class[n, 2]", "owner target : real[n]")
        .replace("secret Y : bit[n]", "secret Y : real[n]")
        .replace("program p\n", "program p\nuse losses.squared\n")
        .replace("grad(nll", "grad(squared");
    place.write("p.hep", mended);
    place.hep(&line).done();
}

/// A declared range that the data leave is made wider, where the program does on it.
#[test]
fn declared_ranges_hold_the_data() {
    let place = place(&["0", "1"]);
    let text = program("class[n, 2]", "bit[n] = y", "nll").replace("real[n, f]\n", "real[n, f] in -1 .. 1\n");
    let line = format!("check p.hep {SMALL} --data rows.csv");
    place.write("p.hep", &text);
    let outcome = place.hep(&line);
    outcome.failed(&["H0713", "or declare `owner X0 : real[n, f] in -"]);
    let help = outcome.err.lines().find_map(|line| line.trim().strip_prefix("help: ")).unwrap_or_default();
    place.write("p.hep", followed(&text, help));
    place.hep(&line).done();
}

/// Prices are no classes, also where their column was chosen by the user.
#[test]
fn chosen_numbers_are_no_classes() {
    let place = Place::new();
    let rows: String =
        (0..24).map(|row| format!("{}.25,{}.5,{}.5\n", row % 5, row * row % 7, row * row % 31)).collect();
    place.write("rows.csv", format!("a,b,price\n{rows}"));
    let text = program("real[n]", "real[n] = y", "nll")
        .replace("losses.nll", "losses.bce")
        .replace("grad(nll", "grad(bce");
    let line = format!("check p.hep {SMALL} --data rows.csv --label price");
    place.write("p.hep", &text);
    let found = place.hep(&line).err;
    assert!(found.contains("[H0320]") && found.contains("squared"), "{found}");
    assert!(!found.contains("dim c"), "{found}");
}

/// Of labels that are no classes numbers are proposed; a few numbers that do not follow each other may be either.
#[test]
fn prices_are_numbers_to_be_predicted() {
    for (values, classes) in [(24, false), (5, true)] {
        let place = Place::new();
        let rows: String = (0..24)
            .map(|row| format!("{},{}.25,{}.5\n", 100 + 17 * (row % values), row % 5, row * row % 7))
            .collect();
        place.write("rows.csv", format!("price,a,b\n{rows}"));
        let text = program("class[n, 2]", "bit[n] = y", "nll");
        let line = format!("check p.hep {SMALL} --data rows.csv --label price");
        place.write("p.hep", &text);
        let outcome = place.hep(&line);
        outcome.failed(&["[H0713]", "for numbers to be predicted, declare `owner y : real[n]`"]);
        assert_eq!(outcome.err.contains("add `dim c = 5` and declare"), classes, "{outcome:?}");
        let help = outcome.err.split("for numbers to be predicted").nth(1).unwrap_or_default();
        let text = followed(&text, help).replace("grad(nll", "grad(squared");
        place.write("p.hep", text.replace("approx sigmoid on -8 .. 8 degree 3 by least_squares\n", ""));
        place.hep(&line).done();
    }
}

/// The number of classes is that of the data, also where the program has errors before they are read.
#[test]
fn classes_are_counted_where_there_are_data() {
    let place = place(&["ash", "elm", "fir", "oak"]);
    let text = program("real[n]", "bit[n] = y", "nll");
    place.write("p.hep", &text);
    let with_data = place.hep("check p.hep --data rows.csv").err;
    assert!(with_data.contains("add `dim c = 4` and declare") && !with_data.contains("= 3"), "{with_data}");
}

/// Words that differ in every row, or nowhere, name no classes.
#[test]
fn words_that_are_no_classes_are_offered_none() {
    for words in [(0..24).map(|row| format!("r{row}")).collect::<Vec<_>>(), vec!["r1".to_owned()]] {
        let place = place(&words.iter().map(String::as_str).collect::<Vec<_>>());
        place.write("p.hep", program("real[n]", "real[n] = y", "squared"));
        let outcome = place.hep("check p.hep --data rows.csv");
        outcome.failed(&["[H0709]", "these labels are no classes: choose the labels with --label NAME"]);
        assert!(!outcome.err.contains("dim c"), "{outcome:?}");
    }
}
