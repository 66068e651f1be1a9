//! Programs of the language document, and the values they mean.

use super::*;
use crate::syntax::parse;
use hep_plan::host::HostOp;
use hep_plan::plan::LabelKind;
use hep_tensor::graph::{Op, Place};
use hep_tensor::source::SourceFile;

const QUADRATIC: &str = include_str!("../../../../programs/examples/mlr_quadratic_gradient.hep");
const NESTEROV: &str = include_str!("../../../../programs/examples/lr_nesterov.hep");
const PUBLISHED: &str = include_str!("../../../../programs/examples/mlr_published.hep");

fn program(text: &str) -> Program {
    with(text, &[]).unwrap_or_else(|e| {
        panic!("{}", diagnostics::render::render_all(&e, &SourceFile::new("t.hep", text)))
    })
}

fn with(text: &str, dims: &[(&str, usize)]) -> Result<Program, Vec<Diagnostic>> {
    let dims = dims.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    let file = parse(&SourceFile::new("t.hep", text))?;
    resolve(&file, &ResolveOptions { dims, ..ResolveOptions::default() }).map(|(program, _)| program)
}

fn codes(text: &str) -> Vec<&'static str> {
    with(text, &[]).err().unwrap_or_default().iter().map(|d| d.code).collect()
}

fn named<'p>(program: &'p Program, name: &str) -> &'p hep_tensor::graph::Node {
    let mut nodes = program.graph.ids().map(|id| program.graph.node(id));
    nodes.find(|node| node.name.as_deref() == Some(name)).unwrap_or_else(|| panic!("no node {name}"))
}

#[test]
fn the_quadratic_gradient() {
    let p = program(QUADRATIC);
    assert_eq!(p.train.iterations, 2);
    assert_eq!(p.train.carried.len(), 2);
    assert_eq!((p.data.rows, p.data.columns, p.data.label_kind), (128, 400, LabelKind::Classes(10)));
    assert_eq!((p.data.features.as_str(), p.data.labels.as_str()), ("X0", "y"));
    let dims: Vec<&str> = named(&p, "A0").ty.dims.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(dims, ["n", "d"]);
    let sigmoid = named(&p, "sigmoid(logits(V))");
    let Op::Host(HostOp::Polynomial(coefficients)) = &sigmoid.op else { panic!("{:?}", sigmoid.op) };
    assert!((coefficients[1] - 0.15012).abs() < 1e-3, "{coefficients:?}");
    assert_eq!(named(&p, "G").ty.place, Place::Secret);
    let gradient: Vec<&str> = named(&p, "G").ty.dims.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(gradient, ["c", "d"]);
    assert_eq!(p.checks.len(), 1);
    assert_eq!(p.checks[0].domain, (-8.0, 8.0));
    assert_eq!(p.reveals.len(), 1);
    assert!(p.predict.is_some());
    assert!(p.in_body()[p.train.carried[0].next.index()]);
}

#[test]
fn overrides_change_dependent_dims() {
    let p = with(QUADRATIC, &[("f", 7), ("n", 5)]).unwrap();
    let sizes: Vec<(&str, usize)> = p.dims.iter().map(|d| (d.name.as_str(), d.size)).collect();
    assert_eq!(sizes, [("n", 5), ("f", 7), ("d", 8), ("c", 10), ("T", 2)]);
    assert_eq!(with(QUADRATIC, &[("m", 7)]).unwrap_err()[0].code, diagnostics::codes::UNKNOWN_DIM);
    assert_eq!(with(QUADRATIC, &[("n", 0)]).unwrap_err()[0].code, diagnostics::codes::BAD_DIM);
    assert!(with(QUADRATIC, &[("f", 9), ("d", 9)]).is_err());
}

