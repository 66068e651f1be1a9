//! The homes of a program's dimensions, and the layouts of tensors that follow from them.

use hep_plan::layout::{Axis, Digit, Layout, Turns};
use hep_tensor::graph::Dim;
use std::ops::Range;
use thiserror::Error;

/// Why a tensor has no layout.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackingError {
    /// A dimension exceeds a ciphertext.
    #[error(
        "`{dim}` of {size} needs {needed} slots beside one another, a ciphertext of this ring has {slots}"
    )]
    TooWide {
        /// The dimension.
        dim: String,
        /// Its size.
        size: usize,
        /// Slots needed.
        needed: usize,
        /// Slots there are.
        slots: usize,
    },
    /// Three dimensions at once, of which some share slots.
    #[error("a tensor over [{dims}] has no packing: {shared} share slots, which only a matrix may do")]
    Unplaced {
        /// Names of the tensor's dimensions.
        dims: String,
        /// Those that overlap.
        shared: String,
    },
    /// A matrix of a dimension with itself.
    #[error("`{0}` occurs twice, and a dimension has one place in the slots")]
    Twice(String),
    /// A public matrix of a dimension with itself that does not fit a ciphertext.
    #[error("`{dim}` fills {ciphertexts} ciphertexts, and diagonals are those of one")]
    Cut {
        /// The dimension.
        dim: String,
        /// Ciphertexts along it.
        ciphertexts: usize,
    },
    /// A dimension of no secret.
    #[error("the dimension `{0}` has no place in the slots")]
    Unknown(String),
}

/// Bits of the slot number that hold the index along a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimHome {
    /// Name of the dimension.
    pub name: String,
    /// The bits, lowest first.
    pub bits: Range<u32>,
    /// Indices per ciphertext.
    pub per_block: usize,
}

impl DimHome {
    fn digit(&self) -> Digit {
        Digit { stride: 1 << self.bits.start, extent: 1 << self.bits.len() }
    }

    /// Bits of the slot number as a mask.
    #[must_use]
    pub fn mask(&self) -> usize {
        ((1 << self.bits.len()) - 1) << self.bits.start
    }

    /// Bits shared with another home.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> Range<u32> {
        let start = self.bits.start.max(other.bits.start);
        start..self.bits.end.min(other.bits.end).max(start)
    }

    /// Ciphertexts along the dimension.
    #[must_use]
    pub fn blocks(&self, size: usize) -> usize {
        size.div_ceil(self.per_block).max(1)
    }
}

/// How a tensor is stored, beyond the homes of its dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Form {
    /// Bits of the slot number that are 0 wherever there is data.
    pub hollow: usize,
    /// Baby steps of a turned tensor; `None` for all turns.
    pub ahead: Option<usize>,
    /// Most turns that share a ciphertext, in the free bits below the homes; 0 and 1 for none.
    pub shared: usize,
}

/// Homes of all dimensions of a program on ciphertexts of a fixed length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Slots of a ciphertext, a power of two.
    pub slots: usize,
    /// The homes; of two that overlap, the earlier one is read ahead in the turns.
    pub homes: Vec<DimHome>,
    /// Dimensions that count rows of the data.
    pub rows: Vec<String>,
}

impl Placement {
    /// The home of a dimension.
    ///
    /// # Errors
    /// When it has none.
    pub fn home(&self, name: &str) -> Result<&DimHome, PackingError> {
        let found = self.homes.iter().find(|home| home.name == name);
        found.ok_or_else(|| PackingError::Unknown(name.to_owned()))
    }

    /// Bits of the slot number that are the home of any of these dimensions.
    ///
    /// # Errors
    /// When one has no home.
    pub fn mask(&self, dims: &[Dim]) -> Result<usize, PackingError> {
        dims.iter().try_fold(0, |mask, dim| Ok(mask | self.home(&dim.name)?.mask()))
    }

    /// Number of bits of the slot number.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.slots.ilog2()
    }

    /// Layout of a tensor over `dims`, in that order of axes.
    ///
    /// # Errors
    /// When a dimension has no home, or more than two dimensions share slots.
    pub fn layout(&self, dims: &[Dim], form: Form) -> Result<Layout, PackingError> {
        let homes = dims.iter().map(|dim| self.home(&dim.name)).collect::<Result<Vec<_>, _>>()?;
        if let Some(twice) = (1..dims.len()).find(|&at| dims[..at].contains(&dims[at])) {
            return Err(PackingError::Twice(dims[twice].name.clone()));
        }
        let axis = |home: &&DimHome| Axis { home: home.digit(), per_block: home.per_block };
        Ok(Layout {
            names: dims.iter().map(|d| d.name.clone()).collect(),
            shape: dims.iter().map(|d| d.size).collect(),
            slots: self.slots,
            axes: homes.iter().map(axis).collect(),
            hollow: form.hollow,
            turns: self.turns(dims, &homes, form)?,
        })
    }

    /// Layout of a matrix over a dimension twice as its diagonals: the last axis is read ahead of the first.
    ///
    /// # Errors
    /// When the dimension has no home, or is cut over ciphertexts.
    pub fn diagonals(&self, dim: &Dim, ahead: Option<usize>) -> Result<Layout, PackingError> {
        let once = self.layout(std::slice::from_ref(dim), Form::default())?;
        if once.ciphertexts() != 1 {
            return Err(PackingError::Cut { dim: dim.name.clone(), ciphertexts: once.ciphertexts() });
        }
        let digit = once.axes[0].home;
        let count = digit.extent;
        let turns = Turns {
            count,
            step: digit.stride,
            ahead: ahead.unwrap_or(count).min(count),
            baby: 1,
            giant: 0,
            shared: None,
        };
        let twice = |of: &str| vec![of.to_owned(); 2];
        Ok(Layout {
            names: twice(&dim.name),
            shape: vec![dim.size; 2],
            axes: vec![once.axes[0]; 2],
            // One element has no turns.
            turns: (count > 1).then_some(turns),
            ..once
        })
    }

    fn turns(&self, dims: &[Dim], homes: &[&DimHome], form: Form) -> Result<Option<Turns>, PackingError> {
        let pairs = (0..homes.len()).flat_map(|a| (0..a).map(move |b| (b, a)));
        let mut overlapping = pairs.filter(|&(a, b)| !homes[a].overlap(homes[b]).is_empty());
        let Some((a, b)) = overlapping.next() else { return Ok(None) };
        if dims.len() > 2 {
            let names =
                |list: &[usize]| list.iter().map(|i| dims[*i].name.as_str()).collect::<Vec<_>>().join(", ");
            let all: Vec<usize> = (0..dims.len()).collect();
            return Err(PackingError::Unplaced { dims: names(&all), shared: names(&[a, b]) });
        }
        let shared = homes[a].overlap(homes[b]);
        let count = 1 << shared.len();
        let rank = |of: &DimHome| self.homes.iter().position(|home| home.name == of.name);
        let (baby, giant) = if rank(homes[a]) < rank(homes[b]) { (a, b) } else { (b, a) };
        let free: usize = 1 << homes[a].bits.start.min(homes[b].bits.start);
        let digit = Digit { stride: 1, extent: free.min(count).min(form.shared.max(1)) };
        Ok(Some(Turns {
            count,
            step: 1 << shared.start,
            ahead: form.ahead.unwrap_or(count).min(count),
            baby,
            giant,
            shared: (digit.extent > 1).then_some(digit),
        }))
    }
}
