//! Medians of repetitions.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often and how long something is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Repetitions at least, whatever they take.
    least: usize,
    /// Repetitions at most.
    most: usize,
    /// No repetition starts later.
    budget: Duration,
}

/// Seconds of one call.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    pub median: f64,
    pub least: f64,
    pub repetitions: usize,
}

impl Time {
    /// The time of one of `count` equal parts.
    pub fn each(self, count: usize) -> Self {
        let count = count as f64;
        Self { median: self.median / count, least: self.least / count, ..self }
    }
}

impl Clock {
    pub fn new(quick: bool) -> Self {
        if quick {
            Self { least: 3, most: 9, budget: Duration::from_millis(200) }
        } else {
            Self { least: 5, most: 41, budget: Duration::from_secs(2) }
        }
    }

    /// Times `work` after one call that warms up. What it returns is dropped outside the measured time.
    pub fn time<T>(&self, mut work: impl FnMut() -> T) -> Time {
        drop(black_box(work()));
        let begin = Instant::now();
        let mut seconds = Vec::with_capacity(self.most);
        while seconds.len() < self.least || (seconds.len() < self.most && begin.elapsed() < self.budget) {
            let start = Instant::now();
            let result = black_box(work());
            seconds.push(start.elapsed().as_secs_f64());
            drop(result);
        }
        seconds.sort_by(f64::total_cmp);
        Time { median: seconds[seconds.len() / 2], least: seconds[0], repetitions: seconds.len() }
    }

    /// Times what can fail; the first failure ends it.
    pub fn try_time<T, E>(&self, mut work: impl FnMut() -> Result<T, E>) -> Result<Time, E> {
        drop(work()?);
        let mut failure = None;
        let time = self.time(|| work().map_err(|error| failure = Some(error)));
        failure.map_or(Ok(time), Err)
    }
}
