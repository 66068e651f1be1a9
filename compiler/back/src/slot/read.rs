//! A slot graph from the text that [`print`](mod@super::print) makes of it. Whether it is sound says [`verify`](super::verify).

use super::graph::{Carried, Factor, FactorId, Node, Op, Output, Program, Scores, Upload, VectorId};
use crate::layout::{DimHome, Placement};
use hep_plan::reading::{Cursor, Lines, MAX_ITERATIONS, ReadError};
use hep_plan::{Layout, SlotVector, Step};
use hep_tensor::dag::{Dag, NodeId};

/// The program.
///
/// # Errors
/// The first line that is none of a slot graph.
pub fn read(text: &str) -> Result<Program, ReadError> {
    let mut lines = Lines::of(text);
    let mut reader = Reader { program: head(&mut lines)?, places: Vec::new(), variables: Vec::new() };
    lines.line("`prologue`")?.literal("prologue")?;
    reader.nodes(&mut lines, 0)?;
    let mut at = lines.line("`loop`")?;
    at.literal("loop ")?;
    reader.program.iterations = at.index("", MAX_ITERATIONS as usize)?;
    at.end()?;
    reader.nodes(&mut lines, 1)?;
    lines.line("`epilogue`")?.literal("epilogue")?;
    reader.nodes(&mut lines, 2)?;
    while let Some(mut at) = lines.next_if("carry ") {
        let (name, layout) = if at.rest().contains(" = ") {
            let (name, layout) = Layout::read_named(&mut at, reader.program.slots())?;
            at.literal("=")?;
            (name, Some(layout))
        } else {
            (at.before(" : ")?.to_string(), None)
        };
        let init = until(&mut at, "->", |at| reader.operand(at))?;
        let next = at.all(|at| reader.operand(at))?;
        reader.program.carried.push(Carried { name, layout, init, next });
    }
    reader.settle()?;
    while let Some(mut at) = lines.next_if("reveal ") {
        let (name, layout, values) = reader.tensor(&mut at)?;
        reader.program.outputs.push(Output { name, layout, values });
    }
    while let Some(mut at) = lines.next_if("scores ") {
        let here = at;
        let (check, layout, values) = reader.tensor(&mut at)?;
        let check = check.parse().map_err(|_| here.error("the number of an approximation"))?;
        reader.program.scores.push(Scores { check, layout, values });
    }
    lines.end()?;
    Ok(reader.program)
}

/// All before the nodes.
fn head(lines: &mut Lines<'_>) -> Result<Program, ReadError> {
    let (at, name, slots) = lines.title("slots")?;
    at.end()?;
    let mut placement = Placement { slots, homes: Vec::new(), rows: Vec::new() };
    while let Some(mut at) = lines.next_if("home ") {
        placement.homes.push(home(&mut at, slots)?);
    }
    while let Some(at) = lines.next_if("rows ") {
        placement.rows.push(at.rest().to_string());
    }
    let mut uploads = Vec::new();
    while let Some(mut at) = lines.next_if("upload ") {
        let (name, layout) = Layout::read_named(&mut at, slots)?;
        at.end()?;
        uploads.push(Upload { name, layout });
    }
    let mut vectors = Vec::new();
    while let Some(mut at) = lines.next_if("vector ") {
        at.numbered("v", vectors.len())?;
        vectors.push(match at.take("all ") {
            true => SlotVector::splat(at.finite("a number")?, slots),
            false => SlotVector::read(&mut at, slots)?,
        });
        at.end()?;
    }
    let mut factors = Vec::new();
    while let Some(mut at) = lines.next_if("factor ") {
        at.numbered("f", factors.len())?;
        let values = at.list("a number")?;
        at.literal(":")?;
        factors.push(Factor { text: at.rest().to_string(), values });
    }
    Ok(Program {
        name,
        placement,
        graph: Dag::new(),
        vectors,
        factors,
        uploads,
        iterations: 0,
        carried: Vec::new(),
        outputs: Vec::new(),
        scores: Vec::new(),
    })
}

fn home(at: &mut Cursor<'_>, slots: usize) -> Result<DimHome, ReadError> {
    let name = at.before(" : ")?.to_string();
    at.literal("bits ")?;
    let here = *at;
    let bit = |text: &str| text.parse::<u32>().map_err(|_| here.error("bits of the slot number"));
    let bits = bit(at.before("..")?)?..at.index("", slots.ilog2() as usize + 1)?;
    at.literal(",")?;
    let per_block = at.number("a number of indices")?;
    at.literal("in a ciphertext")?;
    at.end()?;
    if bits.start > bits.end {
        Err(here.error("bits of the slot number"))
    } else {
        Ok(DimHome { name, bits, per_block })
    }
}

