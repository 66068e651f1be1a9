//! Models whose program asks for more than any model: refused before anything is computed.

#![allow(clippy::unwrap_used)] // all of this is test code

mod common;

use common::{Place, SMALL};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

/// The model with what it says of itself changed.
fn changed(place: &Place, from: &str, to: &str, change: impl FnOnce(&mut Value)) {
    let mut archive = zip::ZipArchive::new(File::open(place.path(from)).unwrap()).unwrap();
    let mut written = ZipWriter::new(File::create(place.path(to)).unwrap());
    let mut change = Some(change);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let (name, mut bytes) = (entry.name().to_string(), Vec::new());
        entry.read_to_end(&mut bytes).unwrap();
        if name == "hep.npy" {
            let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            let mut contents: Value = serde_json::from_slice(&bytes[start..]).unwrap();
            change.take().unwrap()(&mut contents);
            let json = serde_json::to_vec(&contents).unwrap();
            let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({},), }}", json.len());
            bytes = [b"\x93NUMPY\x01\x00\x76\x00", format!("{header:<117}\n").as_bytes(), &json].concat();
        }
        written.start_file(name, SimpleFileOptions::default()).unwrap();
        written.write_all(&bytes).unwrap();
    }
    written.finish().unwrap();
}

fn node(op: Value, operands: &[u32]) -> Value {
    json!({ "op": op, "operands": operands })
}

#[test]
fn programs_that_make_much_of_nothing_are_refused() {
    let place = Place::new();
    place.hep("simulate mlr.hep --data data.csv -o model.npz").done();
    let identity = || node(json!({ "Identity": { "size": 4096 } }), &[]);
    let memory: Vec<Value> = (0..100).map(|_| identity()).collect();
    let product = json!({ "Contract": { "left": [0, 2], "right": [2, 1], "sum": 2, "out": [0, 1] } });
    let powers = (0..31).map(|power| node(product.clone(), &[power, 0]));
    let time: Vec<Value> = std::iter::once(identity()).chain(powers).collect();
    for nodes in [memory, time] {
        changed(&place, "model.npz", "bomb.npz", |contents| {
            contents["metadata"]["predict"] = json!({ "outputs": [["scores", 1]], "nodes": nodes });
        });
        assert!(place.read("bomb.npz").len() < 64 << 10);
        for command in ["predict", "eval", "info"] {
            let data = if command == "info" { "" } else { "--data data.csv" };
            place.refused(&format!("{command} bomb.npz {data}"), &["out of proportion", "help: "]);
        }
    }
}

/// Rows are scored in blocks: what comes out does not depend on them.
#[test]
fn many_rows_are_scored_like_few() {
    let place = Place::new();
    place.hep(&format!("train mlr.hep {SMALL} --data data.csv --rows 0..16 --seed 1 -o model.npz")).done();
    let table = String::from_utf8(place.read("data.csv")).unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    let few = place.hep("predict model.npz --data data.csv").done().out;
    // As many numbers of a row as make a block of a few rows: a tensor that nothing reads.
    changed(&place, "model.npz", "wide.npz", |contents| {
        let zeros = json!({ "shape": [1 << 20], "data": vec![0; 1 << 20] });
        contents["metadata"]["predict"]["nodes"]
            .as_array_mut()
            .unwrap()
            .push(node(json!({ "Constant": zeros }), &[]));
    });
    place.write("many.csv", format!("{head}\n{}", rows.repeat(50)));
    for model in ["model.npz", "wide.npz"] {
        assert_eq!(
            place.hep(&format!("predict {model} --data many.csv")).done().out,
            few.repeat(50),
            "{model}"
        );
    }
}
