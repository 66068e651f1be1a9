//! What a message says to write is written, word for word, until the program compiles.

use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::proposals::{Trial, analyzed, compiled, settled, warned};
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, Shortage, analyze, compile};

/// A regression on data in a known range, with a step of its own.
fn program(items: &str, step: &str) -> String {
    format!(
        "program p\nuse losses.squared\ndim n = 8\ndim f = 3\ndim c = 2\ndim T = 2\n\
         owner X0 : real[n, f] in -1 .. 1\nowner y : real[n] in -1 .. 1\nsecret X : real[n, f] = X0\n\
         secret Y : real[n] = y\nlet score(w) = X @ w\n{items}\ntrain {{\n  var w : real[f] = 0\n  \
         var v : real[f] = 1\n  for t in 1 .. T {{\n    let g = grad(squared, Y, score, at = w) / n\n    {step}\n  \
         }}\n}}\nreveal w\npredict score(w)\n"
    )
}

fn errors(text: &str) -> Vec<Diagnostic> {
    let source = SourceFile::new("p.hep", text);
    analyzed(&source, &Options::default(), &Patience::default()).err().unwrap_or_default()
}

/// The program with the first message followed.
fn followed(text: &str, message: &Diagnostic) -> String {
    let help = message.help.as_deref().unwrap_or_else(|| panic!("no help in {message:#?}\n{text}"));
    let help = help.split(", and then: ").next().unwrap_or_default();
    let code: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
    let items: Vec<&str> = code
        .iter()
        .copied()
        .filter(|code| code.starts_with("approx ") || code.starts_with("let "))
        .filter(|item| !text.contains(item))
        .collect();
    assert!(!items.is_empty(), "{help} proposes nothing new for\n{text}");
    let product = help.strip_prefix("multiply by").map(|_| code[0]);
    let mut text = text.to_owned();
    if let Some(product) = product {
        let divisor = message.span().expect("a place");
        let before = text[..divisor.start].trim_end().strip_suffix('/').expect("a quotient");
        text = format!("{before}* {product}{}", &text[divisor.end..]);
    }
    text.replace("train {", &format!("{}\ntrain {{", items.join("\n")))
}

/// Follows messages until there is none.
fn lead_on(mut text: String) -> usize {
    for steps in 0..6 {
        let found = errors(&text);
        let Some(first) = found.iter().find(|message| message.is_error()) else { return steps };
        text = followed(&text, first);
    }
    panic!("messages go on and on:\n{text}\n{:#?}", errors(&text));
}

#[test]
fn quotients_by_what_training_computes() {
    let step = |step: &str| lead_on(program("", step));
    assert_eq!(step("w = w - 0.2 * (g + 0.1 * w / sqrt(w ** 2 + 0.01))"), 1);
    assert_eq!(step("w, v = w - 0.1 * g / sqrt(v / (1 - 0.9 ** t) + 1e-8), 0.9 * v + 0.1 * g ** 2"), 1);
    assert_eq!(step("w = w - 0.1 * g / (0.5 + sum(w ** 2))"), 1);
    assert_eq!(step("w = w - sum(g ** 2) / sum((X @ g) ** 2) * g"), 1);
    assert_eq!(step("let e = exp(w)\n    w = w - 0.1 * g * e / sum(e)"), 2);
}

#[test]
fn functions_of_what_training_computes() {
    for function in ["sqrt", "exp", "log", "sigmoid", "tanh", "softplus", "relu", "abs"] {
        assert_eq!(lead_on(program("", &format!("w = w - 0.1 * g + 0.01 * {function}(w)"))), 1, "{function}");
    }
}

/// A function of the program of one number is approximated as a whole.
#[test]
fn own_functions() {
    let rsqrt = "let rsqrt(v) = 1 / sqrt(v + 0.05)";
    assert_eq!(lead_on(program(rsqrt, "w = w - 0.1 * g * rsqrt(g ** 2)")), 1);
    let gelu = "let gelu(u) = u * sigmoid(1.7 * u)";
    assert_eq!(lead_on(program(gelu, "w = w - 0.1 * gelu(g)")), 1);
}

