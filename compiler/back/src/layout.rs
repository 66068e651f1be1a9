//! Packing: which slot holds which element.
//!
//! Every named dimension of a program has one home in the slot number for all tensors, so that tensors meet element by
//! element without being moved. Two dimensions may share bits of the slot number; a tensor over both is then stored as
//! its *turns*, the diagonals of Halevi–Shoup and the revolutions of Volley Revolver (arXiv 2201.12577), and a matrix
//! product becomes one sum of products with rotations of a single ciphertext (`hep_plan::layout`, `slot/lower/product`).

mod placement;
#[cfg(test)]
mod tests;

pub use placement::{DimHome, Form, PackingError, Placement};
