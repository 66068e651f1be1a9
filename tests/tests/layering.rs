//! Who may import whom: read off the manifests and the sources, so that an arrow cannot turn round unnoticed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_plan::setting::spelled;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crate, folder, our crates it may use.
const LAYERS: [(&str, &str, &[&str]); 18] = [
    ("hep-params", "runtime/params", &[]),
    ("hep-text", "runtime/text", &[]),
    ("hep-host", "runtime/host", &["hep-text"]),
    ("hep-plan", "runtime/plan", &["hep-params", "hep-text", "hep-host"]),
    ("hep-ring", "runtime/ring", &["hep-params"]),
    ("hep-ckks", "runtime/ckks", &["hep-params", "hep-ring"]),
    ("hep-circuits", "runtime/circuits", &["hep-params", "hep-ckks"]),
    ("hep-format", "runtime/format", &["hep-params", "hep-plan", "hep-ckks", "hep-circuits"]),
    ("hep-server", "runtime/server", &["hep-plan", "hep-ring", "hep-ckks", "hep-circuits", "hep-format"]),
    ("hep-owner", "runtime/owner", &["hep-plan", "hep-ckks", "hep-circuits", "hep-format", "hep-server"]),
    (
        "hep-calibrate",
        "runtime/calibrate",
        &["hep-params", "hep-plan", "hep-ring", "hep-ckks", "hep-circuits", "hep-server"],
    ),
    ("hep-samples", "runtime/samples", &["hep-plan"]),
    ("hep-tensor", "compiler/tensor", &["hep-plan"]),
    ("hep-front", "compiler/front", &["hep-plan", "hep-tensor"]),
    ("hep-back", "compiler/back", &["hep-plan", "hep-tensor"]),
    ("hep-compiler", "compiler", &["hep-plan", "hep-tensor", "hep-front", "hep-back"]),
    ("hep-codegen", "compiler/codegen", &["hep-plan", "hep-compiler"]),
    (
        "hep-cli",
        "compiler/cli",
        &[
            "hep-params",
            "hep-plan",
            "hep-compiler",
            "hep-codegen",
            "hep-format",
            "hep-server",
            "hep-owner",
            "hep-calibrate",
        ],
    ),
];

/// Rooms of a crate, with those of the same crate that each may import.
type Rooms = &'static [(&'static str, &'static [&'static str])];

/// Crates of the compiler whose rooms stand in an order; Cargo keeps the order of the crates.
const TOWERS: [(&str, Rooms); 3] = [
    (
        "compiler/tensor",
        &[
            ("source", &[]),
            ("optimization", &[]),
            ("stage", &["optimization"]),
            ("scalar", &[]),
            ("dag", &[]),
        ],
    ),
    (
        "compiler/front",
        &[
            ("diagnostics", &[]),
            ("syntax", &["diagnostics"]),
            ("library", &["syntax"]),
            ("autodiff", &[]),
            ("approx", &["autodiff"]),
            ("resolve", &["diagnostics", "syntax", "library", "autodiff", "approx"]),
        ],
    ),
    (
        "compiler/back",
        &[
            ("layout", &[]),
            ("slot", &["layout"]),
            ("ckks", &["slot"]),
            ("cost", &["ckks"]),
            ("noise", &["ckks"]),
            ("evidence", &["slot"]),
            ("choice", &["slot", "ckks", "noise", "evidence"]),
            ("emit", &["ckks", "evidence", "choice"]),
            ("search", &["slot", "ckks", "cost", "noise", "evidence", "choice", "emit", "Patience"]),
        ],
    ),
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

/// What Cargo builds a crate of, tests aside: crates, and their features as `NAME feature "FEATURE"`.
fn built_of(name: &str) -> BTreeSet<String> {
    let arguments =
        ["tree", "--locked", "--offline", "-e", "features,no-dev", "--prefix", "none", "-p", name];
    let output = Command::new(env!("CARGO")).current_dir(root()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let shown = |line: &str| line.split(" v").next().unwrap().split(" (").next().unwrap().to_string();
    lines.lines().map(shown).collect()
}

/// The server's crates are built without the feature that the secret key comes with, and nothing of the owner.
#[test]
fn the_server_cannot_name_a_secret_key() {
    let secret = "hep-ckks feature \"secret\"";
    for name in ["hep-format", "hep-server"] {
        let built = built_of(name);
        assert!(built.contains("hep-ckks"), "{name}: {built:?}");
        for forbidden in ["hep-owner", "hep-calibrate", secret, "hep-ckks feature \"default\""] {
            assert!(!built.contains(forbidden), "{name} is built with {forbidden}");
        }
    }
    assert!(built_of("hep-owner").contains(secret), "the feature is found where it is");
}

#[test]
fn the_compiler_is_a_pure_library() {
    let crates = ["compiler", "compiler/tensor", "compiler/front", "compiler/back"];
    for (path, text) in crates.iter().flat_map(|name| sources(&root().join(name).join("src"))) {
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
fn rooms_import_only_what_comes_before() {
    for (tower, rooms_of) in TOWERS {
        for (room, allowed) in rooms_of {
            let folder = root().join(tower).join("src").join(room);
            let files: Vec<_> =
                [folder.with_extension("rs"), folder].into_iter().filter(|path| path.exists()).collect();
            assert!(!files.is_empty(), "{tower} has no {room}");
            for (path, text) in files.iter().flat_map(|path| sources(path)) {
                if path.ends_with("tests.rs") || path.ends_with("testing.rs") {
                    continue;
                }
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                for other in rooms(code) {
                    assert!(
                        other == *room || allowed.contains(&other),
                        "{} must not import `{other}`",
                        path.display()
                    );
                }
            }
        }
    }
}

/// The paths of a `use` tree, braces written out.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().to_string()];
    };
    let group = &group[..group.rfind('}').unwrap()];
    let mut depth = 0;
    let entries = group.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0 && c == ','
    });
    let entries = entries.filter(|entry| !entry.trim().is_empty()).flat_map(leaves);
    entries.map(|entry| format!("{before}{entry}")).collect()
}

