mod loops;

use super::schedule::{Graph, Schedule};
use super::*;
use crate::backend::clear::Clear;
use hep_format::Prepared;
use hep_plan::Tensor;
use hep_plan::isa::Op;
use hep_plan::memory::InstrBytes;
use hep_samples::{data, random_plan, small_plan};
use std::collections::BTreeMap;

const UNCHECKED: Option<u64> = Some(u64::MAX);

fn options(threads: usize) -> Options {
    Options { threads, memory: UNCHECKED }
}

fn in_the_clear(plan: &Plan, threads: usize, ahead: u64) -> Result<BTreeMap<String, Tensor>, RunError> {
    let computed = plan.owner.run(&data()).unwrap();
    let inputs = plan.inputs.iter().map(|i| i.layout.pack(&computed[&i.name]).unwrap()).collect();
    let backend = Clear::new(plan, inputs);
    let results = execute(plan, &backend, &pool(options(threads))?, ahead, &mut |_| {})?;
    let unpack =
        |(output, values): (&hep_plan::plan::CipherOutput, Vec<crate::backend::clear::ClearValue>)| {
            let slots: Vec<Vec<f64>> = values.into_iter().map(|v| v.values).collect();
            (output.name.clone(), output.layout.unpack(&slots).unwrap())
        };
    Ok(plan.outputs.iter().zip(results).map(unpack).collect())
}

#[test]
fn the_clear_backend_computes_what_the_plan_says() {
    let raw = data();
    let (x, y) = (&raw["x"], &raw["y"]);
    let result = in_the_clear(&small_plan(), 2, u64::MAX).unwrap();
    for d in 0..4 {
        let sum: f64 = (0..8).map(|n| x.data[n * 4 + d] * y.data[n]).sum();
        let shifted = sum * (0.5 + (d * 16) as f64 / 64.0) + 1.0;
        let expected = shifted * shifted - (shifted - 2.0) * (shifted - 2.0);
        assert!((result["w"].data[d] - expected).abs() < 1e-12);
        assert!(result["zero"].data[d].abs() < 1e-12);
    }
    assert_eq!(result["w"], result["w_again"]);
}

#[test]
fn progress_reaches_the_end_and_never_goes_back() {
    let plan = small_plan();
    let computed = plan.owner.run(&data()).unwrap();
    let inputs = plan.inputs.iter().map(|i| i.layout.pack(&computed[&i.name]).unwrap()).collect();
    let mut seen: Vec<Progress> = Vec::new();
    let backend = Clear::new(&plan, inputs);
    execute(&plan, &backend, &pool(options(3)).unwrap(), u64::MAX, &mut |p| seen.push(p)).unwrap();
    assert_eq!(seen.len(), plan.server.instrs.len());
    assert!(seen.windows(2).all(|pair| pair[0].done_cost < pair[1].done_cost));
    let last = seen.last().unwrap();
    assert!((last.done_cost / last.total_cost - 1.0).abs() < 1e-9);
    assert!((last.total_cost / total_cost(&plan) - 1.0).abs() < 1e-12);
}

#[test]
fn too_little_memory_is_said_before_anything_starts() {
    let plan = small_plan();
    let (one, two) = (plan.memory(1), plan.memory(2));
    let granted = |memory, beside| Grant::of(&plan, Options { threads: 2, memory: Some(memory) }, beside);
    let error = granted(one.least() - 1, 0).unwrap_err();
    assert!(error.to_string().contains("needs") && error.to_string().contains("are available"), "{error}");
    assert!(granted(one.least() + 6, 7).is_err(), "what is held beside the run counts");
    let least = granted(one.least(), 0).unwrap();
    assert_eq!((least.threads, least.predicted()), (1, one.least()), "fewer threads take less");
    let some = granted(two.least() + two.ahead / 2 + 9, 9).unwrap();
    assert_eq!((some.threads, some.memory.ahead, some.beside), (2, two.ahead / 2, 9));
    assert_eq!(granted(u64::MAX, 0).unwrap().predicted(), two.peak());
}

