//! From source to plan: the stages of [`hep_tensor::stage`] in order.

use crate::compilation::{Analysis, Compilation};
use crate::options::Options;
use crate::refusals::Refusal;
use crate::{proposals, refusals};
use hep_back::Patience;
use hep_back::choice::Choice;
use hep_back::ckks::Lifetime;
use hep_back::emit::Emission;
use hep_back::search::{Limit, Requirements};
use hep_back::{ckks, search, slot};
use hep_front::diagnostics::Diagnostic;
use hep_front::resolve::ResolveOptions;
use hep_front::{resolve, syntax};
use hep_tensor as tensor;
use hep_tensor::source::SourceFile;
use hep_tensor::stage::Stage;

/// Parses and checks a program.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error. Nothing is proposed yet: see [`proposals::analyzed`].
pub fn analyze(source: &SourceFile, options: &Options) -> Result<Analysis, Vec<Diagnostic>> {
    let clock = &options.clock;
    let ast = clock.time(Stage::Parse, || syntax::parse(source))?;
    let linked = clock.time(Stage::Link, || resolve::link(&ast, source, options.loss.as_deref()))?;
    let wanted = ResolveOptions { dims: options.dims.clone(), loss: linked.loss, exact: options.exact };
    let (program, warnings) = clock.time(Stage::Resolve, || resolve::resolve(&linked.file, &wanted))?;
    debug_assert_eq!(tensor::verify::verify(&program), vec![], "after resolve");
    refusals::public_values(&program).map_err(|error| vec![error])?;
    refusals::prediction(&program, &ast).map_err(|error| vec![error])?;
    Ok(Analysis { ast, program, warnings })
}

/// Parses, checks, packs, schedules and chooses parameters.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error. What they propose was tried.
pub fn compile(source: &SourceFile, options: &Options) -> Result<Compilation, Vec<Diagnostic>> {
    let analysis = proposals::analyzed(source, options, &Patience::default())?;
    let mut compilation = lower(analysis, options).map_err(|refusal| {
        vec![proposals::advised(source, options, *refusal, &Patience::default(), &mut proposals::compiled)]
    })?;
    compilation.name_values(source);
    Ok(compilation)
}

/// Packs, schedules and chooses parameters for a checked program.
///
/// # Errors
/// What does not fit a ciphertext, has no packed form yet, or exceeds what 128-bit security allows. Nothing is proposed yet:
/// see [`proposals::advised`].
pub fn lower(analysis: Analysis, options: &Options) -> Result<Compilation, Box<Refusal>> {
    refusals::exact(&analysis.program)?;
    refusals::too_long(&analysis.program)?;
    refusals::alike(&analysis.program)?;
    let train = refusals::loop_span(&analysis.program);
    let tensor = tensor::passes::optimize_with(analysis.program.clone(), options.with());
    let wanted = Requirements {
        ring_log2: options.ring_log2,
        security: options.claim(),
        precision_bits: options.precision_bits + options.reserve_bits,
        promised_bits: options.precision_bits,
        refreshed_bits: options.refreshed_bits(),
        key_budget: options.key_budget,
        costs: &options.costs,
        with: options.with(),
        upload_budget: options.upload_budget,
        copies: Lifetime::default(),
        data: options.data.as_deref(),
        patience: &options.patience,
    };
    let limit = Limit { memory: options.memory, one_process: options.one_process };
    let (choice, Emission { mut plan, origins, .. }) =
        search::fit(&tensor, wanted, limit).map_err(|failure| refusals::unfit(&tensor, train, failure))?;
    plan.info.memory = options.memory;
    debug_assert_eq!(slot::verify::verify(&choice.slot), Vec::<String>::new());
    debug_assert_eq!(ckks::verify::verify(&choice.ckks), Vec::<String>::new());
    debug_assert_eq!(plan.validate(), Ok(()));
    let Choice { slot, ckks, scale_bits, seconds, evidence, .. } = choice;
    let symmetries = evidence.symmetries.clone();
    Ok(Compilation { analysis, tensor, slot, ckks, scale_bits, seconds, plan, symmetries, origins })
}
