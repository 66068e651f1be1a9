//! The meaning of a program: exact evaluation in the clear, on `f64`.
//!
//! Encryption is the identity here. Every later form of a program (slots, schedule, ciphertexts) is compared with
//! what this interpreter computes. Nodes before the loop are evaluated once, nodes of the body once per iteration,
//! the rest after the last iteration; [`HostOp::apply`] defines the operations.

use super::batch;
use super::graph::{Op, Program, Type, Values};
use super::region::{Region, regions};
use crate::dag::NodeId;
use hep_plan::host::{HostError, HostOp};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why a program could not be evaluated.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum InterpretError {
    /// A tensor of the data file is missing.
    #[error("the program reads `{0}`, which was not given")]
    MissingInput(String),
    /// A tensor of the data file has another shape.
    #[error("`{name}` has shape {found:?}, the program needs {expected:?}")]
    InputShape {
        /// Name of the input.
        name: String,
        /// Shape of its type.
        expected: Vec<usize>,
        /// Shape given.
        found: Vec<usize>,
    },
    /// An element that the input's type excludes: not finite, or no label of the declared kind.
    #[error("element {position} of `{name}` is {value}, which its type excludes")]
    InputValue {
        /// Name of the input.
        name: String,
        /// Position in row-major order, from 0.
        position: usize,
        /// The element.
        value: f64,
    },
    /// An operation failed.
    #[error("{node}: {error}")]
    Operation {
        /// The node.
        node: NodeId,
        /// Why.
        error: HostError,
    },
    /// A value is used that does not exist there: a loop variable outside the loop, a final value inside.
    #[error("{0} is used where it has no value")]
    NoValue(NodeId),
}

/// The state after an iteration, as an observer sees it.
#[derive(Debug)]
pub struct Step<'a> {
    /// Number of the iteration, from 1.
    pub iteration: u32,
    /// Named nodes of the body by name; of two nodes with one name the later.
    pub values: BTreeMap<&'a str, &'a Tensor>,
    /// Loop variables after the iteration, in order.
    pub carried: &'a [Tensor],
    nodes: &'a [Option<Tensor>],
}

impl Step<'_> {
    /// Value of a node in this iteration, if it was needed: named, or used for a result.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Tensor> {
        self.nodes.get(id.index())?.as_ref()
    }
}

/// A program being evaluated on given data.
#[derive(Debug)]
pub struct Interpreter<'p> {
    program: &'p Program,
    needed: Vec<bool>,
    regions: Vec<Region>,
    values: Vec<Option<Tensor>>,
    carried: Vec<Tensor>,
    iteration: u32,
}

impl<'p> Interpreter<'p> {
    /// Checks the inputs and evaluates everything before the loop.
    ///
    /// # Errors
    /// Inputs that are missing or do not fit; operations that fail on these numbers.
    pub fn new(program: &'p Program, inputs: &BTreeMap<String, Tensor>) -> Result<Self, InterpretError> {
        let regions = regions(program);
        let graph = &program.graph;
        let named = graph.ids().filter(|id| graph.node(*id).name.is_some());
        let body = named.filter(|id| regions[id.index()] == Region::Body);
        let needed = graph.reachable(program.roots().into_iter().chain(body));
        let values = vec![None; graph.len()];
        let mut this = Self { program, needed, regions, values, carried: Vec::new(), iteration: 0 };
        for id in graph.ids() {
            if this.needed[id.index()] && this.regions[id.index()] == Region::Before {
                let value = this.evaluate(id, Some(inputs))?;
                this.values[id.index()] = Some(value);
            }
        }
        for variable in &program.train.carried {
            let init = this.value(variable.init).ok_or(InterpretError::NoValue(variable.init))?;
            this.carried.push(init.clone());
        }
        Ok(this)
    }

