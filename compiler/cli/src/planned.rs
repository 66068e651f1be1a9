//! Plans that are made for data and rehearsed on them.

use crate::failure::Failure;
use crate::source;
use hep_compiler::diagnostics::codes;
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

/// Makes a plan for the owner's inputs and rehearses it. Where what is computed from revealed tensors, such as coefficients
/// for raw features, would be less precise than promised, the plan is made again with more bits. `diverges` marks a plan whose owner
/// goes on although training is unsound on these data.
pub fn plan(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    inputs: BTreeMap<String, Tensor>,
    diverges: Option<&str>,
) -> Result<Planned, Failure> {
    let data = Arc::new(inputs);
    let plan = |reserve_bits| {
        let options = Options { data: Some(Arc::clone(&data)), reserve_bits, ..options.clone() };
        let mut compilation = source::schedule(analysis.clone(), &options).map_err(|error| Refused {
            limited: [codes::KEYS, codes::MEMORY].contains(&error.code),
            failure: Failure::diagnostics(source, &[error]),
        })?;
        compilation.name_values(source);
        compilation.plan.info.diverges = diverges.map(str::to_string);
        let prepared = Prepared::new(compilation.plan.clone()).map_err(hep_exec::Error::from)?;
        Ok::<_, Refused>((compilation, prepared))
    };
    let planned = rehearsal::planned(&data, plan, |refused| refused.limited);
    let (compilation, prepared, rehearsal) = planned.map_err(|refused| refused.failure)?;
    Ok(Planned { compilation, prepared, rehearsal })
}

/// Why there is no plan for the data.
struct Refused {
    failure: Failure,
    /// Whether more memory or keys would help.
    limited: bool,
}

impl From<hep_exec::Error> for Refused {
    /// Who makes the plan for the data is not told to do so.
    fn from(error: hep_exec::Error) -> Self {
        let what = error.to_string();
        let what = what.rsplit_once("; ").map_or(what.as_str(), |(what, _)| what).to_string();
        let failure = match error {
            hep_exec::Error::Imprecise(_) => {
                Failure::with_help(what, "ask for fewer bits with `--precision`")
            }
            hep_exec::Error::Room(_) => {
                Failure::with_help(what, "scale the features or the targets, or take smaller steps")
            }
            other => other.into(),
        };
        Self { failure, limited: false }
    }
}
