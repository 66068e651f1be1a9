//! In which units uploads may be, of programs as they are written.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hep_compiler::source::SourceFile;
use hep_compiler::tensor::Program;
use hep_compiler::tensor::homogeneity::symmetries;
use hep_compiler::tensor::passes::optimize;
use hep_compiler::{Options, analyze};
use std::collections::BTreeMap;

fn program(text: &str) -> Program {
    let file = SourceFile::new("test.hep", text);
    let analysis = analyze(&file, &Options::default());
    let shown = |list: Vec<_>| hep_compiler::diagnostics::render::render_all(&list, &file);
    optimize(analysis.unwrap_or_else(|list| panic!("{}", shown(list))).program)
}

/// A regression whose preparation, first model and step are given.
fn regression(prepared: &str, first: &str, step: &str) -> Program {
    program(&format!(
        "program p\nuse losses.squared\nuse optimizers.quadratic_gradient\ndim n = 8   dim f = 3   dim T = 2\n\
         owner X0 : real[n, f]\nowner y : real[n]\nsecret X : real[n, f] = {prepared}\nsecret Y : real[n] = y\n\
         secret B : real[f] = quadratic_gradient(X0, curvature(squared))\nlet score(w) = X @ w\n\
         train {{ var w : real[f] = {first}\n for t in 1 .. T {{\n w = w - {step}\n }} }}\nreveal w\npredict score(w)"
    ))
}

fn exponents(of: &[(String, Vec<i32>)]) -> BTreeMap<&str, &[i32]> {
    of.iter().map(|(name, exponents)| (name.as_str(), exponents.as_slice())).collect()
}

#[test]
fn targets_have_any_unit_and_a_fixed_step_fixes_the_features() {
    let found = symmetries(&regression("X0", "0", "0.1 * grad(squared, Y, score, at = w)"));
    let uploads = exponents(&found.uploads);
    assert_eq!((uploads["X"], uploads["Y"]), (&[0][..], &[1][..]));
    assert_eq!(exponents(&found.reveals)["w"], [1]);
    assert_eq!(found.fixed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["X"]);
}

#[test]
fn a_step_of_the_inverse_curvature_frees_the_features() {
    let found = symmetries(&regression("X0", "0", "B * grad(squared, Y, score, at = w)"));
    assert!(found.fixed.is_empty(), "{found:?}");
    // Two independent units. In each: the model has that of the targets less that of the features.
    let uploads = exponents(&found.uploads);
    let of = |name: &str, at: usize| uploads[name][at];
    for at in 0..2 {
        let moved = found.uploads.iter().find(|(name, _)| name.starts_with("X*") || name.ends_with("*X"));
        let product = moved.map_or_else(|| of("B", at) + of("X", at), |(name, _)| of(name, at));
        assert_eq!(product, -of("X", at), "{found:?}");
        assert_eq!(exponents(&found.reveals)["w"][at], of("Y", at) - of("X", at), "{found:?}");
    }
}

#[test]
fn numbers_that_are_added_and_first_models_fix_units() {
    let found = symmetries(&regression("X0", "1", "0.1 * grad(squared, Y, score, at = w)"));
    assert_eq!(found.fixed.len(), 2, "{found:?}");
    let found = symmetries(&regression("X0", "0", "0.1 * (grad(squared, Y, score, at = w) + 1)"));
    assert_eq!(found.fixed.len(), 2, "{found:?}");
}

#[test]
fn polynomials_of_several_degrees_fix_the_unit_of_the_scores() {
    let text = |loss: &str| {
        format!(
            "program p\ndim n = 8   dim f = 3   dim T = 2\nowner X0 : real[n, f]\nowner y : real[n]\n\
             secret X : real[n, f] = X0\nsecret Y : real[n] = y\nlet score(w) = X @ w\nloss l(y, z) = {loss}\n\
             train {{ var w : real[f] = 0\n for t in 1 .. T {{\n w = w - 0.1 * grad(l, Y, score, at = w)\n }} }}\n\
             reveal w\npredict score(w)"
        )
    };
    assert_eq!(symmetries(&program(&text("(z - y) ** 2"))).fixed.len(), 1);
    let found = symmetries(&program(&text("(z - y) ** 2 + z ** 4")));
    assert_eq!(found.fixed.len(), 2, "{found:?}");
}
