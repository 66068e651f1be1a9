//! Sums of products of rotations with public vectors, divided once: double hoisting (Bossuat, Mouchet, Troncoso-Pastoriza & Hubaux,
//! EUROCRYPT 2021).
//!
//! A rotation ends in a division by the special modulus P, a rescale in one by a prime q. Where the rotations of a ciphertext
//! serve nothing but sums of products with public vectors that are rescaled, such as the copies of the data, they are
//! multiplied and added modulo Q·P, and each sum is divided by P·q: as many divisions as there are sums, not one for each rotation and
//! each sum. Sums of one ciphertext at one level share its decomposition and its rotations; a sum over rotations of several such ciphertexts becomes
//! one sum for each, which are added afterwards.
//!
//! Depths, scales and meaning stay.

use crate::ckks::graph::{ConstantId, Node, Op, Program};
use hep_plan::{Part, Step};
use hep_tensor::dag::{Dag, NodeId, Rewrite};
use std::collections::{BTreeMap, BTreeSet};

/// The program with products of rotations as one operation; none where that saves no divisions.
#[must_use]
pub fn double_hoisting(program: &Program) -> Option<Program> {
    let graph = &program.graph;
    let sources = worthwhile(program);
    if sources.is_empty() {
        return None;
    }
    let mut fused = program.rewrite();
    while let Some(id) = fused.advance() {
        if let Some(sum) = Sum::of(program, id, &sources) {
            let new = sum.write(&mut fused, graph.node(id));
            fused.became(id, new);
        } else {
            fused.keep(id);
        }
    }
    let fused = program.rewritten(fused).without_unread();
    // What is worthwhile for one ciphertext may not be where its rotations are read by others, too.
    (cost(&fused) <= cost(program)).then_some(fused)
}

/// What the divisions of a program cost, in the units of [`BRING_DOWN`].
fn cost(program: &Program) -> usize {
    let of = |id: NodeId| match program.graph.node(id).op {
        Op::Rotate(_) | Op::HoistedProducts(_) => BRING_DOWN,
        Op::Rescale => RESCALE,
        _ => 0,
    };
    program.graph.ids().map(of).sum()
}

/// Sums of products with public vectors that are read by one rescale and nothing else.
fn rescaled_products(program: &Program) -> Vec<bool> {
    let graph = &program.graph;
    let uses = program.uses();
    let mut found = vec![false; graph.len()];
    for id in graph.ids().filter(|id| graph.node(*id).op == Op::Rescale) {
        let product = graph.operands(id)[0];
        let plain = matches!(graph.node(product).op, Op::SumMulPlain(_));
        found[product.index()] = plain && uses[product.index()] == 1;
    }
    found
}

/// What is rotated, with the number of sums that read its rotations, by their depth and part.
type Sources = BTreeMap<NodeId, BTreeMap<(u32, Part), usize>>;

/// A division by the special modulus, with or without a prime, and one by a prime alone, in relation to each other.
const BRING_DOWN: usize = 5;
const RESCALE: usize = 3;

/// What is known of a ciphertext that is rotated.
#[derive(Default)]
struct Rotated {
    rotations: usize,
    /// Sums that read its rotations.
    sums: BTreeSet<NodeId>,
    /// Those of them that have other terms, too, which are rescaled by themselves.
    mixed: usize,
    /// Whether rotations are read by something else.
    elsewhere: bool,
}

impl Rotated {
    /// Whether the sums take fewer divisions than rotations and sums do.
    fn gains(&self) -> bool {
        let before = BRING_DOWN * self.rotations + RESCALE * self.sums.len();
        let after = BRING_DOWN * self.sums.len() + RESCALE * self.mixed;
        !self.elsewhere && !self.sums.is_empty() && after < before
    }
}

