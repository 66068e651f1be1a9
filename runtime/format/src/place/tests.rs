use super::*;
use crate::container::{self, FileKind};
use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use tempfile::{TempDir, tempdir};

const PLAN: FileKind = FileKind::Plan;

/// The beginning of a file of this kind, which is all that counts.
fn beginning(kind: FileKind) -> Vec<u8> {
    let text = format!("{}{}\",\"kind\":\"{}\",", container::HEADER_START, "0".repeat(64), kind.name());
    [&8u64.to_le_bytes()[..], text.as_bytes(), b"more"].concat()
}

fn write(path: &Path, text: &str) -> Result<(), PlaceError> {
    Output::claim(path, PLAN, &[])?.write_whole(text.as_bytes())
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_kind_is_known_by_its_beginning() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("f");
    for kind in ["plan", "secret-key", "public-key", "evaluation-keys", "encrypted-inputs", "owner-state"] {
        let kind = FileKind::from_name(kind).unwrap();
        fs::write(&path, beginning(kind)).unwrap();
        assert_eq!(container::kind(&mut File::open(&path).unwrap()), Some(kind));
        for length in [0, 8, 50, beginning(kind).len() - 10] {
            fs::write(&path, &beginning(kind)[..length]).unwrap();
            assert_eq!(container::kind(&mut File::open(&path).unwrap()), None, "{length} bytes");
        }
    }
}

#[test]
fn only_a_file_of_the_same_kind_is_replaced() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("f");
    for (bytes, found) in [
        (beginning(FileKind::SecretKey), "a secret key"),
        (beginning(FileKind::Inputs), "encrypted training data"),
        (b"program p\n".to_vec(), "a text"),
        (b"PK\x03\x04...".to_vec(), "another archive"),
        (vec![0xff, 0, 1], "a file of another kind"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let error = write(&path, "new").unwrap_err().to_string();
        assert!(error.contains(found) && error.contains("a plan") && error.contains("; give the"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    for bytes in [beginning(PLAN), Vec::new()] {
        fs::write(&path, &bytes).unwrap();
        write(&path, "new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
    assert_eq!(names(&folder), ["f"]);
}

#[test]
fn what_came_after_the_claim_is_looked_at_again() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("f");
    let claimed = Output::claim(&path, PLAN, &[]).unwrap();
    fs::write(&path, "mine").unwrap();
    assert!(matches!(claimed.write_whole(b"new"), Err(PlaceError::Occupied { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    fs::remove_file(&path).unwrap();
    let claimed = Output::claim(&path, PLAN, &[]).unwrap();
    fs::write(&path, beginning(PLAN)).unwrap();
    claimed.write_whole(b"new").unwrap();
    assert_eq!((fs::read(&path).unwrap(), names(&folder)), (b"new".to_vec(), vec!["f".into()]));
}

#[test]
fn an_input_is_never_replaced_whatever_it_is_called() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("in"), beginning(PLAN)).unwrap();
    fs::hard_link(at("in"), at("hard")).unwrap();
    symlink("in", at("soft")).unwrap();
    fs::create_dir(at("d")).unwrap();
    for name in ["in", "hard", "soft", "d/../in"] {
        let error = Output::claim(&at(name), PLAN, &[&at("none"), &at("in")]).unwrap_err();
        assert!(matches!(error, PlaceError::Input { .. }), "{name}: {error}");
    }
    assert_eq!(fs::read(at("in")).unwrap(), beginning(PLAN));
}

#[test]
fn links_stay_and_what_they_point_at_is_replaced() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("d")).unwrap();
    symlink("d/target", at("link")).unwrap();
    symlink("link", at("second")).unwrap();
    for text in ["", "first"] {
        write(&at("second"), text).unwrap();
        assert_eq!(fs::read(at("d/target")).unwrap(), text.as_bytes());
    }
    assert!(at("second").is_symlink() && at("link").is_symlink());
    fs::write(at("d/target"), "a text").unwrap();
    assert!(matches!(write(&at("second"), "new"), Err(PlaceError::Occupied { .. })));
    symlink("loop", at("loop")).unwrap();
    assert!(write(&at("loop"), "new").is_err());
    // A secret goes nowhere else.
    symlink("elsewhere", at("secret")).unwrap();
    let secret = Output::claim(&at("secret"), FileKind::SecretKey, &[]);
    assert!(matches!(secret, Err(PlaceError::Exists { .. })));
    assert!(!at("elsewhere").exists());
}

#[test]
fn folders_sockets_and_missing_folders_are_refused() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let _socket = UnixListener::bind(at("socket")).unwrap();
    fs::write(at("file"), "").unwrap();
    for (name, words) in [
        ("", "it is a folder"),
        ("socket", "it is a socket"),
        ("no/x", "there is no folder"),
        ("new/", "that is no name of a file"),
    ] {
        let error = write(&at(name), "new").unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("; "), "{name}: {error}");
    }
    assert!(write(&at("file/x"), "new").is_err());
    assert!(fs::symlink_metadata(at("socket")).unwrap().file_type().is_socket());
}

/// With nodes of a folder of our own: those of the machine are no place for tests.
#[test]
fn pipes_and_devices_are_written_through() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pipe = CString::new(at("pipe").to_str().unwrap()).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    let reader = std::thread::spawn({
        let path = at("pipe");
        move || {
            let mut text = String::new();
            File::open(path).unwrap().read_to_string(&mut text).unwrap();
            text
        }
    });
    let mut output = Output::claim(&at("pipe"), PLAN, &[]).unwrap();
    std::io::Seek::seek(&mut output, std::io::SeekFrom::Start(3)).unwrap();
    output.write_all(b"end").unwrap();
    std::io::Seek::seek(&mut output, std::io::SeekFrom::Start(0)).unwrap();
    output.write_whole(b"the").unwrap();
    assert_eq!(reader.join().unwrap(), "theend");
    assert!(fs::metadata(at("pipe")).unwrap().file_type().is_fifo());

    let node = |name: &str, minor: &str| {
        let made = Command::new("mknod").arg(at(name)).args(["c", "1", minor]).status();
        made.is_ok_and(|status| status.success())
            // A node can be made where none can be used.
            && OpenOptions::new().write(true).open(at(name)).is_ok()
    };
    if node("null", "3") && node("full", "7") {
        symlink("null", at("link")).unwrap();
        write(&at("null"), "text").unwrap();
        write(&at("link"), "text").unwrap();
        let error = write(&at("full"), "text").unwrap_err().to_string();
        assert!(error.contains("cannot write") && error.contains("full"), "{error}");
        for name in ["null", "full"] {
            assert!(fs::metadata(at(name)).unwrap().file_type().is_char_device(), "{name} was replaced");
        }
        assert!(at("link").is_symlink());
    }
}

#[test]
fn modes_are_those_of_the_content() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "").unwrap();
    let usual = mode(&path);
    for (access, expected) in [(Access::Shared, usual), (Access::Private, 0o600), (Access::Shared, usual)] {
        let content = Content { access, ..PLAN.into() };
        Output::claim(&path, content, &[]).unwrap().write_whole(b"").unwrap();
        assert_eq!(mode(&path), expected, "replaced, {access:?}");
        fs::remove_file(&path).unwrap();
        Output::claim(&path, content, &[]).unwrap().write_whole(b"").unwrap();
        assert_eq!(mode(&path), expected, "new, {access:?}");
    }
}

