//! Where the elements of a tensor lie in the slots of its ciphertexts.
//!
//! A [`Layout`] reads a slot number as digits of power-of-two dimensions, outermost first. Each dimension is a piece
//! of a tensor axis, a replication, or a zero pad (data only where its digit is 0). A dimension may be *rolled* by
//! an outer one: its digit then names `(digit + roll digit) mod extent`, which is what the diagonals of Halevi–Shoup
//! and the revolutions of Volley Revolver (arXiv 2201.12577) have in common. One axis may also be cut into blocks,
//! one per ciphertext.
//!
//! ```text
//! samples × features   [n:64 | d:16·32 | d:32]           row-major, one sample a row
//! model, rolled        [copy:4 | c:16+2 | d:16·32 | d:32]  row r, block m: class (r + m) mod 16, features of block m
//! scores, rolled       [n:64 | c:16+0 | zero:32]         block b of row i: class (b + i) mod 16
//! ```

use crate::tensor::{Tensor, for_each_index};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Most axes of a packed tensor; [`Layout::is_valid`] refuses more.
const MAX_AXES: usize = 8;

/// What a slot dimension stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// A piece of a tensor axis: contributes `stride · digit` to its index.
    Axis {
        /// The axis.
        axis: usize,
        /// Distance in the axis between neighbouring digits.
        stride: usize,
        /// Slot dimension whose digit is added, modulo this dimension's extent.
        roll: Option<usize>,
    },
    /// The same data for every digit.
    Copy,
    /// Data where the digit is 0, zeros elsewhere.
    Zero,
}

/// One dimension of the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlotDim {
    /// Number of digits, a power of two.
    pub extent: usize,
    /// Meaning of the digit.
    pub role: Role,
}

/// Cuts one axis over several ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Blocks {
    /// The axis.
    pub axis: usize,
    /// Indices of the axis per ciphertext.
    pub size: usize,
    /// Number of ciphertexts.
    pub count: usize,
}

/// Where an element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The ciphertext.
    pub block: usize,
    /// The slot.
    pub slot: usize,
}

/// A bijection between (part of) the slots of one or more ciphertexts and the elements of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Layout {
    /// Names of the tensor's axes, for printing.
    pub names: Vec<String>,
    /// Extents of the tensor's axes.
    pub shape: Vec<usize>,
    /// Slot dimensions, outermost first; the product of their extents is the number of slots.
    pub dims: Vec<SlotDim>,
    /// The axis cut over ciphertexts, if any.
    pub blocks: Option<Blocks>,
}

