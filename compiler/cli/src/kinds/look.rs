//! What a file is, by how it begins.

use super::Kind;
use crate::data::cells_of_lines;
use hep_format::container;
use hep_format::files::{EVALUATION_KEYS, PUBLIC_KEY};
use hep_owner::files::SECRET_KEY;
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use zip::ZipArchive;

/// So much of a file is looked at: comments before the first line of a program have room in it.
const BEGINNING: u64 = 1 << 14;

/// What a path leads to.
///
/// # Errors
/// Where there is nothing, or nothing that may be read.
pub fn look(path: &Path) -> std::io::Result<Kind> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        let has_key = [SECRET_KEY, PUBLIC_KEY, EVALUATION_KEYS].iter().any(|key| path.join(key).is_file());
        return Ok(if has_key { Kind::Keys } else { Kind::Folder });
    }
    // Opening a pipe waits for somebody to write to it.
    if !metadata.is_file() {
        return Ok(Kind::Stream);
    }
    of_file(&mut File::open(path)?)
}

/// What an open file is. Only its beginning counts: a damaged file is still of its kind.
///
/// # Errors
/// Where it cannot be read.
pub fn of_file(file: &mut File) -> std::io::Result<Kind> {
    if let Some(kind) = container::kind(file) {
        return Ok(Kind::Container(kind));
    }
    let mut beginning = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    Read::take(&*file, BEGINNING).read_to_end(&mut beginning)?;
    Ok(match beginning.as_slice() {
        [] => Kind::Empty,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => archive(file),
        bytes => of_bytes(bytes),
    })
}

fn of_bytes(bytes: &[u8]) -> Kind {
    let is = |magic: &[u8]| bytes.starts_with(magic);
    if is(b"\xd0\xcf\x11\xe0") {
        return Kind::Workbook;
    }
    if is(b"\xff\xfe") || is(b"\xfe\xff") {
        return Kind::Utf16;
    }
    if is(b"\x1f\x8b") {
        return Kind::Compressed;
    }
    if is(b"PAR1") {
        return Kind::Parquet;
    }
    if is(b"\x93NUMPY") {
        return Kind::Array;
    }
    // A character may be cut at the end.
    let whole = std::str::from_utf8(bytes).map_or_else(|e| e.error_len().is_none(), |_| true);
    if is_of_hep(bytes) != Kind::Other {
        return is_of_hep(bytes);
    }
    if !whole || bytes.contains(&0) {
        return Kind::Other;
    }
    text(&String::from_utf8_lossy(bytes))
}

/// Texts that hep wrote. What follows the beginning may be damaged.
fn is_of_hep(bytes: &[u8]) -> Kind {
    let text = String::from_utf8_lossy(bytes);
    if text.starts_with("hep schedule ") {
        return Kind::Snapshot;
    }
    if text.starts_with("<!DOCTYPE html>") && text.contains("<title>hep compare: ") {
        return Kind::Page;
    }
    match text.strip_prefix('{').map(str::trim_start) {
        Some(first) if first.starts_with("\"iterations\":[") => Kind::Trace,
        Some(first) if first.starts_with("\"version\"") => Kind::CostTable,
        _ => Kind::Other,
    }
}

/// Texts of people.
fn text(text: &str) -> Kind {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let begins = lines.next().and_then(|line| line.split_whitespace().next());
    if matches!(begins, Some("program" | "module")) {
        return Kind::Program;
    }
    if is_table(text) { Kind::Table } else { Kind::Text }
}

/// Whether a text is rows of cells: as many in the second line as in the first, and a number among them.
fn is_table(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let (above, below) = cells_of_lines(first, lines.next().unwrap_or(first));
    let numbers = below.iter().filter(|cell| cell.replace(',', ".").parse::<f64>().is_ok()).count();
    above > 1 && above == below.len() && 2 * numbers >= above
}

/// Names of the files in a folder that hep knows, in order.
pub fn contents(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let known =
        entries.filter(|path| path.is_file() && look(path).is_ok_and(|kind| kind.made_by().is_some()));
    let mut names: Vec<String> =
        known.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    names
}

/// Names of the arrays in an archive, in order.
pub fn arrays(path: &Path) -> Vec<String> {
    let Some(archive) = File::open(path).ok().and_then(|file| ZipArchive::new(BufReader::new(file)).ok())
    else {
        return vec![];
    };
    let mut names: Vec<String> =
        archive.file_names().map(|name| name.strip_suffix(".npy").unwrap_or(name).to_string()).collect();
    names.sort_unstable();
    names
}

/// A model has its description, a trace arrays of numbered iterations and nothing else.
fn archive(file: &File) -> Kind {
    let Ok(archive) = ZipArchive::new(BufReader::new(file)) else { return Kind::Archive };
    let of_iteration = |name: &str| {
        let number = name.split_once('/').and_then(|(first, _)| first.strip_prefix('t'));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let mut names = archive.file_names();
    if archive.file_names().any(|name| name == "hep.npy") {
        Kind::Model
    } else if archive.is_empty() {
        Kind::Archive
    } else if archive.file_names().all(of_iteration) {
        Kind::Trace
    } else if names.any(|name| name == "[Content_Types].xml" || name == "mimetype") {
        Kind::Workbook
    } else if archive.file_names().all(|name| name.ends_with(".npy")) {
        Kind::Arrays
    } else {
        Kind::Archive
    }
}
