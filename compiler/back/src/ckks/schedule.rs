//! Places levels and scales: every operation as low as its users allow, because operations are cheaper there.
//!
//! The depth of a product is one more than that of its operands; everything else keeps it. The latest depth of a node
//! is the least its users ask for, outputs being asked for at the bottom. A fresh upload whose first use is deep is
//! encrypted with few primes, and copies of inputs are made at the level where they are first needed.

use super::conflict::{Mismatch, ScaleConflict, ScheduleError, Search};
use super::depths::latest_depths;
use super::drift::center_scales;
use super::graph::{Carried, ConstantId, Loop, Node, Op, Program, Region};
use super::passes::{Lifetime, rematerialize};
use super::scalars::cheapest;
use super::scale::{Atom, Form, System};
use super::unroll::{Unrolled, Window, rolled, unroll};
use super::unscaled::Unscaled;
use super::verify::verify;
use crate::slot;
use crate::slot::graph::{Output, Upload};
use hep_plan::{Parts, SlotVector, Tables};
use hep_tensor as tensor;
use hep_tensor::dag::{Dag, NodeId, Rewrite, Rewritten};
use hep_tensor::optimization::Optimization;
use hep_tensor::stage::{Stage, With};
use std::collections::BTreeMap;

/// Schedules a packed program of at most `max_depth` levels, with copies of data that live as long as told.
///
/// # Errors
/// A public output, a loop too long to write out, too many levels, or scales that cannot be matched.
pub fn schedule(
    program: &slot::Program,
    max_depth: u32,
    copies: Lifetime,
    with: With<'_>,
) -> Result<Program, ScheduleError> {
    let unrolled = with.clock.time(Stage::Unroll, || unroll(program, with.on))?;
    let unrolled = with.clock.time(Stage::Rematerialize, || rematerialize(unrolled, copies));
    let placed = with.clock.time(Stage::Schedule, || scheduled(program, unrolled, max_depth, with))?;
    debug_assert_eq!(verify(&placed), Vec::<String>::new(), "after schedule");
    Ok(placed)
}

/// Schedules a packed program whose loop stays rolled.
///
/// # Errors
/// As [`schedule()`]; and a loop that has no such form, or takes levels that no refresh gives back.
pub fn schedule_rolled(
    program: &slot::Program,
    window: &Window<'_>,
    max_depth: u32,
    with: With<'_>,
) -> Result<Program, ScheduleError> {
    let unrolled = with.clock.time(Stage::Unroll, || rolled(program, with.on, window))?;
    let placed = with.clock.time(Stage::Schedule, || scheduled(program, unrolled, max_depth, with))?;
    debug_assert_eq!(verify(&placed), Vec::<String>::new(), "after schedule");
    Ok(placed)
}

/// Levels and scales for a written-out program.
fn scheduled(
    program: &slot::Program,
    mut unrolled: Unrolled,
    max_depth: u32,
    with: With<'_>,
) -> Result<Program, ScheduleError> {
    let needed = unrolled.graph.reachable(unrolled.roots());
    let uploads = read_uploads(&mut unrolled, &needed, &program.uploads);
    let ones = ConstantId(unrolled.constants.len() as u32);
    let numbers = with.uses(Optimization::ScalarsInScales);
    let mut placed = cheapest(&unrolled, numbers, ones, |straight, search| {
        place(straight, program, ones, (max_depth, search))
    })?;
    placed.uploads = uploads;
    placed.constants = unrolled.constants;
    let corrected = |id| matches!(&placed.graph.node(id).op, Op::SumMulPlain(with) if with.contains(&ones));
    if placed.graph.ids().any(corrected) {
        placed.constants.push(SlotVector::splat(1.0, program.slots()).into());
    }
    Ok(placed)
}

