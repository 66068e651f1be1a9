//! What differs between the runs of a loop: numbers and positions that are public, one for each run.
//!
//! The instructions of a loop are the same in every run; a learning rate that falls, the rows of a mini-batch and the scales that
//! contain such numbers are looked up. Runs count from 0.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableId(pub u32);

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// The same in all runs, or an entry of a table for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PerRun<T> {
    /// In all runs, and outside of the loop.
    Always(T),
    /// By the run.
    Table(TableId),
}

impl<T> From<T> for PerRun<T> {
    fn from(value: T) -> Self {
        Self::Always(value)
    }
}

/// Entries by run; runs beyond the last entry begin again with the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Table {
    /// Numbers that values are multiplied by, and scales.
    Numbers(Vec<f64>),
    /// Positions.
    Positions(Vec<u32>),
}

impl Table {
    /// Its number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Positions(positions) => positions.len(),
        }
    }

    /// Whether it has none, which no run can use.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// All tables of a program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables(pub Vec<Table>);

impl Tables {
    /// The number of this table for the new one, or for an equal one that is there.
    pub fn add(&mut self, table: Table) -> TableId {
        let known = self.0.iter().position(|known| match (known, &table) {
            // By bits: a table comes back exactly.
            (Table::Numbers(a), Table::Numbers(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits())
            }
            (a, b) => a == b,
        });
        TableId(known.unwrap_or_else(|| {
            self.0.push(table);
            self.0.len() - 1
        }) as u32)
    }

    /// The table, if there is one of this number.
    #[must_use]
    pub fn get(&self, id: TableId) -> Option<&Table> {
        self.0.get(id.0 as usize)
    }

    /// All entries of a table of numbers.
    #[must_use]
    pub fn numbers(&self, id: TableId) -> Option<&[f64]> {
        match self.get(id)? {
            Table::Numbers(numbers) => Some(numbers),
            Table::Positions(_) => None,
        }
    }

    /// All entries of a table of positions.
    #[must_use]
    pub fn positions(&self, id: TableId) -> Option<&[u32]> {
        match self.get(id)? {
            Table::Positions(positions) => Some(positions),
            Table::Numbers(_) => None,
        }
    }

    /// The number of a run; NaN, which fits nothing, where there is none.
    #[must_use]
    pub fn number(&self, id: TableId, run: u32) -> f64 {
        let of = |numbers: &[f64]| numbers.get(run as usize % numbers.len().max(1)).copied();
        self.numbers(id).and_then(of).unwrap_or(f64::NAN)
    }

    /// The position of a run.
    #[must_use]
    pub fn position(&self, id: TableId, run: u32) -> Option<u32> {
        let positions = self.positions(id)?;
        positions.get(run as usize % positions.len().max(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_tables_are_one_and_periods_repeat() {
        let mut tables = Tables::default();
        let rates = tables.add(Table::Numbers(vec![0.5, 0.25]));
        let blocks = tables.add(Table::Positions(vec![0, 3, 6]));
        assert_eq!(tables.add(Table::Numbers(vec![0.5, 0.25])), rates);
        assert_ne!(tables.add(Table::Numbers(vec![0.5])), rates);
        assert_eq!((tables.number(rates, 3), tables.position(blocks, 4)), (0.25, Some(3)));
        assert!(tables.number(blocks, 0).is_nan() && tables.number(TableId(9), 0).is_nan());
        assert_eq!((tables.position(rates, 0), tables.position(TableId(9), 0)), (None, None));
    }
}
