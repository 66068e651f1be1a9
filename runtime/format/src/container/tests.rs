use super::*;
use crate::place::{Access, Content, Output, PlaceError};
use std::fs;
use std::path::Path;

fn stamp() -> Stamp {
    Stamp {
        kind: FileKind::Outputs,
        parameters: "a".repeat(32),
        plan: "f".repeat(32),
        insecure: Insecure { parameters: true, seed: false },
        keys: "c".into(),
        upload: String::new(),
        details: r#"{"a":"b \" c"}"#.into(),
    }
}

fn claim(path: &Path, access: Access) -> Output {
    Output::claim(path, Content { access, ..FileKind::Outputs.into() }, &[]).unwrap()
}

fn write(path: &Path, access: Access) {
    let specs = vec![
        TensorSpec::words("w/0", vec![3, 4]),
        TensorSpec::words("empty", vec![0, 4]),
        TensorSpec::bytes("seeds", 5),
    ];
    let mut writer = Writer::create(claim(path, access), stamp(), specs).unwrap();
    writer.words(&(0..7).collect::<Vec<u64>>()).unwrap();
    writer.words(&(7..12).collect::<Vec<u64>>()).unwrap();
    writer.bytes(b"seeds").unwrap();
    writer.finish().unwrap();
}

#[test]
fn files_come_back_and_equal_contents_are_equal_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = (directory.path().join("a"), directory.path().join("b"));
    write(&a, Access::Shared);
    write(&b, Access::Private);
    assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
    let file = File::open(&a, FileKind::Outputs).unwrap();
    assert_eq!(file.stamp(), &stamp());
    assert_eq!(file.words("w/0", &[3, 4]).unwrap()[..], (0..12).collect::<Vec<u64>>());
    assert_eq!(file.tensor("seeds", safetensors::Dtype::U8, &[5]).unwrap(), b"seeds");
    assert!(file.words("w/0", &[4, 3]).unwrap_err().to_string().contains("[4, 3]"));
    assert!(file.words("w/1", &[4, 3]).is_err());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "a temporary file stayed");
}

#[test]
fn every_flipped_bit_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    write(&path, Access::Shared);
    let bytes = fs::read(&path).unwrap();
    for position in 0..bytes.len() {
        for bit in [position % 8, 5] {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << bit;
            fs::write(&path, &flipped).unwrap();
            let error = File::open_any(&path).expect_err("a flipped bit was not found").to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }
}

#[test]
fn every_truncation_and_every_addition_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    write(&path, Access::Shared);
    let mut bytes = fs::read(&path).unwrap();
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        File::open_any(&path).expect_err("a truncation was not found");
    }
    bytes.push(0);
    fs::write(&path, &bytes).unwrap();
    assert!(File::open_any(&path).unwrap_err().to_string().contains("bytes were added"));
}

/// Headers that a digest does not protect from, because whoever wrote them computed it.
#[test]
fn hostile_headers_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    let rests = [
        r#""}}"#,
        r#"","kind":"plan","version":"1"}}"#,
        r#"","version":"2"}}"#,
        r#"","kind":"x","version":"1","parameters":"","plan":"","insecure":"no","keys":"","upload":"","details":""}}"#,
        r#""},"t":{"dtype":"U64","shape":[4611686018427387904,8],"data_offsets":[0,18446744073709551615]}}"#,
        r#""},"t":{"dtype":"U64","shape":[1],"data_offsets":[8,0]}}"#,
        r#"","version":"1"},"t":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
        "\u{0}",
        "",
        "\"",
        "\"}",
        "[[[[[[",
    ];
    let deep = format!(r#""}},"t":{}"#, "[".repeat(100_000));
    for rest in rests.into_iter().chain([deep.as_str()]) {
        let length = (HEADER_START.len() + 64 + rest.len()) as u64;
        for length in [length, length + 1, u64::MAX, 1 << 40] {
            let digest = blake3::hash(rest.as_bytes()).to_hex();
            let bytes =
                [&length.to_le_bytes()[..], HEADER_START.as_bytes(), digest.as_bytes(), rest.as_bytes()];
            fs::write(&path, bytes.concat()).unwrap();
            assert!(File::open_any(&path).is_err(), "{rest}");
        }
    }
}

#[test]
fn other_things_are_no_files_of_this_program() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, "label,a,b\n1,2,3\n").unwrap();
    assert!(matches!(File::open_any(&path), Err(FileError::Foreign { .. })));
    assert!(matches!(
        File::open_any(directory.path()),
        Err(FileError::Foreign { .. } | FileError::Io { .. })
    ));
    assert!(matches!(File::open_any(&directory.path().join("none")), Err(FileError::Io { .. })));
    fs::remove_file(&path).unwrap();
    write(&path, Access::Shared);
    let error = File::open(&path, FileKind::Plan).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{} is an encrypted model, but a plan is needed here (`hep compile` makes it)",
            path.display()
        )
    );
}

#[test]
fn an_unfinished_file_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    let specs = || vec![TensorSpec::words("w", vec![2])];
    let mut writer = Writer::create(claim(&path, Access::Shared), stamp(), specs()).unwrap();
    writer.words(&[1]).unwrap();
    assert!(writer.finish().is_err());
    let mut writer = Writer::create(claim(&path, Access::Shared), stamp(), specs()).unwrap();
    assert!(writer.words(&[1, 2, 3]).is_err());
    drop(writer);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn secrets_are_for_the_user_alone_and_stay() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (shared, private) = (directory.path().join("shared"), directory.path().join("private"));
    write(&shared, Access::Shared);
    assert_eq!(mode(&shared) & 0o600, 0o600);
    write(&private, Access::PrivateOnce);
    assert_eq!(mode(&private), 0o600);
    let again = Output::claim(&private, FileKind::SecretKey, &[]);
    assert!(matches!(again, Err(PlaceError::Exists { .. })));
}

/// What is printed of a header cannot move a cursor, and a pipe is refused before anybody waits for it.
#[test]
fn headers_hold_hex_and_pipes_are_no_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f");
    for forged in ["\u{1b}[2J", "not hex", &"a".repeat(65)] {
        let forged = Stamp { keys: forged.into(), ..stamp() };
        Writer::create(claim(&path, Access::Shared), forged, vec![]).unwrap().finish().unwrap();
        assert!(File::open_any(&path).unwrap_err().to_string().contains("`keys`"));
    }
    let pipe = directory.path().join("pipe");
    if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|s| s.success()) {
        assert!(File::open_any(&pipe).unwrap_err().to_string().contains("no regular file"));
    }
}