/// Levels and scales for arithmetic; uploads and public vectors are left to the caller. `ones` will be a vector of ones.
fn place(
    straight: &Unscaled,
    program: &slot::Program,
    ones: ConstantId,
    (max_depth, search): (u32, Search),
) -> Result<Program, ScaleConflict> {
    let needed = straight.graph.reachable(straight.roots());
    let depths = latest_depths(straight, &needed, max_depth)
        .map_err(|total| ScaleConflict::Other(ScheduleError::Deep(total)))?;
    let total = depths.total;
    let mut placement = Placement {
        placed: Rewrite::of_parts(&straight.graph, &straight.parts),
        scales: System::default(),
        drops: BTreeMap::new(),
        mismatches: Vec::new(),
        total,
    };
    let mut handed_on = HandedOn::of(straight.repeats.as_ref(), &depths.carried);
    let mut region = Region::Before;
    while let Some(id) = placement.placed.advance() {
        let now = Region::of(straight.repeats.as_ref(), straight.parts.at(id.index()));
        if std::mem::replace(&mut region, now) != now {
            placement.begins(now);
        }
        if !needed[id.index()] {
            continue;
        }
        let placed = placement.place(&straight.graph, id, depths.of[id.index()]);
        placement.placed.became(id, placed);
        handed_on.made(id, placed, &mut placement);
        if search == Search::First && !placement.mismatches.is_empty() {
            break;
        }
    }
    if let [first, others @ ..] = placement.mismatches.as_slice() {
        return Err(ScaleConflict::Sums { first: *first, others: others.to_vec() });
    }
    let values: Vec<Vec<NodeId>> = straight
        .outputs
        .iter()
        .map(|values| values.iter().map(|id| placement.drop_to(placement.placed.at(*id), total)).collect())
        .collect();
    let Placement { placed, mut scales, .. } = placement;
    let Rewritten { graph, parts, .. } = placed.finish();
    scales.close();
    if let Some((scale, origin)) = center_scales(&graph, &mut scales, (&straight.tables, &straight.refreshes)) {
        return Err(ScaleConflict::Drift { scale, origin });
    }
    let repeats = handed_on.repeats;
    let Rewritten { graph, parts, map } = resolve_drops(&graph, &parts, &scales, ones);
    let outputs = program.outputs.iter().zip(values).map(|(output, values)| Output {
        name: output.name.clone(),
        layout: output.layout.clone(),
        values: values.into_iter().map(|id| map.at(id)).collect(),
    });
    Ok(Program {
        name: program.name.clone(),
        slots: program.slots(),
        graph,
        parts,
        repeats: repeats.map(|repeats| repeats.map(|id| map.at(id))),
        tables: Tables::clone(&straight.tables),
        constants: Vec::new(),
        refreshes: straight.refreshes.clone(),
        outputs: outputs.collect(),
        uploads: Vec::new(),
        iterations: program.iterations,
        depth: total,
        scales,
    })
}

/// What the loop begins with and hands on, at the depths that its variables arrive at: dropped to them where it is made.
struct HandedOn {
    repeats: Option<Loop>,
    /// For each variable its depth, and the old nodes of its beginning and end.
    variables: Vec<(u32, Carried)>,
}

impl HandedOn {
    fn of(repeats: Option<&Loop>, depths: &[u32]) -> Self {
        let variables = repeats.map_or(&[][..], |repeats| &repeats.carried);
        Self {
            repeats: repeats.cloned(),
            variables: depths.iter().copied().zip(variables.iter().copied()).collect(),
        }
    }

    fn made(&mut self, old: NodeId, placed: NodeId, placement: &mut Placement<'_>) {
        let Some(repeats) = &mut self.repeats else { return };
        for ((depth, variable), made) in self.variables.iter().zip(&mut repeats.carried) {
            if variable.init == old {
                made.init = placement.drop_to(placed, *depth);
            }
            if variable.next == old {
                made.next = placement.drop_to(placed, *depth);
            }
        }
    }
}

