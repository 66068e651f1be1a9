//! Exit codes and messages: a place, a cause, one help.

mod common;

use common::{Place, SIZES, SMALL, table};

const COMMANDS: [&str; 15] = [
    "compare", "snapshot", "diff", "check", "explain", "compile", "simulate", "keygen", "encrypt", "run",
    "decrypt", "eval", "predict", "info", "train",
];

#[test]
fn every_command_has_help_with_an_example() {
    let place = Place::new();
    for command in COMMANDS {
        let help = place.hep(&format!("{command} --help")).done().out;
        assert!(help.contains("Example") && help.contains(&format!("  hep {command} ")), "{help}");
        assert!(help.contains("Usage: hep "), "{help}");
    }
    let all = place.hep("--help").done().out;
    assert!(COMMANDS.iter().all(|command| all.contains(&format!("\n  {command} "))), "{all}");
    assert!(place.hep("--version").done().out.starts_with("hep 0."));
}

#[test]
fn wrong_usage_is_code_2() {
    let place = Place::new();
    for line in [
        "",
        "trian",
        "check",
        "check mlr.hep --strct",
        "check mlr.hep -p n",
        "check mlr.hep -p n=x",
        "check mlr.hep -p n=-1",
        "check mlr.hep --rows 0..16",
        "compile mlr.hep --emit words",
        "compile mlr.hep --ring 2",
        "compile mlr.hep --insecure",
        "compile mlr.hep --precision 99",
        "train mlr.hep",
        "train mlr.hep --data data.csv --rows 16",
        "train mlr.hep --data data.csv --rows 16..3",
        "train mlr.hep --data data.csv --label none",
        "train mlr.hep --data data.csv --threads 0",
        "run plan.hepc",
        "simulate mlr.hep --data data.csv --trace values.txt",
    ] {
        let outcome = place.hep(line);
        assert_eq!(outcome.code, Some(2), "hep {line}: {}", outcome.err);
        assert!(!outcome.err.is_empty() && outcome.out.is_empty(), "hep {line}");
    }
}

#[test]
fn a_good_program_passes() {
    let place = Place::new();
    for program in ["mlr.hep", "published.hep", "lr.hep"] {
        let outcome = place.hep(&format!("check {program}")).done();
        let verdict = format!("{program}: no errors, 0 warnings\n");
        assert!(outcome.out.ends_with(&verdict) && outcome.err.is_empty(), "{}{}", outcome.out, outcome.err);
        let json = place.hep(&format!("check {program} --json")).done().json();
        assert_eq!((&json["errors"], &json["warnings"]), (&serde_json::json!([]), &serde_json::json!([])));
        assert!(json["report"][0].as_str().unwrap().contains("approximation of"), "{json}");
    }
}

/// A part of the program, what it is replaced by, and what the message says: code, place, cause, help.
const MISTAKES: [(&str, &str, &[&str]); 8] = [
    ("secret X", "secrte X", &["error[H0102]", "mlr.hep:15:1", "secrte", "help: did you mean `secret`?"]),
    ("let  logits(A)   = X @ A.T", "let  logits(A)   = X @ A", &["error[H0203]", "mlr.hep:19:", "help: "]),
    ("secret B : real[d]", "secret B : real[n]", &["error[H02", "mlr.hep:17:"]),
    ("= X @ A.T", "= A0 @ A.T", &["error[H0401]", "mlr.hep:", "A0", "help: "]),
    ("reveal W", "reveal Q", &["error[H0201]", "mlr.hep:35:8", "`Q`"]),
    ("at = V", "at = U", &["error[H0201]", "mlr.hep:29:", "`U`"]),
    ("degree 3", "degree 3.5", &["error[H0303]", "mlr.hep:21:"]),
    ("sigmoid(z)))", "softmax(z)))", &["error[H0306]", "mlr.hep:20:", "help: "]),
];

#[test]
fn mistakes_in_programs_have_place_cause_and_help() {
    for (from, to, words) in MISTAKES {
        let place = Place::new();
        place.changed(from, to);
        place.refused("check mlr.hep", words);
        for command in [
            "explain mlr.hep",
            "compile mlr.hep",
            "train mlr.hep --data data.csv",
            "simulate mlr.hep --data data.csv",
        ] {
            place.refused(command, words);
        }
        let outcome = place.hep("check mlr.hep --json");
        assert_eq!(outcome.code, Some(1));
        let json = outcome.json();
        let first = &json["errors"][0];
        assert!(words[0].contains(&first["code"].as_str().unwrap()[..3]), "{json}");
        assert_eq!(first["severity"], "error");
        assert!(first["labels"][0]["start"]["line"].as_u64().unwrap() > 1);
    }
}

#[test]
fn all_mistakes_come_at_once() {
    let place = Place::new();
    place.changed("secret X", "secrte X");
    place.changed("public eta", "publik eta");
    place.changed("reveal W", "reveel W");
    let outcome = place.hep("check mlr.hep");
    assert_eq!(outcome.code, Some(1));
    assert_eq!(outcome.err.matches("error[H0102]").count(), 3, "{}", outcome.err);
}

