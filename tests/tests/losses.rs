//! Another loss is another line: what trains alike is the same plan, and what nobody thought of trains too.

use hep_compiler::explain::report;
use hep_format::files::plan_fingerprint;
use hep_tests::{compiled, data, encrypted, in_the_clear, small, with_loss};

const FOCAL: &str =
    "-(y * (1 - sigmoid(z)) ** 2 * log(sigmoid(z)) + (1 - y) * sigmoid(z) ** 2 * log(1 - sigmoid(z)))";
const SIZES: [(&str, usize); 3] = [("n", 24), ("f", 12), ("c", 3)];

fn fingerprint(loss: &str) -> String {
    plan_fingerprint(&compiled(&with_loss(loss), &small(10, &SIZES)).plan)
}

#[test]
fn three_spellings_of_one_gradient_are_one_plan() {
    let sle = fingerprint("-log(abs(1 - y - sigmoid(z)))");
    assert_eq!(sle, fingerprint("-(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))"));
    assert_eq!(sle, fingerprint("log(1 + exp(-(2 * y - 1) * z))"));
    assert_ne!(sle, fingerprint("(sigmoid(z) - y) ** 2 / 2"));
    assert_ne!(
        sle,
        fingerprint(
            "-(y * (1 - sigmoid(z)) ** 2 * log(sigmoid(z)) + (1 - y) * sigmoid(z) ** 2 * log(1 - sigmoid(z)))"
        )
    );
}

/// A label that multiplies a polynomial is multiplied into its coefficients, which are fresh.
#[test]
fn a_label_that_multiplies_costs_no_level_and_no_key_switch() {
    let counts = |loss: &str| report(&compiled(&with_loss(loss), &small(10, &SIZES)).plan).total;
    let plain = counts("log(1 + exp(-(2 * y - 1) * z))");
    for loss in ["(sigmoid(z) - y) ** 2 / 2", FOCAL] {
        let found = counts(loss);
        assert_eq!((found.levels, found.relinearizations), (plain.levels, plain.relinearizations), "{loss}");
        assert!(found.pt_products > plain.pt_products, "{loss}");
    }
}

#[test]
fn names_do_not_count() {
    let text = with_loss("-log(abs(1 - y - sigmoid(z)))");
    let renamed = text.replace("program mlr_quadratic_gradient", "program another").replace("sle", "mine");
    let (a, b) = (compiled(&text, &small(10, &SIZES)), compiled(&renamed, &small(10, &SIZES)));
    assert_eq!(plan_fingerprint(&a.plan), plan_fingerprint(&b.plan));
    assert_ne!(a.plan.info, b.plan.info);
}

/// Trains on ciphertexts and compares with the twin, relative to the largest weight.
fn trains(loss: &str) {
    let c = compiled(&with_loss(loss), &small(10, &SIZES));
    let data = data(&c.plan, 5);
    let (twin, found) = (&in_the_clear(&c, &data)[0].1["W"], &encrypted(&c.plan, &data, 2)["W"]);
    let error = found.max_difference(twin) / twin.max_abs();
    assert!(twin.max_abs() > 1e-3 && error < 1e-3, "{loss}: off by {error:e}");
}

#[test]
fn a_ridge_on_the_score_trains() {
    trains("log(1 + exp(-(2*y-1)*z)) + 0.01*z**2");
}

#[test]
fn a_crossed_square_trains() {
    trains("(1-y)*z**2 + y*(1-z)**2");
}
