//! Axes of operations as the names of dimensions give them: texts leave out what the names say.

use super::graph::{Dim, Type};
use hep_plan::host::{Binary, HostOp, Reduction};

/// A function of two values, each dimension of an operand being the one of that name of the result.
pub(crate) fn binary(f: Binary, [a, b]: [&Type; 2], ty: &Type) -> Option<HostOp> {
    let axes = |of: &Type| match of.dims == ty.dims {
        true => Some((0..of.dims.len()).collect()),
        false => positions(of.dims.iter(), &ty.dims),
    };
    Some(HostOp::Binary { f, left: axes(a)?, right: axes(b)?, rank: ty.dims.len() })
}

/// A product over the first dimension of this name on either side, whose result has the other dimensions of the left side, then those of
/// the right. Labels are numbered like those of [`Builder::matmul`](super::build::Builder::matmul).
pub(crate) fn contract([a, b]: [&Type; 2], over: &str, ty: &Type) -> Option<HostOp> {
    let sum = a.dims.len().checked_sub(1)?;
    let side = |of: &Type, first: usize, out: &[Dim]| -> Option<Vec<usize>> {
        let axis = of.axis(over)?;
        let free = of.dims.iter().enumerate().filter(|(at, _)| *at != axis).map(|(_, dim)| dim);
        let mut labels = positions(free, out)?;
        labels.iter_mut().for_each(|label| *label += first);
        labels.insert(axis, sum);
        Some(labels)
    };
    let (left, right) = ty.dims.split_at_checked(sum)?;
    let out = (0..=ty.dims.len()).filter(|label| *label != sum).collect();
    Some(HostOp::Contract { left: side(a, 0, left)?, right: side(b, sum + 1, right)?, sum, out })
}

/// The operation with the labels of a contraction numbered in order of occurrence: which numbers they are means nothing.
pub(crate) fn numbered(op: &HostOp) -> HostOp {
    let HostOp::Contract { left, right, sum, out } = op else { return op.clone() };
    let mut order: Vec<usize> = Vec::new();
    for label in left.iter().chain(right) {
        if !order.contains(label) {
            order.push(*label);
        }
    }
    let number = |label: &usize| order.iter().position(|l| l == label).unwrap_or(*label);
    HostOp::Contract {
        left: left.iter().map(number).collect(),
        right: right.iter().map(number).collect(),
        sum: number(sum),
        out: out.iter().map(number).collect(),
    }
}

/// A sum or a mean over the first dimension of this name.
pub(crate) fn reduce(kind: Reduction, a: &Type, over: &str) -> Option<HostOp> {
    a.axis(over).map(|axis| HostOp::Reduce { kind, axis })
}

/// Dimensions in the order in which the result has those of their names.
pub(crate) fn permute(a: &Type, ty: &Type) -> Option<HostOp> {
    positions(ty.dims.iter(), &a.dims).map(HostOp::Permute)
}

/// Dimensions under other names.
pub(crate) fn rename(ty: &Type) -> HostOp {
    HostOp::Permute((0..ty.dims.len()).collect())
}

fn positions<'a>(dims: impl Iterator<Item = &'a Dim>, among: &[Dim]) -> Option<Vec<usize>> {
    dims.map(|dim| among.iter().position(|other| other == dim)).collect()
}
