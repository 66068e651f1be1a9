//! Programs by someone who has read little: what is said leads on, and what it proposes compiles.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::{Diagnostic, codes};
use hep_compiler::proposals::analysed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience};

const PROGRAM: &str = "\
program p
dim n = 8  dim f = 3  dim d = f + 1  dim T = 2
owner  X0 : real[n, f] in 0 .. 1
owner  y  : class[n, 2]
secret X : real[n, d] = bias(X0)
secret Y : bit[n] = y
let  score(w) = X @ w
loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var w : real[d] = 0
  for t in 1 .. T {
    w = w - 0.1 / t * grad(nll, Y, score, at = w) / n
  }
}
reveal w
predict score(w)
";
const GRADIENT: &str = "grad(nll, Y, score, at = w)";

/// All messages about the program with replacements.
fn messages(edits: &[(&str, &str)]) -> Vec<Diagnostic> {
    let text = edits.iter().fold(PROGRAM.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    });
    match analysed(&SourceFile::new("p.hep", text), &Options::default(), &Patience::default()) {
        Ok(analysis) => analysis.warnings,
        Err(errors) => errors,
    }
}

/// The one message: its code and its help.
fn one(edits: &[(&str, &str)]) -> (&'static str, String) {
    let found = messages(edits);
    let [message] = found.as_slice() else { panic!("{edits:?}: {found:#?}") };
    (message.code, message.help.clone().unwrap_or_default())
}

#[test]
fn the_program_is_right() {
    assert_eq!(messages(&[]), []);
}

/// A gradient that is written otherwise is repeated as it should be, in one message.
#[test]
fn gradients_of_other_forms() {
    for wrong in [
        "grad(nll, Y, score, w)",
        "grad(nll, Y, score)",
        "grad(nll, Y, at = w)",
        "grad(nll, Y, score(w), at = w)",
        "grad(nll(Y, score(w)), at = w)",
        "grad(nll, score, Y, at = w)",
        "grad(score, nll, Y, at = w)",
        "grad(Y, nll, score, at = w)",
        "grad(nll, Y, score, at = w, n)",
    ] {
        assert_eq!(one(&[(GRADIENT, wrong)]), (codes::BAD_CALL, format!("write `{GRADIENT}`")), "{wrong}");
    }
    // Which labels are meant is not known.
    for wrong in ["grad(w)", "grad(nll, score, at = w)"] {
        let (code, help) = one(&[(GRADIENT, wrong)]);
        assert_eq!(code, codes::BAD_CALL);
        assert!(help.contains("LOSS is the name of a `loss`"), "{help}");
    }
}

/// What belongs to the loop is said to, with what to write there.
#[test]
fn names_of_the_loop_outside_of_it() {
    let (code, help) = one(&[("let  score", "let lr = 0.5 / t\nlet  score")]);
    assert_eq!(code, codes::TOO_EARLY);
    assert!(
        help.contains("`let lr = 0.5 / t` inside of the loop") && help.contains("`let lr(t) = 0.5 / t`"),
        "{help}"
    );
    assert_eq!(messages(&[("    w =", "    let lr = 0.5 / t\n    w =")]), []);
    assert_eq!(messages(&[("let  score", "let lr(t) = 0.5 / t\nlet  score"), ("0.1 / t", "lr(t)")]), []);
}

/// A name that is assigned and nowhere declared is one message.
#[test]
fn assignments_without_a_declaration() {
    let (code, help) = one(&[("    w =", "    g = 3\n    w =")]);
    assert_eq!((code, &*help), (codes::UNKNOWN_NAME, "a new value has a `let`: write `let g = 3`"));
    let (code, help) = one(&[("var w : real[d] = 0", "w = 0")]);
    assert_eq!(code, codes::UNKNOWN_NAME);
    assert!(help.contains("`var w : real[DIMS] = 0`"), "{help}");
}

/// A penalty inside of a loss: what is proposed compiles.
#[test]
fn a_penalty_on_weights() {
    let penalised = "log(1 + exp(-(2 * y - 1) * z)) + 0.01 * ";
    for penalty in ["w ** 2", "sum(w ** 2)", "sum(w * w) / 2"] {
        let (code, help) = one(&[("log(1 + exp(-(2 * y - 1) * z))", &format!("{penalised}{penalty}"))]);
        assert_eq!(code, codes::BAD_LOSS);
        let proposed = "decayed(grad(nll, Y, score, at = w), w, 0.01)";
        assert!(help.contains("`use optimizers.decayed`") && help.contains(proposed), "{help}");
        assert!(help.contains("leave it out of the loss"), "{help}");
        let followed = [("program p\n", "program p\nuse optimizers.decayed\n"), (GRADIENT, proposed)];
        assert_eq!(messages(&followed), []);
    }
}

/// Adding a gradient is a warning where the loss has a smallest value and no largest, and the sign is known.
#[test]
fn steps_that_go_up() {
    for up in [
        "w + 0.1 / t * grad(nll, Y, score, at = w) / n",
        "w - -0.1 * grad(nll, Y, score, at = w)",
        "w - -1 / 3 * grad(nll, Y, score, at = w)",
        "grad(nll, Y, score, at = w) / n + 0.9 * w",
    ] {
        let edits = [("w - 0.1 / t * grad(nll, Y, score, at = w) / n", up)];
        assert_eq!(messages(&edits).iter().map(|m| m.code).collect::<Vec<_>>(), [codes::ASCENT], "{up}");
    }
    for right in [
        "w - 0.1 * grad(nll, Y, score, at = w)",
        "w + -0.1 * grad(nll, Y, score, at = w)",
        // The sign of the step is not known, or the gradient is taken elsewhere.
        "w + step(t) * grad(nll, Y, score, at = w)",
        "w + 0 * grad(nll, Y, score, at = w)",
        "-w + 0.1 * grad(nll, Y, score, at = w)",
    ] {
        let edits = [
            ("w - 0.1 / t * grad(nll, Y, score, at = w) / n", right),
            ("let  score", "let step(t) = -0.1 / t\nlet  score"),
        ];
        assert!(messages(&edits).iter().all(|m| m.code != codes::ASCENT), "{right}");
    }
    // A likelihood is climbed.
    let edits = [("= log(1", "= -log(1"), ("w - 0.1", "w + 0.1")];
    assert!(messages(&edits).iter().all(|m| m.code != codes::ASCENT));
}

#[test]
fn a_column_of_ones_that_is_prepared_away() {
    for name in ["centre", "standardise", "whiten"] {
        let using = format!("program p\nuse preprocessing.{name}\n");
        let lost = format!("= {name}(bias(X0))");
        assert_eq!(one(&[("program p\n", &using), ("= bias(X0)", &lost)]).0, codes::LOST_BIAS);
        let kept = format!("= bias({name}(X0))");
        assert_eq!(messages(&[("program p\n", &using), ("= bias(X0)", &kept)]), []);
    }
}

/// The label comes first; a loss that is the same either way is left alone.
#[test]
fn a_loss_that_takes_its_score_first() {
    let found = messages(&[("loss nll(y, z)", "loss nll(z, y)")]);
    assert!(found.iter().any(|m| m.code == codes::SWAPPED), "{found:?}");
    let squared = "loss nll(z, y) = (z - y) ** 2";
    let found = messages(&[("loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))", squared)]);
    assert!(found.iter().all(|m| m.code != codes::SWAPPED), "{found:?}");
}
