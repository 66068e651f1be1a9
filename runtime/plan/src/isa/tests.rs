//! The columns of a row fit together, and operations and keys are read back from their text.

use super::meaning::clear;
use super::*;
use crate::constant::SlotVector;
use crate::reading::{Cursor, Lines, ReadError};
use crate::server::Kind;
use crate::units::Level;

/// One of each.
fn all() -> Vec<Op<u32>> {
    let steps = vec![Step(1), Step(3)];
    vec![
        Op::Input { input: 0, block: 0 },
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
        Op::SetScale(Factor::of(2.0)),
        Op::SumRotations(steps),
        Op::HoistedProducts(vec![vec![(Step(0), 0), (Step(2), 1)], vec![(Step(2), 0)]]),
    ]
}

fn operands(op: &Op<u32>) -> usize {
    match op.row().ciphers {
        Ciphers::Just(count) | Ciphers::Terms(count) => count,
        Ciphers::Pairs => 4,
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
