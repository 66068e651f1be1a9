//! A layout from its text, which lacks the shape and the number of slots: they stand beside it.

use super::{Axis, Digit, Layout, Turns};
use crate::reading::{Cursor, ReadError};

impl Layout {
    /// A name with a shape, and the layout: `X[5, 4] : [n:8·8 | d:4·1]`.
    ///
    /// # Errors
    /// Where something else is there.
    pub fn read_named(at: &mut Cursor<'_>, slots: usize) -> Result<(String, Self), ReadError> {
        let mut head = at.until_last(" : ")?;
        let name = head.until_last("[")?.rest().to_string();
        let shape = head.list("an extent")?;
        head.end()?;
        at.literal(" : ")?;
        Ok((name, Self::read(at, shape, slots)?))
    }

    /// The layout that its text shows, of a tensor of this shape.
    ///
    /// # Errors
    /// Where something else is there, or no sound layout.
    pub fn read(at: &mut Cursor<'_>, shape: Vec<usize>, slots: usize) -> Result<Self, ReadError> {
        let here = *at;
        let count = if at.rest().starts_with('[') { None } else { Some(counted(at)?) };
        let (mut names, mut axes) = (Vec::new(), Vec::new());
        at.literal("[")?;
        while !at.take("]") {
            if !axes.is_empty() {
                at.literal("|")?;
            }
            names.push(at.word("the name of an axis")?.to_string());
            at.literal(":")?;
            let home = digit(at)?;
            let per_block = if at.take("by ") { at.number("a number of indices")? } else { home.extent };
            axes.push(Axis { home, per_block });
        }
        let hollow = if at.take("hollow 0x") {
            let digits = at.word("hexadecimal digits")?;
            usize::from_str_radix(digits, 16).map_err(|_| here.error("hexadecimal digits"))?
        } else {
            0
        };
        let turns = if at.take("turned") { Some(turns(at, &names)?) } else { None };
        let layout = Self { names, shape, slots, axes, hollow, turns };
        let sound = layout.is_valid() && layout.ciphertexts() == count.unwrap_or(1);
        if sound { Ok(layout) } else { Err(here.error("a layout of this shape")) }
    }
}

fn counted(at: &mut Cursor<'_>) -> Result<usize, ReadError> {
    let here = *at;
    at.before("×")?.parse().map_err(|_| here.error("a number of ciphertexts"))
}

fn digit(at: &mut Cursor<'_>) -> Result<Digit, ReadError> {
    let extent = at.number("an extent")?;
    at.literal("·")?;
    Ok(Digit { extent, stride: at.number("a stride")? })
}

/// Turns after the word. Where an axis is read on both sides the last one of a name is ahead, and the first one behind.
fn turns(at: &mut Cursor<'_>, names: &[String]) -> Result<Turns, ReadError> {
    let mut turns = Turns { count: 1, step: 1, ahead: 1, baby: 0, giant: 0, shared: None };
    if at.take("ahead ") {
        let here = *at;
        let name = at.word("an axis")?;
        turns.baby = names.iter().rposition(|n| n == name).ok_or_else(|| here.error("an axis"))?;
        let Digit { extent, stride } = digit(at)?;
        turns = Turns { count: extent, ahead: extent, step: stride, ..turns };
    }
    if at.take("behind ") {
        let here = *at;
        let name = at.word("an axis")?;
        turns.giant = names.iter().position(|n| n == name).ok_or_else(|| here.error("an axis"))?;
        let Digit { extent, stride } = digit(at)?;
        if turns.ahead == 1 {
            turns.step = stride;
        }
        turns.count = turns.ahead.checked_mul(extent).ok_or_else(|| here.error("an axis"))?;
    }
    if at.take("by digit ") {
        turns.shared = Some(digit(at)?);
    }
    if at.take("in all ") {
        turns.count = at.number("a number of turns")?;
    }
    Ok(turns)
}
