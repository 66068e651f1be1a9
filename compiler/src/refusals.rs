//! Messages of the stages after the front end: what does not fit a ciphertext, a modulus or the memory.

use crate::checks;
use hep_back::ckks::ScheduleError;
use hep_back::ckks::unroll::UnrollError;
use hep_back::evidence::Known;
use hep_back::search::{MemoryFailure, ParamsFailure, Spent, Tight, at_least, reference};
use hep_back::slot::Obstacle;
use hep_back::slot::graph::MAX_OPERATIONS;
use hep_front::diagnostics::{Diagnostic, Edit, Proposal, codes};
use hep_front::syntax::ast::File;
use hep_front::syntax::constants;
use hep_plan::host::{Binary, HostOp};
use hep_plan::magnitude::{apart, bytes};
use hep_plan::number::shown;
use hep_tensor::Program;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Op, Place};
use hep_tensor::owner::{OwnerError, PublicValues, predict_program};
use hep_tensor::region::{Region, regions};
use hep_tensor::source::Span;

/// Why there is no plan: the message, and what is missing, by which something else can be tried.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The message, which proposes nothing that would have to be tried.
    pub message: Diagnostic,
    /// What is missing.
    pub shortage: Shortage,
}

/// What a program without a plan lacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shortage {
    /// Levels.
    Levels {
        /// Levels of the largest ring that was tried.
        most: u32,
        /// Levels of an iteration.
        iteration: u32,
    },
    /// Precision.
    Precision {
        /// Bits that there are.
        found: f64,
    },
    /// Memory for keys.
    Keys {
        /// Bytes of the fewest keys that were found.
        needed: u64,
    },
    /// Memory of a run.
    Memory {
        /// Least bytes that were found.
        needed: u64,
    },
    /// Room for a value below the modulus.
    Room,
    /// Slots of a ciphertext, or ciphertexts.
    Width,
    /// A place for a matrix that has one dimension twice.
    Packing,
    /// Operations that a loop may be written out to.
    Length,
    /// The ring that is forced.
    Ring,
    /// Time to find out.
    Time,
    /// Nothing that settings or sizes give.
    Other,
}

impl Shortage {
    /// Whether fewer iterations may lack less.
    pub(crate) fn depends_on_iterations(self) -> bool {
        !matches!(self, Self::Width | Self::Ring | Self::Packing)
    }
}

impl Refusal {
    fn new(shortage: Shortage, message: Diagnostic) -> Self {
        Self { message, shortage }
    }
}

impl From<Diagnostic> for Refusal {
    fn from(message: Diagnostic) -> Self {
        Self { message, shortage: Shortage::Other }
    }
}

impl From<Diagnostic> for Box<Refusal> {
    fn from(message: Diagnostic) -> Self {
        Self::new(message.into())
    }
}

/// Refuses a program with functions that ciphertexts do not have.
pub fn exact(program: &Program) -> Result<(), Diagnostic> {
    if !program.exact {
        return Ok(());
    }
    Err(Diagnostic::error(codes::NOT_POLYNOMIAL, "the program was analyzed with its true functions")
        .at(loop_span(program), "this training loop")
        .note("ciphertexts are added and multiplied only; true functions are for the clear twin")
        .help("analyze the program without `exact` before it is compiled"))
}

/// Refuses a loop that cannot be written out whatever its packing, before any work is done for it.
pub fn too_long(program: &Program) -> Result<(), Refusal> {
    let Some(operations) = beyond_length(program) else { return Ok(()) };
    let iterations = program.train.iterations;
    let message = long_loop(loop_span(program), &UnrollError::TooLong { iterations, operations });
    Err(Refusal::new(Shortage::Length, message))
}

/// Refuses weights of several units that start alike, are trained alike, and so are those of one.
pub fn alike(program: &Program) -> Result<(), Diagnostic> {
    let Some((variable, dim)) = checks::alike(program) else { return Ok(()) };
    let (name, units) = (&variable.name, &dim.name);
    let title = format!("the weights `{name}` stay the same for every `{units}`");
    Err(Diagnostic::error(codes::ALIKE, title)
        .at(program.graph.node(variable.init).span, format!("all {} start alike", dim.size))
        .note("what starts alike and gets the same gradients stays alike: many such units are one")
        .help("start at different numbers, as `normal(seed = 1)` does"))
}

/// The operations of an iteration, where all iterations have more than a loop may be written out to.
fn beyond_length(program: &Program) -> Option<usize> {
    let body = program.in_body();
    let needed = program.graph.reachable(program.roots());
    let operations = body.iter().zip(&needed).filter(|(body, needed)| **body && **needed).count();
    let all = operations.saturating_mul(program.train.iterations as usize);
    (all > MAX_OPERATIONS).then_some(operations)
}

