//! A program from the text that [`print`](mod@super::print) makes of it: all of it but places in the source, which are those of a
//! text that nobody has. Types fit operations; whether the rest is sound says [`verify`](mod@super::verify).

mod node;
mod tail;
#[cfg(test)]
mod tests;

use super::graph::{Carried, Dim, Loop, Program, Reveal};
use super::region::{Region, regions};
use super::verify::fits_operands;
use crate::dag::{Dag, NodeId};
use hep_plan::host::HostProgram;
use hep_plan::plan::DataSpec;
use hep_plan::reading::{Cursor, Lines, MAX_ITERATIONS, ReadError};
use node::Reader;

/// The program.
///
/// ```
/// let text = "\
/// program squares
/// dim n = 4
/// data y[4, 1] y[real]
/// before the loop
///   %0 : owner real[n] in -1 .. 1 = input y   # y
///   %1 : secret real[n] = encrypt %0 as Y   # Y
/// for 2 iterations with w = %2 from %1
///   %2 : secret real[n] = carried w   # w
///   %3 : secret real[n] = mul %1 %2
/// next w = %3
/// after the loop
///   %4 : secret real[n] = final w   # w
/// reveal w = %4
/// ";
/// let program = hep_tensor::read::read(text).map_err(|e| e.to_string())?;
/// assert_eq!((hep_tensor::verify::verify(&program), program.to_string().as_str()), (vec![], text));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// The first line that is none of a tensor graph, and nodes that are missing or do not fit.
pub fn read(text: &str) -> Result<Program, ReadError> {
    let mut lines = Lines::of(text);
    let mut at = lines.line("`program`")?;
    at.literal("program ")?;
    let name = at.rest().to_string();
    let exact = lines.next_if("exact").map(|at| at.end()).transpose()?.is_some();
    let mut dims = Vec::new();
    while let Some(mut at) = lines.next_if("dim ") {
        let name = at.until_last(" = ")?.rest().to_string();
        at.literal(" = ")?;
        dims.push(Dim { name, size: node::size(&mut at)? });
        at.end()?;
    }
    let mut at = lines.line("`data`")?;
    at.literal("data ")?;
    let data = DataSpec::read(&mut at)?;

    lines.line("`before the loop`")?.literal("before the loop")?;
    let mut sections = Sections::default();
    sections.nodes(&mut lines, Region::Before)?;
    let mut head = lines.line("`for`")?;
    head.literal("for ")?;
    let iterations = head.index("", MAX_ITERATIONS as usize)?;
    head.literal("iterations")?;
    sections.nodes(&mut lines, Region::Body)?;
    let mut next = lines.line("`next`")?;
    next.literal("next")?;
    let checks: Vec<Cursor<'_>> = std::iter::from_fn(|| lines.next_if("check ")).collect();
    let packs: Vec<Cursor<'_>> = std::iter::from_fn(|| lines.next_if("pack ")).collect();
    lines.line("`after the loop`")?.literal("after the loop")?;
    sections.nodes(&mut lines, Region::After)?;

    let carried = variables(head, next, sections.nodes.len())?;
    let mut reader = Reader { dims: &dims, carried: &carried, graph: Dag::new() };
    let nodes = sections.in_order()?;
    for (at, _) in &nodes {
        reader.node(*at)?;
    }
    let graph = reader.graph;
    let count = graph.len();
    let checks = checks.into_iter().map(|at| tail::check(at, count)).collect::<Result<_, _>>()?;
    let hints = packs.into_iter().map(tail::pack).collect::<Result<_, _>>()?;
    let mut reveals = Vec::new();
    while let Some(mut at) = lines.next_if("reveal ") {
        let name = at.until_last(" = ")?.rest().to_string();
        at.literal(" = ")?;
        reveals.push(Reveal { name, node: NodeId(at.index("%", count)?) });
        at.end()?;
    }
    let predict = match lines.next_if("predict ") {
        Some(mut at) => Some(NodeId(at.index("%", count).and_then(|node| at.end().map(|()| node))?)),
        None => None,
    };
    let mut substitutions = Vec::new();
    while let Some(at) = lines.next_if("polynomials for ") {
        substitutions.push(tail::polynomials(at.rest(), &mut lines)?);
    }
    let loss = match lines.next_if("loss") {
        Some(at) => Some(at.end().and_then(|()| HostProgram::read(&mut lines))?),
        None => None,
    };
    lines.end()?;
    let train = Loop { iterations, carried };
    let program = Program {
        name,
        dims,
        graph,
        train,
        reveals,
        predict,
        data,
        loss,
        checks,
        substitutions,
        hints,
        exact,
    };
    settle(&program, &nodes)?;
    Ok(program)
}

/// The lines of nodes, which are in the order of their parts.
#[derive(Default)]
struct Sections<'a> {
    /// The number of each, what is behind it, and the part.
    nodes: Vec<(u32, Cursor<'a>, Region)>,
}

impl<'a> Sections<'a> {
    fn nodes(&mut self, lines: &mut Lines<'a>, region: Region) -> Result<(), ReadError> {
        while let Some(mut at) = lines.next_if("%") {
            self.nodes.push((at.index("", u32::MAX as usize)?, at, region));
        }
        Ok(())
    }

    /// Nodes in the order of their numbers, which are all there.
    fn in_order(mut self) -> Result<Vec<(Cursor<'a>, Region)>, ReadError> {
        self.nodes.sort_by_key(|(number, ..)| *number);
        for (expected, (number, at, _)) in self.nodes.iter().enumerate() {
            if *number as usize != expected {
                let found = format!("`%{number}`");
                return Err(ReadError { found, ..at.error(format!("`%{expected}` in its place")) });
            }
        }
        Ok(self.nodes.into_iter().map(|(_, at, region)| (at, region)).collect())
    }
}

/// The loop variables, from the lines that begin and end the loop.
fn variables(mut head: Cursor<'_>, mut next: Cursor<'_>, count: usize) -> Result<Vec<Carried>, ReadError> {
    let mut carried: Vec<Carried> = Vec::new();
    let node = |at: &mut Cursor<'_>| at.index("%", count).map(NodeId);
    while !head.is_done() {
        head.literal(if carried.is_empty() { "with" } else { "," })?;
        let here = head;
        let name = head.before(" = ")?.to_string();
        if carried.iter().any(|known| known.name == name) {
            return Err(here.error("a loop variable of another name"));
        }
        let param = node(&mut head)?;
        head.literal("from ")?;
        let init = node(&mut head)?;
        carried.push(Carried { name, init, param, next: param });
    }
    for (number, variable) in carried.iter_mut().enumerate() {
        if number > 0 {
            next.literal(",")?;
        }
        next.literal(&format!("{} = ", variable.name))?;
        variable.next = node(&mut next)?;
    }
    next.end()?;
    Ok(carried)
}

/// Types fit operations, and nodes are of the part that they stand in.
fn settle(program: &Program, nodes: &[(Cursor<'_>, Region)]) -> Result<(), ReadError> {
    let graph = &program.graph;
    let regions = regions(program);
    for (id, (at, region)) in graph.ids().zip(nodes) {
        let types: Vec<_> = graph.operands(id).iter().map(|o| &graph.node(*o).ty).collect();
        if !fits_operands(program, graph.node(id), &types) {
            return Err(at.error("an operation that fits its operands and its type"));
        }
        if regions[id.index()] != *region {
            return Err(at.error("a node of this part of the program"));
        }
    }
    Ok(())
}
