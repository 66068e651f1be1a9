//! Runs under little memory: the same numbers from copies made again and sums taken up in parts, in every form and on
//! ciphertexts.

use hep_compiler::ckks::{self, Lifetime};
use hep_compiler::optimization::Optimizations;
use hep_compiler::source::SourceFile;
use hep_compiler::stage::{Clock, With};
use hep_compiler::{Options, Shortage, analyze, compile, lower};
use hep_plan::Plan;
use hep_plan::cost::SECONDS_PER_KEY_BYTE;
use hep_plan::memory::THREADS;
use hep_plan::setting::Setting;
use hep_server::executor::{self, Grant};
use hep_tests::advice::proposed;
use hep_tests::{Named, compiled, data, encrypted, example, in_the_clear, small, uploads};
use proptest::prelude::*;

/// Bytes that a run of a plan needs.
fn needed(plan: &Plan) -> u64 {
    plan.memory(THREADS).least()
}

/// A limit that leaves a share of what a run takes beside the program and its tables.
fn part(plan: &Plan, share: f64) -> u64 {
    let process = plan.memory(THREADS).process;
    process + ((needed(plan) - process) as f64 * share) as u64
}

fn within(options: &Options, memory: u64) -> Options {
    Options { memory: Some(memory), ..options.clone() }
}

