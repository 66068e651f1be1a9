//! From syntax tree to tensor graph: names, dimensions, types, places, inlining, differentiation of the loss.
//!
//! [`link`] puts the definitions that a program uses into it, so that the rest of the compiler knows nothing of modules
//! (`modules`). [`resolve`] runs in this order, each step in a file of its own:
//!
//! 1. `unsupported` refuses constructs the language has and the compiler does not; nothing else is reported then;
//! 2. `records` replaces records of parameters by their fields;
//! 3. `names` checks every name of the file without computing anything;
//! 4. `dims` computes the sizes, `selection` finds the loss that the caller wants, `approximations` reads the
//!    `approx` lines;
//! 5. `declare` and `train` go through the items in order and evaluate expressions (`eval`, `call`, `builtins`,
//!    `types`) into nodes of the graph; `gradient` and `formula` turn a loss into the gradient of its sum;
//! 6. `finish` collects what is revealed, predicted and read from data; `prediction` says what the scores decide.
//!
//! Every error is recorded where it is found and the expression around it has no value (`Reported`); what
//! depends on it stays silent, so that one mistake gives one message and independent mistakes are all reported.

mod approximations;
mod ascent;
mod batches;
mod builtins;
mod by_hand;
mod call;
mod changes;
mod declare;
mod derivatives;
mod dims;
mod elementwise;
mod errors;
mod eval;
mod finish;
mod formula;
mod gradient;
mod host_loss;
mod lost_ones;
mod matrices;
mod modules;
mod names;
mod packing;
mod parameters;
mod prediction;
mod probabilities;
mod proposals;
mod random;
mod records;
mod reductions;
mod remedies;
mod retyped;
mod row_loops;
mod secrecy;
mod selection;
mod shapes;
mod softmax;
mod suspicions;
mod train;
mod types;
mod unsupported;
mod warnings;

use crate::diagnostics::{self, Diagnostic, codes};
use crate::syntax::ast;
use hep_tensor::build::Builder;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Loop, Program, RangeCheck};
use hep_tensor::source::Span;
use hep_tensor::substitution::Substitution;
use std::collections::{BTreeMap, BTreeSet};

pub use modules::{Linked, link, load};

/// Most elements of one tensor.
pub const MAX_ELEMENTS: usize = 1 << 26;
/// Most expressions evaluated, every inlined one counted: bounds the size of the graph.
const MAX_STEPS: usize = 1 << 17;
/// Most messages that are shown.
const MAX_MESSAGES: usize = 100;
/// Deepest evaluation, through operators and inlined calls: bounds the stack.
const MAX_DEPTH: usize = 400;

/// What a caller may change about a program.
#[derive(Clone, Debug, Default)]
pub struct ResolveOptions {
    /// Sizes in place of those in the program (`-p n=256`); a later one wins.
    pub dims: Vec<(String, usize)>,
    /// The loss in place of every one that the program differentiates (`--loss focal`).
    pub loss: Option<String>,
    /// The gradient and functions of secrets with the true functions, for the clear only.
    pub exact: bool,
}

/// Resolves a program; returns it with its warnings.
///
/// # Errors
/// All errors that could be found, in the order of the text, warnings among them.
pub fn resolve(
    file: &ast::File,
    options: &ResolveOptions,
) -> Result<(Program, Vec<Diagnostic>), Vec<Diagnostic>> {
    let unsupported = unsupported::check(file);
    if !unsupported.is_empty() {
        return Err(unsupported);
    }
    let written = file;
    let file = &records::flatten(file)?;
    let mut messages = names::check(file, &[]);
    let dims = dims::compute(file, options, &mut messages);
    let mut resolver = Resolver::new(file, dims, messages);
    resolver.written = written;
    resolver.select_loss(options.loss.as_deref());
    resolver.exact = options.exact;
    resolver.read_approximations();
    resolver.declare_items();
    let program = resolver.finish();
    let mut messages = resolver.messages;
    diagnostics::sort(&mut messages);
    match program {
        Some(program) if !messages.iter().any(Diagnostic::is_error) => Ok((program, messages)),
        _ => {
            let more = messages.len().saturating_sub(MAX_MESSAGES);
            messages.truncate(MAX_MESSAGES);
            if more > 0
                && let Some(last) = messages.last_mut()
            {
                last.note = Some(format!("{more} more messages follow"));
            }
            Err(messages)
        }
    }
}

/// Says that an error has been recorded. Made by [`Resolver::report`] only, or where `names` or `dims` has
/// reported before.
#[derive(Clone, Copy, Debug)]
struct Reported;

/// A value, or the knowledge that the reason for its absence has been reported.
type Eval<T> = Result<T, Reported>;

/// What the names of the function that is being inlined stand for.
#[derive(Clone, Debug, Default)]
struct Locals {
    /// Parameters.
    values: BTreeMap<String, NodeId>,
    /// Dimensions in the types of the parameters.
    dims: BTreeMap<String, Dim>,
}