struct Reader<'a> {
    program: Program,
    /// Where each node stands, and in which phase.
    places: Vec<(Cursor<'a>, usize)>,
    /// Loop variables are named before they are declared.
    variables: Vec<(NodeId, &'a str)>,
}

impl<'a> Reader<'a> {
    /// The nodes on the next lines.
    fn nodes(&mut self, lines: &mut Lines<'a>, phase: usize) -> Result<(), ReadError> {
        while let Some(mut at) = lines.next_if("%") {
            self.places.push((at, phase));
            at.numbered("", self.program.graph.len())?;
            let mut what = at.until_last(" : ")?;
            let (op, operands) = self.operation(&mut what)?;
            what.end()?;
            at.literal(" : ")?;
            let origin = NodeId(at.index("t", u32::MAX as usize)?);
            at.end()?;
            self.program.graph.push(Node { op, origin }, operands);
        }
        Ok(())
    }

    fn operand(&self, at: &mut Cursor<'_>) -> Result<NodeId, ReadError> {
        at.index("%", self.program.graph.len()).map(NodeId)
    }

    fn vector(&self, at: &mut Cursor<'_>) -> Result<VectorId, ReadError> {
        at.index("v", self.program.vectors.len()).map(VectorId)
    }

    fn operation(&mut self, at: &mut Cursor<'a>) -> Result<(Op, Vec<NodeId>), ReadError> {
        if at.rest().starts_with('%') {
            return self.arithmetic(at);
        }
        if at.take("-") {
            return Ok((Op::Neg, vec![self.operand(at)?]));
        }
        let here = *at;
        let mut operands = Vec::new();
        let op = match at.word("an operation")? {
            "input" => {
                let (name, block) = block(at)?;
                let upload = self.program.uploads.iter().position(|upload| upload.name == name);
                Op::Input { upload: upload.ok_or_else(|| here.error("an upload"))?, block }
            }
            "public" if at.take("[") => Op::Series(until(at, "]", |at| self.vector(at))?),
            "public" => {
                let vector = self.vector(at)?;
                let factor =
                    if at.take("*") { Some(at.index("f", self.program.factors.len())?) } else { None };
                Op::Public { vector, factor: factor.map(FactorId) }
            }
            "select" => {
                at.literal("[")?;
                operands = until(at, "]", |at| self.operand(at))?;
                Op::Select
            }
            phase @ ("carried" | "final") => {
                let (name, block) = block(at)?;
                self.variables.push((NodeId(self.program.graph.len() as u32), name));
                if phase == "carried" { Op::Carried { var: 0, block } } else { Op::Final { var: 0, block } }
            }
            "rotate" => {
                operands.push(self.operand(at)?);
                at.literal("by ")?;
                Op::Rotate(Step(at.index("", self.program.slots())?))
            }
            _ => return Err(here.error("an operation")),
        };
        Ok((op, operands))
    }

    /// A sum of two, a difference, or a sum of products.
    fn arithmetic(&self, at: &mut Cursor<'_>) -> Result<(Op, Vec<NodeId>), ReadError> {
        let mut operands = vec![self.operand(at)?];
        let op = if at.take("+") {
            Op::Add
        } else if at.take("-") {
            Op::Sub
        } else {
            at.literal("*")?;
            Op::SumMul
        };
        operands.push(self.operand(at)?);
        while op == Op::SumMul && at.take("+") {
            operands.push(self.operand(at)?);
            at.literal("*")?;
            operands.push(self.operand(at)?);
        }
        Ok((op, operands))
    }

    fn tensor(&self, at: &mut Cursor<'_>) -> Result<(String, Layout, Vec<NodeId>), ReadError> {
        let (name, layout) = Layout::read_named(at, self.program.slots())?;
        at.literal("=")?;
        Ok((name, layout, at.all(|at| self.operand(at))?))
    }

    /// Finds the variables that nodes name, and with them the phase of every node, which is the one it was read in.
    fn settle(&mut self) -> Result<(), ReadError> {
        let program = &mut self.program;
        for (id, name) in &self.variables {
            let found = program.carried.iter().position(|variable| variable.name == *name);
            let found = found.ok_or_else(|| self.places[id.index()].0.error("a variable that is carried"))?;
            if let Op::Carried { var, .. } | Op::Final { var, .. } = &mut program.graph.node_mut(*id).op {
                *var = found;
            }
        }
        let (body, after) = (program.in_body(), program.in_epilogue());
        for (id, (at, phase)) in program.graph.ids().zip(&self.places) {
            if (body[id.index()], after[id.index()]) != (*phase == 1, *phase == 2) {
                return Err(at.error("a node of this phase"));
            }
        }
        Ok(())
    }
}

/// A name and the number of a ciphertext of it.
fn block<'a>(at: &mut Cursor<'a>) -> Result<(&'a str, usize), ReadError> {
    let name = at.until_last("[")?.rest();
    at.literal("[")?;
    let block = at.number("the number of a ciphertext")?;
    at.literal("]")?;
    Ok((name, block))
}

/// All up to a mark.
fn until<T>(
    at: &mut Cursor<'_>,
    mark: &str,
    mut one: impl FnMut(&mut Cursor<'_>) -> Result<T, ReadError>,
) -> Result<Vec<T>, ReadError> {
    let mut all = Vec::new();
    while !at.take(mark) {
        all.push(one(at)?);
    }
    Ok(all)
}
