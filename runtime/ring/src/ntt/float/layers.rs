//! The order of the layers, that of the integer transforms. All is inlined into the entry points, which choose the processor.

use super::super::BLOCK;
use super::{Field, FloatTable, Root, TWO_52};

#[inline(always)]
fn to_float(values: &mut [u64]) {
    values.iter_mut().for_each(|x| *x = (f64::from_bits(*x | TWO_52.to_bits()) - TWO_52).to_bits());
}

#[inline(always)]
pub(super) fn forward(table: &FloatTable, values: &mut [u64]) {
    if table.lazy { forward_layers::<false>(table, values) } else { forward_layers::<true>(table, values) }
}

#[inline(always)]
fn forward_layers<const REDUCE: bool>(table: &FloatTable, values: &mut [u64]) {
    let (n, roots) = (values.len(), &table.roots[..]);
    let field = Field { q: table.q, inverse_q: table.inverse_q };
    to_float(values);
    let mut m = 1;
    if table.log_n % 2 == 1 {
        let (low, high) = values.split_at_mut(n / 2);
        for (x, y) in low.iter_mut().zip(high) {
            let (a, b) = field.cooley_tukey(f64::from_bits(*x), f64::from_bits(*y), roots[1]);
            (*x, *y) = (a.to_bits(), b.to_bits());
        }
        m = 2;
    }
    while n / m > BLOCK {
        for (i, block) in values.chunks_exact_mut(n / m).enumerate() {
            forward_pass::<REDUCE>(field, block, roots, m + i);
        }
        m *= 4;
    }
    let len = n / m;
    for (i, block) in values.chunks_exact_mut(len).enumerate() {
        let (mut m, mut inner, mut first) = (m, 1, i);
        while len / inner > 4 {
            for (j, block) in block.chunks_exact_mut(len / inner).enumerate() {
                forward_pass::<REDUCE>(field, block, roots, m + first + j);
            }
            (m, inner, first) = (4 * m, 4 * inner, 4 * first);
        }
        let outer = &roots[m + first..][..inner];
        let pairs = roots[2 * (m + first)..][..2 * inner].as_chunks::<2>().0;
        for ((quad, &w1), &[w2, w3]) in block.as_chunks_mut::<4>().0.iter_mut().zip(outer).zip(pairs) {
            let x = field.forward_four::<REDUCE>(*quad, [w1, w2, w3]);
            *quad = x.map(|x| field.finish(x));
        }
    }
}

#[inline(always)]
fn forward_pass<const REDUCE: bool>(field: Field, block: &mut [u64], roots: &[Root], k: usize) {
    let w = [roots[k], roots[2 * k], roots[2 * k + 1]];
    let (a, b, c, d) = quarters(block);
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        let x = field.forward_four::<REDUCE>([*a, *b, *c, *d], w);
        [*a, *b, *c, *d] = x.map(f64::to_bits);
    }
}

#[inline(always)]
pub(super) fn inverse(table: &FloatTable, values: &mut [u64]) {
    if table.lazy { inverse_layers::<false>(table, values) } else { inverse_layers::<true>(table, values) }
}

#[inline(always)]
fn inverse_layers<const REDUCE: bool>(table: &FloatTable, values: &mut [u64]) {
    let (n, roots) = (values.len(), &table.roots[..]);
    let field = Field { q: table.q, inverse_q: table.inverse_q };
    // The last one or two layers are left for the end, where N^(−1) is multiplied in too.
    let last = if table.log_n % 2 == 1 { n / 2 } else { n / 4 };
    let mut size = 4;
    while 4 * size <= last.min(BLOCK) {
        size *= 4;
    }
    for (i, block) in values.chunks_exact_mut(size).enumerate() {
        inverse_block::<REDUCE>(field, block, roots, n / size, i);
    }
    while size < last {
        size *= 4;
        for (i, block) in values.chunks_exact_mut(size).enumerate() {
            inverse_pass::<REDUCE>(field, block, mirrored(roots, n / size, i));
        }
    }
    let end = |x: f64, y: f64| {
        [field.finish(field.mul(x + y, table.scale)), field.finish(field.mul(y - x, table.scaled_root))]
    };
    if table.log_n % 2 == 1 {
        let (low, high) = values.split_at_mut(n / 2);
        for (x, y) in low.iter_mut().zip(high) {
            [*x, *y] = end(f64::from_bits(*x), f64::from_bits(*y));
        }
    } else {
        let [_, w2, w3] = mirrored(roots, 1, 0);
        let (a, b, c, d) = quarters(values);
        for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
            let (a1, b1) = field.gentleman_sande(f64::from_bits(*a), f64::from_bits(*b), w2);
            let (c1, d1) = field.gentleman_sande(f64::from_bits(*c), f64::from_bits(*d), w3);
            [*a, *c] = end(a1, c1);
            [*b, *d] = end(b1, d1);
        }
    }
}

/// All layers inside block i of `blocks`.
#[inline(always)]
fn inverse_block<const REDUCE: bool>(
    field: Field,
    values: &mut [u64],
    roots: &[Root],
    blocks: usize,
    i: usize,
) {
    let len = values.len();
    to_float(values);
    let quads = len / 4;
    let top = 2 * blocks * quads - i * quads;
    let outer = roots[top - quads..top].iter().rev();
    let pairs = roots[2 * (top - quads)..2 * top].as_chunks::<2>().0.iter().rev();
    for ((quad, &w1), &[w3, w2]) in values.as_chunks_mut::<4>().0.iter_mut().zip(outer).zip(pairs) {
        *quad = field.inverse_four::<REDUCE>(*quad, [w1, w2, w3]).map(f64::to_bits);
    }
    let mut size = 4;
    while size < len {
        size *= 4;
        let (m, first) = (blocks * (len / size), i * (len / size));
        for (j, block) in values.chunks_exact_mut(size).enumerate() {
            inverse_pass::<REDUCE>(field, block, mirrored(roots, m, first + j));
        }
    }
}

#[inline(always)]
fn inverse_pass<const REDUCE: bool>(field: Field, block: &mut [u64], w: [Root; 3]) {
    let (a, b, c, d) = quarters(block);
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        let x = field.inverse_four::<REDUCE>([*a, *b, *c, *d], w);
        [*a, *b, *c, *d] = x.map(f64::to_bits);
    }
}

/// The mirrored roots of block i of layer m and of its halves, which are minus the inverse roots.
#[inline(always)]
fn mirrored(roots: &[Root], m: usize, i: usize) -> [Root; 3] {
    let k = 2 * m - 1 - i;
    [roots[k], roots[2 * k + 1], roots[2 * k]]
}

#[inline(always)]
fn quarters(block: &mut [u64]) -> (&mut [u64], &mut [u64], &mut [u64], &mut [u64]) {
    let quarter = block.len() / 4;
    let (low, high) = block.split_at_mut(2 * quarter);
    let (a, b) = low.split_at_mut(quarter);
    let (c, d) = high.split_at_mut(quarter);
    (a, b, c, d)
}
