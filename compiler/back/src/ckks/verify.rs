//! What every schedule must satisfy: levels fall by rescales only, summands agree in level and exact scale, products
//! are relinearized before they are rotated or multiplied. What holds of each operation stands in the [table](hep_plan::isa).
#![warn(clippy::wildcard_enum_match_arm)]

use super::graph::{Op, Program, Region};
use super::scale::{Atom, Form};
use hep_plan::isa::rules::{Algebra, Shape};
use hep_plan::server::Kind;
use hep_plan::{Factor, Level, Packing, PerRun, TableId};
use hep_tensor::dag::NodeId;

/// All violations, as text; empty for a sound schedule.
#[must_use]
pub fn verify(program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    let graph = &program.graph;
    if !program.parts.are_of(graph.len()) {
        found.push("its parts are not those of its operations".into());
    }
    for id in graph.ids() {
        let node = graph.node(id);
        let operands = graph.operands(id);
        let mut check = |fits: Result<(), &str>| {
            found.extend(fits.err().map(|what| format!("{id} ({}): {what}", node.op.name())));
        };
        if node.depth > program.depth {
            check(Err("below the last level"));
            continue;
        }
        if let Op::Input { input, block } = node.op {
            let count = program.uploads.get(input as usize).map_or(0, |u| u.layout.ciphertexts());
            let there = match block {
                PerRun::Always(block) => (block as usize) < count,
                PerRun::Table(table) => positions(program, table).is_some_and(|most| (most as usize) < count),
            };
            check(if there { Ok(()) } else { Err("no such ciphertext of an upload") });
        }
        check(in_its_region(program, id));
        check(refreshed(program, id));
        let level = |depth: u32| Level(program.depth.saturating_sub(depth));
        let shape = |id| {
            let node = graph.node(id);
            Shape { kind: Kind::Cipher { parts: node.parts }, level: level(node.depth) }
        };
        let scale = |id| program.scales.resolve(&graph.node(id).scale);
        let ciphers: Vec<Shape> = operands.iter().map(|o| shape(*o)).collect();
        let scales: Vec<Form> = operands.iter().map(|o| scale(*o)).collect();
        check(node.op.shapes_fit(&ciphers, None, &[shape(id)]));
        let operand = ciphers.first().map_or(level(node.depth), |cipher| cipher.level);
        let at = node.op.row().levels.computed_at(operand, level(node.depth));
        check(node.op.scales_fit(program, &scales, None, &[scale(id)], at));
    }
    found.extend(repeats(program));
    found
}

/// Refreshes go from the bottom to the top, at the scales of all refreshes; choices are among what is there.
fn refreshed(program: &Program, id: NodeId) -> Result<(), &'static str> {
    let (node, operands) = (program.graph.node(id), program.graph.operands(id));
    let scale = |id: NodeId| program.scales.resolve(&program.graph.node(id).scale);
    if let Op::Select(PerRun::Table(table)) = &node.op {
        let fits = positions(program, *table).is_some_and(|most| (most as usize) < operands.len());
        return if fits { Ok(()) } else { Err("a choice of what is not there") };
    }
    let Op::Refresh { shape, results } = &node.op else { return Ok(()) };
    let bottom = |o: &NodeId| program.graph.node(*o).depth == program.depth;
    let packing = program.refreshes.packings.get(*shape as usize);
    let count = if packing == Some(&Packing::Real) { 1 } else { 2 };
    if packing.is_none() || operands.len() != count || results.len() != 1 {
        Err("no refresh of its shape")
    } else if node.depth != 0 || !operands.iter().all(bottom) {
        Err("a refresh that does not go from the bottom to the top")
    } else if scale(id) != Form::atom(Atom::Refreshed)
        || operands.iter().any(|o| scale(*o) != Form::atom(Atom::Operand))
    {
        Err("wrong scale")
    } else {
        Ok(())
    }
}

/// What is read lies before, or in the same run; nothing outside of the loop differs between runs.
fn in_its_region(program: &Program, id: NodeId) -> Result<(), &'static str> {
    let (node, region) = (program.graph.node(id), program.region(id));
    let variables = program.repeats.as_ref().map_or(0, |repeats| repeats.carried.len());
    let reads = |o: &NodeId| matches!(program.region(*o), Region::Before) || program.region(*o) == region;
    let variable = if let Op::Carried { index } = node.op {
        region == Region::Body && (index as usize) < variables
    } else if let Op::Final { index } = node.op {
        region == Region::After && (index as usize) < variables
    } else {
        true
    };
    if !variable {
        Err("no loop variable")
    } else if !program.graph.operands(id).iter().all(reads) {
        Err("reads what another run made")
    } else if region == Region::Before && program.scales.resolve(&node.scale).is_of_run() {
        Err("its scale differs between runs, and it is made before them")
    } else {
        Ok(())
    }
}

/// The largest position of a table.
fn positions(program: &Program, table: TableId) -> Option<u32> {
    program.tables.positions(table)?.iter().copied().max()
}

/// The loop: what arrives is what was handed on, and each of its cycles that takes levels is cut by a refresh, or levels would not
/// be the same.
fn repeats(program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    let Some(repeats) = &program.repeats else { return found };
    if repeats.runs == 0 || repeats.carried.is_empty() || repeats.first > program.parts.iterations() {
        found.push("its loop runs nothing".into());
    }
    let shape = |id: NodeId| (program.graph.node(id).depth, program.graph.node(id).parts);
    for (index, variable) in repeats.carried.iter().enumerate() {
        let wanted = shape(variable.init);
        let arrives = |id: &NodeId| {
            let op = &program.graph.node(*id).op;
            matches!(op, Op::Carried { index: of } | Op::Final { index: of } if *of as usize == index)
        };
        let same = program.graph.ids().filter(arrives).all(|id| shape(id) == wanted);
        if shape(variable.next) != wanted || wanted.1 != 2 || !same {
            found.push(format!("loop variable {index} changes its level or its parts"));
        }
        let places = (program.region(variable.init), program.region(variable.next));
        if places.0 != Region::Before || places.1 == Region::After {
            found.push(format!("loop variable {index} is not handed on in the loop"));
        }
    }
    found
}

/// Exact scales of a program.
impl Algebra for Program {
    type Scale = Form;

    fn product(&self, a: &Form, b: &Form) -> Form {
        self.scales.resolve(&a.times(b))
    }

    fn times_prime(&self, scale: &Form, level: Level) -> Form {
        scale.times(&Form::atom(Atom::Prime(self.depth.saturating_sub(level.0))))
    }

    fn times(&self, scale: &Form, factor: PerRun<Factor>) -> Form {
        scale.times(&Form::atom(Atom::Number(factor)))
    }

    fn equal(&self, a: &Form, b: &Form) -> bool {
        a == b
    }
}
