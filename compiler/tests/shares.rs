//! Steps that are too large for the modulus are told as the whole line that was tried.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{NUMBERS, changed};
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, compile};

const LINE: &str = "w = w - 0.1 * grad(squared, Y, score, at = w) / n";

/// The line of the help takes the place of the line of the program, and there is room.
#[test]
fn a_smaller_step_is_told_as_the_whole_line() {
    for large in [
        "w = w - 100 * grad(squared, Y, score, at = w) / n",
        "w = w - 100 / n * grad(squared, Y, score, at = w)",
    ] {
        // Without ranges, sizes are those that are assumed.
        let text = changed(
            NUMBERS,
            &[
                (LINE, large),
                ("dim T = 2", "dim T = 6"),
                ("real[n, f] in 0 .. 1", "real[n, f]"),
                ("real[n] in 0 .. 1", "real[n]"),
            ],
        );
        let messages = compile(&SourceFile::new("p.hep", &text), &Options::default()).err().unwrap();
        assert_eq!(messages[0].code, "H0503", "{messages:?}");
        let help = messages[0].help.as_deref().unwrap_or_default();
        let line = help.split("take smaller steps, `").nth(1).and_then(|rest| rest.split('`').next());
        let line = line.unwrap_or_else(|| panic!("{help}"));
        assert!(line.starts_with("w = w - "), "{help}");
        let mended = changed(&text, &[(large, line)]);
        assert!(compile(&SourceFile::new("p.hep", mended), &Options::default()).is_ok(), "{help}");
    }
}
