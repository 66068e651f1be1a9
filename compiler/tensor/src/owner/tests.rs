//! The parts in the clear against the interpreter.

use super::*;
use crate::graph::*;
use crate::interpret::{Interpreter, run, scores};
use crate::testing::{Frame, data, quadratic_gradient};
use hep_plan::tensor::Tensor;

#[test]
fn uploads_are_what_the_interpreter_encrypts() {
    let program = quadratic_gradient(6, 3, 2, 2);
    let inputs = data(&program, 1);
    let side = owner_program(&program).unwrap();
    assert_eq!(side.uploads, ["X", "Y", "B"]);
    assert_eq!(side.state, ["state:mean(X0, over = n)"]);
    let outputs = side.program.run(&inputs).unwrap();
    let interpreter = Interpreter::new(&program, &inputs).unwrap();
    for id in program.graph.ids() {
        if let Op::Encrypt { name } = &program.graph.node(id).op {
            assert_eq!(&outputs[name], interpreter.value(id).unwrap());
        }
    }
    assert_eq!(outputs.len(), 4);
}

#[test]
fn prediction_of_the_training_rows_and_of_single_rows() {
    let program = quadratic_gradient(6, 3, 2, 2);
    let inputs = data(&program, 1);
    let reveals = run(&program, &inputs, &mut |_| ()).unwrap();
    let expected =
        scores(&program, &inputs, vec![reveals["W"].clone(), reveals["V"].clone()]).unwrap().unwrap();

    let (predict, state) = predict_program(&program).unwrap().unwrap();
    let side = owner_program(&program).unwrap();
    assert_eq!(state, side.state);
    assert_eq!(predict.inputs(), ["X0", "state:mean(X0, over = n)", "W"]);
    let mut given = reveals;
    given.extend(side.program.run(&inputs).unwrap());
    given.insert("X0".into(), inputs["X0"].clone());
    assert!(predict.run(&given).unwrap()["scores"].max_difference(&expected) < 1e-15);
    // A row alone has the score it has among others: the statistics are those of the training rows.
    for row in 0..6 {
        let one = Tensor::new(vec![1, 3], inputs["X0"].data[row * 3..row * 3 + 3].to_vec()).unwrap();
        given.insert("X0".into(), one);
        let found = predict.run(&given).unwrap()["scores"].clone();
        assert_eq!(found.data, expected.data[row * 2..row * 2 + 2]);
    }
}

#[test]
fn predictions_that_no_new_row_has() {
    let mut program = quadratic_gradient(6, 3, 2, 2);
    program.reveals.remove(0);
    assert!(
        matches!(predict_program(&program), Err(OwnerError::NotRevealed { variable, .. }) if variable == "W")
    );

    let mut f = Frame::new(4, 2, 2, 1);
    let scores = f.e.t(f.w);
    let scores = f.e.matmul(f.x, scores);
    let shifted = f.e.sub(scores, f.y);
    let mean = f.e.0.reduce_over(hep_plan::host::Reduction::Mean, f.x, "n", Default::default()).unwrap();
    let total = f.e.add(f.x, mean);
    let (w, v) = (f.w, f.v);
    let mut program = f.finish(w, v, Vec::new());
    program.predict = Some(shifted);
    assert!(matches!(predict_program(&program), Err(OwnerError::Labels { .. } | OwnerError::InLoop { .. })));
    program.predict = Some(total);
    assert_eq!(predict_program(&program), Err(OwnerError::MixesRows { node: mean }));
    program.predict = None;
    assert_eq!(predict_program(&program), Ok(None));
}

#[test]
fn public_values_follow_the_iterations() {
    let mut f = Frame::new(4, 2, 2, 5);
    // A public loop variable with momentum-like recurrence a' = a / 2 + t.
    let ty = Type { dims: vec![], place: Place::Public, values: Values::Real, range: None };
    let param = f.e.0.carried(2, ty.clone(), Default::default());
    let last = f.e.0.final_value(2, ty, Default::default());
    let (half, one) = (f.e.num(0.5), f.e.num(1.0));
    let halved = f.e.mul(half, param);
    let next = f.e.add(halved, f.t);
    let product = f.e.mul(next, one);
    let twice = f.e.add(last, last);
    let (w, v, x) = (f.w, f.v, f.x);
    let mut program = f.finish(w, v, Vec::new());
    program.train.carried.push(Carried { name: "a".into(), init: one, param, next });
    let mut values = PublicValues::new(&program);
    let mut a = 1.0;
    let mut expected = Vec::new();
    for t in 1..=5 {
        expected.push(a);
        a = a / 2.0 + f64::from(t);
    }
    // Out of order, and again.
    for t in [5, 2, 1, 3, 4, 5] {
        assert_eq!(values.get(param, t), Some(Tensor::scalar(expected[t as usize - 1])));
    }
    assert_eq!(values.get(product, 5), Some(Tensor::scalar(a)));
    assert_eq!(values.get(twice, 0), Some(Tensor::scalar(2.0 * a)));
    assert_eq!(values.get(one, 77), Some(Tensor::scalar(1.0)));
    assert_eq!((values.get(param, 6), values.get(param, 0), values.get(x, 1)), (None, None, None));
}
