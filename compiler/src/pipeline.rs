//! The stages in order.

use crate::ckks::Lifetime;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::units::bytes;
use crate::emit::Emission;
use crate::explain::names::value_names;
use crate::explain::snapshot::{Origin, Snapshot};
use crate::explain::time::Basis;
use crate::memory::Limit;
use crate::optimization::Without;
use crate::params::{Choice, Requirements};
use crate::patience::Patience;
use crate::refusals::Refusal;
use crate::resolve::ResolveOptions;
use crate::source::{SourceFile, Span};
use crate::syntax::ast;
use crate::tensor::homogeneity::Symmetries;
use crate::tensor::substitution::Substitution;
use crate::{ckks, memory, proposals, refusals, resolve, slot, syntax, tensor};
use hep_plan::cost::CostTable;
use hep_plan::params::Security;
use hep_plan::{Plan, Tensor};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the user may choose beside the source.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sizes that replace those of the source, by name.
    pub dims: Vec<(String, usize)>,
    /// The loss in place of every one that the program differentiates.
    pub loss: Option<String>,
    /// The true functions in place of polynomials: for the clear twin, and refused by [`lower`].
    pub exact: bool,
    /// Forces the ring degree 2^n.
    pub ring_log2: Option<u32>,
    /// Tests only: parameters without a security claim, marked in every file.
    pub insecure: bool,
    /// What the parameters must claim, where they are not insecure.
    pub security: Security,
    /// Bits after the binary point that every revealed number must have for data in usual units; what is promised of the owner's
    /// data is relative to the largest element of each tensor, and [`LESS`](crate::params::LESS) bits less.
    pub precision_bits: f64,
    /// Bits that revealed tensors must have beyond those that are promised: what is computed from them may lose some.
    pub reserve_bits: f64,
    /// Most bytes that evaluation keys may take in memory: rotations are composed from fewer keys where they would take more.
    pub key_budget: u64,
    /// What operations cost, by which parameters are chosen. The default is the table that ships: never that of a user.
    pub costs: CostTable,
    /// Optimisations that are left out.
    pub without: Without,
    /// Most bytes that a run may take, the whole process; none for [`MEMORY`](crate::MEMORY) where that is possible.
    pub memory: Option<u64>,
    /// Where one process has all roles: bytes that it holds beside the run and the owner's side. None for a run of its own.
    pub one_process: Option<u64>,
    /// Bytes that the upload may take where a larger one saves time; none for the smallest upload.
    pub upload_budget: Option<u64>,
    /// The owner's data by the names of the program. With them the plan is made for their sizes, which it tells the server in
    /// powers of 16 where scales have to depend on them; without them for declared ranges and features of unit variance.
    pub data: Option<Arc<BTreeMap<String, Tensor>>>,
    /// How long to look for a plan, endlessly unless told.
    pub patience: Patience,
}

/// Bytes of evaluation keys unless told.
pub const KEY_BUDGET: u64 = 20_000_000_000;

impl Default for Options {
    fn default() -> Self {
        Self {
            dims: Vec::new(),
            loss: None,
            exact: false,
            ring_log2: None,
            insecure: false,
            security: Security::default(),
            precision_bits: 16.0,
            reserve_bits: 0.0,
            key_budget: KEY_BUDGET,
            costs: CostTable::shipped().clone(),
            without: Without::default(),
            memory: None,
            one_process: None,
            upload_budget: None,
            data: None,
            patience: Patience::default(),
        }
    }
}

impl Options {
    /// What the parameters claim.
    #[must_use]
    pub fn claim(&self) -> Security {
        if self.insecure { Security::Insecure } else { self.security }
    }

    /// What was asked for beside the source, by name, as snapshots keep it.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let ring = self.ring_log2.map_or("the cheapest".to_string(), |ring| format!("2^{ring}"));
        let shipped = self.costs == *CostTable::shipped();
        let costs = if shipped { "as shipped".to_string() } else { self.costs.fingerprint() };
        let mut settings = vec![
            ("ring", ring),
            (
                "security",
                self.claim().bits().map_or("none, for tests".to_string(), |bits| format!("{bits} bits")),
            ),
            ("precision", format!("{} bits", self.precision_bits)),
            ("costs", costs),
        ];
        let other = (self.key_budget != KEY_BUDGET).then(|| bytes(self.key_budget));
        settings.extend(other.map(|budget| ("key budget", budget)));
        settings.extend(self.memory.map(|limit| ("memory", bytes(limit))));
        let upload = self.upload_budget.map(bytes);
        settings.extend(upload.map(|budget| ("upload budget", budget)));
        let without = (!self.without.is_empty()).then(|| self.without.to_string());
        settings.extend(without.map(|names| ("without", names)));
        settings.extend(self.loss.clone().map(|loss| ("loss", loss)));
        settings
    }
}

