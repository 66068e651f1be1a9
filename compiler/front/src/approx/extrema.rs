//! Largest values on an interval: a fine grid, then golden-section search around its peaks.

use super::Polynomial;
use super::target::Target;

/// Grid intervals. Even, so that the middle (0 on a symmetric range) is on the grid.
const CELLS: u32 = 4000;
/// Each step narrows the bracket by 0.618; 60 of them exhaust a float.
const STEPS: u32 = 60;

/// The `i`-th of `cells + 1` evenly spaced points. Symmetric intervals give symmetric points, to the last bit.
pub(super) fn grid_point(lo: f64, hi: f64, i: u32, cells: u32) -> f64 {
    let (right, left) = (f64::from(i), f64::from(cells - i));
    (lo * left + hi * right) / f64::from(cells)
}

/// The largest value of `f` on `lo .. hi` and where it is taken. NaN values are passed over.
pub(super) fn maximum(f: &dyn Fn(f64) -> f64, lo: f64, hi: f64) -> (f64, f64) {
    let samples: Vec<(f64, f64)> =
        (0..=CELLS).map(|i| grid_point(lo, hi, i, CELLS)).map(|z| (z, f(z))).collect();
    let highest = |best: (f64, f64), next: (f64, f64)| if next.1 > best.1 { next } else { best };
    let mut best = samples.iter().copied().fold((lo, f64::NEG_INFINITY), highest);
    for window in samples.windows(3) {
        let [left, middle, right] = window else { continue };
        // Only peaks that could still win: within a cell a smooth function moves little.
        let rise = (middle.1 - left.1).max(middle.1 - right.1);
        if middle.1 >= left.1 && middle.1 >= right.1 && middle.1 + rise >= best.1 {
            best = highest(best, peak(f, left.0, right.0));
        }
    }
    best
}

/// The maximum of a function with one peak between `a` and `b`.
pub(super) fn peak(f: &dyn Fn(f64) -> f64, mut a: f64, mut b: f64) -> (f64, f64) {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let mut left = b - ratio * (b - a);
    let mut right = a + ratio * (b - a);
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..STEPS {
        if at_left >= at_right {
            b = right;
            (right, at_right) = (left, at_left);
            left = b - ratio * (b - a);
            at_left = f(left);
        } else {
            a = left;
            (left, at_left) = (right, at_right);
            right = a + ratio * (b - a);
            at_right = f(right);
        }
    }
    if at_left >= at_right { (left, at_left) } else { (right, at_right) }
}

/// How far a polynomial is from the function it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Deviation {
    /// The largest error.
    pub max: f64,
    /// Where it occurs.
    pub at: f64,
    /// The root of the mean square error, uniform weight.
    pub rms: f64,
    /// The largest error of the constant whose largest error is least.
    pub constant_max: f64,
    /// The root of the mean square error of the constant for which it is least.
    pub constant_rms: f64,
}

/// Mean errors of a fit and of a constant are compared with this much room for rounding.
const ROOM: f64 = 1.0 + 1e-9;
/// The largest error may be this many times that of the best constant, the whole span of the function: a fit that is good in
/// the mean may stand out at one place, where the function is steep or jumps.
const SPAN: f64 = 2.0;

impl Deviation {
    /// The largest error as a share of what the function varies.
    pub fn share(&self) -> f64 {
        if self.max == 0.0 { 0.0 } else { self.max / (2.0 * self.constant_max) }
    }

    /// The error of a polynomial on `lo .. hi`. NaN nowhere counts; check finiteness first where it matters.
    pub fn of(f: &dyn Target, polynomial: &Polynomial, lo: f64, hi: f64) -> Deviation {
        let error = |z: f64| (f.value(z) - polynomial.eval(z)).abs();
        let (at, max) = maximum(&error, lo, hi);
        let cell = (hi - lo) / f64::from(CELLS);
        let middles = || (0..CELLS).map(|i| lo + (f64::from(i) + 0.5) * cell);
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / f64::from(CELLS);
        let rms = mean(&mut middles().map(|z| error(z).powi(2))).sqrt();
        let (_, above) = maximum(&|z| f.value(z), lo, hi);
        let (_, below) = maximum(&|z| -f.value(z), lo, hi);
        let center = mean(&mut middles().map(|z| f.value(z)));
        let constant_rms = mean(&mut middles().map(|z| (f.value(z) - center).powi(2))).sqrt();
        Deviation { max: max.max(0.0), at, rms, constant_max: (above + below) / 2.0, constant_rms }
    }

    /// Whether the polynomial says more of the function than a number does: its mean error is not above that of the best
    /// constant, nor its largest above twice that.
    pub fn helps(&self) -> bool {
        self.max <= SPAN * ROOM * self.constant_max && self.rms <= ROOM * self.constant_rms
    }
}

/// The largest `|f - polynomial|` on `lo .. hi`. NaN nowhere counts; check finiteness first where it matters.
pub fn max_error(f: &dyn Target, polynomial: &Polynomial, lo: f64, hi: f64) -> f64 {
    maximum(&|z| (f.value(z) - polynomial.eval(z)).abs(), lo, hi).1.max(0.0)
}
