//! The trees of all sources, with the keys and the seconds that they take.

use super::demand::Demands;
use super::tree::{Keys, Tree, less};
use hep_plan::Params;
use hep_plan::units::Level;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A tree for every demand.
#[derive(Clone, Debug)]
pub struct Forest {
    /// What is needed.
    pub demands: Rc<Demands>,
    params: Rc<Params>,
    /// Shared with the forests that differ in others.
    trees: Vec<Rc<Tree>>,
}

/// Trees in place of some of a forest's.
pub type Change = Vec<(usize, Tree)>;

impl Forest {
    /// Every rotation directly.
    pub fn direct(demands: &Rc<Demands>, params: &Rc<Params>) -> Self {
        let tree = |demand: &super::demand::Demand| Rc::new(Tree::direct(demands.slots, &demand.steps));
        let trees = demands.list.iter().map(tree).collect();
        Self { demands: Rc::clone(demands), params: Rc::clone(params), trees }
    }

    /// Every rotation by the way that `way` finds for its step.
    pub fn by(&self, way: impl Fn(u32) -> Vec<u32>) -> Self {
        let tree = |demand: &super::demand::Demand| {
            let mut tree = Tree::direct(self.demands.slots, &[]);
            demand.steps.iter().for_each(|step| tree.grow(&way(*step)));
            Rc::new(tree)
        };
        Self { trees: self.demands.list.iter().map(tree).collect(), ..self.clone() }
    }

    /// The tree of a demand.
    pub fn tree(&self, demand: usize) -> &Tree {
        &self.trees[demand]
    }

    /// The level of every key: that of the highest source it is used on.
    pub fn levels(&self) -> BTreeMap<u32, Level> {
        self.levels_with(&[])
    }

    fn levels_with(&self, change: &[(usize, Tree)]) -> BTreeMap<u32, Level> {
        let mut levels = BTreeMap::new();
        let mut changed = change.iter().peekable();
        for (index, (tree, demand)) in self.trees.iter().zip(&self.demands.list).enumerate() {
            let tree = changed.next_if(|(at, _)| *at == index).map_or(&**tree, |(_, tree)| tree);
            for (at, from) in tree.edges() {
                // Demands go from the highest level down.
                levels.entry(less(at, from, self.demands.slots)).or_insert(demand.level);
            }
        }
        levels
    }

    /// Bytes of all keys.
    pub fn bytes(&self) -> u64 {
        self.bytes_with(&[])
    }

    /// Bytes of all keys after a change, whose trees are in ascending order.
    pub fn bytes_with(&self, change: &[(usize, Tree)]) -> u64 {
        self.levels_with(change).values().map(|level| self.params.key_bytes(*level)).sum()
    }

    /// Seconds of all rotations.
    pub fn seconds(&self) -> f64 {
        (0..self.trees.len()).map(|index| self.seconds_of(index, &self.trees[index])).sum()
    }

    fn seconds_of(&self, index: usize, tree: &Tree) -> f64 {
        let (rotations, rotated) = tree.counts();
        let demand = &self.demands.list[index];
        rotations as f64 * demand.rotate + rotated as f64 * demand.decompose
    }

    /// Seconds that a change costs.
    pub fn extra_seconds(&self, change: &[(usize, Tree)]) -> f64 {
        let extra = |(index, tree): &(usize, Tree)| {
            self.seconds_of(*index, tree) - self.seconds_of(*index, &self.trees[*index])
        };
        change.iter().map(extra).sum()
    }

    /// Makes a change.
    pub fn apply(&mut self, change: Change) {
        for (index, tree) in change {
            self.trees[index] = Rc::new(tree);
        }
    }

    /// All keys that are used.
    pub fn keys(&self) -> Keys {
        Keys::new(self.demands.slots, self.levels().into_keys().collect::<BTreeSet<u32>>())
    }

    /// The forest with the same keys and fewer rotations that nothing wants.
    pub fn tightened(mut self) -> Self {
        let keys = self.keys();
        self.trees.iter_mut().for_each(|tree| Rc::make_mut(tree).tighten(&keys));
        self
    }

    /// The change that gives up a key; `keys` are the others. `None` if some rotation has no other way.
    pub fn without(&self, key: u32, keys: &Keys) -> Option<Change> {
        let uses = |tree: &Tree| tree.edges().any(|(at, from)| less(at, from, self.demands.slots) == key);
        let touched = self.trees.iter().enumerate().filter(|(_, tree)| uses(tree));
        touched.map(|(index, tree)| tree.without(key, keys).map(|tree| (index, tree))).collect()
    }

    /// The change that rotates sources directly by a step.
    pub fn with(&self, step: u32) -> Change {
        let mut change = Change::new();
        for (index, (tree, demand)) in self.trees.iter().zip(&self.demands.list).enumerate() {
            if demand.steps.binary_search(&step).is_ok() && tree.from(step) != Some(0) {
                let mut shorter = Tree::clone(tree);
                shorter.shorten(step);
                change.push((index, shorter));
            }
        }
        change
    }
}
