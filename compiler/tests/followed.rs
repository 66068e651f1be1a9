//! Mistakes of newcomers: the helps of all messages are pasted one after the other by somebody who reads nothing else, and the
//! program then has a plan.

mod common;

use common::follow::leads_on;
use common::{CLASSES, LABELS, NUMBERS, changed};
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience};

const SIGMOID: &str = "approx sigmoid on -8 .. 8 degree 3 by least_squares";
const GRADIENT: &str = "grad(nll, Y, score, at = w)";
const STEP: &str = "w = w - 0.1 * grad(nll, Y, score, at = w) / n";
const LOOP: &str = "  for t in 1 .. T {\n    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n  }\n";
const NUMBERS_STEP: &str = "w = w - 0.1 * grad(squared, Y, score, at = w) / n";

/// What stands for a function that has no polynomial of its own.
#[test]
fn lines_of_approximations() {
    for function in ["sigmoid", "tanh", "exp", "sqrt", "log", "softplus", "relu", "abs"] {
        let step = format!("w = w - 0.1 * X.T @ ({function}(X @ w) - Y) / n");
        let said = leads_on(NUMBERS, &[(NUMBERS_STEP, &step)]);
        assert!(said.contains(&format!("add `approx {function} on ")), "{said}");
    }
    for line in [
        "approx sigmoid degree 3",
        "approx sigmoid",
        "approx sigmoid degree 3 by taylor",
        "approx sigmoid by least_squares",
        "approx sigmoid(z) degree 3 on -8 .. 8",
        "approx sigmoid on -8 .. 8",
    ] {
        leads_on(LABELS, &[(SIGMOID, line)]);
    }
    let said = leads_on(LABELS, &[("by least_squares", "by taylor")]);
    assert_eq!(said, "write `by least_squares`");
}

/// A value that the loop changes is a variable, wherever it is written.
#[test]
fn first_values() {
    for (program, variable) in [
        (NUMBERS, "var w : real[d] = 0"),
        (LABELS, "var w : real[d] = 0"),
        (CLASSES, "var W : real[c, d] = 0"),
    ] {
        let name = variable[4..5].to_owned();
        for (first, value) in [
            ("", "0"),
            ("let ", "0"),
            ("var ", "0"),
            ("", "zeros(d)"),
            ("var ", "zeros(d)"),
            ("", "np.zeros(d)"),
        ] {
            let said = leads_on(program, &[(variable, &format!("{first}{name} = {value}"))]);
            assert!(said.contains(variable), "{said}");
        }
        for first in ["let ", ""] {
            let moved = format!("{first}{name} = 0\ntrain {{");
            leads_on(program, &[(&format!("  {variable}\n"), ""), ("train {", &moved)]);
        }
    }
    let both = [
        ("var w : real[d] = 0", "w = 0\n  b = 0"),
        ("score(w) = X @ w", "score(w, b) = X @ w + b"),
        ("    w = w", "    b = b - 0.1 * grad(squared, Y, score, w, b, at = b) / n\n    w = w"),
        ("score, at = w", "score, w, b, at = w"),
        ("reveal w", "reveal w, b"),
        ("predict score(w)", "predict score(w, b)"),
    ];
    let said = leads_on(NUMBERS, &both);
    assert!(said.contains("`var w : real[d] = 0`") && said.contains("`var b : real = 0`"), "{said}");
}

/// Types that are missing or wrong are those of the program's dimensions.
#[test]
fn types() {
    for (item, without) in [
        ("owner X0 : real[n, f] in 0 .. 1", "owner X0"),
        ("owner y : real[n] in 0 .. 1", "owner y"),
        ("secret X : real[n, d] =", "secret X ="),
        ("secret Y : real[n] =", "secret Y ="),
        ("var w : real[d] = 0", "var w[d] = 0"),
        ("var w : real[d]", "var w : real"),
        ("var w : real[d]", "var w : real[5]"),
        ("var w : real[d]", "var w : real[4]"),
        ("var w : real[d]", "var w : real[DIMS]"),
        ("var w : real[d]", "var w : real[d, 1]"),
        ("owner y : real[n]", "owner y : real[n, 1]"),
        ("secret Y : real[n]", "secret Y : real[n, 1]"),
        ("train {", "public eta = 0.1\ntrain {"),
        ("dim d = f + 1\n", ""),
        ("dim T = 2\n", ""),
        ("dim n = 8\n", ""),
    ] {
        leads_on(NUMBERS, &[(item, without)]);
    }
    let said = leads_on(NUMBERS, &[("dim d = f + 1\n", "")]);
    assert_eq!(said, "give it a size: add `dim d = f + 1`");
    let plain = [("dim d = f + 1\n", ""), ("real[n, d] = bias(X0)", "real[n, f] = X0")];
    assert_eq!(leads_on(NUMBERS, &plain), "write `f` for `d` here");
}

