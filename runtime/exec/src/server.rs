//! The server's side. Its inputs are the plan, the evaluation keys and the ciphertexts; no secret key can reach it.

use crate::backend::ckks::{Ckks, InputSource};
use crate::container::{FileError, FileKind};
use crate::error::Error;
use crate::executor::{Options, Progress, check_memory, execute, pool};
use crate::files::{CiphertextFile, Origin, load_evaluation_keys, write_outputs};
use crate::place::Output;
use crate::prepared::Prepared;
use hep_ckks::{Ciphertext, EvaluationKeys};
use std::path::Path;

/// Runs the server's program in memory and returns the ciphertexts of each output.
///
/// # Errors
/// Too little memory, missing keys or inputs, or a plan that does not fit its parameters.
pub fn run_in_memory<I: InputSource + ?Sized>(
    prepared: &Prepared,
    keys: &EvaluationKeys,
    inputs: &I,
    options: Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Vec<Ciphertext>>, Error> {
    // The keys that are in memory already are no longer among the bytes available.
    let held = Options {
        memory: options.memory.or_else(|| {
            crate::memory::available_bytes().map(|bytes| bytes.saturating_add(keys.bytes_expanded() as u64))
        }),
        ..options
    };
    let ahead = check_memory(prepared.plan(), held)?;
    let backend = Ckks::new(prepared.context(), keys, inputs);
    Ok(execute(prepared.plan(), &backend, &pool(options)?, ahead, progress)?)
}

/// Runs the server's program between files; the result goes to a place that was claimed for it.
///
/// # Errors
/// As [`run_in_memory`]; damaged files, or files that do not belong together.
pub fn run(
    prepared: &Prepared,
    evaluation_keys: &Path,
    inputs: &Path,
    out: Output,
    options: Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Origin, Error> {
    let inputs = CiphertextFile::open(prepared, inputs, FileKind::Inputs)?;
    let key_file = load_evaluation_keys(prepared, evaluation_keys)?;
    let (origin, keys) = (inputs.origin(), key_file.origin());
    let advice = "use the evaluation keys from the directory that the data were encrypted with";
    inputs.file().require("keys", &origin.keys, &keys.keys, advice)?;
    // Before the keys are expanded, which takes most of the memory.
    let ahead = check_memory(prepared.plan(), options)?;
    let pool = pool(options)?;
    let expanded = pool.install(|| key_file.expand(prepared))?;
    let backend = Ckks::new(prepared.context(), &expanded, &inputs);
    let outputs = execute(prepared.plan(), &backend, &pool, ahead, progress)?;
    // The keys were read where they lie, until now.
    pool.install(|| key_file.file().check_unchanged().and_then(|()| inputs.file().check_unchanged()))?;
    let origin = Origin { insecure: origin.insecure.or(keys.insecure), ..origin };
    write_outputs(prepared, &outputs, &origin, out)?.finish().map_err(FileError::from)?;
    Ok(origin)
}
