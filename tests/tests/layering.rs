//! Who may import whom: read off the manifests and the sources, so that an arrow cannot turn round unnoticed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Crate, folder, our crates it may use.
const LAYERS: [(&str, &str, &[&str]); 7] = [
    ("hep-plan", "runtime/plan", &[]),
    ("hep-ring", "runtime/ring", &[]),
    ("hep-ckks", "runtime/ckks", &["hep-ring"]),
    ("hep-exec", "runtime/exec", &["hep-plan", "hep-ckks", "hep-ring"]),
    ("hep-compiler", "compiler", &["hep-plan"]),
    ("hep-codegen", "compiler/codegen", &["hep-plan", "hep-compiler"]),
    ("hep-cli", "compiler/cli", &["hep-plan", "hep-compiler", "hep-codegen", "hep-exec"]),
];

/// Forms of the compiler in pipeline order, with what each may import beside `source`, `diagnostics`, `dag`, `cost`.
const FORMS: [(&str, &[&str]); 15] = [
    ("source", &[]),
    ("diagnostics", &["source"]),
    ("scalar", &[]),
    ("syntax", &["source", "diagnostics"]),
    ("autodiff", &["scalar", "tensor"]),
    ("approx", &["scalar", "autodiff"]),
    ("tensor", &[]),
    ("resolve", &["syntax", "scalar", "autodiff", "approx", "tensor"]),
    ("layout", &["tensor"]),
    ("slot", &["tensor", "layout"]),
    ("ckks", &["tensor", "slot"]),
    ("noise", &["ckks"]),
    ("params", &["tensor", "slot", "ckks", "noise"]),
    ("emit", &["tensor", "ckks", "params"]),
    ("explain", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut stack = vec![folder.to_path_buf()];
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            stack.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            // Comments may name what code may not use.
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.push((path, code.join("\n")));
        }
    }
    assert!(!found.is_empty(), "{} has no sources", folder.display());
    found
}

#[test]
fn crates_import_only_what_lies_below() {
    for (name, folder, allowed) in LAYERS {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let (normal, _) = manifest.split_once("[dev-dependencies]").unwrap_or((&manifest, ""));
        for (other, ..) in LAYERS {
            let used = normal.lines().any(|line| line.starts_with(other));
            assert!(!used || allowed.contains(&other), "{name} must not depend on {other}");
        }
    }
}

#[test]
fn the_compiler_is_a_pure_library() {
    for (path, text) in sources(&root().join("compiler/src")) {
        for forbidden in ["std::fs", "std::thread", "std::time", "std::net", "std::process", "unsafe {"] {
            assert!(!text.contains(forbidden), "{} uses {forbidden}", path.display());
        }
    }
}

#[test]
fn forms_import_only_what_comes_before() {
    for (form, allowed) in FORMS {
        for (path, text) in sources(&root().join("compiler/src").join(form)) {
            if path.ends_with("tests.rs") || path.ends_with("testing.rs") {
                continue;
            }
            for (other, _) in FORMS {
                let used =
                    text.contains(&format!("crate::{other}::")) || text.contains(&format!("crate::{other};"));
                let common = ["source", "diagnostics", "cost"].contains(&other);
                assert!(
                    !used || other == form || common || allowed.contains(&other),
                    "{} must not import `{other}`",
                    path.display()
                );
            }
        }
    }
}
