//! Passes from text files: `forms/PASS/*.txt` hold what each pass makes of a form, and what is expected of it. The tests of `hep-back`
//! have this file too.
//!
//! ```text
//! # Why it is so.
//! pass double_hoisting
//!
//! ckks …
//!
//! expect hoisted_products 2, divisions 3, meaning unchanged
//!
//! ckks …
//! ```
//!
//! Several passes follow each other with commas between them. With `FORMS=write` what passes make is written into the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What passes change: prints as text, which is read back.
pub trait Form: Clone {
    /// The word that texts begin with.
    const WORD: &'static str;
    /// The form of a text.
    fn read(text: &str) -> Result<Self, String>;
    /// Its text.
    fn text(&self) -> String;
    /// What is not sound.
    fn verify(&self) -> Vec<String>;
    /// What the pass of this name makes of it.
    fn after(&self, pass: &str) -> Self;
    /// Whether what the pass makes is verified.
    fn is_sound_after(_pass: &str) -> bool {
        true
    }
    /// How much of something it has.
    fn counted(&self, what: &str) -> usize;
    /// Whether both compute the same.
    fn alike(&self, other: &Self) -> bool;
}

/// A file.
struct Case {
    /// Remark and passes.
    head: String,
    passes: Vec<String>,
    before: String,
    expect: String,
    after: String,
}

impl Case {
    fn of(word: &str, text: &str) -> Self {
        let (head, rest) = text.split_once(&format!("\n{word} ")).expect("a form");
        let (before, rest) = rest.split_once("\nexpect ").expect("`expect`");
        let (expect, after) = rest.split_once('\n').expect("a form after `expect`");
        let passes = head.lines().find_map(|line| line.strip_prefix("pass ")).expect("`pass`");
        Self {
            head: head.into(),
            passes: passes.split(", ").map(String::from).collect(),
            before: format!("{word} {}\n", before.trim_end()),
            expect: expect.into(),
            after: after.trim_start().into(),
        }
    }

    fn text(&self) -> String {
        let Self { head, before, expect, after, .. } = self;
        format!("{head}\n{before}\nexpect {expect}\n\n{after}")
    }

    /// What the file says that is not so.
    fn wrong<F: Form>(&mut self, path: &Path) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut said = |what: String| wrong.push(format!("{}: {what}", path.display()));
        let before = match F::read(&self.before) {
            Ok(before) => before,
            Err(error) => {
                said(format!("before: {error}"));
                return wrong;
            }
        };
        let after = self.passes.iter().fold(before.clone(), |form, pass| form.after(pass));
        if self.passes.iter().all(|pass| F::is_sound_after(pass)) {
            for (when, form) in [("before", &before), ("after", &after)] {
                form.verify().into_iter().for_each(|what| said(format!("{when}: {what}")));
            }
        }
        if wrong.is_empty() {
            for expected in self.expect.split(", ") {
                let (what, wanted) = expected.split_once(' ').expect("a name and what is expected");
                let found = match what {
                    "meaning" if before.alike(&after) => "unchanged".into(),
                    "meaning" => "changed".into(),
                    _ => after.counted(what).to_string(),
                };
                if found != wanted {
                    wrong.push(format!("{}: expected {what} {wanted}, found {found}", path.display()));
                }
            }
            if !self.expect.contains("meaning unchanged") {
                wrong.push(format!("{}: expects nothing of the meaning", path.display()));
            }
        }
        for (text, form) in [(&mut self.before, &before), (&mut self.after, &after)] {
            let printed = form.text();
            if *text != printed {
                wrong.push(format!("{}: other text\n{printed}", path.display()));
                *text = printed;
            }
            assert_eq!(F::read(text).map(|again| again.text()).as_ref(), Ok(&*text), "{}", path.display());
        }
        wrong
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// Asserts that passes do what the files of a folder say, with two files for each of so many passes.
pub fn assert_as_said<F: Form>(folder: &Path, passes: usize) {
    let write = std::env::var("FORMS").is_ok_and(|what| what == "write");
    let (mut found, mut by_pass) = (Vec::new(), BTreeMap::<String, usize>::new());
    for path in files(folder) {
        let mut case = Case::of(F::WORD, &fs::read_to_string(&path).expect("a text"));
        for pass in &case.passes {
            *by_pass.entry(pass.split(' ').next().unwrap_or_default().into()).or_default() += 1;
        }
        found.extend(case.wrong::<F>(path.strip_prefix(folder).expect("in the folder")));
        if write {
            fs::write(&path, case.text()).expect("written");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(by_pass.len() == passes && by_pass.values().all(|cases| *cases >= 2), "{by_pass:?}");
}

/// The form after the passes of a file.
pub fn outcome<F: Form>(path: &Path) -> String {
    Case::of(F::WORD, &fs::read_to_string(path).expect("a text")).after
}

/// What a text is read as is printed and looked at; what it is not read as is an error.
fn sturdy<F: Form>(text: &str) {
    if let Ok(form) = F::read(text) {
        let _ = form.verify();
        let printed = form.text();
        assert_eq!(F::read(&printed).map(|again| again.text()), Ok(printed));
    }
}

/// Asserts that the texts of a folder, cut and changed everywhere, are refused or read.
pub fn assert_sturdy<F: Form>(folder: &Path) {
    for path in files(folder) {
        let text = outcome::<F>(&path);
        for (at, char) in text.char_indices() {
            sturdy::<F>(&text[..at]);
            let change = ["", "9", "-", " ", "[", "%", "·", "\n", "×0", "18446744073709551616"][at % 10];
            sturdy::<F>(&format!("{}{change}{}", &text[..at], &text[at + char.len_utf8()..]));
            sturdy::<F>(&format!("{}{change}{}", &text[..at], &text[at..]));
        }
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            let mut other = lines.clone();
            let line = other.remove(at);
            sturdy::<F>(&other.join("\n"));
            other.insert((at * 7) % lines.len(), line);
            sturdy::<F>(&other.join("\n"));
        }
    }
}