fn long_loop(train: Span, error: &UnrollError) -> Diagnostic {
    Diagnostic::error(codes::TOO_LARGE, "the training loop is too long to be written out")
        .at(train, "this loop")
        .note(error.to_string())
}

/// Refuses a loop in which a public value has no finite value in some iteration. A loop too long to be written out is not
/// gone through.
pub fn public_values(program: &Program) -> Result<(), Diagnostic> {
    let (regions, mut values) = (regions(program), PublicValues::new(program));
    let public = |id: &NodeId| {
        regions[id.index()] == Region::Body && program.graph.node(*id).ty.place == Place::Public
    };
    let body: Vec<NodeId> = program.graph.ids().filter(public).collect();
    if beyond_length(program).is_some() {
        return Ok(());
    }
    for iteration in 1..=program.train.iterations {
        for &id in &body {
            let value = values.get(id, iteration);
            if !value.is_some_and(|v| v.data.iter().all(|x| x.is_finite())) {
                return Err(no_value(program, &mut values, id, iteration));
            }
        }
    }
    Ok(())
}

/// Refuses a `predict` that has no meaning for new rows, or not one score for each of them.
pub fn prediction(program: &Program, file: &File) -> Result<(), Diagnostic> {
    let constant = |error: &OwnerError| match error {
        OwnerError::NotRevealed { variable, .. } => constants::changing(file, variable),
        _ => vec![],
    };
    predict_program(program).map(|_| ()).map_err(|error| owner(program, &error).proposing(constant(&error)))
}

fn no_value(program: &Program, values: &mut PublicValues<'_>, id: NodeId, iteration: u32) -> Diagnostic {
    let node = program.graph.node(id);
    let title = format!("a public value of the loop has no finite value in iteration {iteration}");
    let message = Diagnostic::error(codes::BAD_PUBLIC, title);
    if let (Op::Host(HostOp::Element), &[vector, index]) = (&node.op, program.graph.operands(id))
        && let Some(found) = values.get(index, iteration).and_then(|v| v.as_scalar())
    {
        let last = program.graph.node(vector).ty.dims.first().map_or(0, |d| d.size);
        return message
            .at(node.span, format!("element {found} of a vector of {last}"))
            .help(format!("keep the index between 1 and {last} in every iteration"))
            .proposing(counted(program, vector, index));
    }
    message.at(node.span, "this value").help("check for a division by zero or a logarithm of 0")
}

/// The element of the iteration, where an index is off it: elements are counted from 1, like iterations.
fn counted(program: &Program, vector: NodeId, index: NodeId) -> Option<Proposal> {
    let is_iteration = |id: &NodeId| program.graph.node(*id).op == Op::Iteration;
    let offset = match program.graph.node(index).op {
        Op::Host(HostOp::Binary { f: Binary::Add | Binary::Sub, .. }) => program.graph.operands(index),
        _ => return None,
    };
    let iteration = program.graph.node(*offset.iter().find(|id| is_iteration(id))?).name.clone()?;
    let name = program.graph.node(vector).name.clone()?;
    let words = format!("elements are counted from 1, like iterations: write `{name}[{iteration}]`");
    Some(Proposal { words, edits: vec![Edit::Replace(program.graph.node(index).span, iteration)] })
}

/// The loop's index, or else its first variable.
pub fn loop_span(program: &Program) -> Span {
    let index = program.graph.ids().find(|id| program.graph.node(*id).op == Op::Iteration);
    let first = program.train.carried.first().map(|c| c.param);
    index.or(first).map(|id| program.graph.node(id).span).unwrap_or_default()
}

