//! What can be said of a model without scores: shapes and norms of what is revealed.

use hep_plan::number::aligned;
use hep_plan::tensor::Tensor;
use serde::Serialize;
use std::collections::BTreeMap;

/// A revealed tensor in one line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Its name in the program.
    pub name: String,
    /// Its extents; none of a single number.
    pub shape: Vec<usize>,
    /// Root of the sum of its squares; none where that is no number.
    pub norm: Option<f64>,
}

impl Figure {
    /// The norm for people.
    pub fn norm_text(&self) -> String {
        self.norm.map_or_else(|| "no number".to_string(), |norm| aligned(norm, 5))
    }
}

/// All revealed tensors, in the order of their names.
pub fn figures(revealed: &BTreeMap<String, Tensor>) -> Vec<Figure> {
    let of = |(name, tensor): (&String, &Tensor)| Figure {
        name: name.clone(),
        shape: tensor.shape.clone(),
        norm: Some(norm(&tensor.data)).filter(|norm| norm.is_finite()),
    };
    revealed.iter().map(of).collect()
}

/// Scaled by the largest, so that squares neither vanish nor overflow.
fn norm(values: &[f64]) -> f64 {
    // `max` would pass over a NaN.
    let largest = values.iter().fold(0.0f64, |most, v| if v.abs() <= most { most } else { v.abs() });
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * values.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt()
}

/// One line for each, after a margin.
pub fn text(figures: &[Figure], margin: &str) -> String {
    let line = |f: &Figure| format!("{margin}{} {:?}, norm {}\n", f.name, f.shape, f.norm_text());
    figures.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_those_of_all_elements() {
        let tensor = Tensor::new(vec![2], vec![3e200, 4e200]).unwrap();
        let revealed = BTreeMap::from([("w".to_string(), tensor), ("b".into(), Tensor::filled(vec![], 0.0))]);
        let found = figures(&revealed);
        assert_eq!(text(&found, "  "), "  b [], norm 0.00000\n  w [2], norm 5e200\n");
        assert!((norm(&[1e-200, 1e-200]) / 1e-200 - 2f64.sqrt()).abs() < 1e-12);
        for values in [[f64::NAN, 1.0], [1.0, f64::NAN], [f64::INFINITY, 1.0]] {
            assert!(!norm(&values).is_finite(), "{values:?}");
        }
    }
}
