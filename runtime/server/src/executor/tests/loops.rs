//! Loops that are run run by run.

use super::*;
use crate::backend::BackendError;
use crate::backend::clear::ClearValue;
use hep_plan::server::Reg;
use hep_samples::{looped_plan, looped_state, refreshed_plan};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

fn uploads(plan: &Plan) -> BTreeMap<&str, Vec<Vec<f64>>> {
    let computed = plan.owner.run(&data()).unwrap();
    let pack = |input: &hep_plan::plan::CipherInput| input.layout.pack(&computed[&input.name]).unwrap();
    plan.inputs.iter().map(|input| (input.name.as_str(), pack(input))).collect()
}

fn clear(plan: &Plan) -> Clear<'static> {
    let uploads = uploads(plan);
    Clear::new(plan, plan.inputs.iter().map(|input| uploads[input.name.as_str()].clone()).collect())
}

/// Slots of all results.
fn run(plan: &Plan, course: Course<'_, ClearValue>, threads: usize) -> Result<Vec<Vec<f64>>, RunError> {
    let pool = pool(options(threads)).unwrap();
    let results = execute_course(plan, &clear(plan), &pool, u64::MAX, course, &mut |_| {})?;
    Ok(results.into_iter().flatten().map(|value| value.values).collect())
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * b.abs().max(1.0))
}

#[test]
fn every_end_of_a_run_is_an_end_of_training() {
    for refreshes in [false, true] {
        let make = if refreshes { refreshed_plan } else { looped_plan };
        let plan = make(7);
        plan.validate().unwrap();
        for runs in 1..=7 {
            let [w, v] = looped_state(refreshes, runs, &uploads(&plan));
            for threads in [1, 2, 16] {
                let course = Course { runs: Some(runs), ..Course::default() };
                let found = run(&plan, course, threads).unwrap();
                assert!(close(&found[0], &w), "{runs} runs on {threads} threads");
                assert!(refreshes || close(&found[1], &v));
                // A plan for no more runs gives the same bits.
                assert_eq!(found, run(&make(runs), Course::default(), threads).unwrap());
            }
        }
    }
}

#[test]
fn an_execution_goes_on_with_what_a_run_handed_on() {
    for plan in [looped_plan(6), refreshed_plan(6)] {
        let whole = run(&plan, Course::default(), 2).unwrap();
        let handed = Mutex::new(Vec::new());
        let mut keep = |at: Handed<ClearValue>| handed.lock().unwrap().push(at);
        run(&plan, Course { handed: Some(&mut keep), ..Course::default() }, 3).unwrap();
        let handed = handed.into_inner().unwrap();
        let told: Vec<(u32, u32)> = handed.iter().map(|at| (at.runs, at.iterations)).collect();
        assert_eq!(told, [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)]);
        for at in handed {
            let carried = at.carried.iter().map(|value| (**value).clone()).collect();
            let resume = Some(Resumed { runs: at.runs, carried });
            assert_eq!(run(&plan, Course { resume, ..Course::default() }, 2).unwrap(), whole);
        }
    }
}

#[test]
fn what_only_the_first_run_needs_is_not_made_again() {
    let plan = looped_plan(3);
    let made = Mutex::new(Vec::new());
    let watch = |reg: Reg, _: &mut ClearValue| made.lock().unwrap().push(reg);
    let carried = Mutex::new(Vec::new());
    let mut keep = |at: Handed<ClearValue>| {
        *carried.lock().unwrap() = at.carried.iter().map(|value| (**value).clone()).collect();
    };
    run(&plan, Course { runs: Some(2), handed: Some(&mut keep), ..Course::default() }, 1).unwrap();
    let resume = Some(Resumed { runs: 2, carried: carried.into_inner().unwrap() });
    let backend = clear(&plan).watched(&watch);
    let course = Course { resume, ..Course::default() };
    execute_course(&plan, &backend, &pool(options(1)).unwrap(), 0, course, &mut |_| {}).unwrap();
    let made = made.into_inner().unwrap();
    let inits: Vec<Reg> = plan.server.repeats.as_ref().unwrap().carried.iter().map(|c| c.init).collect();
    assert!(inits.iter().all(|reg| !made.contains(reg)));
    // What is chosen from is there.
    let chosen = plan.server.instrs.iter().find(|instr| matches!(instr.op, Op::Select(_))).unwrap();
    assert!(chosen.ciphers.iter().all(|reg| made.contains(reg)));
}

