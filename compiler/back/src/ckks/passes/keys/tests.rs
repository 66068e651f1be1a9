//! Fewer keys, the same meaning: schedules of random rotations, and those whose composition is known.

use super::*;
use crate::ckks::{Lifetime, interpret, print, schedule, verify};
use crate::layout::Placement;
use crate::slot;
use crate::slot::build::Builder;
use crate::slot::graph::{Op as Slot, Output, Upload};
use crate::slot::tests::layout;
use hep_plan::Tensor;
use hep_plan::cost::CostTable;
use hep_plan::params::Security;
use hep_plan::primes::nearest;
use hep_tensor::optimization::Optimizations;
use hep_tensor::stage::{Clock, With};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const SLOTS: usize = 256;

/// One upload for each list: the sum of its rotations, each times a mask of its own, then squared and rotated again by the
/// first step.
fn program(lists: &[Vec<u32>]) -> Program {
    let mut b = Builder::new(SLOTS);
    let (mut uploads, mut outputs) = (Vec::new(), Vec::new());
    for (upload, steps) in lists.iter().enumerate() {
        let data = b.node(Slot::Input { upload, block: 0 }, vec![]);
        let mut pairs = Vec::new();
        for (at, &step) in steps.iter().enumerate() {
            let mask: Vec<f64> = (0..SLOTS).map(|slot| ((slot + at) % 5) as f64 - 2.0).collect();
            pairs.push((b.rotate(data, i64::from(step)), b.public(&mask, None)));
        }
        let sum = b.sum_mul(&pairs);
        let square = b.mul(sum, sum);
        let turned = b.rotate(square, i64::from(steps[0]));
        uploads.push(Upload { name: format!("x{upload}"), layout: layout(SLOTS) });
        outputs.push(Output { name: format!("o{upload}"), layout: layout(SLOTS), values: vec![turned] });
    }
    let program = slot::Program {
        name: "rotations".into(),
        placement: Placement { slots: SLOTS, homes: vec![], rows: vec![] },
        graph: b.graph,
        vectors: b.vectors,
        factors: b.factors,
        uploads,
        iterations: 0,
        carried: vec![],
        outputs,
        scores: vec![],
    };
    let with = With { on: Optimizations::default(), clock: &Clock::default() };
    schedule(&program, 10, Lifetime::Run, with).expect("a sound program")
}

fn params(program: &Program, digit_limbs: u32) -> Params {
    let log_n = SLOTS.ilog2() + 1;
    let q = nearest(40, log_n, program.depth as usize + 1, &[]).expect("enough primes");
    let p = nearest(45, log_n, digit_limbs as usize, &q).expect("enough primes");
    Params { log_n, q, p, digit_limbs, security: Security::Insecure, refresh: Vec::new() }
}

/// Steps with the level that their key needs.
fn keys(program: &Program) -> BTreeMap<u32, Level> {
    let mut keys = BTreeMap::new();
    for id in program.graph.ids() {
        let node = program.graph.node(id);
        if let Some(step) = node.op.rotation() {
            let level = keys.entry(step.0).or_insert(Level(0));
            *level = (*level).max(Level(program.depth - node.depth));
        }
    }
    keys
}

fn rotations(program: &Program) -> usize {
    program.graph.ids().filter(|id| matches!(program.graph.node(*id).op, Op::Rotate(_))).count()
}

/// No set of keys fits the budget.
#[derive(Debug)]
struct OverBudget {
    needed: u64,
}

/// The fastest schedule with keys of at most `budget` bytes; none if it is the schedule as it is.
fn fit(program: &Program, prices: Prices<'_>, budget: u64) -> Result<Option<Composed>, OverBudget> {
    let rungs = ladder(program, prices);
    match rungs.iter().find(|rung| rung.bytes <= budget) {
        Some(rung) => Ok(rung.composed(program)),
        None => Err(OverBudget { needed: rungs.last().map_or(0, |rung| rung.bytes) }),
    }
}

/// The schedule for a budget of so many keys of the highest level, beside the one that relinearizes.
fn with_keys(program: &Program, count: u64) -> Result<Option<Program>, OverBudget> {
    let params = params(program, 1);
    let ring = CostTable::shipped().ring(params.log_n);
    let budget = count * params.key_bytes(params.max_level()) + relinearization_bytes(program, &params);
    let fitted = fit(program, Prices { params: &params, ring: &ring }, budget)?;
    Ok(fitted.map(|composed| composed.program))
}

