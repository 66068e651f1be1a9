//! Does a loss have a lower bound?
//!
//! A loss that falls without limit as the score grows is not minimized by any model: training runs away in that
//! direction. The loss is followed outwards over scores that double. If it converges, each difference is a smaller
//! fraction of the one before; if it falls like a logarithm, a power or faster, they do not shrink.

use hep_tensor::scalar::Expr;

/// First and last score that is looked at, as powers of two.
const FIRST: i32 = 6;
const LAST: i32 = 40;
/// Differences whose size falls by less than this, time after time, do not converge.
const RATIO: f64 = 0.9;

/// A direction in which a loss falls without limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fall {
    /// The label.
    pub label: f64,
    /// Whether the score grows in that direction.
    pub upwards: bool,
}

/// The first direction in which the loss has no lower bound at one of these labels.
pub fn unbounded(loss: &Expr, labels: &[f64]) -> Option<Fall> {
    for &label in labels {
        let at_label = loss.substitute(&Expr::from_f64(label).ok()?, &Expr::z()).stable();
        for upwards in [false, true] {
            let sign = if upwards { 1.0 } else { -1.0 };
            if falls(&|size| at_label.eval(f64::NAN, sign * size)) {
                return Some(Fall { label, upwards });
            }
        }
    }
    None
}

/// Whether the function falls without limit for large arguments. Scores from which on it has no value, or is too large
/// to be a float, end the search.
fn falls(f: &dyn Fn(f64) -> f64) -> bool {
    let values = (FIRST..=LAST).map(|k| f(2f64.powi(k)));
    let values: Vec<f64> = values.take_while(|value| !value.is_nan() && *value < f64::INFINITY).collect();
    if values.last() == Some(&f64::NEG_INFINITY) {
        return true;
    }
    let steps: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(a, b)| b - a).collect();
    let Some(recent) = steps.len().checked_sub(4).and_then(|from| steps.get(from..)) else { return false };
    let rounding = values.iter().fold(0.0, |size: f64, v| size.max(v.abs())) * 1e-12;
    recent.iter().all(|step| *step < -rounding)
        && recent.windows(2).all(|pair| matches!(pair, [a, b] if b.abs() >= RATIO * a.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_tensor::scalar::testing::{bce, focal, logistic, n, parabolas, sle, softplus, squared};

    fn of(loss: &Expr) -> Option<Fall> {
        unbounded(loss, &[0.0, 1.0])
    }

    #[test]
    fn losses_of_practice_are_bounded() {
        let margin = || (n("2") * Expr::y() - n("1")) * Expr::z();
        let hinge = (n("1") - margin()).relu();
        let slow = -(n("1") / (n("1") + Expr::z().pow(2)));
        let slower = -(n("1") + Expr::z().pow(2)).sqrt().pow(-1);
        let on_one_side = Expr::z().exp() - Expr::z();
        let losses = [
            bce(),
            focal(),
            logistic(),
            parabolas(),
            sle(),
            softplus(),
            squared(),
            hinge,
            slow,
            slower,
            on_one_side,
        ];
        for loss in losses {
            assert_eq!(of(&loss), None, "{loss}");
        }
    }

    #[test]
    fn falls_are_found_with_label_and_direction() {
        let y = Expr::y;
        let printed = (y() - Expr::z().sigmoid()).abs().log();
        assert_eq!(of(&printed), Some(Fall { label: 0.0, upwards: false }));
        let linear = -(n("2") * y() - n("1")) * Expr::z();
        assert_eq!(of(&linear), Some(Fall { label: 0.0, upwards: false }));
        let on_ones = -y() * Expr::z().softplus();
        assert_eq!(of(&on_ones), Some(Fall { label: 1.0, upwards: true }));
        let logarithm = -(n("1") + Expr::z().pow(2)).log();
        assert!(of(&logarithm).is_some());
        assert!(of(&-Expr::z().exp()).is_some());
        assert_eq!(of(&-Expr::z().log()), Some(Fall { label: 0.0, upwards: true }));
    }

    /// Gamma deviance: only labels that are not positive are a way down.
    #[test]
    fn labels_of_a_range() {
        let gamma = Expr::y() * (-Expr::z()).exp() + Expr::z();
        assert_eq!(unbounded(&gamma, &[0.1, 10.0]), None);
        assert_eq!(unbounded(&gamma, &[0.0, 10.0]), Some(Fall { label: 0.0, upwards: false }));
    }
}
