//! On random sums of rotations: the meaning stays, and what is given for a division saved is known.

use super::super::radix4::radix4;
use super::*;
use crate::ckks::interpret::run;
use crate::ckks::print::print;
use crate::ckks::scale::System;
use crate::ckks::verify::verify;
use crate::slot::graph::{Output, Upload};
use crate::slot::tests::layout;
use hep_plan::Tensor;
use proptest::prelude::*;

const SLOTS: usize = 16;

fn summed(program: &Program) -> Program {
    rotate_sum(program).unwrap_or_else(|| program.clone())
}

/// A schedule of rotations and additions on two uploads.
struct Draft {
    graph: Dag<Node>,
    scales: System,
    inputs: Vec<NodeId>,
}

impl Draft {
    fn new() -> Self {
        let mut this = Self { graph: Dag::new(), scales: System::default(), inputs: Vec::new() };
        let scale = this.scales.fresh();
        for input in 0..2 {
            let op = Op::Input { input, block: 0 };
            let node =
                Node { op, depth: 0, parts: 2, scale: scale.clone(), of_uploads: true, origin: NodeId(0) };
            this.inputs.push(this.graph.push(node, vec![]));
        }
        this
    }

    fn push(&mut self, op: Op, operands: Vec<NodeId>) -> NodeId {
        let node = Node { op, ..self.graph.node(self.inputs[0]).clone() };
        self.graph.push(node, operands)
    }

    fn fold(&mut self, source: NodeId, step: u32) -> NodeId {
        let turned = self.push(Op::Rotate(vec![Step(step)]), vec![source]);
        self.push(Op::Add, vec![source, turned])
    }

    fn finish(self, results: &[NodeId]) -> Program {
        let upload = |name: &str| Upload { name: name.into(), layout: layout(SLOTS) };
        let output = |(at, id): (usize, &NodeId)| Output {
            name: format!("o{at}"),
            layout: layout(SLOTS),
            values: vec![*id],
        };
        Program {
            name: "sums".into(),
            slots: SLOTS,
            graph: self.graph,
            parts: hep_plan::Parts::default(),
            constants: vec![],
            uploads: vec![upload("x"), upload("y")],
            outputs: results.iter().enumerate().map(output).collect(),
            iterations: 0,
            depth: 0,
            scales: self.scales,
        }
    }
}

fn meaning(program: &Program) -> Vec<Vec<f64>> {
    let vector = |by: usize| Tensor::new(vec![SLOTS], (0..SLOTS).map(|s| ((s * by) % 13) as f64).collect());
    let uploads = [("x", 5), ("y", 7)].map(|(name, by)| (name.to_string(), vector(by).expect("a vector")));
    let found = run(program, &uploads.into(), |_, _| {}).expect("both uploads are there");
    found.into_values().map(|tensor| tensor.data).collect()
}

/// Ciphertexts decomposed, rotations, divisions.
fn costs(program: &Program) -> (usize, usize, usize) {
    let graph = &program.graph;
    let (mut decomposed, mut rotations, mut divisions) = (std::collections::BTreeSet::new(), 0, 0);
    for id in graph.ids() {
        match &graph.node(id).op {
            Op::Rotate(_) => {
                decomposed.insert((graph.operands(id)[0], None));
                rotations += 1;
                divisions += 1;
            }
            Op::SumRotations(steps) => {
                let moved = graph.operands(id).iter().zip(steps).filter(|(_, step)| step.0 != 0);
                for (source, _) in moved {
                    decomposed.insert((*source, Some(id)));
                    rotations += 1;
                }
                divisions += 1;
            }
            _ => {}
        }
    }
    (decomposed.len(), rotations, divisions)
}

proptest! {
    #[test]
    fn sums_keep_their_meaning_and_cost_less(steps in prop::collection::vec((0u8..3, any::<u8>(), any::<u8>()), 1..24)) {
        let mut draft = Draft::new();
        let mut values = draft.inputs.clone();
        for (what, a, b) in steps {
            let a = values[usize::from(a) % values.len()];
            values.push(match what {
                0 => draft.push(Op::Rotate(vec![Step(u32::from(b) % (SLOTS as u32 - 1) + 1)]), vec![a]),
                1 => draft.fold(a, 1 << (b % 4)),
                _ => draft.push(Op::Add, vec![a, values[usize::from(b) % values.len()]]),
            });
        }
        let program = draft.finish(&values[values.len() - 2..]).without_unread();
        let (wide, fused) = (radix4(&program), summed(&program));
        for changed in [&wide, &fused, &summed(&wide)] {
            prop_assert_eq!(verify(changed), Vec::<String>::new());
            prop_assert_eq!(meaning(changed), meaning(&program));
        }
        let (before, wider, after) = (costs(&program), costs(&wide), costs(&fused));
        prop_assert!(wider.0 <= before.0, "widening decomposes no more ciphertexts");
        prop_assert!(after.0 <= before.0 && after.1 == before.1 && after.2 <= before.2, "{before:?} {after:?}");
    }
}

#[test]
fn a_sum_over_sixteen_slots_takes_two_steps() {
    let mut draft = Draft::new();
    let mut sum = |source| [8, 4, 2, 1].into_iter().fold(source, |sum, step| draft.fold(sum, step));
    let [x, y] = [NodeId(0), NodeId(1)];
    let sums = [sum(x), sum(y)];
    let program = draft.finish(&sums);
    assert_eq!(costs(&program), (8, 8, 8));
    let best = summed(&radix4(&program));
    assert_eq!(costs(&best), (4, 12, 4));
    insta::assert_snapshot!(print(&best), @r"
    ckks sums  16 slots, depth 0
    upload x : [n:16·1]
    upload y : [n:16·1]
    prologue
      %0 @0 = input x[0]  [s0]
      %1 @0 = input y[0]  [s0]
      %2 @0 = sum_rotations %0 %0<<8 %0<<4 %0<<12  [s0]
      %3 @0 = sum_rotations %2 %2<<2 %2<<1 %2<<3  [s0]
      %4 @0 = sum_rotations %1 %1<<8 %1<<4 %1<<12  [s0]
      %5 @0 = sum_rotations %4 %4<<2 %4<<1 %4<<3  [s0]
    reveal o0 : [n:16·1] = %3
    reveal o1 : [n:16·1] = %5
    ");
}

#[test]
fn a_key_for_one_rotation_is_not_worth_having() {
    let mut draft = Draft::new();
    let sum = [2, 1].into_iter().fold(draft.inputs[0], |sum, step| draft.fold(sum, step));
    let program = draft.finish(&[sum]).without_unread();
    assert_eq!(print(&radix4(&program)), print(&program));
}

#[test]
fn rotations_that_share_a_decomposition_elsewhere_stay() {
    let mut draft = Draft::new();
    let [x, y] = [draft.inputs[0], draft.inputs[1]];
    let turned: Vec<NodeId> = [(x, 1), (x, 2), (y, 3), (y, 5)]
        .map(|(a, by)| draft.push(Op::Rotate(vec![Step(by)]), vec![a]))
        .into();
    let elsewhere = draft.push(Op::Rotate(vec![Step(7)]), vec![x]);
    let sum = turned[1..].iter().fold(turned[0], |sum, &next| draft.push(Op::Add, vec![sum, next]));
    let program = draft.finish(&[sum, elsewhere]);
    // Those of y are one operation with the sums of those of x, which stay beside the third.
    assert_eq!((costs(&program), costs(&summed(&program))), ((2, 5, 5), (2, 5, 4)));
}
