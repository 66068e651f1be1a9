//! Training that stays rolled, encrypted, with refreshes: on a ring that protects nothing.

use hep_tests::{
    compiled, compiled_for, data, encrypted, example, forms_agree, in_the_clear, promised, small,
};

#[test]
fn twenty_iterations_are_as_precise_as_promised() {
    let slower = |name: &str| example(name).replace("W - grad(", "W - 0.1 * grad(");
    for (text, dims) in [
        (example("lr_nesterov"), &[("n", 12), ("f", 6), ("T", 20)][..]),
        (slower("mlr_whitened"), &[("n", 12), ("f", 6), ("c", 3), ("T", 20)]),
    ] {
        let options = hep_compiler::Options { precision_bits: 4.0, refresh: true, ..small(11, dims) };
        let sample = data(&compiled(&text, &options).plan, 5);
        let c = compiled_for(&text, &options, &sample);
        let (server, name) = (&c.plan.server, &c.plan.info.name);
        assert!(server.repeats.is_some() && c.plan.info.iterations == 20, "{name}");
        forms_agree(&c, &sample).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (found, steps) = (encrypted(&c.plan, &sample, 2), promised(&c.plan, &sample));
        let forms = in_the_clear(&c, &sample);
        let (_, twin) = forms.last().expect("the plan");
        for (tensor, step) in steps {
            let apart = found[&tensor].max_difference(&twin[&tensor]);
            assert!(
                apart <= step && step < 0.01 * twin[&tensor].max_abs(),
                "{name}, {tensor}: {apart} of {step}"
            );
        }
        assert_eq!(found, encrypted(&c.plan, &sample, 1), "{name}: other threads");
    }
}
