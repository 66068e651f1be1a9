//! On random schedules: the meaning stays, nothing gets dearer, and no set of relinearizations is cheaper.

use super::flow::{Cut, cheapest_cut};
use super::region::{Uses, regions};
use super::*;
use crate::ckks::graph::{ConstantId, Op, Refreshes};
use crate::ckks::interpret::run;
use crate::ckks::passes::fuse_rescale;
use crate::ckks::scale::{Atom, Form, System};
use crate::ckks::verify::verify;
use crate::cost::Operations;
use crate::slot::graph::{Output, Upload};
use crate::slot::tests::layout;
use hep_plan::cost::CostTable;
use hep_plan::{SlotVector, Step, Tables, Tensor};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SLOTS: usize = 4;
const DEPTH: u32 = 3;
/// Regions up to this size are searched in all ways.
const SEARCHED: usize = 12;

/// A schedule under construction that relinearizes every product at once.
struct Eager {
    graph: Dag<Node>,
    values: Vec<NodeId>,
}

impl Eager {
    fn new(system: &mut System) -> Self {
        let mut this = Self { graph: Dag::new(), values: Vec::new() };
        let scale = system.fresh();
        for input in 0..2 {
            this.push(Op::Input { input, block: 0.into() }, 0, scale.clone(), vec![]);
        }
        this
    }

    fn push(&mut self, op: Op, depth: u32, scale: Form, operands: Vec<NodeId>) {
        let parts = if op == Op::SumMul { 3 } else { 2 };
        let node = Node { op, depth, parts, scale, of_uploads: true, origin: NodeId(0) };
        let mut id = self.graph.push(node.clone(), operands);
        if parts == 3 {
            id = self.graph.push(Node { op: Op::Relinearize, parts: 2, ..node }, vec![id]);
        }
        self.values.push(id);
    }

    /// One operation on values that it can take.
    fn step(&mut self, [what, first, second]: [u8; 3]) {
        let pick = |by: u8| self.values[usize::from(by) % self.values.len()];
        let (a, b) = (pick(first), pick(second));
        let (x, y) = (self.graph.node(a).clone(), self.graph.node(b).clone());
        match what % 8 {
            0 | 1 => self.push(Op::SumMul, x.depth.max(y.depth), x.scale.times(&y.scale), vec![a, b]),
            2 | 3 if x.depth < DEPTH => {
                let scale = x.scale.over(&Form::atom(Atom::Prime(x.depth)));
                self.push(Op::Rescale, x.depth + 1, scale, vec![a]);
            }
            4 => self.push(Op::Rotate(vec![Step(1)]), x.depth, x.scale, vec![a]),
            5 => self.push(Op::AddPlain(ConstantId(0)), x.depth, x.scale, vec![a]),
            6 if x.depth < DEPTH => self.push(Op::DropLevel, DEPTH, x.scale, vec![a]),
            _ => {
                let fits = |id: &&NodeId| {
                    let node = self.graph.node(**id);
                    node.depth == x.depth && node.scale == x.scale && **id != a
                };
                let other = self.values.iter().rev().find(fits).copied().unwrap_or(a);
                self.push(Op::Sub, x.depth, x.scale, vec![a, other]);
            }
        }
    }
}

fn eager(steps: &[[u8; 3]]) -> Program {
    let mut scales = System::default();
    let mut eager = Eager::new(&mut scales);
    steps.iter().for_each(|step| eager.step(*step));
    let results = eager.values[eager.values.len() - 2..].to_vec();
    let output = |(at, id): (usize, NodeId)| Output {
        name: format!("r{at}"),
        layout: layout(SLOTS),
        values: vec![id],
    };
    Program {
        name: "eager".into(),
        slots: SLOTS,
        graph: eager.graph,
        parts: hep_plan::Parts::default(),
        constants: vec![SlotVector::new(&[0.5, -1.0, 2.0, 0.25]).into()],
        repeats: None,
        tables: Tables::default(),
        refreshes: Refreshes::default(),
        uploads: ["a", "b"].map(|name| Upload { name: name.into(), layout: layout(SLOTS) }).into(),
        outputs: results.into_iter().enumerate().map(output).collect(),
        iterations: 0,
        depth: DEPTH,
        scales,
    }
}

fn prices(merged: bool) -> Prices<'static> {
    let ring = CostTable::shipped().rings.iter().find(|ring| ring.log_n == 15).unwrap();
    Prices { ring, digit_limbs: 2, merged }
}

/// Seconds of a schedule as it will run.
fn seconds(program: &Program, prices: Prices<'_>) -> f64 {
    let program = if prices.merged { fuse_rescale(program) } else { program.clone() };
    Operations::of(&program).seconds(program.depth, prices.digit_limbs as u32, prices.ring)
}

fn meaning(program: &Program) -> BTreeMap<String, Tensor> {
    let tensor = |values: [f64; SLOTS]| Tensor::new(vec![SLOTS], values.to_vec()).unwrap();
    let uploads = BTreeMap::from([
        ("a".into(), tensor([1.0, 2.0, -0.5, 0.25])),
        ("b".into(), tensor([0.5, -1.0, 3.0, 1.5])),
    ]);
    run(program, &uploads, |_, _| {}).unwrap()
}

