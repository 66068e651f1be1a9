//! Plans that are made for data and rehearsed on them.

use crate::failure::Failure;
use crate::source;
use hep_compiler::proposals;
use hep_compiler::source::SourceFile;
use hep_compiler::{Analysis, Compilation, Options, Patience, Refusal, Shortage};
use hep_format::Prepared;
use hep_owner::rehearsal::{self, Rehearsal};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// What a plan says whose model is worse than none.
const WORSE: &str = "on the owner's data the model errs by more than the targets are large";

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
/// goes on although training is unsound on these data, as `force` does with a model that is worse than none. Where there is no plan,
/// what helps is tried on the same data.
pub fn plan(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    inputs: BTreeMap<String, Tensor>,
    (diverges, force): (Option<&str>, bool),
) -> Result<Planned, Failure> {
    let options = Options { data: Some(Arc::new(inputs)), ..options.clone() };
    let started = Instant::now();
    let mut planned = attempt(source, analysis, &options, diverges);
    if force && matches!(planned, Err(Refused::Data(hep_owner::Error::Diverges { .. }))) {
        planned = attempt(source, analysis, &options, Some(WORSE));
    }
    planned.map_err(|refused| {
        let patience = source::patience_after(started.elapsed());
        refused.advised(source, &options, diverges, patience)
    })
}

fn attempt(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    diverges: Option<&str>,
) -> Result<Planned, Refused> {
    let data = options.data.clone().unwrap_or_default();
    let plan = |reserve_bits| {
        let options = Options { reserve_bits, ..options.clone() };
        let mut compilation = source::schedule(analysis.clone(), &options)?;
        compilation.name_values(source);
        compilation.plan.info.diverges = diverges.map(str::to_string);
        let prepared = Prepared::new(compilation.plan.clone()).map_err(hep_owner::Error::from)?;
        Ok::<_, Refused>((compilation, prepared))
    };
    let limited = |refused: &Refused| match refused {
        Refused::Program(refusal) => {
            matches!(refusal.shortage, Shortage::Keys { .. } | Shortage::Memory { .. })
        }
        Refused::Data(_) => false,
    };
    let (compilation, prepared, rehearsal) = rehearsal::planned(&data, plan, limited)?;
    Ok(Planned { compilation, prepared, rehearsal })
}

/// Whether a program has a plan that does on the data of these options.
///
/// # Errors
/// What is missing.
pub fn does(source: &SourceFile, analysis: &Analysis, options: &Options) -> Result<(), Shortage> {
    attempt(source, analysis, options, None).map(|_| ()).map_err(|refused| refused.shortage(options))
}

/// Changed programs tried on the owner's data as far as a plan.
pub struct Trying {
    data: Arc<BTreeMap<String, Tensor>>,
    /// Since when; none before the first.
    patience: Option<Patience>,
}

impl Trying {
    /// Nothing is tried yet.
    pub fn new(inputs: BTreeMap<String, Tensor>) -> Self {
        Self { data: Arc::new(inputs), patience: None }
    }

    /// Whether a program has a plan that does on the data, as far as there was time to find out.
    pub fn does(&mut self, source: &SourceFile, options: &Options) -> bool {
        let patience = self.patience.get_or_insert_with(source::patience).clone();
        let options = Options { patience, data: Some(self.data.clone()), ..options.clone() };
        !options.patience.is_over()
            && hep_compiler::analyze(source, &options)
                .is_ok_and(|analysis| attempt(source, &analysis, &options, None).is_ok())
    }
}

/// Why there is no plan for the data.
enum Refused {
    /// The compiler finds none.
    Program(Box<Refusal>),
    /// The plan does not do on the data.
    Data(hep_owner::Error),
}

impl From<Box<Refusal>> for Refused {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Program(refusal)
    }
}

impl From<hep_owner::Error> for Refused {
    fn from(error: hep_owner::Error) -> Self {
        Self::Data(error)
    }
}

impl Refused {
    fn shortage(&self, options: &Options) -> Shortage {
        match self {
            Self::Program(refusal) => refusal.shortage,
            Self::Data(hep_owner::Error::Imprecise(imprecise)) => {
                let delivered = &imprecise.delivered;
                let missing = (delivered.promised - delivered.bits).max(0.0);
                Shortage::Precision { found: options.precision_bits - missing }
            }
            Self::Data(hep_owner::Error::Room(_) | hep_owner::Error::Diverges { .. }) => Shortage::Room,
            Self::Data(_) => Shortage::Other,
        }
    }

    /// The message, with what helps on these data.
    fn advised(
        self,
        source: &SourceFile,
        options: &Options,
        diverges: Option<&str>,
        patience: Patience,
    ) -> Failure {
        let mut again = |source: &SourceFile, options: &Options| {
            let analysis = hep_compiler::analyze(source, options).map_err(|_| Shortage::Other)?;
            let planned = attempt(source, &analysis, options, diverges);
            planned.map(|_| analysis.warnings.len()).map_err(|refused| refused.shortage(options))
        };
        let shortage = self.shortage(options);
        match self {
            Self::Program(refusal) => {
                let message = proposals::advised(source, options, *refusal, &patience, &mut again);
                Failure::diagnostics(source, &[message])
            }
            Self::Data(error) => {
                let forced = matches!(error, hep_owner::Error::Diverges { .. }) && goes_on(source, options);
                let forced = forced.then(|| "go on with `--force`".to_owned());
                let help = proposals::help(source, options, shortage, &patience, &mut again);
                let help: Vec<String> = help.into_iter().chain(forced).collect();
                if help.is_empty() {
                    return error.into();
                }
                // Who makes the plan for the data is not told to look at the program.
                let what = error.to_string();
                let what = what.rsplit_once("; ").map_or(what.as_str(), |(what, _)| what).to_string();
                Failure::with_help(what, help.join("; or "))
            }
        }
    }
}

/// Whether there is a plan for who goes on although its model is worse than none.
fn goes_on(source: &SourceFile, options: &Options) -> bool {
    let analysis = hep_compiler::analyze(source, options);
    analysis.is_ok_and(|analysis| attempt(source, &analysis, options, Some(WORSE)).is_ok())
}