fn near(forms: &[(&'static str, Named)]) -> Result<(), TestCaseError> {
    let (_, meaning) = &forms[0];
    for (form, found) in &forms[1..] {
        for (name, tensor) in meaning {
            let tolerance = 1e-9 * tensor.max_abs().max(1.0);
            prop_assert!(found[name].max_difference(tensor) <= tolerance, "{} of the {}", name, form);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, ..ProptestConfig::default() })]

    #[test]
    fn less_memory_keeps_the_meaning(
        n in 20usize..50, f in 8usize..16, t in 1usize..3, name in 0usize..4, share in 0.05f64..0.9, seed in 1u64..1000,
    ) {
        let name = ["mlr_quadratic_gradient", "mlr_published", "lr_nesterov", "nn_one_hidden"][name];
        let sizes = [("n", n), ("f", f), ("T", t)];
        let options = Options { precision_bits: 1.0, ..small(8, &sizes) };
        let whole = compiled(&example(name), &options).plan;
        let options = within(&options, part(&whole, share));
        let file = SourceFile::new("test.hep", example(name));
        // A share may be too small for any schedule; how small it can be is tested elsewhere.
        // What would help is not tried.
        let analysis = analyze(&file, &options).expect("an example");
        if let Ok(c) = lower(analysis, &options) {
            prop_assert!(needed(&c.plan) <= options.memory.unwrap_or(0));
            prop_assert_eq!(c.plan.validate(), Ok(()));
            prop_assert_eq!(c.origins.len(), c.plan.server.values.len());
            near(&in_the_clear(&c, &data(&c.plan, seed)))?;
        }
    }
}

#[test]
fn many_rows_fit_where_their_copies_do_not() {
    let options = small(9, &[("n", 512), ("f", 15), ("c", 3), ("T", 2)]);
    let whole = compiled(&example("mlr_quadratic_gradient"), &options).plan;
    let limit = part(&whole, 0.3);
    let options = within(&options, limit);
    let c = compiled(&example("mlr_quadratic_gradient"), &options);
    assert!(needed(&c.plan) <= limit);
    let (before, after) = (whole.summary(), c.plan.summary());
    assert!(after.total.rotations > before.total.rotations, "copies are made again");
    for (before, after) in before.iterations.iter().zip(&after.iterations) {
        assert_eq!(before.relinearizations, after.relinearizations, "sums are relinearized once");
        assert_eq!((before.ct_products, before.levels), (after.ct_products, after.levels));
    }
    let (data, memory) = (data(&c.plan, 5), Some(u64::MAX));
    assert!(Grant::of(&c.plan, executor::Options { threads: THREADS, memory }, 0).is_ok());
    let (_, meaning) = &in_the_clear(&c, &data)[0];
    let found = encrypted(&c.plan, &data, THREADS);
    for output in &c.plan.outputs {
        let error = found[&output.name].max_difference(&meaning[&output.name]);
        assert!(error <= (-output.precision_bits).exp2(), "{error:e}");
    }
}

#[test]
fn copies_of_every_lifetime_keep_the_meaning() {
    let options = small(9, &[("n", 100), ("f", 15), ("T", 3)]);
    let c = compiled(&example("nn_one_hidden"), &options);
    let uploads = uploads(&c.tensor, &data(&c.plan, 9));
    let runs = Lifetime::ALL.map(|lifetime| {
        let with = With { on: Optimizations::default(), clock: &Clock::default() };
        let program = ckks::schedule(&c.slot, 200, lifetime, with).expect("a schedule");
        assert_eq!(ckks::verify::verify(&program), Vec::<String>::new());
        let rotates = |id: &_| matches!(program.graph.node(*id).op, ckks::graph::Op::Rotate(_));
        let rotations = program.graph.ids().filter(rotates).count();
        (rotations, ckks::interpret::run(&program, &uploads, |_, _| {}).expect("uploads"))
    });
    let [(whole, meaning), (iteration, _), (operation, _)] = &runs;
    assert!(whole < iteration && iteration <= operation, "shorter lifetimes make more copies");
    for (_, found) in &runs {
        assert!(found.iter().all(|(name, tensor)| tensor.max_difference(&meaning[name]) == 0.0));
    }
}

#[test]
fn what_cannot_fit_says_how_much_it_takes() {
    let options = within(&small(9, &[("n", 60), ("f", 15), ("c", 3)]), 1_000_000);
    let file = SourceFile::new("test.hep", example("mlr_quadratic_gradient"));
    let list = compile(&file, &options).expect_err("a megabyte is too little");
    let text = hep_compiler::diagnostics::render::render_all(&list, &file);
    assert!(text.contains("H0507") && text.contains("1.0 MB are allowed"), "{text}");
    let enough = proposed(&text, Setting::Memory);
    let c = compiled(&example("mlr_quadratic_gradient"), &within(&options, enough));
    assert!(needed(&c.plan) <= enough);
}

/// Bytes that a run under a limit needs, with its predicted seconds and those to read its keys; the least bytes where it is
/// refused. What else would help is not tried.
fn under(text: &str, options: &Options, limit: u64) -> Result<(u64, f64, f64), u64> {
    let file = SourceFile::new("test.hep", text);
    let options = within(options, limit);
    match lower(analyze(&file, &options).expect("an example"), &options) {
        Ok(c) => {
            assert!(needed(&c.plan) <= limit && c.plan.peak_bytes(THREADS) <= limit);
            Ok((needed(&c.plan), c.seconds, SECONDS_PER_KEY_BYTE * c.plan.eval_key_memory() as f64))
        }
        Err(refusal) => match refusal.shortage {
            Shortage::Memory { needed } => Err(needed),
            other => panic!("{other:?}"),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, ..ProptestConfig::default() })]

    /// More bytes never lead to a refusal or to a plan that is slower by more than the time to read all keys, which are taken where
    /// they fit; the least that is named is the least that is taken, whatever limit was too little.
    #[test]
    fn limits_are_a_ladder(n in 20usize..60, f in 6usize..16, t in 1usize..3, name in 0usize..4) {
        let name = ["mlr_quadratic_gradient", "mlr_published", "lr_nesterov", "nn_one_hidden"][name];
        let options = Options { precision_bits: 1.0, ..small(9, &[("n", n), ("f", f), ("T", t)]) };
        let text = example(name);
        let (whole, fastest, reading) = under(&text, &options, u64::MAX).expect("a plan");
        let least = under(&text, &options, 1).expect_err("a byte is too little");
        prop_assert!(under(&text, &options, least).is_ok(), "{least} is said to be enough");
        prop_assert_eq!(under(&text, &options, least - 1), Err(least), "a byte less is not");
        let mut before = f64::INFINITY;
        for step in 0..=4 {
            let limit = (least + whole.saturating_sub(least) * step / 4).max(least);
            let (_, seconds, _) = under(&text, &options, limit).expect("more than the least");
            prop_assert!(seconds <= before + reading, "{seconds} after {before} within {limit} of {whole}");
            before = before.min(seconds);
        }
        prop_assert_eq!(under(&text, &options, whole.max(least)).map(|(_, seconds, _)| seconds), Ok(fastest));
    }
}
