use super::*;
use crate::refresh::Precision;
use hep_plan::cost::{Shape, Units, Work};

fn operation(work: Work, seconds: f64) -> Operation {
    Operation { name: String::new(), work, seconds }
}

fn sample_units() -> Units {
    Units {
        transform: 7e-5,
        conversion: 6e-6,
        key_product: 1.6e-5,
        product: 8e-6,
        pass: 9e-6,
        encoding: 4e-4,
    }
}

fn sample_operations(units: Units) -> Vec<Operation> {
    let mut works = vec![Work { transforms: 1.0, ..Work::default() }];
    for (limbs, digit_limbs) in [(9, 3), (5, 3), (9, 2), (5, 2)] {
        let shape = Shape { limbs, digit_limbs, special: digit_limbs };
        works.extend([shape.rotate(1, 1), shape.rotate(1, 4), shape.sum(), shape.sum_mul(4)]);
        works.extend([shape.rescale(2), shape.encode(), shape.rotated_products(1, 4, 4, 1)]);
    }
    works.into_iter().map(|w| operation(w, units.seconds(w))).collect()
}

fn assert_found(operations: &[Operation], expected: Units) {
    let (found, error) = fit::units(operations);
    assert!(error < 5e-3, "{error}");
    for ((name, expected), (_, found)) in expected.named().into_iter().zip(found.named()) {
        assert!((found / expected - 1.0).abs() < 0.05, "{name}: {found} for {expected}");
    }
}

#[test]
fn the_fit_finds_the_units_that_operations_were_made_of() {
    assert_found(&sample_operations(sample_units()), sample_units());
}

#[test]
fn disturbed_measurements_do_not_drag_the_others_along() {
    let mut operations = sample_operations(sample_units());
    operations[2].seconds *= 1.7;
    operations[15].seconds *= 2.5;
    assert_found(&operations, sample_units());
}

#[test]
fn a_step_never_takes_less_than_nothing() {
    let shape = Shape { limbs: 4, digit_limbs: 2, special: 2 };
    // A rotation that is faster than its transforms.
    let transform = Work { transforms: 1.0, ..Work::default() };
    let operations = [operation(transform, 1.0), operation(shape.rotate(1, 1), 1.0)];
    let (found, error) = fit::units(&operations);
    assert!(found.named().iter().all(|(_, seconds)| *seconds >= 0.0));
    assert!(error > 0.1);
}

#[test]
fn a_small_ring_is_measured_and_described() {
    let mut told = Vec::new();
    let found = calibrate(&[10], true, &mut |ring| told.push(ring)).unwrap();
    assert_eq!(told, [10]);
    assert_eq!(found.table.validate(), Ok(()));
    assert_eq!(CostTable::from_json(&found.table.to_json()), Ok(found.table.clone()));
    assert_eq!(found.table.machine.isa, hep_server::machine::active_instruction_set());
    let ring = found.table.ring(10);
    let (_, operations) = &found.operations[0];
    assert!(operations.iter().any(|o| o.name.starts_with("rotate 4")));
    let off = |o: &&Operation| (ring.seconds(o.work, 1) / o.seconds - 1.0).abs() > ring.fit_error + 1e-9;
    assert!(operations.iter().filter(off).count() * 10 <= operations.len());
}

#[test]
fn rings_out_of_range_are_refused() {
    assert!(matches!(calibrate(&[12, 40], true, &mut |_| {}), Err(CalibrateError::Ring(40))));
    assert!(matches!(calibrate(&[], true, &mut |_| {}), Err(CalibrateError::NoRings)));
}

fn small_refreshes(memory: Option<u64>) -> refresh::RefreshReport {
    let sets: Vec<_> = refresh::standard().iter().map(|set| set.on_ring(10)).collect();
    let options = refresh::RefreshOptions { threads: 1, repetitions: 2, memory };
    refresh::measure(&sets, options, &mut |_| {}).unwrap()
}

#[test]
fn refreshes_of_a_small_ring_are_measured() {
    let report = small_refreshes(None);
    let sets = refresh::standard();
    assert_eq!((report.sets.len(), report.left_out.len(), report.threads), (sets.len(), 0, 1));
    for (found, set) in report.sets.iter().zip(&sets) {
        assert_eq!((found.name, found.ring_log2, found.security_bits), (set.name, 10, 0));
        // Small rings have little noise: the sine is what is left, and it is nowhere larger than at the bound.
        let Precision { bits_rms, bits_worst } = found.precision;
        assert!((20.5..23.0).contains(&bits_rms) && bits_worst > 19.0 && bits_worst < bits_rms, "{found:?}");
        assert_eq!(found.precision, found.random.least(found.at_bound));
        // 45 bits for every level, to less than one of all.
        assert!((found.bits_left - 45.0 * set.chain.levels as f64).abs() < 1.0, "{}", found.bits_left);
        let phases = found.phases;
        let parts = |phases: refresh::Phases| {
            [phases.slots_to_coeffs, phases.raise, phases.coeffs_to_slots, phases.trace, phases.eval_mod]
        };
        assert!(parts(phases).iter().chain(&parts(found.predicted)).all(|seconds| *seconds > 0.0));
        assert!(phases.total() <= found.least_seconds * (1.0 + 1e-9));
        assert!((found.rotations * found.rotation_seconds / found.least_seconds - 1.0).abs() < 1e-9);
        assert!(found.rotations > 1.0 && found.repetitions == 2);
        if let Some(peak) = found.peak_bytes {
            assert!(peak > found.key_bytes, "{peak} with keys of {}", found.key_bytes);
        }
    }
    let [pair, real, ..] = &report.sets[..] else { unreachable!() };
    assert_eq!((pair.vectors, real.vectors, pair.key_bytes), (2, 1, real.key_bytes));
    assert!(pair.phases.eval_mod > real.phases.eval_mod);
}

#[test]
fn refreshes_that_do_not_fit_are_left_out_with_what_they_need() {
    let report = small_refreshes(Some(1 << 20));
    assert!(report.sets.is_empty());
    assert_eq!(report.left_out.len(), refresh::standard().len());
    for set in &report.left_out {
        assert!(set.needed_bytes > set.key_bytes && set.available_bytes <= 1 << 20, "{set:?}");
        assert!(set.bits_left > 500.0);
    }
}

#[test]
fn predicted_keys_are_those_that_are_made() {
    let report = small_refreshes(None);
    for (found, left_out) in report.sets.iter().zip(small_refreshes(Some(1)).left_out) {
        // Seeds come on top.
        let beyond = found.key_bytes - left_out.key_bytes;
        assert!(beyond < found.key_bytes / 100, "{}: {beyond} bytes more", found.name);
    }
}
