//! Runs loops on data.

use crate::code::{MAX_SCALARS, MAX_STREAMS};
use crate::kernel::{Delivered, Kernel, Part, Scalar, Source, Stream};
use crate::program::{Compiled, PhaseCode};
use crate::storage::Place;
use hep_compiler::slot::graph::FactorId;
use hep_compiler::slot::phase::Phase;
use hep_plan::layout::Home;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Slots of a sum that are finished before the next ones are begun: its output stays in the nearest cache.
const TILE: usize = 2048;
/// Fewest slots that are worth a thread.
const LEAST_RANGE: usize = 4096;

/// A vector of slots.
pub(crate) type Vector = Vec<f64>;

/// All data of a run.
pub(crate) struct Memory {
    /// Packed uploads.
    pub uploads: Vec<Vec<Vector>>,
    /// Loop variables.
    pub carried: Vec<Vec<Vector>>,
    /// Shared vectors by phase.
    shared: [Vec<Vector>; 3],
    /// Local vectors for strands that run at the same time.
    scratch: Mutex<Vec<Vec<Vector>>>,
    /// The iteration, from 1; 0 before the loop.
    pub iteration: u32,
}

/// Vectors that a strand has for itself while it runs.
struct Strand {
    /// Shared vectors that it writes, by number.
    own: BTreeMap<usize, Vector>,
    local: Vec<Vector>,
}

impl Memory {
    /// Memory for a program.
    pub fn new(compiled: &Compiled, uploads: Vec<Vec<Vector>>) -> Self {
        let zeros = |count: usize| vec![vec![0.0; compiled.slots]; count];
        let shared = compiled.phases.each_ref().map(|phase| zeros(phase.storage.shared));
        Self { uploads, carried: Vec::new(), shared, scratch: Mutex::default(), iteration: 0 }
    }

    /// Bytes that a run needs.
    pub fn bytes(compiled: &Compiled, uploads: usize, carried: usize) -> u64 {
        let strands = rayon::current_num_threads() as u64;
        let phases =
            compiled.phases.iter().map(|p| p.storage.shared as u64 + strands * p.storage.local as u64);
        let vectors = phases.sum::<u64>() + uploads as u64 + 2 * carried as u64;
        let public: usize = compiled.publics.values().map(Vec::len).sum();
        8 * (vectors * compiled.slots as u64 + public as u64)
    }

    /// Runs the loops of a phase.
    pub fn run(&mut self, compiled: &Compiled, phase: Phase) {
        let code = &compiled.phases[phase as usize];
        for strands in &code.stages {
            let threads = rayon::current_num_threads();
            let mut running: Vec<Strand> =
                strands.iter().map(|members| self.begin(compiled, code, members)).collect();
            let this = &*self;
            if strands.len() >= 2 * threads {
                running.par_iter_mut().zip(strands).for_each(|(strand, members)| {
                    strand.local = this.lend(code);
                    for &index in members {
                        this.whole(compiled, code, &compiled.kernels[index], strand);
                    }
                    this.scratch().push(std::mem::take(&mut strand.local));
                });
            } else {
                for (strand, members) in running.iter_mut().zip(strands) {
                    strand.local = this.lend(code);
                    for &index in members {
                        this.divided(compiled, code, &compiled.kernels[index], strand, threads);
                    }
                    this.scratch().push(std::mem::take(&mut strand.local));
                }
            }
            for strand in running {
                for (slot, vector) in strand.own {
                    self.shared[phase as usize][slot] = vector;
                }
            }
        }
    }

    /// Takes out the shared vectors that a strand writes.
    fn begin(&mut self, compiled: &Compiled, code: &PhaseCode, members: &[usize]) -> Strand {
        let slots = members.iter().filter_map(|&index| {
            match code.storage.places.get(&compiled.kernels[index].node) {
                Some(Place::Shared(slot)) => Some(*slot),
                _ => None,
            }
        });
        let shared = &mut self.shared[code.phase as usize];
        let own = slots.map(|slot| (slot, std::mem::take(&mut shared[slot]))).collect();
        Strand { own, local: Vec::new() }
    }

