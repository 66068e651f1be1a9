//! What other programs took of the processors meanwhile: a measurement beside busy neighbors is worth little.

use std::fs::read_to_string;

/// Ticks of all cores since the start of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    all: u64,
    busy: u64,
    own: u64,
}

impl Usage {
    /// Now; `None` where `/proc` does not say.
    pub fn now() -> Option<Self> {
        let text = read_to_string("/proc/stat").ok()?;
        let ticks: Vec<u64> =
            text.lines().next()?.split_whitespace().skip(1).take(8).map_while(|t| t.parse().ok()).collect();
        let all: u64 = ticks.iter().sum();
        // The fourth and fifth are idle, and idle waiting for a disk.
        let idle = ticks.get(3)? + ticks.get(4)?;
        Some(Self { all, busy: all - idle, own: own()? })
    }

    /// The share of the cores that others have taken since `before`.
    pub fn others_since(self, before: Self) -> f64 {
        let spent = (self.busy - before.busy).saturating_sub(self.own - before.own);
        spent as f64 / (self.all - before.all).max(1) as f64
    }
}

/// User and system ticks of this process: fields 14 and 15, counted behind the name in parentheses.
fn own() -> Option<u64> {
    let text = read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}
