//! Programs in the clear that come from a file: shapes are known before they run, hence also what they will cost.

use super::{MAX_CLASSES, MAX_RANK, elements};
use hep_plan::Plan;
use hep_plan::host::{HostOp, HostProgram};
use hep_plan::number::shown;
use hep_plan::plan::{DataSpec, LabelKind};
use std::collections::BTreeMap;
use thiserror::Error;

/// Elements that all results together may have whatever the data are, 128 MB, and this many times those that they imply.
const SPARE_ELEMENTS: u64 = 1 << 24;
const GROWTH: u64 = 64;
/// Multiplications and additions whatever the data are, half a minute's worth, and this many times the products of matrices
/// that they imply.
const SPARE_WORK: u64 = 1 << 35;
const PRODUCTS: u64 = 16;

/// Why a program in the clear is not run.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostProgramError {
    /// An operation that is none.
    #[error("the owner's operation `{0}` makes no sense")]
    Nonsense(String),
    /// An operation that does not fit its operands, or reads an input that is not given.
    #[error("the owner's operation `{0}` does not fit its operands")]
    Misfit(String),
    /// Results that take too much memory.
    #[error(
        "the owner's program is out of proportion to the data: it makes more than {allowed} numbers of {given}"
    )]
    Memory {
        /// Numbers that would be in proportion.
        allowed: u64,
        /// Numbers that are given.
        given: u64,
    },
    /// Operations that take too long.
    #[error(
        "the owner's program is out of proportion to the data: it makes more than {} multiplications with {given} numbers",
        shown(*allowed as f64)
    )]
    Work {
        /// Multiplications that would be in proportion.
        allowed: u64,
        /// Numbers that are given.
        given: u64,
    },
}

/// What a program in the clear is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Rows of data.
    rows: usize,
    /// Features or classes of a row, the larger of both.
    side: usize,
    /// How often the program runs, each time on so many rows.
    blocks: u64,
    shapes: BTreeMap<String, Vec<usize>>,
    /// Elements of the tensors that are no data, and the largest extent of any.
    kept: u64,
    width: usize,
}

impl Given {
    /// So many rows of data, with labels.
    #[must_use]
    pub fn new(data: &DataSpec, rows: usize) -> Self {
        let classes = if let LabelKind::Classes(count) = data.label_kind { count } else { 1 };
        let side = data.columns.max(classes).saturating_add(1);
        let shapes = BTreeMap::from([
            (data.labels.clone(), vec![rows]),
            (data.features.clone(), vec![rows, data.columns]),
        ]);
        Self { rows, side, blocks: 1, shapes, kept: 0, width: side }
    }

    /// So many blocks of these rows, one after the other.
    #[must_use]
    pub fn blocks(mut self, count: usize) -> Self {
        self.blocks = count as u64;
        self
    }

    /// A tensor beside the data.
    #[must_use]
    pub fn and(mut self, name: &str, shape: &[usize]) -> Self {
        self.count(shape);
        self.shapes.insert(name.to_string(), shape.to_vec());
        self
    }

    fn count(&mut self, shape: &[usize]) {
        self.kept = self.kept.saturating_add(elements(shape).unwrap_or(usize::MAX) as u64);
        self.width = shape.iter().copied().fold(self.width, usize::max);
    }

    /// Numbers of the data and of what is kept beside them.
    fn elements(&self) -> u64 {
        (self.rows as u64).saturating_mul(self.side as u64).saturating_add(self.kept)
    }

    /// Elements that results of one block may have: some of every row, matrices over features, and some of what is kept.
    fn room(&self) -> u64 {
        let [rows, side, width] = [self.rows, self.side, self.width].map(|extent| extent as u64);
        let rows = rows.saturating_add(1).saturating_mul(width).saturating_add(self.kept);
        let matrices = side.saturating_mul(side).saturating_mul(PRODUCTS);
        SPARE_ELEMENTS.saturating_add(rows.saturating_mul(GROWTH)).saturating_add(matrices)
    }

