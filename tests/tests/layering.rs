//! Who may import whom: read off the manifests and the sources, so that an arrow cannot turn round unnoticed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::collections::BTreeSet;
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
const FORMS: [(&str, &[&str]); 19] = [
    ("source", &[]),
    ("diagnostics", &["source"]),
    ("optimization", &[]),
    ("stage", &["optimization"]),
    ("scalar", &[]),
    ("syntax", &["source", "diagnostics"]),
    ("autodiff", &["scalar", "tensor"]),
    ("approx", &["scalar", "autodiff"]),
    ("tensor", &[]),
    ("resolve", &["syntax", "scalar", "autodiff", "approx", "tensor", "library"]),
    ("layout", &["tensor"]),
    ("slot", &["tensor", "layout"]),
    ("ckks", &["tensor", "slot"]),
    ("noise", &["ckks"]),
    ("evidence", &["tensor", "slot"]),
    ("choice", &["slot", "ckks", "noise", "evidence"]),
    ("emit", &["tensor", "ckks", "evidence", "choice"]),
    ("search", &["tensor", "slot", "ckks", "noise", "evidence", "choice", "emit", "patience"]),
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

/// The rooms of its own crate that a file names, in braces too.
fn rooms(code: &str) -> BTreeSet<&str> {
    let name = |text: &'_ str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(&rest[..name(rest)]);
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (at, c) in group.char_indices() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth < 0 {
                break;
            }
            if begins && c.is_alphanumeric() {
                found.insert(&group[at..at + name(&group[at..])]);
                begins = false;
            }
            begins |= depth == 0 && c == ',';
        }
    }
    found
}

#[test]
fn names_in_braces_are_found() {
    let code = "use crate::{ckks, slot::{self, graph}, tensor};\nuse crate::dag::Dag;\nfn f() { crate::emit::emit() }";
    assert_eq!(rooms(code), BTreeSet::from(["ckks", "slot", "tensor", "dag", "emit"]));
}

#[test]
fn forms_import_only_what_comes_before() {
    for (form, allowed) in FORMS {
        let room = root().join("compiler/src").join(form);
        let files = [room.with_extension("rs"), room].into_iter().filter(|path| path.exists());
        for (path, text) in files.flat_map(|path| sources(&path)) {
            if path.ends_with("tests.rs") || path.ends_with("testing.rs") {
                continue;
            }
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for other in rooms(code) {
                let common =
                    ["source", "diagnostics", "cost", "dag", "optimization", "stage"].contains(&other);
                assert!(
                    other == form || common || form == "explain" || allowed.contains(&other),
                    "{} must not import `{other}`",
                    path.display()
                );
            }
        }
    }
}