/// What a file names of its own crate: in `use`, which is no re-export, and elsewhere. Paths are from the root of the crate.
fn named(module: &[&str], code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = String::new();
    for statement in code.split(';') {
        let line = statement.rfind("\n\n").map_or(statement, |at| &statement[at..]);
        let found =
            line.lines().position(|line| line.trim_start().starts_with("use ") || line.starts_with("pub"));
        let start = found.map(|at| line.lines().skip(at).collect::<Vec<_>>().join("\n"));
        match start {
            Some(text) if text.trim_start().starts_with("use ") => {
                paths.extend(leaves(text.trim_start().trim_start_matches("use ")));
            }
            Some(text) if text.contains(" use ") => {}
            _ => rest += statement,
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(start).filter(|(at, _)| !rest[..*at].ends_with("::")) {
            let path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let end = rest[at..].find(|c| !path(c)).map_or(rest.len(), |end| at + end);
            paths.push(rest[at..end].to_string());
        }
    }
    let absolute = |path: String| {
        let mut steps: Vec<&str> = path.split("::").map(str::trim).collect();
        let mut base = module.to_vec();
        match steps[0] {
            "crate" => (base, steps) = (Vec::new(), steps.split_off(1)),
            "self" => steps = steps.split_off(1),
            _ => {}
        }
        while steps.first() == Some(&"super") {
            base.pop();
            steps.remove(0);
        }
        base.into_iter().chain(steps).map(String::from).collect()
    };
    paths.into_iter().map(absolute).collect()
}

#[test]
fn braces_and_re_exports_are_understood() {
    let code = "use super::graph::{Op, a::{b, c as d}};\npub use child::Thing;\nuse child::Other;\n\nfn f() { super::super::g() }";
    let found: Vec<String> = named(&["ckks", "passes"], code).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        ["ckks::graph::Op", "ckks::graph::a::b", "ckks::graph::a::c", "ckks::passes::child::Other", "g"]
    );
}

#[test]
fn the_back_end_has_no_circle_of_modules() {
    let source = root().join("compiler/back/src");
    let mut files: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (path, text) in sources(&source).into_iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
        let module = path.strip_prefix(&source).unwrap().with_extension("");
        let mut module: Vec<String> = module.iter().map(|step| step.to_str().unwrap().to_string()).collect();
        if module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_string();
        // The root lists its modules and uses none.
        if module != ["lib"] {
            files.insert(module, code);
        }
    }
    let mut arrows: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> = BTreeMap::new();
    for (module, code) in &files {
        let steps: Vec<&str> = module.iter().map(String::as_str).collect();
        // The longest beginning of a path that is a module.
        let target = |path: Vec<String>| {
            let mut beginnings = (1..=path.len()).rev().map(|end| &path[..end]);
            beginnings.find_map(|path| files.get_key_value(path)).map(|(module, _)| module)
        };
        let found = named(&steps, code).into_iter().filter_map(target).filter(|other| *other != module);
        arrows.insert(module, found.collect());
    }
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 100, "imports are found");
    while let Some(end) = arrows
        .iter()
        .find(|(_, to)| !to.iter().any(|other| arrows.contains_key(other)))
        .map(|(module, _)| *module)
    {
        arrows.remove(end);
    }
    let circle: Vec<String> = arrows.keys().map(|module| module.join("::")).collect();
    assert!(circle.is_empty(), "modules import each other in a circle, or lead to one: {circle:?}");
}

/// A library names settings and what can be asked for; options and commands are those of a shell.
#[test]
fn libraries_name_no_options() {
    let option = |line: &str| {
        let mut found = line.match_indices("--").map(|(at, _)| &line[at + 2..]);
        found.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())) || line.contains("`hep ")
    };
    let shells = ["hep-cli", "hep-samples"];
    for (_, folder, _) in LAYERS.into_iter().filter(|(name, ..)| !shells.contains(name)) {
        for (path, text) in sources(&root().join(folder).join("src")) {
            // What is a test says what it likes.
            let name = path.file_stem().unwrap().to_str().unwrap();
            if ["tests", "testing", "accidents", "setting"].contains(&name) || name.ends_with("_tests") {
                continue;
            }
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            for line in code.lines() {
                assert!(!option(line), "{}: an option of the command in\n{line}", path.display());
                let left = spelled(line, |_| String::new());
                assert!(!left.contains('⟨'), "{}: no such setting or request in\n{line}", path.display());
            }
        }
    }
}
