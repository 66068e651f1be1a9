//! Smaller programs that compute the same: what some outputs need, and what is left when some inputs are known.

use super::{HostError, HostNode, HostOp, HostProgram};
use crate::tensor::Tensor;
use std::collections::BTreeMap;

impl HostProgram {
    /// The part of the program that computes the outputs for which `keep` holds.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> Self {
        self.outputs.retain(|(name, _)| keep(name));
        self.without_unused()
    }

    /// The program with these inputs known: what depends on them alone becomes a constant. For programs that run many
    /// times while most of their inputs stay.
    ///
    /// # Errors
    /// Operations that fail on these numbers.
    pub fn given(self, inputs: &BTreeMap<String, Tensor>) -> Result<Self, HostError> {
        let mut nodes: Vec<HostNode> = Vec::with_capacity(self.nodes.len());
        for (position, node) in self.nodes.into_iter().enumerate() {
            let known = |o: &u32| match nodes.get(*o as usize) {
                Some(HostNode { op: HostOp::Constant(value), .. }) => Ok(Some(value)),
                Some(_) => Ok(None),
                None => Err(HostError::Malformed(position)),
            };
            let operands = node.operands.iter().map(known).collect::<Result<Option<Vec<&Tensor>>, _>>()?;
            let value = match (&node.op, operands) {
                (HostOp::Input(name), _) => inputs.get(name).cloned(),
                (HostOp::Constant(_), _) | (_, None) => None,
                (op, Some(operands)) => Some(op.apply(&operands)?),
            };
            nodes.push(match value {
                Some(value) => HostNode { op: HostOp::Constant(value), operands: Vec::new() },
                None => node,
            });
        }
        Ok(Self { nodes, outputs: self.outputs }.without_unused())
    }

    /// Drops nodes that no output needs.
    fn without_unused(self) -> Self {
        let mut needed = vec![false; self.nodes.len()];
        let mark = |node: u32, needed: &mut Vec<bool>| {
            if let Some(needed) = needed.get_mut(node as usize) {
                *needed = true;
            }
        };
        self.outputs.iter().for_each(|(_, node)| mark(*node, &mut needed));
        for position in (0..self.nodes.len()).rev() {
            if needed[position] {
                self.nodes[position].operands.iter().for_each(|o| mark(*o, &mut needed));
            }
        }
        let mut moved = vec![0u32; needed.len()];
        let mut nodes: Vec<HostNode> = Vec::new();
        for (position, mut node) in self.nodes.into_iter().enumerate().filter(|(p, _)| needed[*p]) {
            node.operands.iter_mut().for_each(|o| *o = moved.get(*o as usize).copied().unwrap_or(u32::MAX));
            moved[position] = nodes.len() as u32;
            nodes.push(node);
        }
        let place = |node: u32| moved.get(node as usize).copied().unwrap_or(u32::MAX);
        let outputs = self.outputs.into_iter().map(|(name, node)| (name, place(node))).collect();
        Self { nodes, outputs }
    }
}
