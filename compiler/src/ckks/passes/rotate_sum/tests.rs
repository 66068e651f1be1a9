//! On random sums of rotations: the meaning stays, and what is given for a division saved is known.

use super::super::radix4::radix4;
use super::*;
use crate::ckks::interpret::run;
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
