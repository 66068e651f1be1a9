//! CKKS schedule: levels, exact scales, relinearisations and rescales for every operation on ciphertexts.
//!
//! [`unroll`](mod@unroll) runs the rolled slot graph through its iterations, folding what is public; where memory is short,
//! [`rematerialise`](mod@rematerialise) makes copies of data where they are used; [`schedule`](mod@schedule) places every
//! operation at the lowest level its users allow, inserts relinearise, rescale and level drops, and solves for scales
//! ([`scale`]) so that sums need no correcting products; [`relinearise`](mod@relinearise) moves relinearisations to
//! where they cost least, [`merge`] joins what is one kernel, and [`balance`] moves scales to where values of any size have
//! room and precision. [`instructions`] is the server's program.

pub mod balance;
mod correction;
pub mod critical;
mod drift;
pub mod graph;
pub mod instructions;
pub mod interpret;
pub mod keys;
pub mod merge;
pub mod print;
pub mod relinearise;
pub mod rematerialise;
pub mod rotated_products;
pub mod rotation_sums;
mod scalars;
pub mod scale;
pub mod schedule;
pub mod unroll;
pub mod verify;

pub use graph::Program;
pub use rematerialise::Lifetime;
pub use schedule::{ScheduleError, schedule};
