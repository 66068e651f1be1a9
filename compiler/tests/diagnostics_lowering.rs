//! What users see of the stages after the front end: packing, scheduling, parameters, the owner's part. Every snapshot
//! is a source with the options it was compiled with, followed by the message.

use hep_compiler::diagnostics::{codes, render};
use hep_compiler::source::SourceFile;
use hep_compiler::{KEY_BUDGET, Options, analyze, compile, lower};

/// Rows from which on nothing is tried.
const MANY: usize = 100_000;

fn report(
    text: &str,
    dims: &[(&str, usize)],
    ring: Option<u32>,
    precision_bits: f64,
    keys: Option<u64>,
) -> String {
    let file = SourceFile::new("program.hep", text);
    let options = Options {
        dims: dims.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect(),
        ring_log2: ring,
        precision_bits,
        key_budget: keys.unwrap_or(KEY_BUDGET),
        ..Options::default()
    };
    // What would help data that take so many ciphertexts takes long to try.
    let compiled = match dims.iter().any(|(_, size)| *size > MANY) {
        false => compile(&file, &options).map(drop),
        true => analyze(&file, &options)
            .and_then(|analysis| lower(analysis, &options).map_err(|refusal| vec![refusal.message]))
            .map(drop),
    };
    let messages = match compiled {
        Ok(()) => String::from("compiles"),
        Err(messages) => {
            for message in &messages {
                assert!(codes::explain(message.code).is_some(), "{} is not in the table", message.code);
            }
            render::render_all(&messages, &file)
        }
    };
    let mut shown: String = dims.iter().map(|(name, size)| format!("\n-p {name}={size}")).collect();
    shown.extend(ring.map(|ring| format!("\n--ring {ring}")));
    if precision_bits > 0.0 {
        shown += &format!("\n--precision {precision_bits}");
    }
    shown.extend(keys.map(|budget| format!("\n--key-budget {budget}")));
    format!("{}{shown}\n----\n{messages}", text.trim_end())
}

/// A snapshot of a program, with options.
macro_rules! refused {
    ($($name:ident: $text:expr $(, -p $dims:expr)? $(, ring $ring:expr)? $(, precision $bits:expr)? $(, keys $budget:expr)?;)*) => {$(
        #[test]
        fn $name() {
            let dims: &[(&str, usize)] = &[$($dims)?];
            let ring = None::<u32>$(.or(Some($ring)))?;
            let precision = 0.0 $(+ $bits)?;
            let budget = None::<u64>$(.or(Some($budget)))?;
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(concat!("lowering_", stringify!($name)), report(&$text, dims, ring, precision, budget));
            });
        }
    )*};
}

/// A product of two matrices that are sent as they are.
const MATRICES: &str = "\
program matrices
dim i = 16  dim k = 17  dim j = 19
owner X0 : real[i, k] in 0 .. 1
owner y : class[i, 2]
public M : real[k, j] = normal(seed = 3)
public N : real[i, k] = normal(seed = 4, deviation = 0.1)
secret A : real[i, k] = X0
secret B : real[k, j] = (X0.T @ N) @ M
pack A, B by row_major
train {
  var C : real[i, j] = 0
  for t in 1 .. 1 { C = A @ B }
}
reveal C";

/// Logistic regression with several classes.
const PROGRAM: &str = "\
program mlr
dim n = 8
dim f = 3
dim d = f + 1
dim c = 3
dim T = 2
owner  X0 : real[n, f] in 0 .. 1
owner  y  : class[n, c]
let    A0 = bias(X0 - mean(X0, over = n))
secret X : real[n, d] = A0
secret Y : onehot[n, c] = one_hot(y)
secret B : real[d] = 1 / (1 + row_sums(abs(A0.T @ A0)))
let  logits(A) = X @ A.T
loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var W : real[c, d] = 0.1
  var V : real[c, d] = 0
  for t in 1 .. T {
    let G = grad(nll, Y, logits, at = W)
    W, V = W - B * G, W
  }
}
reveal W
predict logits(W)
";

/// [`PROGRAM`] with one part replaced.
fn with(old: &str, new: &str) -> String {
    assert_eq!(PROGRAM.matches(old).count(), 1, "`{old}` must occur once");
    PROGRAM.replace(old, new)
}

