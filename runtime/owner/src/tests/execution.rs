//! Plans on ciphertexts, and what the same plans give in the clear.

use crate::rehearsal::rehearse;
use crate::testing::{data, prepared, random_plan};
use crate::{Entropy, encrypt_in_memory, generate_keys, reveal};
use hep_format::Prepared;
use hep_plan::{Plan, Tensor};
use hep_samples::{looped_plan, refreshed_plan};
use hep_server::backend::clear::{Clear, ClearValue};
use hep_server::executor::{Grant, Options, RunError, execute, pool};
use hep_server::run_in_memory;
use std::collections::BTreeMap;

const UNCHECKED: Option<u64> = Some(u64::MAX);

fn options(threads: usize) -> Options {
    Options { threads, memory: UNCHECKED }
}

fn grant(plan: &Plan, threads: usize) -> Grant {
    Grant::of(plan, options(threads), 0).unwrap()
}

fn in_the_clear(plan: &Plan, threads: usize, ahead: u64) -> Result<BTreeMap<String, Tensor>, RunError> {
    let computed = plan.owner.run(&data()).unwrap();
    let inputs = plan.inputs.iter().map(|i| i.layout.pack(&computed[&i.name]).unwrap()).collect();
    let backend = Clear::new(plan, inputs);
    let results = execute(plan, &backend, &pool(options(threads))?, ahead, &mut |_| {})?;
    let unpack = |(output, values): (&hep_plan::plan::CipherOutput, Vec<ClearValue>)| {
        let slots: Vec<Vec<f64>> = values.into_iter().map(|v| v.values).collect();
        (output.name.clone(), output.layout.unpack(&slots).unwrap())
    };
    Ok(plan.outputs.iter().zip(results).map(unpack).collect())
}

fn encrypted(
    prepared: &Prepared,
    threads: usize,
) -> (BTreeMap<String, Tensor>, Vec<Vec<hep_ckks::Ciphertext>>) {
    let keys = generate_keys(prepared, Entropy::Seeded(1)).unwrap();
    let upload =
        encrypt_in_memory(prepared, &keys.secret, &keys.origin, &data(), vec![], Entropy::Seeded(2)).unwrap();
    let outputs = run_in_memory(
        prepared,
        &keys.evaluation,
        upload.inputs.as_slice(),
        grant(prepared.plan(), threads),
        &mut |_| {},
    )
    .unwrap();
    (reveal(prepared, &keys.secret, &outputs, &upload.state.outlook).unwrap(), outputs)
}

#[test]
fn encrypted_and_clear_results_agree() {
    let prepared = prepared();
    let clear = in_the_clear(prepared.plan(), 1, 0).unwrap();
    let (decrypted, _) = encrypted(&prepared, 2);
    let outlook = rehearse(&prepared, &data()).unwrap().uploads.outlook;
    for (name, tensor) in &clear {
        assert!(tensor.max_difference(&decrypted[name]) < 1e-4, "{name}: {tensor:?} {:?}", decrypted[name]);
        let number = prepared.plan().outputs.iter().position(|o| o.name == *name).unwrap();
        let grid = outlook.rounded_bits(number, &prepared.plan().outputs[number], None).exp2();
        assert!(grid > 1.0 && decrypted[name].data.iter().all(|v| (v * grid).fract() == 0.0), "{grid}");
    }
}

#[test]
fn random_programs_agree_and_do_not_depend_on_threads() {
    for seed in 0..6 {
        let prepared = Prepared::new(random_plan(seed)).unwrap();
        let clear = in_the_clear(prepared.plan(), 4, u64::MAX).unwrap();
        assert_eq!(clear, in_the_clear(prepared.plan(), 1, 0).unwrap());
        let (decrypted, one) = encrypted(&prepared, 1);
        for threads in [2, 3, 8] {
            assert!(encrypted(&prepared, threads).1 == one, "seed {seed}, {threads} threads");
        }
        for (name, tensor) in &clear {
            let bound = 1e-4 * tensor.max_abs().max(1.0);
            assert!(
                tensor.max_difference(&decrypted[name]) < bound,
                "seed {seed}, {name}: {tensor:?} {:?}",
                decrypted[name]
            );
        }
    }
}

#[test]
fn loops_and_refreshes_agree_and_do_not_depend_on_threads() {
    // What is said of a refresh here: at most a few times its deviation, which later runs halve.
    for (plan, bound) in [(looped_plan(4), 1e-6), (refreshed_plan(3), 1e-4)] {
        let prepared = Prepared::new(plan).unwrap();
        let clear = in_the_clear(prepared.plan(), 4, u64::MAX).unwrap();
        let (decrypted, one) = encrypted(&prepared, 1);
        for threads in [2, 16] {
            assert!(encrypted(&prepared, threads).1 == one, "{threads} threads");
        }
        for (name, tensor) in &clear {
            let found = tensor.max_difference(&decrypted[name]);
            assert!(found < bound, "{name}: {found} {tensor:?} {:?}", decrypted[name]);
        }
    }
}
