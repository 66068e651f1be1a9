//! Least times of repetitions: other programs can only take time away, so the least is the nearest to the truth.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often something is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    least: usize,
    most: usize,
    /// No repetition starts later.
    budget: Duration,
}

impl Clock {
    /// Few repetitions, or enough for a table to keep.
    pub fn new(quick: bool) -> Self {
        if quick {
            Self { least: 3, most: 7, budget: Duration::from_millis(30) }
        } else {
            Self { least: 5, most: 31, budget: Duration::from_millis(600) }
        }
    }

    /// Least seconds of `work`, after one call that warms up.
    pub fn seconds<T, E>(&self, mut work: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
        drop(work()?);
        let (begin, mut least, mut calls) = (Instant::now(), f64::INFINITY, 0);
        while calls < self.least || (calls < self.most && begin.elapsed() < self.budget) {
            let start = Instant::now();
            let result = black_box(work()?);
            least = least.min(start.elapsed().as_secs_f64());
            calls += 1;
            drop(result);
        }
        Ok(least)
    }
}
