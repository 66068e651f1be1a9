//! Every stage of the programs at sizes a person can read.

use hep_compiler::{ckks, slot, syntax, tensor};
use hep_tests::{compiled, example, small};

/// Five samples, three features and the bias, three classes: at 64 slots a sample has a row of eight, and features and
/// samples share bits.
const SIZES: [(&str, usize); 3] = [("n", 5), ("f", 3), ("c", 3)];

fn stages(name: &str, dims: &[(&str, usize)]) {
    let c = compiled(&example(name), &small(7, dims));
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("{name}.1_ast"), syntax::print::print(&c.analysis.ast));
        insta::assert_snapshot!(format!("{name}.2_tensor"), c.analysis.program.to_string());
        insta::assert_snapshot!(format!("{name}.3_passes"), c.tensor.to_string());
        insta::assert_snapshot!(format!("{name}.4_slot"), slot::print::print(&c.slot));
        insta::assert_snapshot!(format!("{name}.5_ckks"), ckks::print::print(&c.ckks));
        insta::assert_snapshot!(format!("{name}.6_plan"), hep_plan::print::print(&c.plan));
        insta::assert_snapshot!(format!("{name}.7_explain"), hep_compiler::explain::text(&c.plan));
    });
    // What is read from their text is as sound as they are.
    for program in [&c.analysis.program, &c.tensor] {
        let again = tensor::read::read(&program.to_string()).expect("the text of a tensor graph");
        assert_eq!((tensor::verify::verify(&again), again.to_string()), (vec![], program.to_string()));
    }
    let slots = slot::read::read(&slot::print::print(&c.slot)).expect("the text of a slot graph");
    assert_eq!(slot::verify::verify(&slots), Vec::<String>::new());
    let schedule = ckks::read::read(&ckks::print::print(&c.ckks)).expect("the text of a schedule");
    assert_eq!(ckks::verify::verify(&schedule), Vec::<String>::new());
    let plan = hep_plan::read::read(&hep_plan::print::print(&c.plan)).expect("the text of a plan");
    assert_eq!(plan.validate(), Ok(()));
}

#[test]
fn mlr_quadratic_gradient() {
    stages("mlr_quadratic_gradient", &SIZES);
}

#[test]
fn mlr_published() {
    stages("mlr_published", &SIZES);
}

#[test]
fn lr_nesterov() {
    stages("lr_nesterov", &[("n", 5), ("f", 3), ("T", 2)]);
}

/// Layers of three and five units share bits of the row, so that their weights are turned.
#[test]
fn nn_two_hidden() {
    stages("nn_two_hidden", &[("n", 5), ("f", 3), ("h1", 3), ("h2", 5), ("c", 3), ("T", 1)]);
}

#[test]
fn nn_two_hidden_single() {
    stages("nn_two_hidden_single", &[("n", 5), ("f", 3), ("h1", 3), ("h2", 5), ("T", 1)]);
}

#[test]
fn nn_one_hidden() {
    stages("nn_one_hidden", &[("n", 5), ("f", 3), ("h", 6), ("c", 3), ("T", 1)]);
}

#[test]
fn nn_one_hidden_regression() {
    stages("nn_one_hidden_regression", &[("n", 5), ("f", 3), ("h", 3), ("T", 1)]);
}

#[test]
fn linear_regression() {
    stages("linear_regression", &[("n", 5), ("f", 3), ("T", 2)]);
}

#[test]
fn mlr_whitened() {
    stages("mlr_whitened", &SIZES);
}

#[test]
fn mlr_focal() {
    stages("mlr_focal", &SIZES);
}