/// Columns as vectors, all at once.
#[test]
fn columns() {
    let all = [
        ("owner y : real[n]", "owner y : real[n, 1]"),
        ("secret Y : real[n]", "secret Y : real[n, 1]"),
        ("var w : real[d]", "var w : real[d, 1]"),
    ];
    let said = leads_on(NUMBERS, &all);
    assert!(said.contains("`secret Y : real[n] = y` and `var w : real[d] = 0`"), "{said}");
    leads_on(LABELS, &[("class[n, 2]", "class[n, 1]"), ("bit[n]", "bit[n, 1]")]);
    leads_on(LABELS, &[("class[n, 2]", "real[n, 1]"), ("bit[n]", "real[n, 1]")]);
}

/// Gradients in the form of other languages, with what else they need.
#[test]
fn gradients() {
    for gradient in [
        "grad(bce, y, score, at = w)",
        "grad(bce, y, score, w)",
        "grad(bce, y, X @ w, w)",
        "grad(nll, y, X @ w, w)",
        "grad(nll, Y, X @ w)",
        "grad(losses.nll, Y, score, at = w)",
        "grad(losses.bce, Y, score, at = w)",
        "grad(bce, Y, sigmoid(score), at = w)",
        "grad(bce(Y, score(w)), w)",
        "grad(F.binary_cross_entropy(X @ w, Y), w)",
        "grad(bce, labels, score, at = w)",
        "grad(w)",
    ] {
        leads_on(LABELS, &[(GRADIENT, gradient)]);
    }
    let said = leads_on(LABELS, &[(GRADIENT, "grad(bce, y, X @ w, w)")]);
    assert_eq!(said, "add `use losses.bce` below the first line, and write `grad(bce, Y, score, at = w)`");
    let by_value = format!("let L = bce(Y, sigmoid(X @ w))\n    {}", STEP.replace(GRADIENT, "grad(L, w)"));
    leads_on(LABELS, &[(STEP, &by_value)]);
    let no_score = [("let score(w) = X @ w\n", ""), ("predict score(w)", "predict X @ w")];
    let squares =
        ["grad(squared, Y, X @ w, w)", "grad(squared, y, X @ w, at = w)", "grad((Y - X @ w) ** 2, w)"];
    for gradient in squares {
        let step = NUMBERS_STEP.replace("grad(squared, Y, score, at = w)", gradient);
        let said = leads_on(NUMBERS, &[no_score[0], no_score[1], (NUMBERS_STEP, &step)]);
        assert!(said.contains("add `let score(w) = X @ w`"), "{said}");
    }
    for (name, body) in
        [("nll", "-y * log(sigmoid(z)) - (1 - y) * log(1 - sigmoid(z))"), ("nll", "(y - z) ** 2")]
    {
        leads_on(LABELS, &[("use losses.nll", &format!("let {name}(y, z) = {body}"))]);
    }
    // A loss of the absolute error is none, and metrics are no losses.
    for name in ["mae", "l1", "mean_absolute_error"] {
        let said = leads_on(NUMBERS, &[("grad(squared", &format!("grad({name}"))]);
        assert!(said.contains("absolute error jumps") && said.contains("`squared`"), "{said}");
    }
}

/// Softmax and cross-entropy as they are elsewhere, and losses of probabilities.
#[test]
fn losses_of_probabilities() {
    let step = "grad(sle, Y, score, at = W)";
    for gradient in [
        "grad(cross_entropy(softmax(X @ W.T), Y), W)",
        "grad(F.cross_entropy(X @ W.T, Y), W)",
        "grad(F.cross_entropy, Y, score, at = W)",
    ] {
        leads_on(CLASSES, &[(step, gradient)]);
    }
    let softmax = ("= X @ W.T", "= softmax(X @ W.T)");
    let classes = CLASSES.replace("grad(sle", "grad(ce");
    for loss in ["loss ce(y, p) = -y * log(p)", "loss ce(y, p) = -sum(y * log(p))"] {
        leads_on(&classes, &[softmax, ("use losses.sle", loss)]);
    }
    leads_on(&classes, &[("use losses.sle", "loss ce(y, z) = -sum(y * log(softmax(z)))")]);
    let labels = LABELS.replace("grad(nll", "grad(ce");
    let sigmoid = ("= X @ w", "= sigmoid(X @ w)");
    for loss in [
        "loss ce(y, p) = -y * log(p) - (1 - y) * log(1 - p)",
        "loss ce(y, p) = -mean(y * log(p) + (1 - y) * log(1 - p))",
    ] {
        let said = leads_on(&labels, &[sigmoid, ("use losses.nll", loss)]);
        assert!(said.contains("log(sigmoid(p))") && said.contains("`let score(w) = X @ w`"), "{said}");
    }
    let written_out = "w = w - 0.1 * X.T @ (1 / (1 + exp(-(X @ w))) - Y) / n";
    let said = leads_on(LABELS, &[(STEP, written_out)]);
    assert_eq!(said, "this is the sigmoid: write `sigmoid(X @ w)` for `1 / (1 + exp(-(X @ w)))`");
}

