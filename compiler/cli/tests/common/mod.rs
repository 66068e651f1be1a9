//! Runs the `hep` binary in a folder of its own, on data small enough for a fast test.

#![allow(dead_code)] // every test file uses its part
#![allow(clippy::unwrap_used)] // all of this is test code

#[cfg(target_os = "linux")]
pub mod shim;
pub mod tiny;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Small, fast, and without any security.
pub const SMALL: &str = "--ring 11 --insecure";
/// The sizes of rows 0..16 of [`table`].
pub const SIZES: &str = "-p n=16 -p f=3 -p c=3";

/// A folder with `mlr.hep`, `published.hep`, `lr.hep` and `data.csv`.
pub struct Place(TempDir);

/// What a command left behind.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Place {
    pub fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        for (name, example) in
            [("mlr", "mlr_quadratic_gradient"), ("published", "mlr_published"), ("lr", "lr_nesterov")]
        {
            let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/examples");
            fs::copy(examples.join(format!("{example}.hep")), place.path(&format!("{name}.hep"))).unwrap();
        }
        place.write("data.csv", table(&["cat", "dog", "owl"], 24));
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// A copy with its mode.
    pub fn copy(&self, from: &str, to: &str) {
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        fs::copy(self.path(from), self.path(to)).unwrap_or_else(|e| panic!("{from}: {e}"));
    }

    /// The owner's states in a folder of keys, oldest first.
    pub fn states(&self, keys: &str) -> Vec<String> {
        let names = fs::read_dir(self.path(keys)).unwrap().map(|entry| entry.unwrap());
        let mut states: Vec<_> =
            names.filter(|entry| entry.file_name().to_string_lossy().ends_with(".state")).collect();
        states.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
        states.iter().map(|entry| format!("{keys}/{}", entry.file_name().to_string_lossy())).collect()
    }

    /// The program `mlr.hep` after replacing a part that it must have.
    pub fn changed(&self, from: &str, to: &str) {
        let text = String::from_utf8(self.read("mlr.hep")).unwrap();
        assert!(text.contains(from), "no {from:?} in the program");
        self.write("mlr.hep", text.replacen(from, to, 1));
    }

    /// Runs `hep` with these words. Nothing here has any security, so the owner's commands are told that this is meant.
    pub fn hep(&self, line: &str) -> Outcome {
        self.hep_in("", line)
    }

    /// Runs `hep` with exactly these words.
    pub fn hep_as_written(&self, line: &str) -> Outcome {
        self.command("", line, &[], &[])
    }

    /// Runs `hep` in a folder below.
    pub fn hep_in(&self, folder: &str, line: &str) -> Outcome {
        self.run(folder, line, &[])
    }

    /// Runs `hep` with these environment variables.
    pub fn hep_with(&self, set: &[(&str, &str)], line: &str) -> Outcome {
        self.run("", line, set)
    }

    /// The command that [`Place::hep`] runs, for streams of another kind.
    pub fn start(&self, line: &str) -> Command {
        self.words("", line, owners(line))
    }

    fn run(&self, folder: &str, line: &str, set: &[(&str, &str)]) -> Outcome {
        self.command(folder, line, owners(line), set)
    }

    fn words(&self, folder: &str, line: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hep"));
        command.args(line.split_whitespace()).args(more).current_dir(self.path(folder));
        // Never the cost table of whoever runs the tests.
        command.env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    fn command(&self, folder: &str, line: &str, more: &[&str], set: &[(&str, &str)]) -> Outcome {
        Outcome::of(&self.words(folder, line, more).envs(set.iter().copied()).output().unwrap())
    }

    /// Compiles `plan.hepc`, makes `keys/`, encrypts `in.hct`.
    pub fn upload(&self) {
        self.hep(&format!("compile mlr.hep {SIZES} {SMALL} -o plan.hepc")).done();
        self.hep("keygen plan.hepc -o keys --seed 1").done();
        self.hep("encrypt plan.hepc --keys keys --data data.csv --rows 0..16 -o in.hct --seed 2").done();
    }

    /// [`Place::upload`], and the result `out.hct`.
    pub fn trained(&self) {
        self.upload();
        self.hep("run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct").done();
    }

    /// All files with their bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.0.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        found
    }

    /// Runs a command that must fail with one message holding all these words, and write nothing.
    pub fn refused(&self, line: &str, words: &[&str]) {
        let before = self.files();
        let outcome = self.hep(line);
        outcome.failed(words);
        assert_eq!(outcome.out, "", "hep {line}");
        let changed: Vec<PathBuf> = {
            let after = self.files();
            let all = before.keys().chain(after.keys());
            all.filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
        };
        assert!(changed.is_empty(), "hep {line} failed, but changed {changed:?}");
    }

    /// An array of 64-bit floats of a `.npz` file.
    pub fn array(&self, file: &str, name: &str) -> Vec<f64> {
        let (header, bytes) = self.entry(file, name).unwrap();
        assert!(header.contains("<f8"));
        bytes.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect()
    }

    /// The shape of an array of a `.npz` file, as Python writes it; none where there is no such array.
    pub fn shape(&self, file: &str, name: &str) -> Option<String> {
        let (header, _) = self.entry(file, name)?;
        let (_, shape) = header.split_once("'shape': ").unwrap();
        Some(shape.split_once(", }").unwrap().0.to_string())
    }

    /// Header and data of an array.
    fn entry(&self, file: &str, name: &str) -> Option<(String, Vec<u8>)> {
        let mut archive = zip::ZipArchive::new(fs::File::open(self.path(file)).unwrap()).unwrap();
        let mut bytes = Vec::new();
        archive.by_name(&format!("{name}.npy")).ok()?.read_to_end(&mut bytes).unwrap();
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = String::from_utf8_lossy(&bytes[10..start]).into_owned();
        Some((header, bytes.split_off(start)))
    }
}

/// What the owner's commands need here.
fn owners(line: &str) -> &'static [&'static str] {
    let owner = ["keygen ", "encrypt ", "decrypt "].iter().any(|command| line.starts_with(command));
    if owner && !line.contains("--help") { &["--insecure"] } else { &[] }
}

impl Outcome {
    pub fn of(output: &Output) -> Self {
        Outcome {
            code: output.status.code(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Exit code 0.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self
    }

    /// Exit code 1 and one message with one help that holds all these words.
    #[track_caller]
    pub fn failed(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{}\n{}", self.out, self.err);
        let starts = self.err.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(starts, 1, "one message: {}", self.err);
        for word in words {
            assert!(self.err.contains(word), "no `{word}` in:\n{}", self.err);
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }
}

/// Rows of three classes that are easy to tell apart, labels first, with a header.
pub fn table(classes: &[&str], rows: usize) -> String {
    let mut text = "kind,a,b,c\n".to_string();
    let mut state = 1u32;
    for row in 0..rows {
        let class = row % classes.len();
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 16) / 65536.0 - 0.5
        };
        let features = [0, 1, 2].map(|feature| f64::from(u8::from(feature == class)) * 2.0 + noise());
        let [a, b, c] = features;
        text += &format!("{},{a:.4},{b:.4},{c:.4}\n", classes[class]);
    }
    text
}

/// Largest difference of two arrays of one length.
pub fn difference(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
