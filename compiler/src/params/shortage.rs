//! What takes the levels of a program that is too deep, and what would fit.

use super::depth::max_depth;
use super::search::Requirements;
use crate::ckks::critical::critical_chain;
use crate::slot;
use crate::tensor;
use crate::tensor::graph::{Loop, Op};
use hep_plan::host::HostOp;

/// Iterations that are tried in full, from the most that have levels enough.
const TRIES: usize = 3;

/// Levels on the longest chain of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Before the loop.
    pub before: u32,
    /// In the iteration with the most.
    pub iteration: u32,
}

/// A smaller degree of all polynomials, with the levels that the program then has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowerDegree {
    /// The degree.
    pub degree: usize,
    /// Levels of the program.
    pub levels: u32,
}

impl Spent {
    /// On the longest chain of a packed program.
    pub fn of(slot: &slot::Program) -> Self {
        let chain = critical_chain(slot).unwrap_or_default();
        let levels = |iteration: u32| chain.iter().filter(|at| **at == iteration).count() as u32;
        Self { before: levels(0), iteration: (1..=slot.iterations).map(levels).max().unwrap_or(0) }
    }
}

/// Most iterations with parameters on this ring, as `fits` finds them; 0 if there are none.
pub fn most_iterations(
    program: &tensor::Program,
    slot: &slot::Program,
    log_n: u32,
    wanted: &Requirements<'_>,
    fits: impl Fn(&tensor::Program) -> bool,
) -> u32 {
    let bound = max_depth(log_n, wanted.security) as usize;
    let shallow = |iterations: u32| {
        let shorter = slot::Program { iterations, ..slot.clone() };
        critical_chain(&shorter).is_ok_and(|chain| chain.len() <= bound)
    };
    // Every iteration adds to the chain.
    let (mut enough, mut too_many) = (0, program.train.iterations);
    while too_many - enough > 1 {
        let middle = enough + (too_many - enough) / 2;
        if shallow(middle) { enough = middle } else { too_many = middle }
    }
    let shorter = |iterations: u32| tensor::Program {
        train: Loop { iterations, ..program.train.clone() },
        ..program.clone()
    };
    (1..=enough).rev().take(TRIES).find(|iterations| fits(&shorter(*iterations))).unwrap_or(0)
}

/// The largest degree below that of the polynomials with which the program has at most `bound` levels.
pub fn lower_degree(program: &tensor::Program, slots: usize, bound: u32) -> Option<LowerDegree> {
    let degrees = program.graph.ids().filter_map(|id| match &program.graph.node(id).op {
        Op::Host(HostOp::Polynomial(coefficients)) => Some(coefficients.len().saturating_sub(1)),
        _ => None,
    });
    let largest = degrees.max()?;
    // The last degree before one more level is needed.
    let lower = (1..usize::BITS).rev().map(|bits| (1 << bits) - 1).filter(|degree: &usize| *degree < largest);
    let found = |degree| {
        let slot = slot::lower(&of_degree(program, degree), slots).ok()?;
        let levels = critical_chain(&slot).ok()?.len() as u32;
        (levels <= bound).then_some(LowerDegree { degree, levels })
    };
    lower.filter_map(found).next()
}

/// The program with polynomials of at most this degree: levels do not depend on coefficients.
fn of_degree(program: &tensor::Program, degree: usize) -> tensor::Program {
    let mut program = program.clone();
    for id in program.graph.ids() {
        if let Op::Host(HostOp::Polynomial(coefficients)) = &mut program.graph.node_mut(id).op {
            // An odd function has no even coefficients, and still needs the whole degree.
            let last = coefficients.last().copied();
            if coefficients.len() > degree + 1 {
                coefficients.truncate(degree + 1);
                coefficients.last_mut().into_iter().zip(last).for_each(|(highest, last)| *highest = last);
            }
        }
    }
    program
}
