//! A plan that was checked, with everything that follows from it.

use crate::check::check;
use crate::container::Insecure;
use crate::files::plan_fingerprint;
use hep_circuits::{CircuitError, Refresh};
use hep_ckks::{Context, ParameterError};
use hep_plan::params::Security;
use hep_plan::plan::PlanError;
use hep_plan::{Params, Plan};
use std::sync::OnceLock;
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
    refreshes: OnceLock<Result<Vec<Option<Refresh>>, CircuitError>>,
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
        Ok(Self { plan, fingerprint, parameters, context, refreshes: OnceLock::new() })
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

    /// The tables of the refreshes that the parameters name, in their order; none of one that the plan does not use. They are made when
    /// they are first asked for: only who makes keys and who computes needs them.
    ///
    /// # Errors
    /// A shape that does not fit the parameters.
    pub fn refreshes(&self) -> Result<&[Option<Refresh>], CircuitError> {
        let make = || {
            let shapes = self.context.parameters().refresh.iter().zip(0..);
            let tables = shapes.map(|(shape, number)| {
                let scale = self.plan.refresh_operand_scale(number);
                scale.map(|scale| Refresh::new(&self.context, shape, scale.0)).transpose()
            });
            tables.collect()
        };
        self.refreshes.get_or_init(make).as_deref().map_err(Clone::clone)
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