    /// Multiplications that all results may take: of the rows, and of matrices over features, with matrices over features and with
    /// what is kept.
    fn work(&self) -> u64 {
        let side = self.side as u64;
        let rows = self.blocks.saturating_mul(self.rows as u64);
        let factors = side.saturating_mul(side).saturating_add(self.kept);
        let products = rows.saturating_add(side).saturating_mul(factors).saturating_mul(PRODUCTS);
        SPARE_WORK.saturating_add(products).saturating_add(self.blocks.saturating_mul(self.room()))
    }
}

/// Checks a plan's programs.
pub(super) fn check(plan: &Plan) -> Result<(), HostProgramError> {
    let owner = Given::new(&plan.data, plan.data.rows);
    let shapes = shapes(&plan.owner, owner)?;
    let mut predict = Given::new(&plan.data, plan.data.rows);
    for output in &plan.outputs {
        predict = predict.and(&output.name, &output.layout.shape);
    }
    let kept = plan.owner.outputs.iter().filter(|(name, _)| plan.state.contains(name));
    for (name, node) in kept {
        // What there is not, `Plan::validate` says.
        if let Some(shape) = shapes.get(*node as usize) {
            predict = predict.and(name, shape);
        }
    }
    bounded(&plan.predict, predict)
}

/// Refuses a program from a file that takes memory or time out of proportion to what it is given. Every one is checked here
/// before it runs.
///
/// # Errors
/// Operations that make no sense or do not fit, and results that are too many or too dear.
pub fn bounded(program: &HostProgram, given: Given) -> Result<(), HostProgramError> {
    shapes(program, given).map(drop)
}

/// The shape of every node of a program that passes [`bounded`].
fn shapes(program: &HostProgram, mut given: Given) -> Result<Vec<Vec<usize>>, HostProgramError> {
    for node in &program.nodes {
        sane(&node.op)?;
        if let HostOp::Constant(tensor) = &node.op {
            given.count(&tensor.shape);
        }
    }
    let (room, most) = (given.room(), given.work());
    let (mut held, mut work) = (0u64, 0u64);
    let mut shapes: Vec<Vec<usize>> = Vec::with_capacity(program.nodes.len());
    for node in &program.nodes {
        let misfit = || HostProgramError::Misfit(node.op.name());
        let operands: Option<Vec<&[usize]>> =
            node.operands.iter().map(|&o| shapes.get(o as usize).map(Vec::as_slice)).collect();
        let operands = operands.ok_or_else(misfit)?;
        let (shape, depth) = match &node.op {
            HostOp::Input(name) => (given.shapes.get(name).cloned(), 1),
            op => shape(op, &operands).map_or((None, 1), |(shape, depth)| (Some(shape), depth)),
        };
        let shape = shape.ok_or_else(misfit)?;
        let read = operands.iter().map(|s| s.iter().product::<usize>()).max().unwrap_or(0);
        let count = elements(&shape).ok_or_else(misfit)?;
        held = held.saturating_add(count as u64);
        let done = (count as u64).saturating_mul(depth).saturating_add(read as u64);
        work = work.saturating_add(done.saturating_mul(given.blocks));
        if held > room {
            return Err(HostProgramError::Memory { allowed: room, given: given.elements() });
        }
        if work > most {
            return Err(HostProgramError::Work { allowed: most, given: given.elements() });
        }
        shapes.push(shape);
    }
    Ok(shapes)
}

/// Refuses an operation whose own numbers make no sense.
fn sane(op: &HostOp) -> Result<(), HostProgramError> {
    let sane = match op {
        HostOp::Constant(tensor) => elements(&tensor.shape) == Some(tensor.data.len()),
        HostOp::OneHot { classes } => (1..=MAX_CLASSES).contains(classes),
        HostOp::Binary { left, right, rank, .. } => {
            *rank <= MAX_RANK && left.len().max(right.len()) <= MAX_RANK
        }
        HostOp::Contract { left, right, out, .. } => left.len().max(right.len()).max(out.len()) <= MAX_RANK,
        HostOp::Permute(order) => order.len() <= MAX_RANK,
        HostOp::Normal { shape, .. } => elements(shape).is_some(),
        HostOp::Identity { size } => *size > 0 && elements(&[*size, *size]).is_some(),
        _ => true,
    };
    if sane { Ok(()) } else { Err(HostProgramError::Nonsense(op.name())) }
}