#[test]
fn files_that_are_no_programs() {
    let place = Place::new();
    place.refused("check none.hep", &["none.hep", "help: "]);
    place.refused("check .", &["help: "]);
    place.write("bytes.hep", [0xff, 0xfe, 0]);
    place.refused(
        "check bytes.hep",
        &["bytes.hep is text in UTF-16, but a program is needed here", "help: save it as text in UTF-8"],
    );
    place.write("empty.hep", "");
    place.refused("check empty.hep", &["error[H0105]", "empty.hep:1:1"]);
    place.write("long.hep", vec![b' '; (1 << 20) + 1]);
    place.refused("check long.hep", &["long.hep has 1048577 bytes", "help: "]);
}

#[test]
fn a_score_out_of_range_is_a_warning_and_an_error_under_strict() {
    let place = Place::new();
    place.changed("on -8 .. 8", "on -2 .. 2");
    for command in ["check mlr.hep --data data.csv", "simulate mlr.hep --data data.csv"] {
        let outcome = place.hep(command).done();
        for word in ["warning[H0301]", "mlr.hep:21:", "in iteration 2", "help: "] {
            assert!(outcome.err.contains(word), "{}", outcome.err);
        }
        assert!(!outcome.out.contains("warning["));
        let strict = place.hep(&format!("{command} --strict"));
        strict.failed(&["error[H0301]", "mlr.hep:21:", "in iteration 2", "help: "]);
    }
    let train = format!("train mlr.hep {SMALL} --data data.csv -o model.npz");
    place.refused(&format!("{train} --strict"), &["error[H0301]", "help: "]);
    assert!(place.hep(&train).done().err.contains("warning[H0301]"));
    let json = place.hep("check mlr.hep --data data.csv --json").done().json();
    let warning = &json["warnings"][0];
    assert_eq!((&warning["code"], &warning["severity"]), (&"H0301".into(), &"warning".into()));
    let strict = place.hep("check mlr.hep --data data.csv --json --strict");
    assert_eq!((strict.code, &strict.json()["errors"][0]["code"]), (Some(1), &"H0301".into()));
    // Data inside the range: nothing to say.
    let inside = Place::new().hep("check mlr.hep --data data.csv --strict").done();
    assert!(inside.out.ends_with("mlr.hep: no errors, 0 warnings\n"), "{}", inside.out);
    assert!(inside.out.contains("prove 1 of 2 iterations"), "{}", inside.out);
}

/// Each of the two changes that are proposed was tried: pasted, it keeps the scores inside.
#[test]
fn what_is_proposed_helps() {
    let place = Place::new();
    place.changed("on -8 .. 8", "on -2 .. 2");
    let advice = place.hep("check mlr.hep --data data.csv").done().err;
    let quoted: Vec<&str> = advice.split_once("help: ").unwrap().1.split('`').collect();
    let (wider, smaller) = (quoted[1], quoted[3]);
    assert!(wider.starts_with("approx sigmoid on -") && smaller.ends_with("grad(sle, Y, logits, at = V)"));
    let present = "approx sigmoid on -2 .. 2 degree 3 by least_squares";
    for (from, to) in [(present, wider), ("let G = grad(sle, Y, logits, at = V)", smaller)] {
        let changed = Place::new();
        changed.changed("on -8 .. 8", "on -2 .. 2");
        changed.changed(from, to);
        changed.hep("check mlr.hep --data data.csv --strict").done();
    }
}

#[test]
fn odd_tables_are_refused_with_line_and_column() {
    let place = Place::new();
    let good = table(&["cat", "dog", "owl"], 9);
    let third = good.lines().nth(3).unwrap().to_string();
    let cells: Vec<&str> = third.split(',').collect();
    let with = |row: String| good.replace(&third, &row);
    let (kind, a, b, c) = (cells[0], cells[1], cells[2], cells[3]);
    for (content, words) in [
        (with(format!("{kind},{a},,{c}")), vec!["error[H0703]", "odd.csv:4:3", "missing", "help: "]),
        (with(format!(",{a},{b},{c}")), vec!["error[H0703]", "odd.csv:4:1"]),
        (with(format!("{kind},{a},much,{c}")), vec!["error[H0704]", "odd.csv:4:3", "`much`", "help: "]),
        (with(format!("{kind},{a},NaN,{c}")), vec!["error[H0703]", "odd.csv:4:3", "`NaN`", "`b`"]),
        (with(format!("{kind},{a},inf,{c}")), vec!["error[H0704]", "odd.csv:4:3", "`inf`"]),
        (with(format!("{kind},{a},1e999,{c}")), vec!["error[H0704]", "odd.csv:4:3"]),
        (with(format!("{kind},{a},{b}")), vec!["error[H0705]", "odd.csv:4", "3 columns", "help: "]),
        (with(format!("{kind},{a},{b},{c},1")), vec!["error[H0705]", "odd.csv:4", "5 columns"]),
        ("kind,a,b\n".to_string(), vec!["error[H0709]", "odd.csv", "no rows"]),
        (String::new(), vec!["error[H0709]", "odd.csv"]),
        ("cat,1,2\ncat,3,4\n".to_string(), vec!["error[H0709]", "odd.csv", "same label `cat`"]),
    ] {
        place.write("odd.csv", content);
        for command in ["train mlr.hep", "simulate mlr.hep", "check mlr.hep"] {
            place.refused(&format!("{command} --data odd.csv"), &words);
        }
    }
    place.write("odd.csv", b"cat,1,2\ndog,\xff,4\n");
    place.refused("check mlr.hep --data odd.csv", &["error[H0705]", "odd.csv:2:2", "UTF-8"]);
    place.refused("check mlr.hep --data none.csv", &["error[H0701]", "none.csv", "help: "]);
    place.refused("check mlr.hep --data mlr.hep", &["error[H0702]", "mlr.hep", "help: "]);
    place
        .refused("check mlr.hep --data data.csv --label species", &["error[H0706]", "`kind`, `a`, `b`, `c`"]);
    place.write("data.npz", "no archive");
    place.refused("check mlr.hep --data data.npz", &["error[H0710]", "data.npz", "help: "]);
}

