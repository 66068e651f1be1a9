//! Programs by someone who has read little: what is said leads on, and what it proposes compiles.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::{Diagnostic, codes};
use hep_compiler::proposals::analyzed;
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
    match analyzed(&SourceFile::new("p.hep", text), &Options::default(), &Patience::default()) {
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
        // The only labels and the only loss.
        "grad(w)",
        "grad(nll, score, at = w)",
    ] {
        assert_eq!(one(&[(GRADIENT, wrong)]), (codes::BAD_CALL, format!("write `{GRADIENT}`")), "{wrong}");
    }
    // Which variable is meant is not known.
    let (code, help) = one(&[(GRADIENT, "grad(nll, Y, at = score)")]);
    assert_eq!(code, codes::BAD_CALL);
    assert!(help.contains("LOSS is the name of a `loss`"), "{help}");
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
    assert!(help.contains("`var w : real[d] = 0`"), "{help}");
}

/// A penalty inside of a loss: what is proposed compiles.
#[test]
fn a_penalty_on_weights() {
    let penalized = "log(1 + exp(-(2 * y - 1) * z)) + 0.01 * ";
    for penalty in ["w ** 2", "sum(w ** 2)", "sum(w * w) / 2"] {
        let (code, help) = one(&[("log(1 + exp(-(2 * y - 1) * z))", &format!("{penalized}{penalty}"))]);
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

/// What a preparation does to a column of ones counts, and not what it is called.
#[test]
fn a_column_of_ones_by_what_is_computed() {
    let prepared = |function: &str, value: &str| {
        let function = format!("{function}\nlet  score");
        messages(&[("let  score", function.as_str()), ("= bias(X0)", &format!("= {value}"))])
    };
    let own = "let own(A : real[m, g]) = (A - mean(A, over = m)) / sqrt(0.1 + variance(A, over = m))";
    for (function, value, help) in [
        (own, "own(bias(X0))", "`bias(own(X0))`"),
        ("let own(A : real[m, g]) = 2 * (A - sum(A, over = m) / 8)", "own(bias(X0))", "`bias(own(X0))`"),
        ("let own(A : real[m, g]) = -(A - mean(A, over = m))", "own(bias(X0))", "`bias(own(X0))`"),
        ("", "bias(X0) - mean(bias(X0), over = n)", "`bias(standardise(X0))`"),
        (own, "0.5 * own(bias(X0)) + own(bias(X0))", "`bias(standardise(X0))`"),
    ] {
        let found = prepared(function, value);
        let [warning] = found.as_slice() else { panic!("{function} {value}: {found:#?}") };
        assert_eq!(warning.code, codes::LOST_BIAS);
        assert!(warning.help.as_ref().is_some_and(|text| text.contains(help)), "{warning:?}");
    }
    for (function, value) in [
        // Called like those of the library, and doing something else.
        ("let centre(A : real[m, g]) = A - 0.5", "centre(bias(X0))"),
        ("let standardise(A : real[m, g]) = A / 2", "standardise(bias(X0))"),
        ("let whiten(A : real[m, g]) = bias(A - mean(A, over = m))", "whiten(X0)"),
        (own, "bias(own(X0))"),
        // The mean is put back, or is not that of the rows.
        (own, "own(bias(X0)) + 1"),
        (own, "own(bias(X0)) + bias(X0)"),
        ("", "bias(X0) - 0.5 * mean(bias(X0), over = n)"),
        ("", "bias(X0) - mean(bias(X0), over = d)"),
    ] {
        let found = prepared(function, value);
        assert!(found.iter().all(|m| m.code != codes::LOST_BIAS), "{value}: {found:#?}");
    }
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
    let written = "loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))";
    // Names say nothing.
    for loss in [
        "loss nll(truth, guess) = log(1 + exp(-(2 * guess - 1) * truth))",
        "loss nll(y, z) = log(1 + exp(-(2 * z - 1) * y))",
        "loss nll(z, y) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))",
    ] {
        let found = messages(&[(written, loss)]);
        assert!(found.iter().any(|m| m.code == codes::SWAPPED), "{loss}: {found:?}");
    }
    // The same either way, right under other names, or of either order a loss that can be meant.
    for loss in [
        "loss nll(z, y) = (z - y) ** 2",
        "loss nll(z, y) = log(1 + exp(-(2 * z - 1) * y))",
        "loss nll(score, label) = log(1 + exp(-(2 * score - 1) * label))",
        "loss nll(y, z) = (sigmoid(y) - z) ** 2",
        "loss nll(y, z) = (sigmoid(z) - y) ** 2",
        "loss nll(y, z) = y * log(1 + exp(-z))",
        "loss nll(y, z) = exp(z) - y * z",
    ] {
        let found = messages(&[(written, loss)]);
        assert!(found.iter().all(|m| m.code != codes::SWAPPED), "{loss}: {found:?}");
    }
}

/// Gradients under names of other languages, and a named argument that is given twice.
#[test]
fn gradients_by_other_names_and_twice() {
    for wrong in [
        "gradient(nll, Y, score, at = w)",
        "gradient(nll(Y, score(w)), w)",
        "nabla(nll, Y, score, w)",
        "value_and_grad(nll, Y, score, wrt = w)",
    ] {
        let (code, help) = one(&[(GRADIENT, wrong)]);
        assert_eq!((code, help), (codes::UNKNOWN_NAME, format!("write `{GRADIENT}`")), "{wrong}");
    }
    // A function of the program keeps its name.
    let own = [("let  score", "let gradient(w) = 2 * w\nlet  score"), (GRADIENT, "gradient(w)")];
    assert!(messages(&own).iter().all(|m| m.code != codes::UNKNOWN_NAME));
    let (code, help) = one(&[(GRADIENT, "grad(nll, Y, score, at = w, at = w)")]);
    assert_eq!((code, help), (codes::BAD_CALL, format!("write `{GRADIENT}`")));
    let two =
        [("  for t", "  var v : real[d] = 0\n  for t"), (GRADIENT, "grad(nll, Y, score, at = w, at = v)")];
    let (code, help) = one(&two);
    let both = "`grad(nll, Y, score, at = w)` and `grad(nll, Y, score, at = v)`";
    assert!(code == codes::BAD_CALL && help.contains(both), "{help}");
    let (code, help) = one(&[("bias(X0)", "bias(X0 - mean(X0, over = n, over = f))")]);
    let nested = "mean(mean(X0, over = f), over = n)";
    assert!(code == codes::BAD_CALL && help.contains(nested), "{help}");
    assert_eq!(messages(&[("bias(X0)", &format!("bias(X0 - {nested})"))]), []);
    let (code, help) = one(&[("let  score", "public b : real[d] = normal(seed = 1, seed = 2)\nlet  score")]);
    assert_eq!((code, &*help), (codes::BAD_CALL, "keep one of them: `seed = 1`"));
}

/// A loss that is written like a value, in the loop and outside of it.
#[test]
fn a_loss_as_an_assignment() {
    for edit in [
        ("loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))", "loss = mean(log(1 + exp(-score(w))))"),
        ("    w =", "    loss = mean((score(w) - Y) ** 2)\n    w ="),
    ] {
        let (_, help) = one(&[edit]);
        assert!(help.contains("outside of `train`: `loss NAME(y, z) = (z - y) ** 2`"), "{help}");
    }
    let (_, help) = one(&[("    w =", "    reveal = 3\n    w =")]);
    assert_eq!(help, "write another name, `reveal_` for example");
}

/// What is called and is no function: a transpose of R, or a product.
#[test]
fn values_that_are_called() {
    let (code, help) = one(&[("X @ w", "X @ t(w)")]);
    assert_eq!((code, &*help), (codes::BAD_CALL, "write `w.T`"));
    assert_eq!(messages(&[("X @ w", "X @ w.T")]), []);
    let (_, help) = one(&[("0.1 / t", "0.1 * n(1 / t)")]);
    assert_eq!(help, "a product is written `*`: `n * (1 / t)`");
    assert_eq!(messages(&[("0.1 / t", "0.01 * n * (1 / t)")]), []);
}

/// A dimension that is not there: those that are.
#[test]
fn dimensions_to_sum_over_are_listed() {
    for over in ["m", "k", "T"] {
        let (_, help) = one(&[("bias(X0)", &format!("bias(X0 - mean(X0, over = {over}))"))]);
        assert_eq!(help, "a dimension of `X0`: `over = n` or `over = f`", "{over}");
    }
    let (_, help) = one(&[("bias(X0)", "bias(X0 - mean(X0 @ X0.T @ y, over = d))")]);
    assert_eq!(help, "the only dimension of `(X0 @ X0.T) @ y`: `over = n`");
    // In a function that nobody calls a name is unknown all the same.
    let (code, _) = one(&[("let  score", "let unused(A) = mean(A, over = m)\nlet  score")]);
    assert_eq!(code, codes::UNKNOWN_NAME);
}

/// A new name for scores or for what is revealed.
#[test]
fn results_under_other_names() {
    for (place, wrong, help) in [
        ("predict score(w)", "predict score(w) as y", "scores have no name: write `predict score(w)`"),
        ("predict score(w)", "predict p = score(w)", "scores have no name: write `predict score(w)`"),
        ("reveal w", "reveal w as weights", "what is revealed keeps its name: write `reveal w`"),
    ] {
        assert_eq!(one(&[(place, wrong)]).1, help);
    }
}

/// Names and shapes that are nearly right: what is told was put into the program, which then had a plan.
#[test]
fn what_compiles_in_place_of_what_is_nearly_right() {
    for (old, new, told) in [
        ("X @ w", "X * w", "a product of matrices is `@`: write `X @ w`"),
        ("X @ w", "sum(X * w)", "a product of matrices is `@`: write `X @ w`"),
        (GRADIENT, "grad(mean(nll), Y, score, at = w)", "write `grad(nll, Y, score, at = w) / n`"),
        (
            "0.1 / t * grad(nll, Y, score, at = w) / n",
            "0.1 @ grad(nll, Y, score, at = w)",
            "write `0.1 * grad(nll, Y, score, at = w)`",
        ),
        ("var w : real[d]", "var w : real[f]", "declare it `w : real[d]`"),
        ("0.1 / t", "0.1 / X.shape[0]", "the size of a dimension is its name: write `n`"),
        ("0.1 / t", "lr / t", "add `let lr = 0.1`"),
        ("class[n, 2]", "class[n, c]", "add `dim c = 2`"),
        ("class[n, 2]", "class[n]", "two classes are written `class[n, 2]`"),
        ("class[n, 2]", "bool[n]", "write `class[n, 2]`"),
        ("class[n, 2]", "string[n]", "write `class[n, 2]`"),
        ("owner  X0 : real", "owner  X0 : float", "write `real[n, f]`"),
        ("var w : real", "var w : double", "write `real[d]`"),
        ("owner  y  : class[n, 2]\n", "", "add `owner y : class[n, 2]`"),
        ("owner  X0 : real[n, f] in 0 .. 1\n", "", "add `owner X0 : real[n, f]`"),
        ("secret Y : bit[n] = y\n", "", "add `secret Y : bit[n] = y`"),
        ("secret X : real[n, d] = bias(X0)\n", "", "add `secret X : real[n, d] = bias(X0)`"),
        (
            "owner  y  : class[n, 2]\nsecret X : real[n, d] = bias(X0)\nsecret Y : bit[n] = y\n",
            "secret X : real[n, d] = bias(X0)\n",
            "add `owner y : class[n, 2]` and `secret Y : bit[n] = y`",
        ),
        (
            GRADIENT,
            "grad(nll, Y, score, at = w, l2 = 0.1)",
            "write `(grad(nll, Y, score, at = w) + 0.1 * w)`",
        ),
        ("= log(1 + exp(-(2 * y - 1) * z))", "= mean(log(1 + exp(-(2 * y - 1) * z)))", "leave `mean` out"),
        (
            "= log(1 + exp(-(2 * y - 1) * z))",
            "= sum(log(1 + exp(-(2 * y - 1) * z)), over = n)",
            "leave `sum` out",
        ),
        ("bias(X0)", "bias(X0 / max(X0))", "write `sqrt(variance(X0))` for `max(X0)`"),
    ] {
        let (_, help) = one(&[(old, new)]);
        assert!(help.contains(told), "{new}: {help}");
    }
}

/// Where nothing that compiles is known, what is said leads on all the same.
#[test]
fn names_that_resemble_nothing() {
    for (old, new, told) in [
        ("0.1 / t", "foo / t", "define it above"),
        ("X @ w", "foo(X @ w)", "add `let foo(u) = u`, with a polynomial of your own"),
        ("X @ w", "conv2d(X @ w)", "nothing computes it of ciphertexts"),
        ("X @ w", "lower(X @ w)", "nothing computes it of ciphertexts"),
        ("X @ w", "sin(X @ w)", "add `let sin(u) = u`, with a polynomial of your own"),
        ("bias(X0)", "bias(X0 - min(X0))", "divide by a number that you know"),
        ("grad(nll", "grad(logloss", "it is called `nll` here: write `nll` for `logloss`"),
        ("grad(nll", "grad(cross_entropy", "it is called `bce` here: add `use losses.bce`"),
        ("program p", "program p\nuse losses.log_loss", "did you mean `use losses.nll`?"),
        ("program p", "program p\nuse losses.mean_squared_error", "did you mean `use losses.squared`?"),
    ] {
        let (_, help) = one(&[(old, new)]);
        assert!(help.contains(told), "{new}: {help}");
    }
    for (loss, told) in [
        ("crossentropy", "⟨loss = bce⟩"),
        ("log_loss", "⟨loss = nll⟩"),
        ("losses.squared_error", "⟨loss = squared⟩"),
    ] {
        let options = Options { loss: Some(loss.to_owned()), ..Options::default() };
        let found =
            analyzed(&SourceFile::new("p.hep", PROGRAM), &options, &Patience::default()).err().unwrap();
        assert_eq!(found[0].help, Some(format!("did you mean {told}?")), "{loss}");
    }
}

/// The tensors of a record are named with the record.
#[test]
fn tensors_of_a_record() {
    let record = PROGRAM
        .replace("train {\n  var w : real[d] = 0", "params P {\n  w : real[d] = 0\n}\ntrain {")
        .replace("score(w) = X @ w", "score(P) = X @ P.w")
        .replace(
            "    w = w - 0.1 / t * grad(nll, Y, score, at = w) / n",
            "    let G = grad(nll, Y, score, at = P)\n    P.w = P.w - 0.1 * G.w",
        )
        .replace("reveal w", "reveal P")
        .replace("predict score(w)", "predict score(P)");
    let found = |text: &str| {
        analyzed(&SourceFile::new("p.hep", text), &Options::default(), &Patience::default())
            .err()
            .unwrap_or_default()
    };
    assert_eq!(found(&record), []);
    for (old, new, told) in [
        ("P.w - 0.1", "w - 0.1", "did you mean `G.w` or `P.w`?"),
        ("    P.w =", "    w =", "did you mean `P.w`?"),
    ] {
        assert!(record.contains(old));
        let messages = found(&record.replace(old, new));
        let helps: Vec<_> = messages.iter().filter_map(|message| message.help.as_deref()).collect();
        assert_eq!(helps, [told], "{new}");
    }
}

/// A size that is none is said once, whatever is made of it.
#[test]
fn a_size_that_is_none_is_one_mistake() {
    let eta = "public eta : real[T] = nesterov(T, start = 1)\ntrain {";
    let (code, _) = one(&[("dim T = 2", "dim T = 0"), ("train {", eta)]);
    assert_eq!(code, codes::BAD_DIM);
    assert_eq!(messages(&[("train {", eta)]), []);
}

/// Numbers to be predicted that are declared as bits.
#[test]
fn numbers_declared_as_bits() {
    let (code, help) = one(&[("class[n, 2]", "real[n]")]);
    assert_eq!(code, codes::BAD_TYPE);
    assert!(help.contains("declare `owner y : class[n, 2]` and `secret Y : bit[n] = y`"), "{help}");
}

/// A loss whose derivative is no sigmoid: the line that is told for it is enough, and one for the sigmoid is not.
#[test]
fn gradients_without_a_sigmoid() {
    let loss = ("loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))", "loss nll(y, z) = (y - tanh(z)) ** 2");
    let sigmoid = "approx sigmoid on -8 .. 8 degree 3 by least_squares\n";
    let (code, help) = one(&[loss, (sigmoid, "")]);
    assert_eq!(code, "H0302");
    let line = help.split('`').nth(1).unwrap();
    assert!(line.starts_with("approx grad nll on ") || line.starts_with("approx sigmoid on "), "{help}");
    let line = format!("{line}\n");
    assert!(messages(&[loss, (sigmoid, &line)]).iter().all(|message| !message.is_error()), "{help}");
}
