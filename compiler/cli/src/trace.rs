//! The named values of each iteration as a file: JSON, or `.npz` with arrays `t1/NAME`, `t2/NAME`, …

use crate::data::model;
use crate::failure::Failure;
use hep_format::place::Output;
use hep_plan::tensor::Tensor;
use serde_json::json;
use std::collections::BTreeMap;

/// Collects values until the end, because an archive is written at once.
pub struct Recorder {
    out: Output,
    json: bool,
    iterations: Vec<(u32, BTreeMap<String, Tensor>)>,
}

impl Recorder {
    /// The ending of the name decides how it is written.
    pub fn new(out: Output) -> Result<Self, Failure> {
        let path = out.path();
        let json = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => true,
            Some("npz") => false,
            _ => {
                return Err(Failure::Usage(format!("--trace {} must end in .json or .npz", path.display())));
            }
        };
        Ok(Self { out, json, iterations: Vec::new() })
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
            let bytes = model::tensor_bytes(self.out.path(), &arrays)?;
            return Ok(self.out.write_whole(&bytes)?);
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
        Ok(self.out.write_whole(text.as_bytes())?)
    }
}
