//! Programs that compile, for tests that put a mistake into one.
#![allow(dead_code, reason = "each test uses some of them")]

pub mod follow;

/// Numbers that a regression learns.
pub const NUMBERS: &str = "program p\nuse losses.squared\ndim n = 8\ndim f = 3\ndim d = f + 1\ndim T = 2\n\
                       owner X0 : real[n, f] in 0 .. 1\nowner y : real[n] in 0 .. 1\nsecret X : real[n, d] = bias(X0)\n\
                       secret Y : real[n] = y\nlet score(w) = X @ w\ntrain {\n  var w : real[d] = 0\n  \
                       for t in 1 .. T {\n    w = w - 0.1 * grad(squared, Y, score, at = w) / n\n  }\n}\nreveal w\n\
                       predict score(w)\n";
/// Labels 0 and 1.
pub const LABELS: &str = "program p\nuse losses.nll\ndim n = 8\ndim f = 3\ndim d = f + 1\ndim T = 2\n\
                      owner X0 : real[n, f] in 0 .. 1\nowner y : class[n, 2]\nsecret X : real[n, d] = bias(X0)\n\
                      secret Y : bit[n] = y\nlet score(w) = X @ w\n\
                      approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {\n  var w : real[d] = 0\n  \
                      for t in 1 .. T {\n    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n  }\n}\nreveal w\n\
                      predict score(w)\n";
/// Several classes.
pub const CLASSES: &str = "program p\nuse losses.sle\ndim n = 8\ndim f = 3\ndim c = 3\ndim d = f + 1\ndim T = 2\n\
                       owner X0 : real[n, f] in 0 .. 1\nowner y : class[n, c]\nsecret X : real[n, d] = bias(X0)\n\
                       secret Y : onehot[n, c] = one_hot(y)\nlet score(W) = X @ W.T\n\
                       approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {\n  var W : real[c, d] = 0\n  \
                       for t in 1 .. T {\n    W = W - 0.1 * grad(sle, Y, score, at = W) / n\n  }\n}\nreveal W\n\
                       predict score(W)\n";

/// The program with the first of each text replaced.
pub fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old} not in\n{text}");
        text.replacen(old, new, 1)
    })
}
