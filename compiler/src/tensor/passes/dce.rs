//! Removes nodes nothing needs: what the roots of the program do not reach.

use super::super::graph::Program;
use super::rewriter::remap;
use crate::dag::{Dag, NodeMap};

/// Keeps the nodes that [`Program::roots`] need, in order.
#[must_use]
pub fn remove_dead(program: Program) -> Program {
    let needed = program.graph.reachable(program.roots());
    let mut graph = Dag::new();
    let mut map = NodeMap::new();
    for id in program.graph.ids().filter(|id| needed[id.index()]) {
        let operands = program.graph.operands(id).iter().filter_map(|&o| map.get(o)).collect();
        map.insert(id, graph.push(program.graph.node(id).clone(), operands));
    }
    remap(program, graph, &map)
}