/// The polynomial of a function of the program stands where the function is called, and its true value in the exact twin.
#[test]
fn a_line_for_an_own_function_is_used() {
    let line = "let cube(u) = u ** 3 / (1 + 0 * u)\napprox cube on -2 .. 2 degree 3 by minimax";
    let text = program(line, "w = w - 0.1 * cube(g)");
    let direct = program("", "w = w - 0.1 * g ** 3");
    assert!(errors(&text).is_empty() && errors(&direct).is_empty());
    let exact = Options { exact: true, ..Options::default() };
    assert!(analyze(&SourceFile::new("p.hep", &*text), &exact).is_ok());
    let two = "let two(a, b) = a\napprox two on 0 .. 1 degree 3";
    assert_eq!(errors(&program(two, "w = w - g")).first().map(|e| e.code), Some("H0303"));
}

/// A loss of real labels that is not affine in them: the gradient written out, with a slope that has a polynomial.
#[test]
fn a_robust_loss_of_real_labels() {
    let items = "loss huber(y, z) = sqrt(1 + (z - y) ** 2)";
    let found = errors(&program(items, "w = w - 0.1 * grad(huber, Y, score, at = w) / n"));
    let help = found.first().and_then(|message| message.help.as_deref()).unwrap_or_default();
    assert!(help.contains("`X.T @ slope(X @ w - Y)`"), "{found:#?}");
    let slope = "let slope(r) = max(min(r, 1), -1)\napprox slope on -4 .. 4 degree 7 by least_squares";
    assert_eq!(lead_on(program(slope, "w = w - 0.1 / n * X.T @ slope(X @ w - Y)")), 0);
    let minimax = errors(&program(
        &slope.replace("least_squares", "minimax"),
        "w = w - 0.1 / n * X.T @ slope(X @ w - Y)",
    ));
    let help = minimax.first().and_then(|message| message.help.as_deref()).unwrap_or_default();
    assert!(help.contains("`by least_squares`"), "{minimax:#?}");
    assert_eq!(
        lead_on(program("let slope(r) = max(min(r, 1), -1)", "w = w - 0.1 / n * X.T @ slope(X @ w - Y)")),
        1
    );
}

