//! Helps that are followed to the letter: no second refusal waits behind them.

use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, compile};

const NUMBERS: &str = "program p\nuse losses.squared\ndim n = 8\ndim f = 3\ndim d = f + 1\ndim T = 2\n\
                       owner X0 : real[n, f] in 0 .. 1\nowner y : real[n] in 0 .. 1\nsecret X : real[n, d] = bias(X0)\n\
                       secret Y : real[n] = y\nlet score(w) = X @ w\ntrain {\n  var w : real[d] = 0\n  \
                       for t in 1 .. T {\n    w = w - 0.1 * grad(squared, Y, score, at = w) / n\n  }\n}\nreveal w\n\
                       predict score(w)\n";
const LABELS: &str = "program p\nuse losses.nll\ndim n = 8\ndim f = 3\ndim d = f + 1\ndim T = 2\n\
                      owner X0 : real[n, f] in 0 .. 1\nowner y : class[n, 2]\nsecret X : real[n, d] = bias(X0)\n\
                      secret Y : bit[n] = y\nlet score(w) = X @ w\n\
                      approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {\n  var w : real[d] = 0\n  \
                      for t in 1 .. T {\n    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n  }\n}\nreveal w\n\
                      predict score(w)\n";
const CLASSES: &str = "program p\nuse losses.sle\ndim n = 8\ndim f = 3\ndim c = 3\ndim d = f + 1\ndim T = 2\n\
                       owner X0 : real[n, f] in 0 .. 1\nowner y : class[n, c]\nsecret X : real[n, d] = bias(X0)\n\
                       secret Y : onehot[n, c] = one_hot(y)\nlet score(W) = X @ W.T\n\
                       approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {\n  var W : real[c, d] = 0\n  \
                       for t in 1 .. T {\n    W = W - 0.1 * grad(sle, Y, score, at = W) / n\n  }\n}\nreveal W\n\
                       predict score(W)\n";

fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old} not in\n{text}");
        text.replacen(old, new, 1)
    })
}

/// The helps of a program with these mistakes.
fn helps(program: &str, mistakes: &[(&str, &str)]) -> Vec<String> {
    let text = changed(program, mistakes);
    let source = SourceFile::new("p.hep", &*text);
    let errors = analyzed(&source, &Options::default(), &Patience::default()).err();
    let errors = errors.unwrap_or_else(|| panic!("no error in\n{text}"));
    errors.into_iter().filter_map(|error| error.help).collect()
}

/// Asserts that all of this is said of a program with a mistake, in this order, and that the program that does it compiles.
fn leads(program: &str, mistake: (&str, &str), said: &[&str], done: &[(&str, &str)]) {
    let help = helps(program, &[mistake]).join("\n");
    let rest = said.iter().try_fold(help.as_str(), |rest, part| rest.split_once(part).map(|(_, rest)| rest));
    assert!(rest.is_some(), "{said:?} not in {help}");
    let mended = changed(&changed(program, &[mistake]), done);
    compile(&SourceFile::new("p.hep", &*mended), &Options::default())
        .unwrap_or_else(|error| panic!("{error:#?}\n{mended}"));
}

const SCORES: (&str, &str) = ("predict score(w)", "predict score(w)");

/// Whatever stands for a decision, the scores of the training are told at once.
#[test]
fn decisions_are_scores() {
    for decision in [
        "predict p > 0.5",
        "predict (p > 0.5)",
        "predict p",
        "predict y_pred",
        "predict score(w) > 0",
        "predict 1 if score(w) > 0 else 0",
        "predict np.where(score(w) > 0, 1, 0)",
        "predict round(sigmoid(score(w)))",
        "let p = sigmoid(score(w))\npredict p",
        "let p = sigmoid(score(w))\npredict p > 0.5",
    ] {
        let line = decision.rsplit('\n').next().unwrap_or_default();
        leads(LABELS, (SCORES.0, decision), &["write `predict score(w)`"], &[(line, SCORES.1)]);
    }
    leads(
        CLASSES,
        ("predict score(W)", "predict argmax(p)"),
        &["write `predict score(W)`"],
        &[("argmax(p)", "score(W)")],
    );
    // A name that is nearly right is that.
    assert_eq!(helps(LABELS, &[("predict score", "predict scor")]), ["did you mean `score`?"]);
}

