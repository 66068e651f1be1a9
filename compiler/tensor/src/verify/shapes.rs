//! Whether an operation fits its operands and its type.

use crate::graph::{Dim, Type};
use hep_plan::host::{Binary, HostOp, Unary};
use std::collections::BTreeSet;

/// Operations a server can carry out on ciphertexts.
pub(super) fn is_polynomial(op: &HostOp) -> bool {
    match op {
        HostOp::Unary(f) => *f == Unary::Neg,
        HostOp::Binary { f, .. } => matches!(f, Binary::Add | Binary::Sub | Binary::Mul),
        HostOp::Contract { .. } | HostOp::Reduce { .. } | HostOp::Permute(_) | HostOp::Polynomial(_) => true,
        HostOp::Input(_)
        | HostOp::Constant(_)
        | HostOp::BiasColumn
        | HostOp::OneHot { .. }
        | HostOp::Normal { .. }
        | HostOp::Element
        | HostOp::Identity { .. }
        | HostOp::Cholesky
        | HostOp::Inverse => false,
    }
}

/// Whether positional axes, operand dimensions and result dimensions agree.
pub(super) fn fits(op: &HostOp, operands: &[&Type], ty: &Type) -> bool {
    match (op, operands) {
        (HostOp::Input(_), []) => true,
        (HostOp::Constant(value), []) => value.shape == ty.shape(),
        (HostOp::Unary(_) | HostOp::Polynomial(_), [a]) => a.dims == ty.dims,
        (HostOp::Binary { left, right, rank, .. }, [a, b]) => {
            let maps = |axes: &[usize], from: &Type| {
                axes.len() == from.dims.len()
                    && axes.iter().zip(&from.dims).all(|(&axis, d)| ty.dims.get(axis) == Some(d))
            };
            let distinct = |axes: &[usize]| axes.iter().collect::<BTreeSet<_>>().len() == axes.len();
            ty.dims.len() == *rank
                && maps(left, a)
                && maps(right, b)
                && distinct(left)
                && distinct(right)
                && (0..*rank).all(|axis| left.contains(&axis) || right.contains(&axis))
        }
        (HostOp::Contract { left, right, sum, out }, [a, b]) => {
            contraction(left, a, right, b, *sum, out).is_some_and(|dims| dims == ty.dims)
        }
        (HostOp::Reduce { axis, .. }, [a]) => {
            let mut dims = a.dims.clone();
            *axis < dims.len() && {
                dims.remove(*axis);
                dims == ty.dims
            }
        }
        (HostOp::Permute(order), [a]) => {
            let identity = order.iter().enumerate().all(|(i, &axis)| i == axis);
            let permutation = order.iter().collect::<BTreeSet<_>>().len() == order.len();
            permutation
                && order.len() == a.dims.len()
                && ty.dims.len() == order.len()
                // Only the identity may rename.
                && order.iter().zip(&ty.dims).all(|(&axis, d)| {
                    a.dims.get(axis).is_some_and(|x| x == d || identity && x.size == d.size)
                })
        }
        (HostOp::BiasColumn, [a]) => match (a.dims.as_slice(), ty.dims.as_slice()) {
            ([n, f], [rows, d]) => n == rows && d.size == f.size + 1,
            _ => false,
        },
        (HostOp::OneHot { classes }, [a]) => match (a.dims.as_slice(), ty.dims.as_slice()) {
            ([n], [rows, c]) => n == rows && c.size == *classes,
            _ => false,
        },
        (HostOp::Normal { shape, .. }, []) => *shape == ty.shape(),
        (HostOp::Element, [vector, index]) => {
            vector.dims.len() == 1 && index.dims.is_empty() && ty.dims.is_empty()
        }
        (HostOp::Identity { size }, []) => {
            matches!(ty.dims.as_slice(), [rows, columns] if rows == columns && rows.size == *size)
        }
        (HostOp::Cholesky | HostOp::Inverse, [a]) => {
            a.dims == ty.dims && matches!(a.dims.as_slice(), [rows, columns] if rows == columns)
        }
        _ => false,
    }
}

/// Dimensions of a contraction's result, if labels and operands fit.
fn contraction(
    left: &[usize],
    a: &Type,
    right: &[usize],
    b: &Type,
    sum: usize,
    out: &[usize],
) -> Option<Vec<Dim>> {
    let free = left.iter().chain(right).filter(|l| **l != sum).collect::<Vec<_>>();
    let distinct = free.iter().collect::<BTreeSet<_>>().len() == free.len();
    let once = |labels: &[usize]| labels.iter().filter(|l| **l == sum).count() == 1;
    if left.len() != a.dims.len()
        || right.len() != b.dims.len()
        || !distinct
        || !once(left)
        || !once(right)
        || out.len() != free.len()
    {
        return None;
    }
    let dim = |label: usize| {
        let from =
            |labels: &[usize], ty: &Type| Some(ty.dims[labels.iter().position(|l| *l == label)?].clone());
        (from(left, a), from(right, b))
    };
    match dim(sum) {
        (Some(x), Some(y)) if x == y => {}
        _ => return None,
    }
    out.iter()
        .map(|&label| match dim(label) {
            (Some(d), None) | (None, Some(d)) => Some(d),
            _ => None,
        })
        .collect()
}
