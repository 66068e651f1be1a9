//! Sums whose terms come from different levels have a schedule, whatever they are made of.

use hep_compiler::source::SourceFile;
use hep_compiler::{Compilation, Options, ckks, compile};
use hep_tests::{compiled, data, encrypted, forms_agree, in_the_clear, small};
use proptest::prelude::*;

/// What three variables over d become; `u` is secret data, and the third begins as a public number.
fn program([first, second, third]: [&str; 3], iterations: u32) -> String {
    format!(
        "program mixed
         dim n = 4  dim d = 6
         owner X0 : real[n, d] in 0 .. 1
         owner y : class[n, 2]
         secret u : real[d] = 0.4 * mean(X0, over = n)
         train {{ var v0 : real[d] = u  var v1 : real[d] = u  var v2 : real[d] = 0.3
           for t in 1 .. {iterations} {{ v0, v1, v2 = {first}, {second}, {third} }} }}
         reveal v0, v1"
    )
}

/// Bodies in which no scale is left to choose for some sum, with their iterations.
const FIXED: [([&str; 3], u32); 2] = [
    (["u * v0 + v2", "0.5 * v1 * v1 + u * v0 * v0 + u * v1 + u", "v2"], 4),
    (["u * v1 + v0", "0.5 * v1 * v1 + u * v0 * v0 + u * v1 + u", "v0 * v1 + v2"], 4),
];

fn options() -> Options {
    Options { precision_bits: 1.0, ..small(6, &[]) }
}

/// Products of one ciphertext with ones: nothing but a correction makes them.
fn corrections(c: &Compilation) -> usize {
    let ones = |op: &ckks::graph::Op| match op {
        ckks::graph::Op::SumMulPlain(with) => {
            with.len() == 1 && c.ckks.constants[with[0].0 as usize].as_splat() == Some(1.0)
        }
        _ => false,
    };
    c.ckks.graph.ids().filter(|id| ones(&c.ckks.graph.node(*id).op)).count()
}

#[test]
fn corrected_sums_are_as_precise_as_predicted() {
    for (updates, iterations) in FIXED {
        let c = compiled(&program(updates, iterations), &options());
        assert!(corrections(&c) > 0);
        let data = data(&c.plan, 5);
        forms_agree(&c, &data).unwrap_or_else(|e| panic!("{e}"));
        let meaning = &in_the_clear(&c, &data)[0].1;
        let found = encrypted(&c.plan, &data, 2);
        for output in &c.plan.outputs {
            let error = found[&output.name].max_difference(&meaning[&output.name]);
            let predicted = (-output.precision_bits).exp2();
            assert!(error <= predicted, "{error:e} exceeds {predicted:e}");
            assert!(meaning[&output.name].max_abs() > 1e-3, "nothing was computed");
        }
    }
}

/// Sums and products of the variables, the data and a number.
fn expression() -> BoxedStrategy<String> {
    let leaf = prop::sample::select(vec!["u", "u", "v0", "v1", "v2"]).prop_map(String::from);
    let nested = leaf.prop_recursive(3, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            9 => two.clone().prop_map(|(a, b)| format!("({a} + {b})")),
            9 => two.prop_map(|(a, b)| format!("{a} * {b}")),
            2 => inner.prop_map(|a| format!("0.5 * {a}")),
        ]
    });
    nested.boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Without corrections about one in thirty has none.
    #[test]
    fn every_body_has_a_schedule(
        a in expression(), b in expression(), c in expression(), damped: bool, iterations in 2u32..6,
    ) {
        let a = if damped { format!("0.3 * ({a})") } else { a };
        // Everything that is revealed depends on the data.
        let text = program([&format!("{a} + u"), &format!("({b}) * u"), &c], iterations);
        match compile(&SourceFile::new("test.hep", text.clone()), &options()) {
            Ok(c) => forms_agree(&c, &data(&c.plan, 7)).map_err(TestCaseError::fail)?,
            Err(found) => prop_assert!(found.iter().all(|m| m.code == "H0501"), "{text}\n{found:?}"),
        }
    }
}
