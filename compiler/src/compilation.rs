//! A compiled program in all its forms.

use crate::diagnostics::Diagnostic;
use crate::explain::names::value_names;
use crate::explain::snapshot::{Origin, Snapshot};
use crate::explain::time::Basis;
use crate::options::Options;
use crate::source::{SourceFile, Span};
use crate::syntax::ast;
use crate::tensor::homogeneity::Symmetries;
use crate::tensor::substitution::Substitution;
use crate::{ckks, slot, tensor};
use hep_plan::Plan;

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
