//! Helps that are edits: they were made to the text and compiled, together with what was refused then.

use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, compile};

const HEAD: &str = "program p\nuse losses.squared\ndim n = 8\ndim f = 3\ndim d = f + 1\ndim e = f\ndim T = 2\n\
                    owner X0 : real[n, f] in -1 .. 1\nowner y : real[n] in -1 .. 1\nsecret Y : real[n] = y\n";

fn regression(items: &str, body: &str, end: &str) -> String {
    format!("{HEAD}{items}\ntrain {{\n  {body}\n}}\n{end}\n")
}

fn first(text: &str) -> Diagnostic {
    let source = SourceFile::new("p.hep", text);
    let errors = analyzed(&source, &Options::default(), &Patience::default()).err().unwrap_or_default();
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
    leads_on(&renamed, &[("[n, e]", "[n, f]")], &["declare `X` over [n, f]"]);
    let ones = over("real[n, d] = X0", "real[d]");
    leads_on(&ones, &[("= X0", "= bias(X0)")], &["write `bias(X0)`, which adds a column of ones"]);
    let none = over("real = bias(X0)", "real[d]");
    leads_on(&none, &[("X : real", "X : real[n, d]")], &["declare `X` over [n, d]"]);
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
        &["make it a variable: add `var r : real = 0`", "declare `r` over [n]"],
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

const LABELS: &str = "program p\nuse losses.nll\ndim n = 8\ndim f = 3\ndim d = f + 1\ndim T = 2\n\
                      owner X0 : real[n, f] in 0 .. 1\nowner y : class[n, 2]\nsecret X : real[n, f] = X0\n\
                      secret Y : bit[n] = y\nlet score(w) = X @ w\n\
                      approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {\n  var w : real[f] = 0\n  \
                      for t in 1 .. T {\n    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n  }\n}\nreveal w\n\
                      predict score(w)\n";
const SLOPE: &str = "grad(nll, Y, score, at = w) / n";

/// Asserts that a line of another language is told as it is written here, with what else is needed, and that all of it compiles.
fn line(program: &str, (right, wrong): (&str, &str), changes: &[(&str, &str)], said: &[&str]) {
    assert!(program.contains(right), "{right}");
    leads_on(&program.replacen(right, wrong, 1), changes, said);
}

const LAYERS: &str = "program m\nuse losses.squared\ndim n = 8\ndim f = 3\ndim h = 2\ndim T = 1\n\
                      owner X0 : real[n, f] in 0 .. 1\nowner y : real[n] in 0 .. 1\nsecret X : real[n, f] = X0\n\
                      secret Y : real[n] = y\nlet score(W, v) = relu(X @ W.T) @ v\n\
                      approx relu on -4 .. 4 degree 3 by least_squares\ntrain {\n  \
                      var W : real[h, f] = normal(seed = 1, deviation = 0.1)\n  \
                      var v : real[h] = normal(seed = 2, deviation = 0.1)\n  for t in 1 .. T {\n    \
                      let g = grad(squared, Y, score, W, v, at = W)\n    \
                      v = v - 0.1 / n * grad(squared, Y, score, W, v, at = v)\n    W = W - 0.1 / n * g\n  }\n}\n\
                      reveal W, v\npredict score(W, v)\n";

/// A rewritten line that is not enough is told with the lines that make it so.
#[test]
fn functions_of_libraries_with_their_approximations() {
    let without = LAYERS.replace("approx relu on -4 .. 4 degree 3 by least_squares\n", "");
    let hidden = "relu(X @ W.T)";
    let approx = "approx relu on -8 .. 8 degree 3 by least_squares";
    let train = format!("{approx}\ntrain");
    for wrong in ["np.maximum(0, X @ W.T)", "torch.relu(torch.matmul(X, W.T))", "max(X @ W.T, 0)"] {
        let said = [&format!("`{hidden}`")[..], &format!("add `{approx}`")];
        line(&without, (hidden, wrong), &[(wrong, hidden), ("train", &train)], &said);
    }
    line(
        LAYERS,
        (hidden, "np.maximum(0, X @ W.T)"),
        &[("np.maximum(0, X @ W.T)", hidden)],
        &["write `relu(X @ W.T)`"],
    );
    let exp = "approx exp on -4 .. 4 degree 7 by minimax";
    let said = ["write `exp(X @ w)`", "and then: ", exp];
    let train = format!("{exp}\ntrain");
    line(LABELS, ("= X @ w", "= np.exp(X @ w)"), &[("np.exp", "exp"), ("train", &train)], &said);
}

/// What remains behind a line is said, and of a program that cannot be read no more than what the line means.
#[test]
fn lines_that_promise_nothing() {
    let hidden = LABELS.replace("= X @ w", "= np.minimum(X @ w, 1)");
    assert_eq!(
        help(&hidden),
        "write `min(X @ w, 1)`; then H0304 remains: `min` of the secret `X @ w` is no polynomial"
    );
    let followed = first(&hidden.replace("np.minimum", "min"));
    assert_eq!((followed.code, &*followed.title), ("H0304", "`min` of the secret `X @ w` is no polynomial"));
    let unread = LABELS.replace("= X @ w", "= np.exp(X @ w)").replace("real[f] = 0", "real[f] = = 0");
    assert_eq!(help(&unread), "in `hep` this is `exp(X @ w)`");
}

/// Several lines of another language: the program with all of them has a plan.
#[test]
fn programs_of_other_languages() {
    let text = LABELS
        .replace("= X @ w", "= np.dot(X, w)")
        .replace("real[f] = 0", "real[f] = np.zeros(f)")
        .replace(
            "for t in 1 .. T {\n    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n  }",
            "for t in range(T):\n    w -= 0.1 * grad(nll, Y, score, at = w) / n",
        )
        .replace("reveal w", "return w");
    leads_on(
        &text,
        &[
            ("np.dot(X, w)", "X @ w"),
            ("np.zeros(f)", "0"),
            ("for t in range(T):", "for t in 1 .. T {"),
            (
                "w -= 0.1 * grad(nll, Y, score, at = w) / n",
                "w = w - 0.1 * grad(nll, Y, score, at = w) / n\n  }",
            ),
            ("return w", "reveal w"),
        ],
        &["write `X @ w`"],
    );
}

#[test]
fn gradients_by_hand() {
    let column = "np.mean(X * (sigmoid(X @ w) - Y)[:, None], axis=0)";
    let sum = "(X.T @ (sigmoid(X @ w) - Y) / n)";
    line(LABELS, (SLOPE, column), &[(column, sum)], &[&format!("write `{sum}`")]);
    let r = "X.T @ (plogis(X @ w) - Y) / n";
    line(LABELS, (SLOPE, r), &[("plogis", "sigmoid")], &["write `sigmoid(X @ w)`"]);
    let mean = "grad(mean(nll), Y, score, at = w)";
    line(LABELS, (SLOPE, mean), &[(mean, SLOPE)], &[&format!("write `{SLOPE}`")]);
    let named = LABELS.replace("use losses.nll\n", "").replace("grad(nll", "grad(logistic");
    leads_on(
        &named,
        &[("program p", "program p\nuse losses.nll"), ("grad(logistic", "grad(nll")],
        &["`use losses.nll`", "write `nll`"],
    );
    let both = LABELS
        .replace("score(w) = X @ w", "score(w, b) = X @ w + b")
        .replace("reveal w", "reveal w, b")
        .replace("var w", "var b : real = 0\n  var w")
        .replace("    w = w", "    let g = grad(nll, Y, score, at = b) / n\n    b = b - 0.1 * g\n    w = w");
    let by = |variable: &str| format!("grad(nll, Y, score, w, b, at = {variable})");
    let changes = [
        ("grad(nll, Y, score, at = b)", &*by("b")),
        ("grad(nll, Y, score, at = w)", &*by("w")),
        ("predict score(w)", "predict score(w, b)"),
    ];
    leads_on(&both, &changes, &[&format!("write `{}`", by("b"))]);
    let source = SourceFile::new("p.hep", &*both);
    let errors = analyzed(&source, &Options::default(), &Patience::default()).err().unwrap_or_default();
    let last = errors.last().and_then(|message| message.help.clone()).unwrap_or_default();
    assert_eq!(last, format!("write `{}`, and then: write `score(w, b)` for `score(w)`", by("w")));
}

#[test]
fn products_and_columns() {
    line(LABELS, ("X @ w", "X · w"), &[("·", "@")], &["write `X @ w`"]);
    line(LAYERS, ("X @ W.T", "X @ W.T.T"), &[("W.T.T", "W.T")], &["transpose the right side: `X @ W.T`"]);
    let nested = ("relu(X @ W.T) @ v", "np.matmul(np.matmul(X, W.T), v)");
    line(LAYERS, nested, &[(nested.1, "(X @ W.T) @ v")], &["write `(X @ W.T) @ v`"]);
    let ones = LABELS.replace("X : real[n, f]", "X : real[n, d]").replace("w : real[f]", "w : real[d]");
    line(&ones, ("= X0\n", "= cbind(1, X0)\n"), &[("cbind(1, X0)", "bias(X0)")], &["write `bias(X0)`"]);
    line(
        LABELS,
        ("real[f] = 0", "real[f] = rnorm(f)"),
        &[("rnorm(f)", "normal(seed = 1)")],
        &["write `normal(seed = 1)`"],
    );
    let listed = ("on -8 .. 8", "on [-8, 8]");
    line(LABELS, listed, &[("[-8, 8]", "-8 .. 8")], &["write `-8 .. 8`"]);
}

#[test]
fn labels_as_other_languages_declare_them() {
    line(LABELS, ("class[n, 2]", "int[n]"), &[("int[n]", "class[n, 2]")], &["write `class[n, 2]`"]);
    line(LABELS, ("bit[n] = y", "bit[n] = pd.get_dummies(y)"), &[("pd.get_dummies(y)", "y")], &["write `y`"]);
    line(LAYERS, ("y : real[n] ", "y : int[n] "), &[("int[n]", "real[n]")], &["write `real[n]`"]);
    line(
        LAYERS,
        ("y : real[n] ", "y : real[n, 1] "),
        &[("[n, 1]", "[n]")],
        &["`owner y : real[n] in 0 .. 1`"],
    );
    let both = LAYERS.replace("Y : real[n]", "Y : real[n, 1]");
    line(
        &both,
        ("y : real[n] ", "y : real[n, 1] "),
        &[("[n, 1]", "[n]"), ("[n, 1]", "[n]")],
        &["`owner y : real[n] in 0 .. 1` and `secret Y : real[n] = y`"],
    );
}

#[test]
fn values_in_other_places() {
    line(LABELS, ("    w = w", "    let w = w"), &[("let w = w", "w = w")], &["leave `let` out"]);
    line(
        LABELS,
        ("real[n, f] = X0\n", "real[n, f] = X\n"),
        &[("= X\n", "= X0\n")],
        &["write `X0` for `X` here"],
    );
    line(LABELS, ("reveal w", "reveal score(w)"), &[("reveal score(w)", "reveal w")], &["write `reveal w`"]);
    let rates = LABELS.replace("train {", "public eta : real[T] = 0.1\ntrain {");
    line(
        &rates,
        ("0.1 * grad", "eta[0] * grad"),
        &[("eta[0]", "eta[1]")],
        &["elements are counted from 1", "`eta[1]`"],
    );
}

/// Layers that start at 0: the second may be a vector.
#[test]
fn layers_that_start_at_0() {
    let zeros = LAYERS
        .replace("normal(seed = 1, deviation = 0.1)", "0")
        .replace("normal(seed = 2, deviation = 0.1)", "0");
    let source = SourceFile::new("p.hep", &*zeros);
    let refused = compile(&source, &Options::default()).err().unwrap_or_default();
    let help = refused.iter().find_map(|message| message.help.clone()).unwrap_or_default();
    let mut mended = zeros;
    for line in help.split('`').filter(|part| part.contains("= normal(")) {
        let declared = line.split(" = ").next().unwrap_or_default();
        mended = mended.replacen(&format!("{declared} = 0"), line, 1);
    }
    assert!(mended.contains("normal("), "{help}");
    compile(&SourceFile::new("p.hep", &*mended), &Options::default())
        .unwrap_or_else(|error| panic!("{error:#?}"));
}
