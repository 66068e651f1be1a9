//! For every row a program with the mistake, and the program that follows the help to the letter, which compiles.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hep_compiler::diagnostics::{Diagnostic, codes, render};
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::syntax::foreign;
use hep_compiler::{Options, Patience, analyze};

const PROGRAM: &str = "\
program lr
dim n = 8  dim f = 3  dim T = 2
owner  X0 : real[n, f] in 0 .. 1
owner  y  : class[n, 2]
secret X : real[n, f] = X0
secret Y : bit[n] = y
ITEM
let  score(w) = X @ w
loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var w : real[f] = 0
  for t in 1 .. T {
    STATEMENT
    w = w - rate(t) * grad(nll, Y, score, at = w) / n
  }
}
BEHIND
predict score(w)
";

/// The program with a line in the place of a word, or of the line that starts like that.
fn with(place: &str, line: &str) -> String {
    let rate = if line.contains("rate") && place == "ITEM" { "" } else { "let rate(t) = 0.1 / t\n" };
    let other = |word: &str, default: &str| if place == word { line.to_owned() } else { default.to_owned() };
    let text = PROGRAM.lines().map(|old| match old.trim() {
        "ITEM" => rate.to_owned() + &other("ITEM", ""),
        "STATEMENT" => other("STATEMENT", ""),
        "BEHIND" => other("BEHIND", "reveal w"),
        start if start.starts_with(place) => line.to_owned(),
        _ => old.to_owned(),
    });
    text.collect::<Vec<_>>().join("\n")
}

fn messages(text: &str) -> Vec<Diagnostic> {
    analyze(&SourceFile::new("t.hep", text), &Options::default()).err().unwrap_or_default()
}

