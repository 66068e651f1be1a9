//! The interpreter against the same training written with plain loops.

use super::*;
use crate::testing::{CUBIC, data, numbers, quadratic_gradient};

/// The first program of the language page, element by element.
fn by_hand(inputs: &BTreeMap<String, Tensor>, c: usize, iterations: u32) -> Vec<f64> {
    let (x0, y) = (&inputs["X0"], &inputs["y"]);
    let (n, f) = (x0.shape[0], x0.shape[1]);
    let d = f + 1;
    let mean: Vec<f64> = (0..f).map(|j| (0..n).map(|i| x0.data[i * f + j]).sum::<f64>() / n as f64).collect();
    let x = |i: usize, j: usize| if j == 0 { 1.0 } else { x0.data[i * f + j - 1] - mean[j - 1] };
    let gram = |j: usize, k: usize| (0..n).map(|i| x(i, j) * x(i, k)).sum::<f64>().abs();
    let b: Vec<f64> =
        (0..d).map(|j| 1.0 / (1e-10 + 0.25 * (0..d).map(|k| gram(j, k)).sum::<f64>())).collect();
    let (mut w, mut v) = (vec![0.0; c * d], vec![0.0; c * d]);
    let eta = numbers(iterations as usize, 9);
    for t in 1..=iterations {
        let rate = 1.0 + 1.0 / (f64::from(t) * n as f64);
        let mut g = vec![0.0; c * d];
        for i in 0..n {
            for k in 0..c {
                let z: f64 = (0..d).map(|j| x(i, j) * v[k * d + j]).sum();
                let p = CUBIC.iter().rev().fold(0.0, |acc, a| acc * z + a);
                let e = p - if y.data[i] == k as f64 { 1.0 } else { 0.0 };
                (0..d).for_each(|j| g[k * d + j] += e * x(i, j));
            }
        }
        let eta = eta[t as usize - 1];
        for at in 0..c * d {
            let m = w[at] - rate * b[at % d] * g[at];
            w[at] = (1.0 - eta) * m + eta * v[at];
            v[at] = m;
        }
    }
    w
}

#[test]
fn training_is_what_the_source_says() {
    let program = quadratic_gradient(7, 3, 2, 3);
    let inputs = data(&program, 1);
    let mut seen = Vec::new();
    let reveals = run(&program, &inputs, &mut |step| {
        assert_eq!(step.values["V"].shape, [2, 4]);
        assert_eq!(step.values["M"], &step.carried[1]);
        seen.push(step.iteration);
    })
    .unwrap();
    assert_eq!(seen, [1, 2, 3]);
    let expected = Tensor::new(vec![2, 4], by_hand(&inputs, 2, 3)).unwrap();
    assert!(reveals["W"].max_difference(&expected) < 1e-13);
}

#[test]
fn scores_of_given_weights() {
    let program = quadratic_gradient(4, 2, 2, 1);
    let inputs = data(&program, 2);
    let ones = Tensor::filled(vec![2, 3], 1.0);
    let scores = scores(&program, &inputs, vec![ones.clone(), ones]).unwrap().unwrap();
    assert_eq!(scores.shape, [4, 2]);
    // The features are centered, so the scores of a class sum to the intercepts.
    assert!(((0..4).map(|i| scores.data[2 * i]).sum::<f64>() - 4.0).abs() < 1e-12);
}

#[test]
fn inputs_are_checked() {
    let program = quadratic_gradient(4, 2, 2, 1);
    let mut inputs = data(&program, 2);
    inputs.get_mut("y").unwrap().data[3] = 2.0;
    let error = Interpreter::new(&program, &inputs).unwrap_err();
    assert_eq!(error, InterpretError::InputValue { name: "y".into(), position: 3, value: 2.0 });
    inputs.insert("y".into(), Tensor::filled(vec![5], 0.0));
    assert!(matches!(Interpreter::new(&program, &inputs), Err(InterpretError::InputShape { .. })));
    inputs.remove("y");
    assert_eq!(Interpreter::new(&program, &inputs).unwrap_err(), InterpretError::MissingInput("y".into()));
}
