//! The owner's program on data of the planned size: shapes are known before it runs, hence also what it will cost.

use super::{MAX_RANK, elements};
use hep_plan::Plan;
use hep_plan::host::HostOp;
use hep_plan::plan::LabelKind;
use std::collections::BTreeMap;

/// All results together may have this many elements, and this many times those of the data.
const SPARE_ELEMENTS: u64 = 1 << 24;
const GROWTH: u64 = 64;
/// Largest number of multiplications and additions, some minutes' worth.
const MAX_WORK: u64 = 1 << 38;

/// Refuses a program whose operations do not fit their operands, or that takes memory or time out of proportion to the data.
pub(super) fn check(plan: &Plan) -> Result<(), String> {
    let data = &plan.data;
    let classes = if let LabelKind::Classes(count) = data.label_kind { count } else { 1 };
    let known = BTreeMap::from([
        (data.features.as_str(), vec![data.rows, data.columns]),
        (data.labels.as_str(), vec![data.rows]),
    ]);
    let room = (data.rows as u64).saturating_mul((data.columns + classes + 1) as u64);
    let room = room.saturating_mul(GROWTH).saturating_add(SPARE_ELEMENTS);
    let (mut held, mut work) = (0u64, 0u64);
    let mut shapes: Vec<Vec<usize>> = Vec::with_capacity(plan.owner.nodes.len());
    for node in &plan.owner.nodes {
        let misfit = || format!("the owner's operation `{}` does not fit its operands", node.op.name());
        let operands: Option<Vec<&[usize]>> =
            node.operands.iter().map(|&o| shapes.get(o as usize).map(Vec::as_slice)).collect();
        let operands = operands.ok_or_else(misfit)?;
        let (shape, depth) = match &node.op {
            HostOp::Input(name) => (known.get(name.as_str()).cloned(), 1),
            op => shape(op, &operands).map_or((None, 1), |(shape, depth)| (Some(shape), depth)),
        };
        let shape = shape.ok_or_else(misfit)?;
        let read = operands.iter().map(|s| s.iter().product::<usize>()).max().unwrap_or(0);
        let count = elements(&shape).ok_or_else(misfit)?;
        held = held.saturating_add(count as u64);
        work = work.saturating_add((count as u64).saturating_mul(depth)).saturating_add(read as u64);
        if held > room || work > MAX_WORK {
            return Err("the owner's program is out of proportion to the data".into());
        }
        shapes.push(shape);
    }
    Ok(())
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
            let extents = labelled(a, left)?.chain(labelled(b, right)?);
            let known = agreed(extents)?;
            ((0..*rank).map(|axis| known.get(&axis).copied()).collect::<Option<_>>()?, 1)
        }
        (HostOp::Contract { left, right, sum, out }, [a, b]) => {
            let once =
                |labels: &[usize]| labels.iter().all(|l| labels.iter().filter(|m| *m == l).count() == 1);
            let known = agreed(labelled(a, left)?.chain(labelled(b, right)?))?;
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
        // A factorisation, and two substitutions.
        (HostOp::Inverse, [[rows, columns]]) if rows == columns => (vec![*rows, *rows], 3 * *rows as u64),
        _ => return None,
    })
}

/// Labels of axes with the extents of these.
fn labelled<'a>(
    shape: &'a [usize],
    labels: &'a [usize],
) -> Option<impl Iterator<Item = (usize, usize)> + 'a> {
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
