//! Forms are read back from the text that they print as: the snapshots of every example, as they are, cut, and changed.

use hep_compiler::source::SourceFile;
use hep_compiler::{Options, analyze, ckks, slot, tensor};
use hep_plan::reading::ReadError;
use std::fs;

/// The text of a form again, after it was read.
type Again = fn(&str) -> Result<String, ReadError>;

const FORMS: [(&str, Again); 5] = [
    ("2_tensor", |text| tensor::read::read(text).map(|program| program.to_string())),
    ("3_passes", |text| tensor::read::read(text).map(|program| program.to_string())),
    ("4_slot", |text| slot::read::read(text).map(|program| slot::print::print(&program))),
    ("5_ckks", |text| ckks::read::read(text).map(|program| ckks::print::print(&program))),
    ("6_plan", |text| hep_plan::read::read(text).map(|plan| hep_plan::print::print(&plan))),
];

/// Snapshots of a form with their names.
fn snapshots(form: &str) -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let wanted = files.filter(|path| name(path).ends_with(&format!(".{form}.snap")));
    let text = |path: std::path::PathBuf| {
        let text = fs::read_to_string(&path).expect("a text");
        let (_, after) = text.split_once("\n---\n").expect("a head");
        (name(&path), format!("{}\n", after.trim_end()))
    };
    let mut found: Vec<(String, String)> = wanted.map(text).collect();
    found.sort();
    assert!(found.len() >= 10, "{form}");
    found
}

#[test]
fn every_snapshot_is_the_text_of_what_is_read_from_it() {
    for (form, again) in FORMS {
        for (name, text) in snapshots(form) {
            assert_eq!(again(&text), Ok(text), "{name}");
        }
    }
}

/// Tensor graphs of all examples at their own sizes, with polynomials and with the true functions: passes make the same of what is read.
#[test]
fn tensor_graphs_of_examples_are_read_back() {
    let folder = hep_tests::root().join("programs/examples");
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let mut count = 0;
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "hep")) {
        let source = SourceFile::new("example.hep", fs::read_to_string(&path).expect("a program"));
        for exact in [false, true] {
            let options = Options { exact, ..Options::default() };
            let program = analyze(&source, &options).expect("a sound program").program;
            let text = program.to_string();
            let again =
                tensor::read::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(
                (again.to_string(), tensor::verify::verify(&again)),
                (text, vec![]),
                "{}",
                path.display()
            );
            let optimized = |program| tensor::passes::optimize(program).to_string();
            assert_eq!(optimized(again), optimized(program), "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}

/// What is read from any text prints as a text that is read as the same.
#[test]
fn cut_and_changed_texts_are_refused_or_read() {
    let changes = ["", "9", "-", " ", "[", "%", "·", "\n", "×0", "18446744073709551616", ":", "="];
    for (form, again) in FORMS {
        for (name, text) in snapshots(form).into_iter().take(3) {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            // Some places of each text, others of each.
            let sturdy = |text: String| {
                if let Ok(printed) = again(&text) {
                    assert_eq!(again(&printed), Ok(printed), "{name}");
                }
            };
            for (number, pair) in ends.windows(2).enumerate().step_by(1 + ends.len() / 1500) {
                let change = changes[number % changes.len()];
                sturdy(text[..pair[0]].to_string());
                sturdy(format!("{}{change}{}", &text[..pair[0]], &text[pair[1]..]));
                sturdy(format!("{}{change}{}", &text[..pair[0]], &text[pair[0]..]));
            }
            let lines: Vec<&str> = text.lines().collect();
            for at in 0..lines.len() {
                let mut other = lines.clone();
                let line = other.remove(at);
                sturdy(other.join("\n"));
                other.insert((at * 7) % lines.len(), line);
                sturdy(other.join("\n"));
            }
        }
    }
}
