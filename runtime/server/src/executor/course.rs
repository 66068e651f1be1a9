//! How much of a plan's loop is run, where it begins, and who may end it.

use super::RunError;
use crate::backend::{Backend, Shape};
use hep_plan::Plan;
use hep_plan::plan::SCALE_AGREEMENT;
use hep_plan::server::Repeats;
use std::ops::Range;
use std::sync::Arc;

/// Asked between instructions, and between the phases of a refresh: whether the run is to end now.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// What a run of the loop handed on. Whoever keeps it keeps the ciphertexts in memory; nothing is copied.
#[derive(Debug)]
pub struct Handed<C> {
    /// Runs that are done.
    pub runs: u32,
    /// Iterations that are done.
    pub iterations: u32,
    /// What is carried on, in the order of the loop variables.
    pub carried: Vec<Arc<C>>,
}

impl<C> Clone for Handed<C> {
    fn clone(&self) -> Self {
        Self { carried: self.carried.clone(), ..*self }
    }
}

/// What an earlier execution was left with.
#[derive(Clone, Debug, PartialEq)]
pub struct Resumed<C> {
    /// Runs that were done.
    pub runs: u32,
    /// What they handed on, in the order of the loop variables.
    pub carried: Vec<C>,
}

/// How a plan is executed; by default all of it, from the beginning.
pub struct Course<'a, C> {
    /// Where to go on; none at the beginning. What comes before the loop is computed again as far as it is needed.
    pub resume: Option<Resumed<C>>,
    /// Runs of the loop in all; none for those of the plan.
    pub runs: Option<u32>,
    /// Who may end it with [`RunError::Stopped`].
    pub stop: Option<Stop<'a>>,
    /// Told after every run of the loop, before anything else starts.
    pub handed: Option<&'a mut (dyn FnMut(Handed<C>) + Send)>,
}

impl<C> Default for Course<'_, C> {
    fn default() -> Self {
        Self { resume: None, runs: None, stop: None, handed: None }
    }
}

/// The runs that are made, and what the first of them begins with, if it is not the first of all.
pub(super) struct Begun<C> {
    pub(super) runs: Range<u32>,
    pub(super) carried: Option<Vec<C>>,
}

/// Checks what is asked against the plan.
pub(super) fn begun<B: Backend>(
    plan: &Plan,
    backend: &B,
    resume: Option<Resumed<B::Cipher>>,
    runs: Option<u32>,
) -> Result<Begun<B::Cipher>, RunError> {
    let Some(repeats) = &plan.server.repeats else {
        return match (resume, runs) {
            (None, None) => Ok(Begun { runs: 0..0, carried: None }),
            _ => Err(RunError::NoLoop),
        };
    };
    let (done, carried) = resume.map_or((0, None), |resumed| (resumed.runs, Some(resumed.carried)));
    let wanted = runs.unwrap_or(repeats.runs);
    if wanted == 0 || wanted > repeats.runs || done > wanted || (carried.is_some() && done == 0) {
        return Err(RunError::Runs { done, wanted, planned: repeats.runs });
    }
    if let Some(carried) = &carried {
        fitting(plan, backend, repeats, done, carried)?;
    }
    Ok(Begun { runs: done..wanted, carried })
}

/// Whether ciphertexts are what the run before hands on.
fn fitting<B: Backend>(
    plan: &Plan,
    backend: &B,
    repeats: &Repeats,
    done: u32,
    carried: &[B::Cipher],
) -> Result<(), RunError> {
    if carried.len() != repeats.carried.len() {
        return Err(RunError::Resumed { index: carried.len().min(repeats.carried.len()) });
    }
    for (index, (variable, value)) in repeats.carried.iter().zip(carried).enumerate() {
        let wanted = plan.server.info(variable.next, done - 1).map(Shape::from);
        let found = backend.shape(value);
        let fits = wanted.is_some_and(|wanted| {
            let close = (found.scale - wanted.scale).abs() <= SCALE_AGREEMENT * wanted.scale;
            (found.level, found.parts) == (wanted.level, wanted.parts) && close
        });
        if !fits {
            return Err(RunError::Resumed { index });
        }
    }
    Ok(())
}
