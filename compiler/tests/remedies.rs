//! Messages whose remedy has to fit what stands around the mistake: each is followed where it can be.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience};

/// A regression with real targets.
const REGRESSION: &str = "program p
use losses.squared
dim n = 8
dim f = 3
dim T = 2
owner X0 : real[n, f] in -1 .. 1
owner y : real[n] in -1 .. 1
secret X : real[n, f] = X0
secret Y : real[n] = y
let score(w) = X @ w
train {
  var w : real[f] = 0
  for t in 1 .. T {
    w = w - 0.1 / n * grad(squared, Y, score, at = w)
  }
}
reveal w
predict score(w)
";
/// A classification with three classes.
const CLASSES: &str = "program p
use losses.sle
dim n = 8
dim f = 3
dim c = 3
dim T = 2
owner X0 : real[n, f] in -1 .. 1
owner y : class[n, c]
secret X : real[n, f] = X0
secret Y : onehot[n, c] = one_hot(y)
let score(W) = X @ W.T
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var W : real[c, f] = 0
  for t in 1 .. T {
    W = W - 0.1 / n * grad(sle, Y, score, at = W)
  }
}
reveal W
predict score(W)
";

fn edited(program: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(program.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    })
}

fn errors(text: &str) -> Vec<Diagnostic> {
    let source = SourceFile::new("p.hep", text);
    analyzed(&source, &Options::default(), &Patience::default()).err().unwrap_or_default()
}

/// The help of the one message.
fn help(text: &str) -> String {
    let found = errors(text);
    let [message] = found.as_slice() else { panic!("{found:#?}\n{text}") };
    message.help.clone().unwrap_or_default()
}

#[test]
fn the_programs_are_right() {
    assert_eq!(errors(REGRESSION), []);
    assert_eq!(errors(CLASSES), []);
}

/// Only a sum around the value of a loss is what the gradient sums anyway.
#[test]
fn sums_in_losses() {
    let with = |items: &str, loss: &str| {
        let loss = format!("{items}loss own(y, z) = {loss}\nlet score");
        help(&edited(REGRESSION, &[("let score", &loss), ("grad(squared", "grad(own")]))
    };
    for around in ["sum((z - y) ** 2)", "-mean(-(z - y) ** 2) / 2", "0.5 * sum((z - y) ** 2)"] {
        assert!(with("", around).contains("the gradient is that of the sum over all samples"), "{around}");
    }
    let inside = with("", "sqrt(1 + sum((z - y) ** 2))");
    assert_eq!(inside, "write what one label and one score give, without `sum`");
    let data = with("let pos = sum(y) / n\n", "(z - y) ** 2 / pos");
    assert!(data.contains("`let pos = 0.5`"), "{data}");
    let given = "let pos = 0.5\nloss own(y, z) = (z - y) ** 2 / pos\nlet score";
    assert_eq!(errors(&edited(REGRESSION, &[("let score", given), ("grad(squared", "grad(own")])), []);
}

/// What no ciphertext is given has nothing to do with ciphertexts.
#[test]
fn functions_of_public_values_that_are_not_built_in() {
    for (call, form) in [
        ("bernoulli(seed = 3, keep = 0.5)", "let bernoulli(seed, keep) = FORMULA"),
        ("lower(n, f)", "let lower(u, v) = FORMULA"),
        ("lower_triangle(n)", "let lower_triangle(u) = FORMULA"),
        ("lower(half)", "let lower(u) = FORMULA"),
    ] {
        let items = format!("let half = 1 / n\npublic M : real[n, f] = {call}\nlet score");
        let help = help(&edited(REGRESSION, &[("let score", &items)]));
        assert!(help.contains("no such function is built in") && help.contains(form), "{call}: {help}");
        assert!(!help.contains("ciphertexts") && !help.contains("data file"), "{call}: {help}");
    }
    let help = help(&edited(REGRESSION, &[("= X @ w", "= lower(X) @ w")]));
    assert!(help.contains("nothing computes it of ciphertexts"), "{help}");
}

/// What training found for its own rows is no score of new ones, whether it is revealed or not.
#[test]
fn values_of_the_training_rows_predict_nothing() {
    let rows = [
        ("  for t", "  var A : real[n] = 0\n  for t"),
        ("at = w)\n", "at = w)\n    A = X @ w\n"),
        ("predict score(w)", "predict A"),
    ];
    for reveal in ["reveal w, A", "reveal w"] {
        let text = edited(&edited(REGRESSION, &rows), &[("reveal w", reveal)]);
        let found = errors(&text);
        let [message] = found.as_slice() else { panic!("{found:#?}") };
        let help = message.help.as_deref().unwrap();
        assert_eq!(message.code, "H0408");
        assert!(help.contains("`A` has a row for each training row and none for new ones"), "{help}");
        assert!(!format!("{message:?}").contains("not revealed"), "{message:#?}");
    }
}

