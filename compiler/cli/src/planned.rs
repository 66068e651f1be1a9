//! Plans that are made for data and rehearsed on them.

use crate::failure::Failure;
use crate::source;
use hep_compiler::source::SourceFile;
use hep_compiler::{Analysis, Compilation, Options};
use hep_exec::Prepared;
use hep_exec::rehearsal::{self, Rehearsal};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A plan with what it will do on the owner's data.
pub struct Planned {
    /// Every form of the program; its plan is in [`Self::prepared`].
    pub compilation: Compilation,
    /// The plan.
    pub prepared: Prepared,
    /// Its run in the clear.
    pub rehearsal: Rehearsal,
}

impl Planned {
    /// Marks the plan as one of a training that diverges, where the owner went on nevertheless.
    pub fn diverges(&mut self, why: Option<String>) -> Result<(), Failure> {
        let mut plan = self.prepared.plan().clone();
        plan.info.diverges = why;
        self.prepared = Prepared::new(plan).map_err(hep_exec::Error::from)?;
        Ok(())
    }
}

/// Makes a plan for the owner's inputs and rehearses it. Where what is computed from revealed tensors, such as coefficients
/// for raw features, would be less precise than promised, the plan is made again with more bits.
pub fn plan(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    inputs: BTreeMap<String, Tensor>,
) -> Result<Planned, Failure> {
    let data = Arc::new(inputs);
    let (compilation, prepared, rehearsal) = rehearsal::planned(&data, |reserve_bits| {
        let options = Options { data: Some(Arc::clone(&data)), reserve_bits, ..options.clone() };
        let compilation = source::lower(source, analysis.clone(), &options)?;
        let prepared = Prepared::new(compilation.plan.clone()).map_err(hep_exec::Error::from)?;
        Ok::<_, Failure>((compilation, prepared))
    })?;
    Ok(Planned { compilation, prepared, rehearsal })
}