/// Multiplications that stand for one random number.
const NORMAL_WORK: u64 = 32;

/// Shape of a result and multiplications per element.
fn shape(op: &HostOp, operands: &[&[usize]]) -> Option<(Vec<usize>, u64)> {
    Some(match (op, operands) {
        (HostOp::Constant(value), []) => (value.shape.clone(), 1),
        (HostOp::Unary(_), [x]) => (x.to_vec(), 1),
        (HostOp::Polynomial(coefficients), [x]) => (x.to_vec(), coefficients.len() as u64),
        (HostOp::Binary { left, right, rank, .. }, [a, b]) => {
            let extents = labeled(a, left)?.chain(labeled(b, right)?);
            let known = agreed(extents)?;
            ((0..*rank).map(|axis| known.get(&axis).copied()).collect::<Option<_>>()?, 1)
        }
        (HostOp::Contract { left, right, sum, out }, [a, b]) => {
            let once =
                |labels: &[usize]| labels.iter().all(|l| labels.iter().filter(|m| *m == l).count() == 1);
            let known = agreed(labeled(a, left)?.chain(labeled(b, right)?))?;
            let shared = left.iter().filter(|l| right.contains(l)).eq([sum]);
            // Every label but the summed one, each once.
            let all = out.len() + 2 == left.len() + right.len() && !out.contains(sum);
            if !(shared && all && once(left) && once(right) && once(out)) {
                return None;
            }
            (out.iter().map(|l| known.get(l).copied()).collect::<Option<_>>()?, known[sum] as u64)
        }
        (HostOp::Reduce { axis, .. }, [x]) if *axis < x.len() => {
            (x.iter().enumerate().filter(|(i, _)| i != axis).map(|(_, e)| *e).collect(), 1)
        }
        (HostOp::Permute(order), [x]) if order.len() == x.len() => {
            (order.iter().map(|&axis| x.get(axis).copied()).collect::<Option<_>>()?, 1)
        }
        (HostOp::BiasColumn, [[rows, columns]]) => (vec![*rows, columns + 1], 1),
        (HostOp::OneHot { classes }, [[rows]]) => (vec![*rows, *classes], 1),
        (HostOp::Normal { shape, .. }, []) => (shape.clone(), NORMAL_WORK),
        (HostOp::Element, [[_], index]) if index.iter().product::<usize>() == 1 => (vec![], 1),
        (HostOp::Identity { size }, []) => (vec![*size, *size], 1),
        (HostOp::Cholesky, [[rows, columns]]) if rows == columns => (vec![*rows, *rows], *rows as u64),
        // A factorization, and two substitutions.
        (HostOp::Inverse, [[rows, columns]]) if rows == columns => (vec![*rows, *rows], 3 * *rows as u64),
        _ => return None,
    })
}

/// Labels of axes with the extents of these.
fn labeled<'a>(shape: &'a [usize], labels: &'a [usize]) -> Option<impl Iterator<Item = (usize, usize)> + 'a> {
    (shape.len() == labels.len() && shape.len() <= MAX_RANK)
        .then(|| labels.iter().copied().zip(shape.iter().copied()))
}

/// The extent of every label, if all axes of a label have the same.
fn agreed(extents: impl Iterator<Item = (usize, usize)>) -> Option<BTreeMap<usize, usize>> {
    let mut known = BTreeMap::new();
    for (label, extent) in extents {
        if *known.entry(label).or_insert(extent) != extent {
            return None;
        }
    }
    Some(known)
}
