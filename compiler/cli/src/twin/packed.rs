//! The packed program in the clear: as native code, or interpreted.

use super::inputs;
use super::machine::{Machine, Named, Observed};
use crate::data::Dataset;
use crate::failure::Failure;
use hep_codegen::Simulation;
use hep_compiler::slot::interpret::Interpreter;
use hep_compiler::tensor::ranges::RangeReport;
use hep_compiler::tensor::region::{Region, regions};
use hep_compiler::tensor::{Program, owner, passes};
use hep_compiler::{slot, tensor};
use hep_plan::tensor::Tensor;

/// A program on slots with what the owner uploads.
pub struct Packed<'p> {
    program: &'p Program,
    slot: slot::Program,
    uploads: Named,
    /// Whether the scores of a check belong to the loop.
    in_loop: Vec<bool>,
}

impl<'p> Packed<'p> {
    /// Packs a program on vectors of `slots` numbers, or as many as suit it; the reason where it has no packed form.
    pub fn new(program: &'p Program, data: &Dataset, slots: Option<usize>) -> Result<Self, String> {
        if program.exact {
            return Err("the true functions have no packed form".into());
        }
        let optimized = passes::optimize(program.clone());
        let slot = match slots {
            Some(slots) => slot::lower(&optimized, slots),
            None => slot::lower_in_the_clear(&optimized),
        };
        let slot = slot.map_err(|e| e.to_string())?;
        if slot.scores.len() != program.checks.len() {
            return Err("not every approximation is evaluated in slots".into());
        }
        let uploads = uploads(&optimized, data)?;
        let regions = regions(program);
        let in_loop =
            program.checks.iter().map(|check| regions[check.score.index()] == Region::Body).collect();
        Ok(Self { program, slot, uploads, in_loop })
    }

    /// The program as native code.
    pub fn compile(&self) -> Result<Simulation, String> {
        Simulation::compile(&self.slot).map_err(|e| e.to_string())
    }

    /// Native code, ready for the first iteration; the reason where it does not fit the memory.
    pub fn native<'s>(&'s self, simulation: &'s Simulation) -> Result<Native<'s>, String> {
        let memory = hep_server::memory::available_bytes().unwrap_or(u64::MAX);
        let run = simulation.start(&self.uploads, memory).map_err(|e| e.to_string())?;
        Ok(Native { packed: self, run, iteration: 0 })
    }

    /// The slot interpreter, ready for the first iteration.
    pub fn interpreted(&self) -> Result<Interpreted<'_>, String> {
        let interpreter = Interpreter::new(&self.slot, &self.uploads).map_err(|e| e.to_string())?;
        Ok(Interpreted { packed: self, interpreter, iteration: 0 })
    }

    fn observed(&self, iteration: u32, scores: &[Tensor], revealed: Named) -> Observed {
        let last = iteration == self.program.train.iterations;
        let mut ranges = Vec::new();
        for (of, scores) in self.slot.scores.iter().zip(scores) {
            let inside = self.in_loop[of.check];
            if inside || last {
                let iteration = if inside { iteration } else { 0 };
                let check = &self.program.checks[of.check];
                ranges.push(RangeReport::of(of.check, check, iteration, &scores.data));
            }
        }
        Observed { values: Named::new(), ranges, revealed }
    }
}

/// What the owner would encrypt.
pub fn uploads(program: &tensor::Program, data: &Dataset) -> Result<Named, String> {
    let side = owner::owner_program(program).map_err(|e| e.to_string())?;
    let secret = side.program.only(|name| side.uploads.iter().any(|upload| upload == name));
    secret.run(&inputs(program, data)).map_err(|e| e.to_string())
}

/// The packed program as native code.
pub struct Native<'s> {
    packed: &'s Packed<'s>,
    run: hep_codegen::Run<'s>,
    iteration: u32,
}

impl Machine for Native<'_> {
    fn step(&mut self) -> Result<Observed, Failure> {
        self.iteration += 1;
        self.run.step();
        let revealed = self.run.reveals().map_err(Failure::message)?;
        let scores = self.run.scores().map_err(Failure::message)?;
        Ok(self.packed.observed(self.iteration, &scores, revealed))
    }
}

/// The packed program, operation by operation.
pub struct Interpreted<'s> {
    packed: &'s Packed<'s>,
    interpreter: Interpreter<'s>,
    iteration: u32,
}

impl Machine for Interpreted<'_> {
    fn step(&mut self) -> Result<Observed, Failure> {
        self.iteration += 1;
        self.interpreter.step();
        let revealed = self.interpreter.reveals().map_err(Failure::message)?;
        let scores = self.interpreter.scores().map_err(Failure::message)?;
        Ok(self.packed.observed(self.iteration, &scores, revealed))
    }
}
