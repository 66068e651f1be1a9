//! A schedule from the text that [`print`](mod@super::print) makes of it. Whether it is sound says [`verify`](super::verify).

use super::graph::{Carried, ConstantId, Loop, Node, Program, Refreshes};
use super::scale::{Atom, Form, System};
use crate::slot::graph::{MAX_OPERATIONS, Output, Upload};
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use hep_plan::isa::read::{Names, factor, read as operation};
use hep_plan::parts::Headings;
use hep_plan::read::{loop_line, tables};
use hep_plan::reading::{Cursor, Lines, MAX_ITERATIONS, ReadError};
use hep_plan::{Constant, Layout, Packing, Part, Parts, PerRun, TableId, Tables};
use hep_tensor::dag::{Dag, NodeId};
use std::collections::BTreeSet;

/// The schedule.
///
/// # Errors
/// The first line that is none of a schedule.
pub fn read(text: &str) -> Result<Program, ReadError> {
    let mut lines = Lines::of(text);
    let mut program = head(&mut lines)?;
    while let Some(mut at) = lines.next_if("upload ") {
        let (name, layout) = Layout::read_named(&mut at, program.slots)?;
        at.end()?;
        program.uploads.push(Upload { name, layout });
    }
    if let Some(mut at) = lines.next_if("refreshes ") {
        program.refreshes = refreshes(&mut at)?;
    }
    program.tables = tables(&mut lines)?;
    while let Some(mut at) = lines.next_if("constant ") {
        at.numbered("c", program.constants.len())?;
        program.constants.push(Constant::read(&mut at, program.slots)?);
        at.end()?;
    }
    let mut scales = Vec::new();
    while let Some(mut at) = lines.next_if("scale ") {
        at.numbered("S", scales.len())?;
        scales.push(scale(&mut at, program.depth, &mut program.scales)?);
    }
    let mut headings = Headings::of(program.iterations);
    while let Some(part) = headings.next(&mut lines, program.graph.len())? {
        while let Some(at) = lines.next_if("%") {
            node(at, &mut program, &scales, part)?;
        }
    }
    let mut written = program.iterations;
    if let Some(mut at) = lines.next_if("loop ") {
        program.repeats = Some(repeats(&mut at, &mut lines, &program)?);
        written = headings.last_iteration();
    }
    program.parts = headings.finish(written, program.graph.len());
    while let Some(mut at) = lines.next_if("reveal ") {
        let (name, layout) = Layout::read_named(&mut at, program.slots)?;
        at.literal("=")?;
        let values = at.all(|at| program.cipher(at))?;
        program.outputs.push(Output { name, layout, values });
    }
    lines.end()?;
    Ok(program)
}

fn head(lines: &mut Lines<'_>) -> Result<Program, ReadError> {
    let (mut at, name, slots) = lines.title("ckks")?;
    at.literal(", depth ")?;
    let depth = at.index("", MAX_OPERATIONS)?;
    at.literal(",")?;
    let iterations = at.index("", MAX_ITERATIONS as usize)?;
    at.literal("iterations")?;
    at.end()?;
    Ok(Program {
        name,
        slots,
        graph: Dag::new(),
        parts: Parts::default(),
        repeats: None,
        tables: Tables::default(),
        constants: Vec::new(),
        refreshes: Refreshes::default(),
        uploads: Vec::new(),
        outputs: Vec::new(),
        iterations,
        depth,
        scales: System::default(),
    })
}

fn refreshes(at: &mut Cursor<'_>) -> Result<Refreshes, ReadError> {
    at.literal("of 2^")?;
    let log_slots = at.index("", 17)?;
    at.literal("slots, ")?;
    let below = at.index("", MAX_OPERATIONS)?;
    at.literal("levels below, ")?;
    let above = at.finite("bits")?;
    at.literal("bits above, bounds")?;
    let mut bounds = BTreeSet::new();
    while !at.take(":") {
        bounds.insert(factor(at)?);
    }
    let packings = at.all(|at| {
        let here = *at;
        let name = at.word("a packing")?;
        let all = [Packing::Real, Packing::Pair, Packing::SideBySide];
        all.into_iter().find(|packing| packing.to_string() == name).ok_or_else(|| here.error("a packing"))
    })?;
    Ok(Refreshes { log_slots, packings, below, above, bounds })
}

