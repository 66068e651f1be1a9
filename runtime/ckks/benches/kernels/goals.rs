//! What is asked of a kernel on one thread.

/// Milliseconds of the yardstick on the machine that the goals were set on.
const YARDSTICK: f64 = 0.061;
/// What two threads must gain where it is asked.
pub const TWO_THREADS: f64 = 1.7;

/// A floor and a goal, in milliseconds, and the goal in yardsticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    pub floor_ms: f64,
    pub goal_ms: f64,
    pub goal_yards: f64,
}

/// How near a kernel came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Goal,
    Floor,
    Above,
}

impl Mark {
    pub fn word(self) -> &'static str {
        match self {
            Self::Goal => "goal met",
            Self::Floor => "floor met",
            Self::Above => "above",
        }
    }

    fn of(value: f64, floor: f64, goal: f64) -> Self {
        match value {
            v if v <= goal => Self::Goal,
            v if v <= floor => Self::Floor,
            _ => Self::Above,
        }
    }
}

impl Goal {
    /// The floor in yardsticks.
    pub fn floor_yards(&self) -> f64 {
        self.floor_ms / YARDSTICK
    }

    /// Judged by the time itself.
    pub fn by_time(&self, ms: f64) -> Mark {
        Mark::of(ms, self.floor_ms, self.goal_ms)
    }

    /// Judged by the yardstick, for machines of another speed.
    pub fn by_yardstick(&self, yards: f64) -> Mark {
        Mark::of(yards, self.floor_yards(), self.goal_yards)
    }
}

/// Set, kernel, limbs, floor (ms), goal (ms), goal (yardsticks).
const GOALS: [(&str, &str, usize, f64, f64, f64); 12] = [
    ("P2", "ntt forward", 25, 0.090, 0.058, 0.95),
    ("P2", "ntt inverse", 25, 0.090, 0.058, 0.95),
    ("P2", "rotate", 25, 43.0, 26.0, 426.0),
    ("P2", "rotate", 13, 22.0, 11.0, 180.0),
    ("P2", "multiply relinearize rescale", 25, 75.0, 30.0, 490.0),
    ("P2", "multiply relinearize rescale", 13, 32.0, 14.0, 230.0),
    ("P2", "16 rotations hoisted", 25, 600.0, 255.0, 4180.0),
    ("P2", "16 rotations doubly hoisted", 25, 280.0, 120.0, 1970.0),
    ("P1", "rotate", 13, 8.7, 5.3, 87.0),
    ("P1", "multiply relinearize rescale", 13, 14.6, 5.5, 90.0),
    ("P2", "rescale", 25, 6.7, 3.5, 57.0),
    ("P2", "encode", 25, 7.3, 4.0, 66.0),
];

/// The goal of a kernel, if it has one.
pub fn goal(set: &str, kernel: &str, limbs: usize) -> Option<Goal> {
    let row = GOALS.iter().find(|row| (row.0, row.1, row.2) == (set, kernel, limbs))?;
    Some(Goal { floor_ms: row.3, goal_ms: row.4, goal_yards: row.5 })
}

/// Whether two threads must gain [`TWO_THREADS`].
pub fn must_scale(set: &str, kernel: &str) -> bool {
    set == "P2" && ["rotate", "multiply relinearize rescale"].contains(&kernel)
}