#[test]
fn packing_hints_are_kept_by_name() {
    use hep_tensor::graph::Packing;
    let hints = "params P { a : real[d] = mean(bias(X0), over = n)  b : real[d] = 2 * mean(bias(X0), over = n) } pack X, v by volley_revolver pack P by double_volley_revolver";
    let p = program(&NESTEROV.replace("train {", &format!("{hints} train {{")));
    let found: Vec<_> = p.hints.iter().map(|hint| (hint.tensors.join(" "), hint.packing)).collect();
    let expected = [("X v", Packing::VolleyRevolver), ("P.a P.b", Packing::DoubleVolleyRevolver)];
    assert_eq!(found, expected.map(|(names, packing)| (names.to_owned(), packing)));
    let passed = hep_tensor::passes::optimize(p.clone());
    assert_eq!(passed.hints.len(), 2);
}

#[test]
fn logistic_regression_with_one_score() {
    let p = program(NESTEROV);
    assert_eq!(p.data.label_kind, LabelKind::Binary);
    assert_eq!(named(&p, "X0").ty.range, Some((0.0, 1.0)));
    assert_eq!(named(&p, "Y").ty.values, hep_tensor::graph::Values::Bit);
    let Op::Host(HostOp::Constant(eta)) = &named(&p, "eta").op else { panic!() };
    assert!(eta.data[0].abs() < 1e-15 && (eta.data[1] + 0.28175352512532087).abs() < 1e-12, "{:?}", eta.data);
}

#[test]
fn the_published_run_has_its_own_coefficients() {
    let p = program(PUBLISHED);
    let Op::Host(HostOp::Polynomial(coefficients)) = &named(&p, "sigmoid(logits(V))").op else { panic!() };
    assert_eq!(coefficients, &[0.5, 0.10679534503216294, 0.0, -0.00038503259805075]);
    let Op::Host(HostOp::Constant(eta)) = &named(&p, "eta").op else { panic!() };
    assert!((eta.data[0] - 0.98990).abs() < 1e-4 && (eta.data[1] + 0.00006).abs() < 1e-4, "{:?}", eta.data);
    assert_eq!(p.checks[0].domain, (-8.0, 8.0));
}

#[test]
fn the_exact_loss_runs_in_the_clear() {
    use hep_plan::tensor::Tensor;
    for (text, shape) in [(QUADRATIC, vec![1, 2]), (NESTEROV, vec![2])] {
        let inputs = [
            ("y".to_owned(), Tensor::new(shape.clone(), vec![1.0, 0.0]).unwrap()),
            ("z".to_owned(), Tensor::new(shape.clone(), vec![0.5, -1.0]).unwrap()),
        ];
        let loss = program(text).loss.unwrap().run(&inputs.into_iter().collect()).unwrap();
        let expected =
            Tensor::new(shape, vec![(1.0 + (-0.5f64).exp()).ln(), (1.0 + (-1.0f64).exp()).ln()]).unwrap();
        assert!(loss["loss"].max_difference(&expected) < 1e-12);
    }
}

#[test]
fn equal_losses_give_equal_graphs() {
    let shape = |text: &str| {
        let p = program(text);
        p.graph
            .ids()
            .map(|id| (p.graph.node(id).op.clone(), p.graph.operands(id).to_vec()))
            .collect::<Vec<_>>()
    };
    let sle = "loss sle(y, z)   = -log(abs(1 - y - sigmoid(z)))";
    assert!(QUADRATIC.contains(sle));
    let bce =
        QUADRATIC.replace(sle, "loss sle(y, z) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))");
    let nll = QUADRATIC.replace(sle, "loss sle(y, z) = log(1 + exp(-(2 * y - 1) * z))");
    assert_eq!(shape(QUADRATIC), shape(&bce));
    assert_eq!(shape(QUADRATIC), shape(&nll));
}

fn small(middle: &str, body: &str) -> String {
    format!(
        "program p dim n = 4 dim f = 3 dim T = 2 owner A : real[n, f] owner y : class[n, 2]
         secret X : real[n, f] = A secret Y : bit[n] = y let score(w) = X @ w
         loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z)) {middle}
         train {{ var w : real[f] = 0 var v : real[f] = 1 for t in 1 .. T {{ {body} }} }} reveal w"
    )
}

const APPROX: &str = "approx sigmoid on -8 .. 8 degree 3 by least_squares";

