//! Whether a schedule has room and precision for values of known sizes, and by which scales.

use super::digits::Priced;
use super::failure::{HEADROOM_BITS, ParamsFailure, Tight};
use super::magnitudes::Sizes;
use super::request::Requirements;
use crate::ckks::passes::keys::Composed;
use crate::ckks::scale::System;
use crate::ckks::{self, balance};
use crate::evidence::{Evidence, Known, LESS};
use crate::noise::{self, Estimate, Tightest};
use hep_plan::{Magnitude, Params};
use hep_tensor::stage::Stage;
use std::borrow::Cow;
use std::cell::OnceCell;

/// Judges schedules by the sizes of their values.
pub(super) struct Judge<'a> {
    /// What is known of the data.
    pub evidence: &'a Evidence,
    /// Sizes of the schedule's values.
    pub sizes: &'a Sizes,
    /// The schedule's scales, balanced, once they were needed.
    pub balanced: &'a OnceCell<System>,
    /// What is asked for.
    pub wanted: &'a Requirements<'a>,
    /// Nominal scale in bits.
    pub scale_bits: u32,
}

/// A schedule that has room and precision.
pub(super) struct Judged {
    pub params: Params,
    pub seconds: f64,
    pub key_bytes: u64,
    pub ckks: ckks::Program,
    pub noise: Estimate,
    /// Whether its scales depend on sizes.
    pub balanced: bool,
}

impl Judge<'_> {
    /// The schedule at nominal scales, or else at scales that balance the sizes of its values: what is nominal tells the
    /// server nothing of the data.
    pub fn best(&self, schedule: &ckks::Program, priced: Priced) -> Result<Judged, ParamsFailure> {
        let Priced { params, cost: seconds, bytes: key_bytes, composed } = priced;
        let (mut ckks, nodes) = match composed {
            None => (schedule.clone(), Cow::Borrowed(self.sizes.nodes.as_slice())),
            Some(Composed { program, like }) => {
                (program, like.iter().map(|id| self.sizes.nodes[id.index()]).collect())
            }
        };
        let failure = match self.estimate(&ckks, &params, &nodes, false) {
            Ok(noise) => return Ok(Judged { params, seconds, key_bytes, ckks, noise, balanced: false }),
            Err(failure) if self.evidence.known == Known::Assumed => return Err(failure),
            Err(failure) => failure,
        };
        let clock = self.wanted.with.clock;
        ckks.scales = self
            .balanced
            .get_or_init(|| {
                clock.time(Stage::BalanceScales, || balance::balanced(schedule, &self.sizes.nodes))
            })
            .clone();
        match self.estimate(&ckks, &params, &nodes, true) {
            Ok(noise) => Ok(Judged { params, seconds, key_bytes, ckks, noise, balanced: true }),
            Err(other) => Err(if other.rank() >= failure.rank() { other } else { failure }),
        }
    }

    /// The noise of a schedule with enough room and precision.
    fn estimate(
        &self,
        ckks: &ckks::Program,
        params: &Params,
        nodes: &[Magnitude],
        balanced: bool,
    ) -> Result<Estimate, ParamsFailure> {
        let clock = self.wanted.with.clock;
        let noise = clock.time(Stage::Noise, || {
            let mut noise = noise::estimate(ckks, params, self.scale_bits, nodes);
            let scheme = (params, self.scale_bits);
            if let Some(errors) = noise::after_all_runs(ckks, scheme, &noise, &self.evidence.uploads) {
                noise.errors = errors;
            }
            noise
        });
        if noise.headroom_bits < HEADROOM_BITS {
            let at = noise.tightest.map(|Tightest { node, largest, room }| {
                let (origin, part) = (ckks.graph.node(node).origin, ckks.part(node));
                Tight { origin, part, largest, room }
            });
            let known = self.evidence.known;
            return Err(ParamsFailure::Headroom { found: noise.headroom_bits, at, known });
        }
        let wanted = self.wanted.precision_bits;
        for ((point, largest), output) in noise.output_bits().zip(&self.sizes.outputs).zip(&ckks.outputs) {
            // A tensor of zeros has no largest element to be relative to.
            let own = if *largest > 0.0 { point + largest.log2() } else { point };
            let measured = self.evidence.known == Known::Measured;
            // Bits after the point are what is asked for; of what is measured, few of its own may not be enough.
            let nominal = if measured { own.max(point.min(own + LESS)) } else { point };
            let found = if balanced { own } else { nominal };
            if found < wanted {
                let (output, relative) = (output.name.clone(), balanced || measured);
                return Err(ParamsFailure::Precision { found, wanted, output, relative });
            }
        }
        Ok(noise)
    }
}
