//! What every refresh does.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Setup, bits, params, shape};
use hep_params::Packing;

#[test]
fn values_come_back() {
    for (log_slots, s2c, c2s, packing) in [
        (9, [3, 3, 3].as_slice(), [3, 3, 3].as_slice(), Packing::Real),
        (9, &[3, 3, 3], &[3, 3, 3], Packing::Pair),
        (5, &[2, 3], &[2, 3], Packing::Real),
        (5, &[2, 3], &[2, 3], Packing::SideBySide),
    ] {
        let shape = shape(log_slots, s2c, c2s, packing);
        let mut setup = Setup::new(params(10, 12, 10, vec![shape.clone()]), 1);
        let (a, b) = (setup.values(), setup.values());
        let (ca, cb) = (setup.encrypt(&a), setup.encrypt(&b));
        let vectors = if packing == Packing::Real { vec![&ca] } else { vec![&ca, &cb] };
        let out = setup.refresh.run(&setup.ctx, &setup.keys, &vectors, &mut ()).unwrap();
        let wanted: Vec<Vec<f64>> = match packing {
            Packing::Real => vec![a],
            Packing::Pair => vec![a, b],
            Packing::SideBySide => vec![[a, b].concat()],
        };
        assert_eq!(out.len(), wanted.len());
        for (ct, wanted) in out.iter().zip(&wanted) {
            let [all, noise] = setup.errors(&setup.decrypt(ct), wanted);
            let ([rms, worst], [quiet, _]) = (bits(&all), bits(&noise));
            println!(
                "{packing:?} {log_slots}: rms {rms:.2} worst {worst:.2} noise {quiet:.2} level {} scale 2^{:.2}",
                ct.level(),
                (ct.scale() * shape.bound).log2()
            );
            assert_eq!(ct.level(), shape.result_level(setup.ctx.max_level()));
            assert!((rms - 21.8).abs() < 0.5 && worst > 20.0);
        }
    }
}
