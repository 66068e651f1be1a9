//! On random sums of products of rotations: the meaning stays, and no division is added.

use super::*;
use crate::ckks::interpret::run;
use crate::ckks::scale::{Atom, Form, System};
use crate::ckks::verify::verify;
use crate::slot::graph::{Output, Upload};
use crate::slot::tests::layout;
use hep_plan::{SlotVector, Tensor};
use proptest::prelude::*;

const SLOTS: usize = 16;
const CONSTANTS: u32 = 3;

/// A schedule of rotations and rescaled products on three uploads.
struct Draft {
    graph: Dag<Node>,
    scales: System,
    inputs: Vec<NodeId>,
}

impl Draft {
    fn new() -> Self {
        let mut this = Self { graph: Dag::new(), scales: System::default(), inputs: Vec::new() };
        let scale = this.scales.fresh();
        for input in 0..3 {
            let op = Op::Input { input, block: 0 };
            let node =
                Node { op, depth: 0, parts: 2, scale: scale.clone(), of_uploads: true, origin: NodeId(0) };
            this.inputs.push(this.graph.push(node, vec![]));
        }
        this
    }

    fn rotate(&mut self, source: NodeId, step: u32) -> NodeId {
        let node = Node { op: Op::Rotate(vec![Step(step)]), ..self.graph.node(source).clone() };
        self.graph.push(node, vec![source])
    }

    /// Σ of products with constants, which take turns, rescaled at a depth.
    fn products(&mut self, operands: Vec<NodeId>, depth: u32) -> NodeId {
        let constants = (0..operands.len() as u32).map(|c| ConstantId(c % CONSTANTS)).collect();
        let like = self.graph.node(operands[0]).clone();
        let encoded = Form::atom(Atom::Prime(depth));
        let product = like.scale.times(&encoded);
        let node = Node { op: Op::SumMulPlain(constants), depth, scale: product, ..like.clone() };
        let sum = self.graph.push(node, operands);
        self.graph.push(Node { op: Op::Rescale, depth: depth + 1, ..like }, vec![sum])
    }

    fn finish(self, results: &[NodeId]) -> Program {
        let output = |(at, id): (usize, &NodeId)| Output {
            name: format!("o{at}"),
            layout: layout(SLOTS),
            values: vec![*id],
        };
        let constant =
            |c: u32| SlotVector::new(&(0..SLOTS).map(|s| f64::from(c + s as u32 % 5)).collect::<Vec<_>>());
        let depth = self.graph.ids().map(|id| self.graph.node(id).depth).max().unwrap_or(0);
        Program {
            name: "products".into(),
            slots: SLOTS,
            graph: self.graph,
            parts: hep_plan::Parts::default(),
            constants: (0..CONSTANTS).map(constant).collect(),
            uploads: ["x", "y", "z"].map(|name| Upload { name: name.into(), layout: layout(SLOTS) }).into(),
            outputs: results.iter().enumerate().map(output).collect(),
            iterations: 0,
            depth,
            scales: self.scales,
        }
    }
}

fn meaning(program: &Program) -> Vec<Vec<f64>> {
    let vector = |by: usize| Tensor::new(vec![SLOTS], (0..SLOTS).map(|s| ((s * by) % 13) as f64).collect());
    let uploads =
        [("x", 5), ("y", 7), ("z", 3)].map(|(name, by)| (name.to_string(), vector(by).expect("a vector")));
    let found = run(program, &uploads.into(), |_, _| {}).expect("all uploads are there");
    found.into_values().map(|tensor| tensor.data).collect()
}

proptest! {
    #[test]
    fn products_keep_their_meaning_and_divide_for_no_more(
        steps in prop::collection::vec((0u8..3, prop::collection::vec(any::<u8>(), 1..6)), 1..16),
    ) {
        let mut draft = Draft::new();
        let mut values = draft.inputs.clone();
        for (what, picks) in steps {
            let pick = |values: &[NodeId], by: u8| values[usize::from(by) % values.len()];
            let first = pick(&values, picks[0]);
            let level = |id: &NodeId| draft.graph.node(*id).depth;
            let same: Vec<NodeId> =
                picks.iter().map(|by| pick(&values, *by)).filter(|id| level(id) == level(&first)).collect();
            let depth = level(&first) + u32::from(picks[0] % 3 == 0);
            values.push(if what == 0 && depth < 6 {
                draft.products(same, depth)
            } else {
                draft.rotate(first, u32::from(picks[0]) % (SLOTS as u32 - 1) + 1)
            });
        }
        let program = draft.finish(&values[values.len() - 2..]).without_unread();
        prop_assert_eq!(verify(&program), Vec::<String>::new());
        let changed = double_hoisting(&program).unwrap_or_else(|| program.clone());
        prop_assert_eq!(verify(&changed), Vec::<String>::new());
        prop_assert_eq!(meaning(&changed), meaning(&program));
        prop_assert!(cost(&changed) <= cost(&program));
    }
}
