//! A transform and a rotation, measured and compared with the table.

use crate::commands::on_pool;
use crate::costs::Costs;
use crate::failure::Failure;
use hep_calibrate::{Operation, Probe, probe};
use hep_server::executor::Options;
use serde::Serialize;

/// The ring measured: 2^15.
const RING: u32 = 15;

/// Seconds on one thread, and what the table expects.
#[derive(Debug, Serialize)]
pub struct Speed {
    pub ring_log2: u32,
    pub transform_seconds: f64,
    pub transform_expected: f64,
    pub rotation: String,
    pub rotation_seconds: f64,
    pub rotation_expected: f64,
    /// Name of the table.
    pub table: String,
}

impl Speed {
    /// How many times as long as expected a rotation takes.
    pub fn slowness(&self) -> f64 {
        self.rotation_seconds / self.rotation_expected
    }
}

/// Measures on one thread.
pub fn measure(costs: &Costs) -> Result<Speed, Failure> {
    let one = Options { threads: 1, ..Options::default() };
    let Probe { log_n, transform, rotation } = on_pool(one, || probe(RING))??;
    let ring = costs.table.ring(log_n);
    let expected = |operation: &Operation| ring.seconds(operation.work, 1);
    Ok(Speed {
        ring_log2: log_n,
        transform_seconds: transform.seconds,
        transform_expected: expected(&transform),
        rotation_expected: expected(&rotation),
        rotation_seconds: rotation.seconds,
        rotation: rotation.name,
        table: costs.name.clone(),
    })
}