fn uploads(program: &Program) -> BTreeMap<String, Tensor> {
    let numbers =
        |upload: usize| (0..SLOTS).map(|slot| ((slot * 37 + upload * 11) % 101) as f64 / 7.0).collect();
    let tensor = |(at, upload): (usize, &Upload)| {
        (upload.name.clone(), Tensor::new(vec![SLOTS], numbers(at)).expect("a vector"))
    };
    program.uploads.iter().enumerate().map(tensor).collect()
}

fn meaning(program: &Program) -> BTreeMap<String, Tensor> {
    interpret::run(program, &uploads(program), |_, _| {}).expect("a sound program")
}

/// Whether every node has the numbers of the node it is said to be like.
fn alike(before: &Program, after: &Program, like: &[NodeId]) -> bool {
    let numbers = |program: &Program| {
        let mut found: Vec<Vec<u64>> = Vec::new();
        let observe = |_, values: &[f64]| {
            let mut bits: Vec<u64> = values.iter().map(|v| v.to_bits()).collect();
            bits.sort_unstable();
            found.push(bits);
        };
        interpret::run(program, &uploads(program), observe).expect("a sound program");
        found
    };
    let (before, after) = (numbers(before), numbers(after));
    after.len() == like.len() && after.iter().zip(like).all(|(found, of)| *found == before[of.index()])
}

