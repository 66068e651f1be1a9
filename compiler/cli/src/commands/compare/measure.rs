//! One candidate: how it trains in the clear, and what it costs on ciphertexts.

use super::candidate::Candidate;
use crate::args::{Compare, DataArgs};
use crate::costs::Costs;
use crate::data::{self, Dataset};
use crate::failure::Failure;
use crate::streams::say;
use crate::{progress, sizes, source, twin};
use hep_compiler::checks::range_warnings;
use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::explain::{Report, timed_report};
use hep_compiler::tensor::substitution::Substitution;
use std::cell::OnceCell;
use std::path::PathBuf;

/// What is known of a candidate.
pub struct Measured {
    /// Its name.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// The loss in place of the written one.
    pub loss: Option<String>,
    /// Named sizes.
    pub dims: Vec<(String, usize)>,
    /// Training in the clear; empty without data.
    pub curve: Vec<twin::Iteration>,
    /// What stands for functions.
    pub substitutions: Vec<Substitution>,
    /// Largest share of scores outside the range of an approximation.
    pub outside: Option<f64>,
    /// What it costs, or why it has no plan.
    pub cost: Result<Cost, Diagnostic>,
}

/// What a plan costs.
pub struct Cost {
    /// Its counts, with seconds.
    pub report: Report,
    /// Digest of what it computes.
    pub plan: String,
}

/// The data, read once for class labels and once for real targets.
pub struct Data<'a> {
    args: DataArgs,
    compare: &'a Compare,
    classes: OnceCell<Dataset>,
    targets: OnceCell<Dataset>,
}

impl<'a> Data<'a> {
    /// The data that the arguments name.
    pub fn given(compare: &'a Compare) -> Option<Self> {
        let args = compare.data.given()?;
        Some(Self { args, compare, classes: OnceCell::new(), targets: OnceCell::new() })
    }

    /// What was read, for people.
    pub fn text(&self) -> Option<String> {
        let data = self.classes.get().or(self.targets.get())?;
        let test = data.test.as_ref().map_or(String::new(), |(_, y)| format!(", {} test rows", y.len()));
        Some(format!("{} training rows{test} of {}", data.y.len(), self.args.data.display()))
    }

    fn of(&self, real: bool) -> Result<&Dataset, Failure> {
        let cell = if real { &self.targets } else { &self.classes };
        if let Some(known) = cell.get() {
            return Ok(known);
        }
        let read = data::training(&self.args, Some(&self.compare.test), real)?;
        read.summary.say();
        Ok(cell.get_or_init(|| read))
    }
}

/// Trains a candidate in the clear where there are data, and compiles it.
pub fn measure(
    candidate: Candidate,
    args: &Compare,
    data: Option<&Data<'_>>,
    costs: &Costs,
) -> Result<Measured, Failure> {
    let Candidate { name, program } = candidate;
    let file = source::read(&program)?;
    let options = source::packing_options(&program, &args.params, costs);
    let (analysis, options, dataset) = match data {
        None => (source::analyze(&file, &options)?, options, None),
        Some(data) => {
            let dataset = data.of(source::has_real_targets(&file, &options)?)?;
            let (analysis, options) = sizes::analyze(&file, options, dataset, &data.args.data)?;
            (analysis, options, Some(dataset))
        }
    };
    let warn = |warnings: &[Diagnostic]| {
        if !warnings.is_empty() {
            say(format_args!("{name}:"));
        }
        source::warn(&file, warnings, false)
    };
    warn(&analysis.warnings)?;
    let mut curve: Vec<twin::Iteration> = Vec::new();
    if let Some(dataset) = dataset {
        let observe = |report, _| {
            curve.push(report);
            Ok(())
        };
        progress::spin(&format!("training {name} in the clear"), || {
            twin::simulate(&analysis.program, dataset, observe)
        })?;
        let ranges: Vec<_> = curve.iter().flat_map(|iteration| iteration.ranges.iter().cloned()).collect();
        warn(&range_warnings(&analysis.program, &ranges, |_| None))?;
    }
    let shares = curve.iter().flat_map(|iteration| &iteration.ranges).map(|range| range.outside);
    let outside = shares.reduce(f64::max);
    let substitutions = analysis.program.substitutions.clone();
    let dims = analysis.program.dims.iter().map(|dim| (dim.name.clone(), dim.size)).collect();
    let compiled = progress::spin(&format!("compiling {name}"), || source::schedule(analysis, &options));
    let cost = compiled.map_err(|refusal| refused(refusal.message)).map(|compiled| Cost {
        report: timed_report(&compiled.plan, costs.basis()),
        plan: hep_format::files::plan_fingerprint(&compiled.plan),
    });
    Ok(Measured {
        name,
        program: program.program,
        loss: program.loss,
        dims,
        curve,
        substitutions,
        outside,
        cost,
    })
}

/// The message for a program without a plan: what helps is not tried for every candidate.
fn refused(message: Diagnostic) -> Diagnostic {
    let help = message.help.clone();
    message.maybe_help(
        help.or_else(|| Some("`hep explain PROGRAM` with the same options tries what helps".into())),
    )
}
