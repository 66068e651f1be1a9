//! Which vectors share memory.
//!
//! A vector that only its own strand reads is *local*: every thread has memory for one strand. Others are *shared* until
//! the last stage that reads them; what another phase reads, or a result, stays.

use crate::kernel::{Kernel, Source};
use crate::schedule::Stages;
use hep_compiler::dag::NodeId;
use std::collections::{BTreeMap, BTreeSet};

/// Where the vector of a node lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A vector of the phase.
    Shared(usize),
    /// A vector of the strand.
    Local(usize),
}

/// Memory of one phase.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    /// Place of each node.
    pub places: BTreeMap<NodeId, Place>,
    /// Shared vectors.
    pub shared: usize,
    /// Local vectors of the strand that needs most.
    pub local: usize,
}

/// Numbers that are handed out and taken back.
#[derive(Default)]
struct Pool {
    free: BTreeSet<usize>,
    count: usize,
}

impl Pool {
    fn take(&mut self) -> usize {
        self.free.pop_first().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }
}

impl Storage {
    /// Places the vectors of a phase; those of `lasting` nodes are never reused.
    pub fn of(kernels: &[Kernel], stages: &Stages, lasting: &BTreeSet<NodeId>) -> Self {
        let readers = readers(kernels, stages);
        let mut storage = Self::default();
        let mut shared = Pool::default();
        for (stage, strands) in stages.iter().enumerate() {
            for (strand, members) in strands.iter().enumerate() {
                let mut local = Pool::default();
                for &index in members {
                    let node = kernels[index].node;
                    let elsewhere = |reader: &Reader| (reader.stage, reader.strand) != (stage, strand);
                    let outside = readers.get(&node).is_some_and(|all| all.iter().any(elsewhere));
                    let place = if outside || lasting.contains(&node) {
                        Place::Shared(shared.take())
                    } else {
                        Place::Local(local.take())
                    };
                    storage.places.insert(node, place);
                    // Locals whose last reader this was are free for the next loop.
                    for read in sources(&kernels[index]) {
                        let last = readers.get(&read).and_then(|all| all.last());
                        if let (Some(Place::Local(slot)), Some(last)) = (storage.places.get(&read), last)
                            && last.kernel == index
                        {
                            local.free.insert(*slot);
                        }
                    }
                }
                storage.local = storage.local.max(local.count);
            }
            for (node, all) in &readers {
                let last = all.iter().map(|reader| reader.stage).max();
                if let Some(Place::Shared(slot)) = storage.places.get(node)
                    && last == Some(stage)
                    && !lasting.contains(node)
                {
                    shared.free.insert(*slot);
                }
            }
        }
        storage.shared = shared.count;
        storage
    }
}

/// Who reads a vector.
struct Reader {
    stage: usize,
    strand: usize,
    kernel: usize,
}

fn sources(kernel: &Kernel) -> BTreeSet<NodeId> {
    let streams = kernel.parts.iter().flat_map(|part| &part.streams);
    let node = |source: Source| match source {
        Source::Node(node) => Some(node),
        _ => None,
    };
    streams.filter_map(|stream| node(stream.source)).collect()
}

/// Readers of each node in the order in which they run.
fn readers(kernels: &[Kernel], stages: &Stages) -> BTreeMap<NodeId, Vec<Reader>> {
    let mut readers: BTreeMap<NodeId, Vec<Reader>> = BTreeMap::new();
    for (stage, strands) in stages.iter().enumerate() {
        for (strand, members) in strands.iter().enumerate() {
            for &kernel in members {
                for node in sources(&kernels[kernel]) {
                    readers.entry(node).or_default().push(Reader { stage, strand, kernel });
                }
            }
        }
    }
    readers
}
