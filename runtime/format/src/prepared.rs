//! A plan that was checked, with everything that follows from it.

use crate::check::check;
use crate::container::Insecure;
use crate::files::plan_fingerprint;
use hep_ckks::{Context, ParameterError};
use hep_plan::params::Security;
use hep_plan::plan::PlanError;
use hep_plan::{Params, Plan};
use thiserror::Error;

/// Why a plan cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PreparedError {
    /// The plan contradicts itself.
    #[error("{0}; compile the program again")]
    Plan(#[from] PlanError),
    /// The scheme refuses the parameters.
    #[error("the plan's parameters cannot be used: {0}; compile the program again")]
    Parameters(#[from] ParameterError),
}

/// A plan that was checked, its fingerprint, and the tables of its parameters.
#[derive(Debug)]
pub struct Prepared {
    plan: Plan,
    fingerprint: String,
    parameters: String,
    context: Context,
}

impl Prepared {
    /// Checks the plan and builds the tables.
    ///
    /// # Errors
    /// A plan that contradicts itself, or parameters that the scheme refuses.
    pub fn new(plan: Plan) -> Result<Self, PreparedError> {
        check(&plan)?;
        let scheme = scheme_parameters(&plan.params);
        let context = match plan.params.security {
            Security::Insecure => Context::new_insecure(scheme)?,
            Security::Standard128 | Security::Standard192 | Security::Standard256 => Context::new(scheme)?,
        };
        let (fingerprint, parameters) = (plan_fingerprint(&plan), plan.params.fingerprint());
        Ok(Self { plan, fingerprint, parameters, context })
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Digest that identifies the plan.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Digest that identifies its parameters.
    #[must_use]
    pub fn parameters(&self) -> &str {
        &self.parameters
    }

    /// The tables.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether the parameters protect nothing.
    #[must_use]
    pub fn insecure(&self) -> Insecure {
        Insecure { parameters: self.plan.params.security == Security::Insecure, seed: false }
    }
}

/// Those of the tables: a digit of more primes than there are is the same as one of all of them.
fn scheme_parameters(params: &Params) -> Params {
    Params { digit_limbs: params.digit_limbs.min(params.q.len() as u32), ..params.clone() }
}
