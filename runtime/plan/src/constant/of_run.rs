//! Public vectors that may differ from run to run.

use super::SlotVector;
use crate::reading::{Cursor, ReadError};
use crate::tables::{TableId, Tables};
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A public vector: one, or Σ vector · number of the run.
///
/// ```
/// use hep_plan::{Constant, SlotVector, Table, Tables};
///
/// let mut tables = Tables::default();
/// let rates = tables.add(Table::Numbers(vec![0.5, 0.25]));
/// let steps = Constant::Sum(vec![(SlotVector::new(&[1.0, 0.0, 1.0, 0.0]), rates)]);
/// assert_eq!(steps.at(&tables, 1).map(|vector| vector.expand()), Some(vec![0.25, 0.0, 0.25, 0.0]));
/// assert_eq!(Constant::from(SlotVector::splat(2.0, 4)).as_splat(), Some(2.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Constant {
    /// The same in all runs.
    Fixed(SlotVector),
    /// A sum of vectors, each times the number of the run; at least one.
    Sum(Vec<(SlotVector, TableId)>),
}

impl From<SlotVector> for Constant {
    fn from(vector: SlotVector) -> Self {
        Self::Fixed(vector)
    }
}

impl Constant {
    /// The vector in a run; none where a table is not there.
    #[must_use]
    pub fn at(&self, tables: &Tables, run: u32) -> Option<Cow<'_, SlotVector>> {
        match self {
            Self::Fixed(vector) => Some(Cow::Borrowed(vector)),
            Self::Sum(terms) => {
                let mut sum = vec![0.0; self.slots()];
                for (vector, table) in terms {
                    let number = Some(tables.number(*table, run)).filter(|number| number.is_finite())?;
                    vector.add_product(&vec![number; sum.len()], &mut sum);
                }
                Some(Cow::Owned(SlotVector::new(&sum)))
            }
        }
    }

    /// The vector that it is in all runs, if it is one.
    #[must_use]
    pub fn fixed(&self) -> Option<&SlotVector> {
        match self {
            Self::Fixed(vector) => Some(vector),
            Self::Sum(_) => None,
        }
    }

    /// All vectors that it is made of.
    pub fn vectors(&self) -> impl Iterator<Item = &SlotVector> {
        let (one, terms) = match self {
            Self::Fixed(vector) => (Some(vector), [].as_slice()),
            Self::Sum(terms) => (None, terms.as_slice()),
        };
        one.into_iter().chain(terms.iter().map(|(vector, _)| vector))
    }

    /// Number of slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.vectors().next().map_or(0, SlotVector::slots)
    }

    /// The value if all slots hold the same in all runs.
    #[must_use]
    pub fn as_splat(&self) -> Option<f64> {
        self.fixed().and_then(SlotVector::as_splat)
    }

    /// Root mean square over non-zero slots; of a sum the most that it can be in a run.
    #[must_use]
    pub fn rms(&self, tables: &Tables) -> f64 {
        match self {
            Self::Fixed(vector) => vector.rms(),
            Self::Sum(terms) => {
                terms.iter().map(|(vector, table)| vector.rms() * largest(tables, *table)).sum()
            }
        }
    }

    /// Whether its vectors fill the slots and its tables are there.
    #[must_use]
    pub fn is_valid(&self, slots: usize, tables: &Tables) -> bool {
        let tables_there = match self {
            Self::Fixed(_) => true,
            Self::Sum(terms) => {
                !terms.is_empty() && terms.iter().all(|(_, table)| tables.numbers(*table).is_some())
            }
        };
        tables_there && self.vectors().all(|vector| vector.is_valid() && vector.slots() == slots)
    }

    /// The constant that [`crate::print::public`] shows.
    ///
    /// # Errors
    /// Where something else is there.
    pub fn read(at: &mut Cursor<'_>, slots: usize) -> Result<Self, ReadError> {
        let first = SlotVector::read(at, slots)?;
        if !at.take("*") {
            return Ok(Self::Fixed(first));
        }
        let table = |at: &mut Cursor<'_>| at.index("t", u32::MAX as usize).map(TableId);
        let mut terms = vec![(first, table(at)?)];
        while at.take("+") {
            let vector = SlotVector::read(at, slots)?;
            at.literal("*")?;
            terms.push((vector, table(at)?));
        }
        Ok(Self::Sum(terms))
    }
}

fn largest(tables: &Tables, table: TableId) -> f64 {
    tables.numbers(table).unwrap_or_default().iter().fold(0.0, |most, number| f64::max(most, number.abs()))
}
