//! Plans that pass every check of sizes one by one, but would take hours, all memory, or a panic together.

use super::check;
use crate::testing::small_plan;
use hep_plan::host::{Binary, HostOp};
use hep_plan::server::Instr;
use hep_plan::{Level, Plan, Step, Tensor};
use std::time::Instant;

#[track_caller]
fn refused(what: &str, change: impl FnOnce(&mut Plan)) {
    let mut plan = small_plan();
    change(&mut plan);
    let begin = Instant::now();
    let message = check(&plan).unwrap_err().to_string();
    assert!(message.contains(what), "{message}");
    assert!(begin.elapsed().as_secs() < 20, "took {:?}", begin.elapsed());
}

#[test]
fn lists_that_would_be_searched_for_hours_are_refused() {
    refused("primes", |p| p.params.q = (0..2_000_000).map(|k| 2 * k + 1).collect());
    refused("inputs", |p| p.state = vec!["mean".into(); 1 << 20]);
    refused("rotations", |p| {
        p.keys.rotations = (1..60_000).map(|s| (Step(s), Level(0))).collect();
        let op = p.server.instrs[0].op.clone();
        p.server.instrs.push(Instr { op, outputs: vec![0; 100_000], iteration: 0 });
    });
    refused("makes no sense", |p| {
        let layout = &mut p.inputs[0].layout;
        layout.axes.extend(vec![layout.axes[0]; 1000]);
    });
}

#[test]
fn names_that_write_to_a_terminal_are_refused() {
    refused("no name", |p| p.info.name = "a\u{1b}[2J".into());
    refused("no name", |p| p.info.dims[0].0 = "n\n".into());
    refused("no name", |p| p.inputs[0].layout.names[0] = "\u{9b}".into());
}

#[test]
fn more_ciphertexts_than_memory_are_refused() {
    refused("more ciphertexts", |p| {
        for input in &mut p.inputs[..1] {
            input.layout.shape[0] = 1 << 20;
            input.layout.axes[0].per_block = 1;
        }
    });
}

#[test]
fn an_owners_program_that_explodes_or_panics_is_refused() {
    // [8, 4] → [8, 8] → … every square has the rows of the last.
    refused("out of proportion", |p| {
        let owner = &mut p.owner;
        let mut last = owner.push(HostOp::Constant(Tensor::filled(vec![1 << 12], 1.0)), vec![]);
        for _ in 0..3 {
            let op = HostOp::Binary { f: Binary::Mul, left: vec![0], right: vec![1], rank: 2 };
            owner.push(op, vec![last, last]);
        }
        last = owner.push(HostOp::Constant(Tensor::filled(vec![1 << 12, 1], 1.0)), vec![]);
        let op = HostOp::Contract { left: vec![0, 2], right: vec![1, 2], sum: 2, out: vec![0, 1] };
        owner.push(op, vec![last, last]);
    });
    // An output label twice would read behind the product.
    refused("does not fit", |p| {
        let op = HostOp::Contract { left: vec![0, 2], right: vec![1, 2], sum: 2, out: vec![0, 0] };
        p.owner.push(op, vec![0, 0]);
    });
    refused("does not fit", |p| {
        p.owner.push(HostOp::Permute(vec![0, 7]), vec![0]);
    });
    // A product of extents that is 0 only because of the first.
    refused("makes no sense", |p| {
        let shape = vec![0, usize::MAX, usize::MAX];
        p.owner.push(HostOp::Constant(Tensor { shape, data: vec![] }), vec![]);
    });
}
