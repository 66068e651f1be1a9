//! The work of a refresh, in the limb-sized steps of [`crate::cost`].

use hep_params::refresh::Factor;
use hep_params::{Packing, Params, RefreshShape};

use crate::cost::{Shape, Work};

/// Primes that the products of the raise are exact modulo.
const EXACT: f64 = 3.0;

/// The work of every phase.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RefreshWork {
    /// Slots to coefficients, at the bottom.
    pub slots_to_coeffs: Work,
    /// To the sparse secret, and up.
    pub raise: Work,
    /// The factors of CoeffsToSlots but the first, which the raise applies, and the last.
    pub coeffs_to_slots: Work,
    /// The trace, the last factor, and the parts of its slots.
    pub trace: Work,
    /// The sine, of every vector.
    pub eval_mod: Work,
}

impl RefreshWork {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Work {
        self.slots_to_coeffs + self.raise + self.coeffs_to_slots + self.trace + self.eval_mod
    }
}

/// What a refresh takes.
///
/// ```
/// use hep_params::{Packing, RefreshShape, Security};
/// use hep_plan::refresh::{Chain, chain, work};
///
/// let shape = RefreshShape::new(15, &[5, 5, 5], &[5, 5, 5], Packing::Real);
/// let of = Chain { log_n: 16, levels: 12, bits: 45, special: 10, security: Security::Standard128 };
/// let one = work(&shape, &chain(of, vec![shape.clone()])?);
/// // A rotation of a ciphertext of 25 limbs takes 170.
/// assert_eq!(one.total().transforms, 4428.0);
/// assert_eq!(one.eval_mod.transforms, 1773.0);
/// # Ok::<(), hep_plan::refresh::ChainError>(())
/// ```
#[must_use]
pub fn work(shape: &RefreshShape, params: &Params) -> RefreshWork {
    let (limbs, width) = (params.q.len(), params.digit_limbs as usize);
    let at = |limbs: usize| Shape { limbs, digit_limbs: width, special: params.p.len() };
    let low = |limbs: usize| Shape { limbs, digit_limbs: width, special: shape.low_special(params) };

    let mut slots_to_coeffs = if shape.packing == Packing::Real { Work::default() } else { low(limbs).sum() };
    for (number, factor) in shape.s2c_factors().iter().enumerate() {
        slots_to_coeffs += transform(low(shape.bottom() + 1 - number), factor, true);
    }

    let factors = shape.c2s_factors();
    let first = factors.first().map_or(0, Factor::diagonals);
    let (mut coeffs_to_slots, last) = (Work::default(), limbs + 2 - factors.len());
    for (number, factor) in factors.iter().enumerate().skip(1) {
        if number + 1 < factors.len() {
            coeffs_to_slots += transform(at(limbs + 1 - number), factor, true);
        }
    }
    let mut traced = Work::default();
    for steps in shape.trace(params.slots()) {
        traced += at(last).sum_rotations(1, steps.len() as u32 - 1, steps.len());
    }
    traced += factors.last().map_or_else(Work::default, |factor| transform(at(last), factor, false));
    let parts = if shape.packing == Packing::Pair { 2.0 } else { 1.0 };
    traced += at(last).decompose() + at(last).key_product() + at(last).bring_down_and_rescale() * parts;
    RefreshWork {
        slots_to_coeffs,
        raise: encapsulate(limbs, width) + raise(limbs, first),
        coeffs_to_slots,
        trace: traced,
        eval_mod: eval_mod(shape, last - 1, &at) * parts,
    }
}

/// A linear transform in baby steps and giant steps, rescaled or not.
fn transform(at: Shape, factor: &Factor, rescaled: bool) -> Work {
    let moved = at.bring_down() * 0.5 + at.decompose() + at.key_product();
    let (babies, giants, composed) = if let Some(composed) = factor.composed {
        // What babies are taken from is brought down and decomposed, but for the beginning.
        let again = at.bring_down() * 0.5 + at.decompose();
        (composed.babies - 1, composed.giants - 1, again * (composed.passes - 1) as f64)
    } else {
        let (babies, giants) = factor.rotations();
        (babies.len(), giants.len(), Work::default())
    };
    let end = if rescaled { at.bring_down_and_rescale() } else { at.bring_down() };
    at.decompose()
        + composed
        + at.key_product() * babies as f64
        + at.extended_products(factor.diagonals())
        + moved * giants as f64
        + end
}

