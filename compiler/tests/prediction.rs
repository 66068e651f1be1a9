//! The kind of label follows from the shape of `predict` against the labels, and a row gets one decision or the
//! program is refused.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, analyze};
use hep_plan::plan::LabelKind;

/// A program that writes its gradient out, with these labels and scores.
fn program(labels: &str, predict: &str) -> String {
    format!(
        "program p\ndim n = 8\ndim f = 3\ndim c = 4\ndim T = 1\nowner X0 : real[n, f]\nowner y : {labels}\n\
         secret X : real[n, f] = X0\nsecret Y : real[n] = y\ntrain {{\n  var w : real[f] = 0\n  \
         var W : real[c, f] = 0\n  var V : real[f, 2] = 0\n  var u : real[n] = 0\n  for t in 1 .. T {{\n    \
         w = w + X.T @ Y\n    W = W + 0 * W * (w @ w)\n    V = V + 0 * V * (w @ w)\n    u = u + Y\n  }}\n}}\nreveal w, W, V, u\n{predict}\n"
    )
}

fn kind(labels: &str, predict: &str) -> Result<LabelKind, (SourceFile, Vec<Diagnostic>)> {
    let file = SourceFile::new("p.hep", program(labels, predict));
    match analyze(&file, &Options::default()) {
        Ok(analysis) => Ok(analysis.program.data.label_kind),
        Err(messages) => Err((file, messages)),
    }
}

#[test]
fn scores_decide_how_labels_are_read() {
    for (labels, predict, expected) in [
        ("class[n, 2]", "predict X @ w", LabelKind::Binary),
        ("bit[n]", "predict X @ w", LabelKind::Binary),
        ("class[n, 2]", "predict X @ V", LabelKind::Classes(2)),
        ("class[n, c]", "predict X @ W.T", LabelKind::Classes(4)),
        ("class[n, 4]", "predict X @ W.T", LabelKind::Classes(4)),
        ("real[n]", "predict X @ w", LabelKind::Real),
        ("class[n, 2]", "", LabelKind::Binary),
        ("class[n, c]", "", LabelKind::Classes(4)),
        ("real[n]", "", LabelKind::Real),
    ] {
        assert_eq!(kind(labels, predict).unwrap(), expected, "{labels} and `{predict}`");
    }
}

#[test]
fn scores_that_decide_nothing_are_refused_with_what_was_expected() {
    for (labels, predict, found, expected) in [
        ("class[n, 2]", "3", "a single number", "expected [n], or [n, 2]"),
        ("class[n, 2]", "w", "[f] = 3", "expected [n], or [n, 2]"),
        ("class[n, c]", "X @ w", "[n] = 8", "`y` has 4 classes: expected [n, c]"),
        ("class[n, c]", "X @ V", "[n, 2] = 8 × 2", "`y` has 4 classes: expected [n, c]"),
        ("class[n, 2]", "X @ W.T", "[n, c] = 8 × 4", "`y` has 2 classes"),
        ("class[n, c]", "W @ X.T", "[c, n] = 4 × 8", "expected [n, c]"),
        ("real[n]", "X @ W.T", "[n, c] = 8 × 4", "`y` holds one number per row: expected [n]"),
        ("real[n]", "sum(X @ w)", "a single number", "expected [n]"),
    ] {
        let (file, messages) = kind(labels, &format!("predict {predict}")).unwrap_err();
        let [message] = messages.as_slice() else { panic!("{predict}: {messages:?}") };
        assert_eq!(message.code, "H0721", "{predict}: {message:?}");
        let label = message.labels.first().unwrap();
        assert_eq!(&file.text[label.span.start..label.span.end], predict);
        assert!(label.text.contains(found), "{predict}: {}", label.text);
        assert!(message.note.as_deref().unwrap().contains(expected), "{predict}: {:?}", message.note);
        assert!(message.help.is_some());
    }
}

/// What would give as many scores as there were training rows, or mix the rows that are asked for.
#[test]
fn new_rows_have_scores_of_their_own() {
    for predict in ["u", "X @ w + u", "u + 0 * (X @ w)", "X @ (X.T @ u)"] {
        let (_, messages) = kind("real[n]", &format!("predict {predict}")).unwrap_err();
        let codes: Vec<&str> = messages.iter().map(|message| message.code).collect();
        assert_eq!(codes, ["H0408"], "{predict}: {messages:?}");
    }
}

/// The sign of a probability decides nothing; the larger of two does.
#[test]
fn a_sigmoid_is_no_single_score() {
    let approx = "approx sigmoid on -8 .. 8 degree 3 by least_squares\npredict sigmoid";
    for exact in [false, true] {
        let kind = |predict: &str, labels: &str| {
            let file = SourceFile::new("p.hep", program(labels, &format!("{approx}({predict})")));
            let options = Options { exact, ..Options::default() };
            analyze(&file, &options).map(|a| a.program.data.label_kind)
        };
        let messages = kind("X @ w", "class[n, 2]").unwrap_err();
        assert!(matches!(messages.as_slice(), [one] if one.code == "H0721"), "{messages:?}");
        assert_eq!(kind("X @ V", "class[n, 2]").unwrap(), LabelKind::Classes(2));
        assert_eq!(kind("X @ w", "real[n]").unwrap(), LabelKind::Real);
    }
}
