//! Running a plan. The inputs are the plan, the evaluation keys and the ciphertexts.

use crate::backend::BackendError;
use crate::backend::ckks::{Ckks, InputSource};
use crate::error::Error;
use crate::executor::{
    Course, Grant, Handed, Options, Progress, Resumed, RunError, Stop, execute_course, pool, runs_for,
};
use hep_circuits::ServerKeys;
use hep_ckks::Ciphertext;
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind};
use hep_format::files::{
    CiphertextFile, Origin, load_checkpoint, load_evaluation_keys, write_checkpoint, write_outputs,
};
use hep_format::place::Output;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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

/// Where checkpoints go, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoints<'a> {
    /// The file; one takes the place of the one before.
    pub path: &'a Path,
    /// At most so often, and when the run is stopped.
    pub every: Duration,
}

/// How a training is run; by default all of it, from the beginning, with nothing in between.
#[derive(Clone, Copy, Default)]
pub struct Training<'a> {
    /// Iterations in all; none for those of the plan.
    pub iterations: Option<u32>,
    /// A checkpoint to go on with.
    pub resume: Option<&'a Path>,
    /// Where to keep what was reached. The file is removed when the result is in place.
    pub checkpoints: Option<Checkpoints<'a>>,
    /// Who may end it with [`RunError::Stopped`]; what was reached is kept then.
    pub stop: Option<Stop<'a>>,
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
    run_training(prepared, [evaluation_keys, inputs], out, options, Training::default(), progress)
}

/// The same, as far as is asked for and from where it was left. `files` are the evaluation keys and the inputs.
///
/// # Errors
/// As [`run`]; [`RunError::Stopped`], [`RunError::Iterations`], and a checkpoint that cannot be written or belongs to something else.
pub fn run_training(
    prepared: &Prepared,
    [evaluation_keys, inputs]: [&Path; 2],
    out: Output,
    options: Options,
    training: Training<'_>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Ran, Error> {
    let plan = prepared.plan();
    let inputs = CiphertextFile::open(prepared, inputs, FileKind::Inputs)?;
    let key_file = load_evaluation_keys(prepared, evaluation_keys)?;
    let (origin, keys) = (inputs.origin(), key_file.origin());
    let advice = "use the evaluation keys from the directory that the data were encrypted with";
    inputs.file().require("keys", &origin.keys, &keys.keys, advice)?;
    let origin = Origin { insecure: origin.insecure.or(keys.insecure), ..origin };
    let runs = training.iterations.map(|iterations| runs_for(plan, iterations)).transpose()?;
    let resume = training.resume.map(|path| resumed(prepared, path, &inputs, &origin)).transpose()?;
    // Before the keys are expanded, which takes most of the memory. Keys made for another plan may be larger than needed.
    let larger = key_file.memory(prepared).saturating_sub(plan.eval_key_memory());
    // What was reached is kept while the next run is on.
    let kept = training.checkpoints.map_or(0, |_| plan.carried_bytes());
    let grant = Grant::of(plan, options, larger.saturating_add(kept))?;
    let expanded = pool(grant.options())?.install(|| key_file.expand(prepared))?;
    let mut keeper = training.checkpoints.map(|at| Keeper::new(prepared, &origin, at));
    let failed = AtomicBool::new(false);
    let stop = || failed.load(Ordering::Relaxed) || training.stop.is_some_and(|stop| stop());
    let mut handed = |at: Handed<Ciphertext>| {
        if let Some(keeper) = &mut keeper {
            failed.fetch_or(!keeper.handed(at), Ordering::Relaxed);
        }
    };
    let course = Course { resume, runs, stop: Some(&stop), handed: Some(&mut handed) };
    let outputs = run_course(prepared, &expanded, &inputs, grant, course, progress);
    if let Some(keeper) = &mut keeper {
        keeper.end(matches!(outputs, Err(RunError::Stopped { .. })))?;
    }
    let outputs = outputs?;
    // The keys were read where they lie, until now.
    pool(grant.options())?
        .install(|| key_file.file().check_unchanged().and_then(|()| inputs.file().check_unchanged()))?;
    let runs = runs.or(plan.server.repeats.as_ref().map(|repeats| repeats.runs)).unwrap_or(0);
    write_outputs(prepared, &outputs, &origin, runs, out)?.finish().map_err(FileError::from)?;
    if let Some(at) = training.checkpoints {
        // It serves nobody any more; where it stays it is told what it is.
        let _ = std::fs::remove_file(at.path);
    }
    Ok(Ran { origin, predicted: grant.predicted() })
}

/// What a checkpoint of the same keys and upload holds.
fn resumed(
    prepared: &Prepared,
    path: &Path,
    inputs: &CiphertextFile<'_>,
    origin: &Origin,
) -> Result<Resumed<Ciphertext>, FileError> {
    let checkpoint = load_checkpoint(prepared, path)?;
    let advice = "go on with the keys and the data that it was made with";
    inputs.file().require("keys", &origin.keys, &checkpoint.origin.keys, advice)?;
    inputs.file().require("upload", &origin.upload, &checkpoint.origin.upload, advice)?;
    Ok(Resumed { runs: checkpoint.runs, carried: checkpoint.carried })
}

/// Keeps what was reached.
struct Keeper<'a> {
    prepared: &'a Prepared,
    origin: &'a Origin,
    at: Checkpoints<'a>,
    written: Instant,
    /// What is not in the file yet.
    reached: Option<Handed<Ciphertext>>,
    failure: Option<FileError>,
}

impl<'a> Keeper<'a> {
    fn new(prepared: &'a Prepared, origin: &'a Origin, at: Checkpoints<'a>) -> Self {
        Self { prepared, origin, at, written: Instant::now(), reached: None, failure: None }
    }

    /// Whether the run may go on.
    fn handed(&mut self, handed: Handed<Ciphertext>) -> bool {
        self.reached = Some(handed);
        if self.written.elapsed() >= self.at.every {
            self.failure = self.write().err();
        }
        self.failure.is_none()
    }

    fn write(&mut self) -> Result<(), FileError> {
        let Some(Handed { runs, iterations, carried }) = self.reached.take() else { return Ok(()) };
        let out = Output::claim(self.at.path, FileKind::Checkpoint, &[])?;
        let carried = carried.iter().map(|ciphertext| &**ciphertext);
        write_checkpoint(self.prepared, (runs, iterations), carried, self.origin, out)?.finish()?;
        self.written = Instant::now();
        Ok(())
    }

    /// The end of a run; of one that was stopped what was reached is kept.
    fn end(&mut self, stopped: bool) -> Result<(), FileError> {
        match self.failure.take() {
            Some(error) => Err(error),
            None if stopped => self.write(),
            None => Ok(()),
        }
    }
}
