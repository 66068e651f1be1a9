//! What users see. Every snapshot is a source followed by the messages it gives, so that a change of wording or of
//! a marker shows as a difference.

use hep_compiler::diagnostics::{Diagnostic, codes, render};
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience};

/// Messages of a program compiled with the given dims.
fn messages(file: &SourceFile, dims: &[(&str, usize)]) -> Vec<Diagnostic> {
    let dims = dims.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    let options = Options { dims, ..Options::default() };
    analyzed(file, &options, &Patience::default()).map_or_else(|errors| errors, |a| a.warnings)
}

fn report(text: &str, dims: &[(&str, usize)]) -> String {
    let file = SourceFile::new("program.hep", text);
    let messages = messages(&file, dims);
    for message in &messages {
        assert!(codes::explain(message.code).is_some(), "{} is not in the table", message.code);
    }
    let shown: String = text.chars().take(2000).collect();
    let options: String = dims.iter().map(|(name, size)| format!("\n-p {name}={size}")).collect();
    format!("{}{options}\n----\n{}", shown.trim_end(), render::render_all(&messages, &file))
}

/// A snapshot of a source, or of a program with one part replaced.
macro_rules! diagnostics {
    ($($name:ident: $text:expr $(, -p $dims:expr)?;)*) => {$(
        #[test]
        fn $name() {
            let dims: &[(&str, usize)] = &[$($dims)?];
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(stringify!($name), report(&$text, dims));
            });
        }
    )*};
}

/// Logistic regression, 20 lines.
const PROGRAM: &str = "\
program lr
dim n = 8
dim f = 3
dim d = f + 1
dim T = 2
owner  X0 : real[n, f] in 0 .. 1
owner  y  : class[n, 2]
let    A0 = bias(X0 - mean(X0, over = n))
secret X : real[n, d] = A0
secret Y : bit[n] = y
let  score(w) = X @ w
loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var w : real[d] = 0
  for t in 1 .. T {
    w = w - 10 / (t + 1) * grad(nll, Y, score, at = w) / n
  }
}
reveal w
predict score(w)
";

/// [`PROGRAM`] with one line replaced.
fn with(old: &str, new: &str) -> String {
    assert_eq!(PROGRAM.matches(old).count(), 1, "`{old}` must occur once");
    PROGRAM.replace(old, new)
}