/// A loop over batches of another language goes through the rows of the secrets, and compiles as it is told.
#[test]
fn batches_of_other_languages() {
    for (over, written) in [
        ("batches(n, B)", "rows(X, Y, size = B)"),
        ("batches(B)", "rows(X, Y, size = B)"),
        ("batches(X, Y, 4)", "rows(X, Y, size = 4)"),
    ] {
        let step = "w = w - 0.1 / n * grad(squared, Y, score, at = w)";
        let looped = |over: &str| format!("for batch in {over} {{ {step} }}");
        let with = |over: &str| edited(REGRESSION, &[(step, &looped(over)), ("dim T", "dim B = 4\ndim T")]);
        let told = help(&with(over));
        assert!(told.contains(&format!("`for batch in {written}`")), "{over}: {told}");
        assert_eq!(errors(&with(written)), [], "{written}");
    }
}

/// Scores with a softmax around them: without it the program compiles, whatever loss it has.
#[test]
fn softmax_of_scores() {
    for loss in ["sle", "nll"] {
        let edits = [("sle", loss), ("= X @ W.T", "= softmax(X @ W.T)")];
        let told = help(&edited(CLASSES, &edits));
        assert!(told.starts_with("leave it out, and write `X @ W.T` for `softmax(X @ W.T)`"), "{told}");
        assert_eq!(errors(&edited(CLASSES, &[("sle", loss)])), []);
    }
    let by_hand = |function: &str| {
        let step = format!("0.1 / n * ({function}(X @ W.T) - Y).T @ X");
        edited(CLASSES, &[("0.1 / n * grad(sle, Y, score, at = W)", &step)])
    };
    let told = help(&by_hand("softmax"));
    assert!(told.contains("write `sigmoid(X @ W.T)` for `softmax(X @ W.T)`"), "{told}");
    assert_eq!(errors(&by_hand("sigmoid")), []);
}

/// The squared error of numbers is that of the score; of labels it is that of the sigmoid.
#[test]
fn squared_errors_by_their_targets() {
    for name in ["mse", "mse_loss", "MSELoss"] {
        let real = help(&edited(REGRESSION, &[("use losses.squared\n", ""), ("squared", name)]));
        assert!(real.contains("add `use losses.squared`") && !real.contains("losses.mse"), "{real}");
        let labels = help(&edited(CLASSES, &[("use losses.sle\n", ""), ("sle", name)]));
        assert!(labels.contains("add `use losses.mse`"), "{labels}");
    }
}

/// Columns are scaled by what is called otherwise here.
#[test]
fn scaled_columns() {
    let told = help(&edited(REGRESSION, &[("real[n, f] = X0", "real[n, f] = scale(X0)")]));
    assert_eq!(told, "it is called `standardise`, and comes with `use preprocessing.standardise`");
}

/// The tensors of a record leave the server with it.
#[test]
fn tensors_of_a_record_are_revealed_with_it() {
    let record = edited(
        REGRESSION,
        &[
            ("train {\n  var w : real[f] = 0", "params P {\n  w : real[f] = 0\n}\ntrain {"),
            ("score(w) = X @ w", "score(P) = X @ P.w"),
            (
                "    w = w - 0.1 / n * grad(squared, Y, score, at = w)",
                "    let G = grad(squared, Y, score, at = P)\n    P.w = P.w - 0.1 / n * G.w",
            ),
            ("reveal w", "reveal P"),
            ("predict score(w)", "predict score(P)"),
        ],
    );
    assert_eq!(errors(&record), []);
    let told = help(&edited(&record, &[("reveal P", "reveal w")]));
    assert_eq!(told, "a record is revealed as a whole: write `reveal P`");
}

/// A step for each iteration is a vector, and what is told compiles.
#[test]
fn steps_of_each_iteration() {
    for (name, first) in [("eta", "0.1"), ("schedule", "1")] {
        let text = edited(REGRESSION, &[("0.1 / n", &format!("{name}[t] / n"))]);
        let item = format!("public {name} : real[T] = {first}");
        let told = help(&text);
        assert!(told.contains(&format!("add `{item}`")), "{told}");
        assert_eq!(errors(&edited(&text, &[("train {", &format!("{item}\ntrain {{"))])), []);
    }
}
