//! The rotations of one source, each from the source or from another rotation.

use std::collections::{BTreeMap, BTreeSet};

/// Most rotations one after the other that giving up a key may lead to: each adds its noise.
const LONGEST: usize = 8;

/// Steps with a key.
#[derive(Clone, Debug)]
pub struct Keys {
    slots: u32,
    known: Vec<bool>,
    steps: BTreeSet<u32>,
}

impl Keys {
    /// Of these steps.
    pub fn new(slots: u32, steps: BTreeSet<u32>) -> Self {
        let mut known = vec![false; slots as usize];
        steps.iter().for_each(|step| known[*step as usize] = true);
        Self { slots, known, steps }
    }

    /// Without the key of a step.
    pub fn remove(&mut self, step: u32) {
        self.known[step as usize] = false;
        self.steps.remove(&step);
    }

    /// With the key of a step.
    pub fn insert(&mut self, step: u32) {
        self.known[step as usize] = true;
        self.steps.insert(step);
    }

    /// Whether a key turns `from` into `to`.
    fn leads(&self, from: u32, to: u32) -> bool {
        self.known[less(to, from, self.slots) as usize]
    }
}

/// a − b
pub fn less(a: u32, b: u32, slots: u32) -> u32 {
    (a + slots - b) % slots
}

/// A rotation of the source.
#[derive(Clone, Copy, Debug)]
struct Vertex {
    from: u32,
    /// Rotations of this one.
    children: u32,
    wanted: bool,
}

/// Rotations by their steps; step 0 is the source.
#[derive(Clone, Debug)]
pub struct Tree {
    slots: u32,
    vertices: BTreeMap<u32, Vertex>,
}

impl Tree {
    /// Every wanted step directly.
    pub fn direct(slots: u32, steps: &[u32]) -> Self {
        let mut tree = Self { slots, vertices: BTreeMap::new() };
        tree.vertices.insert(0, Vertex { from: 0, children: 0, wanted: true });
        steps.iter().for_each(|step| tree.grow(&[*step]));
        tree
    }

    /// Adds the way to a wanted step; what is there already stays.
    pub fn grow(&mut self, way: &[u32]) {
        let mut from = 0;
        for at in way {
            if !self.vertices.contains_key(at) {
                self.vertices.insert(*at, Vertex { from, children: 0, wanted: false });
                self.branch(from, 1);
            }
            from = *at;
        }
        if let Some(last) = self.vertices.get_mut(&from) {
            last.wanted = true;
        }
    }

