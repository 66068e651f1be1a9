//! Derivatives against finite differences on random graphs, and against dense formulas.

use super::*;
use hep_plan::host::{HostOp, Unary};
use hep_plan::tensor::Tensor;
use hep_tensor::graph::{Op, Place, Type, Values};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn dims(names: &[&str]) -> Vec<Dim> {
    let size = |name: &str| match name {
        "n" => 4,
        "d" => 3,
        _ => 2,
    };
    names.iter().map(|n| Dim { name: (*n).into(), size: size(n) }).collect()
}

fn input(b: &mut Builder, name: &str, names: &[&str]) -> NodeId {
    let ty = Type { dims: dims(names), place: Place::Owner, values: Values::Real, range: None };
    b.input(name, ty, Span::default())
}

/// Numbers in −1 .. 1 that depend on the seed only.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn values_for(b: &Builder, seed: u64) -> BTreeMap<String, Tensor> {
    let mut values = BTreeMap::new();
    for id in b.graph.ids() {
        if let Op::Host(HostOp::Input(name)) = &b.graph.node(id).op {
            let shape = b.ty(id).shape();
            let data = numbers(shape.iter().product(), seed + id.index() as u64);
            values.insert(name.clone(), Tensor::new(shape, data).unwrap());
        }
    }
    values
}

fn evaluate(b: &Builder, inputs: &BTreeMap<String, Tensor>, of: NodeId) -> Tensor {
    let mut values: Vec<Tensor> = Vec::new();
    for id in b.graph.ids().take(of.index() + 1) {
        let operands: Vec<&Tensor> = b.graph.operands(id).iter().map(|o| &values[o.index()]).collect();
        let value = match &b.graph.node(id).op {
            Op::Host(HostOp::Input(name)) => inputs[name].clone(),
            Op::Host(op) => op.apply(&operands).unwrap(),
            _ => operands[0].clone(),
        };
        assert_eq!(value.shape, b.ty(id).shape(), "{id}");
        values.push(value);
    }
    values.swap_remove(of.index())
}

/// Largest difference between the gradient of Σ seed ∘ output by the input `name` and central differences,
/// relative to the largest derivative.
fn discrepancy(b: &mut Builder, output: NodeId, name: &str, wrt: NodeId, seed: u64) -> f64 {
    let mut inputs = values_for(b, seed);
    let weights = input(b, "weights", &[]);
    b.graph.node_mut(weights).ty.dims = b.dims(output).to_vec();
    let shape = b.ty(output).shape();
    let dense = Tensor::new(shape.clone(), numbers(shape.iter().product(), seed ^ 77)).unwrap();
    inputs.insert("weights".into(), dense.clone());
    let gradient = gradient(b, output, weights, wrt, Span::default()).unwrap();
    assert_eq!(b.dims(gradient), b.dims(wrt));
    let exact = evaluate(b, &inputs, gradient);
    let mut loss = |at: usize, h: f64| {
        let old = inputs[name].data[at];
        inputs.get_mut(name).unwrap().data[at] = old + h;
        let value = evaluate(b, &inputs, output);
        inputs.get_mut(name).unwrap().data[at] = old;
        value.data.iter().zip(&dense.data).map(|(x, y)| x * y).sum::<f64>()
    };
    let h = 1e-4;
    let mut worst: f64 = 0.0;
    for at in 0..exact.data.len() {
        // Four points: the error is of fourth order.
        let difference =
            (8.0 * (loss(at, h) - loss(at, -h)) - (loss(at, 2.0 * h) - loss(at, -2.0 * h))) / (12.0 * h);
        worst = worst.max((difference - exact.data[at]).abs());
    }
    worst / (1.0 + exact.max_abs())
}