/// The switch to the sparse secret.
fn encapsulate(_limbs: usize, width: usize) -> Work {
    let bottom = Shape { limbs: 1, digit_limbs: width, special: 1 };
    bottom.rotate(1, 1) + Work { transforms: 2.0, ..Work::default() }
}

/// The raise to so many limbs with so many diagonals: each is three transforms back and one forward for every prime, and a product with
/// a key of one digit.
fn raise(limbs: usize, diagonals: usize) -> Work {
    let (wide, diagonals) = (limbs as f64 + 1.0, diagonals as f64);
    let down = Shape { limbs, digit_limbs: limbs, special: 1 }.bring_down();
    let each = Work {
        transforms: EXACT + wide,
        conversions: 2.0 * (wide + 1.0),
        key_products: wide,
        products: 2.0 * EXACT,
        passes: 3.0 * EXACT + 4.0,
        ..Work::default()
    };
    let once = Work {
        transforms: 3.0 * EXACT + limbs as f64,
        conversions: 2.0 * limbs as f64,
        passes: 2.0 * EXACT,
        ..Work::default()
    };
    each * diagonals + once + down
}

/// The sine of one vector that begins with so many limbs.
fn eval_mod(shape: &RefreshShape, limbs: usize, at: &impl Fn(usize) -> Shape) -> Work {
    let spread = shape.sine_limbs() - 8;
    let relinearized = |below: usize, products: usize| {
        let shape = at(limbs - below);
        shape.relinearize_rescale() + shape.sum_mul(products)
    };
    // C_1; C_2, whose division goes on where the square is wide; C_3, C_4, C_8; the leading part and its products; doublings.
    let below = 1 + spread;
    let mut sum = relinearized(0, 1) + relinearized(1, 1) + at(limbs - 2).rescale(2) * spread as f64;
    sum += relinearized(below + 1, 1) * 2.0 + relinearized(below + 2, 1);
    sum += at(limbs - 1).rescale(2) + at(limbs - 2).rescale(2) * spread as f64;
    sum += relinearized(below + 1, 1) + relinearized(below + 2, 1) + at(limbs - below - 2).rescale(2);
    sum += relinearized(below + 3, 2);
    for doubling in 0..3 {
        sum += relinearized(below + 4 + doubling, 1);
    }
    // Integer combinations, three terms of two parts each at most.
    sum + at(limbs - below - 1).sum() * 6.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::{Chain, chain};
    use hep_params::Security;

    fn transforms(log_slots: u32, s2c: &[u8], c2s: &[u8], packing: Packing, levels: usize) -> [f64; 5] {
        let shape = RefreshShape::new(log_slots, s2c, c2s, packing);
        let of = Chain { log_n: 16, levels, bits: 45, special: 10, security: Security::Standard128 };
        let work = work(&shape, &chain(of, vec![shape.clone()]).unwrap());
        let phases = [work.slots_to_coeffs, work.raise, work.coeffs_to_slots, work.trace, work.eval_mod];
        phases.map(|work| work.transforms)
    }

    #[test]
    fn transforms_of_the_large_sets() {
        let full = ([5, 5, 5].as_slice(), [5, 5, 5].as_slice());
        assert_eq!(transforms(15, full.0, full.1, Packing::Real, 12), [142.0, 1092.0, 629.0, 792.0, 1773.0]);
        // A second vector is a second division and a second sine.
        assert_eq!(transforms(15, full.0, full.1, Packing::Pair, 12), [142.0, 1092.0, 629.0, 864.0, 3546.0]);
        assert_eq!(
            transforms(13, &[6, 7], &[4, 3, 3, 3], Packing::Real, 12),
            [187.0, 596.0, 1241.0, 945.0, 1654.0]
        );
        assert_eq!(
            transforms(9, &[4, 5], &[4, 3, 2], Packing::Real, 13),
            [55.0, 596.0, 629.0, 1044.0, 1773.0]
        );
    }
}
