//! Ends of ranges that hold scores: which scores they are to hold, and numbers of two digits beyond them.

use hep_tensor::ranges::RangeReport;

/// Scores spread over this many domains are those of a training that runs away.
const RUNAWAY: f64 = 4.0;

/// Ends of a range.
pub(super) type Range = (f64, f64);

/// Smallest and largest score of all iterations, of all uses of one line; of a training that runs away, those up to the first
/// iteration outside, and twice the domain where that is to hold them.
pub(super) fn reach(checks: &[usize], domain: Range, twice: bool, reports: &[RangeReport]) -> Option<Range> {
    let own = || reports.iter().filter(|r| checks.contains(&r.check));
    let hull = |last: u32| {
        let seen = own().filter(|r| r.iteration <= last);
        seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), r| (lo.min(r.lo), hi.max(r.hi)))
    };
    let (lo, hi) = hull(u32::MAX);
    let numbers = own().all(|r| r.lo.is_finite() && r.hi.is_finite());
    if numbers && hi - lo <= RUNAWAY * (domain.1 - domain.0) {
        return Some((lo, hi));
    }
    let (lo, hi) = hull(own().find(|r| r.outside > 0.0)?.iteration);
    let (middle, half) = (domain.0 / 2.0 + domain.1 / 2.0, domain.1 - domain.0);
    let (lo, hi) = if twice { (lo.min(middle - half), hi.max(middle + half)) } else { (lo, hi) };
    (lo.is_finite() && hi.is_finite()).then_some((lo, hi))
}

/// A range of two digits around the scores, a twentieth wider, symmetric like the range it replaces.
#[must_use]
pub fn around((lo, hi): (f64, f64), present: (f64, f64)) -> (f64, f64) {
    let (lo, hi) = (lo.min(present.0), hi.max(present.1));
    if present.0 == -present.1 {
        let reach = outward(lo.abs().max(hi.abs()));
        return (-reach, reach);
    }
    (-outward(-lo), outward(hi))
}

/// A range of two digits around the scores alone, a twentieth wider, and so many times as wide on the side of its sign.
pub(super) fn stretched((lo, hi): Range, times: f64) -> Range {
    let low = if lo > 0.0 { lo / times } else { lo * times };
    let high = if hi < 0.0 { hi / times } else { hi * times };
    (-outward(-low), outward(high))
}

/// Up to the next number of two digits beyond a twentieth more.
fn outward(x: f64) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let wide = if x > 0.0 { 1.05 * x } else { 0.95 * x };
    let unit = 10f64.powf(wide.abs().log10().floor() - 1.0);
    // The product with a unit that is no power of two has digits that nobody means.
    let up = (wide / unit).ceil() * unit;
    format!("{up:.1e}").parse().unwrap_or(up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_two_digits() {
        assert_eq!(around((-9.3, 14.9), (-8.0, 8.0)), (-16.0, 16.0));
        assert_eq!(around((-0.1, 20.0), (0.0, 10.0)), (-0.11, 21.0));
        assert_eq!(outward(123.0), 130.0);
        for (score, end) in [(9.13, "9.6"), (8.28, "8.7"), (0.0031, "0.0033"), (-0.5, "-0.47")] {
            assert_eq!(outward(score).to_string(), end);
        }
        assert_eq!(stretched((0.01, 0.084), 1.0), (0.0095, 0.089));
        assert_eq!(stretched((0.01, 0.08), 4.0), (0.0023, 0.34));
        assert_eq!(stretched((-2.0, 1.0), 2.0), (-4.2, 2.1));
    }
}
