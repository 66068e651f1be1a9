//! What rewriting passes share: a graph that grows, who uses its nodes how often, and which belong to the loop.

use super::super::build::{BuildError, Builder};
use super::super::graph::{Node, Op, Place, Program};
use super::super::region::{Region, region_of};
use crate::dag::{Dag, NodeId, NodeMap};
use crate::source::Span;
use hep_plan::host::{Binary, HostOp};

/// The program with another graph; `map` says where its nodes went.
pub(super) fn remap(program: Program, graph: Dag<Node>, map: &NodeMap) -> Program {
    let to = |id: NodeId| map.at(id);
    let mut program = Program { graph, ..program };
    for variable in &mut program.train.carried {
        variable.init = to(variable.init);
        variable.param = to(variable.param);
        variable.next = to(variable.next);
    }
    program.reveals.iter_mut().for_each(|r| r.node = to(r.node));
    program.checks.iter_mut().for_each(|c| c.score = to(c.score));
    program.predict = program.predict.map(to);
    program
}

/// A product seen from the outside: operands with the axes of the result they have.
pub(super) struct Product {
    pub left: NodeId,
    pub right: NodeId,
    pub left_axes: Vec<usize>,
    pub right_axes: Vec<usize>,
}

/// A graph being rewritten.
pub(super) struct Rewriter {
    pub b: Builder,
    regions: Vec<Region>,
    uses: Vec<usize>,
}

impl Rewriter {
    /// Rewrites every live node, operands first. `rule` sees the node copied with its new operands and returns
    /// what replaces it, if anything; an error of the builder keeps the copy, so a rewriting can be attempted
    /// without foreseeing whether it types.
    pub fn run(
        program: Program,
        mut rule: impl FnMut(&mut Self, NodeId) -> Result<Option<NodeId>, BuildError>,
    ) -> Program {
        let uses = live_uses(&program);
        let mut this = Self { b: Builder::default(), regions: Vec::new(), uses: Vec::new() };
        let mut map = NodeMap::default();
        for id in program.graph.ids() {
            let node = program.graph.node(id).clone();
            let operands: Vec<NodeId> = program.graph.operands(id).iter().map(|&o| map.at(o)).collect();
            let (name, span) = (node.name.clone(), node.span);
            let copy = this.b.graph.push(node, operands);
            this.sync();
            let start = this.b.graph.len();
            let new = match uses[id.index()] {
                0 => copy,
                _ => rule(&mut this, copy).ok().flatten().unwrap_or(copy),
            };
            this.sync();
            // The replacement is the same value and has its name; a rule knows which place its nodes serve.
            for fresh in (start..this.b.graph.len()).map(|i| NodeId(i as u32)) {
                let node = this.b.graph.node_mut(fresh);
                node.span = if node.span == Span::default() { span } else { node.span };
            }
            if new != copy && this.b.graph.node(new).name.is_none() {
                this.b.graph.node_mut(new).name = name;
            }
            this.uses[new.index()] = if new.index() >= start || new == copy {
                uses[id.index()]
            } else {
                this.uses[new.index()] + uses[id.index()]
            };
            map.insert(id, new);
        }
        remap(program, this.b.graph, &map)
    }

    /// Brings the side tables up to date with the graph; a node made by a rule is used once, by that rule.
    fn sync(&mut self) {
        for id in self.b.graph.ids().skip(self.regions.len()) {
            let region = region_of(&self.b.graph, id, &self.regions);
            self.regions.push(region);
            self.uses.push(1);
        }
    }

    pub fn in_body(&mut self, id: NodeId) -> bool {
        self.sync();
        self.regions[id.index()] == Region::Body
    }

    pub fn before_loop(&mut self, id: NodeId) -> bool {
        self.sync();
        self.regions[id.index()] == Region::Before
    }

    pub fn used_once(&mut self, id: NodeId) -> bool {
        self.sync();
        self.uses[id.index()] == 1
    }

    /// Notes that a rule uses a node the program goes on using as before.
    pub fn add_use(&mut self, id: NodeId) {
        self.sync();
        self.uses[id.index()] += 1;
    }

    pub fn op(&self, id: NodeId) -> &Op {
        &self.b.graph.node(id).op
    }

    pub fn is_secret(&self, id: NodeId) -> bool {
        self.b.ty(id).place == Place::Secret
    }

    /// A public number, in the loop or outside.
    pub fn is_public_scalar(&self, id: NodeId) -> bool {
        self.b.ty(id).place == Place::Public && self.b.dims(id).is_empty()
    }

    pub fn as_product(&self, id: NodeId) -> Option<Product> {
        match (self.op(id), self.b.graph.operands(id)) {
            (Op::Host(HostOp::Binary { f: Binary::Mul, left, right, .. }), &[a, b]) => {
                Some(Product { left: a, right: b, left_axes: left.clone(), right_axes: right.clone() })
            }
            _ => None,
        }
    }

    /// `s · a` taken apart, for a public scalar `s` and anything else `a`.
    pub fn as_scaled(&self, id: NodeId) -> Option<(NodeId, NodeId)> {
        let product = self.as_product(id)?;
        match (self.is_public_scalar(product.left), self.is_public_scalar(product.right)) {
            (true, false) => Some((product.left, product.right)),
            (false, true) => Some((product.right, product.left)),
            _ => None,
        }
    }
}

/// Uses by live nodes and by the program itself.
fn live_uses(program: &Program) -> Vec<usize> {
    let live = program.graph.reachable(program.roots());
    let mut uses = vec![0; program.graph.len()];
    for id in program.graph.ids().filter(|id| live[id.index()]) {
        program.graph.operands(id).iter().for_each(|o| uses[o.index()] += 1);
    }
    program.roots().into_iter().for_each(|root| uses[root.index()] += 1);
    uses
}
