//! What is known of the sizes of the data before parameters are chosen.

mod kinds;
mod sample;

use hep_plan::host::{HostOp, HostProgram};
use hep_plan::normalize::{self, Units};
use hep_plan::{Magnitude, Tensor};
use hep_tensor::graph::{Op, Program, Values};
use hep_tensor::homogeneity::{Symmetries, symmetries};
use hep_tensor::owner::owner_program;
use sample::assumed_inputs;
use std::cell::RefCell;
use std::collections::BTreeMap;

pub use kinds::{Constant, Kind, Kinds};
pub(crate) use sample::DISTINCT_ROWS;
pub use sample::sample_inputs;

/// Bits of the largest element of a measured tensor that may be fewer than those asked for after the point.
pub const LESS: f64 = 4.0;

/// Where sizes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Features of zero mean and unit variance are assumed.
    Assumed,
    /// The program declares ranges.
    Declared,
    /// The owner's data are at hand.
    Measured,
}

/// Uploads that the server's program is judged by.
#[derive(Debug)]
pub struct Evidence {
    /// The uploads in their usual units. None where sample data make no sense to the program (a logarithm of its
    /// features, say).
    pub uploads: BTreeMap<String, Tensor>,
    /// Where they come from.
    pub known: Known,
    /// The units that the uploads may be in.
    pub symmetries: Symmetries,
    /// log2 of the usual root mean square of each upload.
    pub usual: BTreeMap<String, i32>,
    /// Sizes of what was computed from the uploads so far.
    pub kinds: RefCell<Kinds>,
}

impl Evidence {
    /// From the owner's data where they are given, else from declared ranges, else from what is assumed.
    #[must_use]
    pub fn of(program: &Program, data: Option<&BTreeMap<String, Tensor>>) -> Self {
        let owner = owner_program(program).map(|side| side.program).unwrap_or_default();
        let symmetries = symmetries(program);
        let assumed = run(&owner, &assumed_inputs(program));
        let usual = symmetries.uploads.iter().map(|(name, _)| {
            let rms = assumed.get(name).map_or(1.0, |tensor| Magnitude::of(&tensor.data).rms);
            let bits = if rms > 0.0 && rms.is_finite() { rms.log2().round() } else { 0.0 };
            (name.clone(), bits as i32)
        });
        let usual: BTreeMap<String, i32> = usual.collect();
        let (known, mut uploads) = match data {
            Some(data) => (Known::Measured, run(&owner, data)),
            None if declares_ranges(program) => (Known::Declared, run(&owner, &sample_inputs(program))),
            None => (Known::Assumed, assumed),
        };
        let units: Vec<Units<'_>> = symmetries
            .uploads
            .iter()
            .map(|(name, units)| Units { name, usual: usual.get(name).copied().unwrap_or(0), units })
            .collect();
        let exponents = normalize::exponents(&units, &uploads);
        for Units { name, units, .. } in units {
            if let Some(tensor) = uploads.get_mut(name) {
                normalize::divide(tensor, units, &exponents);
            }
        }
        Self { uploads, known, symmetries, usual, kinds: RefCell::default() }
    }

    /// log2 of the usual root mean square of an upload.
    #[must_use]
    pub fn usual(&self, upload: &str) -> i32 {
        self.usual.get(upload).copied().unwrap_or(0)
    }
}

fn run(owner: &HostProgram, inputs: &BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    owner.run(inputs).unwrap_or_default()
}

/// Whether a range of real numbers is declared for one of the owner's inputs.
pub fn declares_ranges(program: &Program) -> bool {
    program.graph.ids().map(|id| program.graph.node(id)).any(|node| {
        let input = matches!(node.op, Op::Host(HostOp::Input(_)));
        input && node.ty.values == Values::Real && node.ty.range.is_some()
    })
}