/// What a set of cuts costs, if nothing that needs two parts gets three.
fn price(vertices: &[Cut], cut: impl Fn(usize) -> bool) -> Option<u64> {
    let mut three = vec![false; vertices.len()];
    let mut price = 0;
    for (at, vertex) in vertices.iter().enumerate() {
        let third = vertex.operands.iter().any(|operand| three[*operand]);
        price += if third { vertex.third_part } else { 0 };
        let quadratic = vertex.source || third;
        price += if quadratic && cut(at) { vertex.price } else { 0 };
        three[at] = quadratic && !cut(at);
        if three[at] && vertex.needs_two {
            return None;
        }
    }
    Some(price)
}

fn steps() -> impl Strategy<Value = Vec<[u8; 3]>> {
    prop::collection::vec(any::<[u8; 3]>(), 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_meaning_stays_and_nothing_gets_dearer(steps in steps(), merged: bool) {
        let (before, prices) = (eager(&steps), prices(merged));
        prop_assert_eq!(verify(&before), Vec::<String>::new());
        let after = relinearize(&before, prices);
        prop_assert_eq!(verify(&after), Vec::<String>::new());
        prop_assert!(after.outputs.iter().flat_map(|o| &o.values).all(|id| after.graph.node(*id).parts == 2));
        prop_assert_eq!(meaning(&after), meaning(&before));
        let (before, after) = (seconds(&before, prices), seconds(&after, prices));
        prop_assert!(after <= before * (1.0 + 1e-9), "{after} {before}");
    }

    #[test]
    fn twice_is_no_worse_than_once(steps in steps()) {
        let once = relinearize(&eager(&steps), prices(true));
        let twice = relinearize(&fuse_rescale(&once), prices(true));
        // Sums that share nothing else any more may move once more.
        prop_assert!(seconds(&twice, prices(true)) <= seconds(&once, prices(true)) * (1.0 + 1e-9));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The oracle: all sets of relinearizations of small regions.
    #[test]
    fn no_other_relinearizations_are_cheaper(steps in prop::collection::vec(any::<[u8; 3]>(), 1..14), merged: bool) {
        let prices = prices(merged);
        let bare = bare(&eager(&steps));
        let uses = Uses::of(&bare);
        for region in regions(&bare).iter().filter(|region| region.members().len() <= SEARCHED) {
            let vertices = region.problem(&bare, prices, &uses);
            let found = cheapest_cut(&vertices);
            let all = 0u32..1 << vertices.len();
            let least = all.filter_map(|set| price(&vertices, |at| set >> at & 1 == 1)).min();
            prop_assert_eq!(price(&vertices, |at| found.contains(&at)), least);
        }
    }
}

/// Steps of products of the uploads, rescaled or not, that are then summed.
fn sum_of_products(count: u8, rescaled: bool) -> Program {
    let mut scales = System::default();
    let mut eager = Eager::new(&mut scales);
    for at in 0..count {
        // Each product is of another value, or they would be one.
        eager.step([5, at % 2, 0]);
        eager.step([0, eager.values.len() as u8 - 1, 0]);
        if rescaled {
            eager.step([2, eager.values.len() as u8 - 1, 0]);
        }
    }
    let step = if rescaled { 3 } else { 2 };
    let products: Vec<NodeId> = eager.values.iter().skip(1 + step).step_by(step).copied().collect();
    let mut sum = products[0];
    for product in &products[1..] {
        let Node { depth, scale, .. } = eager.graph.node(sum).clone();
        eager.push(Op::Add, depth, scale, vec![sum, *product]);
        sum = eager.values[eager.values.len() - 1];
    }
    let mut program = super::tests::eager(&[]);
    program.outputs.truncate(1);
    program.outputs[0].values = vec![sum];
    Program { graph: eager.graph, scales, ..program }
}

fn relinearizations(program: &Program) -> usize {
    let is = |id: &NodeId| matches!(program.graph.node(*id).op, Op::Relinearize | Op::RelinearizeRescale);
    program.graph.ids().filter(is).count()
}

#[test]
fn products_that_are_summed_share_a_relinearization() {
    for rescaled in [false, true] {
        let before = sum_of_products(6, rescaled);
        assert_eq!((verify(&before), relinearizations(&before)), (vec![], 6));
        let after = relinearize(&before, prices(true));
        assert_eq!(relinearizations(&fuse_rescale(&after)), 1, "rescaled: {rescaled}");
        let rescales = after.graph.ids().filter(|id| after.graph.node(*id).op == Op::Rescale).count();
        assert_eq!(rescales, usize::from(rescaled));
    }
}

#[test]
fn a_single_product_is_relinearized_and_rescaled_at_once() {
    let after = fuse_rescale(&relinearize(&sum_of_products(1, true), prices(true)));
    let ops: Vec<&Op> = after.graph.ids().map(|id| &after.graph.node(id).op).collect();
    assert!(ops.contains(&&Op::RelinearizeRescale) && !ops.contains(&&Op::Relinearize), "{ops:?}");
}