    fn scratch(&self) -> MutexGuard<'_, Vec<Vec<Vector>>> {
        // Vectors are only put there whole, so a panic elsewhere leaves them sound.
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self, code: &PhaseCode) -> Vec<Vector> {
        let mut local = self.scratch().pop().unwrap_or_default();
        local.resize(local.len().max(code.storage.local), Vec::new());
        local
    }

    /// A loop over all slots.
    fn whole(&self, compiled: &Compiled, code: &PhaseCode, kernel: &Kernel, strand: &mut Strand) {
        let (place, mut output) = take(compiled, kernel, strand);
        self.kernel(compiled, code, kernel, strand, 0, &mut output);
        put(strand, place, output);
    }

    /// A loop over all slots, a range on each thread.
    fn divided(
        &self,
        compiled: &Compiled,
        code: &PhaseCode,
        kernel: &Kernel,
        strand: &mut Strand,
        threads: usize,
    ) {
        let (place, mut output) = take(compiled, kernel, strand);
        let range = compiled.slots.div_ceil(2 * threads).next_multiple_of(TILE).max(LEAST_RANGE);
        let reader = &*strand;
        output.par_chunks_mut(range).enumerate().for_each(|(number, part)| {
            self.kernel(compiled, code, kernel, reader, number * range, part);
        });
        put(strand, place, output);
    }

    /// The slots of a loop from `first` on, as many as the output has.
    fn kernel(
        &self,
        compiled: &Compiled,
        code: &PhaseCode,
        kernel: &Kernel,
        strand: &Strand,
        first: usize,
        output: &mut [f64],
    ) {
        let tile = if kernel.parts.len() > 1 { TILE } else { output.len() };
        for (number, tile_of) in output.chunks_mut(tile.max(1)).enumerate() {
            if kernel.cleared {
                tile_of.fill(0.0);
            }
            for part in &kernel.parts {
                self.part(compiled, code, part, strand, first + number * tile, tile_of);
            }
        }
    }

    /// One call, or one per run of slots in which all vectors are read without a wrap.
    fn part(
        &self,
        compiled: &Compiled,
        code: &PhaseCode,
        part: &Part,
        strand: &Strand,
        first: usize,
        output: &mut [f64],
    ) {
        let mut vectors: [&[f64]; MAX_STREAMS] = [&[]; MAX_STREAMS];
        let mut steps = [0; MAX_STREAMS];
        for ((vector, step), stream) in vectors.iter_mut().zip(&mut steps).zip(&part.streams) {
            let stream = compiled.resolved(*stream, self.iteration);
            *vector = self.vector(compiled, code, stream.source, strand);
            *step = stream.step;
        }
        let mut scalars = [0.0; MAX_SCALARS];
        for (number, scalar) in scalars.iter_mut().zip(&part.scalars) {
            *number = self.scalar(compiled, *scalar);
        }
        let scalars = &scalars[..part.scalars.len()];
        let slots = first..first + output.len();
        let mut visit = |from: usize, to: usize| {
            let mut at = from;
            while at < to {
                let mut length = to - at;
                let mut streams: [&[f64]; MAX_STREAMS] = [&[]; MAX_STREAMS];
                for ((read, vector), step) in
                    streams.iter_mut().zip(vectors).zip(steps).take(part.streams.len())
                {
                    let start = (at + step) % vector.len().max(1);
                    *read = &vector[start..];
                    length = length.min(read.len());
                }
                let out = &mut output[at - first..at - first + length];
                compiled.library.call(part.code, &streams[..part.streams.len()], scalars, out);
                at += length;
            }
        };
        match part.runs {
            None => visit(slots.start, slots.end),
            Some(runs) => {
                compiled.runs[runs].within(slots).for_each(|run| visit(run.start, run.end));
            }
        }
    }

    fn scalar(&self, compiled: &Compiled, scalar: Scalar) -> f64 {
        scalar.factor.map_or(scalar.value, |factor| scalar.value * self.factor(compiled, factor))
    }

    fn factor(&self, compiled: &Compiled, factor: FactorId) -> f64 {
        let values = &compiled.factors[factor.0 as usize];
        values[(self.iteration.max(1) - 1) as usize]
    }

    fn vector<'a>(
        &'a self,
        compiled: &'a Compiled,
        code: &PhaseCode,
        source: Source,
        strand: &'a Strand,
    ) -> &'a [f64] {
        let Source::Node(node) = source else { return self.given(compiled, source) };
        match compiled.place(node) {
            Some((phase, Place::Shared(slot))) => {
                let own = strand.own.get(&slot).filter(|_| phase == code.phase);
                own.unwrap_or(&self.shared[phase as usize][slot])
            }
            Some((_, Place::Local(slot))) => &strand.local[slot],
            None => &[],
        }
    }

    /// A vector outside of any strand.
    fn given<'a>(&'a self, compiled: &'a Compiled, source: Source) -> &'a [f64] {
        let public = |vector: u32| compiled.publics.get(&vector).map_or(&[][..], Vec::as_slice);
        match source {
            Source::Upload { upload, block } => &self.uploads[upload][block],
            Source::Carried { var, block } => &self.carried[var][block],
            Source::Public(vector) => public(vector.0),
            Source::Series(node) => {
                let of = (self.iteration.max(1) - 1) as usize;
                compiled.series.get(&node).and_then(|vectors| vectors.get(of)).map_or(&[], |v| public(*v))
            }
            Source::Node(node) => match compiled.place(node) {
                Some((phase, Place::Shared(slot))) => &self.shared[phase as usize][slot],
                _ => &[],
            },
            // Resolved before anything is read.
            Source::Select(_) => &[],
        }
    }

    /// The numbers of a result that lie there; `None` for a block that there is not.
    pub fn numbers(&self, compiled: &Compiled, blocks: &[Delivered], homes: &[Home]) -> Option<Vector> {
        let read = |result: &Delivered| {
            let factor = result.factor.map(|factor| self.factor(compiled, factor));
            let Stream { source, step } = compiled.resolved(result.stream, self.iteration);
            (self.given(compiled, source), step, factor)
        };
        let blocks: Vec<(&[f64], usize, Option<f64>)> = blocks.iter().map(read).collect();
        let number = |home: &Home| {
            let (vector, step, factor) = *blocks.get(home.block)?;
            let number = *vector.get((home.slot + step) % vector.len().max(1))?;
            Some(factor.map_or(number, |factor| number * factor))
        };
        homes.iter().map(number).collect()
    }

    /// The vector of a result.
    pub fn delivered(&self, compiled: &Compiled, result: &Delivered) -> Vector {
        let Stream { source, step } = compiled.resolved(result.stream, self.iteration);
        let vector = self.given(compiled, source);
        let (behind, before) = vector.split_at(step % vector.len().max(1));
        let mut values: Vector = before.iter().chain(behind).copied().cycle().take(compiled.slots).collect();
        if let Some(factor) = result.factor {
            let factor = self.factor(compiled, factor);
            values.iter_mut().for_each(|v| *v *= factor);
        }
        values
    }
}

/// The output of a loop, out of the strand's hands while others read there.
fn take(compiled: &Compiled, kernel: &Kernel, strand: &mut Strand) -> (Place, Vector) {
    let place = compiled.place(kernel.node).map_or(Place::Local(0), |(_, place)| place);
    let mut output = std::mem::take(vector_at(strand, place));
    output.resize(compiled.slots, 0.0);
    (place, output)
}

fn put(strand: &mut Strand, place: Place, output: Vector) {
    *vector_at(strand, place) = output;
}

fn vector_at(strand: &mut Strand, place: Place) -> &mut Vector {
    match place {
        Place::Local(slot) => &mut strand.local[slot],
        Place::Shared(slot) => strand.own.entry(slot).or_default(),
    }
}
