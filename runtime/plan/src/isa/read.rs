//! An operation from the text that [`text`](super::text()) makes of it.

use super::{Half, Op};
use crate::reading::{Cursor, ReadError};
use crate::tables::{PerRun, TableId};
use crate::units::{Factor, Step};

/// How a form calls what operations read.
pub trait Names {
    /// A ciphertext.
    type Cipher;
    /// A public vector.
    type Plain;
    /// The ciphertext here.
    ///
    /// # Errors
    /// Where none is.
    fn cipher(&self, at: &mut Cursor<'_>) -> Result<Self::Cipher, ReadError>;
    /// The public vector here.
    ///
    /// # Errors
    /// Where none is.
    fn plain(&self, at: &mut Cursor<'_>) -> Result<Self::Plain, ReadError>;
    /// Number of the upload of this name.
    fn input(&self, name: &str) -> Option<u32>;
    /// Slots of a ciphertext, which steps are below.
    fn slots(&self) -> usize;
}

/// An operation and the ciphertexts that it reads.
pub type Read<N> = (Op<<N as Names>::Plain>, Vec<<N as Names>::Cipher>);

/// The operation that a line holds and the ciphertexts that it reads. Their kinds, levels and scales are not looked at.
///
/// # Errors
/// Where something else is there.
pub fn read<N: Names>(at: &mut Cursor<'_>, names: &N) -> Result<Read<N>, ReadError> {
    let here = *at;
    let name = at.word("an operation")?;
    let mut ciphers = Vec::new();
    let mut cipher = |at: &mut Cursor<'_>| names.cipher(at).map(|found| ciphers.push(found));
    let op = match name {
        "input" => {
            let missing = at.error("an upload");
            let upload = at.until_last("[")?;
            at.literal("[")?;
            let block = match table(at)? {
                Some(block) => PerRun::Table(block),
                None => PerRun::Always(at.number("the number of a ciphertext")?),
            };
            at.literal("]")?;
            Op::Input { input: names.input(upload.rest()).ok_or(missing)?, block }
        }
        "carried" => Op::Carried { index: at.index("v", u32::MAX as usize)? },
        "final" => Op::Final { index: at.index("v", u32::MAX as usize)? },
        "select" => {
            while !at.take("by") {
                cipher(at)?;
            }
            Op::Select(match table(at)? {
                Some(of_run) => PerRun::Table(of_run),
                None => PerRun::Always(at.number("the number of a ciphertext")?),
            })
        }
        "refresh" => {
            while !at.take("by") {
                cipher(at)?;
            }
            let shape = at.number("the number of a shape")?;
            Op::Refresh { shape, results: at.all(half)? }
        }
        "encode" => Op::Encode { constant: at.index("c", u32::MAX as usize)? },
        "add" | "sub" => {
            cipher(at)?;
            cipher(at)?;
            if name == "add" { Op::Add } else { Op::Sub }
        }
        "add_plain" | "sub_plain" => {
            cipher(at)?;
            let plain = names.plain(at)?;
            if name == "add_plain" { Op::AddPlain(plain) } else { Op::SubPlain(plain) }
        }
        "sum_mul_plain" => Op::SumMulPlain(at.all(|at| {
            cipher(at)?;
            at.literal("*")?;
            names.plain(at)
        })?),
        "sum_mul" => {
            at.all(|at| {
                cipher(at)?;
                at.literal("*")?;
                cipher(at)
            })?;
            Op::SumMul
        }
        "sum_rotations" => Op::SumRotations(at.all(|at| {
            cipher(at)?;
            turn(at, names)
        })?),
        "hoisted_products" => Op::HoistedProducts(at.all(|at| {
            at.literal("(")?;
            let mut terms = Vec::new();
            while !at.take(")") {
                cipher(at)?;
                let step = turn(at, names)?;
                at.literal("*")?;
                terms.push((step, names.plain(at)?));
            }
            Ok(terms)
        })?),
        "rotate" => {
            cipher(at)?;
            at.literal("by")?;
            Op::Rotate(at.all(|at| step(at, names))?)
        }
        "set_scale" => {
            cipher(at)?;
            at.literal("by")?;
            Op::SetScale(match table(at)? {
                Some(factor) => PerRun::Table(factor),
                None => PerRun::Always(factor(at)?),
            })
        }
        name => {
            cipher(at)?;
            Op::unary().into_iter().find(|op| op.name() == name).ok_or_else(|| here.error("an operation"))?
        }
    };
    at.end()?;
    Ok((op, ciphers))
}

/// A number that scales are multiplied by: positive.
///
/// # Errors
/// Where none is.
pub fn factor(at: &mut Cursor<'_>) -> Result<Factor, ReadError> {
    let (here, expected) = (*at, "a positive number");
    let value = at.finite(expected)?;
    if value > 0.0 { Ok(Factor::of(value)) } else { Err(here.error(expected)) }
}

/// The table here, if one is.
fn table(at: &mut Cursor<'_>) -> Result<Option<TableId>, ReadError> {
    if at.rest().starts_with('t') {
        at.index("t", u32::MAX as usize).map(|id| Some(TableId(id)))
    } else {
        Ok(None)
    }
}

fn half(at: &mut Cursor<'_>) -> Result<Half, ReadError> {
    Ok(if at.take("re") {
        Half::Re
    } else if at.take("im") {
        Half::Im
    } else {
        Half::Both { log_slots: at.index("both", 64)? as u8 }
    })
}

fn turn<N: Names>(at: &mut Cursor<'_>, names: &N) -> Result<Step, ReadError> {
    if at.take("<<") { step(at, names) } else { Ok(Step(0)) }
}

fn step<N: Names>(at: &mut Cursor<'_>, names: &N) -> Result<Step, ReadError> {
    at.index("", names.slots()).map(Step)
}