#[test]
fn what_is_left_behind_is_taken_over_and_nothing_else() {
    let folder = tempdir().unwrap();
    let (path, partial) = (folder.path().join("f"), folder.path().join(".f.hep-partial"));
    write(&path, "").unwrap();
    fs::write(&partial, "left behind").unwrap();
    write(&path, "").unwrap();
    assert_eq!(names(&folder), ["f"]);
    // Somebody is at work on it.
    let held = File::create(&partial).unwrap();
    held.lock().unwrap();
    let error = write(&path, "new").unwrap_err();
    assert!(matches!(error, PlaceError::Busy { .. }), "{error}");
    drop(held);
    fs::remove_file(&partial).unwrap();
    // A link is no file of ours, and is not followed.
    fs::write(folder.path().join("victim"), "mine").unwrap();
    symlink("victim", &partial).unwrap();
    let error = write(&path, "new").unwrap_err();
    assert!(matches!(error, PlaceError::InTheWay { .. }), "{error}");
    assert_eq!(fs::read(folder.path().join("victim")).unwrap(), b"mine");
    assert_eq!(fs::read(&path).unwrap(), b"");
}

#[test]
fn two_outputs_are_two_files() {
    let folder = tempdir().unwrap();
    let claim = |name: &str| Output::claim(&folder.path().join(name), PLAN, &[]).unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    claim("a").differs_from(&claim("b")).unwrap();
    for other in ["a", "d/../a"] {
        let error = claim("a").differs_from(&claim(other)).unwrap_err();
        assert!(matches!(error, PlaceError::Twice { .. }), "{error}");
    }
}

#[test]
fn many_writers_of_one_place_leave_one_whole_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "").unwrap();
    std::thread::scope(|scope| {
        for writer in 0..6 {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..20 {
                    let text = [beginning(PLAN), vec![b'0' + writer; 20_000]].concat();
                    Output::claim(path, PLAN, &[]).unwrap().write_whole(&text).unwrap();
                    let found = fs::read(path).unwrap();
                    let tail = &found[found.len() - 20_000..];
                    assert!(tail.iter().all(|byte| *byte == tail[0]), "a torn file");
                }
            });
        }
    });
    assert_eq!(names(&folder), ["f"]);
    assert_eq!(fs::metadata(&path).unwrap().nlink(), 1);
}