fn repeats(at: &mut Cursor<'_>, lines: &mut Lines<'_>, program: &Program) -> Result<Loop, ReadError> {
    let (runs, first, within) = loop_line(at)?;
    let mut carried = Vec::new();
    while let Some(mut at) = lines.next_if("carry ") {
        at.numbered("v", carried.len())?;
        let init = program.cipher(&mut at)?;
        at.literal("then ")?;
        carried.push(Carried { init, next: program.cipher(&mut at)? });
        at.end()?;
    }
    Ok(Loop { first, runs, within, carried })
}

/// A node from its number on.
fn node(mut at: Cursor<'_>, program: &mut Program, scales: &[Form], part: Part) -> Result<(), ReadError> {
    let next = program.graph.len();
    at.numbered("", next)?;
    let mut what = at.until_last(" : ")?;
    let (op, operands) = operation(&mut what, program)?;
    at.literal(" : ")?;
    let parts = if at.rest().starts_with("ct") { at.index("ct", 4)? as u8 } else { 2 };
    let depth = at.index("@", program.depth as usize + 1)?;
    let scale = scales[at.index("S", scales.len())? as usize].clone();
    let origin = NodeId(at.index("t", u32::MAX as usize)?);
    let of_uploads = part == Part::Prologue || at.take("again");
    at.end()?;
    program.graph.push(Node { op, depth, parts, scale, of_uploads, origin }, operands);
    Ok(())
}

/// A product of powers; its free scales are known from here on.
fn scale(at: &mut Cursor<'_>, depth: u32, known: &mut System) -> Result<Form, ReadError> {
    let mut scale = Form::default();
    if at.rest() == "1" {
        return Ok(scale);
    }
    loop {
        let atom = match at.rest().chars().next() {
            Some('q') => Atom::Prime(at.index("q", depth as usize + 1)?),
            Some('s') => Atom::Free(at.index("s", MAX_OPERATIONS)?),
            Some('d') => Atom::Slack(at.index("d", MAX_OPERATIONS)?),
            Some('v') => Atom::Arrival(at.index("v", MAX_OPERATIONS)?),
            Some('t') => Atom::Number(PerRun::Table(TableId(at.index("t", MAX_OPERATIONS)?))),
            Some('o') => at.literal("operand").map(|()| Atom::Operand)?,
            Some('r') => at.literal("refreshed").map(|()| Atom::Refreshed)?,
            _ => Atom::Number(factor(at)?.into()),
        };
        if let Atom::Free(index) | Atom::Slack(index) = atom {
            known.have(index);
        }
        let exponent = if at.take("^") { exponent(at)? } else { RBig::ONE };
        scale = scale.plus(&Form::atom(atom), &exponent);
        if at.is_done() {
            return Ok(scale);
        }
        at.literal("·")?;
    }
}

fn exponent(at: &mut Cursor<'_>) -> Result<RBig, ReadError> {
    let here = *at;
    let numerator: IBig = at.number("an exponent")?;
    let denominator: UBig = if at.take("/") { at.number("a denominator")? } else { UBig::ONE };
    if denominator == UBig::ZERO || numerator == IBig::ZERO {
        return Err(here.error("an exponent"));
    }
    Ok(RBig::from_parts(numerator, denominator))
}

impl Names for Program {
    type Cipher = NodeId;
    type Plain = ConstantId;

    fn cipher(&self, at: &mut Cursor<'_>) -> Result<NodeId, ReadError> {
        at.index("%", self.graph.len()).map(NodeId)
    }

    fn plain(&self, at: &mut Cursor<'_>) -> Result<ConstantId, ReadError> {
        at.index("c", self.constants.len()).map(ConstantId)
    }

    fn input(&self, name: &str) -> Option<u32> {
        self.uploads.iter().position(|upload| upload.name == name).map(|at| at as u32)
    }

    fn slots(&self) -> usize {
        self.slots
    }
}
