//! Sum of products over one label: every matrix product, in any orientation, is this.

use crate::tensor::Tensor;

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
    let rows = a.data.len().checked_div(depth).unwrap_or(0);
    let columns = b.data.len().checked_div(depth).unwrap_or(0);
    let mut data = Vec::with_capacity(rows * columns);
    for i in 0..rows {
        let row = &a.data[i * depth..(i + 1) * depth];
        for j in 0..columns {
            data.push(dot(row, &b.data[j * depth..(j + 1) * depth]));
        }
    }
    let labels: Vec<usize> = a_free.iter().chain(&b_free).copied().collect();
    let extents = a.shape[..a.shape.len() - 1].iter().chain(&b.shape[..b.shape.len() - 1]);
    let product = Tensor::new(extents.copied().collect(), data)?;
    let order: Vec<usize> =
        out.iter().map(|label| labels.iter().position(|l| l == label)).collect::<Option<_>>()?;
    (order.len() == labels.len()).then(|| product.permuted(&order))
}

/// Moves the summed axis last; returns the labels of the others and the tensor.
fn rows_by_sum(x: &Tensor, labels: &[usize], sum: usize) -> Option<(Vec<usize>, Tensor)> {
    let axis = labels.iter().position(|&label| label == sum)?;
    let mut order: Vec<usize> = (0..labels.len()).filter(|&a| a != axis).collect();
    let free = order.iter().map(|&a| labels[a]).collect();
    order.push(axis);
    Some((free, x.permuted(&order)))
}

/// Eight running sums: the order of additions is fixed, and the loop vectorises.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (chunks_a, chunks_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in chunks_a.zip(chunks_b) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + tail
}
