//! Which rotations a schedule needs.

use super::Prices;
use crate::ckks::graph::Program;
use hep_plan::cost::Shape;
use hep_plan::units::Level;
use hep_tensor::dag::NodeId;
use std::collections::{BTreeMap, BTreeSet};

/// The rotations of sources that are rotated alike.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Level of the sources.
    pub level: Level,
    /// Steps, ascending.
    pub steps: Vec<u32>,
    /// Seconds to decompose a ciphertext, for all sources.
    pub decompose: f64,
    /// Seconds of a rotation after that, for all sources.
    pub rotate: f64,
}

/// All rotations of a schedule.
#[derive(Clone, Debug)]
pub struct Demands {
    /// Slots of a vector: steps are taken modulo this.
    pub slots: u32,
    /// The highest level first.
    pub list: Vec<Demand>,
    /// The entry of the list that each source belongs to.
    pub of: BTreeMap<NodeId, usize>,
}

impl Demands {
    /// The rotations of a schedule.
    pub fn of(program: &Program, prices: Prices<'_>) -> Self {
        let graph = &program.graph;
        let mut steps: BTreeMap<NodeId, BTreeSet<u32>> = BTreeMap::new();
        for id in graph.ids() {
            if let (Some(step), &[source]) = (graph.node(id).op.rotation(), graph.operands(id)) {
                steps.entry(source).or_default().insert(step.0);
            }
        }
        let mut alike: BTreeMap<(u32, Vec<u32>), Vec<NodeId>> = BTreeMap::new();
        for (source, steps) in steps {
            let key = (graph.node(source).depth, steps.into_iter().collect());
            alike.entry(key).or_default().push(source);
        }
        let (mut list, mut of) = (Vec::new(), BTreeMap::new());
        for ((depth, steps), sources) in alike {
            let level = program.level(depth);
            let (limbs, digit_limbs) = (level.limbs(), prices.params.digit_limbs as usize);
            let shape = Shape { limbs, digit_limbs, special: prices.params.p.len() };
            let seconds = |work| prices.ring.seconds(work, 1) * sources.len() as f64;
            list.push(Demand {
                level,
                steps,
                decompose: seconds(shape.decompose()),
                rotate: seconds(shape.key_product() + shape.bring_down()),
            });
            of.extend(sources.iter().map(|source| (*source, list.len() - 1)));
        }
        Self { slots: program.slots as u32, list, of }
    }

    /// Every step that occurs, ascending.
    pub fn steps(&self) -> BTreeSet<u32> {
        self.list.iter().flat_map(|demand| demand.steps.iter().copied()).collect()
    }
}
