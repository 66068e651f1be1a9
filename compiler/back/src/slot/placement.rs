//! The homes of a program's dimensions, read off its matrix products.
//!
//! Samples are outermost, so that sums over them and their turns go round the whole vector and need no mask. A sample's
//! row of slots holds the units of a layer; where a layer's weights take part, units avoid the bits of the layer before,
//! as far as the row is wide. Features that only data matrices have reach from above the units into the samples'
//! bits: the data are turned, and the weights of the first layer are one ciphertext with no slot left empty.

use super::LowerError;
use crate::layout::{DimHome, PackingError, Placement};
use hep_plan::host::HostOp;
use hep_tensor::Program;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Op, Packing, Place};
use std::collections::BTreeSet;

/// Vectors of a run in the clear where nothing fixes their length, as powers of two: the shortest that hold all samples.
const CLEAR: std::ops::RangeInclusive<u32> = 10..=15;
/// Slots of the largest ring, for models that fit no smaller one.
const LARGEST: usize = 1 << 16;

/// Slots for a run in the clear, where no ring is chosen.
pub(super) fn clear_slots(program: &Program) -> usize {
    let facts = Facts::of(program);
    let rows = facts.samples.as_ref().map_or(1, |dim| dim.size);
    let holds = |slots: usize, all: bool| {
        let placement = facts.place(slots).ok()?;
        let samples = facts.samples.as_ref().and_then(|dim| placement.home(&dim.name).ok());
        (!all || samples.is_none_or(|home| home.per_block >= rows)).then_some(slots)
    };
    let longest = 1 << CLEAR.end();
    let whole = CLEAR.map(|log| 1 << log).find_map(|slots| holds(slots, true));
    whole.or_else(|| holds(longest, false)).unwrap_or(LARGEST)
}

/// Homes for the dimensions of a program.
pub(super) fn choose(program: &Program, slots: usize) -> Result<Placement, LowerError> {
    let facts = Facts::of(program);
    facts.place(slots).map_err(|error| {
        let named = |dim: &str| {
            let nodes = || program.train.carried.iter().map(|c| program.graph.node(c.param));
            nodes().find(|node| node.ty.axis(dim).is_some()).or_else(|| nodes().next()).map(|node| node.span)
        };
        let dim = match &error {
            PackingError::TooWide { dim, .. } => dim.as_str(),
            _ => "",
        };
        LowerError::too_wide(&error, named(dim).unwrap_or_default())
    })
}

/// What of a program decides where its dimensions lie.
struct Facts {
    /// The dimension that counts rows of the data.
    samples: Option<Dim>,
    /// The whole data's rows where a loop walks through batches: its size is the batch's.
    stored: Vec<Dim>,
    /// Dimensions that occur beside samples in data matrices only.
    features: Vec<Dim>,
    /// All others, in order of appearance.
    units: Vec<Dim>,
    /// Pairs of dimensions that occur together: in a secret, or in a product of two.
    pairs: BTreeSet<(String, String)>,
}

impl Facts {
    fn of(program: &Program) -> Self {
        let survey = Survey::of(program);
        let mut facts = Self {
            samples: survey.samples(),
            stored: survey.stored(),
            features: Vec::new(),
            units: Vec::new(),
            pairs: survey.pairs(),
        };
        for id in survey.secrets() {
            for dim in survey.dims(id) {
                let is = |list: &[Dim]| list.iter().any(|d| d.name == dim.name);
                if facts.samples.as_ref().is_some_and(|s| s.name == dim.name)
                    || is(&facts.stored)
                    || is(&facts.features)
                    || is(&facts.units)
                {
                    continue;
                }
                let rows: Vec<&Dim> = facts.samples.iter().chain(&facts.stored).collect();
                let feature = survey.is_feature(&rows, dim);
                if feature { &mut facts.features } else { &mut facts.units }.push(dim.clone());
            }
        }
        facts.units = inner_first(&facts.units, &survey.orders());
        facts
    }