/// A checked program, before any packing.
#[derive(Clone, Debug)]
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
    /// Nominal scale in bits.
    pub scale_bits: u32,
    /// Predicted seconds on one thread, with those to read the keys, by which the schedule was chosen.
    pub seconds: f64,
    /// The plan.
    pub plan: Plan,
    /// In which units the uploads may be.
    pub symmetries: Symmetries,
    /// For each value of the server's program the node of [`Self::tensor`] that it serves.
    pub origins: Vec<tensor::NodeId>,
}

impl Compilation {
    /// The plan as text that is kept: the same on every machine for these options, those it was compiled with.
    #[must_use]
    pub fn snapshot(&self, options: &Options, cores: usize) -> Snapshot {
        let costs = Basis { table: &options.costs, name: "", cores };
        let substitutions = self.analysis.program.substitutions.iter();
        let approximations: Vec<String> = substitutions.flat_map(Substitution::lines).collect();
        let origin = Origin { settings: &options.settings(), approximations: &approximations, costs };
        Snapshot::of(&self.plan, origin)
    }

    /// Writes into the plan what its values are called in the source.
    pub fn name_values(&mut self, source: &SourceFile) {
        self.plan.info.values = value_names(&self.spans(), source);
    }

    /// For each value of the server's program the place in the source that it serves.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.origins.iter().map(|id| self.tensor.graph.node(*id).span).collect()
    }
}

/// Parses and checks a program.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error. Nothing is proposed yet: see [`proposals::analysed`].
pub fn analyse(source: &SourceFile, options: &Options) -> Result<Analysis, Vec<Diagnostic>> {
    let ast = syntax::parse(source)?;
    let linked = resolve::link(&ast, source, options.loss.as_deref())?;
    let wanted = ResolveOptions { dims: options.dims.clone(), loss: linked.loss, exact: options.exact };
    let (program, warnings) = resolve::resolve(&linked.file, &wanted)?;
    debug_assert_eq!(tensor::verify::verify(&program), vec![]);
    refusals::public_values(&program).map_err(|error| vec![error])?;
    refusals::prediction(&program).map_err(|error| vec![error])?;
    Ok(Analysis { ast, program, warnings })
}

/// Parses, checks, packs, schedules and chooses parameters.
///
/// # Errors
/// All diagnostics of the file, in order; at least one is an error. What they propose was tried.
pub fn compile(source: &SourceFile, options: &Options) -> Result<Compilation, Vec<Diagnostic>> {
    let analysis = proposals::analysed(source, options, &Patience::default())?;
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
    let train = refusals::loop_span(&analysis.program);
    let tensor = tensor::passes::optimize_without(analysis.program.clone(), options.without);
    debug_assert_eq!(tensor::verify::verify(&tensor), vec![]);
    let wanted = Requirements {
        ring_log2: options.ring_log2,
        security: options.claim(),
        precision_bits: options.precision_bits + options.reserve_bits,
        promised_bits: options.precision_bits,
        key_budget: options.key_budget,
        costs: &options.costs,
        without: options.without,
        upload_budget: options.upload_budget,
        copies: Lifetime::default(),
        data: options.data.as_deref(),
        patience: &options.patience,
    };
    let limit = Limit { memory: options.memory, one_process: options.one_process };
    let (choice, Emission { mut plan, origins, .. }) =
        memory::fit(&tensor, wanted, limit).map_err(|failure| refusals::unfit(&tensor, train, failure))?;
    plan.info.memory = options.memory;
    debug_assert_eq!(slot::verify::verify(&choice.slot), Vec::<String>::new());
    debug_assert_eq!(ckks::verify::verify(&choice.ckks), Vec::<String>::new());
    debug_assert_eq!(plan.validate(), Ok(()));
    let Choice { slot, ckks, scale_bits, seconds, evidence, .. } = choice;
    let symmetries = evidence.symmetries.clone();
    Ok(Compilation { analysis, tensor, slot, ckks, scale_bits, seconds, plan, symmetries, origins })
}