/// Numbers as they are elsewhere.
#[test]
fn numbers() {
    leads_on(LABELS, &[("0.1 *", "0,1 *")]);
    leads_on(LABELS, &[("dim T = 2", "dim T = 2\ndim lambda = 0.1"), ("0.1 *", "lambda *")]);
    leads_on(LABELS, &[("dim T = 2", "dim T = 2\ndim lr = 0,1"), ("0.1 *", "lr *")]);
}

/// Single rows and batches that are counted are mini-batches.
#[test]
fn rows() {
    let row = "let p = sigmoid(X[i] @ w)\n      w = w - 0.1 * (p - Y[i]) * X[i]";
    for inner in ["for i in 1 .. n {", "for i in range(n) {"] {
        let nested = format!("  for t in 1 .. T {{\n    {inner}\n      {row}\n    }}\n  }}\n");
        leads_on(LABELS, &[(LOOP, &nested)]);
    }
    let alone = format!("  for i in 1 .. n {{\n      {row}\n  }}\n");
    let said = leads_on(LABELS, &[(LOOP, &alone)]);
    assert!(said.contains("`let p = sigmoid(X @ w)` and `w = w - X.T @ (0.1 * (p - Y))`"), "{said}");
    for inner in ["for i in 1 .. n / 4 {", "for i in range(0, n, 4) {", "for i in 1 .. 3 {"] {
        let nested = format!("  for t in 1 .. T {{\n    {inner}\n      {STEP}\n    }}\n  }}\n");
        let said = leads_on(LABELS, &[(LOOP, &nested)]);
        assert!(said.contains("`for i in rows(X, Y, size = 4)`"), "{said}");
    }
    for over in ["X", "batches(X, Y, 4)", "DataLoader(X, batch_size = 4)"] {
        leads_on(LABELS, &[("in 1 .. T", &format!("in {over}"))]);
    }
}

/// Records where their tensors are meant, and the other way round.
#[test]
fn records() {
    let record = LABELS
        .replace("train {\n  var w : real[d] = 0", "params P {\n  w : real[d] = 0\n}\ntrain {")
        .replace("score(w)", "score(P)")
        .replace("X @ w", "X @ P.w")
        .replace(STEP, "let G = grad(nll, Y, score, at = P)\n    P.w = P.w - 0.1 / n * G.w")
        .replace("reveal w", "reveal P");
    for mistake in [
        ("/ n * G.w", "/ n * G"),
        ("X @ P.w", "X @ P.weights"),
        ("/ n * G.w", "/ n * G.b"),
        ("at = P)", "at = P.w)"),
        ("predict score(P)", "predict score(P.w)"),
    ] {
        leads_on(&record, &[mistake]);
    }
    for mistakes in [("score(P) = X @ P.w", "score(P) = X @ P"), ("score(P) = X @ P.w", "score(w) = X @ w")] {
        let said = leads_on(&record, &[mistakes]);
        assert!(said.ends_with("write `let score(P) = X @ P.w`"), "{said}");
    }
}

/// Columns of ones by other names, and intercepts beside them.
#[test]
fn intercepts() {
    for ones in ["add_bias(X0)", "intercept(X0)", "X0.bias()"] {
        leads_on(NUMBERS, &[("bias(X0)", ones)]);
    }
    for sum in ["X @ w + b", "X @ w + bias"] {
        leads_on(NUMBERS, &[("X @ w", sum)]);
    }
    let said = leads_on(LABELS, &[("let score", "let bias(z) = z\nlet score")]);
    assert_eq!(said, "leave the definition out: `bias` is there without it");
}

/// Loops over batches that give a name to each tensor.
#[test]
fn batches_of_several_names() {
    let looped =
        |head: &str, step: &str| format!("  for t in 1 .. T {{\n    {head} {{\n      {step}\n    }}\n  }}\n");
    let step = "w = w - 0.1 * xb.T @ (sigmoid(xb @ w) - yb) / 4";
    for head in [
        "for xb, yb in rows(X, Y, 4)",
        "for xb, yb in rows(X, Y, size = 4)",
        "for (xb, yb) in rows(X, Y, batch_size=4)",
        "for i, (xb, yb) in enumerate(batches(X, Y, 4))",
        "for xb, yb in zip(X, Y)",
        "for xb, yb in loader",
    ] {
        let said = leads_on(LABELS, &[(LOOP, &looped(head, step))]);
        assert!(
            said.contains("for batch in rows(X, Y, size = ")
                && said.contains("`w = w - 0.1 * X.T @ (sigmoid(X @ w) - Y) / 4`"),
            "{said}"
        );
    }
    leads_on(
        LABELS,
        &[(LOOP, &looped("for xb, yb in rows(X, Y, 4)", "w = w - 0.1 * grad(nll, yb, score, at = w) / 4"))],
    );
}

