//! Refreshes (bootstrapping), measured: how long they take, how exact they are, and how much memory they need.
//!
//! A set is a chain of primes and the shape of a refresh. Sets whose keys are the same are measured with one set of keys, and no two
//! sets of keys are held at a time. Between refreshes a rotation of a fixed size is timed: seconds in rotations of the same minute can
//! be compared across machines and across days, seconds cannot.

mod errors;
mod report;
mod run;
mod sets;
mod time;

pub use report::{LeftOut, Phases, Precision, RefreshFigures, RefreshReport};
pub use run::{RefreshOptions, measure};
pub use sets::{RefreshSet, SMALL_RINGS, all, standard};
