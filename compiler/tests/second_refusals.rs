//! Helps that are followed to the letter: no second refusal waits behind them.

mod common;

use common::{CLASSES, LABELS, NUMBERS, changed};
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, compile};

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
    changed_compiles(&changed(program, &[mistake]), done);
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

const LOOP: &str = "    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n";
const GRADIENT: &str = "grad(nll, Y, score, at = w)";

/// A loop that counts from 0 to the number before its end keeps its number of iterations.
#[test]
fn loops_from_zero_lose_no_iteration() {
    for (range, right) in [
        ("0 .. T - 1", "1 .. T"),
        ("0 .. T", "1 .. T"),
        ("range(T)", "1 .. T"),
        ("range(0, T)", "1 .. T"),
        ("range(1, T + 1)", "1 .. T"),
        ("range(1, T)", "1 .. T - 1"),
    ] {
        let said = format!("write `for t in {right}`");
        let help = helps(LABELS, &[("1 .. T", range)]).join("\n");
        assert!(help.contains(&said) && !help.contains("and then"), "{range}: {help}");
        changed_compiles(LABELS, &[("1 .. T", right)]);
    }
}

/// A value of an iteration that is read further down is new, whatever variable is nearly called so.
#[test]
fn new_values_are_no_slips() {
    let wrong = "    let p = sigmoid(score(w))\n    dw = X.T @ (p - Y) / n\n    w = w - 0.1 * dw\n";
    let said = "a new value has a `let`: write `let dw = X.T @ (p - Y) / n`";
    leads(LABELS, (LOOP, wrong), &[said], &[("    dw =", "    let dw =")]);
    let slip = LOOP.replacen("    w =", "    ww =", 1);
    assert_eq!(helps(LABELS, &[(LOOP, &slip)]), ["did you mean `w`?"]);
}

/// A softmax with an axis is left out as one without it.
#[test]
fn softmax_over_an_axis() {
    for softmax in
        ["softmax(X @ W.T, axis = 1)", "softmax(X @ W.T, dim = -1)", "log_softmax(X @ W.T, over = c)"]
    {
        leads(
            CLASSES,
            ("score(W) = X @ W.T", &format!("score(W) = {softmax}")),
            &["leave it out, and write `X @ W.T`"],
            &[(softmax, "X @ W.T")],
        );
    }
}

/// A loss that is called otherwise here is written by its name, also where the library brings it already.
#[test]
fn losses_by_their_names() {
    let entropy = LABELS.replace("losses.nll", "losses.bce").replace("nll", "bce");
    let said = "it is called `bce` here: write `bce` for `cross_entropy`";
    leads(&entropy, ("grad(bce", "grad(cross_entropy"), &[said], &[("cross_entropy", "bce")]);
    // Beside another error nothing is tried.
    let both = [("grad(bce", "grad(cross_entropy"), ("= X @ w", "= softmax(X @ w)")];
    let help = helps(&entropy, &both).join("\n");
    assert!(help.contains(said) && !help.contains("add `use losses.bce`"), "{help}");
    let old = entropy.replace("bce", "cross_entropy");
    let help = helps(&old, &[]).join("\n");
    assert!(help.contains("`use losses.bce`") && help.contains("rite `bce` for `cross_entropy`"), "{help}");
}

/// Labels that are moved to -1 and 1 are encrypted as they are read.
#[test]
fn labels_stay_as_they_are_read() {
    for value in ["2 * y - 1", "1 - y", "y / 1"] {
        leads(
            LABELS,
            ("bit[n] = y", &format!("bit[n] = {value}")),
            &["declare `secret Y : bit[n] = y`"],
            &[(&format!("= {value}"), "= y")],
        );
    }
}

/// A gradient is not summed again.
#[test]
fn gradients_are_sums() {
    let sum = format!("sum({GRADIENT}, over = n)");
    leads(LABELS, (GRADIENT, &sum), &["summed over the rows already: write `grad"], &[(&sum, GRADIENT)]);
    let (mean, right) = (format!("mean({GRADIENT}, over = n)"), format!("{GRADIENT} / n"));
    leads(LABELS, (&right, &mean), &[&format!("write `{right}` for `mean")], &[(&mean, &right)]);
    let named = format!("    let g = {GRADIENT}\n    w = w - 0.1 * sum(g, over = n) / n\n");
    leads(LABELS, (LOOP, &named), &["write `g` for `sum(g, over = n)`"], &[("sum(g, over = n)", "g")]);
}

