//! Sample data for magnitudes: the same for every compilation, so that plans are.

use hep_plan::Tensor;
use hep_plan::host::HostOp;
use hep_tensor::Program;
use hep_tensor::graph::{Op, Values};
use std::collections::BTreeMap;

/// Rows that differ: a larger data set repeats them, so that its ciphertexts repeat too and each is evaluated once.
/// A power of two, because ciphertexts hold powers of two of rows.
pub(crate) const DISTINCT_ROWS: usize = 256;

/// Sample values of the owner's inputs: features uniform in their declared range, else of zero mean and unit
/// variance; labels in turn.
#[must_use]
pub fn sample_inputs(program: &Program) -> BTreeMap<String, Tensor> {
    sampled(program, |range| range)
}

/// The same as if no range were declared.
pub(super) fn assumed_inputs(program: &Program) -> BTreeMap<String, Tensor> {
    sampled(program, |_| None)
}

fn sampled(
    program: &Program,
    declared: impl Fn(Option<(f64, f64)>) -> Option<(f64, f64)>,
) -> BTreeMap<String, Tensor> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut inputs = BTreeMap::new();
    for id in program.graph.ids() {
        let node = program.graph.node(id);
        let Op::Host(HostOp::Input(name)) = &node.op else { continue };
        let shape = node.ty.shape();
        let len: usize = shape.iter().product();
        let rows = shape.first().copied().unwrap_or(1).max(1);
        let distinct = rows.min(DISTINCT_ROWS) * (len / rows);
        let first: Vec<f64> = match node.ty.values {
            Values::Class { classes } => (0..distinct).map(|i| (i % classes.max(1)) as f64).collect(),
            Values::Bit => (0..distinct).map(|i| (i % 2) as f64).collect(),
            Values::Real | Values::OneHot => {
                (0..distinct).map(|_| real(&mut state, declared(node.ty.range))).collect()
            }
        };
        let data = first.iter().copied().cycle().take(len).collect();
        inputs.entry(name.clone()).or_insert(Tensor { shape, data });
    }
    inputs
}

fn real(state: &mut u64, range: Option<(f64, f64)>) -> f64 {
    match range {
        Some((low, high)) => low + (high - low) * uniform(state),
        // The sum of twelve uniform numbers has unit variance (Irwin–Hall).
        None => (0..12).map(|_| uniform(state)).sum::<f64>() - 6.0,
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014) on the unit interval.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}