#[test]
fn progress_counts_through_all_runs() {
    let plan = looped_plan(5);
    let body = plan.server.body();
    let mut seen: Vec<Progress> = Vec::new();
    execute(&plan, &clear(&plan), &pool(options(3)).unwrap(), u64::MAX, &mut |p| seen.push(p)).unwrap();
    assert_eq!(seen.len(), plan.server.instrs.len() + 4 * body.len());
    assert!(seen.iter().all(|now| now.iterations == 6));
    for now in seen.iter().filter(|now| body.contains(&now.instr)) {
        assert_eq!(now.part, Part::Iteration(now.run + 2));
    }
    let last = seen.last().unwrap();
    assert_eq!((last.part, last.run), (Part::Epilogue, 5));
    assert!((last.done_cost / last.total_cost - 1.0).abs() < 1e-9);
    assert!((last.total_cost / total_cost(&plan) - 1.0).abs() < 1e-12);
}

#[test]
fn it_stops_where_it_is_told_to() {
    let plan = looped_plan(5);
    let asked = AtomicU32::new(0);
    let body = plan.server.body();
    let until = body.start + 2 * body.len() + 3;
    let stop = || asked.fetch_add(1, Ordering::Relaxed) as usize >= until;
    let error = run(&plan, Course { stop: Some(&stop), ..Course::default() }, 1).unwrap_err();
    assert!(matches!(error, RunError::Stopped { part: Part::Iteration(4) }), "{error}");
    assert_eq!(error.to_string(), "stopped in iteration 4");
}

#[test]
fn what_is_beyond_the_bound_of_a_refresh_is_refused() {
    let plan = refreshed_plan(2);
    let refreshed = plan.server.instrs.iter().find(|instr| matches!(instr.op, Op::Refresh { .. })).unwrap();
    let operand = refreshed.ciphers[0];
    for (slot, fits) in [(4.0, true), (-4.0, true), (4.1, false), (-4.1, false), (f64::NAN, false)] {
        // What a variable begins with is what its first run refreshes.
        let init = plan.server.repeats.as_ref().unwrap().carried[0].init;
        let disturb = |reg: Reg, value: &mut ClearValue| {
            if reg == init {
                value.values[17] = slot;
            }
        };
        let backend = clear(&plan).watched(&disturb);
        let found = execute(&plan, &backend, &pool(options(2)).unwrap(), 0, &mut |_| {});
        match found {
            Ok(_) => assert!(fits, "{slot}"),
            Err(RunError::Operation { source, part, .. }) => {
                assert!(!fits && part == Part::Iteration(2), "{slot}");
                assert!(matches!(*source, BackendError::Bound { bound: 4.0, .. }), "{source}");
            }
            Err(error) => panic!("{operand}: {error}"),
        }
    }
}

#[test]
fn what_a_plan_does_not_have_is_refused() {
    let carried = |count: usize| {
        let backend = clear(&looped_plan(3));
        vec![crate::backend::Backend::input(&backend, 0, 0).unwrap(); count]
    };
    let resumed = |runs, count| Some(Resumed { runs, carried: carried(count) });
    let refused =
        |plan: &Plan, resume, runs| run(plan, Course { resume, runs, ..Course::default() }, 1).unwrap_err();
    let plan = looped_plan(3);
    for (resume, runs) in [(None, Some(0)), (None, Some(4)), (resumed(4, 2), None), (resumed(2, 2), Some(1))]
    {
        assert!(matches!(refused(&plan, resume, runs), RunError::Runs { planned: 3, .. }));
    }
    // Of another level, and too few.
    assert!(matches!(refused(&plan, resumed(2, 2), None), RunError::Resumed { index: 0 }));
    assert!(matches!(refused(&plan, resumed(2, 1), None), RunError::Resumed { index: 1 }));
    assert!(matches!(refused(&small_plan(), None, Some(1)), RunError::NoLoop));
    assert!(matches!(refused(&small_plan(), resumed(1, 0), None), RunError::NoLoop));
}
