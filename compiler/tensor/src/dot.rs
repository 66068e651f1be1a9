//! A program as a drawing, for graphviz.

use super::graph::{Op, Place, Program};
use super::print;
use super::region::{Region, regions};
use crate::dag::NodeId;
use hep_plan::host::HostOp;
use petgraph::dot::{Config, Dot};

/// Graphviz text: a box per node with its line of the printed form; colors are places (grey public, green owner,
/// red secret), thick borders the loop body.
#[must_use]
pub fn dot(program: &Program) -> String {
    let regions = regions(program);
    let edge = |_, _| String::new();
    let node = |_, (index, _): (petgraph::graph::NodeIndex, _)| {
        let id = NodeId(index.index() as u32);
        let ty = &program.graph.node(id).ty;
        let color = match ty.place {
            Place::Public => "grey90",
            Place::Owner => "palegreen",
            Place::Secret => "lightpink",
        };
        let width = if regions[id.index()] == Region::Body { 2 } else { 1 };
        let name = program.graph.node(id).name.as_deref().unwrap_or_default();
        // The numbers of a tensor are too many for a drawing.
        let operation = match &program.graph.node(id).op {
            Op::Host(op @ HostOp::Constant(_)) => op.name(),
            _ => print::operation(program, id),
        };
        let label = format!("{name}\n{id} = {operation}\n{ty}");
        format!("label = {label:?} shape = box style = filled fillcolor = {color} penwidth = {width}")
    };
    let configuration = [Config::NodeNoLabel, Config::EdgeNoLabel];
    format!("{:?}", Dot::with_attr_getters(&program.graph.petgraph(), &configuration, &edge, &node))
}

#[cfg(test)]
mod tests {
    use crate::testing::quadratic_gradient;

    #[test]
    fn every_node_is_drawn() {
        let program = quadratic_gradient(4, 2, 3, 2);
        let text = super::dot(&program);
        assert!(text.starts_with("digraph"));
        assert_eq!(text.matches("shape = box").count(), program.graph.len());
        assert!(text.contains("contract %6 %18 over d"));
    }
}