/// Where it stands, what other languages write, and what the help makes of it.
const CASES: &[[&str; 3]] = &[
    ["ITEM", "let rate(t) = 0.1 / t // slower and slower (", "let rate(t) = 0.1 / t # slower and slower ("],
    ["ITEM", "/* for train { */ let rate(t) = 0.1", "# for train {\nlet rate(t) = 0.1"],
    ["let  score", "let score(w) = (w @ X')", "let score(w) = (w @ X.T)"],
    ["ITEM", "let rate(t) = \"0.1\"", "let rate(t) = 0.1"],
    ["var w", "let w : real[f] = 0", "var w : real[f] = 0"],
    [
        "secret X",
        "secret X : real[n, f] = normalize(X0)",
        "use preprocessing.standardise\nsecret X : real[n, f] = standardise(X0)",
    ],
    [
        "w =",
        "w -= rate(t) * grad(nll, Y, score, at = w) / n",
        "w = w - rate(t) * grad(nll, Y, score, at = w) / n",
    ],
    ["w =", "w -= 0.1 * w + grad(nll, Y, score, at = w)", "w = w - (0.1 * w + grad(nll, Y, score, at = w))"],
    ["w =", "w += 0.1 * w - grad(nll, Y, score, at = w)", "w = w + 0.1 * w - grad(nll, Y, score, at = w)"],
    ["w =", "w *= 1 - grad(nll, Y, score, at = w)", "w = w * (1 - grad(nll, Y, score, at = w))"],
    ["STATEMENT", "let g := 3", "let g = 3"],
    ["w =", "w <- w - grad(nll, Y, score, at = w)", "w = w - grad(nll, Y, score, at = w)"],
    ["ITEM", "let rate(t) = 1 ++ t", "let rate(t) = 1 + t"],
    ["for", "  for t in 1 ..= T {", "  for t in 1 .. T {"],
    ["secret X", "secret X : real[n, f] = X0[1 .. 8]", "secret X : real[n, f] = X0"],
    ["secret X", "secret X : real[n, f] = (X0[:, 1:3])", "secret X : real[n, f] = (X0)"],
    ["STATEMENT", "let g = t == 1", "let g = 1 / t"],
    ["STATEMENT", "let g = 0.1 * (t < 2 && t > 0)", "let g = 0.1 * (1 / t)"],
    ["ITEM", "let rate(t) = 0.1 * t^2", "let rate(t) = 0.1 * t** 2"],
    ["let  score", "let score(w) = w @ X^T", "let score(w) = w @ X.T"],
    ["let  score", "let score(w) = X %*% w", "let score(w) = X @ w"],
    ["ITEM", "let rate(t) = 0.1 · t", "let rate(t) = 0.1 * t"],
    ["ITEM", "let rate(t) = 1 − 0.1 * t", "let rate(t) = 1 - 0.1 * t"],
    ["ITEM", "let rate(t) = 1 ÷ t", "let rate(t) = 1 / t"],
    ["let  score", "let score(w) = w @ Xᵀ", "let score(w) = w @ X.T"],
    ["ITEM", "let rate(t) = t²", "let rate(t) = t ** 2"],
    ["ITEM", "let rate(t) = 0.1 * t % 2", "let rate(t) = 0.1 * t # 2"],
    ["ITEM", "let rate(t) = 0.1 .* t", "let rate(t) = 0.1 * t"],
    ["ITEM", "let rate(t) = 0.1;", "let rate(t) = 0.1"],
    ["ITEM", "let rate(t) =\u{a0}0.1", "let rate(t) = 0.1"],
    ["ITEM", "let rate(t) = .5 / t", "let rate(t) = 0.5 / t"],
    ["ITEM", "let rate(t) = 1. / t", "let rate(t) = 1.0 / t"],
    ["ITEM", "let rate(t) = 0.1f", "let rate(t) = 0.1"],
    ["ITEM", "let rate(t) = 2t", "let rate(t) = 2 * t"],
    ["ITEM", "public w0 : real[f] = [0.5, 0.5, 0.5]", "public w0 : real[f] = 0.5"],
    ["ITEM", "public w0 : real[f, T] = [[1, 2], [1, 2], [3, 4]]", "public w0 : real[f, T] = 0"],
    ["let  score", "let score(θ) = X @ θ", "let score(theta) = X @ theta"],
    ["STATEMENT", "let größe = 1", "let groesse = 1"],
    ["STATEMENT", "if t == 1 { let g = 2 }", "let g = 1 / t"],
    ["STATEMENT", "if t == 1 then", "let g = 1 / t"],
    ["STATEMENT", "let g = if t then 1 else 2", "let g = 1 / t"],
    ["for", "  while T {", "  for t in 1 .. T {"],
    ["STATEMENT", "break", ""],
    ["BEHIND", "return w", "reveal w"],
    ["ITEM", "def rate(t): return 0.1 / t", "let rate(t) = 0.1 / t"],
    ["ITEM", "fn rate(t : f64) { 0.1 / t }", "let rate(t) = 0.1 / t"],
    ["ITEM", "let rate = lambda t: 0.1 / t", "let rate(t) = 0.1 / t"],
    ["ITEM", "import numpy as np", "use losses.focal"],
    ["STATEMENT", "print(w)", ""],
    ["ITEM", "const k = 3", "let k = 3"],
    ["ITEM", "float k = 0.5", "let k = 0.5"],
    ["STATEMENT", "let mut v = 0", "let v = 0"],
    ["STATEMENT", "let g = t and T", "let g = t"],
    ["ITEM", "class P { W : real = 0 }", ""],
    ["STATEMENT", "assert w", ""],
    ["for", "  for t in range(T): {", "  for t in 1 .. T {"],
    ["for", "  for t = 1 : T {", "  for t in 1 .. T {"],
    ["for", "  for (t in 1 .. T) {", "  for t in 1 .. T {"],
    ["for", "  for t in 1 to T {", "  for t in 1 .. T {"],
    // An index that begins the word behind the first value.
    ["for", "  for t = 1 to T {", "  for t in 1 .. T {"],
    ["for", "  for t = 0 to T - 1 {", "  for t in 1 .. T {"],
    ["for", "  for t in range(T) {", "  for t in 1 .. T {"],
    ["for", "  for t in range(1, T) {", "  for t in 1 .. T - 1 {"],
    ["for", "  for (t = 1; t <= T; t++) {", "  for t in 1 .. T {"],
    ["for", "  for (int t = 0; t < T; t++) {", "  for t in 1 .. T {"],
    ["for", "  for t in 0..T: {", "  for t in 1 .. T {"],
    ["for", "  for t from 1 to T {", "  for t in 1 .. T {"],
    ["for", "  for a, b in rows(X, Y, size = 4) {", "  for batch in rows(X, Y, size = 4) { let t = 1"],
    ["ITEM", "use losses.bce, losses.mse", "use losses.bce  use losses.mse"],
    ["ITEM", "use losses.{bce, mse}", "use losses.bce  use losses.mse"],
    ["ITEM", "use losses::bce", "use losses.bce"],
    ["ITEM", "use losses.bce as b", "use losses.bce"],
    ["ITEM", "use bce from losses", "use losses.bce"],
    ["ITEM", "use std.losses.bce", "use losses.bce"],
    ["ITEM", "use losses.*", "use losses.bce"],
    ["ITEM", "from losses import bce, mse", "use losses.bce  use losses.mse"],
    ["predict", "predict argmax(score(w))", "predict score(w)"],
    ["predict", "predict np.argmax(score(w))", "predict score(w)"],
    ["predict", "predict softmax(score(w))", "predict score(w)"],
    ["predict", "predict round(sigmoid(score(w)))", "predict score(w)"],
    ["predict", "predict score(w) > 0", "predict score(w)"],
    ["let  score", "let score(w) = w @ X.t", "let score(w) = w @ X.T"],
    [
        "secret X",
        "secret X : real[n, f] = X0 - X0.mean(axis=0)",
        "secret X : real[n, f] = X0 - mean(X0, over = n)",
    ],
    [
        "secret X",
        "secret X : real[n, f] = X0 - mean(X0, dim = 0)",
        "secret X : real[n, f] = X0 - mean(X0, over = n)",
    ],
    [
        "secret X",
        "secret X : real[n, f] = X0 / mean(X0, axis = 1)",
        "secret X : real[n, f] = X0 / mean(X0, over = f)",
    ],
    ["w =", "w = w - grad(nll, Y, score, wrt = w)", "w = w - grad(nll, Y, score, at = w)"],
    ["train", "train: {", "train {"],
    ["ITEM", "let k : real = 0.5", "let k = 0.5"],
    ["var w", "  var w = 0", "  var w : real[f] = 0"],
    ["owner  X0", "owner alice X0 : real[n, f] in 0 .. 1", "owner X0 : real[n, f] in 0 .. 1"],
    ["w =", "    w[1] = 0", "    w = w - grad(nll, Y, score, at = w)"],
    ["let  score", "let score(w) = np.dot(X, w)", "let score(w) = X @ w"],
    ["let  score", "let score(w) = X.dot(w)", "let score(w) = X @ w"],
    ["secret X", "secret X : real[n, f] = np.exp(-X0)", "secret X : real[n, f] = exp(-X0)"],
    ["secret X", "secret X : real[n, f] = X0 - X0.mean()", "secret X : real[n, f] = X0 - mean(X0)"],
    [
        "secret X",
        "secret X : real[n, f] = X0 - mean(X0, axis = 0)",
        "secret X : real[n, f] = X0 - mean(X0, over = n)",
    ],
    [
        "secret X",
        "secret X : real[n, f] = X0 - mean(X0, over = n, keepdims = 1)",
        "secret X : real[n, f] = X0 - mean(X0, over = n)",
    ],
    ["ITEM", "let k = True", "let k = 1"],
    ["ITEM", "let k = False", "let k = 0"],
    ["ITEM", "let k = None", "let k = 0"],
    ["ITEM", "let k = pi / 2", "let k = 3.141592653589793 / 2"],
    ["secret X", "secret X : real[n, f] = X0 + np", "secret X : real[n, f] = X0 + exp(X0)"],
    ["let  score", "let score(w) = matmul(X, w)", "let score(w) = X @ w"],
    ["ITEM", "let rate(t) = pow(t, 2)", "let rate(t) = t ** 2"],
    ["ITEM", "let rate(t) = multiply(t, 2)", "let rate(t) = t * 2"],
    ["ITEM", "let rate(t) = add(t, 2)", "let rate(t) = t + 2"],
    ["ITEM", "let rate(t) = sub(t, 2 + 1)", "let rate(t) = t - (2 + 1)"],
    ["ITEM", "let rate(t) = div(t, 2)", "let rate(t) = t / 2"],
    ["ITEM", "let rate(t) = square(t - 1)", "let rate(t) = (t - 1) ** 2"],
    ["ITEM", "let rate(t) = cube(t)", "let rate(t) = t ** 3"],
    ["secret X", "secret X : real[n, f] = X0 / norm(X0)", "secret X : real[n, f] = X0 / sqrt(sum(X0 ** 2))"],
    ["secret X", "secret X : real[n, f] = X0 / std(X0)", "secret X : real[n, f] = X0 / sqrt(variance(X0))"],
    ["secret X", "secret X : real[n, f] = log1p(X0)", "secret X : real[n, f] = log(1 + X0)"],
    ["secret X", "secret X : real[n, f] = expm1(X0)", "secret X : real[n, f] = (exp(X0) - 1)"],
    ["ITEM", "let rate(t) = reciprocal(t)", "let rate(t) = (1 / t)"],
    ["secret X", "secret X : real[n, f] = logsigmoid(X0)", "secret X : real[n, f] = log(sigmoid(X0))"],
    ["secret X", "secret X : real[n, f] = erf(X0)", "secret X : real[n, f] = tanh(1.2 * X0)"],
    ["secret X", "secret X : real[n, f] = ln(1 + X0)", "secret X : real[n, f] = log(1 + X0)"],
    ["secret X", "secret X : real[n, f] = expit(X0)", "secret X : real[n, f] = sigmoid(X0)"],
    ["secret X", "secret X : real[n, f] = X0 - avg(X0)", "secret X : real[n, f] = X0 - mean(X0)"],
    ["secret X", "secret X : real[n, f] = maximum(X0, 0.5)", "secret X : real[n, f] = max(X0, 0.5)"],
    ["secret X", "secret X : real[n, f] = minimum(X0, 0.5)", "secret X : real[n, f] = min(X0, 0.5)"],
    ["secret X", "secret X : real[n, f] = fabs(X0)", "secret X : real[n, f] = abs(X0)"],
    ["ITEM", "public E : real[f, f] = eye(f)", "public E : real[f, f] = identity(f)"],
    ["ITEM", "public E : real[f, f] = inv(identity(f))", "public E : real[f, f] = inverse(identity(f))"],
    ["let  score", "let score(w) = w @ permute(X)", "let score(w) = w @ X.T"],
    [
        "loss nll",
        "loss nll = log(1 + exp(-(2 * y - 1) * z))",
        "loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))",
    ],
    ["loss nll", "loss(y, z) = (z - y) ** 2", "loss nll(y, z) = (z - y) ** 2"],
    ["predict", "predict score(w) as y", "predict score(w)"],
    ["predict", "predict y = score(w)", "predict score(w)"],
    ["BEHIND", "reveal w as weights", "reveal w"],
    ["var w", "  var w : real[f] = zeros(f)", "  var w : real[f] = 0"],
    ["var w", "  var w : real[f] = ones(f)", "  var w : real[f] = 1"],
    ["var w", "  var w : real[f] = randn(f)", "  var w : real[f] = normal(seed = 1)"],
    ["ITEM", "let k = 1 / len(X0)", "let k = 1 / n"],
    ["ITEM", "public k : real[T] = range(T)", "public k : real[T] = 1"],
    ["secret X", "secret X : real[n, f] = cos(X0)", "secret X : real[n, f] = 1 - X0 ** 2 / 2"],
    ["STATEMENT", "let g = grad(nll, Y, score, at = (w, w))", "let g = grad(nll, Y, score, at = w)"],
    ["w =", "w = grad(nll, Y, score, at = (w, w))", "w = grad(nll, Y, score, at = w)"],
    ["secret X", "secret X : real[n, f] = reshape(X0)", "secret X : real[n, f] = X0"],
    [
        "w =",
        "w = w - grad(nll, Y, score, at = w, l2 = 0.1)",
        "w = w - (grad(nll, Y, score, at = w) + 0.1 * w)",
    ],
    ["dim n", "dim n = 8, f = 3, T = 2", "dim n = 8  dim f = 3  dim T = 2"],
    ["var w", "  var w : real[f] = 0, v : real = 1", "  var w : real[f] = 0  var v : real = 1"],
    ["owner  X0", "owner  X0 : real(n, f) in 0 .. 1", "owner  X0 : real[n, f] in 0 .. 1"],
    ["secret X", "secret X : real(n, f) = X0 + 0", "secret X : real[n, f] = X0 + 0"],
    ["var w", "  var w : real(f) = 0", "  var w : real[f] = 0"],
    ["owner  y", "owner  y : class(n, 2)", "owner  y : class[n, 2]"],
    ["owner  X0", "owner  X0 : real[n, f] = 0", "owner  X0 : real[n, f]"],
    ["BEHIND", "reveal w and w", "reveal w, w"],
    ["BEHIND", "reveal score(w)", "reveal w"],
    ["BEHIND", "reveal w.a, w.b", "reveal w"],
    [
        "approx",
        "approx sigmoid from -8 to 8 degree 3 by least_squares",
        "approx sigmoid on -8 .. 8 degree 3 by least_squares",
    ],
    ["secret X", "secret X : real[n, f] = maximum(X0, 0)", "secret X : real[n, f] = relu(X0)"],
    ["let  score", "let score(w) = X · w", "let score(w) = X @ w"],
    ["let  score", "let score(w) = np.matmul(np.multiply(X, 2), w)", "let score(w) = (X * 2) @ w"],
    [
        "w =",
        "w = w - 2 / np.add(t, 2) * grad(nll, Y, score, at = w)",
        "w = w - 2 / (t + 2) * grad(nll, Y, score, at = w)",
    ],
    [
        "ITEM",
        "dim d = f + 1  secret Z : real[n, d] = cbind(1, X0)",
        "dim d = f + 1  secret Z : real[n, d] = bias(X0)",
    ],
    [
        "secret X",
        "secret X : real[n, f] = X0 / np.std(X0, axis=0)",
        "secret X : real[n, f] = X0 / sqrt(variance(X0, over = n))",
    ],
    [
        "w =",
        "w = w - 0.1 * np.mean(X * (sigmoid(X @ w) - Y)[:, None], axis=0)",
        "w = w - 0.1 * (X.T @ (sigmoid(X @ w) - Y) / n)",
    ],
    ["secret Y", "secret Y : bit[n] = pd.get_dummies(y)", "secret Y : bit[n] = y"],
    ["var w", "  var w : real[f] = rnorm(f)", "  var w : real[f] = normal(seed = 1)"],
    ["secret X", "secret X : real[n, f] = plogis(X0)", "secret X : real[n, f] = sigmoid(X0)"],
    ["ITEM", "def rate(t):\n    return np.divide(0.1, t)", "let rate(t) = 0.1 / t"],
    ["BEHIND", "reveal w w", "reveal w, w"],
    ["program", "program my-patients", "program my_patients"],
    ["program", "program my patients", "program my_patients"],
    ["program", "program \"my patients\"", "program my_patients"],
    ["program", "program 'patients'", "program patients"],
    ["loss nll", "loss nll(y, z) = if y == 1 then z else -z", "loss nll(y, z) = y * z + (1 - y) * -z"],
    ["loss nll", "loss nll(y, z) = z if y == 1 else -z", "loss nll(y, z) = y * z + (1 - y) * -z"],
    ["ITEM", "rate = lambda t: 0.1 / t", "let rate(t) = 0.1 / t"],
    ["ITEM", "let\u{7} rate(t) = 0.1", "let rate(t) = 0.1"],
    ["ITEM", "let rate(t)\u{200b} = 0.1", "let rate(t) = 0.1"],
    ["w =", "w = w - 0.1 grad(nll, Y, score, at = w)", "w = w - 0.1 * grad(nll, Y, score, at = w)"],
    ["loss nll", "loss nll(y, z) = 2(z - y) ** 2", "loss nll(y, z) = 2 * (z - y) ** 2"],
    ["loss nll", "loss nll(y, z) = 2.5 (z - y) ** 2", "loss nll(y, z) = 2.5 * (z - y) ** 2"],
    ["loss nll", "loss nll(y, z) = log(1 + 2 (z - y) ** 2)", "loss nll(y, z) = log(1 + 2 * (z - y) ** 2)"],
    ["ITEM", "let rate(t) = 2 t", "let rate(t) = 2 * t"],
    ["let  score", "let score(w) = X @ (0.5 w)", "let score(w) = X @ (0.5 * w)"],
    [
        "ITEM",
        "dim d = f + 1  secret Z : real[n, d] = np.c_[np.ones(n), X0]",
        "dim d = f + 1  secret Z : real[n, d] = bias(X0)",
    ],
    ["var w", "  var w : real[f] = rep(0.5, f)", "  var w : real[f] = 0.5"],
    ["ITEM", "let k = crossprod(X, Y)", "let k = X.T @ Y"],
];