/// The uploads that something reads, with the inputs renumbered: one step from a zero model needs the data only inside
/// the gradient.
fn read_uploads(unrolled: &mut Unrolled, needed: &[bool], uploads: &[Upload]) -> Vec<Upload> {
    let mut kept: Vec<u32> = Vec::new();
    for id in unrolled.graph.ids().filter(|id| needed[id.index()]) {
        if let Op::Input { input: upload, .. } = unrolled.graph.node(id).op {
            kept.push(upload);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    for id in unrolled.graph.ids().filter(|id| needed[id.index()]) {
        if let Op::Input { input: upload, .. } = &mut unrolled.graph.node_mut(id).op {
            *upload = kept.partition_point(|k| k < upload) as u32;
        }
    }
    kept.iter().filter_map(|&upload| uploads.get(upload as usize).cloned()).collect()
}

struct Placement<'a> {
    placed: Rewrite<'a, super::unroll::Node, Node>,
    scales: System,
    drops: BTreeMap<(NodeId, u32), NodeId>,
    /// Terms of sums that have another scale than the first one.
    mismatches: Vec<Mismatch>,
    /// The depth of the whole program.
    total: u32,
}

impl Placement<'_> {
    fn node(&self, id: NodeId) -> &Node {
        self.placed.graph.node(id)
    }

    fn push(&mut self, node: Node, operands: Vec<NodeId>) -> NodeId {
        self.placed.graph.push(node, operands)
    }

    /// Nothing that was made in the loop is read after it.
    fn begins(&mut self, region: Region) {
        match region {
            Region::Before => {}
            Region::Body => self.scales.begin_loop(),
            Region::After => self.drops.clear(),
        }
    }

    fn place(&mut self, graph: &Dag<super::unroll::Node>, id: NodeId, depth: u32) -> NodeId {
        let source = graph.node(id);
        let operands = self.placed.operands(id);
        let shape = |op: Op, depth, parts, scale| Node {
            op,
            depth,
            parts,
            scale,
            of_uploads: source.of_uploads,
            origin: source.origin,
        };
        match &source.op {
            Op::Input { .. } => {
                let scale = self.input_scale(&source.op);
                self.push(shape(source.op.clone(), depth, 2, scale), vec![])
            }
            Op::Carried { index } | Op::Final { index } => {
                let scale = Form::atom(Atom::Arrival(*index));
                self.push(shape(source.op.clone(), depth, 2, scale), vec![])
            }
            Op::Refresh { .. } => {
                let at_bottom: Vec<NodeId> =
                    operands.iter().map(|operand| self.drop_to(*operand, self.total)).collect();
                for (term, operand) in at_bottom.iter().enumerate() {
                    let scale = self.node(*operand).scale.clone();
                    let mismatch = Mismatch { at: id, term, origin: source.origin };
                    self.matched(&scale, &Form::atom(Atom::Operand), mismatch);
                }
                self.push(shape(source.op.clone(), depth, 2, Form::atom(Atom::Refreshed)), at_bottom)
            }
            Op::Select(_) => {
                let dropped: Vec<NodeId> = operands.iter().map(|operand| self.drop_to(*operand, depth)).collect();
                let scale = self.node(dropped[0]).scale.clone();
                for (term, operand) in dropped.iter().enumerate().skip(1) {
                    let other = self.node(*operand).scale.clone();
                    self.matched(&scale, &other, Mismatch { at: id, term, origin: source.origin });
                }
                self.push(shape(source.op.clone(), depth, 2, scale), dropped)
            }
            Op::SumMulPlain(_) => {
                let result = self.scales.fresh();
                let raw = result.times(&prime(depth - 1));
                let sum = self.push(shape(source.op.clone(), depth - 1, 2, raw), operands);
                self.push(shape(Op::Rescale, depth, 2, result), vec![sum])
            }
            Op::SumMul => {
                let raw = self.matched_products(&operands, (id, source.origin));
                let result = raw.over(&prime(depth - 1));
                let sum = self.push(shape(Op::SumMul, depth - 1, 3, raw.clone()), operands);
                let pair = self.push(shape(Op::Relinearize, depth - 1, 2, raw), vec![sum]);
                self.push(shape(Op::Rescale, depth, 2, result), vec![pair])
            }
            Op::Add | Op::Sub => {
                let (a, b) = (self.drop_to(operands[0], depth), self.drop_to(operands[1], depth));
                let scale = self.node(a).scale.clone();
                let other = self.node(b).scale.clone();
                self.matched(&scale, &other, Mismatch { at: id, term: 1, origin: source.origin });
                self.push(shape(source.op.clone(), depth, 2, scale), vec![a, b])
            }
            op => {
                let dropped = self.drop_to(operands[0], depth);
                let scale = match op {
                    Op::SetScale(number) => self.node(dropped).scale.over(&Form::atom(Atom::Number(*number))),
                    _ => self.node(dropped).scale.clone(),
                };
                self.push(shape(op.clone(), depth, 2, scale), vec![dropped])
            }
        }
    }

    /// Ciphertexts of one upload share a scale.
    fn input_scale(&mut self, op: &Op) -> Form {
        let same_upload = |other: &Op| match (op, other) {
            (Op::Input { input: a, .. }, Op::Input { input: b, .. }) => a == b,
            _ => false,
        };
        let known = self.placed.graph.ids().find(|id| same_upload(&self.node(*id).op));
        known.map(|id| self.node(id).scale.clone()).unwrap_or_else(|| self.scales.fresh())
    }

    fn drop_to(&mut self, id: NodeId, depth: u32) -> NodeId {
        if self.node(id).depth >= depth {
            return id;
        }
        if let Some(&known) = self.drops.get(&(id, depth)) {
            return known;
        }
        let slack = self.scales.slack();
        let scale = self.node(id).scale.times(&slack);
        let dropped = Node { op: Op::DropLevel, depth, scale, ..self.node(id).clone() };
        let dropped = self.push(dropped, vec![id]);
        self.drops.insert((id, depth), dropped);
        dropped
    }

    /// The common scale of all products.
    fn matched_products(&mut self, operands: &[NodeId], (at, origin): (NodeId, tensor::NodeId)) -> Form {
        let product = |pair: &[NodeId]| self.node(pair[0]).scale.times(&self.node(pair[1]).scale);
        let products: Vec<Form> = operands.chunks_exact(2).map(product).collect();
        for (term, other) in products.iter().enumerate().skip(1) {
            self.matched(&products[0], other, Mismatch { at, term, origin });
        }
        products[0].clone()
    }

    /// Makes two scales equal, or notes that they are not.
    fn matched(&mut self, a: &Form, b: &Form, mismatch: Mismatch) {
        if !self.scales.unify(a, b) {
            self.mismatches.push(mismatch);
        }
    }
}

