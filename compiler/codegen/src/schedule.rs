//! What may run side by side.
//!
//! A *strand* is a row of loops of which each reads the one before, one ciphertext of the data from its scores to its
//! errors, say. Strands that do not read each other form a *stage*; where strands meet, in the sum of a gradient, the
//! next stage begins. A thread that runs a whole strand finds its vectors in the cache.

use crate::kernel::{Kernel, Source};
use std::collections::BTreeMap;
use std::ops::Range;

/// Loops of one phase: strands by stage. The numbers are positions in the list of kernels.
pub(crate) type Stages = Vec<Vec<Vec<usize>>>;

/// Orders the kernels of a range, which is one phase.
pub(crate) fn stages(kernels: &[Kernel], range: Range<usize>) -> Stages {
    // Stage and strand of every node computed so far.
    let mut place: BTreeMap<Source, (usize, usize)> = BTreeMap::new();
    let mut stages: Stages = Vec::new();
    for index in range {
        let kernel = &kernels[index];
        let streams = kernel.parts.iter().flat_map(|part| &part.streams);
        let mut before: Vec<(usize, usize)> = streams.filter_map(|s| place.get(&s.source).copied()).collect();
        before.sort_unstable();
        before.dedup();
        let last = before.last().map_or(0, |(stage, _)| *stage);
        let mut strands = before.iter().filter(|(stage, _)| *stage == last).map(|(_, strand)| *strand);
        let (stage, strand) = match (strands.next(), strands.next()) {
            (Some(only), None) => (last, only),
            (None, _) => (0, stages.first().map_or(0, Vec::len)),
            (Some(_), Some(_)) => (last + 1, stages.get(last + 1).map_or(0, Vec::len)),
        };
        if stages.len() == stage {
            stages.push(Vec::new());
        }
        if stages[stage].len() == strand {
            stages[stage].push(Vec::new());
        }
        stages[stage][strand].push(index);
        place.insert(Source::Node(kernel.node), (stage, strand));
    }
    stages
}