    fn place(&self, slots: usize) -> Result<Placement, PackingError> {
        let all = slots.ilog2();
        let widest = self.units.iter().map(bits).max().unwrap_or(0);
        if let Some(dim) = self.units.iter().find(|dim| bits(dim) > all) {
            return Err(PackingError::TooWide {
                dim: dim.name.clone(),
                size: dim.size,
                needed: dim.size.next_power_of_two(),
                slots,
            });
        }
        let row = self.samples.as_ref().map_or(all, |dim| all.saturating_sub(bits(dim)).max(widest));
        let paired = |unit: &&Dim| self.features.iter().any(|f| self.meet(&unit.name, &f.name));
        let low = self.units.iter().filter(paired).map(bits).max().unwrap_or(0);
        let mut homes: Vec<DimHome> =
            self.features.iter().map(|dim| whole(dim, low, bits(dim).min(all - low))).collect();
        homes.extend(self.units.iter().filter(paired).map(|dim| whole(dim, 0, bits(dim))));
        for unit in self.units.iter().filter(|unit| !paired(unit)) {
            let start = self.start(unit, row, &homes);
            homes.push(whole(unit, start, bits(unit)));
        }
        if let Some(samples) = &self.samples {
            let home = whole(samples, row, all - row);
            let per_block = rows_per_block(samples.size, 1 << (all - row), !self.stored.is_empty());
            homes.push(DimHome { per_block, ..home.clone() });
            homes.extend(self.stored.iter().map(|dim| DimHome {
                name: dim.name.clone(),
                per_block,
                ..home.clone()
            }));
        }
        let rows = self.samples.iter().chain(&self.stored).map(|dim| dim.name.clone()).collect();
        Ok(Placement { slots, homes, rows })
    }

    /// Whether two dimensions occur together.
    fn meet(&self, a: &str, b: &str) -> bool {
        self.pairs.contains(&(a.to_owned(), b.to_owned()))
    }

    /// The lowest first bit at which a unit overlaps least with those it meets.
    fn start(&self, unit: &Dim, row: u32, homes: &[DimHome]) -> u32 {
        let overlap = |start: u32| -> usize {
            let home = whole(unit, start, bits(unit));
            homes.iter().filter(|h| self.meet(&h.name, &unit.name)).map(|h| h.overlap(&home).len()).sum()
        };
        (0..=row.saturating_sub(bits(unit))).min_by_key(|&start| (overlap(start), start)).unwrap_or(0)
    }
}

/// Units with those first that lie below others in a row-major tensor; otherwise in their order. Where orders contradict
/// one another, nothing can be done.
fn inner_first(units: &[Dim], orders: &[(String, String)]) -> Vec<Dim> {
    let mut left = units.to_vec();
    let mut sorted = Vec::with_capacity(units.len());
    while !left.is_empty() {
        let waits = |dim: &Dim| {
            let below = orders.iter().filter(|(outer, _)| *outer == dim.name).map(|(_, inner)| inner);
            below.into_iter().any(|inner| left.iter().any(|other| other.name == *inner))
        };
        let next = left.iter().position(|dim| !waits(dim)).unwrap_or(0);
        sorted.push(left.remove(next));
    }
    sorted
}

fn bits(dim: &Dim) -> u32 {
    dim.size.next_power_of_two().ilog2()
}

fn whole(dim: &Dim, start: u32, bits: u32) -> DimHome {
    DimHome { name: dim.name.clone(), bits: start..start + bits, per_block: 1 << bits }
}

/// Rows of a ciphertext: as many as there is room for, except that a batch fills whole ciphertexts, all alike.
fn rows_per_block(size: usize, room: usize, batches: bool) -> usize {
    let fits = |count: &usize| size.is_multiple_of(*count) && size / count <= room;
    if batches { size / (1..=size).find(fits).unwrap_or(size) } else { room }
}

/// The secrets the server computes.
struct Survey<'a> {
    program: &'a Program,
    /// Whether the server needs the node and sees only ciphertexts of it.
    secret: Vec<bool>,
    /// Whether copies of the value can be prepared before the loop.
    data: Vec<bool>,
    body: Vec<bool>,
}

impl<'a> Survey<'a> {
    fn of(program: &'a Program) -> Self {
        let graph = &program.graph;
        let needed = graph.reachable(program.server_roots());
        let secret = |id: NodeId| needed[id.index()] && graph.node(id).ty.place == Place::Secret;
        let body = program.in_body();
        let mut data: Vec<bool> = Vec::with_capacity(graph.len());
        for id in graph.ids() {
            data.push(match (&graph.node(id).op, graph.operands(id)) {
                (Op::Rows { .. }, _) => true,
                (Op::Host(HostOp::Permute(_)), &[of]) => data[of.index()],
                _ => !body[id.index()],
            });
        }
        Self { program, secret: graph.ids().map(secret).collect(), data, body }
    }

    fn secrets(&self) -> impl Iterator<Item = NodeId> {
        self.program.graph.ids().filter(|id| self.secret[id.index()])
    }