/// Fewer keys, every bit of the results as before.
fn sound(before: &Program, after: &Program) {
    assert_eq!(verify::verify(after), Vec::<String>::new());
    assert_eq!(meaning(before), meaning(after));
    assert!(keys(after).len() < keys(before).len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_budget_keeps_the_meaning_or_says_what_it_lacks(
        lists in prop::collection::vec(prop::collection::btree_set(1u32..SLOTS as u32, 1..25), 1..5),
        share in 0.02f64..1.1, digit_limbs in 1u32..3,
    ) {
        let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
        let program = program(&lists);
        let params = params(&program, digit_limbs);
        let prices = Prices { params: &params, ring: &CostTable::shipped().ring(params.log_n) };
        let whole = bytes(&program, &params);
        let budget = (whole as f64 * share) as u64;
        match fit(&program, prices, budget) {
            Ok(None) => prop_assert!(whole <= budget),
            Ok(Some(Composed { program: composed, like })) => {
                prop_assert!(alike(&program, &composed, &like));
                prop_assert!(whole > budget && bytes(&composed, &params) <= budget);
                sound(&program, &composed);
                let again = fit(&program, prices, budget).expect("as before").expect("as before");
                prop_assert_eq!(print::print(&composed), print::print(&again.program));
            }
            Err(OverBudget { needed }) => {
                prop_assert!(needed > budget && needed <= whole);
                let enough = fit(&program, prices, needed);
                let composed = enough.expect("as much as was said");
                prop_assert!(composed.is_none_or(|composed| bytes(&composed.program, &params) <= needed));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_rung_is_a_schedule_with_the_bytes_it_says(
        lists in prop::collection::vec(prop::collection::btree_set(1u32..SLOTS as u32, 1..40), 1..4),
        digit_limbs in 1u32..3,
    ) {
        let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
        let program = program(&lists);
        let params = params(&program, digit_limbs);
        let prices = Prices { params: &params, ring: &CostTable::shipped().ring(params.log_n) };
        let rungs = ladder(&program, prices);
        prop_assert_eq!(rungs[0].bytes, bytes(&program, &params));
        prop_assert!(rungs[0].composed(&program).is_none());
        prop_assert!(rungs.windows(2).all(|pair| pair[1].bytes < pair[0].bytes));
        for rung in &rungs[1..] {
            let composed = rung.composed(&program).expect("fewer keys");
            prop_assert_eq!(rung.bytes, bytes(&composed.program, &params));
            sound(&program, &composed.program);
        }
    }
}

#[test]
fn steps_that_are_wanted_serve_as_the_way_to_others() {
    // Sixteen multiples of one stride with four keys: no rotation more, those wanted anyway lead on.
    let program = program(&[(1..=16).map(|multiple| 5 * multiple).collect()]);
    let composed = with_keys(&program, 4).expect("fits").expect("needs fewer");
    sound(&program, &composed);
    assert_eq!(rotations(&composed), rotations(&program));
}

#[test]
fn one_key_less_costs_at_most_one_rotation_more_for_each_use() {
    let steps: Vec<u32> = (0..8).map(|bit| 1 << bit).collect();
    let program = program(&[steps.clone(), steps[..4].to_vec()]);
    let composed = with_keys(&program, 7).expect("fits").expect("needs fewer");
    sound(&program, &composed);
    assert_eq!(keys(&composed).len(), 7);
    // Only the first list has the steps 16 to 128, and each is twice the one before, which is wanted too.
    assert_eq!(rotations(&composed), rotations(&program));
}

#[test]
fn scattered_steps_share_their_first_digits() {
    let steps: BTreeSet<u32> = (0..40u32).map(|i| i * 89 % 255 + 1).collect();
    let steps: Vec<u32> = steps.into_iter().collect();
    let program = program(std::slice::from_ref(&steps));
    // One key for each bit is the least that is tried where sums of steps lead nowhere.
    let composed = with_keys(&program, 8).expect("fits").expect("needs fewer");
    sound(&program, &composed);
    assert!(keys(&composed).len() <= 8);
    let (least, most) = (steps.len(), 2 * steps.len());
    assert!((least..=most).contains(&rotations(&composed)), "{}", rotations(&composed));
}

#[test]
fn what_is_said_to_be_needed_is_enough_and_a_byte_less_is_not() {
    let program = program(&[vec![1, 2, 3, 4, 5, 6, 7, 255]]);
    let Err(OverBudget { needed }) = with_keys(&program, 0) else { panic!("no keys at all") };
    let params = params(&program, 1);
    let prices = Prices { params: &params, ring: &CostTable::shipped().ring(params.log_n) };
    assert!(fit(&program, prices, needed).is_ok());
    assert!(fit(&program, prices, needed - 1).is_err());
    // The key of step 1 leads everywhere but so far that seven more are taken at most.
    let least = relinearization_bytes(&program, &params) + params.key_bytes(params.max_level());
    assert!((least..=least + 7 * params.key_bytes(params.max_level())).contains(&needed));
}

/// The fewest rotations by which all `steps` are reached from 0 with rotations by `keys`, modulo 16; `None` if some is not.
fn fewest_rotations(steps: &BTreeSet<u32>, keys: &[u32]) -> Option<u32> {
    let wanted = steps.iter().fold(1u32, |set, step| set | 1 << step);
    // All reached from 0 within a set of places.
    let reached = |within: u32| {
        let mut set = 1u32;
        loop {
            let turned = |by: u32| (set << by | set >> (16 - by)) & 0xffff;
            let next = keys.iter().fold(set, |next, by| next | turned(*by)) & within;
            if next == set {
                return set;
            }
            set = next;
        }
    };
    if reached(0xffff) & wanted != wanted {
        return None;
    }
    let sets = (0..1u32 << 16).filter(|set| set & wanted == wanted && reached(*set) == *set);
    sets.map(|set| set.count_ones() - 1).min()
}

/// An oracle for small sets: all sets of keys, and all places on the way.
#[test]
fn composed_rotations_are_near_the_fewest() {
    let sets: [&[u32]; 6] =
        [&[1, 2, 3], &[1, 2, 3, 4, 5], &[1, 4, 5, 8], &[2, 3, 7, 11], &[1, 2, 4, 8, 9], &[5, 6, 7, 8]];
    let (mut found, mut fewest, mut refused) = (0, 0, 0);
    for steps in sets {
        // Multiples of 16 of 256 slots.
        let program = program(&[steps.iter().map(|step| step * 16).collect()]);
        for count in 2..steps.len() as u64 {
            let choices = (1u32..1 << 15).filter(|set| u64::from(set.count_ones()) == count);
            let keys =
                choices.map(|set| (1..16).filter(|step| set >> (step - 1) & 1 == 1).collect::<Vec<u32>>());
            let all: BTreeSet<u32> = steps.iter().copied().collect();
            let first: BTreeSet<u32> = [steps[0]].into();
            // The first step is taken once more in the end.
            let of = |keys: Vec<u32>| Some(fewest_rotations(&all, &keys)? + fewest_rotations(&first, &keys)?);
            let optimum = keys.filter_map(of).min().expect("some keys reach everything");
            // So few keys that a step takes long chains of rotations are not searched for.
            let Ok(composed) = with_keys(&program, count) else {
                refused += 1;
                continue;
            };
            let composed = composed.expect("too few keys for all steps");
            let rotations = rotations(&composed) as u32;
            assert!(
                optimum <= rotations && rotations <= optimum + 2,
                "{steps:?}, {count} keys: {rotations}, {optimum}"
            );
            found += rotations;
            fewest += optimum;
        }
    }
    assert_eq!((found, fewest, refused), (62, 60, 2));
}