#[test]
fn assignments_are_simultaneous_and_in_order() {
    let p = program(&small("", "w, v = v + X.T @ Y, w v = 2 * v"));
    let [w, v] = p.train.carried.as_slice() else { panic!() };
    assert_ne!(w.next, w.param);
    // v becomes the old w, then twice that: it depends on w alone.
    let seen = p.graph.reachable([v.next]);
    assert!(seen[w.param.index()] && !seen[v.param.index()]);
}

#[test]
fn public_loop_variables_stay_public() {
    let p = program(&small("", "w = w + v * (X.T @ Y) v = v / 2"));
    let place = |i: usize| p.graph.node(p.train.carried[i].param).ty.place;
    assert_eq!((place(0), place(1)), (Place::Secret, Place::Public));
}

#[test]
fn squared_errors_take_real_labels_and_others_do_not() {
    let real = "secret R : real[n] = y loss sq(y, z) = (z - y) ** 2";
    assert!(codes(&small(real, "w = w - grad(sq, R, score, at = w)")).is_empty());
    let gradient = small(&format!("{APPROX} secret R : real[n] = y"), "w = w - grad(nll, R, score, at = w)");
    assert_eq!(codes(&gradient), ["H0209"]);
    // The deviance of a gamma distribution has no value for a label of 0, and a slope that is affine in all others.
    let deviance = "secret R : real[n] in 0.1 .. 10 = y
        loss gamma(y, z) = 2 * (-log(y / exp(z)) + (y - exp(z)) / exp(z))
        approx grad gamma on -2 .. 2 degree 3 by least_squares";
    assert_eq!(codes(&small(deviance, "w = w - grad(gamma, R, score, at = w)")), [""; 0]);
    let square = deviance.replace("-log(y / exp(z))", "log(y) ** 2 * z");
    assert_eq!(codes(&small(&square, "w = w - grad(gamma, R, score, at = w)")), ["H0209"]);
}

#[test]
fn labels_that_multiply_the_score() {
    let loss = "loss focal(y, z) = (y - sigmoid(z)) ** 2 approx grad focal on -6 .. 6 degree 5 by chebyshev";
    let p = program(&small(loss, "w = w - grad(focal, Y, score, at = w)"));
    assert_eq!(p.checks[0].function, "grad focal");
    let polynomials =
        p.graph.ids().filter(|id| matches!(p.graph.node(*id).op, Op::Host(HostOp::Polynomial(_)))).count();
    assert_eq!(polynomials, 2);
}

#[test]
fn hidden_sigmoids_use_their_line() {
    let p =
        program(&small(&format!("let h(w) = sigmoid(X @ w) {APPROX}"), "w = w - grad(nll, Y, h, at = w)"));
    assert_eq!(p.checks.len(), 2);
    assert_eq!(codes(&small("let h(w) = sigmoid(X @ w)", "w = w + X.T @ h(w)")), ["H0304"]);
}

#[test]
fn independent_errors_are_reported_together() {
    let text = small(
        "public a : real[n] = A let s = X / Y let u = A * X",
        "w = w - grad(nll, Y, scor, at = w) q = 1",
    );
    assert_eq!(
        codes(&text),
        ["H0203", "H0405", "H0305", "H0401", "H0201", "H0201"].iter().copied().skip(1).collect::<Vec<_>>()
    );
}

