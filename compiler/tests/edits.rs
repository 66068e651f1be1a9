//! Helps that are edits: they were made to the text and compiled, together with what was refused then.

use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::proposals::analysed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, compile};

const HEAD: &str = "program p\nuse losses.squared\ndim n = 8\ndim f = 3\ndim d = f + 1\ndim e = f\ndim T = 2\n\
                    owner X0 : real[n, f] in -1 .. 1\nowner y : real[n] in -1 .. 1\nsecret Y : real[n] = y\n";

fn regression(items: &str, body: &str, end: &str) -> String {
    format!("{HEAD}{items}\ntrain {{\n  {body}\n}}\n{end}\n")
}

fn first(text: &str) -> Diagnostic {
    let source = SourceFile::new("p.hep", text);
    let errors = analysed(&source, &Options::default(), &Patience::default()).err().unwrap_or_default();
    errors.into_iter().next().unwrap_or_else(|| panic!("no error in\n{text}"))
}

/// The help of the first error.
fn help(text: &str) -> String {
    let message = first(text);
    message.help.clone().unwrap_or_else(|| panic!("no help in {message:#?}"))
}

/// Asserts that a program with these changes compiles, and that they were proposed.
fn leads_on(text: &str, changes: &[(&str, &str)], said: &[&str]) {
    let help = help(text);
    let rest = said.iter().try_fold(help.as_str(), |rest, part| rest.split_once(part).map(|(_, rest)| rest));
    assert!(rest.is_some(), "{said:?} not in {help}");
    let mended = changes.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old} not in\n{text}");
        text.replacen(old, new, 1)
    });
    compile(&SourceFile::new("p.hep", &*mended), &Options::default())
        .unwrap_or_else(|error| panic!("{error:#?}\n{mended}"));
}

const SCORE: &str = "let score(w) = X @ w";
const STEPS: &str = "for t in 1 .. T { w = w - 0.1 / n * grad(squared, Y, score, at = w) }";

fn over(x: &str, w: &str) -> String {
    let items = format!("secret X : {x}\n{SCORE}");
    regression(&items, &format!("var w : {w} = 0\n  {STEPS}"), "reveal w\npredict score(w)")
}

#[test]
fn declarations_over_other_dimensions() {
    let renamed = over("real[n, e] = X0", "real[f]");
    leads_on(&renamed, &[("[n, e]", "[n, f]")], &["declare it over [n, f]"]);
    let ones = over("real[n, d] = X0", "real[d]");
    leads_on(&ones, &[("= X0", "= bias(X0)")], &["write `bias(X0)`, which adds a column of ones"]);
    let none = over("real = bias(X0)", "real[d]");
    leads_on(&none, &[("X : real", "X : real[n, d]")], &["declare it over [n, d]"]);
    let turned = over("real[n, f] = X0.T", "real[f]");
    leads_on(&turned, &[("X0.T", "X0")], &["transpose it: `X0`"]);
}

/// A name that no declaration takes back later: the second declaration is told as well.
#[test]
fn declarations_that_follow_one_another() {
    let text = regression(
        &format!(
            "secret X : real[n, f] = X0\nlet b = 0\npublic v : real[e] = 1\npublic u : real[f] = v\n{SCORE}"
        ),
        &format!("var w : real[f] = u\n  {STEPS}"),
        "reveal w\npredict score(w)",
    );
    leads_on(&text, &[("u : real[f]", "u : real[e]"), ("w : real[f] = u", "w : real[f] = 0")], &[""]);
}

/// Where no declaration helps, none is proposed: the product of a dimension with itself has no place in the slots.
#[test]
fn declarations_that_help_nothing() {
    let text = regression(
        "secret X : real[n, f] = X0\nsecret Z : real[n, e] = X0",
        "var C : real[f, e] = 0\n  for t in 1 .. T { C = X.T @ Z / n }",
        "reveal C",
    );
    let help = help(&text);
    assert!(!help.contains('['), "{help}");
}

const RECORD: &str = "secret X : real[n, f] = X0\nparams P {\n  w : real[f] = 0\n  b : real = 0\n}\nlet score(P) = X @ P.w + P.b";

fn record(step: &str) -> String {
    regression(RECORD, &format!("for t in 1 .. T {{\n    {step}\n  }}"), "reveal P\npredict score(P)")
}