/// A loss falls without limit for labels that its targets do not have.
#[test]
fn bounds_hold_for_the_declared_targets() {
    let warnings = |range: &str| {
        let items =
            "loss gamma(y, z) = y * exp(-z) + z\napprox grad gamma on -2 .. 2 degree 3 by least_squares";
        let text = program(items, "w = w - 0.1 * grad(gamma, Y, score, at = w) / n");
        let text = text.replace("real[n] in -1 .. 1", &format!("real[n]{range}"));
        let found =
            analyze(&SourceFile::new("p.hep", text), &Options::default()).expect("a program").warnings;
        found
            .into_iter()
            .filter(|warning| warning.code == "H0311")
            .map(|w| w.labels[0].text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(warnings(" in 0.1 .. 10"), Vec::<String>::new());
    assert_eq!(warnings(""), Vec::<String>::new());
    assert_eq!(warnings(" in 0 .. 10"), ["falls without limit for y = 0 as the score falls"]);
}

/// A file without a use for labels still has a column of them.
#[test]
fn data_without_labels() {
    let text = "program p\ndim rows = 8\ndim f = 3\nowner X0 : real[rows, f] in -1 .. 1\nsecret X : real[rows, f] = X0\n\
                train {\n  var w : real[f] = 1\n  for t in 1 .. 2 { w = X.T @ (X @ w) / rows }\n}\nreveal w\n";
    let found = errors(text);
    let help = found.first().and_then(|message| message.help.as_deref()).unwrap_or_default();
    let line = help.split('`').nth(1).unwrap_or_default();
    assert_eq!(errors(&text.replace("secret X", &format!("{line}\nsecret X"))), vec![], "{help}");
}

/// The words of the first message about a program.
fn help(text: &str) -> String {
    errors(text).into_iter().next().and_then(|message| message.help).unwrap_or_default()
}

fn compiles(text: &str) -> bool {
    compile(&SourceFile::new("p.hep", text), &Options::default()).is_ok()
}

/// A line that leads to no plan is not printed, and one that leads to a plan with a second change comes with that.
#[test]
fn a_fitted_line_has_a_plan() {
    let step = "w = w - 0.1 * g / sqrt(0.1 + sum(g ** 2))";
    let long = program("", step).replace("dim T = 2", "dim T = 60");
    let found = help(&long);
    let (first, then) = found.split_once(", and then: ").unwrap_or_else(|| panic!("{found}"));
    assert!(first.starts_with("multiply by `rsqrt(") && then.starts_with("at most "), "{found}");
    let size = then.split("⟨size = T=").nth(1).and_then(|rest| rest.split('⟩').next()).expect("a size");
    let [product, function, line] = first.split('`').skip(1).step_by(2).collect::<Vec<_>>()[..] else {
        panic!("{first}");
    };
    let followed = long
        .replace("/ sqrt(0.1 + sum(g ** 2))", &format!("* {product}"))
        .replace("dim T = 60", &format!("dim T = {size}"))
        .replace("train {", &format!("{function}\n{line}\ntrain {{"));
    assert!(compiles(&followed), "{found}\n{followed}");
    // Nothing makes a plan of a program with another mistake, and no number is named.
    let hopeless = program("", &step.replace("w = w", "w = w @ X.T @ X @ X.T @ w"));
    assert!(!help(&hopeless).contains("approx "), "{}", help(&hopeless));
}

/// What the owner can compute is written out, with every secret as it is made.
#[test]
fn what_the_owner_computes() {
    let found = help(&program("secret Z : real[n] = 2 + y", "w = w - 0.1 * X.T @ ((X @ w - Y) / Z)"));
    assert_eq!(
        found,
        "let the owner compute the reciprocal: add `secret Z_ : real[n] = 1 / (2 + y)`, and multiply by `Z_` instead"
    );
    let found = help(&program("secret Z : real[n] = 2 + y", "w = w - 0.1 * X.T @ (X @ w - sqrt(Z))"));
    assert_eq!(
        found,
        "let the owner compute it: add `secret Z_ : real[n] = sqrt(2 + y)`, and write `Z_` for `sqrt(Z)`"
    );
}

/// A proposal that leads to another refusal comes with what helps there.
#[test]
fn a_gram_matrix_of_the_owner() {
    let text = "program gram\ndim n = 64  dim f = 4  dim T = 4\nowner X0 : real[n, f] in -2 .. 2\nowner y : real[n]\n\
                secret A : real[f, f] = X0.T @ X0 / n\nsecret b : real[f] = X0.T @ y / n\n\
                train {\n  var w : real[f] = 0\n  for t in 1 .. T { w = w - 0.3 * (A @ w - b) }\n}\nreveal w\npredict X0 @ w\n";
    let found = help(text);
    let code: Vec<&str> = found.split('`').skip(1).step_by(2).collect();
    let [item, name, owner, old, new, used] = code[..] else { panic!("{found}") };
    let followed = text.replace(old, item).replace(used, new);
    let followed = followed.replace(&format!("predict {owner}"), &format!("predict {name}"));
    assert!(compiles(&followed), "{found}\n{followed}");
}

/// A value that is encrypted already is named.
#[test]
fn a_value_that_is_encrypted_already() {
    let text = program("", "w = w - 0.1 * g").replace("predict score(w)", "predict X0 @ w");
    assert_eq!(help(&text), "write `X`, which is encrypted, for `X0` here");
}

/// Layers that multiply each other and start at 0 stay there: the random start that is told has a plan.
#[test]
fn weights_of_a_network_that_start_at_zero() {
    let text = "program net
dim n = 8  dim f = 3  dim h = 2  dim c = 2  dim T = 2
owner  X0 : real[n, f] in 0 .. 1
owner  y  : class[n, c]
secret X : real[n, f] = X0
secret Y : onehot[n, c] = one_hot(y)
params P {
  W1 : real[h, f] = 0
  W2 : real[c, h] = 0
}
let score(P) = (X @ P.W1.T) ** 2 @ P.W2.T
loss sq(y, z) = (z - y) ** 2
train {
  for t in 1 .. T {
    let G = grad(sq, Y, score, at = P)
    P.W1, P.W2 = P.W1 - 0.1 / n * G.W1, P.W2 - 0.1 / n * G.W2
  }
}
reveal P
predict score(P)
";
    let options = Options { ring_log2: Some(10), insecure: true, ..Options::default() };
    let found = compile(&SourceFile::new("p.hep", text), &options).err().unwrap_or_default();
    let [message] = found.as_slice() else { panic!("{found:#?}") };
    let help = message.help.as_deref().unwrap_or_default();
    assert_eq!(message.code, "H0409");
    let mut mended = text.to_owned();
    for line in help.split('`').skip(1).step_by(2) {
        let (start, _) = line.split_once(" = ").expect("a first value");
        mended = mended.replace(&format!("{start} = 0"), line);
    }
    assert!(help.contains("start at random numbers: `W1 : real[h, f] = normal(seed = 1)`"), "{help}");
    assert!(compile(&SourceFile::new("p.hep", mended), &options).is_ok(), "{help}");
}

/// Of several ranges the first is told that sample data do not leave and that is not warned of.
#[test]
fn ranges_are_those_of_sample_data() {
    let text = program("loss pois(y, z) = exp(z) - y * z", "w = w - 0.2 * g")
        .replace("grad(squared", "grad(pois")
        .replace("owner y : real[n] in -1 .. 1", "owner y : real[n] in 0 .. 1")
        .replace("secret X : real[n, f] = X0", "secret X : real[n, f] = X0 / 2");
    let found = errors(&text);
    let [error] = found.as_slice() else { panic!("{found:#?}") };
    let help = error.help.as_deref().unwrap_or_default();
    assert!(help.ends_with("`; the range is for sample data in the declared ranges"), "{help}");
    let mended = SourceFile::new("p.hep", followed(&text, error));
    let analysis = analyze(&mended, &Options::default()).expect("a program without errors");
    assert!(analysis.warnings.is_empty(), "{help}: {:#?}", analysis.warnings);
}

/// Where sample data leave every range, nothing is promised.
#[test]
fn no_range_is_promised_that_data_decide() {
    let step = "w, v = w - 0.1 * g / sqrt(v / (1 - 0.9 ** t) + 1e-8), 0.9 * v + 0.1 * g ** 2";
    let text =
        program("", step).replace(" in -1 .. 1", "").replace("var v : real[f] = 1", "var v : real[f] = 0");
    let help = errors(&text).into_iter().find_map(|error| error.help).unwrap_or_default();
    assert!(help.ends_with("; which range is right the data decide"), "{help}");
}

/// A network whose hidden units start at numbers of these sources.
fn network(hidden: &str, last: &str, function: &str) -> String {
    format!(
        "program p\nuse losses.squared\ndim n = 8\ndim f = 3\ndim h = 2\ndim T = 2\n\
         owner X0 : real[n, f] in -1 .. 1\nowner y : real[n] in -1 .. 1\nsecret X : real[n, f] = X0\n\
         secret Y : real[n] = y\nparams P {{\n  W1 : real[h, f] = {hidden}\n  w2 : real[h] = {last}\n}}\n\
         let score(P) = {function}(X @ P.W1.T) @ P.w2\napprox relu on -4 .. 4 degree 4 by least_squares\n\
         approx tanh on -4 .. 4 degree 3 by least_squares\ntrain {{\n  for t in 1 .. T {{\n    \
         let G = grad(squared, Y, score, at = P)\n    \
         P.W1, P.w2 = P.W1 - 0.1 / n * G.W1, P.w2 - 0.1 / n * G.w2\n  }}\n}}\nreveal P\npredict score(P)\n"
    )
}

/// A polynomial for `relu` is not 0 at 0: its units are trained, all of them alike.
#[test]
fn units_that_start_alike_start_at_random_numbers() {
    let options = Options { ring_log2: Some(10), insecure: true, precision_bits: 8.0, ..Options::default() };
    let compiled = |text: &str| compile(&SourceFile::new("p.hep", text), &options);
    for function in ["relu", "tanh"] {
        for start in ["0", "0.5"] {
            let text = network(start, start, function);
            let found = compiled(&text).err().unwrap_or_default();
            let [message] = found.as_slice() else { panic!("{found:#?}") };
            assert_eq!(message.code, "H0409", "{found:#?}");
            let help = message.help.as_deref().unwrap_or_default();
            let line = help.split('`').nth(1).unwrap_or_default();
            let (declared, _) = line.split_once(" = ").unwrap_or_else(|| panic!("no line in {help}"));
            let mended = text.replace(&format!("{declared} = {start}"), line);
            assert!(mended != text && compiled(&mended).is_ok(), "{help}");
        }
    }
    // One of two layers is enough.
    assert!(compiled(&network("0", "normal(seed = 1, deviation = 0.5)", "relu")).is_ok());
    assert!(compiled(&network("normal(seed = 1, deviation = 0.5)", "0", "tanh")).is_ok());
}

/// What is too large to be read is told the largest size that was found to have a plan.
#[test]
fn sizes_beyond_all_limits_are_told_one_that_fits() {
    let options = Options { dims: vec![("n".to_owned(), 60_000_000)], ..Options::default() };
    let source = SourceFile::new("p.hep", program("", "w = w - 0.1 * g"));
    let errors = analyze(&source, &options).err().unwrap_or_default();
    assert!(!errors.is_empty() && errors.iter().all(|error| error.code == "H0206"), "{errors:#?}");
    let help = |most: usize| {
        let mut attempt = |_: &SourceFile, options: &Options| match options.dims.as_slice() {
            [(name, size)] if name == "n" && *size <= most => Ok(0_usize),
            _ => Err(Shortage::Width),
        };
        let trial = (Trial::Samples, &mut attempt as &mut _);
        let found = settled(&source, &options, errors.clone(), &Patience::default(), trial);
        found.last().and_then(|error| error.help.clone())
    };
    assert_eq!(help(300).as_deref(), Some("take a smaller `n`: ⟨size = n=256⟩"));
    assert_eq!(help(70).as_deref(), Some("take a smaller `n`: ⟨size = n=64⟩"));
    assert_eq!(help(usize::MAX).as_deref(), Some("take a smaller `n`: ⟨size = n=262144⟩"));
    assert_eq!(help(0), None);
}

/// What a warning says with what its proposals were found to do.
fn warnings(text: &str) -> Vec<Diagnostic> {
    let (source, options) = (SourceFile::new("p.hep", text), Options::default());
    let found = analyze(&source, &options).expect("a program without errors").warnings;
    warned(&source, &options, found, &Patience::default(), (Trial::Samples, &mut compiled))
}

/// The number behind some words.
fn number_behind(text: &str, words: &str) -> f64 {
    let (_, rest) = text.split_once(words).unwrap_or_else(|| panic!("no {words:?} in {text}"));
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.trim_end_matches('.').parse().unwrap_or_else(|_| panic!("no number in {rest}"))
}

#[test]
fn what_is_proposed_for_a_polynomial_is_better_than_it() {
    for (function, range) in
        [("exp", "-40 .. 2 degree 3"), ("exp", "-20 .. 4 degree 2"), ("softplus", "-60 .. 3 degree 2")]
    {
        let line = format!("approx {function} on {range} by minimax");
        let text = program(&line, &format!("w = w - 0.1 * X.T @ {function}(X @ w) / n"));
        let found = warnings(&text);
        let useless =
            found.iter().find(|warning| warning.code == "H0315").unwrap_or_else(|| panic!("{found:#?}"));
        let label = useless.labels.first().map(|label| label.text.as_str()).unwrap_or_default();
        let help = useless.help.as_deref().unwrap_or_else(|| panic!("{found:#?}"));
        let (here, proposed) = (
            number_behind(label, "its largest error here is "),
            number_behind(help, "its largest error is "),
        );
        assert!(proposed < here, "{help}: {label}");
        let better = help.split('`').nth(1).unwrap_or_default();
        let mended = text.replace(&line, better);
        assert!(mended != text && warnings(&mended).iter().all(|warning| warning.code != "H0315"), "{help}");
    }
}

/// A range on which the polynomial points the right way, where there is one among its parts.
#[test]
fn ranges_are_narrowed_until_the_polynomial_points_the_right_way() {
    let line = "approx grad pois on -8 .. 8 degree 7 by least_squares";
    let text = program(&format!("loss pois(y, z) = exp(z) - y * z\n{line}"), "w = w - 0.2 * g")
        .replace("grad(squared", "grad(pois");
    let found = warnings(&text);
    let wrong = found.iter().find(|warning| warning.code == "H0314").unwrap_or_else(|| panic!("{found:#?}"));
    let help = wrong.help.as_deref().unwrap_or_default();
    let narrower = help.split('`').nth(1).unwrap_or_else(|| panic!("{found:#?}"));
    let mended = text.replace(line, narrower);
    assert!(mended != text && warnings(&mended).iter().all(|warning| warning.code != "H0314"), "{help}");
}
