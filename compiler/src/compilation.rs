//! A compiled program in all its forms.

use crate::explain::names::value_names;
use crate::explain::snapshot::{Origin, Snapshot};
use crate::explain::time::Basis;
use crate::options::Options;
use hep_back::{ckks, slot};
use hep_front::diagnostics::Diagnostic;
use hep_front::syntax::ast;
use hep_plan::Plan;
use hep_tensor as tensor;
use hep_tensor::homogeneity::Symmetries;
use hep_tensor::source::{SourceFile, Span};
use hep_tensor::substitution::Substitution;

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

/// Every form of a compiled program; each runs on numbers.
///
/// ```
/// use hep_compiler::{Options, compile, source::SourceFile, tensor::interpret};
/// use hep_plan::Tensor;
/// use std::collections::BTreeMap;
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/examples/linear_regression.hep"));
/// # let dims = [("n", 5), ("f", 3), ("T", 2)].map(|(name, size)| (name.to_string(), size)).to_vec();
/// # let options = Options { dims, ring_log2: Some(7), insecure: true, ..Options::default() };
/// let compiled = compile(&SourceFile::new("p.hep", text), &options).map_err(|errors| errors[0].title.clone())?;
/// let tensor = |shape: &[usize], data: &[f64]| Tensor { shape: shape.to_vec(), data: data.to_vec() };
/// let features: Vec<f64> = (0..15).map(|i| f64::from(i * i % 7)).collect();
/// let data = BTreeMap::from([
///     ("X0".to_string(), tensor(&[5, 3], &features)),
///     ("y".to_string(), tensor(&[5], &[1.0, 0.0, 1.0, 0.0, 1.0])),
/// ]);
/// let mut seen = 0;
/// let revealed = interpret::run(&compiled.tensor, &data, &mut |_| seen += 1).map_err(|e| e.to_string())?;
/// assert_eq!((revealed["w"].shape.as_slice(), seen), (&[4][..], 2));
/// # Ok::<(), String>(())
/// ```
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
