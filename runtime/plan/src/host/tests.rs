//! Each operation against a value computed by hand or a plain loop.

use super::*;

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
