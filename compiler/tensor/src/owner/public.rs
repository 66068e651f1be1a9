//! Values the compiler knows: public nodes, per iteration.

use crate::batch;
use crate::dag::NodeId;
use crate::graph::{Op, Place, Program};
use crate::region::{Region, regions};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Evaluates public nodes and remembers the results.
#[derive(Debug)]
pub struct PublicValues<'p> {
    program: &'p Program,
    regions: Vec<Region>,
    /// Iterations whose loop variables are in the memo.
    advanced: u32,
    /// Iteration 0 stands for "before the loop", one past the last for "after the loop".
    /// A tensor of all iterations is needed in each.
    memo: BTreeMap<(NodeId, u32), Option<Rc<Tensor>>>,
}

impl<'p> PublicValues<'p> {
    /// Nothing is evaluated yet.
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        Self { program, regions: regions(program), advanced: 0, memo: BTreeMap::new() }
    }

    /// Value of a public node in an iteration (from 1; ignored outside the loop). `None` for other places, for
    /// iterations that do not occur, and where the operation has no value (an index outside, say).
    pub fn get(&mut self, id: NodeId, iteration: u32) -> Option<Tensor> {
        let last = self.program.train.iterations;
        let region = *self.regions.get(id.index())?;
        if self.program.graph.node(id).ty.place != Place::Public {
            return None;
        }
        let value = match region {
            Region::Before => self.at(id, 0),
            Region::Body if (1..=last).contains(&iteration) => {
                self.advance(iteration);
                self.at(id, iteration)
            }
            Region::Body => None,
            Region::After => {
                self.advance(last);
                self.at(id, last + 1)
            }
        };
        value.map(|value| Tensor::clone(&value))
    }

    /// The first iteration's and all further values of public loop variables up to `iteration`, so that the
    /// recursion of [`Self::at`] never goes back more than one iteration.
    fn advance(&mut self, iteration: u32) {
        let params: Vec<NodeId> = self.program.train.carried.iter().map(|v| v.param).collect();
        for t in self.advanced + 1..=iteration {
            for &param in &params {
                if self.program.graph.node(param).ty.place == Place::Public {
                    self.at(param, t);
                }
            }
        }
        self.advanced = self.advanced.max(iteration);
    }

    fn at(&mut self, id: NodeId, iteration: u32) -> Option<Rc<Tensor>> {
        let iteration = if self.regions[id.index()] == Region::Before { 0 } else { iteration };
        if let Some(known) = self.memo.get(&(id, iteration)) {
            return known.clone();
        }
        let value = self.evaluate(id, iteration);
        self.memo.insert((id, iteration), value.clone());
        value
    }

    fn evaluate(&mut self, id: NodeId, iteration: u32) -> Option<Rc<Tensor>> {
        let program = self.program;
        match &program.graph.node(id).op {
            Op::Iteration => Some(Rc::new(Tensor::scalar(f64::from(iteration)))),
            Op::Rows { size } => {
                let whole = self.at(*program.graph.operands(id).first()?, iteration)?;
                batch::rows(&whole, *size, iteration).map(Rc::new)
            }
            Op::Encrypt { .. } => None,
            Op::Carried(i) => {
                let variable = program.train.carried.get(*i)?;
                if iteration <= 1 { self.at(variable.init, 0) } else { self.at(variable.next, iteration - 1) }
            }
            Op::Final(i) => {
                let variable = program.train.carried.get(*i)?;
                match program.train.iterations {
                    0 => self.at(variable.init, 0),
                    last => self.at(variable.next, last),
                }
            }
            Op::Host(op) => {
                let operands: Vec<Rc<Tensor>> = (program.graph.operands(id).iter())
                    .map(|&o| self.at(o, iteration))
                    .collect::<Option<_>>()?;
                op.apply(&operands.iter().map(Rc::as_ref).collect::<Vec<_>>()).ok().map(Rc::new)
            }
        }
    }
}