    /// One iteration.
    ///
    /// # Errors
    /// Operations that fail on these numbers.
    pub fn step(&mut self) -> Result<Step<'_>, InterpretError> {
        self.iteration += 1;
        self.evaluate_region(Region::Body)?;
        let next: Vec<Tensor> = (self.program.train.carried.iter())
            .map(|v| self.value(v.next).cloned().ok_or(InterpretError::NoValue(v.next)))
            .collect::<Result<_, _>>()?;
        self.carried = next;
        let graph = &self.program.graph;
        let values = graph.ids().filter(|id| self.regions[id.index()] == Region::Body).filter_map(|id| {
            let name = graph.node(id).name.as_deref()?;
            Some((name, self.values[id.index()].as_ref()?))
        });
        Ok(Step {
            iteration: self.iteration,
            values: values.collect(),
            carried: &self.carried,
            nodes: &self.values,
        })
    }

    /// Replaces the loop variables, in order: to go on from somewhere else, or to look at [`Self::finish`] for
    /// decrypted values.
    pub fn set_carried(&mut self, carried: Vec<Tensor>) {
        self.carried = carried;
    }

    /// Evaluates what follows the loop, with the loop variables as they are now.
    ///
    /// # Errors
    /// Operations that fail on these numbers.
    pub fn finish(&mut self) -> Result<(), InterpretError> {
        self.evaluate_region(Region::After)
    }

    /// Value of a node: from the current iteration, or after [`Self::finish`].
    #[must_use]
    pub fn value(&self, id: NodeId) -> Option<&Tensor> {
        self.values.get(id.index())?.as_ref()
    }

    /// Whether a value belongs to the loop body.
    #[must_use]
    pub fn in_loop(&self, id: NodeId) -> bool {
        self.regions.get(id.index()) == Some(&Region::Body)
    }

    /// Values that leave the server; call [`Self::finish`] first.
    ///
    /// # Errors
    /// [`Self::finish`] was not called.
    pub fn reveals(&self) -> Result<BTreeMap<String, Tensor>, InterpretError> {
        let reveals = self.program.reveals.iter().map(|r| {
            let value = self.value(r.node).ok_or(InterpretError::NoValue(r.node))?;
            Ok((r.name.clone(), value.clone()))
        });
        reveals.collect()
    }

    fn evaluate_region(&mut self, region: Region) -> Result<(), InterpretError> {
        for id in self.program.graph.ids() {
            if self.needed[id.index()] && self.regions[id.index()] == region {
                let value = self.evaluate(id, None)?;
                self.values[id.index()] = Some(value);
            }
        }
        Ok(())
    }

    fn evaluate(
        &self,
        id: NodeId,
        inputs: Option<&BTreeMap<String, Tensor>>,
    ) -> Result<Tensor, InterpretError> {
        let operands: Vec<&Tensor> = (self.program.graph.operands(id).iter())
            .map(|&o| self.value(o).ok_or(InterpretError::NoValue(o)))
            .collect::<Result<_, _>>()?;
        let node = self.program.graph.node(id);
        match &node.op {
            Op::Host(HostOp::Input(name)) => {
                let given = inputs.and_then(|i| i.get(name));
                let value = given.ok_or_else(|| InterpretError::MissingInput(name.clone()))?;
                check_input(name, &node.ty, value)?;
                Ok(value.clone())
            }
            Op::Host(op) => {
                op.apply(&operands).map_err(|error| InterpretError::Operation { node: id, error })
            }
            Op::Encrypt { .. } => operands.first().map(|v| (*v).clone()).ok_or(InterpretError::NoValue(id)),
            Op::Carried(i) | Op::Final(i) => self.carried.get(*i).cloned().ok_or(InterpretError::NoValue(id)),
            Op::Iteration => Ok(Tensor::scalar(f64::from(self.iteration))),
            Op::Rows { size } => {
                let rows = operands.first().and_then(|whole| batch::rows(whole, *size, self.iteration));
                rows.ok_or(InterpretError::NoValue(id))
            }
        }
    }
}

/// Runs a whole program and returns what it reveals; `observer` sees the state after each iteration.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn run(
    program: &Program,
    inputs: &BTreeMap<String, Tensor>,
    observer: &mut dyn FnMut(Step<'_>),
) -> Result<BTreeMap<String, Tensor>, InterpretError> {
    let mut interpreter = Interpreter::new(program, inputs)?;
    for _ in 0..program.train.iterations {
        observer(interpreter.step()?);
    }
    interpreter.finish()?;
    interpreter.reveals()
}

/// Scores of `predict` on the rows of `inputs` (as many as the program's types say) for given loop variables, with
/// all statistics taken from these rows. [`super::owner::predict_program`] is the same function for new rows.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn scores(
    program: &Program,
    inputs: &BTreeMap<String, Tensor>,
    carried: Vec<Tensor>,
) -> Result<Option<Tensor>, InterpretError> {
    let Some(predict) = program.predict else { return Ok(None) };
    let mut interpreter = Interpreter::new(program, inputs)?;
    interpreter.set_carried(carried);
    interpreter.finish()?;
    interpreter.value(predict).cloned().map(Some).ok_or(InterpretError::NoValue(predict))
}

fn check_input(name: &str, ty: &Type, value: &Tensor) -> Result<(), InterpretError> {
    let expected = ty.shape();
    if value.shape != expected || value.data.len() != expected.iter().product::<usize>() {
        return Err(InterpretError::InputShape { name: name.into(), expected, found: value.shape.clone() });
    }
    let allowed = |v: f64| match ty.values {
        Values::Real => v.is_finite(),
        Values::Class { classes } => v.fract() == 0.0 && v >= 0.0 && v < classes as f64,
        Values::Bit | Values::OneHot => v == 0.0 || v == 1.0,
    };
    match value.data.iter().position(|&v| !allowed(v)) {
        Some(position) => {
            Err(InterpretError::InputValue { name: name.into(), position, value: value.data[position] })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
