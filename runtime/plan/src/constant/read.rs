//! A vector from its text: the runs of one period.

use super::SlotVector;
use crate::reading::{Cursor, ReadError};

impl SlotVector {
    /// The vector that [`crate::print::vector`] shows.
    ///
    /// # Errors
    /// Where something else is there, or runs that do not fill a period.
    pub fn read(at: &mut Cursor<'_>, slots: usize) -> Result<Self, ReadError> {
        let here = *at;
        let runs = at.runs()?;
        Self::of_runs(runs, slots).ok_or_else(|| here.error("finite runs that fill a period of the slots"))
    }
}
