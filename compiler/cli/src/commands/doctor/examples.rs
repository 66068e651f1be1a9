//! What the built-in examples need.

use crate::costs::Costs;
use crate::failure::Failure;
use crate::source;
use hep_compiler::Options;
use hep_compiler::source::SourceFile;
use hep_plan::Plan;
use hep_plan::cost::estimate;
use serde::Serialize;

/// Name, text, and the sizes at which the README runs it.
type Program = (&'static str, &'static str, &'static [(&'static str, usize)]);

const EXAMPLES: [Program; 4] = [
    (
        "mlr_quadratic_gradient",
        include_str!("../../../../../programs/examples/mlr_quadratic_gradient.hep"),
        &[("f", 384)],
    ),
    ("mlr_published", include_str!("../../../../../programs/examples/mlr_published.hep"), &[]),
    (
        "nn_two_hidden",
        include_str!("../../../../../programs/examples/nn_two_hidden.hep"),
        &[("f", 384), ("T", 1)],
    ),
    ("lr_nesterov", include_str!("../../../../../programs/examples/lr_nesterov.hep"), &[]),
];

/// An example on this machine.
#[derive(Debug, Serialize)]
pub struct Example {
    pub name: &'static str,
    pub ring_log2: u32,
    /// Peak memory of a run on all cores.
    pub memory_bytes: u64,
    /// Keys and ciphertexts in files.
    pub disk_bytes: u64,
    /// Predicted seconds of a run on all cores.
    pub seconds: f64,
    pub fits: bool,
}

/// Compiles the examples and compares their needs with what there is. What is not known is no obstacle.
pub fn examine(costs: &Costs, memory: Option<u64>, disk: Option<u64>) -> Result<Vec<Example>, Failure> {
    let cores = costs.basis().cores;
    let examine = |(name, text, dims): &Program| {
        let plan = compile(name, text, dims, costs)?;
        let memory_bytes = plan.peak_bytes(cores);
        let disk_bytes = plan.eval_key_bytes() + plan.upload_bytes();
        let enough = |needed: u64, there: Option<u64>| there.is_none_or(|there| needed <= there);
        Ok(Example {
            name,
            ring_log2: plan.params.log_n,
            memory_bytes,
            disk_bytes,
            seconds: estimate(&plan, &costs.table, cores).total,
            fits: enough(memory_bytes, memory) && enough(disk_bytes, disk),
        })
    };
    EXAMPLES.iter().map(examine).collect()
}

fn compile(name: &str, text: &str, dims: &[(&str, usize)], costs: &Costs) -> Result<Plan, Failure> {
    let file = SourceFile::new(format!("{name}.hep"), text);
    let dims = dims.iter().map(|(name, size)| ((*name).to_string(), *size)).collect();
    let options = Options { dims, costs: costs.table.clone(), ..Options::default() };
    let analysis = source::analyze(&file, &options)?;
    Ok(source::lower(&file, analysis, &options)?.plan)
}
