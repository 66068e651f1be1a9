//! From values to places, and the values that are written at an axis.

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    logarithmic: bool,
}

/// Values this far apart are shown by their logarithms.
const FAR: f64 = 50.0;

impl Scale {
    /// An axis for these finite values that runs from one place to another, with round ends.
    pub fn of(values: impl Iterator<Item = f64> + Clone, (from, to): (f64, f64)) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        if !low.is_finite() || !high.is_finite() {
            return Self { low: 0.0, high: 1.0, from, to, logarithmic: false };
        }
        if low > 0.0 && high / low > FAR {
            let (low, high) = (low.log10().floor(), high.log10().ceil());
            return Self { low, high, from, to, logarithmic: true };
        }
        // A spread of rounding errors is none.
        let spread = high - low;
        let step = step(if spread > 1e-9 * high.abs() { spread } else { high.abs().max(1.0) });
        let (mut low, mut high) = ((low / step).floor() * step, (high / step).ceil() * step);
        if high <= low {
            (low, high) = (low - step, high + step);
        }
        Self { low, high, from, to, logarithmic: false }
    }

    /// The place of a value.
    pub fn place(&self, value: f64) -> f64 {
        let value = if self.logarithmic { value.log10() } else { value };
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Round values along the axis, with what to write there.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        if self.logarithmic {
            let decades = self.high - self.low;
            let every = (decades / 6.0).ceil().max(1.0);
            let count = (decades / every).floor() as u32;
            let exponents = (0..=count).map(|i| self.low + f64::from(i) * every);
            return exponents.map(|e| (10f64.powf(e), decade(e))).collect();
        }
        let step = step(self.high - self.low);
        let count = ((self.high - self.low) / step).round() as u32;
        let digits = (-step.log10().floor()).clamp(0.0, 17.0) as usize;
        let far = self.low.abs().max(self.high.abs()) >= 1e5;
        let text = |value: f64| match (value / step).round() {
            0.0 => "0".to_string(),
            _ if far => format!("{value:.1e}").replace(".0e", "e"),
            _ => format!("{value:.digits$}"),
        };
        let values = (0..=count).map(|i| self.low + f64::from(i) * step);
        values.map(|value| (value, text(value))).collect()
    }
}

fn decade(exponent: f64) -> String {
    if (-3.0..=4.0).contains(&exponent) {
        format!("{}", 10f64.powf(exponent))
    } else {
        format!("1e{exponent:.0}")
    }
}

/// A round step that divides a length into about five parts.
fn step(length: f64) -> f64 {
    let rough = length / 5.0;
    let magnitude = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|s| s * magnitude);
    steps.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(10.0 * magnitude)
}

/// Whole numbers from 1 to `count`, at most about ten of them, the first and the last among them.
pub fn whole(count: u32) -> Vec<u32> {
    let every = count.div_ceil(10).max(1);
    let mut found: Vec<u32> = (1..=count).filter(|i| i % every == 0 || *i == 1).collect();
    if found.last() != Some(&count) && count > 0 {
        // The last one takes the place of one that would touch it.
        if found.last().is_some_and(|last| count - last < every.div_ceil(2)) {
            found.pop();
        }
        found.push(count);
    }
    if every > 1 && found.get(1).is_some_and(|second| second - 1 < every.div_ceil(2)) {
        found.remove(1);
    }
    found
}
