//! The scale of what a refresh makes.

use crate::units::Scale;
use hep_params::refresh::SINE_BITS;
use hep_params::{Params, RefreshShape};
use std::f64::consts::TAU;

/// Bits of the scale of results, about: that of the sine over the ratio, by its slope 2π. See [`result_scale`].
#[must_use]
pub fn result_bits(shape: &RefreshShape) -> f64 {
    f64::from(SINE_BITS) - f64::from(shape.ratio_log2) - shape.bound.log2() + TAU.log2()
}

/// The exact scale of results: that of the sine's input through all products of EvalMod, which are divided by the primes of its levels.
///
/// The parameters must have been [validated](Params::validate) with this shape.
#[must_use]
pub fn result_scale(shape: &RefreshShape, params: &Params) -> Scale {
    let top = shape.sine_level(params.q.len().saturating_sub(1));
    let prime =
        |below: usize| top.checked_sub(below).and_then(|at| params.q.get(at)).map_or(f64::NAN, |q| *q as f64);
    let input = prime(0) * shape.finer_bits().exp2();
    let c1 = input * input / prime(0);
    // Two primes spread the wide square.
    let (c2, at) =
        if shape.wide_square { (c1 * c1 / prime(1) / prime(2), 3) } else { (c1 * c1 / prime(1), 2) };
    let c4 = c2 * c2 / prime(at);
    let c8 = c4 * c4 / prime(at + 1);
    let a1 = c2 * c2 / prime(at);
    let a = a1 * c4 / prime(at + 1);
    let p = a * c8 / prime(at + 2);
    let y = (3..6).fold(p, |p, k| p * p / prime(at + k));
    let ratio = f64::from(shape.ratio_log2).exp2() * shape.bound;
    Scale(y * TAU / ratio / (1.0 + shape.delta))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::{Chain, chain};
    use hep_params::{Packing, Security};

    #[test]
    fn the_scale_is_near_what_is_said_without_primes() {
        let shape = RefreshShape::standard(15, Packing::Real).with_bound(4.0);
        let of = Chain { log_n: 16, levels: 12, bits: 43, special: 10, security: Security::Standard128 };
        let params = chain(of, vec![shape.clone()]).expect("a chain");
        let away = result_scale(&shape, &params).bits() - result_bits(&shape);
        assert!(away.abs() < 0.05, "{away}");
        assert!((result_bits(&shape) - 40.65).abs() < 0.01);
    }
}
