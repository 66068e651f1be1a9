//! Buffers of residues from a shared pool.
//!
//! A limb of N = 2^16 residues is half a mebibyte, and an operation on ciphertexts makes and forgets many of them. Asked of the
//! system every time, such memory costs a page fault per 4 KiB, which is as much as the arithmetic. So a dropped [`Buffer`] goes to
//! a pool of the process and serves again. Large ones are cut from slabs, which lie on large pages where the system gives them by
//! itself or [`LARGE_PAGES_VARIABLE`] asks for them.
//!
//! Idle memory is bounded, see [`Usage`].

mod block;
mod pool;

use std::fmt;
use std::ops::{Deref, DerefMut};

use block::Block;
pub use block::words_of_bytes;
pub use pool::{Ceiling, Usage, trim, usage};
use zeroize::Zeroize;

/// Environment variable that asks for large pages if it is 1.
pub const LARGE_PAGES_VARIABLE: &str = "HEP_LARGE_PAGES";

/// Some words, aligned to 64 bytes; dropped, they go back to the pool as they are. Secrets must be overwritten before
/// ([`zeroize::Zeroizing`]).
#[derive(Default)]
pub struct Buffer {
    block: Block,
    len: usize,
}

impl Buffer {
    /// `len` words with whatever the last user left in them.
    pub fn recycled(len: usize) -> Self {
        if len == 0 { Self::default() } else { Self { block: pool::take(len), len } }
    }

    /// `len` zeros.
    pub fn zeroed(len: usize) -> Self {
        let mut buffer = Self::recycled(len);
        buffer.fill(0);
        buffer
    }

    /// The same words in a buffer.
    pub fn copy_of(words: &[u64]) -> Self {
        let mut buffer = Self::recycled(words.len());
        buffer.copy_from_slice(words);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        pool::give_back(std::mem::take(&mut self.block));
    }
}

impl Deref for Buffer {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.block.words()[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.block.words_mut()[..self.len]
    }
}

impl AsRef<[u64]> for Buffer {
    fn as_ref(&self) -> &[u64] {
        self
    }
}

impl From<&[u64]> for Buffer {
    fn from(words: &[u64]) -> Self {
        Self::copy_of(words)
    }
}

impl From<Vec<u64>> for Buffer {
    /// A copy: memory of a vector is not aligned enough.
    fn from(words: Vec<u64>) -> Self {
        Self::copy_of(&words)
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Buffer {}

impl fmt::Debug for Buffer {
    /// The length only: the words may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("len", &self.len).finish_non_exhaustive()
    }
}

impl Zeroize for Buffer {
    /// Zeros, and nothing left, as of a vector.
    fn zeroize(&mut self) {
        self[..].zeroize();
        self.len = 0;
    }
}

#[cfg(test)]
mod tests;
