//! The owner's program from its text.

use super::{Binary, HostNode, HostOp, HostProgram, Reduction, Unary};
use crate::tensor::Tensor;
use hep_text::reading::{Cursor, Lines, MAX_SLOTS, ReadError};

/// Most elements of a constant of a text.
const MAX_ELEMENTS: usize = 64 * MAX_SLOTS;

impl HostProgram {
    /// The program on the next lines: nodes that are numbered from 0, then results.
    ///
    /// # Errors
    /// The first line that begins as one of them and is none.
    pub fn read(lines: &mut Lines<'_>) -> Result<Self, ReadError> {
        let mut program = Self::default();
        while let Some(mut at) = lines.next_if("%") {
            let next = program.nodes.len();
            at.numbered("", next)?;
            program.nodes.push(HostNode::read(&mut at, next)?);
            at.end()?;
        }
        while let Some(mut at) = lines.next_if("result ") {
            let name = at.until_last(" = ")?.rest().to_string();
            at.literal(" = ")?;
            program.outputs.push((name, at.index("%", program.nodes.len())?));
            at.end()?;
        }
        Ok(program)
    }
}

impl HostNode {
    /// An operation on some of the first `known` nodes.
    ///
    /// # Errors
    /// Where there is none.
    pub fn read(at: &mut Cursor<'_>, known: usize) -> Result<Self, ReadError> {
        let here = *at;
        let name = at.word("an operation")?;
        let mut operands = Vec::new();
        let op = match name {
            "input" => {
                let name = at.rest().to_string();
                at.skip();
                HostOp::Input(name)
            }
            "constant" => HostOp::Constant(constant(at)?),
            "contract" => {
                let mut side = |at: &mut Cursor<'_>| labeled(at, known, &mut operands);
                let (left, right) = (side(at)?, side(at)?);
                at.literal("over ")?;
                let sum = at.number("a label")?;
                at.literal("into ")?;
                HostOp::Contract { left, right, sum, out: at.list("a label")? }
            }
            "sum" | "mean" => {
                let kind = if name == "sum" { Reduction::Sum } else { Reduction::Mean };
                at.literal("over axis ")?;
                HostOp::Reduce { kind, axis: at.number("an axis")? }
            }
            "permute" => HostOp::Permute(at.list("an axis")?),
            "bias" => HostOp::BiasColumn,
            "one_hot" => HostOp::OneHot { classes: at.number("a number of classes")? },
            "normal" => {
                let shape = at.list("an extent")?;
                at.literal("seed ")?;
                HostOp::Normal { seed: at.number("a seed")?, shape }
            }
            "element" => HostOp::Element,
            "polynomial" => HostOp::Polynomial(at.list("a coefficient")?),
            "identity" => HostOp::Identity { size: at.number("a size")? },
            "cholesky" => HostOp::Cholesky,
            "inverse" => HostOp::Inverse,
            name => {
                let unary = Unary::ALL.into_iter().find(|f| f.name() == name).map(HostOp::Unary);
                match (unary, Binary::ALL.into_iter().find(|f| f.name() == name)) {
                    (Some(unary), _) => unary,
                    (None, Some(f)) => {
                        let mut side = |at: &mut Cursor<'_>| labeled(at, known, &mut operands);
                        let (left, right) = (side(at)?, side(at)?);
                        // Each axis of the result is one of an operand.
                        let rank = left.iter().chain(&right).max().map_or(0, |last| last.saturating_add(1));
                        HostOp::Binary { f, left, right, rank }
                    }
                    (None, None) => return Err(here.error("an operation")),
                }
            }
        };
        operands.extend(at.all(|at| at.index("%", known))?);
        Ok(HostNode { op, operands })
    }
}

/// An operand with the labels of its axes.
fn labeled(at: &mut Cursor<'_>, known: usize, operands: &mut Vec<u32>) -> Result<Vec<usize>, ReadError> {
    operands.push(at.index("%", known)?);
    at.list("an axis")
}

fn constant(at: &mut Cursor<'_>) -> Result<Tensor, ReadError> {
    if !at.rest().starts_with('[') {
        return Ok(Tensor::scalar(at.number("a number")?));
    }
    let here = *at;
    let shape: Vec<usize> = at.list("an extent")?;
    let data = at.runs()?;
    let count = data.iter().try_fold(0usize, |all, (length, _)| all.checked_add(*length as usize));
    if count.is_none_or(|count| count > MAX_ELEMENTS) {
        return Err(here.error("fewer numbers"));
    }
    let data = data.into_iter().flat_map(|(length, value)| std::iter::repeat_n(value, length as usize));
    let fits = shape.iter().try_fold(1usize, |product, extent| product.checked_mul(*extent)).is_some();
    let tensor = if fits { Tensor::new(shape, data.collect()) } else { None };
    tensor.ok_or_else(|| here.error("as many numbers as the shape has"))
}
