//! A bound on the size of expressions.
//!
//! Parts are shared, so inlining a chain of `let`s can describe a tree of astronomic size in a few nodes of
//! memory. Everything that walks a tree (derivatives, normal forms, printing) asks for [`Expr::check`] first.

use thiserror::Error;

use super::Expr;

/// Largest tree that is processed, in nodes.
pub const NODE_LIMIT: u64 = 100_000;

/// The expression has more than [`NODE_LIMIT`] nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the expression has {size} operations once all names are inlined, the limit is {NODE_LIMIT}")]
pub struct TooLarge {
    /// Its size (saturating).
    pub size: u64,
}

impl Expr {
    /// Refuses trees above [`NODE_LIMIT`].
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn check(&self) -> Result<(), TooLarge> {
        if self.size() > NODE_LIMIT { Err(TooLarge { size: self.size() }) } else { Ok(()) }
    }
}
