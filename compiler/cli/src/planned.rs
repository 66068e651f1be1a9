//! Plans that are made for data and rehearsed on them.

use crate::failure::Failure;
use crate::source;
use hep_compiler::source::SourceFile;
use hep_compiler::{Analysis, Compilation, Options};
use hep_exec::Prepared;
use hep_exec::rehearsal::{Rehearsal, rehearse};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Times that a plan is made again with more bits.
const AGAIN: usize = 2;
/// Bits beyond those that were missing.
const SPARE: f64 = 0.5;

/// A plan with what it will do on the owner's data.
pub struct Planned {
    /// Every form of the program; its plan is in [`Self::prepared`].
    pub compilation: Compilation,
    /// The plan.
    pub prepared: Prepared,
    /// Its run in the clear.
    pub rehearsal: Rehearsal,
}

/// Makes a plan for the owner's inputs and rehearses it. Where what is computed from revealed tensors, such as coefficients
/// for raw features, would be less precise than promised, the plan is made again with more bits.
pub fn plan(
    source: &SourceFile,
    analysis: Analysis,
    options: &Options,
    inputs: BTreeMap<String, Tensor>,
) -> Result<Planned, Failure> {
    let data = Arc::new(inputs);
    let mut options = Options { data: Some(Arc::clone(&data)), ..options.clone() };
    for round in 0..=AGAIN {
        let again = Analysis {
            ast: analysis.ast.clone(),
            program: analysis.program.clone(),
            warnings: analysis.warnings.clone(),
        };
        let compilation = source::lower(source, again, &options)?;
        let prepared = Prepared::new(compilation.plan.clone()).map_err(hep_exec::Error::from)?;
        match rehearse(&prepared, &data) {
            Ok(rehearsal) => return Ok(Planned { compilation, prepared, rehearsal }),
            Err(hep_exec::Error::Imprecise(short)) if round < AGAIN => {
                let missing = short.promised - short.delivered.bits;
                if !missing.is_finite() {
                    return Err(hep_exec::Error::Imprecise(short).into());
                }
                options.reserve_bits += missing + SPARE;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::message("the plan cannot be made precise enough"))
}
