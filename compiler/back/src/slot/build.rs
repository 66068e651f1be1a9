//! Makes slot nodes: equal nodes once, rotations by zero not at all, rotations of rotations composed.

use super::graph::{Factor, FactorId, Node, Op, VectorId};
use super::interner::Interner;
use hep_plan::layout::Digit;
use hep_plan::{SlotVector, Step};
use hep_tensor as tensor;
use hep_tensor::dag::{Dag, NodeId};
use std::collections::HashMap;

/// A slot graph under construction.
#[derive(Debug)]
pub struct Builder {
    /// The nodes so far.
    pub graph: Dag<Node>,
    /// Public vectors so far.
    pub vectors: Vec<SlotVector>,
    /// Factors so far.
    pub factors: Vec<Factor>,
    /// Node of the tensor graph that is being lowered.
    pub origin: tensor::NodeId,
    slots: usize,
    /// Whether a sum of products is one node.
    pub sums_of_products: bool,
    /// Only looked up, never walked: the order of a hash map does not reach the result.
    known: HashMap<(Op, Vec<NodeId>), NodeId>,
    known_vectors: Interner,
    known_factors: HashMap<Vec<u64>, FactorId>,
    known_masks: HashMap<Digit, Vec<NodeId>>,
}

impl Builder {
    /// An empty graph on vectors of `slots` slots.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            graph: Dag::new(),
            vectors: Vec::new(),
            factors: Vec::new(),
            origin: hep_tensor::dag::NodeId(0),
            slots,
            sums_of_products: true,
            known: HashMap::new(),
            known_vectors: Interner::default(),
            known_factors: HashMap::new(),
            known_masks: HashMap::new(),
        }
    }

    /// The node with this operation and operands, made if there is none.
    pub fn node(&mut self, op: Op, operands: Vec<NodeId>) -> NodeId {
        let key = (op, operands);
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let id = self.graph.push(Node { op: key.0.clone(), origin: self.origin }, key.1.clone());
        self.known.insert(key, id);
        id
    }

    /// Length of the vectors.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// a + b
    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.node(Op::Add, vec![a, b])
    }

    /// a − b
    pub fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.node(Op::Sub, vec![a, b])
    }

    /// a ∘ b
    pub fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.node(Op::SumMul, vec![a, b])
    }

    /// Σ a∘b over the pairs.
    pub fn sum_mul(&mut self, pairs: &[(NodeId, NodeId)]) -> NodeId {
        if self.sums_of_products {
            return self.node(Op::SumMul, pairs.iter().flat_map(|&(a, b)| [a, b]).collect());
        }
        let products: Vec<NodeId> = pairs.iter().map(|&(a, b)| self.mul(a, b)).collect();
        let sum = products.into_iter().reduce(|sum, product| self.add(sum, product));
        sum.unwrap_or_else(|| self.node(Op::SumMul, vec![]))
    }

    /// Slot i + `by` of `a` in slot i.
    pub fn rotate(&mut self, a: NodeId, by: i64) -> NodeId {
        let step = Step::new(by, self.slots);
        if step.is_zero() {
            return a;
        }
        if let Op::Rotate(first) = self.graph.node(a).op {
            let source = self.graph.operands(a)[0];
            return self.rotate(source, i64::from(first.0) + i64::from(step.0));
        }
        self.node(Op::Rotate(step), vec![a])
    }

    /// a + rot(a, step) + … doubled `times` times: with step s every slot i receives the sum over i, i+s, …,
    /// i + (2^times − 1)·s.
    pub fn fold(&mut self, a: NodeId, step: i64, times: u32) -> NodeId {
        let mut sum = a;
        for turn in 0..times {
            let turned = self.rotate(sum, step << turn);
            sum = self.add(sum, turned);
        }
        sum
    }

    /// A public vector.
    pub fn public(&mut self, values: &[f64], factor: Option<FactorId>) -> NodeId {
        let vector = self.vector(values);
        self.node(Op::Public { vector, factor }, vec![])
    }

    /// A public vector for each iteration.
    pub fn series(&mut self, values: &[Vec<f64>]) -> NodeId {
        let vectors = values.iter().map(|v| self.vector(v)).collect();
        self.node(Op::Series(vectors), vec![])
    }

    /// Value (t − 1) mod m of the m values in iteration t; they are made before the loop, and there is at least one.
    pub fn select(&mut self, values: &[NodeId]) -> NodeId {
        match values {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => *first,
            _ => self.node(Op::Select, values.to_vec()),
        }
    }

    fn vector(&mut self, values: &[f64]) -> VectorId {
        VectorId(self.known_vectors.position(&mut self.vectors, SlotVector::new(values)) as u32)
    }

    /// For every value of a digit the public vector that is 1 in the slots of this value, else 0.
    pub fn masks(&mut self, digit: Digit) -> Vec<NodeId> {
        if let Some(known) = self.known_masks.get(&digit) {
            return known.clone();
        }
        let mask = |value: usize| -> Vec<f64> {
            (0..self.slots).map(|slot| f64::from(u8::from(digit.at(slot) == value))).collect()
        };
        let masks: Vec<Vec<f64>> = (0..digit.extent).map(mask).collect();
        let masks: Vec<NodeId> = masks.iter().map(|mask| self.public(mask, None)).collect();
        self.known_masks.insert(digit, masks.clone());
        masks
    }

    /// A public number per iteration.
    pub fn factor(&mut self, text: String, values: Vec<f64>) -> FactorId {
        let bits = values.iter().map(|value| value.to_bits()).collect();
        *self.known_factors.entry(bits).or_insert_with(|| {
            self.factors.push(Factor { text, values });
            FactorId(self.factors.len() as u32 - 1)
        })
    }

    /// The product of two factors.
    pub fn product(&mut self, a: Option<FactorId>, b: Option<FactorId>) -> Option<FactorId> {
        let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
        let (left, right) = (&self.factors[a.0 as usize], &self.factors[b.0 as usize]);
        let values = left.values.iter().zip(&right.values).map(|(x, y)| x * y).collect();
        let text = format!("{} * {}", left.text, right.text);
        Some(self.factor(text, values))
    }
}