/// Batches are not shuffled.
#[test]
fn batches_in_their_order() {
    let batches = "  for t in 1 .. T {\n    for b in rows(X, Y, size = 4, shuffle = true) {\n  ";
    let text = changed(LABELS, &[("/ n\n  }", "/ n\n    }\n  }")]);
    let switch = ", shuffle = true";
    leads(&text, ("  for t in 1 .. T {\n", batches), &["leave `shuffle = true` out"], &[(switch, "")]);
    let first = batches.replace("size = 4, shuffle = true", "shuffle = False, size = 4");
    let switch = ", shuffle = False";
    leads(&text, ("  for t in 1 .. T {\n", &first), &["leave `shuffle = False` out"], &[(switch, "")]);
    let pairs = batches.replace("for b in", "for A, B in");
    let help = helps(&text, &[("  for t in 1 .. T {\n", &pairs)]).join("\n");
    assert!(help.contains("write `for batch in rows(X, Y, size = 4) {`"), "{help}");
}

/// The range of an approximation is written with `on`.
#[test]
fn ranges_of_approximations() {
    for range in ["from -8 to 8", "between -8 and 8", "over [-8, 8]", "in -8 .. 8"] {
        leads(
            LABELS,
            ("on -8 .. 8", range),
            &["write `approx sigmoid on -8 .. 8 degree 3 by least_squares`"],
            &[(range, "on -8 .. 8")],
        );
    }
}

/// Where `*` stands for products of matrices, all of them are changed at once.
#[test]
fn products_of_matrices() {
    let (both, one) = ("write `X @ w` and `X.T @ e`", "write `X.T @ e`");
    let wrong = "    let e = Y - X * w\n    w = w + 0.1 * X.T * e / n\n";
    let loop_ = "    w = w - 0.1 * grad(squared, Y, score, at = w) / n\n";
    leads(NUMBERS, (loop_, wrong), &[both], &[("X * w", "X @ w"), ("X.T * e", "X.T @ e")]);
    let wrong = "    let e = Y - X @ w\n    w = w + 0.1 * X.T * e / n\n";
    leads(NUMBERS, (loop_, wrong), &[one], &[("X.T * e", "X.T @ e")]);
    leads(NUMBERS, ("X @ w", "X * w"), &["write `X @ w`"], &[("X * w", "X @ w")]);
}

/// A loss is given scores, and no probabilities.
#[test]
fn sigmoids_of_scores() {
    leads(
        LABELS,
        ("= X @ w", "= sigmoid(X @ w)"),
        &["write `X @ w` for `sigmoid(X @ w)`"],
        &[("sigmoid(X @ w)", "X @ w")],
    );
}

/// A record is revealed as a whole.
#[test]
fn records_are_revealed() {
    let record = LABELS
        .replace("train {\n  var w : real[d] = 0", "params P { w : real[d] = 0 }\ntrain {")
        .replace("score(w)", "score(P)")
        .replace("X @ w", "X @ P.w")
        .replace("w = w -", "P.w = P.w -")
        .replace("at = w", "at = P.w")
        .replace("reveal w", "reveal P");
    leads(&record, ("reveal P", "reveal P.w"), &["write `reveal P`"], &[("reveal P.w", "reveal P")]);
}

/// Where a help leads to another error that nothing helps, the help names it.
#[test]
fn errors_that_remain() {
    let help = helps(NUMBERS, &[("use losses.squared", "let squared(y, z) = (y - z) ** 65")]).join("\n");
    assert!(help.contains("; then H") && help.contains(" remains: "), "{help}");
}

fn changed_compiles(program: &str, changes: &[(&str, &str)]) {
    let text = changed(program, changes);
    compile(&SourceFile::new("p.hep", &*text), &Options::default())
        .unwrap_or_else(|error| panic!("{error:#?}\n{text}"));
}
