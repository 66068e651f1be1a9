//! What can be compared: programs, plans and snapshots.

use crate::args::{Diff, ProgramArgs};
use crate::commands::snapshot::{ENDING, read};
use crate::costs::Costs;
use crate::failure::Failure;
use crate::kinds::{self, Wanted};
use crate::source;
use hep_compiler::explain::snapshot::{Origin, Snapshot};
use hep_compiler::explain::time::Basis;
use hep_format::container::FileKind;
use std::path::PathBuf;

/// A file, and the loss that replaces that of a program.
pub struct Side {
    path: PathBuf,
    loss: Option<String>,
}

/// The two sides that the arguments name.
pub fn sides(args: &Diff) -> Result<[Side; 2], Failure> {
    let side = |path: &PathBuf, loss: Option<&String>| Side { path: path.clone(), loss: loss.cloned() };
    match (args.inputs.as_slice(), args.loss.as_slice()) {
        ([old, new], []) => Ok([side(old, None), side(new, None)]),
        ([program], [loss]) => Ok([side(program, None), side(program, Some(loss))]),
        ([program], [old, new]) => Ok([side(program, Some(old)), side(program, Some(new))]),
        ([_], []) => Err(Failure::Usage("compare with what? give a second file, or --loss".into())),
        ([_], _) => Err(Failure::Usage("--loss takes one or two losses; `hep compare` takes more".into())),
        _ => Err(Failure::Usage("--loss compares losses of one program: give one file".into())),
    }
}

impl Side {
    /// What to call it.
    pub fn name(&self) -> String {
        let path = self.path.display();
        self.loss.as_ref().map_or_else(|| path.to_string(), |loss| format!("{path} with {loss}"))
    }

    /// What to call it beside the other: the loss, where the program is the same.
    pub fn short_name(&self, other: &Self) -> String {
        if self.path != other.path {
            return self.name();
        }
        self.loss.clone().unwrap_or_else(|| "as written".to_string())
    }

    /// Whether it is a snapshot that was kept.
    pub fn is_snapshot(&self) -> bool {
        self.has_ending(ENDING)
    }

    fn has_ending(&self, ending: &str) -> bool {
        self.path.extension().is_some_and(|found| found == ending)
    }

    /// Reads a plan or a snapshot, or compiles a program.
    pub fn snapshot(&self, args: &Diff, costs: &Costs, cores: usize) -> Result<Snapshot, Failure> {
        let program = !self.is_snapshot() && !self.has_ending("hepc");
        if self.loss.is_some() && !program {
            return Err(Failure::Usage(format!("{} is no program: --loss needs one", self.path.display())));
        }
        if self.is_snapshot() {
            kinds::expect(&self.path, Wanted::Snapshot)?;
            return read(&self.path);
        }
        if !program {
            kinds::expect(&self.path, Wanted::Container(FileKind::Plan))?;
            let plan = hep_format::files::load_plan(&self.path)?;
            let basis = Basis { cores, ..costs.basis() };
            let origin = Origin { settings: &[], approximations: &[], costs: basis };
            return Ok(Snapshot::of(plan.plan(), origin));
        }
        let of =
            ProgramArgs { program: self.path.clone(), loss: self.loss.clone(), sizes: args.sizes.clone() };
        let file = source::read(&of)?;
        let options = source::packing_options(&of, &args.params, costs);
        let analysis = source::analyze(&file, &options)?;
        source::warn(&file, &analysis.warnings, false)?;
        Ok(source::lower(&file, analysis, &options)?.snapshot(&options, cores))
    }
}