/// What is shown is a variable, or nothing.
#[test]
fn what_is_shown_is_revealed() {
    let loss = "mean((score(w) - Y) ** 2)";
    let (declared, assigned) = ("var shown : real = 0", format!("shown = {loss}"));
    let first = format!("{declared}\n  var w");
    let printed = format!("    print(\"loss\", {loss})\n    w = w");
    leads(
        NUMBERS,
        ("    w = w", &printed),
        &[declared, &assigned, "`reveal shown`"],
        &[
            ("var w", &first),
            (&format!("print(\"loss\", {loss})"), &assigned),
            ("reveal w", "reveal w\nreveal shown"),
        ],
    );
    let at_the_end = format!("/ n\n    {assigned}");
    for (line, revealed) in [
        (format!("print({loss})\nreveal w"), "reveal shown\nreveal w"),
        (format!("reveal w, {loss}"), "reveal w, shown"),
    ] {
        let revealed = (line.as_str(), revealed);
        leads(
            NUMBERS,
            ("reveal w", revealed.0),
            &[declared, &assigned, "reveal", "shown`"],
            &[("var w", &first), ("/ n", &at_the_end), revealed],
        );
    }
    for (line, revealed) in [
        ("reveal score", "reveal w"),
        ("reveal w, score", "reveal w"),
        ("reveal w, score(w)", "reveal w"),
        ("return w, score", "reveal w"),
    ] {
        leads(NUMBERS, ("reveal w", line), &[&format!("`{revealed}`")], &[(line, revealed)]);
    }
    // What cannot be a variable is left out.
    let help = helps(NUMBERS, &[("    w = w", "    print(\"done\")\n    w = w")]);
    assert_eq!(
        help,
        ["leave `print(...)` out: of what is trained on ciphertexts nothing is seen but what `reveal` names"]
    );
}

/// The dimension behind a number is that of a value which nobody has declared.
#[test]
fn softmax_by_hand() {
    let exp = "approx exp on -4 .. 4 degree 7 by minimax";
    let items = format!(
        "let reciprocal(u) = 1 / u\n{exp}\napprox reciprocal on 0.5 .. 4 degree 5 by minimax\napprox sigmoid"
    );
    let mended = "let sm(e) = e * reciprocal(sum(e, over = c))";
    for (function, first, second) in [
        ("let sm(e) = e / e.sum(axis=1)", "over = c", exp),
        ("let sm(e) = e / np.sum(e, axis=1, keepdims=True)", "over = c", exp),
        ("let sm(e) = e / sum(e, axis = 1)", exp, "over = c"),
    ] {
        let program = CLASSES.replace("grad(sle, Y, score, at = W)", "(sm(exp(X @ W.T)) - Y).T @ X");
        leads(
            &program,
            ("let score", &format!("{function}\nlet score")),
            &[first, second, "reciprocal(sum(e, over = c))"],
            &[(function, mended), ("approx sigmoid", &items)],
        );
    }
}

/// A loss around a softmax is one with a sigmoid for each class, which has a line of its own.
#[test]
fn losses_with_a_softmax() {
    let loss = "loss ce(y, z) = -y * log(softmax(z))";
    let own = CLASSES.replace("use losses.sle", loss).replace("grad(sle", "grad(ce");
    let sigmoid = "approx sigmoid on -8 .. 8 degree 3 by least_squares";
    let per_class = "loss ce(y, z) = -log(abs(1 - y - sigmoid(z)))";
    leads(
        &own,
        (sigmoid, ""),
        &[&format!("write `{per_class}`"), &format!("add `{sigmoid}`")],
        &[(loss, per_class), ("train", &format!("{sigmoid}\ntrain"))],
    );
}

/// A column of ones, however two tensors stand side by side elsewhere.
#[test]
fn columns_of_ones() {
    for beside in [
        "np.c_[np.ones(n), X0]",
        "np.c_[X0, np.ones(n)]",
        "np.hstack([np.ones((n, 1)), X0])",
        "np.concatenate([X0, np.ones((n, 1))], axis=1)",
        "np.column_stack([np.ones(n), X0])",
        "torch.cat([X0, torch.ones(n, 1)], dim=1)",
        "np.append(X0, np.ones((n, 1)), axis=1)",
        "[ones(n) X0]",
        "cbind(1, X0)",
    ] {
        leads(NUMBERS, ("bias(X0)", beside), &["write `bias(X0)`"], &[(beside, "bias(X0)")]);
    }
    // Other tensors side by side are no column of ones.
    let other = helps(NUMBERS, &[("bias(X0)", "np.hstack([X0, X0])")]).join(" ");
    assert!(!other.contains("bias"), "{other}");
}

#[test]
fn methods_of_calls_and_formulas() {
    leads(
        NUMBERS,
        ("bias(X0)", "bias(X0 - bias(X0).mean())"),
        &["write `mean(bias(X0))`"],
        &[("bias(X0).mean()", "mean(bias(X0))")],
    );
    leads(
        NUMBERS,
        ("bias(X0)", "bias(X0 - (2 * X0).mean(axis=0))"),
        &["write `mean(2 * X0, over = n)`"],
        &[("(2 * X0).mean(axis=0)", "mean(2 * X0, over = n)")],
    );
}

/// Labels that are encrypted already are named, and encrypted no second time.
#[test]
fn labels_that_are_there() {
    let both = helps(LABELS, &[("grad(nll, Y", "grad(bce, y")]);
    assert_eq!(
        both,
        ["add `use losses.bce` below the first line", "write `Y`, which is encrypted, for `y` here"]
    );
    leads(
        LABELS,
        ("grad(nll, Y", "grad(bce, y"),
        &["`use losses.bce`", "write `Y`"],
        &[("use losses.nll", "use losses.nll\nuse losses.bce"), ("bce, y", "bce, Y")],
    );
    leads(LABELS, ("nll, Y", "nll, labels"), &["write `Y` for `labels` here"], &[("labels,", "Y,")]);
    leads(NUMBERS, ("= y\n", "= one_hot(y)\n"), &["write `y`"], &[("one_hot(y)", "y")]);
    leads(CLASSES, ("one_hot(y)", "one_hot(y, c)"), &["write `one_hot(y)`"], &[("(y, c)", "(y)")]);
    leads(
        CLASSES,
        ("owner y : class[n, c]", "owner y : real[n]"),
        &["declare `owner y : class[n, c]`"],
        &[("owner y : real[n]", "owner y : class[n, c]")],
    );
}

