//! Declarations of labels that are proposed: written as they are printed, they compile.

use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, compile};

/// A classifier; its score is of one class, or of each.
fn program(owner: &str, secret: &str, scores: &str) -> String {
    let (weights, product) = match scores {
        "each" => ("real[c, d]", "X @ w.T"),
        "mistaken" => ("real[c, d]", "X @ w"),
        _ => ("real[d]", "X @ w"),
    };
    format!(
        "program p\nuse losses.nll\ndim n = 8  dim f = 3  dim d = f + 1  dim c = 3  dim T = 2\n\
         owner X0 : real[n, f] in 0 .. 1\nowner y : {owner}\nsecret X : real[n, d] = bias(X0)\nsecret Y : {secret}\n\
         let score(w) = {product}\napprox sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {{\n  \
         var w : {weights} = 0\n  for t in 1 .. T {{ w = w - 0.1 / n * grad(nll, Y, score, at = w) }}\n}}\n\
         reveal w\npredict score(w)\n"
    )
}

/// What is proposed for every error of a program.
fn helps(text: &str) -> Vec<String> {
    let source = SourceFile::new("p.hep", text);
    let errors = analyzed(&source, &Options::default(), &Patience::default()).err().unwrap_or_default();
    assert!(!errors.is_empty(), "no error in\n{text}");
    errors.into_iter().map(|error| error.help.unwrap_or_default()).collect()
}

/// The text with the line in place of the one that begins with the same two words.
fn with(text: &str, line: &str) -> String {
    let head = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    let new = head(line);
    let found = text.lines().any(|old| head(old) == new);
    assert!(found, "no line like `{line}` in\n{text}");
    let pad = |old: &str| old.chars().take_while(|c| *c == ' ').collect::<String>();
    let lines: Vec<String> = text
        .lines()
        .map(|old| if head(old) == new { format!("{}{line}", pad(old)) } else { old.to_owned() })
        .collect();
    lines.join("\n") + "\n"
}

/// Writes what the first error proposes, line by line, and compiles it.
fn leads_on(text: &str, lines: &[&str]) {
    let help = helps(text).remove(0);
    let printed: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
    assert_eq!(printed, lines, "{help}");
    let mended = printed.iter().fold(text.to_owned(), |text, line| with(&text, line));
    compile(&SourceFile::new("p.hep", &*mended), &Options::default())
        .unwrap_or_else(|error| panic!("{error:#?}\n{mended}"));
}

#[test]
fn two_classes_are_bits() {
    leads_on(&program("class[n, 2]", "real[n] = y", "one"), &["secret Y : bit[n] = y"]);
    leads_on(&program("class[n, 2]", "class[n, 2] = y", "one"), &["secret Y : bit[n] = y"]);
    let both = ["owner y : class[n, 2]", "secret Y : bit[n] = y"];
    leads_on(&program("real[n]", "bit[n] = y", "one"), &both);
    leads_on(&program("real[n]", "real[n] = y", "one"), &both);
}

#[test]
fn several_classes_are_one_hot() {
    let rows = "secret Y : onehot[n, c] = one_hot(y)";
    for secret in ["real[n, c] = y", "onehot[n, c] = y", "real[n] = y", "bit[n] = y"] {
        leads_on(&program("class[n, c]", secret, "each"), &[rows]);
    }
    leads_on(&program("real[n]", "onehot[n, c] = y", "each"), &["owner y : class[n, c]", rows]);
}

#[test]
fn several_classes_have_a_score_each() {
    let lines = ["secret Y : onehot[n, c] = one_hot(y)", "var w : real[c, d] = 0", "let score(w) = X @ w.T"];
    leads_on(&program("class[n, c]", "real[n] = y", "one"), &lines);
    leads_on(&program("class[n, c]", "bit[n] = y", "one"), &lines);
    // Both errors of one program, each with its own line.
    let mistaken = program("class[n, c]", "real[n, c] = y", "mistaken");
    let found = helps(&mistaken);
    assert_eq!(
        found,
        ["declare `secret Y : onehot[n, c] = one_hot(y)`", "transpose the right side: `X @ w.T`"]
    );
}

/// The owner's class numbers, given to a loss as they are.
#[test]
fn labels_are_encrypted() {
    let text = program("class[n, 2]", "bit[n] = y", "one").replace("secret Y : bit[n] = y\n", "");
    let text = text.replace("grad(nll, Y,", "grad(nll, y,");
    let help = helps(&text).remove(0);
    let printed: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
    let [item, name, "y"] = printed[..] else { panic!("{help}") };
    let mended = text.replace("train {", &format!("{item}\ntrain {{"));
    let mended = mended.replace("grad(nll, y,", &format!("grad(nll, {name},"));
    compile(&SourceFile::new("p.hep", &*mended), &Options::default())
        .unwrap_or_else(|error| panic!("{error:#?}\n{mended}"));
}
