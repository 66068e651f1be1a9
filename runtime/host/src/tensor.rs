//! Dense row-major tensors of `f64`: the clear values of owners, tests and interpreters.

use serde::{Deserialize, Serialize};

/// A dense tensor, row-major; `shape` empty means a scalar with one element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    /// Extent of each axis, outermost first.
    pub shape: Vec<usize>,
    /// `shape.iter().product()` elements.
    pub data: Vec<f64>,
}

/// A multi-index as text, counted from 1: `row 3, column 2`.
#[must_use]
pub fn place(index: &[usize]) -> String {
    match index {
        [] => "its only element".to_string(),
        [row] => format!("row {}", row + 1),
        [row, column] => format!("row {}, column {}", row + 1, column + 1),
        more => {
            let indices: Vec<String> = more.iter().map(|i| (i + 1).to_string()).collect();
            format!("element ({})", indices.join(", "))
        }
    }
}

impl Tensor {
    /// A tensor of the given shape; `None` when `data` has another number of elements.
    #[must_use]
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Option<Self> {
        (shape.iter().product::<usize>() == data.len()).then_some(Self { shape, data })
    }

    /// A scalar.
    #[must_use]
    pub fn scalar(value: f64) -> Self {
        Self { shape: vec![], data: vec![value] }
    }

    /// All elements equal to `value`.
    #[must_use]
    pub fn filled(shape: Vec<usize>, value: f64) -> Self {
        let len = shape.iter().product();
        Self { shape, data: vec![value; len] }
    }

    /// The element of a tensor with exactly one, whatever its rank.
    #[must_use]
    pub fn as_scalar(&self) -> Option<f64> {
        match self.data.as_slice() {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// Distance in elements between neighbors along each axis.
    #[must_use]
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.shape.len()];
        for axis in (1..self.shape.len()).rev() {
            strides[axis - 1] = strides[axis] * self.shape[axis];
        }
        strides
    }

    /// The multi-index of an element by its position in row-major order.
    #[must_use]
    pub fn index(&self, position: usize) -> Vec<usize> {
        let along = |(stride, extent): (usize, &usize)| position / stride.max(1) % (*extent).max(1);
        self.strides().into_iter().zip(&self.shape).map(along).collect()
    }

    /// Position in row-major order of the first element that is no finite number.
    #[must_use]
    pub fn not_finite(&self) -> Option<usize> {
        self.data.iter().position(|v| !v.is_finite())
    }

    /// The element at a multi-index; `None` outside the tensor.
    #[must_use]
    pub fn get(&self, index: &[usize]) -> Option<f64> {
        if index.len() != self.shape.len() {
            return None;
        }
        let mut flat = 0;
        for (i, extent) in index.iter().zip(&self.shape) {
            if i >= extent {
                return None;
            }
            flat = flat * extent + i;
        }
        self.data.get(flat).copied()
    }

    /// Axes in another order: axis `i` of the result is axis `order[i]` of `self`.
    /// `order` must be a permutation of the axes.
    #[must_use]
    pub fn permuted(&self, order: &[usize]) -> Self {
        let strides = self.strides();
        let shape: Vec<usize> = order.iter().map(|&axis| self.shape[axis]).collect();
        let steps: Vec<usize> = order.iter().map(|&axis| strides[axis]).collect();
        let mut data = Vec::with_capacity(self.data.len());
        let (outer, (run, along)) = match (shape.split_last(), steps.last()) {
            (Some((last, outer)), Some(step)) => (outer, (*last, *step)),
            _ => (shape.as_slice(), (1, 0)),
        };
        for_each_index(outer, |index| {
            let from = index.iter().zip(&steps).map(|(i, s)| i * s).sum::<usize>();
            data.extend((0..run).map(|i| self.data[from + i * along]));
        });
        Self { shape, data }
    }

    /// Largest absolute difference to a tensor of the same shape; infinity when shapes differ.
    #[must_use]
    pub fn max_difference(&self, other: &Self) -> f64 {
        if self.shape != other.shape {
            return f64::INFINITY;
        }
        // A NaN on either side must not pass for agreement, and `f64::max` would drop it.
        self.data
            .iter()
            .zip(&other.data)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, |worst, d| if d.is_nan() { f64::INFINITY } else { f64::max(worst, d) })
    }

    /// Largest absolute element, 0 for an empty tensor.
    #[must_use]
    pub fn max_abs(&self) -> f64 {
        self.data.iter().fold(0.0, |worst, x| f64::max(worst, x.abs()))
    }
}

/// Calls `visit` with every multi-index of `shape`, the last axis fastest; once with `[]` for a scalar.
pub fn for_each_index(shape: &[usize], mut visit: impl FnMut(&[usize])) {
    let total: usize = shape.iter().product();
    let mut index = vec![0; shape.len()];
    for _ in 0..total {
        visit(&index);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}
