use super::*;
use crate::data::model::{Model, bytes, tensor_bytes};
use hep_plan::Tensor;
use hep_plan::cost::CostTable;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

#[test]
fn files_are_known_by_how_they_begin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let arrays = |names: &[&str]| {
        let one = || Tensor { shape: vec![1], data: vec![1.0] };
        let named: BTreeMap<_, _> = names.iter().map(|name| (name.to_string(), one())).collect();
        tensor_bytes(Path::new("x"), &named).unwrap()
    };
    let model = Model { state: BTreeMap::new(), ..Model::default() };
    let table = CostTable::shipped().to_json();
    let cases: Vec<(Vec<u8>, Kind)> = vec![
        (bytes(Path::new("x"), &model).unwrap(), Kind::Model),
        (arrays(&["t1/w", "t22/w"]), Kind::Trace),
        (arrays(&["t1/w", "x"]), Kind::Arrays),
        (arrays(&["x", "y"]), Kind::Arrays),
        (b"PK\x03\x04 of something else".to_vec(), Kind::Archive),
        (br#"{"iterations":[]}"#.to_vec(), Kind::Trace),
        (table.clone().into_bytes(), Kind::CostTable),
        (table.as_bytes()[..100].to_vec(), Kind::CostTable),
        (br#"{"name": "x", "version": 1}"#.to_vec(), Kind::Text),
        (b"hep schedule 2\nprogram\n".to_vec(), Kind::Snapshot),
        (b"<!DOCTYPE html>\n<title>hep compare: x</title>".to_vec(), Kind::Page),
        (b"<!DOCTYPE html>\n<title>mine</title>".to_vec(), Kind::Text),
        (b"program p\n".to_vec(), Kind::Program),
        (b"# Rows, 1.\n\n  module p\n".to_vec(), Kind::Program),
        (b"label,a\n1,2\n".to_vec(), Kind::Table),
        (b"kind;a;b\ncat;1,5;2\n".to_vec(), Kind::Table),
        (b"1 2.5  3\n0 1.5  2\n".to_vec(), Kind::Table),
        (b"a plan, for the week\nand, the next\n".to_vec(), Kind::Text),
        (b"program".iter().flat_map(|b| [*b, 0]).collect(), Kind::Other),
        (b"\xff\xfey\0".to_vec(), Kind::Utf16),
        (b"\x93NUMPY".to_vec(), Kind::Array),
        (vec![], Kind::Empty),
    ];
    for (content, kind) in cases {
        std::fs::write(&path, &content).unwrap();
        let found = of_file(&mut File::open(&path).unwrap()).unwrap();
        assert_eq!(found, kind, "{}", String::from_utf8_lossy(&content));
    }
    assert_eq!(look(folder.path()).unwrap(), Kind::Folder);
    std::fs::write(folder.path().join("eval.keys"), "").unwrap();
    assert_eq!(look(folder.path()).unwrap(), Kind::Keys);
}
