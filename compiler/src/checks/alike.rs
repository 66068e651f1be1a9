//! Units that start alike and are trained alike: however many there are, they are one.

use hep_plan::host::HostOp;
use hep_plan::tensor::Tensor;
use hep_tensor::Program;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Carried, Dim, Op, Place};
use std::collections::BTreeSet;

/// Names of the dimensions along which a value is not known to be the same.
type Varies<'p> = BTreeSet<&'p str>;

/// A matrix of weights that is the same along a dimension that the data do not have, in every iteration.
pub(crate) fn alike(program: &Program) -> Option<(&Carried, &Dim)> {
    let graph = &program.graph;
    let nodes = || graph.ids().map(|id| graph.node(id));
    let of_data = |op: &Op| matches!(op, Op::Encrypt { .. } | Op::Host(HostOp::Input(_)));
    let given: BTreeSet<&str> = nodes()
        .filter(|node| of_data(&node.op))
        .flat_map(|node| node.ty.dims.iter().map(|dim| dim.name.as_str()))
        .collect();
    let is_hidden = |dim: &&Dim| dim.size > 1 && !given.contains(dim.name.as_str());
    let trained = |variable: &&Carried| {
        let ty = &graph.node(variable.next).ty;
        ty.place == Place::Secret && ty.dims.len() > 1 && ty.dims.iter().any(|dim| is_hidden(&dim))
    };
    if !program.train.carried.iter().any(|variable| trained(&variable)) {
        return None;
    }
    let varies = variations(program);
    program.train.carried.iter().filter(trained).find_map(|variable| {
        let own = &varies[variable.param.index()];
        let mut dims = graph.node(variable.param).ty.dims.iter().filter(is_hidden);
        Some((variable, dims.find(|dim| !own.contains(dim.name.as_str()))?))
    })
}

/// Of every node, over all iterations.
fn variations(program: &Program) -> Vec<Varies<'_>> {
    let count = program.train.carried.len();
    let mut carried: Vec<Varies<'_>> = vec![Varies::new(); count];
    loop {
        let mut known: Vec<Varies<'_>> = Vec::with_capacity(program.graph.len());
        for id in program.graph.ids() {
            let found = varies(program, id, &known, &carried);
            known.push(found);
        }
        // They only ever grow.
        let next: Vec<Varies<'_>> = program
            .train
            .carried
            .iter()
            .zip(&carried)
            .map(|(variable, own)| {
                let both = known[variable.init.index()].union(&known[variable.next.index()]);
                both.chain(own).copied().collect()
            })
            .collect();
        if next == carried {
            return known;
        }
        carried = next;
    }
}

fn varies<'p>(program: &'p Program, id: NodeId, known: &[Varies<'p>], carried: &[Varies<'p>]) -> Varies<'p> {
    let graph = &program.graph;
    let dims = &graph.node(id).ty.dims;
    let all = || dims.iter().map(|dim| dim.name.as_str()).collect();
    match &graph.node(id).op {
        Op::Carried(number) | Op::Final(number) => carried.get(*number).cloned().unwrap_or_else(all),
        Op::Host(HostOp::Constant(tensor)) => {
            let axes = dims.iter().enumerate().filter(|(axis, _)| !is_same(tensor, *axis));
            axes.map(|(_, dim)| dim.name.as_str()).collect()
        }
        // What these compute along a dimension they compute alike for each of its elements.
        Op::Host(
            HostOp::Unary(_)
            | HostOp::Binary { .. }
            | HostOp::Contract { .. }
            | HostOp::Reduce { .. }
            | HostOp::Permute(_)
            | HostOp::Polynomial(_),
        ) => {
            let operands = graph.operands(id);
            let is_of = |name: &str| operands.iter().any(|o| graph.node(*o).ty.axis(name).is_some());
            let varies = |name: &str| operands.iter().any(|o| known[o.index()].contains(name));
            let names = dims.iter().map(|dim| dim.name.as_str());
            names.filter(|name| varies(name) || !is_of(name)).collect()
        }
        Op::Iteration => Varies::new(),
        _ => all(),
    }
}

/// Whether a tensor is the same along an axis.
fn is_same(tensor: &Tensor, axis: usize) -> bool {
    let (Some(size), Some(rest)) = (tensor.shape.get(axis), tensor.shape.get(axis + 1..)) else {
        return false;
    };
    let stride: usize = rest.iter().product();
    let part = (stride * size).max(1);
    tensor.data.chunks(part).all(|part| part.iter().zip(part.iter().skip(stride)).all(|(a, b)| a == b))
}
