//! The noise of a refresh against its formula, with bounds on both sides. `-- --nocapture` prints the table.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod common;

use common::*;
use hep_ckks::Security;
use hep_params::{Packing, RefreshShape};
use hep_plan::refresh::{Chain, chain};

/// −log2 of the deviation of all slots from what the sine says, over the bound.
fn measured(setup: &mut Setup) -> f64 {
    let values = setup.values();
    let ct = setup.encrypt(&values);
    let found = setup.decrypt(&setup.run(&[&ct])[0]);
    -rms(&setup.errors(&found, &setup.read(&values))).log2()
}

/// −log2 of 29·2^11·ρ(N).
fn formula(log_n: u32) -> f64 {
    -(29.0 * 2f64.powi(11) * rounding(log_n)).log2()
}

fn full(log_n: u32) -> RefreshShape {
    RefreshShape::standard(log_n - 1, Packing::Real).with_bound(BOUND)
}

#[test]
fn noise_is_that_of_the_formula() {
    for log_n in 10..=13 {
        let found = measured(&mut Setup::new(shared(log_n, vec![full(log_n)]), 1));
        println!("2^{log_n}: {found:.2} bits, predicted {:.2}", formula(log_n));
        assert!((found - formula(log_n)).abs() < 0.6, "2^{log_n}: {found} of {}", formula(log_n));
    }
}

#[test]
#[ignore = "takes minutes and 6 GiB of keys"]
fn noise_is_that_of_the_formula_at_full_security() {
    let of = Chain { log_n: 16, levels: 12, bits: 45, special: 10, security: Security::Standard128 };
    let shape = RefreshShape::new(15, &[5, 5, 5], &[5, 5, 5], Packing::Real).with_bound(BOUND);
    let mut setup = Setup::new(chain(of, vec![shape]).unwrap(), 1);
    let values = setup.values();
    let ct = setup.encrypt(&values);
    let found = setup.decrypt(&setup.run(&[&ct])[0]);
    let all = setup.errors(&found, &values);
    let bits = [rms(&all), worst(&all), rms(&setup.errors(&found, &setup.read(&values)))].map(|e| -e.log2());
    println!("{bits:.2?}, predicted noise {:.2}", formula(16));
    assert!(bits[0] > 20.5 && bits[1] > 17.0, "{bits:?}");
    assert!((bits[2] - formula(16)).abs() < 0.6, "{bits:?}");
}

#[test]
fn a_narrow_square_loses_more_than_a_bit_and_a_half() {
    let wide = shape(9, &[3, 3, 3], &[3, 3, 3], Packing::Real);
    let narrow = RefreshShape { wide_square: false, ..wide.clone() };
    let [wide, narrow] = [wide, narrow].map(|shape| measured(&mut Setup::new(shared(10, vec![shape]), 2)));
    println!("wide {wide:.2} bits, narrow {narrow:.2}");
    assert!(wide - narrow > 1.5, "{wide} {narrow}");
    // It is a refresh all the same.
    assert!((narrow - 25.75).abs() < 0.6, "{narrow}");
}

#[test]
fn more_ratio_bends_the_sine_less_and_doubles_the_noise() {
    let with = |ratio: u8| shape(9, &[3, 3, 3], &[3, 3, 3], Packing::Real).with_ratio(ratio);
    let both = |ratio: u8| {
        let mut setup = Setup::new(shared(10, vec![with(ratio)]), 3);
        let values = setup.values();
        let ct = setup.encrypt(&values);
        let found = setup.decrypt(&setup.run(&[&ct])[0]);
        let all = -rms(&setup.errors(&found, &values)).log2();
        [all, -rms(&setup.errors(&found, &setup.read(&values))).log2()]
    };
    let [[all, noise], [more, louder]] = [both(11), both(12)];
    assert!((noise - louder - 1.0).abs() < 0.2, "{noise} {louder}");
    assert!((more - all - 2.0).abs() < 0.2, "{all} {more}");
}
