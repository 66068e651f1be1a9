//! Broadcasting by name: which axis of the result each axis of an operand is.

use super::BuildError;
use crate::dag::NodeId;
use crate::graph::Dim;

/// Axes of an element-wise operation: axis `i` of the left operand is axis `left[i]` of the result, likewise
/// `right`; every result axis is named by an operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    /// Result axis of each axis of the left operand.
    pub left: Vec<usize>,
    /// Result axis of each axis of the right operand.
    pub right: Vec<usize>,
    /// Dimensions of the result.
    pub dims: Vec<Dim>,
}

impl Axes {
    /// Combines operands by name. The result has the dimensions of the operand that contains the other's, else
    /// the left operand's followed by the missing ones of the right.
    ///
    /// # Errors
    /// One name with two sizes; a repeated name, unless the lists are equal or one operand is a scalar.
    pub fn by_name(left: (NodeId, &[Dim]), right: (NodeId, &[Dim])) -> Result<Self, BuildError> {
        let ((left_id, a), (right_id, b)) = (left, right);
        for x in a {
            if let Some(y) = b.iter().find(|y| y.name == x.name && y.size != x.size) {
                return Err(BuildError::SizeMismatch {
                    left: left_id,
                    right: right_id,
                    name: x.name.clone(),
                    left_size: x.size,
                    right_size: y.size,
                });
            }
        }
        if a == b || a.is_empty() || b.is_empty() {
            let dims = if a.is_empty() { b } else { a };
            return Ok(Self {
                left: (0..a.len()).collect(),
                right: (0..b.len()).collect(),
                dims: dims.to_vec(),
            });
        }
        if let Some(repeated) = repeated(a).or_else(|| repeated(b)) {
            return Err(BuildError::Ambiguous {
                left: left_id,
                right: right_id,
                left_dims: a.to_vec(),
                right_dims: b.to_vec(),
                repeated: repeated.to_string(),
            });
        }
        let contains = |outer: &[Dim], inner: &[Dim]| inner.iter().all(|d| outer.contains(d));
        let dims: Vec<Dim> = if contains(b, a) && !contains(a, b) {
            b.to_vec()
        } else {
            a.iter().chain(b.iter().filter(|d| !a.contains(d))).cloned().collect()
        };
        let axes = |of: &[Dim]| of.iter().filter_map(|d| dims.iter().position(|x| x == d)).collect();
        Ok(Self { left: axes(a), right: axes(b), dims })
    }
}

fn repeated(dims: &[Dim]) -> Option<&str> {
    dims.iter().enumerate().find(|(i, d)| dims[..*i].contains(d)).map(|(_, d)| d.name.as_str())
}
