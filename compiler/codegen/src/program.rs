//! A packed program, compiled: loops by phase, machine code, public vectors.

use crate::error::CodegenError;
use crate::fuse::Fusion;
use crate::kernel::{Delivered, Kernel, Kernels, Source, Stream, stream};
use crate::library::Library;
use crate::runs::Runs;
use crate::schedule::{Stages, stages};
use crate::storage::{Place, Storage};
use hep_compiler::dag::NodeId;
use hep_compiler::slot::Program;
use hep_compiler::slot::graph::{Op, selected};
use hep_compiler::slot::phase::Phase;
use std::collections::{BTreeMap, BTreeSet};

/// Public vectors are stored for this many slots at least, so that loops over them are not cut too short.
const LEAST_PERIOD: usize = 4096;

/// The loops of one phase.
pub(crate) struct PhaseCode {
    /// Which phase.
    pub phase: Phase,
    /// Order of the kernels.
    pub stages: Stages,
    /// Memory of the vectors.
    pub storage: Storage,
}

/// Everything that is known before there are data.
pub(crate) struct Compiled {
    /// Numbers of a vector.
    pub slots: usize,
    /// All loops.
    pub kernels: Vec<Kernel>,
    /// Their machine code.
    pub library: Library,
    /// Slots they visit.
    pub runs: Vec<Runs>,
    /// Before the loop, in it, after it.
    pub phases: [PhaseCode; 3],
    /// Where the vector of each node lies, if it has one.
    places: Vec<Option<(Phase, Place)>>,
    /// Public vectors that are read, one period of each.
    pub publics: BTreeMap<u32, Vec<f64>>,
    /// Public numbers by iteration.
    pub factors: Vec<Vec<f64>>,
    /// Public vectors by iteration.
    pub series: BTreeMap<NodeId, Vec<u32>>,
    /// What select nodes choose from.
    selects: BTreeMap<NodeId, Vec<Stream>>,
}

impl Compiled {
    /// Compiles a program.
    pub fn of(program: &Program) -> Result<Self, CodegenError> {
        let fusion = Fusion::of(program);
        let Kernels { mut kernels, codes, runs, .. } = Kernels::of(program, &fusion);
        let phase = |node: NodeId| fusion.phases[node.index()].unwrap_or(Phase::Before);
        // Stable: inside a phase the order of nodes stays.
        kernels.sort_by_key(|kernel| phase(kernel.node));
        let selects = selects(program, &fusion);
        let lasting = lasting(program, &fusion, &kernels, &selects);
        let phases = [Phase::Before, Phase::Body, Phase::After].map(|of| {
            let start = kernels.partition_point(|kernel| phase(kernel.node) < of);
            let end = kernels.partition_point(|kernel| phase(kernel.node) <= of);
            let stages = stages(&kernels, start..end);
            let storage = Storage::of(&kernels, &stages, &lasting);
            PhaseCode { phase: of, stages, storage }
        });
        let mut places = vec![None; program.graph.len()];
        for code in &phases {
            for (node, place) in &code.storage.places {
                places[node.index()] = Some((code.phase, *place));
            }
        }
        let series = series(program, &fusion);
        Ok(Self {
            slots: program.slots(),
            library: Library::compile(&codes)?,
            places,
            publics: publics(program, &kernels, &series, &selects),
            factors: program.factors.iter().map(|factor| factor.values.clone()).collect(),
            kernels,
            runs,
            phases,
            series,
            selects,
        })
    }

    /// What a stream is in an iteration: a choice is resolved.
    pub fn resolved(&self, stream: Stream, iteration: u32) -> Stream {
        let Source::Select(node) = stream.source else { return stream };
        // Verified graphs have a value for every choice; vectors from before the loop, so none is a choice itself.
        let values = self.selects.get(&node).map_or(&[][..], Vec::as_slice);
        values
            .get(selected(values.len(), iteration))
            .map_or(stream, |value| Stream { source: value.source, step: value.step + stream.step })
    }

    /// Place of a node's vector.
    pub fn place(&self, node: NodeId) -> Option<(Phase, Place)> {
        self.places[node.index()]
    }
}

/// The vector of a result, as a loop or nobody computes it.
pub(crate) fn delivered(program: &Program, id: NodeId) -> Delivered {
    let (stream, factor) = stream(program, id);
    Delivered { stream, factor }
}

/// Nodes whose vectors outlive their phase: results, and what another phase reads.
fn lasting(
    program: &Program,
    fusion: &Fusion,
    kernels: &[Kernel],
    selects: &BTreeMap<NodeId, Vec<Stream>>,
) -> BTreeSet<NodeId> {
    let results = program.observed_roots().into_iter().map(|id| delivered(program, id).stream.source);
    let read = kernels.iter().flat_map(|kernel| {
        let streams = kernel.parts.iter().flat_map(|part| &part.streams);
        let other = |source: &Source| match source {
            Source::Node(node) => fusion.phases[node.index()] != fusion.phases[kernel.node.index()],
            _ => false,
        };
        streams.map(|stream| stream.source).filter(other)
    });
    let node = |source: Source| match source {
        Source::Node(node) => Some(node),
        _ => None,
    };
    let chosen = selects.values().flatten().map(|stream| stream.source);
    results.chain(read).chain(chosen).filter_map(node).collect()
}

fn series(program: &Program, fusion: &Fusion) -> BTreeMap<NodeId, Vec<u32>> {
    let needed = program.graph.ids().filter(|id| fusion.phases[id.index()].is_some());
    let vectors = |id: NodeId| match &program.graph.node(id).op {
        Op::Series(vectors) => Some((id, vectors.iter().map(|v| v.0).collect())),
        _ => None,
    };
    needed.filter_map(vectors).collect()
}

/// Vectors from before the loop have no factor, so that streams are all there is to know.
fn selects(program: &Program, fusion: &Fusion) -> BTreeMap<NodeId, Vec<Stream>> {
    let graph = &program.graph;
    let needed = graph.ids().filter(|id| fusion.phases[id.index()].is_some());
    let values = |id: NodeId| graph.operands(id).iter().map(|value| stream(program, *value).0).collect();
    needed.filter(|id| graph.node(*id).op == Op::Select).map(|id| (id, values(id))).collect()
}

/// One period of each public vector that a loop reads or a result is.
fn publics(
    program: &Program,
    kernels: &[Kernel],
    series: &BTreeMap<NodeId, Vec<u32>>,
    selects: &BTreeMap<NodeId, Vec<Stream>>,
) -> BTreeMap<u32, Vec<f64>> {
    let read = kernels.iter().flat_map(|k| &k.parts).flat_map(|part| &part.streams).map(|s| s.source);
    let results = program.observed_roots().into_iter().map(|id| delivered(program, id).stream.source);
    let vector = |source: Source| match source {
        Source::Public(vector) => Some(vector.0),
        _ => None,
    };
    let chosen = selects.values().flatten().map(|stream| stream.source);
    let used: BTreeSet<u32> = read
        .chain(results)
        .chain(chosen)
        .filter_map(vector)
        .chain(series.values().flatten().copied())
        .collect();
    let expanded = |index: u32| {
        let vector = &program.vectors[index as usize];
        let mut values = vector.expand();
        values.truncate(vector.period().max(LEAST_PERIOD).min(vector.slots()));
        values.shrink_to_fit();
        (index, values)
    };
    used.into_iter().map(expanded).collect()
}
