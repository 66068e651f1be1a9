//! How well decisions fit labels.

use hep_plan::plan::LabelKind;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt;
use thiserror::Error;

/// Another number of decisions than of rows: what comes out would be about other rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the scores decide {decisions} labels, and there are {rows} rows")]
pub struct Undecided {
    /// Decisions.
    pub decisions: usize,
    /// Rows.
    pub rows: usize,
}

impl Undecided {
    /// Refuses numbers that differ.
    pub fn unless_equal(decisions: usize, rows: usize) -> Result<(), Self> {
        if decisions == rows { Ok(()) } else { Err(Self { decisions, rows }) }
    }
}

/// One number for a set of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fit {
    /// Share of the rows that are classified as labeled.
    Accuracy(f64),
    /// Share of the variance of real targets that the predictions explain; no number where all targets are equal.
    RSquared(f64),
}

impl Fit {
    /// Of what was decided for rows with these labels.
    pub fn of(kind: LabelKind, decided: &[f64], labels: &[f64]) -> Result<Self, Undecided> {
        Undecided::unless_equal(decided.len(), labels.len())?;
        let count = labels.len().max(1) as f64;
        Ok(match kind {
            LabelKind::Binary | LabelKind::Classes(_) => {
                let right = decided.iter().zip(labels).filter(|(a, b)| a == b).count();
                Self::Accuracy(right as f64 / count)
            }
            LabelKind::Real => {
                let mean = labels.iter().sum::<f64>() / count;
                let spread: f64 = labels.iter().map(|y| (y - mean).powi(2)).sum();
                let missed: f64 = decided.iter().zip(labels).map(|(z, y)| (z - y).powi(2)).sum();
                Self::RSquared(1.0 - missed / spread)
            }
        })
    }

    /// The share of rows that are right, where rows have classes.
    pub fn accuracy(self) -> Option<f64> {
        match self {
            Self::Accuracy(share) => Some(share),
            Self::RSquared(_) => None,
        }
    }

    /// The share of the variance, where targets are real.
    pub fn r_squared(self) -> Option<f64> {
        match self {
            Self::Accuracy(_) => None,
            Self::RSquared(share) => Some(share).filter(|share| share.is_finite()),
        }
    }

    /// What the number is called in text.
    pub fn title(self) -> &'static str {
        match self {
            Self::Accuracy(_) => "accuracy",
            Self::RSquared(_) => "R²",
        }
    }

    /// What the number is called in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Accuracy(_) => "accuracy",
            Self::RSquared(_) => "r_squared",
        }
    }

    /// The number.
    pub fn value(self) -> Option<f64> {
        self.accuracy().or(self.r_squared())
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.value()) {
            (Self::Accuracy(share), _) => f.pad(&format!("{:.2} %", 100.0 * share)),
            (Self::RSquared(_), Some(share)) => f.pad(&format!("{share:.4}")),
            (Self::RSquared(_), None) => f.pad("-"),
        }
    }
}

/// On training rows, and on test rows where there are any; in JSON `train_accuracy` and `test_accuracy`, or
/// `train_r_squared` and `test_r_squared`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fits {
    pub train: Fit,
    pub test: Option<Fit>,
}

impl Serialize for Fits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        let key = self.train.key();
        map.serialize_entry(&format!("train_{key}"), &self.train.value())?;
        map.serialize_entry(&format!("test_{key}"), &self.test.and_then(Fit::value))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_counted_and_targets_explained() {
        let labels = [0.0, 1.0, 2.0, 5.0];
        let accuracy = Fit::of(LabelKind::Classes(6), &[0.0, 1.0, 2.0, 4.0], &labels).unwrap();
        assert_eq!((accuracy, accuracy.to_string()), (Fit::Accuracy(0.75), "75.00 %".to_string()));
        for kind in [LabelKind::Real, LabelKind::Binary, LabelKind::Classes(2)] {
            assert_eq!(Fit::of(kind, &[0.0; 8], &labels), Err(Undecided { decisions: 8, rows: 4 }));
            assert_eq!(Fit::of(kind, &[0.0; 2], &labels), Err(Undecided { decisions: 2, rows: 4 }));
        }
        // The mean is 2 and the spread 14.
        let explained = Fit::of(LabelKind::Real, &[0.0, 1.0, 2.0, 4.0], &labels).unwrap();
        assert_eq!(
            (explained, explained.to_string()),
            (Fit::RSquared(1.0 - 1.0 / 14.0), "0.9286".to_string())
        );
        assert_eq!(Fit::of(LabelKind::Real, &[2.0; 4], &labels), Ok(Fit::RSquared(0.0)));
        assert_eq!(Fit::of(LabelKind::Real, &[2.0; 2], &[2.0; 2]).unwrap().value(), None);
        let fits = Fits { train: explained, test: None };
        let json = serde_json::to_value(fits).unwrap();
        assert_eq!(json, serde_json::json!({ "train_r_squared": 1.0 - 1.0 / 14.0, "test_r_squared": null }));
    }
}
