//! Noise and room of a schedule, by the model of [`hep_plan::noise`] on the instructions it becomes.
#![warn(clippy::wildcard_enum_match_arm)]

mod runs;

pub use runs::after_all_runs;

use crate::ckks::graph::Program;
use crate::ckks::instructions;
use hep_plan::noise::{DEVIATIONS, deviations, room};
use hep_plan::{Magnitude, Params};
use hep_tensor::dag::NodeId;

/// Error and headroom of a schedule under parameters.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Standard deviation of each node's slot error.
    pub deviation: Vec<f64>,
    /// Largest slot error that is promised for each output.
    pub errors: Vec<f64>,
    /// Least distance in bits between a message and half its modulus, over all nodes.
    pub headroom_bits: f64,
    /// Where that is.
    pub tightest: Option<Tightest>,
}

/// The value that comes nearest to its modulus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tightest {
    /// The value.
    pub node: NodeId,
    /// Its largest slot.
    pub largest: f64,
    /// The largest slot that it has room for.
    pub room: f64,
}

impl Estimate {
    /// Bits after the binary point that hold in every slot, for each output.
    pub fn output_bits(&self) -> impl Iterator<Item = f64> + '_ {
        self.errors.iter().map(|error| if error.is_nan() { f64::NEG_INFINITY } else { -error.log2() })
    }
}

/// Propagates noise through a schedule. `sizes` has an entry per node.
#[must_use]
pub fn estimate(program: &Program, params: &Params, scale_bits: u32, sizes: &[Magnitude]) -> Estimate {
    let emitted = instructions::server(program, params, scale_bits, true);
    let server = &emitted.server;
    let mut of_values = vec![Magnitude::UNIT; server.values.len()];
    for id in program.graph.ids() {
        of_values[emitted.registers[id.index()] as usize] = sizes[id.index()];
    }
    let found = deviations(server, params, &of_values);
    let deviation: Vec<f64> = emitted.registers.iter().map(|reg| found[*reg as usize]).collect();
    let error = |ids: &[NodeId]| {
        // `f64::max` would pass over an error that is not a number.
        let all = ids.iter().map(|id| deviation[id.index()]);
        DEVIATIONS * all.fold(0.0, |worst, d| if d > worst || d.is_nan() { d } else { worst })
    };
    let errors = program.outputs.iter().map(|o| error(&o.values)).collect();
    let (mut headroom_bits, mut tightest) = (f64::INFINITY, None);
    for id in program.graph.ids() {
        let (largest, room) = (sizes[id.index()].max, room(server, params, emitted.registers[id.index()]));
        let bits = room.log2() - largest.max(1e-300).log2();
        if bits < headroom_bits {
            (headroom_bits, tightest) = (bits, Some(Tightest { node: id, largest, room }));
        }
    }
    Estimate { deviation, errors, headroom_bits, tightest }
}
