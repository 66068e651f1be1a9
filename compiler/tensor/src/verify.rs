//! Checks every invariant of a tensor graph and returns all violations; a correct compiler finds none.

mod shapes;

use super::batch;
use super::graph::{Node, Op, Place, Program, Type};
use super::region::{Region, regions};
use crate::dag::NodeId;
use hep_plan::host::HostOp;
use shapes::{fits, is_polynomial};
use std::collections::BTreeSet;
use thiserror::Error;

/// A broken invariant.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum Violation {
    /// An operand does not precede its user.
    #[error("{node} uses {operand}, which does not come before it")]
    Order {
        /// The user.
        node: NodeId,
        /// The operand.
        operand: NodeId,
    },
    /// Number of operands, axes or dimensions do not fit the operation.
    #[error("{node} ({operation}) does not fit its operands or its type")]
    Shape {
        /// The node.
        node: NodeId,
        /// Its operation.
        operation: String,
    },
    /// The place is not what operation and operands give.
    #[error("{node} has place {found:?} instead of {expected:?}")]
    Place {
        /// The node.
        node: NodeId,
        /// Place of its type.
        found: Place,
        /// Place that follows from its operands.
        expected: Place,
    },
    /// An owner's value meets a secret.
    #[error("{node} mixes values of the owner with secrets")]
    Mixture {
        /// The node.
        node: NodeId,
    },
    /// A secret goes through something that is no polynomial.
    #[error("{node} ({operation}) cannot be computed on secrets")]
    NotPolynomial {
        /// The node.
        node: NodeId,
        /// Its operation.
        operation: String,
    },
    /// A loop variable's number, nodes and types do not belong together.
    #[error("loop variable {variable} is inconsistent at {node}")]
    Variable {
        /// Number of the loop variable.
        variable: usize,
        /// Where.
        node: NodeId,
    },
    /// A node of one part of the program is used in another that cannot see it.
    #[error("{node} is used outside the part of the program where it has a value")]
    Region {
        /// The node.
        node: NodeId,
    },
    /// Two uploads of one name.
    #[error("two uploads are called `{0}`")]
    Upload(String),
    /// A root that is no node of the graph.
    #[error("{0} is no node of the graph")]
    Missing(NodeId),
}

/// All violations, in order of nodes.
#[must_use]
pub fn verify(program: &Program) -> Vec<Violation> {
    let graph = &program.graph;
    let mut found: Vec<Violation> =
        program.roots().into_iter().filter(|r| r.index() >= graph.len()).map(Violation::Missing).collect();
    for node in graph.ids() {
        for &operand in graph.operands(node) {
            if operand >= node {
                found.push(Violation::Order { node, operand });
            }
        }
    }
    if !found.is_empty() {
        // Nothing below makes sense on a graph that is not one.
        return found;
    }
    let mut uploads = BTreeSet::new();
    for id in graph.ids() {
        let node = graph.node(id);
        let operands: Vec<&Type> = graph.operands(id).iter().map(|&o| &graph.node(o).ty).collect();
        check_node(program, id, node, &operands, &mut found);
        if let Op::Encrypt { name } = &node.op
            && !uploads.insert(name.as_str())
        {
            found.push(Violation::Upload(name.clone()));
        }
    }
    check_loop(program, &mut found);
    found
}

/// Whether axes, dimensions and loop variables agree with operands and type of a node.
pub(crate) fn fits_operands(program: &Program, node: &Node, operands: &[&Type]) -> bool {
    match &node.op {
        Op::Host(op) => fits(op, operands, &node.ty),
        Op::Encrypt { .. } => matches!(operands, [a] if a.dims == node.ty.dims && a.place != Place::Secret),
        Op::Iteration => operands.is_empty() && node.ty.dims.is_empty(),
        Op::Rows { size } => matches!(operands, [whole] if batch::fits(&whole.dims, *size, &node.ty.dims)),
        Op::Carried(i) | Op::Final(i) => {
            let variable = program.train.carried.get(*i);
            let same = variable.is_some_and(|v| {
                let param = &program.graph.node(v.param).ty;
                param.dims == node.ty.dims && param.place == node.ty.place
            });
            operands.is_empty() && same
        }
    }
}

