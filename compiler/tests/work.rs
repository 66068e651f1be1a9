//! What is too large to be looked through is refused before any of it is scheduled, with a size that was tried.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hep_compiler::proposals::{self, compiled};
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, Shortage, analyze, lower};

/// A network with so many units.
fn options(units: usize) -> Options {
    Options { dims: vec![("h".to_owned(), units)], ..Options::default() }
}

/// The operations of ten thousand units on long vectors are counted, not made.
#[test]
fn networks_of_thousands_of_units_are_told_how_many_fit() {
    let text = include_str!("../../programs/examples/nn_one_hidden.hep");
    let source = SourceFile::new("p.hep", text);
    let large = options(10_000);
    let refusal = lower(analyze(&source, &large).unwrap(), &large).err().unwrap();
    assert_eq!((refusal.message.code, refusal.shortage), ("H0206", Shortage::Width), "{:?}", refusal.message);
    // Plans for more than a hundred units would take this test long to make.
    let mut attempt = |source: &SourceFile, options: &Options| match options.dims.as_slice() {
        [(_, units)] if *units > 100 => Err(Shortage::Width),
        _ => compiled(source, options),
    };
    let patience = Patience::default();
    let message = proposals::advised(&source, &large, *refusal, &patience, &mut attempt);
    let help = message.help.unwrap_or_default();
    let size = help.split("⟨size = h=").nth(1).and_then(|rest| rest.split('⟩').next()).unwrap_or_default();
    assert!(help.starts_with("take a smaller `h`"), "{help}");
    let fits = options(size.parse().unwrap());
    assert!(lower(analyze(&source, &fits).unwrap(), &fits).is_ok(), "{help}");
}