/// Writes out what the level drops do: most forget primes, one whose slack an equation used multiplies by one at the
/// scale that brings the wanted one, and rescales.
fn resolve_drops(graph: &Dag<Node>, parts: &Parts, scales: &System, ones: ConstantId) -> Rewritten<Node> {
    let mut resolved = Rewrite::<Node>::of_parts(graph, parts);
    while let Some(id) = resolved.advance() {
        let node = graph.node(id);
        let node = Node { scale: scales.resolve(&node.scale), ..node.clone() };
        let corrects =
            |operand: NodeId| node.op == Op::DropLevel && node.scale != resolved.graph.node(operand).scale;
        let operands = resolved.operands(id);
        if operands.first().is_some_and(|operand| corrects(*operand)) {
            let scale = node.scale.times(&prime(node.depth - 1));
            let product =
                Node { op: Op::SumMulPlain(vec![ones]), depth: node.depth - 1, scale, ..node.clone() };
            let product = resolved.graph.push(product, operands);
            let rescaled = resolved.graph.push(Node { op: Op::Rescale, ..node }, vec![product]);
            resolved.became(id, rescaled);
        } else {
            resolved.replace(id, node);
        }
    }
    resolved.finish()
}

fn prime(depth: u32) -> Form {
    Form::atom(Atom::Prime(depth))
}
