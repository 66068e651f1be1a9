//! Steps that make a loss larger are warned of, and no others.

mod common;

use common::{LABELS, changed};
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience};

const LOOP: &str = "    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n";
const GRADIENT: &str = "grad(nll, Y, score, at = w)";

/// The codes of warnings of a program with changes, which compiles.
fn warned(program: &str, changes: &[(&str, &str)]) -> Vec<&'static str> {
    let text = changed(program, changes);
    let analysis = analyzed(&SourceFile::new("p.hep", &*text), &Options::default(), &Patience::default());
    let analysis = analysis.unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
    analysis.warnings.into_iter().map(|warning| warning.code).collect()
}

/// A gradient beside a decay of the weights goes down where the sum is subtracted, and only then.
#[test]
fn the_sign_of_a_step_is_that_in_the_new_value() {
    let decayed = format!("{GRADIENT} / n + 0.01 * w");
    for (down, up) in [
        (format!("    let g = {decayed}\n    w = w - 0.5 * g\n"), "w + 0.5 * g"),
        (format!("    let g = {decayed}\n    let s = -0.5 * g\n    w = w + s\n"), "w - s"),
        (format!("    let u = w - 0.5 * ({decayed})\n    w = u\n"), "2 * w - u"),
        (format!("    w = w - 0.1 * w - 0.1 * {GRADIENT}\n"), "w - 0.1 * w + 0.1 * GRADIENT"),
    ] {
        assert_eq!(warned(LABELS, &[(LOOP, &down)]), [""; 0], "{down}");
        let (before, _) = down.rsplit_once("w = ").unwrap_or_default();
        let up = format!("{before}w = {}\n", up.replace("GRADIENT", GRADIENT));
        assert_eq!(warned(LABELS, &[(LOOP, &up)]), ["H0319"], "{up}");
    }
    // With a momentum the variable of the gradient is another one.
    let momentum = format!("    V = 0.9 * V + {decayed}\n    w = w - 0.1 * V\n");
    let variable = ("  for t", "  var V : real[d] = 0\n  for t");
    assert_eq!(warned(LABELS, &[variable, (LOOP, &momentum)]), [""; 0]);
}