/// The refusal for parameters that were not found.
///
/// `program` is what was packed, `train` the place of its loop in the source.
pub fn parameters(program: &Program, train: Span, failure: ParamsFailure) -> Refusal {
    let shortage = shortage(&failure);
    let text = failure.to_string();
    let iterations = program.train.iterations;
    let error = |code, title: &str, span: Span, label: &str| {
        Diagnostic::error(code, title).at(span, label).note(text.clone())
    };
    let message = match failure {
        ParamsFailure::Lower(error) => {
            let message = Diagnostic::error(code(error.obstacle), error.what).at(error.span, error.label);
            Diagnostic {
                note: error.note.map(|note| note + in_the_clear(error.obstacle)),
                help: error.help,
                ..message
            }
        }
        ParamsFailure::Schedule(ScheduleError::Scale { origin }) => error(
            codes::SCALE,
            "the summands of this value cannot be brought to one scale",
            program.graph.node(origin).span,
            "this sum",
        )
        .help("multiply one summand by a public number other than 1, which leaves its scale free"),
        ParamsFailure::Schedule(ScheduleError::Unroll(UnrollError::Public(output))) => {
            let revealed = program.reveals.iter().find(|r| r.name == output).map(|r| r.node);
            error(
                codes::NOT_REVEALABLE,
                "a revealed value depends on no secret",
                revealed.map_or(train, |node: NodeId| program.graph.node(node).span),
                "never computed from encrypted data",
            )
            .help("reveal a variable that the training loop computes from encrypted data")
        }
        ParamsFailure::Schedule(ScheduleError::Unroll(error)) => long_loop(train, &error),
        ParamsFailure::Schedule(_) => {
            error(codes::DEPTH, "the program has no schedule", train, "this training loop")
        }
        ParamsFailure::Ring(_) => error(codes::RING, "this ring degree is not supported", train, ""),
        ParamsFailure::Depth { levels, spent, scheduled, .. } => {
            let takes = if iterations == 1 { "takes" } else { "take" };
            let (all, levels) = (many(iterations, "iteration"), many(levels, "level"));
            let label = format!("{all} {takes} {}{levels}", at_least(scheduled));
            let Spent { before, iteration } = spent;
            let before = if before > 0 { format!(", after {before} before the loop") } else { String::new() };
            error(codes::DEPTH, "the program is deeper than a secure modulus", train, &label).note(format!(
                "{text}; the products of an iteration take {}{before}",
                many(iteration, "level")
            ))
        }
        ParamsFailure::Precision { found, wanted, output, relative } => {
            let label = format!("leaves {} bits {}", of_wanted(found, wanted), reference(&output, relative));
            error(codes::PRECISION, "the result would be less precise than asked for", train, &label)
        }
        ParamsFailure::Keys { needed, .. } => error(
            codes::KEYS,
            "the evaluation keys exceed their budget",
            train,
            &format!("its rotations need keys of {} at least", bytes(needed)),
        ),
        ParamsFailure::Headroom { at, known, .. } => headroom(program, train, at, known, text),
        ParamsFailure::Work { .. } => {
            let label = format!("{} of this loop on long vectors", many(iterations, "iteration"));
            error(codes::TOO_LARGE, "the program is too large to be scheduled", train, &label)
        }
        ParamsFailure::OutOfTime => error(codes::DEPTH, "no plan was found in time", train, ""),
    };
    Refusal { message, shortage }
}

/// The code of what stands against a packed form.
fn code(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::TooWide => codes::TOO_WIDE,
        Obstacle::TooLarge => codes::TOO_LARGE,
        Obstacle::NoPlace => codes::NO_PLACE,
        Obstacle::NoForm => codes::NO_PACKED_FORM,
        Obstacle::NoProduct | Obstacle::NoPublicProduct => codes::NO_PACKED_PRODUCT,
        Obstacle::OtherOrder => codes::PACKED_DIFFERENTLY,
        Obstacle::NotRowMajor => codes::PACKING,
        Obstacle::NotSecret => codes::OWNER_MEETS_SECRET,
        Obstacle::NotFinite => codes::BAD_PUBLIC,
    }
}

/// What can be done with a program whose matrices have no place in slots.
fn in_the_clear(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::NoPlace | Obstacle::NoPublicProduct => "; in the clear it runs all the same: ⟨simulate⟩",
        _ => "",
    }
}

/// What is missing where parameters were not found.
fn shortage(failure: &ParamsFailure) -> Shortage {
    match failure {
        ParamsFailure::Lower(error) => match error.obstacle {
            Obstacle::TooWide | Obstacle::TooLarge => Shortage::Width,
            Obstacle::NoPlace => Shortage::Packing,
            _ => Shortage::Other,
        },
        ParamsFailure::Schedule(ScheduleError::Unroll(UnrollError::TooLong { .. })) => Shortage::Length,
        ParamsFailure::Work { .. } => Shortage::Width,
        ParamsFailure::Ring(_) => Shortage::Ring,
        ParamsFailure::Depth { levels, missing, spent, .. } => Shortage::Levels {
            most: levels.saturating_sub(*missing + spent.before),
            iteration: spent.iteration,
        },
        ParamsFailure::Precision { found, .. } => Shortage::Precision { found: *found },
        ParamsFailure::Keys { needed, .. } => Shortage::Keys { needed: *needed },
        ParamsFailure::Headroom { .. } => Shortage::Room,
        ParamsFailure::OutOfTime => Shortage::Time,
        ParamsFailure::Schedule(_) => Shortage::Other,
    }
}

