//! The named values of each iteration as a file: JSON, or `.npz` with arrays `t1/NAME`, `t2/NAME`, …

use crate::data::model;
use crate::failure::Failure;
use hep_plan::tensor::Tensor;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Collects values until the end, because an archive is written at once.
pub struct Recorder {
    path: PathBuf,
    json: bool,
    iterations: Vec<(u32, BTreeMap<String, Tensor>)>,
}

impl Recorder {
    /// The ending of the name decides how it is written.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let json = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => true,
            Some("npz") => false,
            _ => {
                return Err(Failure::Usage(format!("--trace {} must end in .json or .npz", path.display())));
            }
        };
        Ok(Self { path: path.to_path_buf(), json, iterations: Vec::new() })
    }

    /// Keeps the values of an iteration.
    pub fn record(&mut self, iteration: u32, values: BTreeMap<String, Tensor>) {
        self.iterations.push((iteration, values));
    }

    /// Writes the file.
    pub fn finish(self) -> Result<(), Failure> {
        if !self.json {
            let named = |(t, values): (u32, BTreeMap<String, Tensor>)| {
                values.into_iter().map(move |(name, value)| (format!("t{t}/{name}"), value))
            };
            let arrays = self.iterations.into_iter().flat_map(named).collect();
            return Ok(model::write_tensors(&self.path, &arrays)?);
        }
        let iterations: Vec<_> = self
            .iterations
            .iter()
            .map(|(t, values)| {
                let values: serde_json::Map<String, serde_json::Value> = values
                    .iter()
                    .map(|(name, v)| (name.clone(), json!({ "shape": v.shape, "data": v.data })))
                    .collect();
                json!({ "iteration": t, "values": values })
            })
            .collect();
        let text = json!({ "iterations": iterations }).to_string();
        std::fs::write(&self.path, text)
            .map_err(|e| Failure::message(format!("cannot write {}: {e}", self.path.display())))
    }
}