#[test]
fn records_are_written_by_their_fields() {
    let gradient = "let G = grad(squared, Y, score, at = P)\n    ";
    let fields = "P.w, P.b = P.w - (0.1 * G.w), P.b - (0.1 * G.b)";
    let text = record(&format!("{gradient}P = P - 0.1 * G"));
    leads_on(&text, &[("P = P - 0.1 * G", fields)], &[&format!("assign its fields: `{fields}`")]);
    let direct = record("P = P - 0.1 * grad(squared, Y, score, at = P)");
    leads_on(
        &direct,
        &[(
            "P = P - 0.1 * grad(squared, Y, score, at = P)",
            "P.w, P.b = P.w - 0.1 * grad(squared, Y, score, at = P.w), P.b - 0.1 * grad(squared, Y, score, at = P.b)",
        )],
        &["assign its fields: `P.w, P.b = P.w - (0.1 * grad(squared, Y, score, at = P.w)), "],
    );
    let given =
        record("let G = grad(squared, Y, score, P, at = P)\n    P.w, P.b = P.w - 0.1 * G.w, P.b - 0.1 * G.b");
    leads_on(&given, &[("score, P,", "score, P.b, P.w,")], &["write `P.b, P.w` for `P`"]);
}

/// A record whose fields are no way out: nothing reads a row of a matrix.
#[test]
fn fields_that_help_nothing() {
    let text = record("let G = grad(squared, Y, score, P, m[t], at = P)\n    P.w, P.b = G.w, G.b")
        .replace("params P", "public m : real[T, f] = 1\nparams P")
        .replace("score(P) = X @", "score(P, m) = (X * m) @");
    assert!(!help(&text).contains('`'), "{}", help(&text));
    let row = over("real[n, f] = X0", "real[f]").replace("0.1 / n", "X[t] * 0.1");
    assert!(help(&row).contains("nothing reads a row"), "{}", help(&row));
}

#[test]
fn scores_that_depend_on_other_rows() {
    let text = regression(
        "secret X : real[n, f] = X0\nlet score(w) = X @ w - mean(X @ w, over = n)",
        &format!("var w : real[f] = 0\n  {STEPS}"),
        "reveal w\npredict score(w)",
    );
    leads_on(&text, &[("predict score(w)", "")], &["leave `predict` out"]);
    let hidden = over("real[n, f] = X0", "real[f]").replace("reveal w", "");
    leads_on(&hidden, &[("predict", "reveal w\npredict")], &["add `reveal w`"]);
}

#[test]
fn items_in_a_block() {
    let text = over("real[n, f] = X0", "real[f]");
    let inside = text.replace("{ w = ", "{\n    let l = mean((X @ w - Y) ** 2)\n    reveal l\n    w = ");
    leads_on(
        &inside,
        &[
            ("    reveal l\n", ""),
            ("let l =", "l ="),
            ("var w", "var l : real = 0\n  var w"),
            ("reveal w", "reveal w\nreveal l"),
        ],
        &["move `reveal l` out of the block, behind it", "make it a variable: add `var l : real = 0`"],
    );
    let vector = text.replace("{ w = ", "{\n    let r = X @ w - Y\n    reveal r\n    w = ");
    leads_on(
        &vector,
        &[
            ("    reveal r\n", ""),
            ("let r =", "r ="),
            ("var w", "var r : real[n] = 0\n  var w"),
            ("reveal w", "reveal w\nreveal r"),
        ],
        &["make it a variable: add `var r : real = 0`", "declare it over [n]"],
    );
    let twice = text.replace("{ w = ", "{\n    public k : real = 2\n    w = ");
    leads_on(
        &twice,
        &[("    public k : real = 2\n", ""), ("train", "public k : real = 2\ntrain")],
        &["move `public k : real = 2` out of the block, in front of it"],
    );
}

/// Everything that a program without labels needs, in one message.
#[test]
fn programs_without_labels() {
    let text = "program p\nuse losses.squared\ndim n = 8 dim f = 3 dim k = 2 dim T = 1\n\
                owner X0 : real[n, f] in -1 .. 1\nsecret X : real[n, f] = X0\nparams P {\n  \
                E : real[k, f] = normal(seed = 1)\n  D : real[f, k] = normal(seed = 2)\n}\n\
                let score(P) = (X @ P.E.T) @ P.D.T\ntrain {\n  for t in 1 .. T {\n    \
                let G = grad(squared, X, score, at = P)\n    P.E, P.D = P.E - 0.1 * G.E, P.D - 0.1 * G.D\n  }\n}\n\
                reveal P\npredict score(P)\n";
    leads_on(
        text,
        &[("secret X", "owner y_ : real[n]\nsecret X"), ("predict score(P)", "")],
        &["declare `owner y_ : real[n]`", "leave `predict` out"],
    );
}
