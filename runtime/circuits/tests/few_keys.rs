//! A refresh with few keys is the same refresh: baby steps are composed, giant steps are taken one after another.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use hep_ckks::{Context, KeyForm, LinearTransform};
use hep_params::{Packing, RefreshShape};
use hep_plan::refresh::{RefreshKey, key_bytes, keys, work};
use num_complex::Complex64;

#[test]
fn values_come_back_as_with_all_keys() {
    for (log_slots, s2c, c2s, packing) in [
        (9, [3, 3, 3].as_slice(), [3, 3, 3].as_slice(), Packing::Real),
        (9, &[5, 4], &[2, 5, 2], Packing::Pair),
        (5, &[2, 3], &[2, 3], Packing::Real),
        (5, &[2, 3], &[1, 3, 1], Packing::SideBySide),
        (2, &[1, 1], &[1, 1], Packing::Real),
    ] {
        let shape = shape(log_slots, s2c, c2s, packing).with_few_keys();
        let mut setup = Setup::new(params(10, 2, 10, vec![shape.clone()]), 3);
        let values = [setup.values(), setup.values()];
        let cts = values.each_ref().map(|values| setup.encrypt(values));
        let count = if packing == Packing::Real { 1 } else { 2 };
        let found = setup.run(&cts.iter().take(count).collect::<Vec<_>>());
        let wanted =
            if count == 1 { vec![values[0].clone()] } else { setup.packed([&values[0], &values[1]]) };
        assert_eq!(found.len(), wanted.len());
        for (ct, wanted) in found.iter().zip(&wanted) {
            let errors = setup.errors(&setup.decrypt(ct), &setup.read(wanted));
            assert!(worst(&errors) < 20.0 * setup.noise(), "{shape:?}: {:e}", worst(&errors));
        }
        // And with the keys that were announced, no others.
        let rotations = |wanted: fn(&RefreshKey) -> bool| {
            keys(&shape, setup.ctx.parameters()).into_keys().filter(wanted).count()
        };
        assert_eq!(setup.keys.low.galois.len(), rotations(|key| matches!(key, RefreshKey::Low(_))));
        let top = |key: &RefreshKey| matches!(key, RefreshKey::Top(_) | RefreshKey::Conjugation);
        assert_eq!(setup.keys.top.galois.len(), rotations(top));
    }
}

#[test]
fn the_large_sets_have_half_of_the_bytes_for_a_third_more_transforms() {
    let all = RefreshShape::new(15, &[5, 5, 5], &[5, 5, 5], Packing::Pair);
    let few = all.clone().with_few_keys();
    let params = Params16::of(&all);
    assert!(key_bytes(&few, &params.0) as f64 <= 2.4 * 30f64.exp2());
    assert!(key_bytes(&all, &params.0) as f64 >= 5.2 * 30f64.exp2());
    let transforms = [&all, &few].map(|shape| work(shape, &params.0).total().transforms);
    assert!(transforms[1] < 1.37 * transforms[0], "{transforms:?}");
}

/// The parameters of the reference set.
struct Params16(hep_params::Params);

impl Params16 {
    fn of(shape: &RefreshShape) -> Self {
        use hep_plan::refresh::{Chain, chain};
        let security = hep_params::Security::Standard128;
        Self(
            chain(Chain { log_n: 16, levels: 12, bits: 45, special: 10, security }, vec![shape.clone()])
                .unwrap(),
        )
    }
}

#[test]
fn steps_that_are_no_sums_are_refused() {
    let shape = shape(5, &[2, 3], &[2, 3], Packing::Real);
    let ctx = Context::new_insecure(params(10, 2, 10, vec![shape])).unwrap();
    let ones = vec![Complex64::ONE; 32];
    let make = || {
        let diagonals = [(0, 0, &ones[..]), (4, 0, &ones[..]), (6, 3, &ones[..])];
        LinearTransform::new(&ctx, (KeyForm::Full, 3), 1e10, &diagonals).unwrap()
    };
    assert_eq!(make().composed(&ctx, &[2, 4], 1).unwrap().steps(), [2, 4, 1]);
    assert!(make().composed(&ctx, &[4, 8], 1).unwrap_err().to_string().contains("step 6"));
    assert!(make().composed(&ctx, &[2, 4], 2).unwrap_err().to_string().contains("step 3"));
}