diagnostics! {
    accepted: PROGRAM;
    misspelt_keyword: with("loss nll", "lss nll");
    several_syntax_errors: "program p\ndim n 128\nlss sle(y, z) = z\nlet a = (1 + 2\nlet for = 3\ntrain {\n  vra W : real = 0\n  \
        for t of 1 .. T {\n    W = 1\n  }\n}\nreveal 3\n";
    missing_header: "dim n = 3\n";
    unclosed_brace: with("    w = w - 10 / (t + 1) * grad(nll, Y, score, at = w) / n\n  }\n}", "    w = 2\n  }");
    incomplete_item: with("dim T = 2", "dim T =");
    misspelt_word_inside_an_item: with("degree 3", "degre 3");
    deep_nesting: format!("program p\nlet x = {}1{}\n", "(".repeat(80), ")".repeat(80));
    tabs_and_other_alphabets: "program p\nlet\ta = 1\t+ π\n# größer\nlet b = \"漢\"\n";

    unknown_name: with("X @ w", "X @ u + Z");
    unknown_function: with("bias(X0", "bais(X0");
    redefinition: with("let  score", "dim  X = 3\nlet  score");
    used_too_early: with("dim d = f + 1\n", "dim d = g + 1\ndim g = f\n");
    bad_dims: with("dim T = 2", "dim T = 7 / 2\ndim k = 2 - 2\ndim m = 1 / (k - k)\ndim q = 1.5");
    sizes_that_are_no_dims: with("dim T = 2", "dim T = 2\nlet k = 3\ndim g = k + 1").replace("real[n, d] = A0", "real[n, k] = A0");
    unknown_dim_override: PROGRAM, -p ("N", 256);
    bad_dim_override: PROGRAM, -p ("n", 0);
    dim_mismatch: with("real[n, d] = A0", "real[n, f] = A0");
    product_needs_a_transpose: with("X @ w", "w @ X");
    products_of_different_dimensions: with("let  score", "dim g = 3\npublic a : real[g] = 1\nlet u = X0 @ a\nlet  score");
    wrong_arguments: with("mean(X0, over = n)", "mean(X0, along = n) + mean(X0, X0) + mean(X0, over = T)");
    huge_tensor: with("dim n = 8", "dim n = 60000000");
    label_of_the_wrong_kind: with("grad(nll, Y,", "grad(nll, X,");
    class_numbers_as_labels: with("secret Y : bit[n] = y", "secret Y : class[n, 2] = y");
    declared_type_of_labels: with("bit[n] = y", "onehot[n, 2] = y");
    missing_at: with(", at = w", "");
    assignment_to_a_let: with("    w = w -", "    let m = 1\n    m = w -");
    assignment_of_another_shape: with("    w = w - 10 / (t + 1) * grad(nll, Y, score, at = w) / n", "    w, w = X, w\n    w = 1, 2");
    no_training: "program p\ndim n = 2\nowner X : real[n, n]\nowner y : bit[n]\n";
    index_outside_of_the_loop: with("reveal w", "reveal t");

    unknown_module: with("dim n = 8", "use loses.focal\ndim n = 8");
    unknown_item: with("dim n = 8", "use losses.focl\ndim n = 8");
    used_name_that_is_defined: with("dim n = 8", "use losses.nll\ndim n = 8");
    module_as_a_program: "module losses\nloss l(y, z) = z\n";
    mistake_in_the_use_of_a_library_function: with("dim n = 8", "use losses.balanced_focal\ndim n = 8")
        .replace("log(1 + exp(-(2 * y - 1) * z))", "balanced_focal(y, z)");

    dimensions_of_parameters: with("let  score", "let  gram(A : real[n, f], B : real[n, f]) = A.T @ B\n\
        let  a = gram(X0, A0)\nlet  b = gram(A0, mean(A0, over = n))\nlet  score");
    types_of_parameters: with("let  score", "let  rows(y : class[n, c], Y : bit[n], s : real, k : reel) = n\n\
        let  a = rows(y, Y, 1, 2)\nlet  b = rows(X0, Y, 1, 2)\nlet  e = rows(y, X0, 1, 2)\nlet  g = rows(y, Y, X0, 2)\nlet  score");
    sizes_of_parameters: with("let  score", "let  wide(A : real[n, f + 2], n : real, w : real[f]) = A\nlet  tall(A : real[m, q + 1], q) = A\nlet  score");
    results_of_functions: with("let  score", "let  two(a) = a, a + 1\nlet  a = two(1)\nlet  b, e = two(1)\nlet  g, h, i = two(1)\n\
        let  j, k = 1, 2, 3\nlet  score");

    index_beyond_the_end: with("10 / (t + 1)", "rate[t + 1]")
        .replace("let  score", "public rate : real[T] = nesterov(T)\nlet  score");
    missing_approximation: with("approx sigmoid on -8 .. 8 degree 3 by least_squares\n", "");
    unknown_approximation_method: with("least_squares", "least_square");
    bad_approximations: with("approx sigmoid on -8 .. 8 degree 3 by least_squares", "approx sigmoid on 8 .. -8 degree 0.5 by guess\n\
        approx sigmod on -1 .. 1 degree 3\napprox nll on -1 .. 1 degree 3\napprox tanh(x) = exp(x)");
    derivative_that_needs_a_fit: with("log(1 + exp(-(2 * y - 1) * z))", "(y - sigmoid(z)) ** 2")
        .replace("sigmoid on -8 .. 8 degree 3 by least_squares", "sigmoid(z) = 0.5 + 0.15 * z");
    division_by_a_secret: with("X @ w", "X @ w / Y");
    function_of_a_secret: with("X @ w", "exp(X @ w) + abs(X @ w) + (X @ w) ** 0.5");
    softmax_in_a_loss: with("log(1 + exp(-(2 * y - 1) * z))", "-log(softmax(z)) * y");
    loss_of_a_tensor: with("log(1 + exp(-(2 * y - 1) * z))", "sum(X) * y * z");
    real_labels: with("secret Y : bit[n] = y", "secret Y : real[n] = y");

    owner_meets_secret: with("X @ w", "A0 @ w");
    secret_index: with("/ n\n", "/ n * score(w)[w @ w]\n");
    index_by_a_secret: with("train {", "public eta : real[T] = nesterov(T)\ntrain {").replace("10 / (t + 1)", "eta[w @ w]");
    loop_to_a_secret: with("1 .. T", "1 .. sum(Y)");
    encrypted_twice: with("secret Y : bit[n] = y", "secret Y : bit[n] = y\nsecret S : real[n, d] = X * 2");
    public_from_data: with("let  score", "public m : real[f] = mean(X0, over = n)\nlet  score");
    nothing_to_reveal: with("reveal w", "reveal X, y");
    several_inputs: with("owner  y ", "owner  X1 : real[n, f]\nowner  y ");

    refresh_is_unsupported: with("    w = w -", "    refresh w\n    w = w -");
    records_and_tensors: with("let  score", "params P {\n  a : real[d] = 0\n  b : real[d] = 0\n}\nlet  f(Q) = X @ Q.a\n\
        let  u = f(X)\nlet  v = P + 1\nlet  x = P.c\nlet  score");
    packing_accepted: with("reveal w", "pack X, w by volley_revolver\npack Y by double_volley_revolver\nreveal w");
    packing_hints: with("reveal w", "pack X, w, Q by voley_revolver\npack y, score, d, X, A0 by double_volley_revolver\nreveal w");
    packing_of_variables_in_row_major_order: with("reveal w", "pack X, w by row_major\nreveal w");
    packing_of_records: with("let  score", "params P {\n  a : real[d] = 0\n}\npack P by volley_revolver\npack P.b, P.a by volley_revolver\nlet  score");
    random_values: with("let  score", "let  a = normal(seed = 1)\nsecret R : real[d] = normal(seed = 0.5)\n\
        secret S : real[d] = normal(deviation = 1)\nlet  score");
    loops_over_anything: with("for t in 1 .. T {", "for t in row(X) {");
    two_training_blocks: format!("{PROGRAM}train {{\n  for s in 1 .. 2 {{\n    for r in 1 .. 2 {{ }}\n  }}\n}}\n");
}
