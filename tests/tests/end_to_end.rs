//! Training on ciphertexts of a small ring: the result is the twin's, within the predicted noise, on any number of
//! threads.

use hep_tests::{compiled, data, encrypted, example, in_the_clear, promised, small};

fn trains(name: &str, ring: u32, dims: &[(&str, usize)]) {
    trains_text(name, &example(name), ring, dims);
}

fn trains_text(name: &str, text: &str, ring: u32, dims: &[(&str, usize)]) {
    let c = compiled(text, &small(ring, dims));
    let data = data(&c.plan, 3);
    let twin = &in_the_clear(&c, &data)[0].1;
    let one = encrypted(&c.plan, &data, 1);
    assert_eq!(one, encrypted(&c.plan, &data, 3), "the result depends on the number of threads");
    for output in &c.plan.outputs {
        let (found, meant) = (&one[&output.name], &twin[&output.name]);
        let predicted = promised(&c.plan, &data)[&output.name];
        let error = found.max_difference(meant);
        assert!(error <= predicted, "{name}: {} is off by {error:e}, predicted {predicted:e}", output.name);
        // A prediction that is always kept because it is far too pessimistic would be no prediction.
        assert!(error >= predicted / 1000.0, "{name}: error {error:e}, predicted {predicted:e}");
        assert!(meant.max_abs() > 1e-3, "the model did not move");
    }
}

#[test]
fn multiclass_with_the_quadratic_gradient() {
    trains("mlr_quadratic_gradient", 10, &[("n", 40), ("f", 12), ("c", 5), ("T", 3)]);
}

#[test]
fn the_published_program() {
    trains("mlr_published", 10, &[("n", 24), ("f", 20), ("c", 3)]);
}

#[test]
fn logistic_regression() {
    trains("lr_nesterov", 10, &[("n", 100), ("f", 30), ("T", 3)]);
}

#[test]
fn plain_descent_on_whitened_features() {
    trains("mlr_whitened", 10, &[("n", 40), ("f", 12), ("c", 5), ("T", 2)]);
}

#[test]
fn the_focal_loss_by_the_library() {
    trains("mlr_focal", 10, &[("n", 40), ("f", 12), ("c", 5), ("T", 2)]);
}

#[test]
fn linear_regression() {
    trains("linear_regression", 10, &[("n", 40), ("f", 12), ("T", 3)]);
}

#[test]
fn two_hidden_layers() {
    trains("nn_two_hidden", 10, &[("n", 24), ("f", 7), ("h1", 6), ("h2", 5), ("c", 3), ("T", 1)]);
}

#[test]
fn two_hidden_layers_and_one_output() {
    trains("nn_two_hidden_single", 10, &[("n", 23), ("f", 7), ("h1", 6), ("h2", 5), ("T", 1)]);
}

#[test]
fn one_hidden_layer() {
    // Its scores stay inside the range of the polynomials, as the prediction supposes.
    trains("nn_one_hidden", 10, &[("n", 30), ("f", 15), ("h", 4), ("c", 3), ("T", 1)]);
}

#[test]
fn one_hidden_layer_and_a_real_target() {
    trains("nn_one_hidden_regression", 10, &[("n", 24), ("f", 7), ("h", 6), ("T", 2)]);
}

/// Two batches of twelve rows.
#[test]
fn two_hidden_layers_on_mini_batches() {
    let text = example("nn_mini_batches").replace("size = 64", "size = n / 2");
    let dims = [("n", 24), ("f", 7), ("h1", 6), ("h2", 5), ("c", 3), ("T", 1)];
    trains_text("mini-batches", &text, 10, &dims);
}

/// The owner's first values are encrypted, random ones are public.
#[test]
fn first_values_from_data_and_at_random() {
    let text = example("lr_nesterov")
        .replace("var w : real[d] = 0", "var w : real[d] = 0.1 * mean(bias(X0), over = n)")
        .replace("var v : real[d] = 0", "var v : real[d] = normal(seed = 4, deviation = 0.1)");
    assert!(text.contains("mean(bias") && text.contains("normal"));
    trains_text("first values", &text, 10, &[("n", 100), ("f", 30), ("T", 2)]);
}
