use super::*;
use crate::constant::SlotVector;
use crate::isa::{Key, Op};
use crate::params::{Params, Security};
use crate::plan::{DataSpec, FORMAT_VERSION, KeySet, LabelKind, ProgramInfo};
use crate::primes::nearest;
use crate::server::{Instr, Kind, Server, ValueInfo};
use crate::units::{Level, Scale, Step};
use crate::{host::HostProgram, plan::Plan};

/// A plan of these instructions, each with one result of two polynomials at level 3.
fn plan(ops: Vec<(Op<u32>, Vec<u32>)>) -> Plan {
    let q = nearest(40, 10, 4, &[]).expect("enough primes");
    let p = nearest(45, 10, 1, &q).expect("enough primes");
    let value = ValueInfo { kind: Kind::Cipher { parts: 2 }, level: Level(3), scale: Scale(1.0) };
    let values = vec![value; ops.len()];
    let instr = |(reg, (op, ciphers))| Instr { op, ciphers, outputs: vec![reg as u32] };
    let instrs = ops.into_iter().enumerate().map(instr).collect();
    Plan {
        format: FORMAT_VERSION,
        params: Params { log_n: 10, q, p, digit_limbs: 1, security: Security::Insecure, refresh: Vec::new() },
        data: DataSpec {
            features: "x".into(),
            labels: "y".into(),
            rows: 1,
            columns: 1,
            label_kind: LabelKind::Real,
        },
        ranges: vec![],
        owner: HostProgram::default(),
        state: vec![],
        inputs: vec![],
        server: Server {
            constants: vec![SlotVector::splat(1.0, 512).into()],
            instrs,
            values,
            ..Server::default()
        },
        outputs: vec![],
        keys: KeySet::from_iter([(Key::Rotation(Step(1)), Level(3))]),
        promised_bits: 1.0,
        measured: false,
        balanced: false,
        predict: HostProgram::default(),
        info: ProgramInfo::default(),
    }
}

/// Bytes of a ciphertext here.
const CIPHERTEXT: u64 = 2 * 4 * 1024 * 8;

fn input() -> (Op<u32>, Vec<u32>) {
    (Op::Input { input: 0, block: 0.into() }, vec![])
}

fn rotation() -> (Op<u32>, Vec<u32>) {
    (Op::Rotate(vec![Step(1)]), vec![0])
}

#[test]
fn values_count_while_somebody_reads_them() {
    // Two are alive while they are added; the page of a file comes with the third.
    let chain = plan(vec![input(), input(), (Op::Add, vec![0, 1]), (Op::Negate, vec![2])]);
    assert_eq!(chain.memory(1).values, wasted(3 * CIPHERTEXT));
    let kept = plan(vec![input(), input(), input(), (Op::Add, vec![0, 1]), (Op::Add, vec![3, 2])]);
    assert_eq!(kept.memory(1).values, wasted(4 * CIPHERTEXT));
    assert_eq!(kept.memory(1).keys, kept.params.key_bytes(Level(3)));
}

#[test]
fn threads_take_more_and_one_runs_nothing_early() {
    let plan = plan(vec![input(), rotation(), (Op::Add, vec![0, 1])]);
    assert_eq!(plan.memory(1).ahead, 0);
    for threads in 1..40 {
        let (less, more) = (plan.memory(threads), plan.memory(threads + 1));
        assert!(less.values <= more.values && less.process < more.process && less.peak() <= more.peak());
    }
}

#[test]
fn a_limit_takes_from_what_runs_early_and_from_nothing_else() {
    let memory = Memory { process: 10, keys: 20, values: 30, ahead: 8 };
    assert_eq!((memory.least(), memory.peak()), (60, 68));
    assert_eq!(memory.within(59), None);
    assert_eq!(memory.within(60), Some(Memory { ahead: 0, ..memory }));
    assert_eq!(memory.within(65).map(|memory| memory.peak()), Some(65));
    assert_eq!(memory.within(u64::MAX), Some(memory));
    let mut plan = plan(vec![input(), rotation()]);
    let free = plan.memory(2);
    plan.info.memory = Some(free.least() + 1);
    assert_eq!(plan.peak_bytes(2), free.least() + 1);
}

#[test]
fn wide_instructions_of_damaged_plans_are_counted_too() {
    let mut damaged = plan(vec![input(), (Op::HoistedProducts(vec![]), vec![]), (Op::Rescale, vec![1])]);
    damaged.server.instrs[1].outputs.clear();
    assert_eq!(damaged.instr_bytes(7, 1), InstrBytes::default());
    assert_eq!(damaged.instr_bytes(1, 3).results, 0);
}
