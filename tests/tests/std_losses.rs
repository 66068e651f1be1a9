//! What every loss of the standard library compiles to in the main program, as `hep snapshot` keeps it; or why it does not.

use hep_compiler::diagnostics::render::render_all;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, compile};
use hep_tests::{example, root, small};
use std::collections::BTreeMap;

/// Names of the losses, in the order of the file.
fn losses() -> Vec<String> {
    let path = root().join("programs/std/losses.hep");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let name = |line: &str| Some(line.strip_prefix("loss ")?.split_once('(')?.0.trim().to_string());
    text.lines().filter_map(name).collect()
}

/// Sizes as in the snapshots of the stages.
fn compiled_with(loss: &str) -> String {
    let file = SourceFile::new("mlr_quadratic_gradient.hep", example("mlr_quadratic_gradient"));
    let options = Options { loss: Some(loss.to_string()), ..small(7, &[("n", 5), ("f", 3), ("c", 3)]) };
    match compile(&file, &options) {
        Ok(compiled) => compiled.snapshot(&options, 1).to_string(),
        Err(list) => render_all(&list, &file),
    }
}

#[test]
fn every_loss_of_the_library() {
    for loss in losses() {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("std.{loss}"), compiled_with(&loss));
        });
    }
}

#[test]
fn snapshots_are_read_back() {
    let text = compiled_with("focal");
    let read: hep_compiler::explain::snapshot::Snapshot = text.parse().expect("a snapshot");
    assert_eq!(read.to_string(), text);
    assert_eq!(read.setting("loss"), Some("focal"));
    assert_eq!(read.parts().len(), 3);
    let total: f64 = read.parts().iter().map(|(_, counts)| counts[1]).sum();
    assert_eq!(read.figure("rotations"), Some(total));
}

/// The losses whose derivative is the same are the same from their polynomials on.
#[test]
fn losses_of_one_gradient_have_one_snapshot() {
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for loss in losses() {
        let text = compiled_with(&loss).replace(&format!("loss                  {loss}\n"), "");
        by_text.entry(text.replace(&format!("grad {loss} "), "grad ")).or_default().push(loss);
    }
    let same: Vec<&Vec<String>> = by_text.values().filter(|names| names.len() > 1).collect();
    assert_eq!(same, [&["sle", "bce", "nll"]]);
}