/// Ciphertexts of which all rotations are read by such sums only, where that saves divisions.
fn worthwhile(program: &Program) -> Sources {
    let (graph, products) = (&program.graph, rescaled_products(program));
    let mut rotated: BTreeMap<NodeId, Rotated> = BTreeMap::new();
    for id in graph.ids() {
        if let Some((source, _)) = rotation(graph, id) {
            rotated.entry(source).or_default().rotations += 1;
        }
        let sources: BTreeSet<NodeId> =
            graph.operands(id).iter().filter_map(|o| rotation(graph, *o)).map(|(source, _)| source).collect();
        let other = |operand: &NodeId| rotation(graph, *operand).is_none() && !sources.contains(operand);
        let mixed = usize::from(graph.operands(id).iter().any(other));
        for &source in &sources {
            let entry = rotated.entry(source).or_default();
            if products[id.index()] {
                entry.sums.insert(id);
                entry.mixed += mixed;
            } else {
                entry.elsewhere = true;
            }
        }
    }
    // What is revealed is needed by itself.
    for (source, _) in program.roots().filter_map(|id| rotation(graph, id)) {
        rotated.entry(source).or_default().elsewhere = true;
    }
    let mut found = Sources::new();
    for (source, rotated) in rotated.into_iter().filter(|(_, rotated)| rotated.gains()) {
        let by_level = found.entry(source).or_default();
        for id in rotated.sums {
            *by_level.entry((graph.node(id).depth, program.part(id))).or_default() += 1;
        }
    }
    found
}

fn rotation(graph: &Dag<Node>, id: NodeId) -> Option<(NodeId, Step)> {
    match (graph.node(id).op.rotation(), graph.operands(id)) {
        (Some(step), &[source]) => Some((source, step)),
        _ => None,
    }
}

/// A term: what is rotated, by how much, and what it is multiplied by.
type Term = (NodeId, Step, ConstantId);

/// A rescaled sum of products in the parts that are computed by themselves.
struct Sum<'a> {
    /// What is rescaled.
    product: &'a Node,
    /// Terms with rotations.
    rotated: Vec<Vec<Term>>,
    /// The other terms.
    others: Vec<(NodeId, ConstantId)>,
}

impl<'a> Sum<'a> {
    /// The sum that a node rescales, if it has rotations of the sources.
    fn of(program: &'a Program, id: NodeId, sources: &Sources) -> Option<Self> {
        let graph = &program.graph;
        let (Op::Rescale, &[product]) = (&graph.node(id).op, graph.operands(id)) else { return None };
        let Op::SumMulPlain(constants) = &graph.node(product).op else { return None };
        let turned = |operand| rotation(graph, operand).filter(|(source, _)| sources.contains_key(source));
        let here: BTreeSet<NodeId> =
            graph.operands(product).iter().filter_map(|o| turned(*o)).map(|(source, _)| source).collect();
        let level = (graph.node(product).depth, program.part(product));
        // Sources that other sums of the same level read, too, by themselves; the others together.
        let mut rotated: BTreeMap<Option<NodeId>, Vec<Term>> = BTreeMap::new();
        let mut others = Vec::new();
        for (&operand, &constant) in graph.operands(product).iter().zip(constants) {
            let term = turned(operand).or_else(|| here.contains(&operand).then_some((operand, Step(0))));
            match term {
                Some((source, step)) => {
                    let alone = sources[&source].get(&level) == Some(&1);
                    let part = rotated.entry((!alone).then_some(source)).or_default();
                    part.push((source, step, constant));
                }
                None => others.push((operand, constant)),
            }
        }
        let rotated = rotated.into_values().collect::<Vec<_>>();
        (!rotated.is_empty()).then_some(Self { product: graph.node(product), rotated, others })
    }

    /// Its parts and their sum; `like` is the rescale.
    fn write(self, fused: &mut Rewrite<'_, Node>, like: &Node) -> NodeId {
        let mut parts: Vec<NodeId> = Vec::new();
        for terms in self.rotated {
            let operands = terms.iter().map(|(source, ..)| fused.at(*source)).collect();
            let terms = terms.into_iter().map(|(_, step, constant)| (step, constant)).collect();
            parts.push(
                fused.graph.push(Node { op: Op::HoistedProducts(vec![terms]), ..like.clone() }, operands),
            );
        }
        if !self.others.is_empty() {
            let (operands, constants): (Vec<_>, Vec<_>) = self.others.into_iter().unzip();
            let operands = operands.into_iter().map(|id| fused.at(id)).collect();
            let product = Node { op: Op::SumMulPlain(constants), ..self.product.clone() };
            let product = fused.graph.push(product, operands);
            parts.push(fused.graph.push(like.clone(), vec![product]));
        }
        let first = parts.remove(0);
        let add = || Node { op: Op::Add, ..like.clone() };
        parts.into_iter().fold(first, |sum, part| fused.graph.push(add(), vec![sum, part]))
    }
}

#[cfg(test)]
mod tests;
