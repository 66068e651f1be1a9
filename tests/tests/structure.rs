//! Counts of schedules: what a cryptographer would look at first.

use hep_compiler::explain::report;
use hep_compiler::{Compilation, Options, explain};
use hep_tests::{compiled, example, small};

#[test]
fn an_iteration_at_ring_16_is_within_the_lean_realization() {
    for name in ["mlr_quadratic_gradient", "mlr_published"] {
        let plan = compiled(&example(name), &Options { ring_log2: Some(16), ..Options::default() }).plan;
        let report = report(&plan);
        assert!(report.security_bits >= 128.0);
        for counts in &report.iterations {
            // What the lean realization by hand takes.
            assert!(
                counts.levels <= 6 && counts.rotations <= 469 && counts.relinearizations <= 68,
                "{counts:?}"
            );
        }
        // A schedule by hand needs 112 rotations and 7 relinearizations.
        let last = report.iterations.last().unwrap();
        assert_eq!((last.levels, last.rotations, last.relinearizations), (4, 47, 6), "{name}");
        assert_eq!(last.rotations_hoisted, 45);
        assert!(last.rotations_hoisted * 100 >= last.rotations * 80);
        assert_eq!(report.total.bootstraps, 0);
    }
}

/// A schedule by hand: 14 levels, 171 rotations, 70 relinearizations and 76 amounts for a step.
#[test]
fn a_step_of_a_network_with_two_hidden_layers() {
    let dims = vec![("T".to_string(), 1)];
    let options = Options { ring_log2: Some(16), dims, ..Options::default() };
    let report = report(&compiled(&example("nn_two_hidden"), &options).plan);
    assert!(report.security_bits >= 128.0);
    let step = &report.iterations[0];
    assert_eq!((step.levels, step.rotations, step.relinearizations), (14, 285, 26));
    assert_eq!(step.rotations_hoisted, 263);
    let copies = &report.prologue;
    assert_eq!((copies.levels, copies.rotations, copies.relinearizations), (2, 504, 0));
    assert_eq!(report.rotation_keys, 107);
}

#[test]
fn a_larger_upload_saves_the_server_copies() {
    let plan = |upload_budget| {
        let options = Options { ring_log2: Some(14), upload_budget, ..Options::default() };
        compiled(&example("mlr_quadratic_gradient"), &options).plan
    };
    let (small, large) = (plan(None), plan(Some(200_000_000)));
    assert!(plan(Some(1)).upload_bytes() <= small.upload_bytes());
    assert!(small.upload_bytes() < large.upload_bytes() && large.upload_bytes() <= 200_000_000);
    let rotations = |plan| report(plan).prologue.rotations;
    assert!(rotations(&large) < rotations(&small), "{} and {}", rotations(&large), rotations(&small));
}

#[test]
fn a_steady_iteration_takes_four_levels() {
    let dims = vec![("T".to_string(), 4)];
    let options = Options { ring_log2: Some(16), dims, ..Options::default() };
    let report = report(&compiled(&example("mlr_quadratic_gradient"), &options).plan);
    let levels: Vec<u32> = report.iterations.iter().map(|c| c.levels).collect();
    // Nothing is left of the first product with a zero model. Momentum takes no level: its factors are parts of scales.
    assert_eq!((report.prologue.levels, levels), (2, vec![1, 4, 4, 4]));
}

#[test]
fn the_diagonal_is_uploaded_inside_the_data() {
    let plan = compiled(&example("mlr_quadratic_gradient"), &small(10, &[("n", 8), ("f", 7), ("c", 3)])).plan;
    let names: Vec<&str> = plan.inputs.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["X", "Y", "X*B"]);
}

#[test]
fn the_same_source_gives_the_same_plan_byte_for_byte() {
    for name in ["mlr_quadratic_gradient", "mlr_published", "lr_nesterov"] {
        let options = small(11, &[("n", 20), ("f", 9)]);
        let fingerprint = || hep_format::files::plan_fingerprint(&compiled(&example(name), &options).plan);
        assert_eq!(fingerprint(), fingerprint(), "{name}");
    }
}

#[test]
fn too_deep_a_program_says_how_many_levels_are_missing() {
    let file = hep_compiler::source::SourceFile::new("mlr.hep", example("mlr_quadratic_gradient"));
    let options = Options { dims: vec![("T".into(), 30)], ring_log2: Some(15), ..Options::default() };
    let errors = hep_compiler::compile(&file, &options).unwrap_err();
    assert_eq!(errors[0].code, "H0501");
    assert!(errors[0].note.as_ref().unwrap().contains("levels too few"), "{:?}", errors[0]);
}

#[test]
fn what_nothing_reads_is_not_uploaded() {
    let sizes = small(10, &[("n", 8), ("f", 7), ("c", 3), ("T", 1)]);
    let plan = compiled(&example("mlr_quadratic_gradient"), &sizes).plan;
    let names: Vec<&str> = plan.inputs.iter().map(|i| i.name.as_str()).collect();
    // Nothing is left of the product with the zero model, which alone needs X itself.
    assert_eq!(names, ["Y", "X*B"]);
    assert!(plan.owner.outputs.iter().all(|(name, _)| name != "X"));
}

/// Bytes of a run, as predicted for two threads.
fn peak(program: &str, dims: &[(&str, usize)], options: &Options) -> (u64, Compilation) {
    let dims = dims.iter().map(|(name, size)| ((*name).to_string(), *size)).collect();
    let c = compiled(&example(program), &Options { dims, ..options.clone() });
    assert!(report(&c.plan).security_bits >= 128.0);
    (c.plan.peak_bytes(2), c)
}

#[test]
fn eight_iterations_run_without_bootstrapping_in_the_memory_of_a_laptop() {
    let ring = Options { ring_log2: Some(16), ..Options::default() };
    let (bytes, c) = peak("mlr_published", &[("T", 8)], &ring);
    assert!(bytes <= 12_000_000_000, "{bytes}");
    let levels: Vec<u32> = report(&c.plan).iterations.iter().map(|counts| counts.levels).collect();
    assert_eq!(levels, [4; 8]);
}

#[test]
fn a_thousand_rows_run_in_little_memory() {
    let (bytes, _) = peak("mlr_published", &[("n", 1024)], &Options::default());
    assert!(bytes <= 12_000_000_000, "{bytes}");
}

#[test]
fn a_quarter_of_the_keys_suffices_and_says_what_it_costs() {
    let ring = Options { ring_log2: Some(16), ..Options::default() };
    for name in ["mlr_quadratic_gradient", "mlr_published"] {
        let whole = compiled(&example(name), &ring).plan.eval_key_memory();
        let c = compiled(&example(name), &Options { key_budget: whole / 4, ..ring.clone() });
        assert!(c.plan.eval_key_memory() <= whole / 4);
        let (composed, extra) = c.plan.composed_rotations();
        let said = format!("{composed} rotations start from others, {extra} rotations more");
        assert!(composed > 0 && explain::text(&c.plan).contains(&said), "{said}");
    }
}

#[test]
fn a_step_of_a_network_fits_a_budget_of_keys() {
    let options = Options { ring_log2: Some(16), key_budget: 2_000_000_000, ..Options::default() };
    let (_, c) = peak("nn_two_hidden", &[("T", 1)], &options);
    let step = &report(&c.plan).iterations[0];
    assert!(c.plan.eval_key_memory() <= 2_000_000_000);
    assert!(step.levels <= 16 && step.rotations <= 1200 && step.relinearizations <= 200, "{step:?}");
    let amounts = c.plan.keys.rotations().count();
    assert!(amounts <= 42, "{amounts}");
}
