//! The library that makes calls fail, compiled where the tests run.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// What a system may lack: unnamed files, renaming to a name that must be free too, and names for files that have none.
pub const LACKS: [Option<&str>; 4] = [None, Some("unnamed"), Some("exchange"), Some("names")];

/// Path of the library. Without a C compiler there are no such tests, and that must not pass in silence.
fn library() -> &'static PathBuf {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    &BUILT
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let library = folder.path().join("shim.so");
            let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/shim.c");
            let mut compiler = Command::new("cc");
            compiler.args(["-shared", "-fPIC", "-O1", "-w", "-o"]).arg(&library).arg(source).arg("-ldl");
            let built = compiler.status().expect("these tests need a C compiler called `cc`");
            assert!(built.success(), "{source} does not compile");
            (folder, library)
        })
        .1
}

/// Lets a command run on a system that lacks something.
pub fn lacking<'a>(command: &'a mut Command, lacks: Option<&str>) -> &'a mut Command {
    match lacks {
        None => command,
        Some(lacks) => command.env("LD_PRELOAD", library()).env("HEP_LACKS", lacks),
    }
}

/// A call that fails.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub call: &'static str,
    /// The number of the system's error.
    pub errno: i32,
    /// Whether all later calls fail too.
    pub lasting: bool,
}

impl Fault {
    /// Lets call number `at` of a command fail. The file `mark` is there afterwards if there was such a call.
    pub fn inject<'a>(&self, command: &'a mut Command, at: usize, mark: &std::path::Path) -> &'a mut Command {
        command.env("LD_PRELOAD", library()).env("HEP_FAULT_CALL", self.call);
        command.env("HEP_FAULT_AT", at.to_string()).env("HEP_FAULT_ERRNO", self.errno.to_string());
        if self.lasting {
            command.env("HEP_FAULT_LASTING", "1");
        }
        command.env("HEP_FAULT_MARK", mark)
    }
}
