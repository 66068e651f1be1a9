//! Time that a refresh takes: by the clock on the wall, and by that of the thread's processor.

use std::time::Instant;

use hep_server::machine::thread_seconds;

/// Which clock says what a refresh takes in rotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Of the processor, while it worked for this thread: other programs take nothing of it.
    Processor,
    /// On the wall.
    Wall,
}

impl Clock {
    /// The processor's where the calling thread does all the work.
    pub fn of_this_thread() -> Self {
        if rayon::current_num_threads() == 1 { Self::Processor } else { Self::Wall }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Processor => "processor",
            Self::Wall => "wall",
        }
    }
}

/// Seconds since a start.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    clock: Clock,
    wall: Instant,
    processor: f64,
}

impl Watch {
    /// Starts.
    pub fn start(clock: Clock) -> Self {
        Self { clock, wall: Instant::now(), processor: thread_seconds() }
    }

    /// On the wall.
    pub fn wall(&self) -> f64 {
        self.wall.elapsed().as_secs_f64()
    }

    /// By the clock that rotations are counted by.
    pub fn seconds(&self) -> f64 {
        match self.clock {
            Clock::Processor => thread_seconds() - self.processor,
            Clock::Wall => self.wall(),
        }
    }
}
