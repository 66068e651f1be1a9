//! Sum of products over one label: every matrix product, in any orientation, is this.

use crate::tensor::Tensor;
use std::borrow::Cow;

/// Running sums of one element: the order of additions is fixed, and the loop vectorizes.
const LANES: usize = 8;
/// Rows of either side that are worked on together, so that what is loaded is used several times.
const TILE: usize = 8;
/// Products of an element between two visits of its tile: both sides of a tile stay in the cache.
const STRETCH: usize = 256;

/// Contracts `sum`, the only label that is summed; labels on both sides and in `out` are batch labels.
/// Returns `None` when labels and shapes do not fit.
pub(super) fn contract(
    a: &Tensor,
    left: &[usize],
    b: &Tensor,
    right: &[usize],
    sum: usize,
    out: &[usize],
) -> Option<Tensor> {
    if a.shape.len() != left.len() || b.shape.len() != right.len() {
        return None;
    }
    // Bring both sides to [free, sum], so that the inner loop runs along memory.
    let (a_free, a) = rows_by_sum(a, left, sum)?;
    let (b_free, b) = rows_by_sum(b, right, sum)?;
    if a_free.iter().any(|label| b_free.contains(label)) {
        return None;
    }
    let depth = *a.shape.last()?;
    if *b.shape.last()? != depth {
        return None;
    }
    let labels: Vec<usize> = a_free.iter().chain(&b_free).copied().collect();
    let order: Vec<usize> =
        out.iter().map(|label| labels.iter().position(|l| l == label)).collect::<Option<_>>()?;
    let extents = a.shape[..a.shape.len() - 1].iter().chain(&b.shape[..b.shape.len() - 1]);
    let product = Tensor::new(extents.copied().collect(), products(&a.data, &b.data, depth))?;
    if order.len() != labels.len() {
        return None;
    }
    let in_place = order.iter().enumerate().all(|(i, axis)| i == *axis);
    Some(if in_place { product } else { product.permuted(&order) })
}

/// Moves the summed axis last; returns the labels of the others and the tensor.
fn rows_by_sum<'a>(x: &'a Tensor, labels: &[usize], sum: usize) -> Option<(Vec<usize>, Cow<'a, Tensor>)> {
    let axis = labels.iter().position(|&label| label == sum)?;
    let mut order: Vec<usize> = (0..labels.len()).filter(|&a| a != axis).collect();
    let free = order.iter().map(|&a| labels[a]).collect();
    if axis + 1 == labels.len() {
        return Some((free, Cow::Borrowed(x)));
    }
    order.push(axis);
    Some((free, Cow::Owned(x.permuted(&order))))
}

/// Products of all rows of `a` with all rows of `b`, rows of `depth` numbers. Tiles and stretches do not change the order
/// in which the products of an element are added.
fn products(a: &[f64], b: &[f64], depth: usize) -> Vec<f64> {
    let rows = a.len().checked_div(depth).unwrap_or(0);
    let columns = b.len().checked_div(depth).unwrap_or(0);
    let mut data = vec![0.0; rows * columns];
    let whole = depth - depth % LANES;
    for i in (0..rows).step_by(TILE) {
        for j in (0..columns).step_by(TILE) {
            let (is, js) = (i..rows.min(i + TILE), j..columns.min(j + TILE));
            let mut lanes = [[0.0; LANES]; TILE * TILE];
            for from in (0..whole).step_by(STRETCH) {
                let to = whole.min(from + STRETCH);
                for (x, y, sums) in pairs(is.clone(), js.clone()).zip(&mut lanes).map(|((x, y), s)| (x, y, s))
                {
                    add(sums, &a[x * depth + from..x * depth + to], &b[y * depth + from..y * depth + to]);
                }
            }
            for ((x, y), sums) in pairs(is, js).zip(&lanes) {
                let ends =
                    a[x * depth + whole..(x + 1) * depth].iter().zip(&b[y * depth + whole..(y + 1) * depth]);
                let tail: f64 = ends.map(|(x, y)| x * y).sum();
                data[x * columns + y] = sums.iter().sum::<f64>() + tail;
            }
        }
    }
    data
}

fn pairs(is: std::ops::Range<usize>, js: std::ops::Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    is.flat_map(move |i| js.clone().map(move |j| (i, j)))
}

/// Adds the products of two stretches to the running sums.
fn add(lanes: &mut [f64; LANES], a: &[f64], b: &[f64]) {
    let mut sums = *lanes;
    for (x, y) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    *lanes = sums;
}
