//! Packing: which slot holds which element.
//!
//! Volley Revolver (arXiv 2201.12577) lays samples out one per row, features along the row, and repeats the class rows
//! of the model downwards. This is its *rolled* form: a row of F columns is cut into K blocks of J = F/K columns, one
//! per class, and block m of row r of the model holds class (r + m) mod K. A rotation along the diagonal of rows and
//! blocks then turns the features of all classes at once, so that a whole matrix product is one sum of 2K − 1
//! products with rotations of a single ciphertext (compiler.md §3, strategy 2). With one class it is the plain
//! row-major product.

mod grid;
#[cfg(test)]
mod tests;

pub use grid::{Grid, Inner, PackingError};
