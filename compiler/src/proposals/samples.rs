//! What nobody's data have decided: whether scores of sample data stay in the ranges of the polynomials that are proposed.

use hep_back::evidence::{declares_ranges, sample_inputs};
use hep_plan::host::HostOp;
use hep_tensor::Program;
use hep_tensor::graph::Op;
use hep_tensor::ranges::check;
use std::cmp::Reverse;

/// On what proposals are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// On nobody's data: ranges are those of sample data.
    Samples,
    /// On the owner's data.
    Data,
}

/// Products of numbers in a clear run that is done for every proposal.
const MOST: u128 = 1 << 24;

/// How scores of sample data leave their ranges: the better the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Left {
    /// The iteration in which that happens first, the later the less.
    first: Reverse<u32>,
    /// Millionths of the scores, summed over the iterations.
    outside: u64,
}

/// Whether and how scores of sample data leave a range: not at all where there is none; nothing where that is not known.
pub(super) fn left(program: &Program) -> Option<Option<Left>> {
    if program.checks.is_empty() || work(program) > MOST {
        return None;
    }
    let reports = check(program, &sample_inputs(program)).ok()?;
    // What is outside of the loop comes last.
    let when = |iteration: u32| if iteration == 0 { u32::MAX } else { iteration };
    let outside = || reports.iter().filter(|report| report.outside > 0.0);
    let first = outside().map(|report| when(report.iteration)).min();
    let millionths = |share: f64| (share * 1e6).ceil() as u64;
    let sum = outside().map(|report| millionths(report.outside)).sum();
    Some(first.map(|first| Left { first: Reverse(first), outside: sum }))
}

/// For what data a range is that was found by trying.
pub(super) fn said(program: &Program, left: Option<Option<Left>>) -> &'static str {
    match left {
        Some(None) if declares_ranges(program) => "the range is for sample data in the declared ranges",
        Some(None) => "the range is for sample data of unit variance",
        Some(Some(_)) | None => "which range is right the data decide",
    }
}

/// Numbers that a clear run computes, those of every product of a contraction counted.
fn work(program: &Program) -> u128 {
    let graph = &program.graph;
    let size = |id| -> u128 {
        let own = |id| graph.node(id).ty.dims.iter();
        let product = |sizes: &mut dyn Iterator<Item = usize>| sizes.map(|size| size as u128).product();
        match (&graph.node(id).op, graph.operands(id)) {
            (Op::Host(HostOp::Contract { .. }), &[left, right]) => {
                let others = own(right).filter(|dim| own(left).all(|known| known.name != dim.name));
                product(&mut own(left).chain(others).map(|dim| dim.size))
            }
            _ => product(&mut own(id).map(|dim| dim.size)),
        }
    };
    let all: u128 = graph.ids().map(size).sum();
    all * u128::from(program.train.iterations.max(1))
}
