//! A bound on the size of expressions.
//!
//! Parts are shared, so inlining a chain of `let`s can describe a tree of astronomic size in a few nodes of
//! memory, or one deep enough to exhaust the stack. Everything that walks a tree (derivatives, normal forms,
//! printing) asks for [`Expr::check`] first.

use thiserror::Error;

use super::Expr;

/// Largest tree that is processed, in nodes.
pub const NODE_LIMIT: u64 = 100_000;

/// Deepest nesting that is processed.
pub const DEPTH_LIMIT: u32 = 500;

/// The expression exceeds [`NODE_LIMIT`] or [`DEPTH_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TooLarge {
    /// Too many nodes.
    #[error("the expression has {size} operations once all names are inlined, the limit is {NODE_LIMIT}")]
    Size {
        /// Their number (saturating).
        size: u64,
    },
    /// Too deeply nested.
    #[error("the expression nests {depth} operations once all names are inlined, the limit is {DEPTH_LIMIT}")]
    Depth {
        /// The number of operations on the longest path.
        depth: u32,
    },
}

impl Expr {
    /// Refuses what a user should not have written: more than [`NODE_LIMIT`] nodes or [`DEPTH_LIMIT`] levels.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn check(&self) -> Result<(), TooLarge> {
        if self.depth() > DEPTH_LIMIT {
            return Err(TooLarge::Depth { depth: self.depth() });
        }
        self.check_size()
    }

    /// The bound for computed expressions, which nest a few times deeper than their source.
    ///
    /// # Errors
    /// [`TooLarge::Size`].
    pub fn check_size(&self) -> Result<(), TooLarge> {
        if self.size() > NODE_LIMIT { Err(TooLarge::Size { size: self.size() }) } else { Ok(()) }
    }
}
