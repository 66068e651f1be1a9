//! Regions: products and the linear operations that hang together behind them.

use super::flow::{Cut, cheapest_cut};
use super::prices::Prices;
use crate::ckks::graph::{Op, Program};
use hep_tensor::dag::NodeId;
use petgraph::unionfind::UnionFind;

/// Largest region for which a cut is searched: the flow takes time that grows faster than the region. In a larger one
/// every product is relinearized at once.
const LARGEST: usize = 4096;

/// Values of three parts that hang together, in topological order.
#[derive(Debug)]
pub struct Region {
    members: Vec<NodeId>,
}

/// The regions of a program without relinearizations.
pub fn regions(program: &Program) -> Vec<Region> {
    let graph = &program.graph;
    let inside = |id: NodeId| graph.node(id).parts == 3;
    let mut sets = UnionFind::new(graph.len());
    for id in graph.ids().filter(|id| inside(*id) && graph.node(*id).op.is_linear()) {
        for operand in graph.operands(id).iter().filter(|operand| inside(**operand)) {
            sets.union(id.index(), operand.index());
        }
    }
    let mut position = vec![None; graph.len()];
    let mut regions: Vec<Region> = Vec::new();
    for id in graph.ids().filter(|id| inside(*id)) {
        let at = *position[sets.find(id.index())].get_or_insert_with(|| {
            regions.push(Region { members: Vec::new() });
            regions.len() - 1
        });
        regions[at].members.push(id);
    }
    regions
}

impl Region {
    /// Its values.
    #[cfg(test)]
    pub fn members(&self) -> &[NodeId] {
        &self.members
    }

    /// The values to relinearize.
    pub fn cheapest(&self, program: &Program, prices: Prices<'_>, uses: &Uses) -> Vec<NodeId> {
        if self.members.len() > LARGEST {
            let products = self.members.iter().copied();
            return products.filter(|id| program.graph.node(*id).op == Op::SumMul).collect();
        }
        cheapest_cut(&self.problem(program, prices, uses)).into_iter().map(|at| self.members[at]).collect()
    }

    /// The region as a problem of cuts.
    pub fn problem(&self, program: &Program, prices: Prices<'_>, uses: &Uses) -> Vec<Cut> {
        let graph = &program.graph;
        let at = |id: &NodeId| self.members.binary_search(id).ok();
        let cut = |id: &NodeId| Cut {
            price: prices.relinearization(program, *id, uses.only_rescaled(program, *id)),
            third_part: prices.third_part(program, *id),
            source: graph.node(*id).op == Op::SumMul,
            needs_two: uses.needs_two(program, *id),
            operands: match graph.node(*id).op {
                Op::SumMul => vec![],
                _ => graph.operands(*id).iter().filter_map(at).collect(),
            },
        };
        self.members.iter().map(cut).collect()
    }
}

/// Who reads the values of a program.
#[derive(Debug)]
pub struct Uses {
    users: Vec<Vec<NodeId>>,
    revealed: Vec<bool>,
}

impl Uses {
    /// Of a program.
    pub fn of(program: &Program) -> Self {
        let mut users = vec![Vec::new(); program.graph.len()];
        let mut revealed = vec![false; program.graph.len()];
        for id in program.graph.ids() {
            program.graph.operands(id).iter().for_each(|operand| users[operand.index()].push(id));
        }
        program.roots().for_each(|id| revealed[id.index()] = true);
        Self { users, revealed }
    }

    /// Whether something reads a value that works on two parts only.
    fn needs_two(&self, program: &Program, id: NodeId) -> bool {
        let two = |user: &NodeId| !program.graph.node(*user).op.is_linear();
        self.revealed[id.index()] || self.users[id.index()].iter().any(two)
    }

    /// Whether a rescale is all that reads a value.
    fn only_rescaled(&self, program: &Program, id: NodeId) -> bool {
        let users = &self.users[id.index()];
        !self.revealed[id.index()]
            && matches!(users[..], [user] if program.graph.node(user).op == Op::Rescale)
    }
}
