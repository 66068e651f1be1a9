//! CKKS schedule: levels, exact scales, relinearizations and rescales for every operation on ciphertexts.
//!
//! [`unroll`](mod@unroll) runs the rolled slot graph through its iterations, folding what is public; [`schedule`](mod@schedule) places
//! every operation at the lowest level its users allow, inserts relinearize, rescale and level drops, and solves for scales
//! ([`scale`]) so that sums need no correcting products; [`passes`] make it cheaper; [`balance`] moves scales to where values of any
//! size have room and precision. [`instructions`] is the server's program.

pub mod balance;
mod conflict;
mod correction;
pub mod critical;
mod depths;
mod drift;
pub mod graph;
pub mod instructions;
pub mod interpret;
pub mod passes;
pub mod print;
pub mod read;
pub mod refresh;
mod refreshes;
mod scalars;
pub mod scale;
pub mod schedule;
pub mod unroll;
mod unscaled;
pub mod verify;
pub mod written_out;

pub use conflict::ScheduleError;
pub use graph::Program;
pub use passes::Lifetime;
pub use schedule::schedule;
