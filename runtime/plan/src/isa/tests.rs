//! The columns of a row fit together, and operations and keys are read back from their text.

use super::meaning::clear;
use super::*;
use crate::constant::SlotVector;
use crate::reading::{Cursor, Lines, ReadError};
use crate::server::Kind;
use crate::tables::{Table, TableId};
use crate::units::Level;

/// One of each.
fn all() -> Vec<Op<u32>> {
    let steps = vec![Step(1), Step(3)];
    vec![
        Op::Input { input: 0, block: 0.into() },
        Op::Carried { index: 1 },
        Op::Final { index: 0 },
        Op::Select(PerRun::Always(1)),
        Op::Refresh { shape: 0, results: vec![Half::Re, Half::Im] },
        Op::Encode { constant: 0 },
        Op::Add,
        Op::Sub,
        Op::Negate,
        Op::AddPlain(0),
        Op::SubPlain(0),
        Op::SumMulPlain(vec![0, 1]),
        Op::SumMul,
        Op::Relinearize,
        Op::Rescale,
        Op::RelinearizeRescale,
        Op::DropLevel,
        Op::Rotate(steps.clone()),
        Op::Conjugate,
        Op::SetScale(Factor::of(2.0).into()),
        Op::SumRotations(steps),
        Op::HoistedProducts(vec![vec![(Step(0), 0), (Step(2), 1)], vec![(Step(2), 0)]]),
    ]
}

fn operands(op: &Op<u32>) -> usize {
    match op.row().ciphers {
        Ciphers::Just(count) | Ciphers::Terms(count) => count,
        Ciphers::Pairs => 4,
        Ciphers::Some => 2,
    }
}

#[test]
fn rows_say_what_operations_have() {
    let names: BTreeSet<&str> = all().iter().map(|op| op.name()).collect();
    assert_eq!(names.len(), all().len(), "two operations of one name");
    for op in all() {
        let (row, count) = (op.row(), operands(&op));
        let plains = match row.plains {
            Plains::None => 0,
            Plains::One => 1,
            Plains::Each(_) => count,
        };
        assert_eq!(op.plains().len(), plains, "{op:?}");
        assert!(op.turns().iter().all(|(at, _)| *at < count), "{op:?}");
        assert_eq!(op.turns().is_empty(), row.switch != Switch::Turns, "{op:?}");
        assert_eq!(op.keys().is_empty(), row.switch == Switch::None, "{op:?}");
        assert_eq!(op.map(|p| p + 7).map(|p| p - 7), op);
    }
}

/// Both are called by the letter r.
struct Registers;

impl read::Names for Registers {
    type Cipher = u32;
    type Plain = u32;

    fn cipher(&self, at: &mut Cursor<'_>) -> Result<u32, ReadError> {
        at.index("r", 100)
    }

    fn plain(&self, at: &mut Cursor<'_>) -> Result<u32, ReadError> {
        self.cipher(at)
    }

    fn input(&self, name: &str) -> Option<u32> {
        (name == "a[0] : b").then_some(0)
    }

    fn slots(&self) -> usize {
        8
    }
}

fn read_back(text: &str) -> Result<(Op<u32>, Vec<u32>), ReadError> {
    read::read(&mut Lines::of(text).line("an operation")?, &Registers)
}

#[test]
fn every_operation_is_read_back_from_its_text() {
    for op in all() {
        let ciphers: Vec<u32> = (10..).take(operands(&op)).collect();
        let names: Vec<String> = ciphers.iter().map(|c| format!("r{c}")).collect();
        let text = text(&op, &names, |plain| format!("r{plain}"), |_| "a[0] : b".into());
        assert_eq!(read_back(&text), Ok((op, ciphers)), "{text}");
    }
}

#[test]
fn what_is_looked_up_by_the_run_is_read_back() {
    let table = PerRun::Table(TableId(3));
    for op in [
        Op::Input { input: 0, block: table },
        Op::Select(table),
        Op::SetScale(PerRun::Table(TableId(3))),
        Op::Refresh { shape: 1, results: vec![Half::Both { log_slots: 4 }] },
    ] {
        let ciphers: Vec<u32> = (10..).take(operands(&op)).collect();
        let names: Vec<String> = ciphers.iter().map(|c| format!("r{c}")).collect();
        let text = text(&op, &names, |plain| format!("r{plain}"), |_| "a[0] : b".into());
        assert_eq!(read_back(&text), Ok((op, ciphers)), "{text}");
    }
}

#[test]
fn tables_are_looked_up_before_an_operation_is_run() {
    let mut tables = Tables::default();
    let rates = tables.add(Table::Numbers(vec![0.5, 0.25]));
    let blocks = tables.add(Table::Positions(vec![1, 0]));
    let op = Op::<u32>::SetScale(PerRun::Table(rates));
    assert_eq!(op.at_run(&tables, 1), Some(Op::SetScale(Factor::of(0.25).into())));
    assert_eq!(Op::<u32>::SetScale(PerRun::Table(blocks)).at_run(&tables, 1), None);
    let select = Op::<u32>::Select(PerRun::Table(blocks)).at_run(&tables, 2).expect("a position");
    let none = SlotVector::splat(0.0, 2);
    let clear = |op: &Op<u32>| clear(&op.map(|_| &none), &[&[1.0, 2.0], &[3.0, 4.0]]);
    assert_eq!(clear(&select), [[3.0, 4.0]]);
    let both = Op::Refresh { shape: 0, results: vec![Half::Im, Half::Both { log_slots: 0 }] };
    assert_eq!(clear(&both), [[3.0, 4.0], [1.0, 4.0]]);
}