#[test]
fn hostile_programs_end_with_a_diagnostic() {
    let mut doubling = String::from("let f0(x) = x + x ");
    for i in 1..60 {
        doubling += &format!("let f{i}(x) = f{}(x) + f{}(x) ", i - 1, i - 1);
    }
    assert_eq!(codes(&small(&format!("{doubling} let big = f59(X)"), "w = v")), ["H0206"]);
    let loss = format!("{doubling} {APPROX} loss bad(y, z) = f59(0 * z)");
    assert_eq!(codes(&small(&loss, "w = w - grad(bad, Y, score, at = w)")), ["H0206"]);
    let mut deep = String::from("let g0(x) = x ");
    for i in 1..50 {
        deep += &format!("let g{i}(x) = {}g{}(x){} ", "2 * (".repeat(50), i - 1, " + 1)".repeat(50));
    }
    assert_eq!(codes(&small(&format!("{deep} let big = g49(X)"), "w = v")), ["H0206"]);
    let loss = format!("{deep} {APPROX} loss bad(y, z) = g49(z)");
    assert_eq!(codes(&small(&loss, "w = w - grad(bad, Y, score, at = w)")), ["H0206"]);
    assert_eq!(
        codes(&small("let go(x) = come(x) let come(x) = go(x) let u = go(X)", "w = v + X.T @ Y")),
        ["H0207"]
    );
    assert!(!codes("program p dim n = 60000000 dim m = n * n").is_empty());
    assert!(!codes("program p dim n = 60000 public A : real[n, n] = 1").is_empty());
    assert!(
        !codes("program p dim n = 8000 public A : real[n, n] = 1 let B = A @ A let C = B @ B").is_empty()
    );
    assert!(!codes("program p dim n = 1 / 0 dim m = 7 / 2 dim k = 1.5 dim l = 0 - 3").is_empty());
}

/// Damaged programs: tokens and pieces of text removed, repeated, exchanged.
#[test]
fn no_text_makes_the_front_end_panic() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for round in 0..1500 {
        let text = [QUADRATIC, NESTEROV, PUBLISHED][round % 3];
        let mut words: Vec<&str> = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).collect();
        for _ in 0..=random(4) {
            let (i, j) = (random(words.len()), random(words.len()));
            match random(5) {
                0 => _ = words.remove(i),
                1 => words.swap(i, j),
                2 => words.insert(i, words[j]),
                3 => {
                    words[i] = [" ( ", " } ", " secret ", " let ", " X0 ", " 0 ", " .. ", " 1e308 ", " é "]
                        [random(9)]
                }
                _ => words[i] = words[j],
            }
        }
        let file = SourceFile::new("t.hep", words.concat());
        let dims = vec![("n".to_owned(), 6), ("f".to_owned(), 3)];
        let result = parse(&file)
            .and_then(|tree| resolve(&tree, &ResolveOptions { dims, ..ResolveOptions::default() }));
        let messages = result.map_or_else(|errors| errors, |(_, warnings)| warnings);
        let text = diagnostics::render::render_all(&messages, &file);
        assert_eq!(text.is_empty(), messages.is_empty());
        let _ = diagnostics::json::to_json(&messages, &file);
    }
}

#[test]
fn a_selected_loss_replaces_the_written_one() {
    let select = |text: &str, loss: &str| {
        let file = parse(&SourceFile::new("t.hep", text))?;
        let options = ResolveOptions { loss: Some(loss.to_owned()), ..ResolveOptions::default() };
        resolve(&file, &options).map(|(program, _)| program.to_string())
    };
    let two = NESTEROV.replace("approx sigmoid", "loss mse(y, z) = (y - sigmoid(z)) ** 2 approx sigmoid");
    let written = two.replace("grad(nll", "grad(mse");
    assert_eq!(select(&two, "mse").unwrap(), program(&written).to_string());
    assert_eq!(select(&two, "nll").unwrap(), program(&two).to_string());
    let error = select(&two, "nlll").unwrap_err().remove(0);
    assert_eq!((error.code, error.help.as_deref()), ("H0219", Some("did you mean ⟨loss = nll⟩?")));

    // A fit of the derivative holds for the loss in its place; coefficients of the sigmoid are not enough.
    let line = "approx sigmoid on -8 .. 8 degree 3 by least_squares";
    let fit = two.replace(line, "approx grad nll on -8 .. 8 degree 5 by least_squares");
    let own = written.replace(line, "approx grad mse on -8 .. 8 degree 5 by least_squares");
    assert_eq!(select(&fit, "mse").unwrap(), program(&own).to_string());
    let coefficients = two.replace(line, "approx sigmoid(z) = 0.5 + 0.15 * z");
    assert_eq!(select(&coefficients, "mse").unwrap_err()[0].code, "H0302");
}