impl Locals {
    /// Outside of functions.
    fn new() -> Self {
        Self::default()
    }
}

/// The state of a resolution.
struct Resolver<'a> {
    file: &'a ast::File,
    /// The same with its records.
    written: &'a ast::File,
    b: Builder,
    exact: bool,
    messages: Vec<Diagnostic>,
    dims: dims::Dims,
    functions: BTreeMap<&'a str, &'a ast::Function>,
    losses: BTreeMap<&'a str, &'a ast::Function>,
    /// The loss that stands for all others, where the caller wants one.
    selected: Option<&'a str>,
    /// Definitions of names that are plain formulas, for use inside losses.
    formulas: BTreeMap<&'a str, &'a ast::Expr>,
    approximations: approximations::Approximations,
    /// Values defined so far; `Err` for those whose definition has an error.
    values: BTreeMap<String, Eval<NodeId>>,
    /// The dimension of the classes of a vector of class numbers.
    classes: BTreeMap<NodeId, Dim>,
    /// Values of the sigmoid, which are never negative.
    sigmoids: BTreeSet<NodeId>,
    /// Inputs from the data file, in order.
    inputs: Vec<(NodeId, Span)>,
    /// Functions that are being inlined, outermost first, with their calls.
    calls: Vec<(String, Span)>,
    /// Dimensions of the declaration whose value is evaluated.
    expected: Option<Vec<Dim>>,
    /// The divisor that is evaluated: a function there is one with its reciprocal.
    divisor: Option<Span>,
    depth: usize,
    steps: usize,
    constant_elements: usize,
    /// The index of the loop and its last value, while and after the loop is resolved.
    index: Option<(NodeId, u32)>,
    /// The mini-batches of the loop whose body is resolved.
    batch: Option<batches::Batches>,
    train: Option<Loop>,
    /// Loop variables after the loop.
    finals: Vec<NodeId>,
    reveals: Vec<&'a ast::Ident>,
    predict: Option<(NodeId, Span)>,
    checks: Vec<RangeCheck>,
    substitutions: Vec<Substitution>,
    /// Gradients so far.
    shared: gradient::Shared,
    /// The loss and the labels of the first gradient.
    objective: Option<gradient::Objective>,
}

impl<'a> Resolver<'a> {
    fn new(file: &'a ast::File, dims: dims::Dims, messages: Vec<Diagnostic>) -> Self {
        let (mut functions, mut losses, mut formulas) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for item in &file.items {
            match item {
                // A name that is built in means that, whatever is said of the definition.
                ast::Item::Function(f) if builtins::is_function(&f.name.name) => {}
                ast::Item::Function(f) => _ = functions.insert(f.name.name.as_str(), f),
                ast::Item::Loss(f) => _ = losses.insert(f.name.name.as_str(), f),
                ast::Item::Let(l) if l.names.len() == l.values.len() => {
                    formulas.extend(l.names.iter().map(|name| name.name.as_str()).zip(&l.values));
                }
                ast::Item::Public(d) if d.ty.dims.is_empty() => {
                    formulas.extend(d.value.iter().map(|value| (d.name.name.as_str(), value)));
                }
                _ => {}
            }
        }
        Self {
            file,
            written: file,
            b: Builder::default(),
            exact: false,
            messages,
            dims,
            functions,
            losses,
            selected: None,
            formulas,
            approximations: approximations::Approximations::default(),
            values: BTreeMap::new(),
            classes: BTreeMap::new(),
            sigmoids: BTreeSet::new(),
            inputs: vec![],
            calls: vec![],
            expected: None,
            divisor: None,
            depth: 0,
            steps: 0,
            constant_elements: 0,
            index: None,
            batch: None,
            train: None,
            finals: vec![],
            reveals: vec![],
            predict: None,
            checks: vec![],
            substitutions: vec![],
            shared: gradient::Shared::default(),
            objective: None,
        }
    }

    /// Records an error; inside an inlined function also where it was called.
    fn report(&mut self, mut error: Diagnostic) -> Reported {
        // A call that cannot be part of a loss, because there is no such function, is one mistake.
        let explained = |known: &Diagnostic| {
            matches!(known.code, codes::UNKNOWN_NAME | codes::BAD_CALL)
                && error.span().zip(known.span()).is_some_and(|(whole, part)| whole.contains(part))
        };
        if error.code == codes::BAD_LOSS && self.messages.iter().any(explained) {
            return Reported;
        }
        if let Some((name, call)) = self.calls.first()
            && error.labels.iter().all(|label| !call.contains(label.span))
        {
            error = error.and(*call, format!("`{name}` is used here"));
        }
        self.messages.push(error);
        Reported
    }
}

#[cfg(test)]
mod tests;