    fn dims(&self, id: NodeId) -> &'a [Dim] {
        &self.program.graph.node(id).ty.dims
    }

    fn op(&self, id: NodeId) -> &'a Op {
        &self.program.graph.node(id).op
    }

    /// The rows of batches, else those of the first data matrix that is multiplied with what the loop changes, else the
    /// owner's rows, if public factors are all that data matrices meet.
    fn samples(&self) -> Option<Dim> {
        let batch = self.secrets().find(|id| matches!(self.op(*id), Op::Rows { .. }));
        if let Some(dim) = batch.and_then(|id| self.dims(id).first()) {
            return Some(dim.clone());
        }
        for id in self.secrets() {
            let Op::Host(HostOp::Contract { left, right, sum, .. }) = self.op(id) else { continue };
            let [a, b] = *self.program.graph.operands(id) else { continue };
            for (matrix, other, labels) in [(a, b, left), (b, a, right)] {
                let dims = self.dims(matrix);
                let both = self.secret[matrix.index()] && self.secret[other.index()];
                let changes = self.body[other.index()] && !self.data[other.index()];
                if both && self.data[matrix.index()] && dims.len() == 2 && changes {
                    let inner = labels.iter().position(|l| l == sum).unwrap_or(1);
                    return Some(dims[1 - inner].clone());
                }
            }
        }
        self.secrets().find_map(|id| self.rows_beside_public(id))
    }

    /// The owner's rows, if they are a dimension of a data matrix that a product multiplies with a public tensor.
    fn rows_beside_public(&self, product: NodeId) -> Option<Dim> {
        let Op::Host(HostOp::Contract { .. }) = self.op(product) else { return None };
        let [a, b] = *self.program.graph.operands(product) else { return None };
        let (matrix, other) = if self.secret[a.index()] { (a, b) } else { (b, a) };
        let public = self.program.graph.node(other).ty.place == Place::Public;
        let input = |id: &NodeId| match self.op(*id) {
            Op::Host(HostOp::Input(name)) => *name == self.program.data.features,
            _ => false,
        };
        let rows = self.dims(self.program.graph.ids().find(input)?).first()?;
        let has =
            self.data[matrix.index()] && self.dims(matrix).len() == 2 && self.dims(matrix).contains(rows);
        (public && has).then(|| rows.clone())
    }

    /// Dimensions of the rows that batches are taken from.
    fn stored(&self) -> Vec<Dim> {
        let mut found: Vec<Dim> = Vec::new();
        for id in self.secrets().filter(|id| matches!(self.op(*id), Op::Rows { .. })) {
            let dim = self.program.graph.operands(id).first().and_then(|whole| self.dims(*whole).first());
            found.extend(dim.filter(|dim| !found.contains(dim)).cloned());
        }
        found
    }

    /// Neighboring dimensions of row-major uploads, the outer one first.
    fn orders(&self) -> Vec<(String, String)> {
        let sent = |id: &NodeId| match self.op(*id) {
            Op::Encrypt { name } => self.program.packing(name) == Some(Packing::RowMajor),
            _ => false,
        };
        let neighbors =
            |id| self.dims(id).windows(2).map(|pair| (pair[0].name.clone(), pair[1].name.clone()));
        self.secrets().filter(sent).flat_map(neighbors).collect()
    }

    fn pairs(&self) -> BTreeSet<(String, String)> {
        let mut pairs = BTreeSet::new();
        for id in self.secrets() {
            let mut group: Vec<&Dim> = self.dims(id).iter().collect();
            if let Op::Host(HostOp::Contract { .. }) = self.op(id) {
                group.extend(self.program.graph.operands(id).iter().flat_map(|o| self.dims(*o)));
            }
            for a in &group {
                pairs.extend(group.iter().map(|b| (a.name.clone(), b.name.clone())));
            }
        }
        pairs
    }

    /// Whether a dimension occurs beside the rows in data matrices only, which only enter matrix products.
    fn is_feature(&self, rows: &[&Dim], dim: &Dim) -> bool {
        let over = |id: NodeId| {
            let has = |name: &str| self.dims(id).iter().any(|d| d.name == name);
            has(&dim.name) && rows.iter().any(|row| has(&row.name))
        };
        let moves =
            |op: &Op| matches!(op, Op::Rows { .. } | Op::Host(HostOp::Contract { .. } | HostOp::Permute(_)));
        let mut found = false;
        for id in self.secrets() {
            if over(id) {
                found = true;
                let copies = |op: &Op| {
                    matches!(op, Op::Rows { .. } | Op::Encrypt { .. } | Op::Host(HostOp::Permute(_)))
                };
                if !(self.data[id.index()] && copies(self.op(id))) {
                    return false;
                }
            }
            let enters = self.program.graph.operands(id).iter().any(|&o| self.secret[o.index()] && over(o));
            if enters && !moves(self.op(id)) {
                return false;
            }
        }
        found
    }
}
