//! A compiled program and its runs.

use crate::error::CodegenError;
use crate::kernel::Delivered;
use crate::program::{Compiled, delivered};
use crate::run::{Memory, Vector};
use hep_compiler::dag::NodeId;
use hep_compiler::slot::Program;
use hep_compiler::slot::phase::Phase;
use hep_plan::Tensor;
use hep_plan::layout::{Home, Layout};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A packed program as native code.
pub struct Simulation {
    compiled: Compiled,
    uploads: Vec<(String, Layout)>,
    init: Vec<Vec<Delivered>>,
    next: Vec<Vec<Delivered>>,
    outputs: Vec<Packed>,
    scores: Vec<Packed>,
}

/// A tensor in slots.
struct Packed {
    name: String,
    shape: Vec<usize>,
    /// Where its elements lie; `None` if one lies nowhere.
    homes: Option<Vec<Home>>,
    values: Vec<Delivered>,
}

impl Packed {
    fn new(name: String, layout: &Layout, values: Vec<Delivered>) -> Self {
        Self { name, shape: layout.shape.clone(), homes: layout.homes(), values }
    }
}

impl Simulation {
    /// Compiles a program for this processor.
    ///
    /// # Errors
    /// A processor without a code generator.
    pub fn compile(program: &Program) -> Result<Self, CodegenError> {
        let all = |ids: &[NodeId]| ids.iter().map(|id| delivered(program, *id)).collect::<Vec<_>>();
        let outputs = program.outputs.iter().map(|o| Packed::new(o.name.clone(), &o.layout, all(&o.values)));
        let scores = program.scores.iter();
        let scores =
            scores.map(|s| Packed::new(format!("scores of check {}", s.check), &s.layout, all(&s.values)));
        Ok(Self {
            compiled: Compiled::of(program)?,
            uploads: program.uploads.iter().map(|u| (u.name.clone(), u.layout.clone())).collect(),
            init: program.carried.iter().map(|c| all(&c.init)).collect(),
            next: program.carried.iter().map(|c| all(&c.next)).collect(),
            outputs: outputs.collect(),
            scores: scores.collect(),
        })
    }

    /// Number of loops that were compiled: blocks of a tensor share theirs.
    #[must_use]
    pub fn loops(&self) -> usize {
        self.compiled.library.len()
    }

    /// Bytes that a run needs beside the uploaded tensors.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let uploads = self.uploads.iter().map(|(_, layout)| layout.ciphertexts()).sum();
        let carried = self.next.iter().map(Vec::len).sum();
        Memory::bytes(&self.compiled, uploads, carried)
    }

    /// Packs the owner's tensors and evaluates what comes before the loop; uses at most `memory` bytes.
    ///
    /// # Errors
    /// A missing or misshapen upload; a program too large for the memory.
    pub fn start(&self, uploads: &BTreeMap<String, Tensor>, memory: u64) -> Result<Run<'_>, CodegenError> {
        if self.bytes() > memory {
            let mib = |bytes: u64| bytes.div_ceil(1 << 20);
            return Err(CodegenError::Memory { needed: mib(self.bytes()), allowed: mib(memory) });
        }
        let packed = self.uploads.iter().map(|(name, layout)| {
            let tensor = uploads.get(name).ok_or_else(|| CodegenError::Upload(name.clone()))?;
            let blocks = (0..layout.ciphertexts()).into_par_iter();
            let packed =
                blocks.map(|block| layout.pack_block(tensor, block)).collect::<Option<Vec<Vector>>>();
            packed.ok_or_else(|| CodegenError::Upload(name.clone()))
        });
        let memory = Memory::new(&self.compiled, packed.collect::<Result<_, _>>()?);
        let mut run = Run { simulation: self, memory };
        run.memory.run(&self.compiled, Phase::Before);
        run.memory.carried = run.vectors(&self.init);
        Ok(run)
    }
}

/// A program being trained in the clear.
pub struct Run<'s> {
    simulation: &'s Simulation,
    memory: Memory,
}

impl Run<'_> {
    /// One iteration.
    pub fn step(&mut self) {
        self.memory.iteration += 1;
        self.memory.run(&self.simulation.compiled, Phase::Body);
        self.memory.carried = self.vectors(&self.simulation.next);
    }

    /// What would be revealed if the loop ended here.
    ///
    /// # Errors
    /// A result with elements that have no slot.
    pub fn reveals(&mut self) -> Result<BTreeMap<String, Tensor>, CodegenError> {
        self.memory.run(&self.simulation.compiled, Phase::After);
        let named = |o: &Packed| Ok((o.name.clone(), self.unpacked(o)?));
        self.simulation.outputs.iter().map(named).collect()
    }

    /// The scores that entered approximations in this iteration, in the order of the program's.
    ///
    /// # Errors
    /// Scores that have no slot.
    pub fn scores(&self) -> Result<Vec<Tensor>, CodegenError> {
        self.simulation.scores.iter().map(|scores| self.unpacked(scores)).collect()
    }

    fn vectors(&self, results: &[Vec<Delivered>]) -> Vec<Vec<Vector>> {
        let vector = |result: &Delivered| self.memory.delivered(&self.simulation.compiled, result);
        results.iter().map(|blocks| blocks.iter().map(vector).collect()).collect()
    }

    fn unpacked(&self, packed: &Packed) -> Result<Tensor, CodegenError> {
        let homes = packed.homes.as_deref();
        let data =
            homes.and_then(|homes| self.memory.numbers(&self.simulation.compiled, &packed.values, homes));
        let tensor = data.and_then(|data| Tensor::new(packed.shape.clone(), data));
        tensor.ok_or_else(|| CodegenError::Output(packed.name.clone()))
    }
}