#[test]
fn sizes_that_contradict_the_data_name_both() {
    let place = Place::new();
    for command in
        ["check mlr.hep --data data.csv", "simulate mlr.hep --data data.csv", "train mlr.hep --data data.csv"]
    {
        let with = |rest: &str| format!("{command} --rows 0..16 {rest}");
        place.refused(&with("-p n=17"), &["error[H0713]", "data.csv", "-p n=17", "have 16 rows", "help: "]);
        place.refused(&with("-p f=4"), &["error[H0713]", "data.csv", "-p f=4", "have 3 features", "help: "]);
        place.refused(&with("-p c=4"), &["error[H0713]", "data.csv", "-p c=4", "have 3 classes", "help: "]);
        place.refused(&with("-p q=4"), &["error[H0205]", "`q`"]);
    }
    place.hep("check mlr.hep --data data.csv --rows 0..16 -p n=16 -p f=3 -p c=3 -p T=3").done();
    place.refused(
        "simulate lr.hep --data data.csv",
        &["error[H0713]", "data.csv", "two classes", "have 3", "help: "],
    );
}

#[test]
fn rows_and_labels_of_the_test_are_checked() {
    let place = Place::new();
    let train = |rest: &str| format!("train mlr.hep --data data.csv {rest}");
    place.refused(&train("--rows 0..25"), &["error[H0707]", "data.csv", "--rows 0..25", "24 rows", "help: "]);
    place.refused(&train("--rows 0..16 --test-rows 16..25"), &["error[H0707]", "--test-rows 16..25"]);
    place.refused(&train("--rows 0..16 --test-rows 8..20"), &["error[H0707]", "in common", "help: "]);
    place.write("test.csv", table(&["cat", "cow"], 4));
    place.refused(&train("--test test.csv"), &["error[H0708]", "test.csv", "`cow`", "help: "]);
    place.write("test.csv", "cat,1,2\ndog,3,4\n");
    place
        .refused(&train("--test test.csv"), &["error[H0713]", "test.csv", "2 features, the training rows 3"]);
    place.hep("simulate mlr.hep --data data.csv -o model.npz").done();
    place.refused(
        "eval model.npz --data test.csv",
        &["error[H0713]", "test.csv", "2 features", "trained on 3"],
    );
    place.refused("predict model.npz --data test.csv --label none", &["error[H07"]);
    place.refused("eval data.csv --data data.csv", &["error[H07", "data.csv"]);
}

#[test]
fn parameters_that_do_not_exist_are_refused() {
    let place = Place::new();
    let depth = ["error[H0501]", "mlr.hep:2", "128-bit security allows 106 at N = 2^12", "help: "];
    place.refused(&format!("explain mlr.hep {SIZES} --ring 12"), &depth);
    place.refused(&format!("compile mlr.hep {SIZES} --ring 12 -o x.hepc"), &depth);
    place.refused(
        &format!("explain mlr.hep {SIZES} --precision 40"),
        &["error[H0502]", "40.0 are asked for", "help: "],
    );
    place.refused(&format!("explain mlr.hep {SMALL} -p c=1100"), &["error[H0601]", "mlr.hep:26:", "help: "]);
}

#[test]
fn codes_explain_themselves() {
    let place = Place::new();
    assert!(place.hep("explain H0203").done().out.starts_with("H0203: dimensions do not fit\n"));
    assert!(place.hep("explain h0703 --json").done().json()["explanation"].is_string());
    place.refused(
        "explain H9999",
        &["there is no code H9999", "codes are from H0101 to H0", "`hep explain H0101`"],
    );
    place.refused("explain h0799", &["there is no code H0799", "codes of this family are from H0701 to H07"]);
    place.copy("mlr.hep", "H9999");
    place.hep("explain H9999").done();
}
