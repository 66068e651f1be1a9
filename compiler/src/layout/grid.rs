//! The grid of rows, blocks and columns that every secret tensor of a program is packed on.

use crate::tensor::graph::Dim;
use hep_plan::layout::{Blocks, Layout, Role, SlotDim};
use thiserror::Error;

/// What the innermost columns of a tensor without features hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inner {
    /// The value in the first column, zeros behind it.
    Zero,
    /// The same value in every column.
    Copy,
}

/// Why a tensor does not fit the grid.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackingError {
    /// Model and features together exceed a ciphertext.
    #[error(
        "{classes} classes × {columns} columns need {needed} slots, a ciphertext of this ring has {slots}"
    )]
    TooWide {
        /// Classes, padded.
        classes: usize,
        /// Columns, padded.
        columns: usize,
        /// Slots needed.
        needed: usize,
        /// Slots there are.
        slots: usize,
    },
    /// The dimensions of the tensor have no place on the grid.
    #[error("a tensor over [{dims}] has no packing beside samples `{samples}` and features `{features}`")]
    Unplaced {
        /// Names of the tensor's dimensions.
        dims: String,
        /// The grid's samples.
        samples: String,
        /// The grid's features.
        features: String,
    },
}

/// R rows × K blocks × J columns; K·J = F columns in all, R·F slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Name of the dimension that runs down the rows and over ciphertexts.
    pub samples: Option<String>,
    /// Name of the dimension that runs along a row.
    pub features: String,
    /// R
    pub rows: usize,
    /// K, the number of classes padded to a power of two.
    pub classes: usize,
    /// F, the number of columns padded to a power of two.
    pub columns: usize,
}

impl Grid {
    /// The grid for a model of `classes × features` on ciphertexts of `slots` slots.
    ///
    /// # Errors
    /// When K rows of F columns exceed a ciphertext.
    pub fn new(
        samples: Option<&Dim>,
        features: &Dim,
        classes: usize,
        slots: usize,
    ) -> Result<Self, PackingError> {
        let classes = classes.max(1).next_power_of_two();
        let columns = features.size.next_power_of_two().max(classes);
        let needed = classes.saturating_mul(columns);
        if needed > slots {
            return Err(PackingError::TooWide { classes, columns, needed, slots });
        }
        Ok(Self {
            samples: samples.map(|d| d.name.clone()),
            features: features.name.clone(),
            rows: slots / columns,
            classes,
            columns,
        })
    }

    /// Slots of a ciphertext.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.rows * self.columns
    }

    /// Blocks that a tensor's rows are cut into: K when it has a class dimension, else one.
    #[must_use]
    pub fn blocks(&self, dims: &[Dim]) -> usize {
        if self.class_of(dims).is_some() { self.classes } else { 1 }
    }

    /// Whether a dimension runs down the rows.
    #[must_use]
    pub fn is_samples(&self, dim: &Dim) -> bool {
        self.samples.as_deref() == Some(dim.name.as_str())
    }

    /// Whether a dimension runs along the rows.
    #[must_use]
    pub fn is_features(&self, dim: &Dim) -> bool {
        dim.name == self.features
    }

    /// Position of the dimension that is neither samples nor features.
    #[must_use]
    pub fn class_of(&self, dims: &[Dim]) -> Option<usize> {
        dims.iter().position(|d| !self.is_samples(d) && !self.is_features(d))
    }

    /// Layout of a tensor over `dims`, in that order of axes. `inner` matters only without features.
    ///
    /// # Errors
    /// When the tensor has dimensions the grid cannot place.
    pub fn layout(&self, dims: &[Dim], inner: Inner) -> Result<Layout, PackingError> {
        let samples = dims.iter().position(|d| self.is_samples(d));
        let features = dims.iter().position(|d| self.is_features(d));
        let class = self.class_of(dims);
        let placed = [samples, features, class].iter().flatten().count();
        let fits = class.is_none_or(|c| dims[c].size <= self.classes)
            && features.is_none_or(|f| dims[f].size <= self.columns);
        if placed != dims.len() || placed == 3 || !fits {
            return Err(self.unplaced(dims));
        }
        let axis = |extent, axis, stride, roll| SlotDim { extent, role: Role::Axis { axis, stride, roll } };
        let copy = |extent| SlotDim { extent, role: Role::Copy };
        let row = samples.map_or_else(|| copy(self.rows), |s| axis(self.rows, s, 1, None));
        let width = self.columns / self.classes;
        let inner = |extent| match inner {
            Inner::Zero => SlotDim { extent, role: Role::Zero },
            Inner::Copy => copy(extent),
        };
        let slot_dims = match (class, features) {
            (None, Some(f)) => vec![row, axis(self.columns, f, 1, None)],
            (Some(c), Some(f)) => vec![
                copy(self.rows / self.classes),
                axis(self.classes, c, 1, Some(2)),
                axis(self.classes, f, width, None),
                axis(width, f, 1, None),
            ],
            (Some(c), None) => vec![row, axis(self.classes, c, 1, Some(0)), inner(width)],
            (None, None) => vec![row, inner(self.columns)],
        };
        let blocks =
            samples.map(|s| Blocks { axis: s, size: self.rows, count: dims[s].size.div_ceil(self.rows) });
        Ok(Layout {
            names: dims.iter().map(|d| d.name.clone()).collect(),
            shape: dims.iter().map(|d| d.size).collect(),
            dims: slot_dims,
            blocks,
        })
    }

    fn unplaced(&self, dims: &[Dim]) -> PackingError {
        PackingError::Unplaced {
            dims: dims.iter().map(|d| d.name.as_str()).collect::<Vec<_>>().join(", "),
            samples: self.samples.clone().unwrap_or_else(|| "none".into()),
            features: self.features.clone(),
        }
    }
}
