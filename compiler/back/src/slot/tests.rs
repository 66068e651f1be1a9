//! Choices between values from before the loop.

use super::build::Builder;
use super::graph::{Carried, Factor, FactorId, Node, Op, Output, Upload, VectorId};
use super::interpret::run;
use super::{Program, print, read, verify};
use crate::ckks::unroll::unroll;
use crate::layout::Placement;
use hep_plan::layout::{Axis, Digit, Layout};
use hep_plan::{SlotVector, Tensor};
use hep_tensor::optimization::Optimizations;
use std::collections::BTreeMap;

const SLOTS: usize = 4;

/// One dimension, an element in every slot.
pub(crate) fn layout(slots: usize) -> Layout {
    Layout {
        names: vec!["n".into()],
        shape: vec![slots],
        slots,
        axes: vec![Axis { home: Digit { stride: 1, extent: slots }, per_block: slots }],
        hollow: 0,
        turns: None,
    }
}

/// w ← w + x where x is chosen by `choice` from three turned copies of an upload.
fn program(
    iterations: u32,
    choice: impl Fn(&mut Builder, &[hep_tensor::dag::NodeId]) -> hep_tensor::dag::NodeId,
) -> Program {
    let mut b = Builder::new(SLOTS);
    let data = b.node(Op::Input { upload: 0, block: 0 }, vec![]);
    let copies: Vec<_> = (0..3).map(|by| b.rotate(data, by)).collect();
    let zero = b.public(&[0.0; SLOTS], None);
    let w = b.node(Op::Carried { var: 0, block: 0 }, vec![]);
    let x = choice(&mut b, &copies);
    let next = b.add(w, x);
    let last = b.node(Op::Final { var: 0, block: 0 }, vec![]);
    Program {
        name: "choices".into(),
        placement: Placement { slots: SLOTS, homes: vec![], rows: vec![] },
        uploads: vec![Upload { name: "X".into(), layout: layout(SLOTS) }],
        iterations,
        graph: b.graph,
        vectors: b.vectors,
        factors: b.factors,
        carried: vec![Carried { name: "w".into(), layout: None, init: vec![zero], next: vec![next] }],
        outputs: vec![Output { name: "w".into(), layout: layout(SLOTS), values: vec![last] }],
        scores: vec![],
    }
}

fn chosen(iterations: u32) -> Program {
    program(iterations, |b, copies| b.select(copies))
}

#[test]
fn iterations_go_through_the_values_in_turn_and_begin_again() {
    let data = Tensor::new(vec![SLOTS], vec![1.0, 10.0, 100.0, 1000.0]).expect("a vector");
    let result = |iterations| {
        let program = chosen(iterations);
        assert_eq!(verify::verify(&program), Vec::<String>::new());
        let uploads = BTreeMap::from([("X".to_string(), data.clone())]);
        run(&program, &uploads).expect("a sound program")["w"].data.clone()
    };
    assert_eq!(result(1), [1.0, 10.0, 100.0, 1000.0]);
    assert_eq!(result(2), [11.0, 110.0, 1100.0, 1001.0]);
    assert_eq!(result(3), [111.0, 1110.0, 1101.0, 1011.0]);
    assert_eq!(result(4), [112.0, 1120.0, 1201.0, 2011.0]);
}

#[test]
fn a_choice_belongs_to_the_loop_and_is_printed() {
    let program = chosen(4);
    let select = program.graph.ids().find(|id| program.graph.node(*id).op == Op::Select).expect("a choice");
    assert!(program.in_body()[select.index()] && !program.in_epilogue()[select.index()]);
    let text = print::print(&program);
    let body = text.split("loop 4").nth(1).expect("a loop");
    assert!(body.contains("select [%0 %1 %2]"), "{text}");
    assert_eq!(read::read(&text).map(|again| print::print(&again)), Ok(text));
}

#[test]
fn what_changes_with_the_iteration_is_read_back() {
    let mut program = chosen(2);
    program.factors.push(Factor { text: "eta(t) : small".into(), values: vec![0.1, -2e-9] });
    program.vectors.push(SlotVector::new(&[1.0, -0.0, 0.1 + 0.2, 0.0]));
    let last = VectorId(program.vectors.len() as u32 - 1);
    let origin = hep_tensor::dag::NodeId(7);
    let mut add = |op| program.graph.push(Node { op, origin }, vec![]);
    let series = add(Op::Series(vec![last, VectorId(0)]));
    let public = add(Op::Public { vector: last, factor: Some(FactorId(0)) });
    let node = Node { op: Op::SumMul, origin };
    let sum = program.graph.push(node, vec![series, public, series, series]);
    let negated = program.graph.push(Node { op: Op::Neg, origin }, vec![sum]);
    program.carried[0].next[0] = negated;
    assert_eq!(verify::verify(&program), Vec::<String>::new());
    let text = print::print(&program);
    let again = read::read(&text).expect("a slot graph");
    assert_eq!(print::print(&again), text);
    assert_eq!((again.vectors, again.factors), (program.vectors, program.factors));
}

#[test]
fn errors_of_the_reader_name_the_line() {
    let text = print::print(&chosen(2));
    for (from, to, message) in [
        ("4 slots", "3 slots", "line 1: expected a power of two of slots, found `3 slots`"),
        ("carried w", "carried v", "expected a variable that is carried, found"),
        ("loop 2", "loop", "expected `loop `, found `loop`"),
        ("epilogue", "after", "expected `epilogue`, found `after`"),
        ("rotate %0 by 1", "rotate %0 by 4", "expected a number below 4, found `4`"),
        ("input X", "input Y", "expected an upload, found"),
    ] {
        let error = read::read(&text.replacen(from, to, 1)).map(|_| ()).expect_err(to).to_string();
        assert!(error.contains(message), "{error}");
    }
    // A value of the loop before it.
    let moved = text.replacen("loop 2\n", "", 1).replacen("epilogue\n", "loop 2\nepilogue\n", 1);
    let error = read::read(&moved).map(|_| ()).expect_err("in the wrong phase").to_string();
    assert!(error.contains("expected a node of this phase"), "{error}");
}

#[test]
fn one_value_is_no_choice() {
    let none = |program: Program| program.graph.ids().all(|id| program.graph.node(id).op != Op::Select);
    assert!(none(program(4, |b, copies| b.select(&copies[..1]))));
    assert!(none(program(4, |b, copies| b.select(&[copies[1], copies[1]]))));
}

#[test]
fn writing_the_loop_out_leaves_no_operation_for_a_choice() {
    let unrolled = unroll(&chosen(5), Optimizations::default()).expect("a secret result");
    // The upload, two rotations, and an addition in every iteration but the first, which adds to zero.
    assert_eq!(unrolled.graph.len(), 1 + 2 + 4);
    assert_eq!(unrolled.constants, vec![]);
}

#[test]
fn values_of_the_loop_cannot_be_chosen() {
    let unsound = program(2, |b, copies| {
        let w = b.node(Op::Carried { var: 0, block: 0 }, vec![]);
        b.select(&[copies[0], w])
    });
    assert!(verify::verify(&unsound).iter().any(|v| v.contains("before the loop")));
    let empty = program(2, |b, _| b.node(Op::Select, vec![]));
    assert!(verify::verify(&empty).iter().any(|v| v.contains("before the loop")));
}
