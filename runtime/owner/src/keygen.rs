//! Key generation.

mod maker;

use crate::entropy::Entropy;
use crate::error::Error;
use crate::files::{SECRET_KEY, require_own_folder, write_secret_key};
use hep_circuits::ServerKeys;
use hep_ckks::{PublicKey, SecretKey, SwitchingKey};
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind, Insecure};
use hep_format::files::{EVALUATION_KEYS, KeyWriter, Origin, PUBLIC_KEY, server_keys, write_public_key};
use hep_format::place::{FolderLock, Named, Output, PlaceError, finish_together};
use hep_plan::plan::ServerKey;
use maker::Maker;
use rand_core::Rng;
use rayon::prelude::*;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// All keys, for one process that plays all roles.
pub struct Keys {
    /// The secret key.
    pub secret: SecretKey,
    /// The keys the server computes with.
    pub evaluation: ServerKeys,
    /// Their name, and whether they protect anything.
    pub origin: Origin,
}

fn begin(prepared: &Prepared, entropy: Entropy) -> Result<(SecretKey, Origin), Error> {
    let mut name = [0; 16];
    entropy.generator("name of the keys", 0)?.fill_bytes(&mut name);
    let keys = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let insecure = Insecure { seed: entropy.is_insecure(), parameters: false }.or(prepared.insecure());
    let secret = SecretKey::generate(prepared.context(), &mut entropy.generator("secret key", 0)?);
    Ok((secret, Origin { keys, upload: String::new(), insecure }))
}

/// Generates all keys in memory.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn generate_keys(prepared: &Prepared, entropy: Entropy) -> Result<Keys, Error> {
    let (secret, origin) = begin(prepared, entropy)?;
    let maker = Maker::new(prepared, &secret, entropy)?;
    let generated: Vec<(ServerKey, SwitchingKey)> = prepared
        .plan()
        .server_keys()
        .into_par_iter()
        .map(|(key, level)| Ok((key, maker.make(key, level)?)))
        .collect::<Result<_, Error>>()?;
    let evaluation = server_keys(prepared.context(), generated);
    Ok(Keys { secret, evaluation, origin })
}

/// Generates all keys into a directory, which is made with mode 0700 if it is missing: `secret.key`, `public.key`, `eval.keys`. At most
/// one evaluation key per thread is in memory. With a seed the keys are reproducible, protect nothing, and say so.
///
/// The files appear together when all are whole, the secret key last and never in place of another: a directory with a secret
/// key holds the set it belongs to, whoever else makes keys there at the same time and whenever the process ends.
///
/// # Errors
/// When there is a secret key already, or files cannot be written.
pub fn keygen(prepared: &Prepared, directory: &Path, seed: Option<u64>) -> Result<Origin, Error> {
    let made = private_folder(directory).map_err(FileError::from)?;
    let _interrupted = made.then(|| Named::new(directory));
    let keys = keygen_in(prepared, directory, Entropy::new(seed));
    if made && keys.is_err() {
        // Only where nothing is in it.
        let _ = fs::remove_dir(directory);
    }
    keys
}

/// Makes a folder that only its owner looks into, unless it is there. Says whether it was made.
fn private_folder(directory: &Path) -> Result<bool, PlaceError> {
    if directory.is_dir() {
        return Ok(false);
    }
    let io = |error| PlaceError::io(directory, "create")(error);
    if directory.is_symlink() {
        let (path, why) = (directory.to_path_buf(), "it is a link that leads to no folder".to_owned());
        return Err(PlaceError::NoPlace { path, why, advice: "give the name of a folder" });
    }
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent).map_err(io)?;
    }
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => Ok(true),
        // By somebody else at the same time.
        Err(_) if directory.is_dir() => Ok(false),
        Err(error) => Err(io(error)),
    }
}

fn keygen_in(prepared: &Prepared, directory: &Path, entropy: Entropy) -> Result<Origin, Error> {
    let claim =
        |name, kind: FileKind| Output::claim(&directory.join(name), kind, &[]).map_err(FileError::from);
    let secret_out = claim(SECRET_KEY, FileKind::SecretKey)?;
    require_own_folder(&directory.join(SECRET_KEY))?;
    let public_out = claim(PUBLIC_KEY, FileKind::PublicKey)?;
    let evaluation_out = claim(EVALUATION_KEYS, FileKind::EvaluationKeys)?;
    let (secret, origin) = begin(prepared, entropy)?;
    let mut file = KeyWriter::create(prepared, &origin, evaluation_out)?;
    let maker = Maker::new(prepared, &secret, entropy)?;
    let wanted = prepared.plan().server_keys();
    for batch in wanted.chunks(rayon::current_num_threads().max(1)) {
        let keys: Vec<SwitchingKey> =
            batch.par_iter().map(|(key, level)| maker.make(*key, *level)).collect::<Result<_, Error>>()?;
        keys.iter().try_for_each(|key| file.push(key))?;
    }
    let mut generator = entropy.generator("public key", 0)?;
    let public = PublicKey::generate(prepared.context(), &secret, &mut generator)?;
    let files = vec![
        file.complete()?,
        write_public_key(prepared, &public, &origin, public_out)?,
        write_secret_key(prepared, &secret, &origin, secret_out)?,
    ];
    place(directory, files).map_err(FileError::from)?;
    Ok(origin)
}

/// Puts a whole set in place, the secret key last, unless there is another secret key by now.
fn place(directory: &Path, mut files: Vec<Output>) -> Result<(), PlaceError> {
    files.iter_mut().try_for_each(Output::sync)?;
    let _lock = FolderLock::take(directory)?;
    let secret_path = directory.join(SECRET_KEY);
    if secret_path.is_symlink() || secret_path.exists() {
        return Err(PlaceError::Exists { path: secret_path });
    }
    finish_together(files)
}