impl Layout {
    /// Number of slots of each ciphertext.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.dims.iter().map(|d| d.extent).product()
    }

    /// Number of ciphertexts.
    #[must_use]
    pub fn ciphertexts(&self) -> usize {
        self.blocks.map_or(1, |b| b.count)
    }

    /// Digit of every slot dimension at `slot`.
    #[must_use]
    pub fn digits(&self, slot: usize) -> Vec<usize> {
        let mut rest = slot;
        let mut digits = vec![0; self.dims.len()];
        for (digit, dim) in digits.iter_mut().zip(&self.dims).rev() {
            *digit = rest % dim.extent;
            rest /= dim.extent;
        }
        digits
    }

    /// Tensor index held by a slot of ciphertext `block`; `None` for padding.
    #[must_use]
    pub fn index(&self, block: usize, slot: usize) -> Option<Vec<usize>> {
        let index = self.place(block, &self.digits(slot))?;
        Some(index[..self.shape.len()].to_vec())
    }

    /// For every slot of ciphertext `block` the position of its element in a tensor with these distances between
    /// neighbours along each axis ([`Tensor::strides`], or 0 along an axis that the tensor lacks); `None` for padding.
    #[must_use]
    pub fn offsets(&self, block: usize, strides: &[usize]) -> Vec<Option<usize>> {
        let width = self.dims.last().map_or(1, |last| last.extent);
        let mut offsets = Vec::with_capacity(self.slots());
        for first in (0..self.slots()).step_by(width) {
            // The slots of a run differ in their last digit only.
            let mut digits = self.digits(first);
            for digit in 0..width {
                if let Some(last) = digits.last_mut() {
                    *last = digit;
                }
                offsets.push(self.offset(block, &digits, strides));
            }
        }
        offsets
    }

    fn offset(&self, block: usize, digits: &[usize], strides: &[usize]) -> Option<usize> {
        Some(self.place(block, digits)?.iter().zip(strides).map(|(i, stride)| i * stride).sum())
    }

    /// Tensor index held by the slot with these digits, one entry per axis; `None` for padding.
    fn place(&self, block: usize, digits: &[usize]) -> Option<[usize; MAX_AXES]> {
        let mut axes = [0usize; MAX_AXES];
        let index = axes.get_mut(..self.shape.len())?;
        if let Some(blocks) = self.blocks {
            index[blocks.axis] = block * blocks.size;
        }
        for (dim, &digit) in self.dims.iter().zip(digits) {
            match dim.role {
                Role::Axis { axis, stride, roll } => {
                    let shift = roll.map_or(0, |by| digits[by]);
                    index[axis] += stride * ((digit + shift) % dim.extent);
                }
                Role::Zero if digit != 0 => return None,
                Role::Copy | Role::Zero => {}
            }
        }
        index.iter().zip(&self.shape).all(|(i, extent)| i < extent).then_some(axes)
    }

    /// 1 where a slot of ciphertext `block` holds an element, 0 elsewhere.
    #[must_use]
    pub fn support(&self, block: usize) -> Vec<f64> {
        let held = |offset: Option<usize>| f64::from(u8::from(offset.is_some()));
        self.offsets(block, &vec![0; self.shape.len()]).into_iter().map(held).collect()
    }

    /// Slot vectors of a tensor, one per ciphertext; `None` when the shape is another.
    #[must_use]
    pub fn pack(&self, tensor: &Tensor) -> Option<Vec<Vec<f64>>> {
        (0..self.ciphertexts()).map(|block| self.pack_block(tensor, block)).collect()
    }

    /// The slot vector of ciphertext `block`; `None` when the shape of the tensor is another.
    #[must_use]
    pub fn pack_block(&self, tensor: &Tensor, block: usize) -> Option<Vec<f64>> {
        if tensor.shape != self.shape {
            return None;
        }
        let value = |offset: Option<usize>| offset.and_then(|o| tensor.data.get(o)).copied().unwrap_or(0.0);
        Some(self.offsets(block, &tensor.strides()).into_iter().map(value).collect())
    }

    /// The tensor held by slot vectors: of every element the first slot that holds it. `None` when the number or
    /// length of the vectors is wrong or an element has no slot.
    #[must_use]
    pub fn unpack<V: AsRef<[f64]>>(&self, vectors: &[V]) -> Option<Tensor> {
        let misfit = |v: &V| v.as_ref().len() != self.slots();
        if vectors.len() != self.ciphertexts() || vectors.iter().any(misfit) {
            return None;
        }
        let homes = self.homes()?;
        let data = homes.iter().map(|home| vectors[home.block].as_ref()[home.slot]).collect();
        Tensor::new(self.shape.clone(), data)
    }

    /// The first slot of every element, in the order of a tensor's numbers; `None` when an element has no slot.
    #[must_use]
    pub fn homes(&self) -> Option<Vec<Home>> {
        let strides = Tensor { shape: self.shape.clone(), data: Vec::new() }.strides();
        let mut homes = vec![None; self.shape.iter().product()];
        for block in 0..self.ciphertexts() {
            for (slot, offset) in self.offsets(block, &strides).into_iter().enumerate() {
                if let Some(flat) = offset {
                    homes[flat].get_or_insert(Home { block, slot });
                }
            }
        }
        homes.into_iter().collect()
    }

    /// Whether every element has a slot and all indices make sense; used on layouts read from files.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let rank = self.shape.len();
        let dim_ok = |(position, dim): (usize, &SlotDim)| {
            dim.extent.is_power_of_two()
                && match dim.role {
                    Role::Axis { axis, stride, roll } => {
                        axis < rank
                            && stride > 0
                            && roll.is_none_or(|by| by < self.dims.len() && by != position)
                    }
                    Role::Copy | Role::Zero => true,
                }
        };
        let blocks_ok = self.blocks.is_none_or(|b| b.axis < rank && b.size > 0 && b.count > 0);
        rank <= MAX_AXES
            && self.names.len() == rank
            && self.dims.iter().all(|d| d.extent.is_power_of_two())
            && self.dims.iter().try_fold(1usize, |p, d| p.checked_mul(d.extent)).is_some_and(|s| s <= 1 << 17)
            && self.dims.iter().enumerate().all(dim_ok)
            && blocks_ok
    }

    /// Calls `visit` with every index of the tensor, last axis fastest.
    pub fn for_each_element(&self, visit: impl FnMut(&[usize])) {
        for_each_index(&self.shape, visit);
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(b) = self.blocks {
            write!(f, "{}×", b.count)?;
        }
        write!(f, "[")?;
        for (position, dim) in self.dims.iter().enumerate() {
            if position > 0 {
                write!(f, " | ")?;
            }
            match dim.role {
                Role::Copy => write!(f, "copy:{}", dim.extent)?,
                Role::Zero => write!(f, "zero:{}", dim.extent)?,
                Role::Axis { axis, stride, roll } => {
                    let name = self.names.get(axis).map_or("?", String::as_str);
                    write!(f, "{name}:{}", dim.extent)?;
                    if stride > 1 {
                        write!(f, "·{stride}")?;
                    }
                    if let Some(by) = roll {
                        write!(f, "+{by}")?;
                    }
                }
            }
        }
        write!(f, "]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(extent: usize, axis: usize, stride: usize, roll: Option<usize>) -> SlotDim {
        SlotDim { extent, role: Role::Axis { axis, stride, roll } }
    }

    fn rolled_model() -> Layout {
        Layout {
            names: vec!["c".into(), "d".into()],
            shape: vec![3, 7],
            dims: vec![
                SlotDim { extent: 2, role: Role::Copy },
                axis(4, 0, 1, Some(2)),
                axis(4, 1, 2, None),
                axis(2, 1, 1, None),
            ],
            blocks: None,
        }
    }

    #[test]
    fn a_rolled_model_puts_class_row_plus_block_into_each_block() {
        let layout = rolled_model();
        assert_eq!(layout.to_string(), "[copy:2 | c:4+2 | d:4·2 | d:2]");
        assert_eq!(layout.index(0, 0), Some(vec![0, 0]));
        assert_eq!(layout.index(0, 2), Some(vec![1, 2])); // row 0, block 1: class 1
        assert_eq!(layout.index(0, 8 + 2), Some(vec![2, 2])); // row 1, block 1: class 2
        assert_eq!(layout.index(0, 8 + 4), None); // row 1, block 2: class 3 of 3
        assert_eq!(layout.index(0, 7), None); // feature 7 of 7
    }

    #[test]
    fn offsets_are_those_of_the_indices() {
        let mut layout = rolled_model();
        layout.blocks = Some(Blocks { axis: 1, size: 3, count: 2 });
        for block in 0..2 {
            for (slot, offset) in layout.offsets(block, &[7, 1]).into_iter().enumerate() {
                assert_eq!(offset, layout.index(block, slot).map(|index| 7 * index[0] + index[1]));
            }
        }
        assert_eq!(layout.offsets(0, &[0, 1])[9], Some(1));
    }

    #[test]
    fn packing_and_unpacking_are_inverse() {
        let layout = rolled_model();
        let tensor = Tensor::new(vec![3, 7], (0..21).map(f64::from).collect()).unwrap();
        let vectors = layout.pack(&tensor).unwrap();
        assert_eq!(layout.unpack(&vectors).unwrap(), tensor);
        assert_eq!(vectors[0].iter().filter(|v| **v != 0.0).count(), 2 * 20);
    }

    #[test]
    fn rows_are_cut_over_ciphertexts() {
        let layout = Layout {
            names: vec!["n".into()],
            shape: vec![5],
            dims: vec![axis(2, 0, 1, None), SlotDim { extent: 4, role: Role::Zero }],
            blocks: Some(Blocks { axis: 0, size: 2, count: 3 }),
        };
        let tensor = Tensor::new(vec![5], vec![1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let vectors = layout.pack(&tensor).unwrap();
        assert_eq!(vectors[2], [5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(layout.unpack(&vectors).unwrap(), tensor);
        assert_eq!(layout.support(2).iter().sum::<f64>(), 1.0);
    }
}
