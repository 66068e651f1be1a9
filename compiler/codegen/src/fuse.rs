//! Which nodes get a vector of their own.
//!
//! A rotation never does: it is read at another place. A *view*, data times a mask, does not either where it would be
//! stored for the whole loop or a long sum can leave out the mask's zeros. Element by element, a node becomes part of
//! the one loop that uses it, as long as that stays small.

use crate::runs::is_mask;
use hep_compiler::dag::NodeId;
use hep_compiler::slot::Program;
use hep_compiler::slot::graph::{Op, VectorId};
use hep_compiler::slot::phase::{Phase, phases};
use std::collections::BTreeSet;

/// Sums of more products are not fused with others: they run over their terms in parts.
const LONG_SUM: usize = 4;
/// Most operands of the nodes of one loop, so that it reads at most [`crate::code::MAX_STREAMS`] vectors.
const MAX_OPERANDS: usize = 24;

/// What becomes of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing needs it.
    Unused,
    /// Is there without a loop: data, public vectors, loop variables, and rotations of a vector.
    Leaf,
    /// `base` where `mask` is 1, zeros elsewhere; used by sums of products only.
    View {
        /// A leaf or a node with a vector.
        base: NodeId,
        /// Zeros and ones.
        mask: VectorId,
    },
    /// A sum of products of leaves, views and vectors, with a vector.
    Sum,
    /// The result of a loop, with a vector.
    Root,
    /// Part of the loop of this root.
    Inner(NodeId),
}

/// Phases and roles of all nodes.
pub(crate) struct Fusion {
    /// When each node is evaluated, if at all.
    pub phases: Vec<Option<Phase>>,
    /// What becomes of each node.
    pub roles: Vec<Role>,
}

impl Fusion {
    /// Decides for every node.
    pub fn of(program: &Program) -> Self {
        let phases = phases(program);
        let users = users(program, &phases);
        let results: BTreeSet<NodeId> = program.observed_roots().into_iter().collect();
        let mut this = Self { roles: vec![Role::Unused; phases.len()], phases };
        let needed: Vec<NodeId> =
            program.graph.ids().filter(|id| this.phases[id.index()].is_some()).collect();
        for &id in &needed {
            this.roles[id.index()] = this.alone(program, id, &users[id.index()], results.contains(&id));
        }
        // Users before operands.
        let mut sizes = vec![0usize; this.roles.len()];
        let roots: Vec<NodeId> =
            needed.into_iter().filter(|id| this.roles[id.index()] == Role::Root).collect();
        for &id in roots.iter().rev() {
            let own = program.graph.operands(id).len();
            let root =
                this.joined(id, &users[id.index()]).filter(|root| sizes[root.index()] + own <= MAX_OPERANDS);
            match root.filter(|_| !results.contains(&id)) {
                Some(root) => {
                    this.roles[id.index()] = Role::Inner(root);
                    sizes[root.index()] += own;
                }
                None => sizes[id.index()] = own,
            }
        }
        this
    }

    /// The role of a node that joins no other loop. Operands have theirs.
    fn alone(&self, program: &Program, id: NodeId, users: &[NodeId], result: bool) -> Role {
        let operands = program.graph.operands(id);
        match program.graph.node(id).op {
            Op::Add | Op::Sub | Op::Neg => Role::Root,
            Op::SumMul => {
                let skipped = |user: &NodeId| {
                    let sum = program.graph.node(*user).op == Op::SumMul;
                    let long = program.graph.operands(*user).len() > 2 * LONG_SUM;
                    sum && (long || self.phases[user.index()] != self.phases[id.index()])
                };
                match masked(program, operands).filter(|(base, _)| !self.is_view(*base)) {
                    Some((base, mask)) if !result && users.iter().all(skipped) => Role::View { base, mask },
                    _ if operands.len() > 2 * LONG_SUM || operands.iter().any(|o| self.is_view(*o)) => {
                        Role::Sum
                    }
                    _ => Role::Root,
                }
            }
            _ => Role::Leaf,
        }
    }

    fn is_view(&self, id: NodeId) -> bool {
        matches!(self.roles[id.index()], Role::View { .. })
    }

    /// The one loop that all users of a node belong to, if it runs in the same phase.
    fn joined(&self, id: NodeId, users: &[NodeId]) -> Option<NodeId> {
        let root = |user: &NodeId| match self.roles[user.index()] {
            Role::Root => Some(*user),
            Role::Inner(root) => Some(root),
            _ => None,
        };
        let first = root(users.first()?)?;
        let same = users.iter().all(|user| root(user) == Some(first));
        (same && self.phases[first.index()] == self.phases[id.index()]).then_some(first)
    }
}

/// Data and mask of a product with a public vector of zeros and ones.
fn masked(program: &Program, operands: &[NodeId]) -> Option<(NodeId, VectorId)> {
    let mask = |id: NodeId| match program.graph.node(id).op {
        Op::Public { vector, factor: None } if is_mask(&program.vectors[vector.0 as usize]) => Some(vector),
        _ => None,
    };
    match *operands {
        [a, b] => mask(b).map(|m| (a, m)).or_else(|| mask(a).map(|m| (b, m))),
        _ => None,
    }
}

/// Needed users of each node.
fn users(program: &Program, phases: &[Option<Phase>]) -> Vec<Vec<NodeId>> {
    let mut users = vec![Vec::new(); phases.len()];
    for id in program.graph.ids().filter(|id| phases[id.index()].is_some()) {
        for operand in program.graph.operands(id) {
            users[operand.index()].push(id);
        }
    }
    users
}