fn check_node(program: &Program, id: NodeId, node: &Node, operands: &[&Type], found: &mut Vec<Violation>) {
    if !fits_operands(program, node, operands) {
        let operation = match &node.op {
            Op::Host(op) => op.name(),
            other => format!("{other:?}"),
        };
        found.push(Violation::Shape { node: id, operation });
    }
    let has = |place| operands.iter().any(|t| t.place == place);
    if has(Place::Owner) && has(Place::Secret) {
        found.push(Violation::Mixture { node: id });
    }
    let expected = match &node.op {
        Op::Encrypt { .. } => Place::Secret,
        Op::Iteration => Place::Public,
        Op::Host(HostOp::Input(_)) | Op::Carried(_) | Op::Final(_) => node.ty.place,
        Op::Host(_) | Op::Rows { .. } => operands.iter().map(|t| t.place).max().unwrap_or(Place::Public),
    };
    if expected != node.ty.place {
        found.push(Violation::Place { node: id, found: node.ty.place, expected });
    }
    if let Op::Host(op) = &node.op
        && has(Place::Secret)
        && !program.exact
        && !is_polynomial(op)
    {
        found.push(Violation::NotPolynomial { node: id, operation: op.name() });
    }
}

fn check_loop(program: &Program, found: &mut Vec<Violation>) {
    let graph = &program.graph;
    let regions = regions(program);
    for id in graph.ids() {
        let operands = graph.operands(id);
        let any = |region| operands.iter().any(|o| regions[o.index()] == region);
        let owner_in_loop =
            regions[id.index()] != Region::Before && matches!(graph.node(id).op, Op::Encrypt { .. });
        let changing_rows =
            matches!(graph.node(id).op, Op::Rows { .. }) && (any(Region::Body) || any(Region::After));
        if any(Region::Body) && any(Region::After) || owner_in_loop || changing_rows {
            found.push(Violation::Region { node: id });
        }
    }
    for (variable, v) in program.train.carried.iter().enumerate() {
        let param = graph.node(v.param);
        if param.op != Op::Carried(variable) {
            found.push(Violation::Variable { variable, node: v.param });
        }
        for node in [v.init, v.next] {
            let ty = &graph.node(node).ty;
            // A secret variable may start public or receive public values, not the other way round.
            if ty.dims != param.ty.dims || ty.place > param.ty.place || ty.place == Place::Owner {
                found.push(Violation::Variable { variable, node });
            }
        }
        for (node, outside) in [(v.init, &[Region::Body, Region::After][..]), (v.next, &[Region::After])] {
            if outside.contains(&regions[node.index()]) {
                found.push(Violation::Region { node });
            }
        }
    }
    for node in program.reveals.iter().map(|r| r.node).chain(program.predict) {
        if regions[node.index()] == Region::Body {
            found.push(Violation::Region { node });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{quadratic_gradient, random_program};

    #[test]
    fn a_sound_program_has_no_violations() {
        assert_eq!(verify(&quadratic_gradient(4, 2, 3, 2)), []);
    }

    #[test]
    fn damage_is_found() {
        let sound = quadratic_gradient(4, 2, 3, 2);
        let step = sound.train.carried[1].next;

        let mut wrong = sound.clone();
        wrong.graph.node_mut(step).ty.dims.swap(0, 1);
        let found = verify(&wrong);
        assert!(found.iter().any(|v| matches!(v, Violation::Shape { node, .. } if *node == step)));
        assert!(found.iter().any(|v| matches!(v, Violation::Variable { variable: 1, .. })));

        let mut wrong = sound.clone();
        wrong.graph.node_mut(step).ty.place = Place::Public;
        assert!(verify(&wrong).iter().any(|v| matches!(v, Violation::Place { node, .. } if *node == step)));

        let mut wrong = sound.clone();
        wrong.train.carried[0].init = step;
        assert!(verify(&wrong).contains(&Violation::Region { node: step }));

        let mut wrong = random_program(&[1]);
        let is_rows = |id: &NodeId| matches!(wrong.graph.node(*id).op, Op::Rows { .. });
        let rows = wrong.graph.ids().find(is_rows).unwrap();
        assert_eq!(verify(&wrong), []);
        wrong.graph.node_mut(rows).op = Op::Rows { size: 3 };
        assert!(verify(&wrong).iter().any(|v| matches!(v, Violation::Shape { node, .. } if *node == rows)));

        let mut wrong = sound;
        wrong.predict = Some(NodeId(9999));
        assert_eq!(verify(&wrong), [Violation::Missing(NodeId(9999))]);
    }
}