/// What is computed early never takes more than it may, whatever order threads come in.
#[test]
fn what_runs_before_its_turn_keeps_to_its_allowance() {
    for seed in 0..20 {
        let plan = random_plan(seed);
        let graph = Graph::new(&plan, (0..plan.server.instrs.len()).collect());
        for ahead in [0, 100_000, 1 << 30] {
            let threads = 4;
            let mut schedule = Schedule::new(&plan, &graph, threads, ahead);
            let (mut running, mut done, mut random) =
                (Vec::new(), vec![false; plan.server.instrs.len()], seed);
            while done.contains(&false) {
                while let Some(position) = schedule.start() {
                    running.push(position);
                }
                let frontier = done.iter().position(|done| !done).unwrap();
                let early = running.iter().filter(|at| **at != frontier);
                let bytes = |at: &usize| plan.instr_bytes(*at, threads);
                let kept = (frontier + 1..done.len()).filter(|at| done[*at]).map(|at| bytes(&at).results);
                let total: u64 = early.map(|at| bytes(at).running).chain(kept).sum();
                assert!(total <= ahead, "{total} bytes early where {ahead} are allowed");
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let position = running.swap_remove((random >> 33) as usize % running.len());
                done[position] = true;
                schedule.finish(&graph, position);
            }
        }
    }
}

#[test]
fn a_wrong_level_or_scale_in_the_plan_is_found() {
    let mut plan = small_plan();
    let rescale = plan.server.instrs.iter().position(|i| i.op == Op::Rescale).unwrap();
    let reg = plan.server.instrs[rescale].outputs[0] as usize;
    plan.server.values[reg].scale.0 *= 1.001;
    let error = plan.validate().unwrap_err().to_string();
    assert!(error.contains(&format!("instruction {rescale} (rescale): wrong scale")), "{error}");
}

#[test]
fn a_missing_input_names_its_instruction() {
    let plan = small_plan();
    let backend = Clear::new(&plan, vec![]);
    let error = execute(&plan, &backend, &pool(options(4)).unwrap(), 0, &mut |_| {}).unwrap_err();
    assert!(matches!(error, RunError::Operation { index: 0, .. }));
    assert_eq!(
        error.to_string(),
        "instruction 0 (input, prologue) fails: ciphertext 0 of input 0 was not given"
    );
}

#[test]
fn an_empty_program_ends() {
    let mut plan = small_plan();
    plan.server = hep_plan::server::Server::default();
    plan.outputs.clear();
    assert!(in_the_clear(&plan, 2, 0).unwrap().is_empty());
}

/// What the plan predicts of an operation is what the scheme says of it.
#[test]
fn operations_take_what_the_plan_predicts() {
    for seed in 0..20 {
        let prepared = Prepared::new(random_plan(seed)).unwrap();
        let (plan, ctx) = (prepared.plan(), prepared.context());
        let limb = ctx.degree() as u64 * 8;
        let level = |reg: u32| plan.server.values[reg as usize].level.0 as usize;
        for (position, instr) in plan.server.instrs.iter().enumerate() {
            let out = level(instr.outputs[0]);
            for threads in [1, 2] {
                let stated = match &instr.op {
                    Op::Relinearize | Op::RelinearizeRescale => {
                        ctx.switch_scratch_limbs(level(instr.ciphers[0]), threads)
                    }
                    Op::SumRotations(_) => ctx.switch_scratch_limbs(out, threads),
                    Op::Rotate(_) => ctx.hoisted_scratch_limbs(level(instr.ciphers[0]), threads),
                    Op::HoistedProducts(sums) => {
                        ctx.rotated_products_scratch_limbs(out + 1, sums.len(), threads)
                    }
                    Op::Rescale => ctx.rescale_scratch_limbs(threads),
                    _ => continue,
                } as u64;
                let InstrBytes { results, running } = plan.instr_bytes(position, threads);
                let beside = running.saturating_sub(results) / limb;
                // A sum of products gives its memory to its results; there are no more tasks than groups of limbs.
                let (less, more) = match instr.op {
                    Op::HoistedProducts(_) => {
                        (stated.saturating_sub(results / limb), stated + 4 * (out as u64 + 2))
                    }
                    _ => (stated * 3 / 5, stated + out as u64 + 1),
                };
                assert!(
                    (less..=more).contains(&beside),
                    "{:?} on {threads}: {beside}, {stated} are stated",
                    instr.op
                );
            }
        }
    }
}