#[test]
fn functions_with_types_and_several_results_are_what_they_stand_for() {
    let function = "let centre(A : real[rows, k]) = A - mean(A, over = rows), mean(A, over = rows) / rows
        let step(w, v : real[k], s, t : real) = w - s / (t + k) * v, v
        let shifted(A : real[m, k], B : real[m, k + 1]) = B
        let A1, mu = centre(X0) ";
    let calls = NESTEROV
        .replace("bias(X0 - mean(X0, over = n))", "shifted(X0, bias(A1 + mu))")
        .replace("w, v = m, (1", "w, v = step(m, m, 3, t) w = (1")
        .replace("secret X", &format!("{function} secret X"));
    let written = NESTEROV
        .replace("bias(X0 - mean(X0, over = n))", "bias(X0 - mean(X0, over = n) + mean(X0, over = n) / n)")
        .replace("w, v = m, (1", "w, v = m - 3 / (t + d) * m, m w = (1");
    let values = |text: &str| {
        let program = program(text);
        let inputs = hep_tensor::testing::data(&program, 1);
        hep_tensor::interpret::run(&program, &inputs, &mut |_| ()).unwrap()
    };
    assert_eq!(values(&calls), values(&written));
    // The sizes in a type hold for what is given.
    let wrong = calls.replace("k + 1]", "k + 2]");
    assert_eq!(codes(&wrong), ["H0203"]);
    assert_eq!(codes(&calls.replace("step(m, m, 3, t)", "step(m, m, X, t)")), ["H0203"]);
}

/// The loss of this name in the standard library, as a formula.
fn library_loss(name: &str) -> hep_tensor::scalar::Expr {
    let text = format!(
        "program p\nuse losses.{name}\ndim n = 4\ndim f = 3\nowner X0 : real[n, f]\nowner y : class[n, 2]\n\
         secret X : real[n, f] = X0\nsecret Y : bit[n] = y\nlet score(w) = X @ w\n\
         train {{ var w : real[f] = 0\n for t in 1 .. 2 {{ w = w - grad({name}, Y, score, at = w) }} }}\nreveal w\n"
    );
    let source = SourceFile::new("p.hep", text);
    let linked = link(&parse(&source).unwrap(), &source, None).unwrap();
    let mut messages = names::check(&linked.file, &[]);
    let dims = dims::compute(&linked.file, &ResolveOptions::default(), &mut messages);
    assert!(messages.is_empty(), "{messages:?}");
    let resolver = Resolver::new(&linked.file, dims, messages);
    let losses: Vec<_> = resolver.losses.values().collect();
    let [loss] = losses.as_slice() else { panic!("{name}: {} losses", losses.len()) };
    formula::Formulas::loss(&resolver, loss).unwrap()
}

/// Both branches of every loss of the library: as they are written and in normal form, against dual numbers.
#[test]
fn derivatives_of_the_library_agree_with_dual_numbers() {
    use crate::approx::{Curve, Target};
    use hep_tensor::scalar::testing::dual;
    let library = include_str!("../../../../programs/std/losses.hep");
    let names: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("loss ")?.split('(').next()).collect();
    assert!(names.len() >= 7);
    for name in names {
        let loss = library_loss(name);
        let branches = crate::autodiff::labels::split(&loss, &[]).unwrap();
        for (label, branch) in [(0.0, &branches.g0), (1.0, &branches.g1)] {
            let curve = Curve::new(branch);
            let mut state = 0x9e37_79b9_7f4a_7c15u64;
            for _ in 0..500 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let z = (state >> 11) as f64 / (1u64 << 53) as f64 * 16.0 - 8.0;
                let expected = dual(&loss, label, z).1;
                for found in [branch.eval(f64::NAN, z), curve.value(z)] {
                    // The dual numbers lose what 1 - sigmoid(z) loses at 8.
                    assert!(
                        (found - expected).abs() <= 1e-10,
                        "{name} {label} at {z}: {found} and {expected}"
                    );
                }
            }
        }
    }
}
