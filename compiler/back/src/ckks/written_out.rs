//! A schedule whose loop stays rolled with some of its runs written out: what the loop means, node by node and scale by scale.

use super::graph::{ConstantId, Op, Program, Region};
use super::scale::Form;
use hep_plan::{Constant, Factor, Part, Parts, Tables};
use hep_tensor::dag::{Dag, NodeId, NodeMap};

/// The same program with so many runs of its loop one after the other, and nothing that is looked up. None where a table does not have
/// what is read.
#[must_use]
pub fn written_out(program: &Program, runs: u32) -> Option<Program> {
    let repeats = program.repeats.as_ref()?;
    let length = (program.parts.iterations() + 1).saturating_sub(repeats.first);
    let mut writer = Writer {
        program,
        out: Program { repeats: None, tables: Tables::default(), ..program.clone() },
        map: NodeMap::default(),
        arrived: Vec::new(),
    };
    (writer.out.graph, writer.out.parts) = (Dag::new(), Parts::default());
    writer.region(Region::Before, 0, 0)?;
    writer.arrive(|carried| carried.init, repeats);
    for run in 0..runs {
        writer.region(Region::Body, run, run * length)?;
        writer.arrive(|carried| carried.next, repeats);
    }
    writer.region(Region::After, runs, 0)?;
    let iterations = repeats.first - 1 + runs * length;
    let Writer { mut out, map, .. } = writer;
    out.parts.begin(Part::Iteration(iterations), out.graph.len());
    out.parts.begin(Part::Epilogue, out.graph.len());
    out.outputs.iter_mut().flat_map(|output| &mut output.values).for_each(|id| *id = map.at(*id));
    out.iterations = iterations;
    Some(out)
}

struct Writer<'a> {
    program: &'a Program,
    out: Program,
    map: NodeMap,
    /// What the run before handed on.
    arrived: Vec<NodeId>,
}

impl Writer<'_> {
    fn arrive(&mut self, end: impl Fn(&super::graph::Carried) -> NodeId, repeats: &super::graph::Loop) {
        self.arrived = repeats.carried.iter().map(|carried| self.map.at(end(carried))).collect();
    }

    fn region(&mut self, region: Region, run: u32, iterations: u32) -> Option<()> {
        let program = self.program;
        let arrived = self.arrived.clone();
        for id in program.graph.ids().filter(|id| program.region(*id) == region) {
            let node = program.graph.node(id);
            if let Op::Carried { index } | Op::Final { index } = node.op {
                self.map.insert(id, *arrived.get(index as usize)?);
                continue;
            }
            let part = match program.part(id) {
                Part::Iteration(iteration) => Part::Iteration(iteration + iterations),
                part => part,
            };
            self.out.parts.begin(part, self.out.graph.len());
            let mut new = node.clone();
            new.op = self.op(&node.op, run)?;
            let arrival = |of: u32| self.scale(arrived[of as usize]);
            let number = |table| Factor::of(program.tables.number(table, run));
            new.scale = program.scales.resolve(&node.scale).in_run(number, arrival);
            let operands = program.graph.operands(id).iter().map(|operand| self.map.at(*operand)).collect();
            let made = self.out.graph.push(new, operands);
            self.map.insert(id, made);
        }
        Some(())
    }

    fn scale(&self, id: NodeId) -> Form {
        self.out.scales.resolve(&self.out.graph.node(id).scale)
    }

    fn op(&mut self, op: &Op, run: u32) -> Option<Op> {
        let (program, constants) = (self.program, &mut self.out.constants);
        let constant = |id: &ConstantId| match &program.constants[id.0 as usize] {
            Constant::Fixed(_) => Ok::<ConstantId, ()>(*id),
            sum @ Constant::Sum(_) => {
                constants.push(sum.at(&program.tables, run).ok_or(())?.into_owned().into());
                Ok(ConstantId(constants.len() as u32 - 1))
            }
        };
        op.at_run(&program.tables, run)?.try_map(constant).ok()
    }
}