/// Names that are words of other languages, and values that stay as they are.
#[test]
fn names_of_values() {
    for name in ["lambda", "global", "const", "alpha"] {
        let decay = format!("/ n - {name} * w");
        let item = format!("{name} = 0.1\ntrain {{");
        assert_eq!(
            leads_on(LABELS, &[("train {", &item), ("/ n", &decay)]),
            format!("write `let {name} = 0.1`")
        );
    }
    let said = leads_on(LABELS, &[("  for t", "  alpha = 0.1\n  for t"), ("/ n", "/ n - alpha * w")]);
    assert_eq!(said, "a value that stays as it is has a `let`: write `let alpha = 0.1`");
}

/// Functions of the score, with all that a layer needs besides: its approximation, and first values that differ.
#[test]
fn layers() {
    let step = "let G = grad(squared, Y, score, W, v, at = W)\n    v = v - 0.1 * grad(squared, Y, score, W, v, at = v) / n\n    W = W - 0.1 / n * G";
    let layers = |function: &str, first: &str| {
        let score = format!("score(W, v) = {function}(X @ W.T) @ v");
        changed(
            NUMBERS,
            &[
                ("dim T = 2", "dim T = 2\ndim h = 2"),
                ("score(w) = X @ w", &score),
                ("  var w : real[d] = 0", first),
                (NUMBERS_STEP, step),
                ("reveal w", "reveal W, v"),
                ("predict score(w)", "predict score(W, v)"),
            ],
        )
    };
    let help = |text: &str| {
        let errors =
            analyzed(&SourceFile::new("p.hep", text), &Options::default(), &Patience::default()).err();
        errors.into_iter().flatten().filter_map(|error| error.help).collect::<Vec<_>>().join("\n")
    };
    for function in ["relu", "sigmoid", "tanh"] {
        let said = help(&layers(function, "  var W : real[h, d] = 0.1\n  var v : real[h] = 0.1"));
        assert!(
            said.contains(&format!("add `approx {function} on "))
                && said.contains("`W : real[h, d] = normal("),
            "{said}"
        );
    }
    // Both shapes at once.
    let line = "approx tanh on -4 .. 4 degree 3 by least_squares\ntrain {";
    let both = changed(&layers("tanh", "  W = 0\n  v = 0"), &[("train {", line)]);
    let said = help(&both);
    assert!(said.contains("`var W : real[h, d] = 0`") && said.contains("`var v : real[h] = 0`"), "{said}");
}

/// The owner's values in the training, by names that are used in several places.
#[test]
fn owner_data() {
    let trained = "w = w - 0.1 * X.T @ (sigmoid(X @ w) - Y) / n";
    let x = [
        ("owner X0 : real[n, f] in 0 .. 1", "owner X : real[n, f] in 0 .. 1"),
        ("secret X : real[n, d] = bias(X0)\n", ""),
        ("var w : real[d]", "var w : real[f]"),
        (STEP, trained),
    ];
    let said = leads_on(LABELS, &x);
    assert!(
        said.contains("`owner X0 : real[n, f] in 0 .. 1`") && said.contains("`secret X : real[n, f] = X0`"),
        "{said}"
    );
    let y = [("owner y", "owner Y"), ("secret Y : bit[n] = y\n", "")];
    let said = leads_on(LABELS, &[x.as_slice(), &y].concat());
    assert!(said.contains("`secret Y : bit[n] = Y0`"), "{said}");
    leads_on(NUMBERS, &[("squared, Y", "squared, y"), ("secret Y : real[n] = y\n", "")]);
}

/// A gradient by a record without its `let`.
#[test]
fn gradients_of_records_are_defined() {
    let record = LABELS
        .replace("train {\n  var w : real[d] = 0", "params P {\n  w : real[d] = 0\n}\ntrain {")
        .replace("score(w)", "score(P)")
        .replace("X @ w", "X @ P.w")
        .replace(STEP, "G = grad(nll, Y, score, at = P)\n    P.w = P.w - 0.1 / n * G.w")
        .replace("reveal w", "reveal P");
    let said = leads_on(&record, &[]);
    assert_eq!(said, "a new value has a `let`: write `let G = grad(nll, Y, score, at = P)`");
}
