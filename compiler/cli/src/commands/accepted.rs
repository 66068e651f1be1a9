//! Plans that a command takes: those that protect what they should, and the one that was meant.

use crate::args::{AcceptArgs, PinArgs};
use crate::failure::Failure;
use crate::kinds::{self, Wanted};
use hep_format::Prepared;
use hep_format::container::FileKind;
use hep_format::files::{EVALUATION_KEYS, PUBLIC_KEY};
use hep_owner::files::SECRET_KEY;
use std::path::Path;

/// Digits of a fingerprint.
const DIGITS: usize = 32;

/// Reads a plan for a command of the owner. A plan weaker than what `hep compile` makes by default is refused, unless the
/// flag is given that made it: whoever compiled it may be somebody else.
pub fn by_owner(path: &Path, args: &AcceptArgs) -> Result<Prepared, Failure> {
    let prepared = pinned(path, &args.pin)?;
    if prepared.insecure().any() && !args.insecure {
        return Err(Failure::with_help(
            format!(
                "{} was compiled without security: what is encrypted under it is readable",
                path.display()
            ),
            "compile the program without --insecure, or, for tests on data that anybody may see, give --insecure here too",
        ));
    }
    Ok(prepared)
}

/// Reads a plan, and refuses another than the one that was asked for.
pub fn pinned(path: &Path, args: &PinArgs) -> Result<Prepared, Failure> {
    if let Some(asked) = &args.plan_fingerprint
        && (asked.len() != DIGITS || !asked.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        return Err(Failure::Usage(format!(
            "`--plan-fingerprint` takes the {DIGITS} hexadecimal digits that `hep keygen` and `hep info` print"
        )));
    }
    kinds::expect(path, Wanted::Container(FileKind::Plan))?;
    let prepared = hep_format::files::load_plan(path)?;
    match &args.plan_fingerprint {
        Some(asked) if !asked.eq_ignore_ascii_case(prepared.fingerprint()) => Err(Failure::with_help(
            format!("{} is the plan {}, not {asked}", path.display(), prepared.fingerprint()),
            "use the plan that was agreed on, or read this one (`hep info`) and agree on it",
        )),
        _ => Ok(prepared),
    }
}

/// Refuses a place without keys, before anything is read for it.
pub fn keys(folder: &Path, plan: &Path) -> Result<(), Failure> {
    if folder.join(SECRET_KEY).is_file() {
        return Ok(());
    }
    kinds::expect(folder, Wanted::Keys)?;
    // Making keys there would replace those that belong to it.
    if [PUBLIC_KEY, EVALUATION_KEYS].iter().any(|name| folder.join(name).exists()) {
        let what = format!("{} holds keys without their {SECRET_KEY}", folder.display());
        let help = "put it back from where you keep it: without it nothing that was encrypted under it can be read; make other keys \
                    in another folder";
        return Err(Failure::with_help(what, help));
    }
    let is = if folder.is_dir() { "holds no keys" } else { "is no folder of keys" };
    let what = format!("{} {is}", folder.display());
    let make = format!("make them: `hep keygen {} -o {}`", plan.display(), folder.display());
    Err(Failure::with_help(what, make))
}
