//! What trains in the clear, one iteration at a time: whole tensors.

use crate::failure::Failure;
use hep_compiler::tensor::Program;
use hep_compiler::tensor::interpret::{InterpretError, Interpreter};
use hep_compiler::tensor::ranges::RangeReport;
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;

/// Tensors by name.
pub type Named = BTreeMap<String, Tensor>;

/// What an iteration leaves behind.
pub struct Observed {
    /// Named values of the loop body, where the machine has them.
    pub values: Named,
    /// What went into each approximation; after the last iteration also what did outside of the loop.
    pub ranges: Vec<RangeReport>,
    /// What would be revealed if training stopped here.
    pub revealed: Named,
}

/// A program being trained.
pub trait Machine {
    /// The next iteration.
    fn step(&mut self) -> Result<Observed, Failure>;
}

/// Whole tensors, operation by operation: the meaning of a program.
pub struct Tensors<'p> {
    program: &'p Program,
    interpreter: Interpreter<'p>,
    iteration: u32,
}

impl<'p> Tensors<'p> {
    /// Ready for the first iteration.
    pub fn new(program: &'p Program, inputs: &Named) -> Result<Self, Failure> {
        let interpreter = Interpreter::new(program, inputs).map_err(fail)?;
        Ok(Self { program, interpreter, iteration: 0 })
    }
}

impl Machine for Tensors<'_> {
    fn step(&mut self) -> Result<Observed, Failure> {
        let step = self.interpreter.step().map_err(fail)?;
        let named = step.values.iter().map(|(name, value)| ((*name).to_string(), (*value).clone()));
        let values = named.collect();
        self.iteration = step.iteration;
        self.interpreter.finish().map_err(fail)?;
        let revealed = self.interpreter.reveals().map_err(fail)?;
        let last = self.iteration == self.program.train.iterations;
        let mut ranges = Vec::new();
        for (index, check) in self.program.checks.iter().enumerate() {
            let inside = self.interpreter.in_loop(check.score);
            if let Some(scores) = self.interpreter.value(check.score).filter(|_| inside || last) {
                let iteration = if inside { self.iteration } else { 0 };
                ranges.push(RangeReport::of(index, check, iteration, &scores.data));
            }
        }
        Ok(Observed { values, ranges, revealed })
    }
}

fn fail(error: InterpretError) -> Failure {
    Failure::message(error)
}