/// What is wrong with a case.
fn fault([place, broken, mended]: &[&str; 3]) -> Option<String> {
    let text = with(place, broken);
    let found = messages(&text);
    let shown = render::render_all(&found, &SourceFile::new("t.hep", text));
    let [message] = found.as_slice() else { return Some(format!("`{broken}` is not one message:\n{shown}")) };
    let expected = [codes::FOREIGN, codes::UNKNOWN_NAME, codes::BAD_CALL, codes::UNSUPPORTED, codes::SOFTMAX]
        .contains(&message.code);
    let help = message.help.as_deref().filter(|help| expected && !help.contains("hep explain"));
    let Some(help) = help else { return Some(shown) };
    // What is written as a whole stands there as a whole.
    let code = help.strip_prefix("write ").and_then(|_| help.split('`').nth(1));
    let mended_text = with(place, mended);
    let there = if help.contains("behind") { &mended_text } else { *mended };
    if let Some(code) = code.filter(|code| !there.contains(code)) {
        return Some(format!("{code} is not in {mended}:\n{shown}"));
    }
    let after = messages(&mended_text);
    let errors = after.iter().any(Diagnostic::is_error);
    errors
        .then(|| format!("{mended}:\n{}", render::render_all(&after, &SourceFile::new("t.hep", mended_text))))
}

