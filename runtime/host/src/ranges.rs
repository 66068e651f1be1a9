//! Declared ranges of the owner's values. Packing and precision rely on them, so they are enforced, by [`enforce`] alone,
//! wherever data meet a program or a plan.

use crate::tensor::{Tensor, place};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// A value of the owner, `owner NAME : T in LO .. HI`, or one that is prepared and uploaded, with the interval that every
/// element is declared to lie in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeclaredRange {
    /// Name of an input of the owner's program, or of an upload.
    pub name: String,
    /// Smallest allowed element.
    pub lo: f64,
    /// Largest allowed element.
    pub hi: f64,
}

/// An element outside of the declared range of its tensor.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("`{name}` is {value} in {}, and is declared `in {lo} .. {hi}`", place(index))]
pub struct Outside {
    /// Name of the tensor.
    pub name: String,
    /// Where the element stands, counted from 0.
    pub index: Vec<usize>,
    /// The element.
    pub value: f64,
    /// Smallest allowed element.
    pub lo: f64,
    /// Largest allowed element.
    pub hi: f64,
}

/// The first element that a range excludes; a NaN is in no range. Names without a value are passed over.
///
/// # Errors
/// The element.
pub fn enforce(ranges: &[DeclaredRange], values: &BTreeMap<String, Tensor>) -> Result<(), Outside> {
    for DeclaredRange { name, lo, hi } in ranges {
        let Some(tensor) = values.get(name) else { continue };
        if let Some(at) = tensor.data.iter().position(|v| !(lo..=hi).contains(&v)) {
            let index = tensor.index(at);
            return Err(Outside { name: name.clone(), index, value: tensor.data[at], lo: *lo, hi: *hi });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_outside_is_named() {
        let range = |name: &str| DeclaredRange { name: name.into(), lo: 0.0, hi: 1.0 };
        let x = Tensor { shape: vec![2, 2], data: vec![0.0, 1.0, 0.5, -0.5] };
        let y = Tensor { shape: vec![2], data: vec![0.0, f64::NAN] };
        let mut values = BTreeMap::from([("x".to_string(), x), ("y".to_string(), y)]);
        let found = enforce(&[range("z"), range("x")], &values).unwrap_err();
        assert_eq!(found.to_string(), "`x` is -0.5 in row 2, column 2, and is declared `in 0 .. 1`");
        let found = enforce(&[range("y")], &values).unwrap_err();
        assert_eq!(found.to_string(), "`y` is NaN in row 2, and is declared `in 0 .. 1`");
        values.insert("y".into(), Tensor::scalar(1.0));
        assert_eq!(enforce(&[range("y")], &values), Ok(()));
    }
}
