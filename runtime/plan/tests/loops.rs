//! What is said of plans whose loop is kept.
#![allow(clippy::unwrap_used, reason = "tests")]

use hep_plan::cost::{CostTable, estimate, instruction_work};
use hep_plan::isa::Op;
use hep_plan::refresh::{shared_keys, work};
use hep_plan::{Plan, print::print, read::read};
use hep_samples::{looped_plan, refreshed_plan, small_plan};

#[test]
fn loops_and_refreshes_are_read_back() {
    for plan in [looped_plan(3), refreshed_plan(5)] {
        plan.validate().unwrap();
        let text = print(&plan);
        let again = read(&text).unwrap();
        assert_eq!(print(&again), text);
        assert_eq!((&again.params, &again.server.repeats), (&plan.params, &plan.server.repeats));
        assert_eq!((&again.server.scales, &again.server.tables), (&plan.server.scales, &plan.server.tables));
    }
    let text = print(&refreshed_plan(5));
    let line =
        "refresh real slots 2^8 s2c [4, 4] c2s [3, 3, 2] babies [4, 4, 2, 2] bound 4.0 ratio 2^11 delta ";
    assert!(text.contains(line), "{text}");
    for (from, to) in [("refresh real", "refresh some"), ("bound 4.0", "bound four"), ("2^8 s2c", "2^8 s3c")]
    {
        assert!(read(&text.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn loop_variables_are_read_in_the_loop_and_after_it_only() {
    for (from, to) in [
        (Op::Carried { index: 0 }, Op::Final { index: 0 }),
        (Op::Final { index: 0 }, Op::Carried { index: 0 }),
    ] {
        let mut plan = looped_plan(3);
        let instr = plan.server.instrs.iter_mut().find(|instr| instr.op == from).unwrap();
        instr.op = to;
        let refused = plan.validate().unwrap_err().to_string();
        assert!(refused.contains("a loop variable is read where it is not"), "{refused}");
    }
}

#[test]
fn counts_and_seconds_are_those_of_all_runs() {
    for make in [looped_plan, refreshed_plan] {
        let (one, many) = (make(1), make(1000));
        let (short, long) = (one.summary(), many.summary());
        assert_eq!((long.runs, long.run_length, long.iterations.len()), (1000, 1, 2));
        assert_eq!((&short.iterations, short.epilogue), (&long.iterations, long.epilogue));
        let run = long.iterations[1];
        assert_eq!(long.total.rescales - short.total.rescales, 999 * run.rescales);
        assert_eq!(long.total.bootstraps, 1000 * run.bootstraps);
        let table = CostTable::shipped();
        let [short, long] = [&one, &many].map(|plan| estimate(plan, table, 1));
        assert_eq!((long.run, long.iterations.len()), (long.iterations[1], 2));
        assert!((long.total - short.total - 999.0 * long.run).abs() < 1e-9 * long.total);
    }
    let run = refreshed_plan(1).summary().iterations[1];
    assert_eq!((run.levels, run.bootstraps, run.rescales), (1, 1, 1));
    assert_eq!(looped_plan(1).summary().iterations[1].levels, 0);
    let straight = small_plan();
    assert_eq!((straight.summary().runs, straight.summary().run_length), (1, 0));
    assert_eq!(estimate(&straight, CostTable::shipped(), 2).run, 0.0);
}

fn refresh(plan: &Plan) -> usize {
    plan.server.instrs.iter().position(|instr| matches!(instr.op, Op::Refresh { .. })).unwrap()
}

#[test]
fn a_refresh_has_its_work_keys_and_tables() {
    let plan = refreshed_plan(2);
    let shape = &plan.params.refresh[0];
    let found = instruction_work(&plan, &plan.server.instrs[refresh(&plan)]);
    assert_eq!(found, work(shape, &plan.params).total());
    let keys = plan.server_keys();
    assert_eq!(keys.len(), plan.keys.len() + shared_keys([shape], &plan.params).len());
    for (key, _) in &keys {
        assert_eq!(key.to_string().parse(), Ok(*key));
    }
    let bytes: u64 = keys.iter().map(|(key, level)| plan.server_key_bytes(*key, *level)).sum();
    assert_eq!((plan.eval_key_memory(), plan.memory(1).keys), (bytes, bytes));
    assert_eq!(plan.eval_key_bytes(), bytes / 2 + 32 * keys.len() as u64);
    // A shape that nothing uses takes nothing.
    let mut unused = plan.clone();
    let wider = shape.clone().with_bound(8.0);
    unused.params.refresh.push(wider);
    assert_eq!(unused.memory(2), plan.memory(2));
}

#[test]
fn memory_does_not_grow_with_runs() {
    for make in [looped_plan, refreshed_plan] {
        for threads in [1, 4] {
            assert_eq!(make(4).memory(threads), make(4000).memory(threads));
        }
    }
    let plan = looped_plan(3);
    let carried = plan.server.repeats.as_ref().unwrap().carried.iter();
    assert_eq!(plan.carried_bytes(), carried.map(|variable| plan.value_bytes(variable.next)).sum::<u64>());
}

#[test]
fn refreshes_that_do_not_fit_are_refused() {
    let good = refreshed_plan(2);
    let at = refresh(&good);
    let refused = |damage: &dyn Fn(&mut Plan)| {
        let mut plan = good.clone();
        damage(&mut plan);
        plan.validate().unwrap_err().to_string()
    };
    let result = good.server.instrs[at].outputs[0] as usize;
    let scale = refused(&|plan| plan.server.values[result].scale.0 *= 1.01);
    assert!(scale.contains("a refresh does not make this scale"), "{scale}");
    let level = refused(&|plan| plan.server.values[result].level.0 -= 1);
    assert!(level.contains("refresh"), "{level}");
    let shape = refused(&|plan| {
        plan.server.instrs[at].op = Op::Refresh { shape: 1, results: vec![hep_plan::isa::Half::Re] };
    });
    assert!(shape.contains("what it reads is not there"), "{shape}");
    let half = refused(&|plan| {
        plan.server.instrs[at].op = Op::Refresh { shape: 0, results: vec![hep_plan::isa::Half::Im] };
    });
    assert!(half.contains("a result of a second vector"), "{half}");
}