fn many(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// "15.9 of 16.0", with so many digits that the two differ.
fn of_wanted(found: f64, wanted: f64) -> String {
    if found < 0.0 {
        return format!("none of {wanted:.1}");
    }
    let (found, wanted) = apart(found, wanted);
    format!("{found} of {wanted}")
}

/// The message for a value that does not fit its modulus.
fn headroom(program: &Program, train: Span, at: Option<Tight>, known: Known, text: String) -> Diagnostic {
    let Some(Tight { origin, part, largest, room }) = at else {
        return Diagnostic::error(codes::HEADROOM, "a value may outgrow the modulus")
            .at(train, "this training loop")
            .note(text);
    };
    let when = part.when();
    if !largest.is_finite() {
        let title = match known {
            Known::Measured => "training diverges on these data",
            Known::Assumed | Known::Declared => "training diverges on sample data",
        };
        return Diagnostic::error(codes::HEADROOM, title)
            .at(program.graph.node(origin).span, format!("this value is no finite number{when}"))
            .note("the values outgrow floating-point numbers");
    }
    Diagnostic::error(codes::HEADROOM, "a value may outgrow the modulus")
        .at(
            program.graph.node(origin).span,
            format!("reaches {}{when}, there is room for {}", shown(largest), shown(room)),
        )
        .note(text)
}

/// The refusal of a program without a plan that fits.
pub fn unfit(program: &Program, train: Span, failure: MemoryFailure) -> Refusal {
    match failure {
        MemoryFailure::Params(failure) => parameters(program, train, failure),
        MemoryFailure::Owner(error) => owner(program, &error).into(),
        MemoryFailure::Memory { needed, allowed } => {
            let message = Diagnostic::error(codes::MEMORY, "a run needs more memory than it may take")
                .at(train, "this training loop")
                .note(format!("the least found is {}, {} are allowed", bytes(needed), bytes(allowed)));
            Refusal::new(Shortage::Memory { needed }, message)
        }
    }
}

/// What to do about a value of the training rows in a prediction.
fn per_row(program: &Program, node: NodeId) -> String {
    let node = program.graph.node(node);
    match (&node.op, &node.name) {
        (Op::Final(_), Some(name)) => format!(
            "`{name}` has a row for each training row and none for new ones: let `predict` compute its scores from the \
             features and other revealed variables"
        ),
        _ => "leave it out of the function that `predict` names".to_owned(),
    }
}

/// The message for owner's work that cannot be cut out.
pub fn owner(program: &Program, error: &OwnerError) -> Diagnostic {
    let (span, label, help) = match error {
        OwnerError::InLoop { node } => {
            (Some(*node), "needed in the clear", "encrypt it with a `secret` item".to_owned())
        }
        OwnerError::NotRevealed { node, variable } => {
            // A record is revealed as a whole.
            let variable = variable.split('.').next().unwrap_or(variable);
            (Some(*node), "only the server has it", format!("reveal `{variable}`"))
        }
        OwnerError::Labels { node, features, .. } => (
            Some(*node),
            "not known of new rows",
            format!("let `predict` compute its scores from `{features}` and revealed variables only"),
        ),
        OwnerError::MixesRows { node } => {
            (Some(*node), "combines rows", "let `predict` score each row by itself".to_owned())
        }
        OwnerError::PerRow { node } => (Some(*node), "one number per training row", per_row(program, *node)),
        OwnerError::NoFeatures(_) => (None, "", "compute the encrypted data from the features".to_owned()),
    };
    let proposals = match error {
        OwnerError::NotRevealed { variable, .. } => {
            // A record is revealed as a whole.
            let line = format!("reveal {}", variable.split('.').next().unwrap_or(variable));
            vec![Proposal { words: format!("add `{line}`"), edits: vec![Edit::Last(line)] }]
        }
        OwnerError::InLoop { .. } | OwnerError::NoFeatures(_) => vec![],
        OwnerError::Labels { .. } | OwnerError::MixesRows { .. } | OwnerError::PerRow { .. } => {
            vec![Proposal::without_scores(&help)]
        }
    };
    let title = match error {
        OwnerError::InLoop { .. } | OwnerError::NoFeatures(_) => {
            "the owner's part of the program cannot be separated"
        }
        _ => "`predict` cannot be computed for new rows",
    };
    Diagnostic::error(codes::INSEPARABLE, title)
        .at(span.map_or_else(|| loop_span(program), |node| program.graph.node(node).span), label)
        .note(error.to_string())
        .help(help)
        .proposing(proposals)
}
