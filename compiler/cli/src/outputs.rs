//! What the commands write beside containers, and how such files are known again: what hep did not write is never replaced.

use hep_exec::container::{self, FileKind};
use hep_exec::place::{Access, Content};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use zip::ZipArchive;

/// A model holds the owner's statistics.
pub const MODEL: Content = Content { name: "a model", access: Access::Private, known };
/// So do the values of a training, as an archive or as JSON.
pub const TRACE: Content = Content { name: "a trace", access: Access::Private, known };
/// Costs of a machine.
pub const COST_TABLE: Content = Content { name: "a cost table", access: Access::Shared, known };
/// A page for a browser.
pub const PAGE: Content = Content { name: "a page of `hep compare`", access: Access::Shared, known };
/// A schedule beside its program.
pub const SNAPSHOT: Content = Content { name: "a snapshot", access: Access::Shared, known };

/// The user's own cost table, in a folder that nobody else writes to: one that is damaged is replaced, whatever is left of it.
pub const OWN_COST_TABLE: Content = Content { known: |_| Some("a cost table"), ..COST_TABLE };

/// A container, where anything else that hep writes is known by its name too.
pub fn container(kind: FileKind) -> Content {
    Content { known, ..kind.into() }
}

/// What a file is that hep wrote.
pub fn known(file: &mut File) -> Option<&'static str> {
    if let Some(kind) = container::known(file) {
        return Some(kind);
    }
    let mut beginning = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(1024).read_to_end(&mut beginning).ok()?;
    if beginning.starts_with(b"PK") {
        return archive(file);
    }
    // What follows the beginning may be damaged.
    let text = String::from_utf8_lossy(&beginning);
    if text.starts_with("hep schedule ") {
        return Some(SNAPSHOT.name);
    }
    if text.starts_with("<!DOCTYPE html>") && text.contains("<title>hep compare: ") {
        return Some(PAGE.name);
    }
    let first = text.strip_prefix('{')?.trim_start();
    if first.starts_with("\"iterations\":[") {
        return Some(TRACE.name);
    }
    first.starts_with("\"version\"").then_some(COST_TABLE.name)
}

/// A model has its description, a trace arrays of numbered iterations and nothing else.
fn archive(file: &File) -> Option<&'static str> {
    let archive = ZipArchive::new(BufReader::new(file)).ok()?;
    if archive.file_names().any(|name| name == "hep.npy") {
        return Some(MODEL.name);
    }
    let of_iteration = |name: &str| {
        let number = name.split_once('/').and_then(|(first, _)| first.strip_prefix('t'));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    archive.file_names().all(of_iteration).then_some(TRACE.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::model::{Model, bytes, tensor_bytes};
    use hep_plan::Tensor;
    use hep_plan::cost::CostTable;
    use std::collections::BTreeMap;
    use std::path::Path;

    #[test]
    fn what_hep_writes_is_known_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let arrays = |names: &[&str]| {
            let one = || Tensor { shape: vec![1], data: vec![1.0] };
            let named: BTreeMap<_, _> = names.iter().map(|name| (name.to_string(), one())).collect();
            tensor_bytes(Path::new("x"), &named).unwrap()
        };
        let model = Model { state: BTreeMap::new(), ..Model::default() };
        let table = CostTable::shipped().to_json();
        let cases: Vec<(Vec<u8>, Option<&str>)> = vec![
            (bytes(Path::new("x"), &model).unwrap(), Some("a model")),
            (arrays(&["t1/w", "t22/w"]), Some("a trace")),
            (arrays(&["t1/w", "x"]), None),
            (arrays(&["x", "y"]), None),
            (b"PK\x03\x04 of something else".to_vec(), None),
            (br#"{"iterations":[]}"#.to_vec(), Some("a trace")),
            (table.clone().into_bytes(), Some("a cost table")),
            (table.as_bytes()[..100].to_vec(), Some("a cost table")),
            (br#"{"name": "x", "version": 1}"#.to_vec(), None),
            (b"hep schedule 1\nprogram\n".to_vec(), Some("a snapshot")),
            (b"<!DOCTYPE html>\n<title>hep compare: x</title>".to_vec(), Some("a page of `hep compare`")),
            (b"<!DOCTYPE html>\n<title>mine</title>".to_vec(), None),
            (b"program p\n".to_vec(), None),
            (b"label,a\n1,2\n".to_vec(), None),
        ];
        for (content, name) in cases {
            std::fs::write(&path, &content).unwrap();
            let found = known(&mut File::open(&path).unwrap());
            assert_eq!(found, name, "{}", String::from_utf8_lossy(&content));
        }
    }
}
