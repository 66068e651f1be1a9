//! Plans that pass every check of sizes one by one, but would take hours, all memory, or a panic together.

use super::{Given, HostProgramError, bounded, check};
use hep_plan::host::{Binary, HostOp, HostProgram, Reduction};
use hep_plan::isa::Key;
use hep_plan::plan::{DataSpec, LabelKind};
use hep_plan::server::Instr;
use hep_plan::{Level, Plan, Step, Table, Tensor};
use hep_samples::{looped_plan, small_plan};
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
    refused("numbered", |p| {
        let more = (1..500).map(|s| (Key::Rotation(Step(s)), Level(0)));
        p.keys = p.keys.iter().chain(more).collect();
        let Instr { op, ciphers, .. } = p.server.instrs[0].clone();
        p.server.instrs.push(Instr { op, ciphers, outputs: vec![0; 100_000] });
    });
    refused("makes no sense", |p| {
        let layout = &mut p.inputs[0].layout;
        layout.axes.extend(vec![layout.axes[0]; 1000]);
    });
}

#[test]
fn loops_without_an_end_are_refused() {
    let refused = |change: &dyn Fn(&mut Plan)| {
        let mut plan = looped_plan(3);
        change(&mut plan);
        assert!(
            check(&plan).unwrap_err().to_string().contains("its loop is longer"),
            "{:?}",
            plan.server.repeats
        );
    };
    refused(&|p| p.server.repeats.as_mut().unwrap().runs = u32::MAX);
    refused(&|p| p.server.tables.0.push(Table::Positions(vec![0; (1 << 20) + 2])));
    refused(&|p| {
        let carried = &mut p.server.repeats.as_mut().unwrap().carried;
        carried.resize(1 << 13, carried[0]);
    });
    check(&looped_plan(3)).unwrap();
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

fn times(transposed: bool) -> HostOp {
    let left = if transposed { vec![2, 0] } else { vec![0, 2] };
    HostOp::Contract { left, right: vec![2, 1], sum: 2, out: vec![0, 1] }
}

fn by_column(f: Binary) -> HostOp {
    HostOp::Binary { f, left: vec![0, 1], right: vec![1], rank: 2 }
}

fn data(rows: usize, columns: usize) -> DataSpec {
    let label_kind = LabelKind::Classes(10);
    DataSpec { features: "x".into(), labels: "y".into(), rows, columns, label_kind }
}

/// What the file of a model of a few kilobytes can ask for, and that of a plan.
#[test]
fn programs_that_make_much_of_nothing_are_refused() {
    let mut memory = HostProgram::default();
    (0..100).for_each(|_| {
        memory.push(HostOp::Identity { size: 4096 }, vec![]);
    });
    let mut powers = HostProgram::default();
    let square = powers.push(HostOp::Identity { size: 4096 }, vec![]);
    (0..31).for_each(|power| {
        powers.push(times(false), vec![power, square]);
    });
    let mut time = HostProgram::default();
    let wide = time.push(HostOp::Normal { seed: 1, shape: vec![64, 1 << 17] }, vec![]);
    let inner = HostOp::Contract { left: vec![0, 2], right: vec![1, 2], sum: 2, out: vec![0, 1] };
    (0..100).for_each(|_| {
        time.push(inner.clone(), vec![wide, wide]);
    });
    let mut normals = HostProgram::default();
    (0..3).for_each(|seed| {
        normals.push(HostOp::Normal { seed, shape: vec![1 << 23] }, vec![]);
    });

    for (program, is_memory) in [(&memory, true), (&powers, true), (&time, false), (&normals, true)] {
        let error = bounded(program, Given::new(&data(1, 3), 1)).unwrap_err();
        let of_memory = matches!(error, HostProgramError::Memory { .. });
        assert!(of_memory == is_memory && error.to_string().contains("out of proportion"), "{error}");
        refused("out of proportion", |p| p.owner = program.clone());
        refused("out of proportion", |p| p.predict = program.clone());
    }
}

/// A tensor of a file that is long, but has few numbers, is no excuse for a matrix over its length.
#[test]
fn a_long_tensor_is_no_excuse() {
    let mut program = HostProgram::default();
    let long = program.push(HostOp::Constant(Tensor::filled(vec![1 << 13], 1.0)), vec![]);
    let outer = HostOp::Binary { f: Binary::Mul, left: vec![0], right: vec![1], rank: 2 };
    let square = program.push(outer, vec![long, long]);
    let error = bounded(&program, Given::new(&data(1, 3), 1)).unwrap_err();
    assert!(matches!(error, HostProgramError::Memory { .. }), "{error}");
    let mut program = HostProgram { nodes: program.nodes, ..HostProgram::default() };
    program.nodes[0].op = HostOp::Constant(Tensor::filled(vec![1 << 12], 1.0));
    program.push(times(false), vec![square, square]);
    assert!(bounded(&program, Given::new(&data(1, 3), 1)).is_err());
}

/// What is allowed once is not allowed for every row.
#[test]
fn work_that_comes_again_with_every_block_is_counted() {
    let mut program = HostProgram::default();
    let wide = program.push(HostOp::Normal { seed: 1, shape: vec![64, 1 << 17] }, vec![]);
    let inner = HostOp::Contract { left: vec![0, 2], right: vec![1, 2], sum: 2, out: vec![0, 1] };
    program.push(inner, vec![wide, wide]);
    let given = Given::new(&data(1, 3), 1);
    assert!(bounded(&program, given.clone()).is_ok());
    let error = bounded(&program, given.blocks(1000)).unwrap_err();
    assert!(matches!(error, HostProgramError::Work { .. }), "{error}");
}

/// Whitened features, a hidden layer and scores, as the compiler writes them, on data large and small.
fn network(columns: usize) -> (HostProgram, HostProgram) {
    let mut owner = HostProgram::default();
    let x = owner.push(HostOp::Input("x".into()), vec![]);
    let mean = owner.push(HostOp::Reduce { kind: Reduction::Mean, axis: 0 }, vec![x]);
    let centered = owner.push(by_column(Binary::Sub), vec![x, mean]);
    let gram = owner.push(times(true), vec![centered, centered]);
    let identity = owner.push(HostOp::Identity { size: columns }, vec![]);
    let same = HostOp::Binary { f: Binary::Add, left: vec![0, 1], right: vec![0, 1], rank: 2 };
    let ridge = owner.push(same, vec![gram, identity]);
    let factor = owner.push(HostOp::Cholesky, vec![ridge]);
    let inverse = owner.push(HostOp::Inverse, vec![factor]);
    let white = owner.push(times(false), vec![centered, inverse]);
    owner.push(HostOp::BiasColumn, vec![white]);
    owner.outputs.extend([("mean".to_string(), mean), ("inverse".to_string(), inverse)]);

    let mut predict = HostProgram::default();
    let x = predict.push(HostOp::Input("x".into()), vec![]);
    let mean = predict.push(HostOp::Input("mean".into()), vec![]);
    let centered = predict.push(by_column(Binary::Sub), vec![x, mean]);
    let inverse = predict.push(HostOp::Input("inverse".into()), vec![]);
    let mut last = predict.push(times(false), vec![centered, inverse]);
    for name in ["first", "second"] {
        let biased = predict.push(HostOp::BiasColumn, vec![last]);
        let weights = predict.push(HostOp::Input(name.into()), vec![]);
        let sums = predict.push(times(false), vec![biased, weights]);
        last = predict.push(HostOp::Polynomial(vec![0.0; 8]), vec![sums]);
    }
    (owner, predict)
}

#[test]
fn programs_on_data_of_any_size_are_run() {
    for (rows, columns, hidden) in [
        (100_000, 2000, 512),
        (64, 4096, 16),
        (10_000, 10_000, 100),
        (1_000_000, 8, 2000),
        (2, 2, 1),
        (16, 8000, 8),
    ] {
        let (owner, predict) = network(columns);
        let shapes = bounded(&owner, Given::new(&data(rows, columns), rows));
        assert!(shapes.is_ok(), "{rows} × {columns}: {shapes:?}");
        let blocks = rows.div_ceil(1 << 16);
        for (asked, blocks) in [(1, 1), (rows.div_ceil(blocks), blocks)] {
            let given = Given::new(&data(rows, columns), asked)
                .blocks(blocks)
                .and("mean", &[columns])
                .and("inverse", &[columns, columns])
                .and("first", &[columns + 1, hidden])
                .and("second", &[hidden + 1, 10]);
            let scored = bounded(&predict, given);
            assert!(scored.is_ok(), "{asked} rows, {columns}, {hidden}: {scored:?}");
        }
    }
}
