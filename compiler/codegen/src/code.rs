//! One loop over slots, before it is machine code: straight-line arithmetic on the numbers of one slot.

/// Most vectors a loop reads.
pub(crate) const MAX_STREAMS: usize = 32;
/// Most numbers a loop is given.
pub(crate) const MAX_SCALARS: usize = 32;

/// Index of an instruction.
pub(crate) type Value = u16;

/// An instruction; its result has its position as [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Instruction {
    /// The number at this slot of a vector.
    Stream(u8),
    /// A number that is the same for all slots.
    Scalar(u8),
    /// 0
    Zero,
    /// What the output holds so far.
    Output,
    /// a + b
    Add(Value, Value),
    /// a − b
    Sub(Value, Value),
    /// a · b
    Mul(Value, Value),
    /// −a
    Neg(Value),
}

/// A loop: the last instruction's result is written to the output.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Code {
    /// Operands first.
    pub instructions: Vec<Instruction>,
    /// Vectors it reads.
    pub streams: u8,
    /// Numbers it is given.
    pub scalars: u8,
}

impl Code {
    /// Appends an instruction; an equal one is there once.
    pub fn push(&mut self, instruction: Instruction) -> Value {
        let known = self.instructions.iter().position(|i| *i == instruction);
        known.unwrap_or_else(|| {
            self.instructions.push(instruction);
            self.instructions.len() - 1
        }) as Value
    }

    /// Puts a result last, where the output is taken from.
    pub fn finish(&mut self, result: Value) {
        self.instructions.truncate(usize::from(result) + 1);
    }
}