/// One random operation; `None` if it does not fit its operands.
fn step(b: &mut Builder, kind: u8, x: NodeId, y: NodeId) -> Option<NodeId> {
    let s = Span::default();
    let node = match kind {
        0 => b.binary(Binary::Add, x, y, s),
        1 => b.binary(Binary::Sub, x, y, s),
        2 | 3 => b.binary(Binary::Mul, x, y, s),
        4..=6 => b.matmul(x, y, s),
        7 => b.transpose(y, s).and_then(|t| b.matmul(x, t, s)),
        8 => b.transpose(x, s).and_then(|t| b.matmul(t, y, s)),
        9 => b.reduce(Reduction::Sum, x, 0, s),
        10 => b.reduce(Reduction::Mean, x, b.dims(x).len().saturating_sub(1), s),
        11 => b.polynomial(vec![0.3, -0.5, 0.2, 0.1], x, s),
        12 => b.unary(Unary::Sigmoid, x, s),
        13 => b.unary(Unary::Tanh, x, s),
        14 => b.unary(Unary::Neg, x, s),
        15 => {
            // A quotient whose divisor is between 2 and 3, and its root and logarithm.
            let positive =
                b.unary(Unary::Sigmoid, y, s).and_then(|p| b.polynomial(vec![2.0, 1.0], p, s)).ok()?;
            let root = b.unary(Unary::Sqrt, positive, s).and_then(|r| b.unary(Unary::Log, r, s)).ok()?;
            b.binary(Binary::Div, x, positive, s).and_then(|q| b.binary(Binary::Add, q, root, s))
        }
        16 => {
            let base = b.unary(Unary::Tanh, x, s).and_then(|p| b.polynomial(vec![2.0, 1.0], p, s)).ok()?;
            let exponent = b.unary(Unary::Tanh, y, s).ok()?;
            b.binary(Binary::Pow, base, exponent, s)
        }
        _ => b.transpose(x, s),
    };
    node.ok().filter(|&id| b.dims(id).len() <= 2)
}

