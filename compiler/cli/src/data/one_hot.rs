//! Labels in a column for each class, of which one was chosen: the others would be features, and tell it.

use super::names::{listed, short};
use super::{DataError, Labels, Raw, plausible};
use std::path::Path;

/// With fewer rows, columns may go together by chance.
const FEW_ROWS: usize = 8;
/// So many features are looked at.
const MOST: usize = 256;

/// Refuses a label that is one column of several, of which exactly one is 1 in every row.
pub(super) fn check(path: &Path, raw: &Raw) -> Result<(), DataError> {
    let Some(others) = others(raw) else { return Ok(()) };
    let place =
        |feature: usize| feature + 1 + usize::from(raw.place.column.is_some_and(|at| feature + 1 >= at));
    let names: Vec<String> = others
        .iter()
        .map(|feature| match raw.columns.as_ref().and_then(|columns| columns.features.get(*feature)) {
            Some(name) => name.clone(),
            None => place(*feature).to_string(),
        })
        .collect();
    let label = plausible::column(&raw.place);
    let reason = format!(
        "labels stand in a column for each class: one of {label} and {} is 1 in every row, and as features they would tell the label",
        listed(&names)
    );
    let own = raw.place.name.as_ref().filter(|_| raw.columns.is_some());
    let one = own.map_or_else(String::new, |own| {
        let all: Vec<String> =
            std::iter::once(own).chain(&names).map(|name| format!("\"{}\"", short(name))).collect();
        format!(", as `df[[{}]].idxmax(axis=1)` does", all.join(", "))
    });
    let help = format!(
        "write one column with the class in place of them{one}, or leave {} out of the file where {label} alone is to be predicted",
        listed(&names)
    );
    Err(DataError::Label { path: path.to_path_buf(), reason, help, numbers: false })
}

/// The features that are 0 or 1, and of which exactly one is 1 where the label is 0: all such, or those beside it.
fn others(raw: &Raw) -> Option<Vec<usize>> {
    let Labels::Numbers(label) = &raw.labels else { return None };
    let column = raw.place.column?;
    let [rows, width] = *raw.x.shape.as_slice() else { return None };
    let is_bit = |value: &f64| *value == 0.0 || *value == 1.0;
    if rows < FEW_ROWS || label.len() != rows || !label.iter().all(is_bit) || width > MOST {
        return None;
    }
    let of = |feature: usize| raw.x.data.iter().skip(feature).step_by(width);
    // What is 1 beside the label is no other class; what never is, no class of these rows.
    let excludes = |feature: usize| {
        let ones = of(feature).filter(|value| **value == 1.0).count();
        let beside = of(feature).zip(label).any(|(value, label)| *value == 1.0 && *label == 1.0);
        ones > 0 && !beside && of(feature).all(is_bit)
    };
    let found: Vec<usize> = (0..width).filter(|feature| excludes(*feature)).collect();
    let is_one_hot = |features: &[usize]| {
        let mut sums = label.clone();
        for feature in features {
            sums.iter_mut().zip(of(*feature)).for_each(|(sum, value)| *sum += value);
        }
        !features.is_empty() && label.contains(&1.0) && sums.iter().all(|sum| *sum == 1.0)
    };
    if is_one_hot(&found) {
        return Some(found);
    }
    // The features in front of the label and behind it, as far as they go together.
    let at = column - 1;
    let before = (0..at).rev().take_while(|feature| found.contains(feature)).count();
    let behind = (at..width).take_while(|feature| found.contains(feature)).count();
    let runs = (0..=before).flat_map(|before| (0..=behind).map(move |behind| at - before..at + behind));
    runs.map(Iterator::collect::<Vec<usize>>).find(|features| is_one_hot(features))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Columns, LabelPlace};
    use hep_plan::Tensor;

    /// Rows of the classes of `k0`, with a feature of 0 and 1 and one of numbers.
    fn table(rows: usize, k: impl Fn(usize) -> [f64; 3]) -> Raw {
        let mut data = vec![];
        for row in 0..rows {
            let [_, k1, k2] = k(row);
            data.extend([f64::from(u8::from(row % 4 == 1)), row as f64 * 0.5, k1, k2]);
        }
        let features = ["smokes", "age", "k1", "k2"].map(str::to_owned).to_vec();
        Raw {
            x: Tensor { shape: vec![rows, 4], data },
            labels: Labels::Numbers((0..rows).map(|row| k(row)[0]).collect()),
            place: LabelPlace { name: Some("k0".into()), column: Some(3) },
            columns: Some(Columns { label: Some("k0".into()), features }),
            lines: vec![],
            left_out: false,
            test: None,
            test_place: LabelPlace::default(),
        }
    }

    fn one_hot(row: usize) -> [f64; 3] {
        std::array::from_fn(|class| f64::from(u8::from(row % 3 == class)))
    }

    #[test]
    fn other_classes_are_found() {
        assert_eq!(others(&table(12, one_hot)), Some(vec![2, 3]));
        let error = check(Path::new("d.csv"), &table(12, one_hot)).unwrap_err().to_string();
        assert!(
            error.contains("H0714") && error.contains("`k1`, `k2`") && error.contains("idxmax"),
            "{error}"
        );
        let mut unnamed = table(12, one_hot);
        unnamed.columns = None;
        let error = check(Path::new("d.csv"), &unnamed).unwrap_err().to_string();
        assert!(error.contains("`4`, `5`") && !error.contains("idxmax"), "{error}");
    }

    #[test]
    fn columns_that_do_not_tell_the_label_are_features() {
        // Too few rows to know, a row without a class, and one of two classes.
        assert_eq!(others(&table(6, one_hot)), None);
        assert_eq!(others(&table(12, |row| if row == 5 { [0.0; 3] } else { one_hot(row) })), None);
        assert_eq!(others(&table(12, |row| if row == 5 { [1.0, 0.0, 1.0] } else { one_hot(row) })), None);
    }
}
