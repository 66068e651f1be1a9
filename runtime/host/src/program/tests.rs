//! Each operation against a value computed by hand or a plain loop.

use super::*;
use hep_text::reading::Lines;

fn tensor(shape: &[usize], data: &[f64]) -> Tensor {
    Tensor::new(shape.to_vec(), data.to_vec()).unwrap()
}

#[test]
fn contraction_covers_all_three_matrix_products() {
    let a = tensor(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let b = tensor(&[2, 3], &[1.0, 0.0, 2.0, 0.0, 1.0, 1.0]);
    let product = |left: &[usize], right: &[usize], sum, out: &[usize]| {
        HostOp::Contract { left: left.into(), right: right.into(), sum, out: out.into() }
            .apply(&[&a, &b])
            .unwrap()
    };
    assert_eq!(product(&[0, 2], &[1, 2], 2, &[0, 1]), tensor(&[2, 2], &[7.0, 5.0, 16.0, 11.0]));
    assert_eq!(product(&[0, 2], &[1, 2], 2, &[1, 0]), tensor(&[2, 2], &[7.0, 16.0, 5.0, 11.0]));
    assert_eq!(
        product(&[2, 0], &[2, 1], 2, &[0, 1]),
        tensor(&[3, 3], &[1.0, 4.0, 6.0, 2.0, 5.0, 9.0, 3.0, 6.0, 12.0])
    );
}

#[test]
fn broadcasting_goes_by_result_axis() {
    let row = tensor(&[3], &[1.0, 2.0, 3.0]);
    let matrix = tensor(&[2, 3], &[1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    let op = HostOp::Binary { f: Binary::Mul, left: vec![1], right: vec![0, 1], rank: 2 };
    assert_eq!(op.apply(&[&row, &matrix]).unwrap().data, [1.0, 2.0, 3.0, 2.0, 4.0, 6.0]);
    let wrong = HostOp::Binary { f: Binary::Mul, left: vec![0], right: vec![0, 1], rank: 2 };
    assert!(matches!(wrong.apply(&[&row, &matrix]), Err(HostError::Shape { .. })));
}

#[test]
fn labels_outside_the_classes_are_refused() {
    let y = tensor(&[3], &[0.0, 2.0, 3.0]);
    let found = HostOp::OneHot { classes: 3 }.apply(&[&y]);
    assert_eq!(found, Err(HostError::Label { row: 2, found: 3.0, classes: 3 }));
}

#[test]
fn a_program_runs_by_name() {
    let program = HostProgram {
        nodes: vec![
            HostNode { op: HostOp::Input("x".into()), operands: vec![] },
            HostNode { op: HostOp::Reduce { kind: Reduction::Mean, axis: 0 }, operands: vec![0] },
            HostNode {
                op: HostOp::Binary { f: Binary::Sub, left: vec![0, 1], right: vec![1], rank: 2 },
                operands: vec![0, 1],
            },
            HostNode { op: HostOp::BiasColumn, operands: vec![2] },
        ],
        outputs: vec![("a".into(), 3)],
    };
    let inputs = BTreeMap::from([("x".to_string(), tensor(&[2, 1], &[1.0, 3.0]))]);
    assert_eq!(program.run(&inputs).unwrap()["a"], tensor(&[2, 2], &[1.0, -1.0, 1.0, 1.0]));
    assert_eq!(program.run(&BTreeMap::new()), Err(HostError::MissingInput("x".into())));
}

#[test]
fn tiles_of_a_product_do_not_change_the_order_of_additions() {
    let numbers = |count: usize, seed: usize| -> Vec<f64> {
        (0..count).map(|i| ((i * 37 + seed * 101) % 199) as f64 / 7.0 - 13.0).collect()
    };
    for (rows, columns, depth) in [(1, 1, 1), (3, 9, 8), (9, 17, 530), (8, 8, 256), (20, 5, 1031), (2, 3, 7)]
    {
        let (a, b) = (tensor(&[rows, depth], &numbers(rows * depth, 1)), numbers(columns * depth, 2));
        let b = tensor(&[columns, depth], &b);
        let op = HostOp::Contract { left: vec![0, 2], right: vec![1, 2], sum: 2, out: vec![0, 1] };
        let found = op.apply(&[&a, &b]).unwrap();
        for i in 0..rows {
            for j in 0..columns {
                let (x, y) = (&a.data[i * depth..(i + 1) * depth], &b.data[j * depth..(j + 1) * depth]);
                let mut lanes = [0.0; 8];
                let whole = depth - depth % 8;
                (0..whole).for_each(|k| lanes[k % 8] += x[k] * y[k]);
                let tail: f64 = (whole..depth).map(|k| x[k] * y[k]).sum();
                let expected = lanes.iter().sum::<f64>() + tail;
                assert_eq!(found.data[i * columns + j].to_bits(), expected.to_bits());
            }
        }
    }
}

/// Centered rows times weights, and the sum of the rows beside.
fn centered_product() -> HostProgram {
    let node = |op, operands: &[u32]| HostNode { op, operands: operands.to_vec() };
    HostProgram {
        nodes: vec![
            node(HostOp::Input("x".into()), &[]),
            node(HostOp::Reduce { kind: Reduction::Mean, axis: 0 }, &[0]),
            node(HostOp::Binary { f: Binary::Sub, left: vec![0, 1], right: vec![1], rank: 2 }, &[0, 1]),
            node(HostOp::Input("w".into()), &[]),
            node(HostOp::Contract { left: vec![0, 1], right: vec![1], sum: 1, out: vec![0] }, &[2, 3]),
            node(HostOp::Reduce { kind: Reduction::Sum, axis: 0 }, &[0]),
        ],
        outputs: vec![("scores".into(), 4), ("sum".into(), 5)],
    }
}

#[test]
fn programs_become_smaller_and_compute_the_same() {
    let program = centered_product();
    let x = ("x".to_string(), tensor(&[3, 2], &[1.0, 2.0, 3.0, 5.0, 8.0, 13.0]));
    let w = ("w".to_string(), tensor(&[2], &[0.5, -0.25]));
    let all = BTreeMap::from([x.clone(), w.clone()]);
    let expected = program.run(&all).unwrap();

    let sum = program.clone().only(|name| name == "sum");
    assert_eq!(sum.nodes.len(), 2);
    assert_eq!(sum.run(&BTreeMap::from([x.clone()])).unwrap()["sum"], expected["sum"]);

    let prepared = program.clone().given(&BTreeMap::from([x])).unwrap();
    assert_eq!(prepared.inputs(), ["w"]);
    assert_eq!(prepared.nodes.len(), 4);
    assert_eq!(prepared.run(&BTreeMap::from([w.clone()])).unwrap(), expected);
    // What is not given stays an input.
    assert_eq!(program.given(&BTreeMap::from([w])).unwrap().run(&all).unwrap(), expected);
}

#[test]
fn malformed_programs_are_no_panic() {
    let backwards = HostNode { op: HostOp::Unary(Unary::Neg), operands: vec![7] };
    let program = HostProgram { nodes: vec![backwards], outputs: vec![("a".into(), 0)] };
    assert_eq!(program.run(&BTreeMap::new()), Err(HostError::Malformed(0)));
    assert_eq!(program.clone().given(&BTreeMap::new()), Err(HostError::Malformed(0)));
    assert_eq!(program.only(|_| true).run(&BTreeMap::new()), Err(HostError::Malformed(0)));
}

/// A A^T + ridge of pseudo-random numbers: symmetric and positive definite.
fn definite(size: usize) -> Tensor {
    let entry = |i: usize, j: usize| ((i * 37 + j * 101 + i * j * 7) % 97) as f64 / 97.0 - 0.5;
    let mut out = Tensor::filled(vec![size, size], 0.0);
    for i in 0..size {
        for j in 0..size {
            let product: f64 = (0..size).map(|k| entry(i, k) * entry(j, k)).sum();
            out.data[i * size + j] = product + if i == j { 0.1 } else { 0.0 };
        }
    }
    out
}

#[test]
fn factors_and_inverses_give_back_the_matrix() {
    let product = |a: &Tensor, b: &Tensor, right: [usize; 2]| {
        HostOp::Contract { left: vec![0, 1], right: right.into(), sum: 1, out: vec![0, 2] }
            .apply(&[a, b])
            .unwrap()
    };
    for size in [1, 2, 7, 40] {
        let a = definite(size);
        let one = HostOp::Identity { size }.apply(&[]).unwrap();
        let lower = HostOp::Cholesky.apply(&[&a]).unwrap();
        assert!(product(&lower, &lower, [2, 1]).max_difference(&a) < 1e-12);
        assert!((0..size).all(|i| (i + 1..size).all(|j| lower.data[i * size + j] == 0.0)));
        // A full matrix, and a triangular one.
        for matrix in [&a, &lower] {
            let inverse = HostOp::Inverse.apply(&[matrix]).unwrap();
            assert!(product(&inverse, matrix, [1, 2]).max_difference(&one) < 1e-10, "{size}");
        }
    }
    let swapped = tensor(&[2, 2], &[0.0, 2.0, 4.0, 0.0]);
    assert_eq!(HostOp::Inverse.apply(&[&swapped]).unwrap().data, [0.0, 0.25, 0.5, 0.0]);
}

#[test]
fn singular_matrices_say_what_to_do() {
    let singular = tensor(&[2, 2], &[1.0, 2.0, 2.0, 4.0]);
    for (op, matrix) in [
        (HostOp::Cholesky, &singular),
        (HostOp::Inverse, &singular),
        (HostOp::Cholesky, &tensor(&[2, 2], &[1.0, 2.0, 2.0, 1.0])),
        (HostOp::Cholesky, &tensor(&[2, 2], &[2.0, 1.0, 0.0, 2.0])),
        (HostOp::Inverse, &tensor(&[2, 2], &[1.0, 0.0, 1.0, 0.0])),
        (HostOp::Inverse, &tensor(&[1, 1], &[f64::NAN])),
        (HostOp::Cholesky, &tensor(&[1, 1], &[f64::NAN])),
    ] {
        let error = op.apply(&[matrix]).unwrap_err().to_string();
        assert!(error.contains("; where features depend on each other, add a ridge"), "{error}");
    }
    assert!(matches!(HostOp::Inverse.apply(&[&tensor(&[1, 2], &[1.0, 2.0])]), Err(HostError::Shape { .. })));
}

#[test]
fn means_of_equal_numbers_are_exact() {
    let mean = |data: &[f64]| {
        let x = tensor(&[data.len(), 1], data);
        HostOp::Reduce { kind: Reduction::Mean, axis: 0 }.apply(&[&x]).unwrap().data[0]
    };
    for value in [0.1, 1e9 + 0.1, -1.0 / 3.0, 5e-324] {
        for rows in [1, 3, 10, 1023] {
            assert_eq!(mean(&vec![value; rows]).to_bits(), value.to_bits());
        }
    }
    assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
    assert!(mean(&[]).is_nan() && mean(&[1.0, f64::INFINITY]).is_infinite());
    // A sum stays a sum, over inner and outer axes.
    let x = tensor(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let reduced = |kind, axis| HostOp::Reduce { kind, axis }.apply(&[&x]).unwrap().data;
    assert_eq!(reduced(Reduction::Sum, 0), [5.0, 7.0, 9.0]);
    assert_eq!(reduced(Reduction::Sum, 1), [6.0, 15.0]);
    assert_eq!(reduced(Reduction::Mean, 0), [2.5, 3.5, 4.5]);
    assert_eq!(reduced(Reduction::Mean, 1), [2.0, 5.0]);
}

#[test]
fn a_ratio_over_zero_is_zero() {
    let op = HostOp::Binary { f: Binary::Ratio, left: vec![0], right: vec![0], rank: 1 };
    let (a, b) = (tensor(&[4], &[1.0, 0.0, -3.0, 2.0]), tensor(&[4], &[0.0, -0.0, 2.0, 0.5]));
    assert_eq!(op.apply(&[&a, &b]).unwrap().data, [0.0, 0.0, -1.5, 4.0]);
}

#[test]
fn values_that_are_no_numbers_are_located() {
    let mut program = HostProgram::default();
    let x = program.push(HostOp::Input("x".into()), vec![]);
    let root = program.push(HostOp::Unary(Unary::Log), vec![x]);
    let sum = program.push(HostOp::Reduce { kind: Reduction::Sum, axis: 0 }, vec![root]);
    program.outputs = vec![("sum".into(), sum)];
    let given = |data: &[f64]| BTreeMap::from([("x".to_string(), tensor(&[2, 2], data))]);
    assert!(program.run_finite(&given(&[1.0; 4])).is_ok());
    let found = program.run_finite(&given(&[1.0, 1.0, 0.0, -1.0])).unwrap_err();
    assert_eq!(found.to_string(), "`log` of shape [2, 2] gives -inf in row 2, column 1");
    assert!(program.run(&given(&[0.0; 4])).is_ok());
}

/// More features than there are unit vectors in memory at once.
#[test]
fn coefficients_of_many_features_are_found_in_blocks() {
    let columns = 1500;
    let weights: Vec<f64> = (0..columns).map(|c| (c % 11) as f64 - 5.0 + c as f64 * 1e-4).collect();
    let program = HostProgram {
        nodes: vec![
            HostNode { op: HostOp::Input("x".into()), operands: vec![] },
            HostNode { op: HostOp::Input("w".into()), operands: vec![] },
            HostNode {
                op: HostOp::Contract { left: vec![0, 1], right: vec![1], sum: 1, out: vec![0] },
                operands: vec![0, 1],
            },
            HostNode { op: HostOp::Constant(tensor(&[], &[0.5])), operands: vec![] },
            HostNode {
                op: HostOp::Binary { f: Binary::Add, left: vec![0], right: vec![], rank: 1 },
                operands: vec![2, 3],
            },
        ],
        outputs: vec![("scores".into(), 4)],
    };
    let values = BTreeMap::from([("w".to_string(), tensor(&[columns], &weights))]);
    let found = affine::affine(&program, &values, "x", columns).expect("scores are affine");
    assert_eq!(found.intercepts.data, [0.5]);
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * b.abs();
    assert!(found.coefficients.data.iter().zip(&weights).all(close), "{:?}", found.coefficients);
}

/// A power of the features outgrows all numbers where the units are: it has no coefficients.
#[test]
fn what_overflows_is_not_affine() {
    let program = HostProgram {
        nodes: vec![
            HostNode { op: HostOp::Input("x".into()), operands: vec![] },
            HostNode { op: HostOp::Reduce { kind: Reduction::Sum, axis: 1 }, operands: vec![0] },
            HostNode {
                op: HostOp::Polynomial(vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
                operands: vec![1],
            },
        ],
        outputs: vec![("scores".into(), 2)],
    };
    assert_eq!(affine::affine(&program, &BTreeMap::new(), "x", 3), None);
}

#[test]
fn every_operation_is_read_back_from_its_text() {
    let constant = |shape: &[usize], data: &[f64]| {
        HostOp::Constant(Tensor::new(shape.to_vec(), data.to_vec()).expect("as many numbers"))
    };
    let mut program = HostProgram::default();
    for name in ["X0", "state:mean(X0, over = n) = %1"] {
        program.push(HostOp::Input(name.into()), vec![]);
    }
    for f in Unary::ALL {
        program.push(HostOp::Unary(f), vec![0]);
    }
    for f in Binary::ALL {
        program.push(HostOp::Binary { f, left: vec![0, 2], right: vec![1], rank: 3 }, vec![0, 1]);
    }
    let scalar = HostOp::Binary { f: Binary::Add, left: vec![], right: vec![], rank: 0 };
    let contract = HostOp::Contract { left: vec![1, 0], right: vec![1, 2], sum: 1, out: vec![0, 2] };
    for (op, operands) in [
        (constant(&[], &[0.1 + 0.2]), vec![]),
        (constant(&[2, 3], &[0.0, -0.0, -0.0, 1e-300, 1e300, 7.0]), vec![]),
        (constant(&[0], &[]), vec![]),
        (constant(&[1], &[4.0]), vec![]),
        (scalar, vec![1, 1]),
        (contract, vec![0, 0]),
        (HostOp::Reduce { kind: Reduction::Sum, axis: 1 }, vec![0]),
        (HostOp::Reduce { kind: Reduction::Mean, axis: 0 }, vec![0]),
        (HostOp::Permute(vec![1, 0]), vec![0]),
        (HostOp::BiasColumn, vec![0]),
        (HostOp::OneHot { classes: 3 }, vec![0]),
        (HostOp::Normal { seed: 5, shape: vec![2, 2] }, vec![]),
        (HostOp::Element, vec![0, 1]),
        (HostOp::Polynomial(vec![0.5, -1e-9]), vec![0]),
        (HostOp::Identity { size: 4 }, vec![]),
        (HostOp::Cholesky, vec![0]),
        (HostOp::Inverse, vec![0]),
    ] {
        program.push(op, operands);
    }
    program.outputs.push(("X * B = y".into(), 3));
    let mut text = String::new();
    for (index, node) in program.nodes.iter().enumerate() {
        text += &format!("%{index} = {}\n", node.text());
    }
    text += "result X * B = y = %3\n";
    assert_eq!(HostProgram::read(&mut Lines::of(&text)), Ok(program));
    for (line, message) in [
        ("%1 = abs %0", "line 1: expected `0 `, found `1 = abs %0`"),
        ("%0 = absent %0", "line 1: expected an operation, found `absent %0`"),
        ("%0 = abs %0", "line 1: expected `%` with a number below 0, found `%0`"),
        ("%0 = constant[2] [3×1]", "line 1: expected as many numbers as the shape has, found `[2] [3×1]`"),
        ("%0 = constant[2] [4294967295×1]", "line 1: expected fewer numbers, found `[2] [4294967295×1]`"),
        ("result w = %0", "line 1: expected `%` with a number below 0, found `%0`"),
    ] {
        let found = HostProgram::read(&mut Lines::of(line)).expect_err(line);
        assert_eq!(found.to_string(), message);
    }
}
