//! The stages in order.

use crate::diagnostics::{Diagnostic, codes};
use crate::params::{Choice, ParamsFailure, Requirements};
use crate::resolve::ResolveOptions;
use crate::slot::LowerError;
use crate::source::{SourceFile, Span};
use crate::syntax::ast;
use crate::tensor::owner::OwnerError;
use crate::{ckks, emit, params, resolve, slot, syntax, tensor};
use hep_plan::Plan;

/// What the user may choose beside the source.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sizes that replace those of the source, by name.
    pub dims: Vec<(String, usize)>,
    /// Forces the ring degree 2^n.
    pub ring_log2: Option<u32>,
    /// Tests only: parameters without a security claim, marked in every file.
    pub insecure: bool,
    /// Bits after the binary point that every revealed number must have.
    pub precision_bits: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { dims: Vec::new(), ring_log2: None, insecure: false, precision_bits: 16.0 }
    }
}

/// A checked program, before any packing.
#[derive(Debug)]
pub struct Analysis {
    /// The syntax tree.
    pub ast: ast::File,
    /// The typed tensor graph as written, with every name: the clear twin runs this.
    pub program: tensor::Program,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// Every form of a compiled program.
#[derive(Debug)]
pub struct Compilation {
    /// Syntax tree, tensor graph as written, warnings.
    pub analysis: Analysis,
    /// Tensor graph after its passes.
    pub tensor: tensor::Program,
    /// Packed program.
    pub slot: slot::Program,
    /// Schedule.
    pub ckks: ckks::Program,
    /// The plan.
    pub plan: Plan,
}

/// Parses and checks a program.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error.
pub fn analyse(source: &SourceFile, options: &Options) -> Result<Analysis, Vec<Diagnostic>> {
    let ast = syntax::parse(source)?;
    let (program, warnings) = resolve::resolve(&ast, &ResolveOptions { dims: options.dims.clone() })?;
    debug_assert_eq!(tensor::verify::verify(&program), vec![]);
    Ok(Analysis { ast, program, warnings })
}

/// Parses, checks, packs, schedules and chooses parameters.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error.
pub fn compile(source: &SourceFile, options: &Options) -> Result<Compilation, Vec<Diagnostic>> {
    let analysis = analyse(source, options)?;
    lower(analysis, options).map_err(|error| vec![error])
}

/// Packs, schedules and chooses parameters for a checked program.
///
/// # Errors
/// What does not fit a ciphertext, has no packed form yet, or exceeds what 128-bit security allows.
pub fn lower(analysis: Analysis, options: &Options) -> Result<Compilation, Diagnostic> {
    let tensor = tensor::passes::optimize(analysis.program.clone());
    debug_assert_eq!(tensor::verify::verify(&tensor), vec![]);
    let wanted = Requirements {
        ring_log2: options.ring_log2,
        insecure: options.insecure,
        precision_bits: options.precision_bits,
    };
    let choice = params::choose(&tensor, wanted).map_err(|failure| diagnose(&tensor, failure))?;
    debug_assert_eq!(slot::verify::verify(&choice.slot), Vec::<String>::new());
    debug_assert_eq!(ckks::verify::verify(&choice.ckks), Vec::<String>::new());
    let plan = emit::emit(&tensor, &choice).map_err(|error| separate(&tensor, &error))?;
    debug_assert_eq!(plan.validate(), Ok(()));
    let Choice { slot, ckks, .. } = choice;
    Ok(Compilation { analysis, tensor, slot, ckks, plan })
}

/// The message for parameters that were not found.
fn diagnose(program: &tensor::Program, failure: ParamsFailure) -> Diagnostic {
    let train = program.train.carried.first().map(|c| program.graph.node(c.param).span).unwrap_or_default();
    let text = failure.to_string();
    let error = |code, title: &str, span: Span, label: &str, help: &str| {
        Diagnostic::error(code, title).at(span, label).note(text.clone()).help(help)
    };
    match failure {
        ParamsFailure::Lower(LowerError { code, span, what, help }) => {
            Diagnostic::error(code, what).at(span, "here").help(help)
        }
        ParamsFailure::Schedule(ckks::ScheduleError::Scale { origin }) => error(
            codes::SCALE,
            "the summands of this value cannot be brought to one scale",
            program.graph.node(origin).span,
            "this sum",
            "multiply one summand by a public number, for instance `1 * x`",
        ),
        ParamsFailure::Schedule(_) => error(
            codes::NOT_REVEALABLE,
            "a revealed value depends on no secret",
            train,
            "the loop never uses encrypted data for it",
            "reveal a variable that the training loop updates",
        ),
        ParamsFailure::Ring(_) => {
            error(codes::RING, "this ring degree is not supported", train, "", "leave `--ring` out")
        }
        ParamsFailure::Depth { .. } => error(
            codes::DEPTH,
            "the program is deeper than a secure modulus",
            train,
            "this training loop",
            "train fewer iterations, lower the degree of an approximation, or force a larger ring with `--ring 17`",
        ),
        ParamsFailure::Precision { .. } => error(
            codes::PRECISION,
            "the result would be less precise than asked for",
            train,
            "this training loop",
            "ask for less with `--precision BITS`, or force a larger ring with `--ring`",
        ),
        ParamsFailure::Headroom { .. } => error(
            codes::HEADROOM,
            "a value may outgrow the modulus",
            train,
            "this training loop",
            "declare the range of the features (`in lo .. hi`), scale them, or take smaller steps",
        ),
    }
}

/// The message for owner's work that cannot be cut out.
fn separate(program: &tensor::Program, error: &OwnerError) -> Diagnostic {
    let span = match error {
        OwnerError::InLoop { node }
        | OwnerError::NotRevealed { node, .. }
        | OwnerError::Labels { node, .. }
        | OwnerError::MixesRows { node }
        | OwnerError::PerRow { node } => program.graph.node(*node).span,
        _ => Span::default(),
    };
    Diagnostic::error(codes::INSEPARABLE, "the owner's part of the program cannot be separated")
        .at(span, "here")
        .note(error.to_string())
        .help("let `predict` use only revealed variables, encrypted data and statistics of the training rows")
}
