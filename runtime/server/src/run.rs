//! Running a plan. The inputs are the plan, the evaluation keys and the ciphertexts.

use crate::backend::BackendError;
use crate::backend::ckks::{Ckks, InputSource};
use crate::error::Error;
use crate::executor::{Course, Grant, Options, Progress, RunError, execute_course, pool};
use hep_circuits::ServerKeys;
use hep_ckks::Ciphertext;
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind};
use hep_format::files::{CiphertextFile, Origin, load_evaluation_keys, write_outputs};
use hep_format::place::Output;
use std::path::Path;

/// What a run did.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Which keys and data its result belongs to.
    pub origin: Origin,
    /// Bytes that it was predicted to take at most, the whole process.
    pub predicted: u64,
}

/// Runs the server's program in memory and returns the ciphertexts of each output.
///
/// # Errors
/// Missing keys or inputs, or a plan that does not fit its parameters.
pub fn run_in_memory<I: InputSource + ?Sized>(
    prepared: &Prepared,
    keys: &ServerKeys,
    inputs: &I,
    grant: Grant,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Vec<Ciphertext>>, RunError> {
    run_course(prepared, keys, inputs, grant, Course::default(), progress)
}

/// The same from somewhere, and up to somewhere.
///
/// # Errors
/// As [`run_in_memory`]; what the plan does not have, and [`RunError::Stopped`].
pub fn run_course<I: InputSource + ?Sized>(
    prepared: &Prepared,
    keys: &ServerKeys,
    inputs: &I,
    grant: Grant,
    course: Course<'_, Ciphertext>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Vec<Ciphertext>>, RunError> {
    let pool = pool(grant.options())?;
    let tables = pool.install(|| prepared.refreshes());
    let tables = tables.map_err(|error| RunError::Tables(Box::new(BackendError::from(error))))?;
    let backend = Ckks::new(prepared.context(), keys, inputs).refreshing(tables).stopped_by(course.stop);
    let _ceiling = grant.ceiling();
    execute_course(prepared.plan(), &backend, &pool, grant.memory.ahead, course, progress)
}

/// Runs the server's program between files; the result goes to a place that was claimed for it.
///
/// # Errors
/// As [`run_in_memory`]; too little memory, damaged files, or files that do not belong together.
pub fn run(
    prepared: &Prepared,
    evaluation_keys: &Path,
    inputs: &Path,
    out: Output,
    options: Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Ran, Error> {
    let inputs = CiphertextFile::open(prepared, inputs, FileKind::Inputs)?;
    let key_file = load_evaluation_keys(prepared, evaluation_keys)?;
    let (origin, keys) = (inputs.origin(), key_file.origin());
    let advice = "use the evaluation keys from the directory that the data were encrypted with";
    inputs.file().require("keys", &origin.keys, &keys.keys, advice)?;
    // Before the keys are expanded, which takes most of the memory. Keys made for another plan may be larger than needed.
    let larger = key_file.memory(prepared).saturating_sub(prepared.plan().eval_key_memory());
    let grant = Grant::of(prepared.plan(), options, larger)?;
    let expanded = pool(grant.options())?.install(|| key_file.expand(prepared))?;
    let outputs = run_in_memory(prepared, &expanded, &inputs, grant, progress)?;
    // The keys were read where they lie, until now.
    pool(grant.options())?
        .install(|| key_file.file().check_unchanged().and_then(|()| inputs.file().check_unchanged()))?;
    let origin = Origin { insecure: origin.insecure.or(keys.insecure), ..origin };
    write_outputs(prepared, &outputs, &origin, out)?.finish().map_err(FileError::from)?;
    Ok(Ran { origin, predicted: grant.predicted() })
}
