//! A refresh with few keys is the same refresh: baby steps are composed, giant steps are taken one after another.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use hep_ckks::{Context, KeyForm, LinearTransform};
use hep_params::Packing;
use hep_plan::refresh::{RefreshKey, keys};
use num_complex::Complex64;

#[test]
fn values_come_back_as_with_all_keys() {
    for (log_slots, s2c, c2s, few, packing) in [
        (9, [3, 3, 3].as_slice(), [3, 3, 3].as_slice(), [3, 2].as_slice(), Packing::Real),
        (9, &[5, 4], &[2, 5, 2], &[5, 4], Packing::Pair),
        (9, &[5, 4], &[3, 6], &[9], Packing::Pair),
        (5, &[2, 3], &[2, 3], &[200], Packing::Real),
        (5, &[2, 3], &[1, 3, 1], &[4, 2], Packing::SideBySide),
        (2, &[1, 1], &[1, 1], &[2], Packing::Real),
    ] {
        let shape = shape(log_slots, s2c, c2s, packing).with_few_keys(c2s, few);
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
fn steps_that_are_no_sums_are_refused() {
    let shape = shape(5, &[2, 3], &[2, 3], Packing::Real);
    let ctx = Context::new_insecure(params(10, 2, 10, vec![shape])).unwrap();
    let ones = vec![Complex64::ONE; 32];
    let make = || {
        let diagonals = [(0, 0, &ones[..]), (4, 0, &ones[..]), (6, 3, &ones[..])];
        LinearTransform::new(&ctx, (KeyForm::Full, 3), 1e10, &diagonals).unwrap()
    };
    // 6 is 4 and 2.
    assert_eq!(make().composed(&ctx, &[2, 4], 1).unwrap().steps(), [1, 2, 4]);
    assert!(make().composed(&ctx, &[4, 8], 1).unwrap_err().to_string().contains("step 6"));
    assert!(make().composed(&ctx, &[2, 4], 2).unwrap_err().to_string().contains("step 3"));
}
