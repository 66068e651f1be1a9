//! The line of a node.

use super::{Dims, number};
use crate::dag::NodeId;
use crate::graph::{Dim, Node, Op, Program, Type};
use crate::interval::{Range, derived};
use crate::named;
use hep_plan::host::{HostNode, HostOp, Reduction};

/// Number, type, operation, operands, name.
pub(super) fn line(program: &Program, id: NodeId) -> String {
    let node = program.graph.node(id);
    let dims = node.ty.dims.iter().map(|dim| match program.dims.contains(dim) {
        true => dim.name.clone(),
        false => format!("{} = {}", dim.name, dim.size),
    });
    let operands: Vec<NodeId> = program.graph.operands(id).to_vec();
    let types: Vec<&Type> = operands.iter().map(|o| &program.graph.node(*o).ty).collect();
    let range = match same(node.ty.range, derived(&node.op, &operands, &types)) {
        true => String::new(),
        false => {
            let (lo, hi) = node.ty.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
            format!(" in {} .. {}", number(lo), number(hi))
        }
    };
    let name = node.name.as_ref().map(|n| format!("   # {n}")).unwrap_or_default();
    format!("{id} : {}{}{range} = {}{name}", node.ty.what(), Dims(dims), operation(program, id))
}

fn same(a: Range, b: Range) -> bool {
    let bits = |range: Range| range.map(|(lo, hi)| (lo.to_bits(), hi.to_bits()));
    bits(a) == bits(b)
}

/// Operation and operands of a node, with names of dimensions where they say what the axes are, else with axes.
#[must_use]
pub fn operation(program: &Program, id: NodeId) -> String {
    let Node { op, ty, .. } = program.graph.node(id);
    let operands = program.graph.operands(id);
    let shown: Vec<String> = operands.iter().map(ToString::to_string).collect();
    let shown = shown.join(" ");
    let variable = |i: usize| program.train.carried.get(i).map_or("?", |v| v.name.as_str());
    match op {
        Op::Host(op) => {
            let types: Vec<&Type> = operands.iter().map(|o| &program.graph.node(*o).ty).collect();
            by_names(op, &types, ty, &shown).unwrap_or_else(|| {
                HostNode { op: op.clone(), operands: operands.iter().map(|o| o.0).collect() }.text()
            })
        }
        Op::Encrypt { name } => format!("encrypt {shown} as {name}"),
        Op::Carried(i) => format!("carried {}", variable(*i)),
        Op::Final(i) => format!("final {}", variable(*i)),
        Op::Iteration => "iteration".to_string(),
        Op::Rows { size } => format!("{size} rows of {shown}"),
    }
}

/// An operation without its axes, if names give them.
fn by_names(op: &HostOp, types: &[&Type], ty: &Type, shown: &str) -> Option<String> {
    let name = |a: &Type, axis: usize| a.dims.get(axis).map(|Dim { name, .. }| name.clone());
    let (named, text) = match (op, types) {
        (HostOp::Binary { f, .. }, &[a, b]) => {
            (named::binary(*f, [a, b], ty)?, format!("{} {shown}", f.name()))
        }
        (HostOp::Contract { left, sum, .. }, &[a, b]) => {
            let over = name(a, left.iter().position(|label| label == sum)?)?;
            (named::contract([a, b], &over, ty)?, format!("contract {shown} over {over}"))
        }
        (HostOp::Reduce { kind, axis }, &[a]) => {
            let over = name(a, *axis)?;
            let word = if *kind == Reduction::Sum { "sum" } else { "mean" };
            (named::reduce(*kind, a, &over)?, format!("{word} {shown} over {over}"))
        }
        (HostOp::Permute(_), &[_]) if *op == named::rename(ty) => return Some(format!("rename {shown}")),
        (HostOp::Permute(_), &[a]) => (named::permute(a, ty)?, format!("permute {shown}")),
        (HostOp::Polynomial(coefficients), &[_]) => {
            return Some(format!("polynomial {shown} by {coefficients:?}"));
        }
        _ => return None,
    };
    (named::numbered(&named) == named::numbered(op)).then_some(text)
}