/// A network with so many hidden layers of four units.
fn net(hidden: usize) -> String {
    let layer = |at: usize| match at {
        1 => "  W1 : real[h1, f] = normal(seed = 1, deviation = 0.5)\n".to_owned(),
        at => format!("  W{at} : real[h{at}, h{}] = normal(seed = {at}, deviation = 0.5)\n", at - 1),
    };
    let sizes: String = (1..=hidden).map(|at| format!("dim h{at} = 4\n")).collect();
    let layers: String = (1..=hidden).map(layer).collect();
    let score = (1..=hidden).fold("X".to_owned(), |below, at| format!("unit({below} @ P.W{at}.T)"));
    let steps: String = (1..=hidden).map(|at| format!("    P.W{at} = P.W{at} - 0.1 * G.W{at}\n")).collect();
    format!(
        "program net\ndim n = 8\ndim f = 3\ndim c = 3\ndim T = 1\n{sizes}owner  X0 : real[n, f] in 0 .. 1\n\
         owner  y  : class[n, c]\nsecret X : real[n, f] = X0\nsecret Y : onehot[n, c] = one_hot(y)\n\
         params P {{\n{layers}  V : real[c, h{hidden}] = normal(seed = 9, deviation = 0.5)\n}}\n\
         let  unit(z) = sigmoid(z) - 1/2\nlet  score(P) = {score} @ P.V.T\n\
         loss bce(y, z) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))\n\
         approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {{\n  for t in 1 .. T {{\n    \
         let G = grad(bce, Y, score, at = P)\n{steps}    P.V = P.V - 0.1 * G.V\n  }}\n}}\n\
         reveal P\npredict score(P)\n"
    )
}

refused! {
    accepted: PROGRAM;
    accepted_net: net(1);
    row_major_without_room: MATRICES, ring 14;
    row_major_with_room: MATRICES, ring 15;
    row_major_against_another: MATRICES.replace("secret B : real[k, j] = (X0.T @ N) @ M", "secret D : real[k, i] = X0.T\nsecret B : real[k, j] = (X0.T @ N) @ M")
        .replace("pack A, B", "pack A, B, D").replace("= A @ B", "= A @ B + (A * D.T) @ B");
    too_deep_a_net: net(30);
    too_deep_a_net_of_a_high_degree: net(16).replace("degree 3", "degree 15");
    too_many_iterations_of_a_net: net(2), -p ("T", 9);
    too_deep_a_net_for_a_forced_ring: net(2), ring 13;

    too_deep: PROGRAM, -p ("T", 40);
    too_deep_for_a_forced_ring: PROGRAM, ring 13;
    too_deep_for_one_iteration: with("degree 3", "degree 31"), ring 12;
    keys_over_their_budget: PROGRAM, keys 1_000_000;
    too_rough: PROGRAM, ring 14, precision 60.0;
    outgrows_the_modulus: with("W - B * G", "W - 1e9 * G");
    diverges: with("W - B * G", "W - 1e80 * G"), -p ("T", 4);
    unknown_ring: PROGRAM, ring 11;
    a_loop_too_long: PROGRAM, -p ("T", 1_000_000);
    too_many_ciphertexts: PROGRAM.replace("c = 3", "c = 8").replace("f = 3", "f = 63"), -p ("n", 1_000_000), ring 12;
    too_many_ciphertexts_to_compile: PROGRAM.replace("f = 3", "f = 15"), -p ("n", 1_000_000), ring 12;

    too_wide_for_the_ring: PROGRAM, -p ("c", 3000), ring 12;
    too_wide_for_every_ring: PROGRAM, -p ("c", 100_000);
    three_dimensions: with("W - B * G", "W - B * sum(Y * W * V, over = n)").replace("c = 3", "c = 300"), ring 12;
    product_of_models: with("W - B * G", "W - (W @ W.T) @ G");
    product_of_errors: with("W - B * G", "W - (logits(W).T @ Y) @ W");

    revealed_without_data: with("reveal W", "reveal V").replace("predict logits(W)", "predict logits(V)"), -p ("T", 1);
    predicts_with_a_hidden_variable: with("predict logits(W)", "predict logits(V)");
    predicts_with_labels: with("bias(X0 - mean(X0, over = n))", "bias(X0 * (2 * y - 1))");
    predicts_over_rows: with("predict logits(W)", "predict gram(W)")
        .replace("loss nll", "let  gram(A) = X @ (X.T @ (X @ A.T))\nloss nll");
    not_finite: with("W - B * G", "W - 1 / (t - 2) * B * G");
}

#[test]
fn what_the_messages_about_depth_propose_fits() {
    let fits =
        |text: &str, iterations| report(text, &[("T", iterations)], None, 0.0, None).ends_with("compiles");
    assert!(fits(PROGRAM, 27) && !fits(PROGRAM, 28));
    assert!(fits(&net(2), 7) && !fits(&net(2), 8));
    assert!(fits(&net(16).replace("degree 3", "degree 7"), 1));
}
