//! A program so small that a command on it takes a moment, and a folder with all files of its roles.

use super::Outcome;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const PROGRAM: &str = "program tiny
dim n = 8   dim f = 2
owner X : real[n, f] in -1 .. 1
owner y : real[n] in -1 .. 1
secret S : real[n, f] = X
secret T : real[n] = y
let score(w) = S @ w
loss squared(t, z) = (z - t) ** 2 / 2
train {
  var w : real[f] = 0
  for k in 1 .. 1 {
    w = w - grad(squared, T, score, at = w) / n
  }
}
reveal w
predict score(w)
";
const DATA: &str =
    "y,a,b\n.1,.5,.3\n-.2,-.1,.4\n.5,.7,-.2\n0,.1,.1\n.3,.2,-.4\n-.4,-.5,.3\n.2,.3,-.1\n-.1,.4,.6\n";

/// What every step writes, with a seed wherever there is randomness, so that the same bytes come out every time.
pub const STEPS: [&str; 5] = [
    "compile tiny.hep --ring 6 --insecure -o plan.hepc",
    "keygen plan.hepc -o keys --insecure --seed 1",
    "encrypt plan.hepc --keys keys --data data.csv -o in.hct --insecure --seed 2",
    "run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct",
    "decrypt plan.hepc --keys keys --in out.hct -o model.npz --insecure",
];

/// Files with their bytes and modes, by name.
pub type Files = BTreeMap<String, (Vec<u8>, u32)>;

/// A folder for tiny commands.
pub struct Tiny(TempDir);

impl Tiny {
    /// Program and data, and what the first steps write.
    pub fn after(steps: usize) -> Self {
        let tiny = Self(tempfile::tempdir().unwrap());
        fs::write(tiny.path("tiny.hep"), PROGRAM).unwrap();
        fs::write(tiny.path("data.csv"), DATA).unwrap();
        STEPS[..steps].iter().for_each(|step| drop(tiny.hep(step).done()));
        tiny
    }

    /// A folder with these files.
    pub fn of(files: &Files) -> Self {
        let tiny = Self(tempfile::tempdir().unwrap());
        for (name, (bytes, mode)) in files {
            let path = tiny.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(*mode)).unwrap();
        }
        tiny
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The command, to be started in the folder.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hep"));
        command.args(line.split_whitespace()).current_dir(self.0.path());
        command.env("XDG_CACHE_HOME", self.path("cache")).env("RAYON_NUM_THREADS", "2");
        command
    }

    pub fn hep(&self, line: &str) -> Outcome {
        Outcome::of(&self.command(line).output().unwrap())
    }

    /// All files below the folder.
    pub fn files(&self) -> Files {
        let mut found = Files::new();
        let mut folders = vec![self.0.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let metadata = fs::symlink_metadata(&path).unwrap();
                if metadata.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.0.path()).unwrap().to_str().unwrap().to_string();
                    found.insert(name, (contents(&path), metadata.permissions().mode() & 0o7777));
                }
            }
        }
        found
    }
}

/// Nothing of what is no regular file: reading it might wait for ever.
fn contents(path: &Path) -> Vec<u8> {
    if path.is_file() { fs::read(path).unwrap() } else { Vec::new() }
}

/// Whether a file is one that a command keeps until it is whole.
pub fn is_partial(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap();
    name.starts_with('.') && name.ends_with(".hep-partial")
}
