//! Data times a factor, made before the loop: each product is uploaded once, under a name of its own.

use super::super::super::build::{Axes, BuildError};
use super::super::super::graph::{Node, Op};
use super::super::rewriter::Rewriter;
use crate::dag::{Dag, NodeId};
use crate::source::Span;
use hep_plan::host::Binary;
use std::collections::{BTreeMap, BTreeSet};

/// The products X ∘ B made so far, and the names of all uploads.
pub struct ScaledInputs {
    names: BTreeSet<String>,
    known: BTreeMap<(NodeId, NodeId, Vec<usize>), NodeId>,
}

impl ScaledInputs {
    /// The names of the uploads that a program has; no product is known yet.
    pub fn of(graph: &Dag<Node>) -> Self {
        let name = |id| match &graph.node(id).op {
            Op::Encrypt { name } => Some(name.clone()),
            _ => None,
        };
        Self { names: graph.ids().filter_map(name).collect(), known: BTreeMap::new() }
    }

    /// The tensor x ∘ b, made before the loop in the clear and encrypted if `x` or `b` is; axis `i` of `b` is axis
    /// `axes[i]` of `x`.
    pub fn get(
        &mut self,
        r: &mut Rewriter,
        x: NodeId,
        b: NodeId,
        axes: Vec<usize>,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        let key = (x, b, axes.clone());
        if let Some(&known) = self.known.get(&key) {
            return Ok(known);
        }
        let clear = |id: NodeId| match r.op(id) {
            Op::Encrypt { .. } => r.b.graph.operands(id).first().copied().unwrap_or(id),
            _ => id,
        };
        let (clear_x, clear_b) = (clear(x), clear(b));
        let dims = r.b.dims(x).to_vec();
        let all = Axes { left: (0..dims.len()).collect(), right: axes, dims };
        let mut product = r.b.binary_along(Binary::Mul, clear_x, clear_b, all, span)?;
        if r.is_secret(x) || r.is_secret(b) {
            let name = self.name(r, x, b);
            // What is made of the data serves the line that sends them.
            let sent = r.b.graph.node(x).span;
            product = r.b.encrypt(name, product, sent)?;
        }
        self.known.insert(key, product);
        Ok(product)
    }

    /// `X*B`, made unique.
    fn name(&mut self, r: &Rewriter, x: NodeId, b: NodeId) -> String {
        let name = |id: NodeId| r.b.graph.node(id).name.as_deref().unwrap_or("constant");
        let base = format!("{}*{}", name(x), name(b));
        let mut unique = base.clone();
        let mut count = 1;
        while !self.names.insert(unique.clone()) {
            count += 1;
            unique = format!("{base} #{count}");
        }
        unique
    }
}
