//! Why a program has no native code, or cannot run.

use thiserror::Error;

/// Why a packed program cannot be simulated.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodegenError {
    /// Cranelift does not know this processor.
    #[error("there is no code generator for this processor: {0}")]
    Processor(String),
    /// Cranelift refused a loop.
    #[error("code generation failed: {0}")]
    Generator(String),
    /// The vectors need more memory than they may.
    #[error("the packed program needs {needed} MiB of memory in the clear, {allowed} MiB are free")]
    Memory {
        /// MiB needed.
        needed: u64,
        /// MiB allowed.
        allowed: u64,
    },
    /// An upload is missing or has another shape.
    #[error("upload `{0}` is missing or has another shape than its layout")]
    Upload(String),
    /// A result has elements without a slot.
    #[error("output `{0}` cannot be unpacked")]
    Output(String),
}
