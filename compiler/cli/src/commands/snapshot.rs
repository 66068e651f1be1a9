//! `hep snapshot`: schedules that are kept beside their programs.

use super::{print, print_json, print_styled};
use crate::args::{ParamArgs, ProgramArgs, Snapshot as Args};
use crate::costs::{self, Costs};
use crate::difference::{Changes, Difference, differences, figures, tabulated, text};
use crate::failure::{self, Failure};
use crate::kinds::{self, Wanted};
use crate::{outputs, source};
use hep_compiler::explain::snapshot::{Snapshot, titles};
use hep_format::place::{Output, PlaceError};
use hep_plan::params::Security;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Ending of a snapshot's name.
pub const ENDING: &str = "schedule";
/// Longest snapshot read, in bytes.
const MAX_SNAPSHOT: u64 = 1 << 28;

/// What became of one program.
enum Outcome {
    /// It compiles to what is kept.
    Same,
    /// Its snapshot is written; it replaces one that differed like this.
    Written(Vec<Difference>),
    /// It compiles to something else than is kept: the differences, and those of figures as a table.
    Changed(Vec<Difference>, String),
}

/// Compares or writes the snapshots of all programs; what is wrong with one does not hide the others.
pub fn run(args: &Args) -> Result<(), Failure> {
    if args.update {
        let all: Vec<PathBuf> = args.programs.iter().map(|program| program.with_extension(ENDING)).collect();
        Output::all_differ(&all, outputs::SNAPSHOT)?;
    }
    let costs = costs::shared(args.costs.as_deref())?;
    let mut entries = Vec::new();
    let mut failures = Vec::new();
    for program in &args.programs {
        let kept = program.with_extension(ENDING);
        let outcome = one(args, program, &kept, &costs);
        entries.push(entry(program, &kept, &outcome));
        match outcome {
            Ok(outcome) => {
                if !args.output.json {
                    show(&outcome, &kept, args.full)?;
                }
                if let Outcome::Changed(found, _) = outcome {
                    failures.push(changed(args, program, &kept, &found));
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    if args.output.json {
        let errors: Vec<Value> = failures.iter().flat_map(failure::messages).collect();
        print_json(&json!({ "snapshots": entries, "errors": errors }))?;
    }
    Failure::together(failures, args.programs.len(), "programs")
}

fn one(args: &Args, program: &Path, kept: &Path, costs: &Costs) -> Result<Outcome, Failure> {
    let of = ProgramArgs { program: program.to_path_buf(), loss: None, sizes: args.sizes.clone() };
    kinds::expect(program, Wanted::Program)?;
    let before = if kept.exists() || !args.update { Some(read(kept)) } else { None };
    if kept == program {
        let what = format!("{} would be replaced by its snapshot", program.display());
        return Err(Failure::with_help(what, "give the path of a .hep program"));
    }
    if !args.update && !kept.exists() {
        let what = format!("{} has no snapshot: there is no {}", program.display(), kept.display());
        return Err(Failure::with_help(what, format!("write it: `{}`", command(args, program))));
    }
    let inputs: Vec<&Path> = args.programs.iter().chain(&args.costs).map(PathBuf::as_path).collect();
    let place = args.update.then(|| Output::claim(kept, outputs::SNAPSHOT, &inputs)).transpose();
    let place = place.map_err(named)?;
    let file = source::read(&of)?;
    let options = source::packing_options(&of, &args.params, costs);
    let analysis = source::analyze(&file, &options)?;
    source::warn(&file, &analysis.warnings, false)?;
    let found = source::lower(&file, analysis, &options)?.snapshot(&options, 1);
    let found_text = found.to_string();
    match before {
        // A file that is to be replaced may be damaged.
        Some(Err(failure)) if !args.update => Err(failure),
        Some(Ok(kept)) if kept.to_string() == found_text => Ok(Outcome::Same),
        Some(Ok(kept)) if !args.update => {
            let table = figures::text("kept", "compiled", &kept, &found, false);
            Ok(Outcome::Changed(differences(&kept, &found), table))
        }
        before => {
            if let Some(place) = place {
                place.write_whole(found_text.as_bytes())?;
            }
            let before = before.and_then(Result::ok);
            Ok(Outcome::Written(before.map_or(vec![], |before| differences(&before, &found))))
        }
    }
}

/// A snapshot has the name of its program: nobody gives it another.
fn named(error: PlaceError) -> Failure {
    match error {
        PlaceError::Occupied { path, found, wanted } => {
            let what = format!("{} is {found}, and {wanted} would take its place", path.display());
            Failure::with_help(
                what,
                "move that file elsewhere: a snapshot stands beside its program, under the program's name",
            )
        }
        other => other.into(),
    }
}

/// Reads a snapshot.
pub fn read(path: &Path) -> Result<Snapshot, Failure> {
    let name = path.display();
    let fail =
        |what: String| Failure::with_help(what, "give a file that `hep snapshot PROG.hep --update` wrote");
    let io = |e: std::io::Error| match e.kind() {
        ErrorKind::InvalidData => fail(format!("{name} is no snapshot: it is no text")),
        _ => fail(format!("cannot read {name}: {e}")),
    };
    let metadata = std::fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        // Who reads a pipe that nobody writes to waits for ever.
        return Err(fail(format!("{name} is no snapshot: it is no file")));
    }
    let bytes = metadata.len();
    if bytes > MAX_SNAPSHOT {
        return Err(fail(format!("{name} has {bytes} bytes, a snapshot has at most {MAX_SNAPSHOT}")));
    }
    let text = std::fs::read_to_string(path).map_err(io)?;
    text.parse().map_err(|e| fail(format!("{name} is no snapshot: {e}")))
}

fn changed(args: &Args, program: &Path, kept: &Path, found: &[Difference]) -> Failure {
    let what = format!("the schedule of {} is not the one in {}", program.display(), kept.display());
    let update = format!("if the change is meant: `{}`", command(args, program));
    let asked = found.iter().any(|difference| difference.title == titles::PROGRAM);
    let help = if asked { format!("give the options it was made with; {update}") } else { update };
    Failure::with_help(what, help)
}

/// The command that writes a program's snapshot, with the options given.
fn command(args: &Args, program: &Path) -> String {
    let mut words = vec!["hep snapshot".to_string(), program.display().to_string()];
    words.extend(args.sizes.dims.iter().map(|(name, size)| format!("-p {name}={size}")));
    let ParamArgs { ring, precision, key_budget, memory, upload_budget, without, security, insecure } =
        &args.params;
    words.extend(ring.map(|ring| format!("--ring {ring}")));
    words.extend((*precision != ParamArgs::PRECISION).then(|| format!("--precision {precision}")));
    words.extend((*key_budget != hep_compiler::KEY_BUDGET).then(|| format!("--key-budget {key_budget}")));
    words.extend(memory.map(|bytes| format!("--memory {bytes}")));
    words.extend(upload_budget.map(|bytes| format!("--upload-budget {bytes}")));
    words.extend(without.iter().map(|one| format!("--without {}", one.name())));
    let claim = security.bits().filter(|_| *security != Security::default());
    words.extend(claim.map(|bits| format!("--security {bits}")));
    words.extend(insecure.then(|| "--insecure".to_string()));
    words.extend(args.costs.iter().map(|path| format!("--costs {}", path.display())));
    words.push("--update".to_string());
    words.join(" ")
}

fn show(outcome: &Outcome, kept: &Path, full: bool) -> Result<(), Failure> {
    match outcome {
        Outcome::Same => print(&format!("{}: the same\n", kept.display())),
        Outcome::Written(found) => {
            let against = if found.is_empty() { String::new() } else { format!(", {}", changes(found)) };
            print(&format!("{}: written{against}\n", kept.display()))
        }
        Outcome::Changed(found, table) => {
            print(&format!("{}: changed\n", kept.display()))?;
            if found.is_empty() {
                print("  the same but for the names and numbers of values\n")?;
            }
            print(table)?;
            let rest: Vec<Difference> = found.iter().filter(|d| !tabulated(&d.title)).cloned().collect();
            print_styled(&text::text(&rest, full))
        }
    }
}

fn entry(program: &Path, kept: &Path, outcome: &Result<Outcome, Failure>) -> Value {
    let (status, found) = match outcome {
        Ok(Outcome::Same) => ("same", [].as_slice()),
        Ok(Outcome::Written(found)) => ("written", found.as_slice()),
        Ok(Outcome::Changed(found, _)) => ("changed", found.as_slice()),
        Err(_) => ("failed", [].as_slice()),
    };
    json!({ "program": program, "snapshot": kept, "status": status, "sections": text::json(found) })
}

/// Changes of all sections.
fn changes(found: &[Difference]) -> Changes {
    let parts = found.iter().map(Difference::changes);
    parts.fold(Changes::default(), |sum, part| Changes {
        gone: sum.gone + part.gone,
        new: sum.new + part.new,
        moved: sum.moved + part.moved,
    })
}