fn leaves(b: &mut Builder) -> Vec<(&'static str, NodeId)> {
    let shapes: [(&'static str, &[&str]); 6] = [
        ("x", &["n", "d"]),
        ("w", &["c", "d"]),
        ("z", &["n", "c"]),
        ("v", &["d"]),
        ("u", &["n"]),
        ("s", &[]),
    ];
    shapes.into_iter().map(|(name, names)| (name, input(b, name, names))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_graphs_agree_with_finite_differences(
        steps in prop::collection::vec((0u8..18, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..9),
        seed in 0u64..1000,
    ) {
        let mut b = Builder::default();
        let leaves = leaves(&mut b);
        let mut nodes: Vec<NodeId> = leaves.iter().map(|(_, id)| *id).collect();
        let mut output = nodes[0];
        for (kind, x, y) in steps {
            let (x, y) = (nodes[x.index(nodes.len())], nodes[y.index(nodes.len())]);
            // The last node goes on half of the time, so that graphs become deep.
            let x = if kind % 2 == 0 { output } else { x };
            if let Some(id) = step(&mut b, kind, x, y) {
                nodes.push(id);
                output = id;
            }
        }
        let scale = evaluate(&b, &values_for(&b, seed), output).max_abs();
        prop_assume!(scale < 1e4);
        for (name, wrt) in leaves {
            let error = discrepancy(&mut b, output, name, wrt, seed);
            prop_assert!(error < 1e-6, "by {name}: {error}");
        }
    }
}

#[test]
fn products_give_one_contraction_in_every_orientation() {
    let s = Span::default();
    let mut b = Builder::default();
    let x = input(&mut b, "x", &["n", "d"]);
    let w = input(&mut b, "w", &["c", "d"]);
    let e = input(&mut b, "e", &["n", "c"]);
    let wt = b.transpose(w, s).unwrap();
    let scores = b.matmul(x, wt, s).unwrap();
    let by_w = gradient(&mut b, scores, e, w, s).unwrap();
    let by_x = gradient(&mut b, scores, e, x, s).unwrap();
    for id in [by_w, by_x] {
        assert!(matches!(b.graph.node(id).op, Op::Host(HostOp::Contract { .. })));
    }
    let et = b.transpose(e, s).unwrap();
    let expected_w = b.matmul(et, x, s).unwrap();
    let expected_x = b.matmul(e, w, s).unwrap();
    let values = values_for(&b, 5);
    assert!(evaluate(&b, &values, by_w).max_difference(&evaluate(&b, &values, expected_w)) < 1e-14);
    assert!(evaluate(&b, &values, by_x).max_difference(&evaluate(&b, &values, expected_x)) < 1e-14);
}

#[test]
fn matrix_times_vector_and_vector_times_matrix() {
    let s = Span::default();
    let mut b = Builder::default();
    let x = input(&mut b, "x", &["n", "d"]);
    let (v, u) = (input(&mut b, "v", &["d"]), input(&mut b, "u", &["n"]));
    let (e, f) = (input(&mut b, "e", &["n"]), input(&mut b, "f", &["d"]));
    let xv = b.matmul(x, v, s).unwrap();
    let by_v = gradient(&mut b, xv, e, v, s).unwrap();
    let expected_v = b.matmul(e, x, s).unwrap();
    let by_x = gradient(&mut b, xv, e, x, s).unwrap();
    let outer = b.binary(Binary::Mul, e, v, s).unwrap();
    let ux = b.matmul(u, x, s).unwrap();
    let by_u = gradient(&mut b, ux, f, u, s).unwrap();
    let expected_u = b.matmul(x, f, s).unwrap();
    let values = values_for(&b, 6);
    for (found, expected) in [(by_v, expected_v), (by_x, outer), (by_u, expected_u)] {
        assert!(evaluate(&b, &values, found).max_difference(&evaluate(&b, &values, expected)) < 1e-14);
    }
    // A level per iteration hangs on it: no element-wise products with sums behind them.
    assert!(matches!(b.graph.node(by_v).op, Op::Host(HostOp::Contract { .. })));
    assert!(matches!(b.graph.node(by_u).op, Op::Host(HostOp::Contract { .. })));
}

#[test]
fn squares_repeated_dims_and_renamed_dims() {
    let mut b = Builder::default();
    let s = Span::default();
    let x = input(&mut b, "x", &["n", "d"]);
    let xt = b.transpose(x, s).unwrap();
    let gram = b.matmul(xt, x, s).unwrap();
    let squared = b.binary(Binary::Mul, gram, gram, s).unwrap();
    let renamed =
        b.rename_dims(squared, vec![Dim { name: "p".into(), size: 3 }, Dim { name: "q".into(), size: 3 }]);
    let half = b.reduce(Reduction::Mean, renamed.unwrap(), 1, s).unwrap();
    assert!(discrepancy(&mut b, half, "x", x, 3) < 1e-6);
}

#[test]
fn independence_seeds_and_refusals() {
    let mut b = Builder::default();
    let s = Span::default();
    let x = input(&mut b, "x", &["n", "d"]);
    let v = input(&mut b, "v", &["d"]);
    let total = b.reduce(Reduction::Sum, x, 0, s).unwrap();
    let one = b.constant(1.0, s);
    let zero = gradient(&mut b, total, one, v, s).unwrap();
    assert_eq!(b.as_constant(zero), Some(&Tensor::filled(vec![3], 0.0)));
    let ones = gradient(&mut b, total, one, x, s).unwrap();
    assert_eq!(b.as_constant(ones), Some(&Tensor::filled(vec![4, 3], 1.0)));
    assert_eq!(gradient(&mut b, v, v, v, s), Ok(v));
    assert!(matches!(gradient(&mut b, total, x, x, s), Err(ReverseError::Seed { .. })));
    let biased = b.bias(x, Dim { name: "k".into(), size: 4 }, s).unwrap();
    assert!(matches!(gradient(&mut b, biased, one, x, s), Err(ReverseError::NotDifferentiable { .. })));
    let secret = b.encrypt("S", v, s).unwrap();
    let square = b.polynomial(vec![0.0, 0.0, 1.0], secret, s).unwrap();
    assert!(matches!(
        gradient(&mut b, square, v, secret, s),
        Err(ReverseError::Build(BuildError::OwnerMeetsSecret { .. }))
    ));
    assert!(gradient(&mut b, square, one, secret, s).is_ok());
}

#[test]
fn absolute_values_have_slope_zero_at_zero() {
    let mut b = Builder::default();
    let s = Span::default();
    let v = input(&mut b, "v", &["d"]);
    let size = b.unary(Unary::Abs, v, s).unwrap();
    let one = b.constant(1.0, s);
    let slope = gradient(&mut b, size, one, v, s).unwrap();
    let values = BTreeMap::from([("v".to_string(), Tensor::new(vec![3], vec![-2.0, 0.0, 1e-3]).unwrap())]);
    assert_eq!(evaluate(&b, &values, slope).data, [-1.0, 0.0, 1.0]);
}