/// Several labels a row: one message has all that is declared otherwise.
#[test]
fn several_labels_a_row() {
    let many = CLASSES
        .replace("owner y : class[n, c]", "owner y : bit[n, c]")
        .replace("onehot[n, c] = one_hot(y)", "bit[n, c] = y");
    leads(
        &many,
        ("dim T = 2", "dim T = 1"),
        &["declare `owner y : class[n, c]` and `secret Y : onehot[n, c] = one_hot(y)`"],
        &[("owner y : bit[n, c]", "owner y : class[n, c]"), ("bit[n, c] = y", "onehot[n, c] = one_hot(y)")],
    );
}

/// What is there already is not defined again.
#[test]
fn definitions_that_are_there() {
    for definition in ["let relu(z) = max(z, 0)\n", "let sigmoid(z) = (1 / (1 + exp(-z)))\n"] {
        let both = format!("{definition}let score");
        leads(LABELS, ("let score", &both), &["leave the definition out"], &[(definition, "")]);
    }
    let loss = "loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))\n";
    let both = format!("{loss}let score");
    leads(LABELS, ("let score", &both), &["leave the definition of `nll` out"], &[(loss, "")]);
}

/// A variable without a step has one like that of the others, or is none.
#[test]
fn variables_that_never_change() {
    let two = NUMBERS
        .replace("score(w) = X @ w", "score(w, b) = X @ w + b")
        .replace("score, at", "score, w, b, at")
        .replace("predict score(w)", "predict score(w, b)");
    let step = "b = b - 0.1 * grad(squared, Y, score, w, b, at = b) / n";
    leads(
        &two,
        ("  for", "  var b : real = 0\n  for"),
        &[step, "`reveal b`"],
        &[("/ n\n", &format!("/ n\n    {step}\n")), ("reveal w", "reveal w, b")],
    );
}

/// A function that nobody knows has the parameters that it is given, under names that are free.
#[test]
fn functions_of_other_languages() {
    let own = "let floor(u) = u";
    leads(
        NUMBERS,
        ("0.1 *", "0.1 * np.floor(t / 2) *"),
        &["write `floor(t / 2)`", own],
        &[("np.floor", "floor"), ("train", &format!("{own}\ntrain"))],
    );
    let taken = NUMBERS.replace("dim T", "dim u = 5\ndim T");
    let own = "let shrunk(v, a) = v";
    leads(&taken, ("0.1 *", "shrunk(0.1, t) *"), &[own], &[("train", &format!("{own}\ntrain"))]);
    for (value, number) in [("rep(0, d)", "0"), ("np.full(d, 0)", "0"), ("np.zeros(d)", "0")] {
        leads(NUMBERS, ("real[d] = 0", &format!("real[d] = {value}")), &["write `0`"], &[(value, number)]);
    }
    let product = "np.tensordot(X, w)";
    leads(NUMBERS, ("X @ w", product), &["write `X @ w`"], &[(product, "X @ w")]);
}

#[test]
fn elements_of_iterations() {
    let rates = NUMBERS.replace("train {", "public eta : real[T] = 0.1\ntrain {");
    for index in ["t - 1", "t + 1"] {
        let element = format!("eta[{index}] *");
        leads(&rates, ("0.1 *", &element), &["write `eta[t]`"], &[(index, "t")]);
    }
}

/// Parts of tensors are the tensors, and what is declared of them is declared otherwise.
#[test]
fn parts_of_tensors() {
    let text = NUMBERS.replace("dim T", "dim m = 6\ndim T");
    leads(
        &text,
        ("secret X : real[n, d] = bias(X0)", "secret X : real[m, d] = bias(X0[1 .. 6])"),
        &["write `X0` for `X0[1 .. 6]`", "declare `X` over [n, d]"],
        &[("[1 .. 6]", ""), ("real[m, d]", "real[n, d]")],
    );
}

/// A range on which the function is finite, with what is refused then.
#[test]
fn ranges_with_values() {
    let text = NUMBERS.replace("train {", "approx sqrt on -8 .. 8 degree 3 by least_squares\ntrain {");
    let help = helps(&text, &[("0.1 *", "0.1 * sum(sqrt(w ** 2 + 0.01)) *")]).join("\n");
    assert!(help.contains("write `0.1 .. 8` for `-8 .. 8`"), "{help}");
}

#[test]
fn losses_behind_use() {
    leads(
        LABELS,
        ("use losses.nll", "use loss nll(y, z)"),
        &["write `use losses.nll`"],
        &[("use loss nll(y, z)", "use losses.nll")],
    );
}
