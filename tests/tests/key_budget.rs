//! Programs under a budget of keys: the same numbers from fewer keys, in every form and on ciphertexts.

use hep_compiler::diagnostics::render::render_all;
use hep_compiler::optimization::{Optimization, Optimizations};
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, analyze, compile, explain, lower};
use hep_plan::cost::SECONDS_PER_KEY_BYTE;
use hep_plan::setting::Setting;
use hep_tests::advice::proposed;
use hep_tests::{compiled, data, encrypted, example, in_the_clear, promised, small};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn budgeted(options: &Options, share: f64, whole: u64) -> Options {
    Options { key_budget: (whole as f64 * share) as u64, ..options.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn fewer_keys_keep_the_meaning(
        n in 2usize..40, f in 1usize..16, c in 2usize..6, name in 0usize..3, share in 0.4f64..0.95, seed in 1u64..1000,
    ) {
        let name = ["mlr_quadratic_gradient", "mlr_published", "lr_nesterov"][name];
        let sizes = [("n", n), ("f", f), ("c", c)];
        let sizes = if name == "lr_nesterov" { &sizes[..2] } else { &sizes };
        let options = Options { precision_bits: 1.0, ..small(9, sizes) };
        let whole = compiled(&example(name), &options).plan;
        let options = budgeted(&options, share, whole.eval_key_memory());
        let file = SourceFile::new("test.hep", example(name));
        let analysis = analyze(&file, &options).expect("an example");
        let c = match lower(analysis, &options) {
            Ok(c) => c,
            Err(refusal) => {
                // A small program may have few keys to spare, beside the one that relinearizes.
                let text = render_all(&[refusal.message], &file);
                prop_assert!(share < 0.7 && text.contains("H0506"), "{}", text);
                return Ok(());
            }
        };
        prop_assert!(c.plan.eval_key_memory() <= options.key_budget);
        prop_assert_eq!(c.plan.validate(), Ok(()));
        prop_assert!(c.plan.keys.len() < whole.keys.len() || c.plan.params != whole.params);
        let forms = in_the_clear(&c, &data(&c.plan, seed));
        let (_, meaning) = &forms[0];
        for (form, found) in &forms[1..] {
            for (name, tensor) in meaning {
                let tolerance = 1e-9 * tensor.max_abs().max(1.0);
                prop_assert!(found[name].max_difference(tensor) <= tolerance, "{} of the {}", name, form);
            }
        }
    }
}

#[test]
fn six_tenths_of_the_keys_train_as_well() {
    let text = example("mlr_quadratic_gradient");
    // Under a budget rotate-and-add has no key to spare for wide steps; without them the counts can be compared.
    let optimizations = Optimizations::default().without(Optimization::Radix4);
    let options = Options { optimizations, ..small(11, &[("n", 16), ("f", 14), ("c", 4)]) };
    let whole = compiled(&text, &options).plan;
    let options = budgeted(&options, 0.6, whole.eval_key_memory());
    let c = compiled(&text, &options);
    assert!(c.plan.eval_key_memory() <= options.key_budget);
    let (composed, extra) = c.plan.composed_rotations();
    assert!(composed > 0 && extra <= composed);
    let more = c.plan.summary().total.rotations - whole.summary().total.rotations;
    assert_eq!(more, extra, "explain says what fewer keys cost");
    let report = explain::text(&c.plan);
    assert!(
        report.contains(&format!("{composed} rotations start from others, {extra} rotations more")),
        "{report}"
    );
    assert!(!explain::text(&whole).contains("start from others"));
    let data = data(&c.plan, 3);
    let (_, meaning) = &in_the_clear(&c, &data)[0];
    let found = encrypted(&c.plan, &data, 2);
    let promised = promised(&c.plan, &data);
    for output in &c.plan.outputs {
        let error = found[&output.name].max_difference(&meaning[&output.name]);
        assert!(error <= promised[&output.name], "{error:e}");
    }
}

/// What a budget of keys leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Under {
    bytes: u64,
    /// Predicted seconds, with those to read the keys.
    seconds: f64,
    scale_bits: u32,
}

/// The plan that a budget leads to; what it lacks where it is refused.
fn under(text: &str, options: &Options, budget: u64) -> Result<Under, u64> {
    let file = SourceFile::new("test.hep", text);
    match compile(&file, &Options { key_budget: budget, ..options.clone() }) {
        Ok(c) => {
            let bytes = c.plan.eval_key_memory();
            assert!(bytes <= budget);
            Ok(Under { bytes, seconds: c.seconds, scale_bits: c.scale_bits })
        }
        Err(list) => Err(proposed(&render_all(&list, &file), Setting::KeyBudget)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// More bytes never lead to a refusal or, at one scale, to a plan that is slower by more than the time to read the keys: all are
    /// taken where they fit. The least that is named is the least that is taken.
    #[test]
    fn budgets_are_a_ladder(
        n in 8usize..60, f in 4usize..20, c in 2usize..6, name in 0usize..3, ring in 9u32..11,
    ) {
        let name = ["mlr_quadratic_gradient", "mlr_published", "lr_nesterov"][name];
        let sizes = [("n", n), ("f", f), ("c", c)];
        let sizes = if name == "lr_nesterov" { &sizes[..2] } else { &sizes };
        let options = Options { precision_bits: 1.0, ..small(ring, sizes) };
        let text = example(name);
        let all = under(&text, &options, u64::MAX).expect("a plan");
        let least = under(&text, &options, 1).expect_err("a byte is too little");
        prop_assert!(under(&text, &options, least).is_ok(), "{least} is said to be enough");
        prop_assert_eq!(under(&text, &options, least - 1_000_000), Err(least), "a megabyte less is not");
        let mut before: BTreeMap<u32, Under> = BTreeMap::new();
        let part = |step| least + all.bytes.saturating_sub(least) * step / 8;
        for budget in (0..=8).map(part).chain([u64::MAX]) {
            let found = under(&text, &options, budget).expect("more than the least");
            if let Some(known) = before.insert(found.scale_bits, found) {
                let read = SECONDS_PER_KEY_BYTE * all.bytes.max(found.bytes) as f64;
                prop_assert!(found.seconds <= known.seconds + read, "{found:?} after {known:?} of {all:?}");
            }
        }
        let last = under(&text, &options, all.bytes.max(least)).expect("all keys fit");
        prop_assert!(last.seconds <= all.seconds, "{last:?} of {all:?}");
    }
}