#[test]
fn a_refresh_goes_up_with_one_vector_or_two() {
    let at = |level: u32| rules::Shape { kind: Kind::Cipher { parts: 2 }, level: Level(level) };
    let fits = |results: Vec<Half>, ciphers: &[rules::Shape]| {
        let made = vec![at(7); results.len()];
        Op::<u32>::Refresh { shape: 0, results }.shapes_fit(ciphers, Some(&[]), &made)
    };
    assert_eq!(fits(vec![Half::Re], &[at(2)]), Ok(()));
    assert_eq!(fits(vec![Half::Re, Half::Im], &[at(2), at(2)]), Ok(()));
    assert!(fits(vec![Half::Re, Half::Im], &[at(2)]).is_err());
    assert!(
        fits(vec![Half::Re], &[at(7)]).is_err() && fits(vec![Half::Re, Half::Im], &[at(2), at(3)]).is_err()
    );
    assert!(fits(vec![Half::Re], &[at(2), at(2), at(2)]).is_err());
}

#[test]
fn what_is_no_operation_is_refused() {
    for (text, message) in [
        ("turn r1", "line 1: expected an operation, found `turn r1`"),
        ("rotate r1 by 8", "line 1: expected a number below 8, found `8`"),
        ("add r1", "line 1: expected `r` with a number below 100, found the end of the line"),
        ("add r1 r2 r3", "line 1: expected the end of the line, found `r3`"),
        ("sum_mul r1*r2 r3", "line 1: expected `*`, found the end of the line"),
        ("set_scale r1 by -2", "line 1: expected a positive number, found `-2`"),
        ("input c[0]", "line 1: expected an upload, found `c[0]`"),
        (
            "hoisted_products (r1*r2",
            "line 1: expected `r` with a number below 100, found the end of the line",
        ),
    ] {
        assert_eq!(read_back(text).expect_err(text).to_string(), message);
    }
}

#[test]
fn as_many_results_are_computed_as_are_stated() {
    let vector = SlotVector::new(&[1.0, 0.0, -2.0, 0.5]);
    for op in all() {
        let count = operands(&op);
        let ciphers = vec![&[1.0, 2.0, 3.0, 4.0][..]; count];
        let results = clear(&op.map(|_| &vector), &ciphers);
        let meant = if count == 0 { 0 } else { op.row().results };
        assert_eq!(results.len(), meant, "{op:?}");
        assert!(results.iter().all(|slots| slots.len() == 4), "{op:?}");
    }
    let sums = Op::HoistedProducts(vec![vec![(Step(1), &vector)], vec![(Step(0), &vector)]]);
    let slots = [1.0, 2.0, 3.0, 4.0];
    let found = clear(&sums, &[&slots, &slots]);
    assert_eq!(found, [[2.0, 0.0, -8.0, 0.5], [1.0, 0.0, -6.0, 2.0]]);
}

#[test]
fn rotations_that_share_a_decomposition_are_one_entry() {
    let step = |s| (Step(s), 0);
    let products = Op::HoistedProducts(vec![vec![step(1), step(0), step(1)], vec![step(1), step(2)]]);
    assert_eq!(products.rotations(&[7, 7, 8, 7, 8]), [(7, 1), (8, 2)]);
    let sum = Op::<u32>::SumRotations(vec![Step(1), Step(0), Step(2), Step(3), Step(0)]);
    assert_eq!(sum.rotations(&[7, 7, 8, 7, 9]), [(7, 1), (8, 1), (7, 1)]);
    assert_eq!(sum.keys(), [1, 2, 3].map(|s| Key::Rotation(Step(s))).into());
}

#[test]
fn keys_are_read_by_their_names() {
    for key in [Key::Relinearization, Key::Rotation(Step(12)), Key::Conjugation] {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
    for other in ["", "relinearization/1", "rotation", "rotation/", "rotation/x", "rotation/-1"] {
        assert!(other.parse::<Key>().is_err(), "{other}");
    }
}

#[test]
fn rotations_that_move_nothing_are_refused() {
    let cipher = rules::Shape { kind: Kind::Cipher { parts: 2 }, level: Level(3) };
    let fits = |steps: &[u32]| {
        let op = Op::<u32>::Rotate(steps.iter().map(|step| Step(*step)).collect());
        op.shapes_fit(&[cipher], Some(&[]), &vec![cipher; steps.len()])
    };
    assert_eq!(fits(&[1, 2]), Ok(()));
    assert!(fits(&[1, 0]).is_err() && fits(&[]).is_err());
}
