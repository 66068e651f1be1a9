//! A refresh that is stopped between phases.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use hep_circuits::{CircuitError, Phase};
use hep_params::Packing;

#[test]
fn it_stops_before_any_phase_and_works_the_next_time() {
    let mut setup = Setup::new(shared(8, vec![shape(4, &[2, 2], &[2, 2], Packing::Pair)]), 1);
    let (a, b) = (setup.values(), setup.values());
    let (ca, cb) = (setup.encrypt(&a), setup.encrypt(&b));
    let run = |watch: &mut dyn FnMut(Phase) -> bool| {
        setup.refresh.run(&setup.ctx, &setup.keys, &[&ca, &cb], &mut |phase| watch(phase))
    };
    let mut told = Vec::new();
    let whole = run(&mut |phase| {
        told.push(phase);
        true
    })
    .unwrap();
    assert_eq!(told, Phase::ALL);
    for (number, at) in Phase::ALL.into_iter().enumerate() {
        told.clear();
        let stopped = run(&mut |phase| {
            told.push(phase);
            phase != at
        });
        assert_eq!(stopped.unwrap_err(), CircuitError::Stopped(at));
        // Nobody is asked again.
        assert_eq!(told, Phase::ALL[..=number]);
        assert_eq!(run(&mut |_| true).unwrap(), whole);
    }
}
