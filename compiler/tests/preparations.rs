//! What the owner prepares, and what keeps its first value: what is proposed is written as it is printed, and compiles.

use hep_compiler::diagnostics::codes;
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, analyze, compile};

const HEAD: &str = "program p\nuse losses\nuse preprocessing\ndim n = 8\ndim f = 3\ndim T = 2\n\
                    owner X0 : real[n, f] in -1 .. 1\n";

fn help(text: &str) -> String {
    let source = SourceFile::new("p.hep", text);
    let errors = analyzed(&source, &Options::default(), &Patience::default()).err().unwrap_or_default();
    let first = errors.into_iter().next().unwrap_or_else(|| panic!("no error in\n{text}"));
    first.help.unwrap_or_else(|| panic!("no help: {}", first.title))
}

fn compiles(text: &str) {
    compile(&SourceFile::new("p.hep", text), &Options::default())
        .unwrap_or_else(|error| panic!("{error:#?}\n{text}"));
}

/// The pieces of code that a message prints.
fn printed(help: &str) -> Vec<&str> {
    help.split('`').skip(1).step_by(2).collect()
}

fn regression(y: &str, secrets: &str, scores: &str) -> String {
    format!(
        "{HEAD}owner y : {y}\nsecret X : real[n, f] = X0\n{secrets}\nlet score(w) = X @ w\ntrain {{\n  \
         var w : real[f] = 0\n  for t in 1 .. T {{ w = w - 0.1 / n * grad(squared, Y, score, at = w) }}\n}}\n\
         reveal w\npredict {scores}\n"
    )
}

#[test]
fn targets_are_prepared_by_their_own_mean() {
    for function in ["standardise", "centre"] {
        let value = format!("secret Y : real[n] = {function}(y)");
        let text = regression("real[n]", &value, "score(w)");
        let help = help(&text);
        let code = printed(&help);
        let [_, formula, _, items @ .., scores] = code.as_slice() else { panic!("{help}") };
        let mended = format!("{}\nsecret Y : real[n] = {formula}", items.join("\n"));
        let mended = text.replace(&value, &mended).replace("predict score(w)", scores);
        compiles(&mended);
        assert_eq!(items.len(), if function == "centre" { 1 } else { 2 }, "{help}");
    }
}

#[test]
fn fields_that_keep_their_value_are_none() {
    let text = format!(
        "{HEAD}owner y : real[n]\nsecret X : real[n, f] = X0\nsecret Y : real[n] = y\nparams P {{\n  w : real[f] = 0\n  \
         b : real = 0.5\n}}\nlet score(P) = X @ P.w + P.b\ntrain {{\n  for t in 1 .. T {{\n    \
         let G = grad(squared, Y, score, at = P)\n    P.w = P.w - 0.1 * G.w\n  }}\n}}\nreveal P\npredict score(P)\n"
    );
    let help = help(&text);
    let [_, item, name, field] = printed(&help)[..] else { panic!("{help}") };
    assert_eq!((item, field), ("public b : real = 0.5", "P.b"));
    let mended = text.replace("  b : real = 0.5\n", "").replace(field, name);
    compiles(&mended.replace("params P", &format!("{item}\nparams P")));
}

#[test]
fn variables_that_keep_their_value_are_left_out() {
    let text = regression("real[n]", "secret Y : real[n] = y", "score(w)")
        .replace("var w", "var b : real = 1\n  var w")
        .replace("0.1 / n", "0.1 * b / n")
        .replace("reveal w", "reveal b, w");
    let help = help(&text);
    assert_eq!(printed(&help), ["reveal w"], "{help}");
    compiles(&text.replace("reveal b, w", "reveal w"));
}

#[test]
fn inverses_are_encrypted_as_a_product() {
    let text = format!(
        "{HEAD}owner y : real[n]\nsecret X : real[n, f] = X0\nsecret Y : real[n] = y\ntrain {{\n  var w : real[f] = 0\n  \
         for t in 1 .. 1 {{ w = inverse(X.T @ X + 0.1 * identity(f)) @ X.T @ Y }}\n}}\nreveal w\npredict X @ w\n"
    );
    let said = help(&text);
    let [item, name, product] = printed(&said)[..] else { panic!("{said}") };
    assert!(product.starts_with("inverse("), "{said}");
    let mended = text.replace("inverse(X.T @ X + 0.1 * identity(f)) @ X.T", name);
    compiles(&mended.replace("train {", &format!("{item}\ntrain {{")));
    // Where there is no such product, it is said what remains.
    let alone = text.replace(" @ X.T @ Y", " @ w");
    assert!(help(&alone).contains("(H0602)"), "{}", help(&alone));
}

/// The codes of the warnings of a program.
fn warned(y: &str, loss: &str) -> Vec<&'static str> {
    let text = regression(y, "secret Y : real[n] = y", "score(w)")
        .replace("grad(squared", &format!("grad({loss}"))
        .replace("let score", "approx sigmoid on -8 .. 8 degree 3 by least_squares\nlet score");
    let found = analyze(&SourceFile::new("p.hep", &*text), &Options::default());
    let found = found.unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
    found.warnings.iter().map(|warning| warning.code).filter(|code| *code == codes::NO_SHARES).collect()
}

/// A sigmoid comes near no number but those between 0 and 1.
#[test]
fn losses_of_shares_are_given_shares() {
    for loss in ["mse", "bce"] {
        assert_eq!(warned("real[n]", loss), [codes::NO_SHARES], "{loss}");
        assert_eq!(warned("real[n] in 0 .. 9", loss), [codes::NO_SHARES], "{loss}");
        assert!(warned("real[n] in 0 .. 1", loss).is_empty(), "{loss}");
    }
    // Targets of any size have a smallest value of the squared error.
    for range in ["", " in 20 .. 40", " in 0 .. 17", " in -30000 .. 30000", " in 0 .. 2000000"] {
        assert!(warned(&format!("real[n]{range}"), "squared").is_empty(), "{range}");
    }
    assert_eq!(warned("real[n] in -30000 .. 30000", "mse"), [codes::NO_SHARES]);
    // A loss of counts has a smallest value for every count.
    let counts = regression("real[n]", "secret Y : real[n] = y", "score(w)")
        .replace("grad(squared", "grad(poisson")
        .replace(
            "let score",
            "loss poisson(y, z) = exp(z) - y * z\napprox grad poisson on -2 .. 2 degree 3 by least_squares\nlet score",
        );
    let found = analyze(&SourceFile::new("p.hep", &*counts), &Options::default());
    let found = found.unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert!(found.warnings.iter().all(|warning| warning.code != codes::NO_SHARES));
}
