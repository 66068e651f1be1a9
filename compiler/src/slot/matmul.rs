//! Matrix products on the grid: sums of rotations along the diagonal of rows and blocks.
//!
//! Write slot (i, m, j) for row i, block m, column j of the block; F columns a row, K blocks, J = F/K. The model holds
//! class (i + m) mod K and feature m·J + j there; scores hold class (i + b) mod K in block b of sample i.
//!
//! *Scores* Z = X·Vᵀ: rotating V by J·k − F·k moves to slot (i, m) the same class with the features of block m + k.
//! Where m + k runs over the end of the row, F less are taken (h = 1). With X⟨k,h⟩ = X rotated by J·k − F·h and
//! masked to the blocks that did not run over (or did), Σₖₕ X⟨k,h⟩ ∘ rot(V, J·k − F·k − F·h) holds the partial sums
//! of all scores; J columns are then folded into the first.
//!
//! *Gradient* G = Eᵀ·X: with E equal in all J columns of a block, Σₖₕ X'⟨k,h⟩ ∘ rot(E, F·k − J·k + F·h), X'⟨k,h⟩ = X
//! rotated by F·k and masked to the blocks m ≥ k (m < k), adds K rows per slot; the remaining row tiles are folded.
//! Neither needs a mask on its result: masks sit on rotations of X, which are made once, before the loop.

use super::build::Builder;
use super::value::Packed;
use crate::dag::NodeId;
use crate::layout::{Grid, Inner};
use crate::tensor::graph::Dim;

/// One revolution: how far the matrix and the other operand turn, and the mask on the turned matrix.
struct Revolution {
    matrix: i64,
    other: i64,
    mask: Vec<f64>,
}

/// Blocks, block width and row width of a product, as signed numbers for steps.
struct Shape {
    blocks: usize,
    width: i64,
    columns: i64,
    rows: usize,
}

impl Shape {
    fn new(grid: &Grid, blocks: usize) -> Self {
        let width = (grid.columns / blocks) as i64;
        Self { blocks, width, columns: grid.columns as i64, rows: grid.rows }
    }

    /// The turns (k, h); h = 1 takes what ran over the end of a row, and nothing runs over for k = 0.
    fn turns(&self) -> impl Iterator<Item = (usize, i64)> + use<> {
        (0..self.blocks).flat_map(|k| (0..=i64::from(k > 0)).map(move |h| (k, h)))
    }

    /// 1 in the blocks for which `keep` holds.
    fn mask(&self, keep: impl Fn(usize) -> bool) -> Vec<f64> {
        let slots = self.rows * self.columns as usize;
        let block = |slot: usize| slot % self.columns as usize / self.width as usize;
        (0..slots).map(|slot| f64::from(u8::from(keep(block(slot))))).collect()
    }

    fn forward(&self) -> Vec<Revolution> {
        let turn = |(k, h): (usize, i64)| {
            let (blocks, along) = (self.blocks, self.width * k as i64);
            Revolution {
                matrix: along - self.columns * h,
                other: along - self.columns * (k as i64 + h),
                mask: self.mask(|m| (m + k < blocks) == (h == 0)),
            }
        };
        self.turns().map(turn).collect()
    }

    fn backward(&self) -> Vec<Revolution> {
        let turn = |(k, h): (usize, i64)| Revolution {
            matrix: self.columns * k as i64,
            other: self.columns * (k as i64 + h) - self.width * k as i64,
            mask: self.mask(|m| (m >= k) == (h == 0)),
        };
        self.turns().map(turn).collect()
    }
}

/// The matrix turned and masked, one node per ciphertext.
fn turned(builder: &mut Builder, matrix: &Packed, revolution: &Revolution) -> Vec<NodeId> {
    let everywhere = revolution.mask.iter().all(|m| *m == 1.0);
    let mut mask = None;
    let turn = |&block: &NodeId| {
        let moved = builder.rotate(block, revolution.matrix);
        if everywhere {
            return moved;
        }
        let mask = *mask.get_or_insert_with(|| builder.public(&revolution.mask, None));
        builder.mul(moved, mask)
    };
    matrix.blocks.iter().map(turn).collect()
}

/// Scores of every sample: `matrix` over (samples, features), `model` over features and maybe classes.
/// Only the first column of each block is right; the others hold partial sums.
pub(super) fn scores(
    builder: &mut Builder,
    grid: &Grid,
    matrix: &Packed,
    model: &Packed,
    dims: Vec<Dim>,
) -> Packed {
    let shape = Shape::new(grid, grid.blocks(&model.dims));
    let mut terms = vec![Vec::new(); matrix.blocks.len()];
    for revolution in shape.forward() {
        let copies = turned(builder, matrix, &revolution);
        let other = builder.rotate(model.blocks[0], revolution.other);
        for (terms, copy) in terms.iter_mut().zip(copies) {
            terms.push((copy, other));
        }
    }
    let fold = shape.width.ilog2();
    let blocks = terms.iter().map(|terms| {
        let sum = builder.sum_mul(terms);
        builder.fold(sum, 1, fold)
    });
    Packed { dims, inner: Inner::Zero, blocks: blocks.collect(), clean: false }
}

/// Gradient of a model: `errors` over samples and maybe classes, clean and equal in all columns of a block.
pub(super) fn gradient(
    builder: &mut Builder,
    grid: &Grid,
    matrix: &Packed,
    errors: &Packed,
    dims: Vec<Dim>,
) -> Packed {
    let shape = Shape::new(grid, grid.blocks(&errors.dims));
    let mut terms = Vec::new();
    for revolution in shape.backward() {
        let copies = turned(builder, matrix, &revolution);
        for (&error, copy) in errors.blocks.iter().zip(copies) {
            terms.push((copy, builder.rotate(error, revolution.other)));
        }
    }
    let sum = builder.sum_mul(&terms);
    let tiles = shape.rows / shape.blocks;
    let total = builder.fold(sum, shape.columns * shape.blocks as i64, tiles.ilog2());
    Packed { dims, inner: Inner::Zero, blocks: vec![total], clean: true }
}
