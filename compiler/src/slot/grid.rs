//! The grid of a program, read off its matrix products.

use super::LowerError;
use crate::dag::NodeId;
use crate::layout::Grid;
use crate::tensor::Program;
use crate::tensor::graph::{Dim, Op, Place};
use hep_plan::host::HostOp;

/// Vectors of a run in the clear where nothing fixes their length, as powers of two: the shortest that hold all samples.
const CLEAR: std::ops::RangeInclusive<u32> = 10..=15;
/// Slots of the largest ring, for models that fit no smaller one.
const LARGEST: usize = 1 << 16;

/// Slots for a run in the clear, where no ring is chosen.
pub(super) fn clear_slots(program: &Program) -> usize {
    let samples = |name: &str| {
        let dims = program.graph.ids().flat_map(|id| &program.graph.node(id).ty.dims);
        dims.filter(|d| d.name == name).map(|d| d.size).max().unwrap_or(1)
    };
    let holds = |slots: usize, all: bool| {
        let grid = choose(program, slots).ok()?;
        let rows = grid.samples.as_deref().map_or(1, samples);
        (!all || grid.rows >= rows).then_some(slots)
    };
    let longest = 1 << CLEAR.end();
    let whole = CLEAR.map(|log| 1 << log).find_map(|slots| holds(slots, true));
    whole.or_else(|| holds(longest, false)).unwrap_or(LARGEST)
}

/// A grid for the program: its first product of a loop-invariant secret matrix says what samples and features are.
pub(super) fn choose(program: &Program, slots: usize) -> Result<Grid, LowerError> {
    let graph = &program.graph;
    let body = program.in_body();
    let secret = |id: NodeId| graph.node(id).ty.place == Place::Secret;
    let mut axes: Option<(Dim, Dim)> = None;
    for id in graph.ids() {
        let Op::Host(HostOp::Contract { left, right, sum, .. }) = &graph.node(id).op else { continue };
        let [a, b] = *graph.operands(id) else { continue };
        for (matrix, other, labels) in [(a, b, left), (b, a, right)] {
            let dims = &graph.node(matrix).ty.dims;
            let invariant = secret(matrix) && !body[matrix.index()] && dims.len() == 2;
            if axes.is_none() && invariant && secret(other) && body[other.index()] {
                let inner = labels.iter().position(|l| l == sum).unwrap_or(1);
                axes = Some((dims[1 - inner].clone(), dims[inner].clone()));
            }
        }
    }
    let fallback = || program.train.carried.iter().find_map(|c| graph.node(c.param).ty.dims.last().cloned());
    let (samples, features) = match axes {
        Some((samples, features)) => (Some(samples), features),
        None => (None, fallback().unwrap_or_else(|| Dim { name: String::new(), size: 1 })),
    };
    let classes = graph
        .ids()
        .filter(|&id| secret(id))
        .flat_map(|id| graph.node(id).ty.dims.iter())
        .filter(|d| Some(&d.name) != samples.as_ref().map(|s| &s.name) && d.name != features.name)
        .map(|d| d.size)
        .max()
        .unwrap_or(1);
    let model = program.train.carried.first().map(|c| graph.node(c.param).span).unwrap_or_default();
    Grid::new(samples.as_ref(), &features, classes, slots)
        .map_err(|error| LowerError::too_wide(&error, model, slots))
}