#[test]
fn a_help_that_is_followed_leads_to_a_program() {
    let faults: Vec<String> = CASES.iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whoever may try it tries every line that a help repeats: those of the cases are right, whatever is needed besides or remains;
/// others are not told.
#[test]
fn lines_are_written_into_the_program() {
    let told = |text: &str| {
        let (file, options) = (SourceFile::new("t.hep", text), Options::default());
        let found = analyzed(&file, &options, &Patience::default()).err().unwrap_or_default();
        found.into_iter().next().and_then(|message| message.help).unwrap_or_default()
    };
    let mut lost = Vec::new();
    for [place, broken, _] in CASES {
        let text = with(place, broken);
        let said = messages(&text).into_iter().next().and_then(|message| message.help).unwrap_or_default();
        let code = said.split_once("write `").and_then(|(_, code)| code.split('`').next()).unwrap_or("");
        // As an operand it has brackets.
        let in_brackets = said.replacen(&format!("`{code}`"), &format!("`({code})`"), 1);
        let told = told(&text);
        if !code.is_empty() && !told.starts_with(&said) && !told.starts_with(&in_brackets) {
            lost.push(format!("{broken}: {said}"));
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    // What `missing` is nobody knows: the line is no more than what it means.
    let nonsense = with("ITEM", "let rate(t) = pow(t, missing)");
    assert_eq!(told(&nonsense), "in `hep` this is `t ** missing`");
}

/// Other messages stand beside these: what a range in brackets belongs to cannot be read.
#[test]
fn ranges_have_no_brackets() {
    for (place, line, range) in [
        ("owner  X0", "owner  X0 : real[n, f] in [0, 1]", "0 .. 1"),
        ("approx", "approx sigmoid on [-8, 8] degree 3 by least_squares", "-8 .. 8"),
    ] {
        let found = messages(&with(place, line));
        let help =
            found.iter().filter(|message| message.code == codes::FOREIGN).find_map(|m| m.help.as_deref());
        assert_eq!(help, Some(format!("a range has no brackets: write `{range}`").as_str()));
    }
}

/// A row that no case is about says what nobody has tried.
#[test]
fn every_row_has_a_case() {
    let broken: Vec<Vec<Diagnostic>> =
        CASES.iter().map(|[place, broken, _]| messages(&with(place, broken))).collect();
    for (what, names) in foreign::spellings() {
        let is = |[_, broken, _]: &&[&str; 3], found: &[Diagnostic]| match names {
            Some(names) => {
                let mut words = broken.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                words.any(|word| names.contains(&word))
            }
            None => found.iter().any(|message| message.labels.iter().any(|label| label.text == what)),
        };
        assert!(CASES.iter().zip(&broken).any(|(case, found)| is(&case, found)), "{what}");
    }
}