    /// Every rotation: its step, and the step of what it rotates.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.vertices.iter().filter(|(at, _)| **at != 0).map(|(at, vertex)| (*at, vertex.from))
    }

    /// Number of rotations, and of vectors that are rotated.
    pub fn counts(&self) -> (usize, usize) {
        let rotated = self.vertices.values().filter(|vertex| vertex.children > 0).count();
        (self.vertices.len() - 1, rotated)
    }

    /// The step of what a rotation rotates.
    pub fn from(&self, at: u32) -> Option<u32> {
        self.vertices.get(&at).filter(|_| at != 0).map(|vertex| vertex.from)
    }

    /// The steps of a way from the source, its end last.
    pub fn way(&self, at: u32) -> Vec<u32> {
        let mut way: Vec<u32> = std::iter::successors(Some(at), |at| self.from(*at)).collect();
        way.reverse();
        way.split_off(1)
    }

    /// Rotates the source for a step that is there already.
    pub fn shorten(&mut self, at: u32) {
        self.hang(at, 0);
    }

    /// The tree without rotations by `key`; `keys` are the others. `None` if there is no other way.
    pub fn without(&self, key: u32, keys: &Keys) -> Option<Self> {
        let mut tree = self.clone();
        let cut = |(at, from): &(u32, u32)| less(*at, *from, self.slots) == key;
        let pending: Vec<u32> = self.edges().filter(cut).map(|(at, _)| at).collect();
        for (position, &at) in pending.iter().enumerate() {
            if tree.vertices.contains_key(&at) {
                let from = match tree.neighbor(at, at, 0, keys) {
                    Some(from) => from,
                    None => tree.detour(at, &pending[position + 1..], keys)?,
                };
                tree.hang(at, from);
            }
        }
        Some(tree)
    }

    /// Leaves out rotations that only lead on, where something else leads there as well.
    pub fn tighten(&mut self, keys: &Keys) {
        let middles: Vec<u32> =
            self.vertices.iter().filter(|(_, vertex)| !vertex.wanted).map(|(at, _)| *at).collect();
        let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        self.edges().for_each(|(at, from)| children.entry(from).or_default().push(at));
        for middle in middles {
            let behind: Vec<u32> = children.get(&middle).into_iter().flatten().copied().collect();
            let behind: Vec<u32> = behind.into_iter().filter(|at| self.from(*at) == Some(middle)).collect();
            // Nothing behind the middle is proposed, so that the children do not wait for each other.
            let elsewhere = |child: &u32| self.neighbor(*child, middle, 0, keys).map(|from| (*child, from));
            let Some(moves) = behind.iter().map(elsewhere).collect::<Option<Vec<_>>>() else { continue };
            for (child, from) in moves {
                self.hang(child, from);
                children.entry(from).or_default().push(child);
            }
        }
    }

    /// What `to` can be rotated from so that `moved`, with all behind it, may follow `more` rotations later: best something
    /// that is decomposed anyway, and near the source.
    fn neighbor(&self, to: u32, moved: u32, more: usize, keys: &Keys) -> Option<u32> {
        let behind = self.height(moved) + more;
        let open = |(at, vertex): (&u32, &Vertex)| {
            if !keys.leads(*at, to) {
                return None;
            }
            let way = self.way(*at);
            let fits = !way.contains(&moved) && way.len() + 1 + behind <= LONGEST;
            fits.then_some((vertex.children == 0, way.len(), *at))
        };
        self.vertices.iter().filter_map(open).min().map(|(_, _, at)| at)
    }

    /// A new rotation from which `at` can be had, and as many of the others as possible.
    fn detour(&mut self, at: u32, others: &[u32], keys: &Keys) -> Option<u32> {
        let mut best: Option<(usize, u32, u32)> = None;
        for &key in &keys.steps {
            let middle = less(at, key, self.slots);
            if self.vertices.contains_key(&middle) {
                continue;
            }
            let served = others.iter().filter(|other| keys.leads(middle, **other)).count();
            if best.is_none_or(|(most, _, _)| served > most)
                && let Some(from) = self.neighbor(middle, at, 1, keys)
            {
                best = Some((served, middle, from));
            }
        }
        let (_, middle, from) = best?;
        self.vertices.insert(middle, Vertex { from, children: 0, wanted: false });
        self.branch(from, 1);
        Some(middle)
    }

    /// Rotations on the longest way that begins here.
    fn height(&self, root: u32) -> usize {
        if self.vertices.get(&root).is_none_or(|vertex| vertex.children == 0) {
            return 0;
        }
        let below = |at: &u32| {
            let way = self.way(*at);
            way.iter().position(|step| *step == root).map(|position| way.len() - 1 - position)
        };
        self.vertices.keys().filter_map(below).max().unwrap_or(0)
    }

    fn hang(&mut self, at: u32, from: u32) {
        let Some(vertex) = self.vertices.get_mut(&at) else { return };
        let before = std::mem::replace(&mut vertex.from, from);
        self.branch(from, 1);
        self.drop_branch(before);
    }

    fn branch(&mut self, at: u32, count: u32) {
        if let Some(vertex) = self.vertices.get_mut(&at) {
            vertex.children += count;
        }
    }

    /// Forgets what nothing needs any more.
    fn drop_branch(&mut self, mut at: u32) {
        while let Some(vertex) = self.vertices.get_mut(&at) {
            vertex.children -= 1;
            if vertex.children > 0 || vertex.wanted {
                return;
            }
            let from = vertex.from;
            self.vertices.remove(&at);
            at = from;
        }
    }
}
