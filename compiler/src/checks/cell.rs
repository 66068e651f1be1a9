//! One cell of the data that is far from all others of its column, and what comes of the training without it.

use super::trains;
use super::watch::{Prepared, Sample, prepare};
use hep_front::diagnostics::Diagnostic;
use hep_plan::number::shown;
use hep_plan::plan::LabelKind;
use hep_plan::tensor::Tensor;
use hep_tensor::Program;
use hep_tensor::source::SourceFile;

/// A cell is far from the others where it is so many times as large as the largest of them.
const FAR: f64 = 100.0;

/// A cell that alone is to blame.
pub(super) struct Cell {
    /// Where it stands and what it holds.
    note: String,
    /// What to do.
    help: String,
}

impl Cell {
    /// The cell with the middle of its column in whose place the program trains on these data, with all scores inside of their ranges.
    pub(super) fn to_blame(source: &SourceFile, program: &Program, sample: Sample<'_>) -> Option<Self> {
        let data = &program.data;
        let labels = (data.label_kind == LabelKind::Real).then_some(data.labels.as_str());
        let far = std::iter::once(data.features.as_str())
            .chain(labels)
            .filter_map(|name| Far::of(name, sample.inputs.get(name)?))
            .max_by(|a, b| a.times.total_cmp(&b.times))?;
        let mut inputs = sample.inputs.clone();
        *inputs.get_mut(far.name)?.data.get_mut(far.at)? = far.middle;
        let mended = Sample { inputs: &inputs, ..sample };
        let sound = matches!(prepare(program, &inputs), Ok(Prepared::Sound));
        let inside = trains(source, program, mended).ok()??.is_empty();
        if !sound || !inside {
            return None;
        }
        let row = sample.row(far.at / far.width);
        let column = if far.name == data.features {
            sample.feature(far.at % far.width)
        } else {
            "the target".to_owned()
        };
        let (value, (low, high), middle) = (written(far.value), far.others, written(far.middle));
        let (low, high) = (written(low), written(high));
        Some(Self {
            note: format!(
                "in {row}, {column} is {value}, all others of its column are within {low} .. {high}"
            ),
            help: format!(
                "correct the value in {row}, or remove the row: with {middle} in its place, on these data, all scores \
                 are numbers and stay inside"
            ),
        })
    }

    /// The message with the cell as its cause.
    pub(super) fn explain(&self, message: Diagnostic) -> Diagnostic {
        Diagnostic { note: Some(self.note.clone()), help: Some(self.help.clone()), ..message }
    }
}

/// The cell of a tensor that is farthest from the others of its column.
struct Far<'n> {
    name: &'n str,
    at: usize,
    width: usize,
    value: f64,
    /// Smallest and largest of the others, and the one in the middle.
    others: (f64, f64),
    middle: f64,
    /// How many times as large it is as the others.
    times: f64,
}

impl<'n> Far<'n> {
    fn of(name: &'n str, tensor: &Tensor) -> Option<Self> {
        let width = tensor.shape.get(1).copied().unwrap_or(1).max(1);
        let column = |column: usize| tensor.data.iter().copied().enumerate().skip(column).step_by(width);
        let found = (0..width.min(tensor.data.len())).filter_map(|number| {
            // The largest and the one after it.
            let (mut first, mut second) = ((number, 0.0f64), 0.0f64);
            for (at, value) in column(number) {
                if value.abs() > first.1.abs() {
                    (second, first) = (first.1.abs(), (at, value));
                } else {
                    second = second.max(value.abs());
                }
            }
            let times = first.1.abs() / second;
            (second > 0.0 && times > FAR).then_some((number, first, times))
        });
        let (number, (at, value), times) = found.max_by(|a, b| a.2.total_cmp(&b.2))?;
        let mut others: Vec<f64> = column(number).filter(|(cell, _)| *cell != at).map(|(_, v)| v).collect();
        others.sort_by(f64::total_cmp);
        let (low, high) = (*others.first()?, *others.last()?);
        let middle = others[others.len() / 2];
        Some(Self { name, at, width, value, others: (low, high), middle, times })
    }
}

/// A number as it was written, unless that is long.
fn written(value: f64) -> String {
    let whole = value.to_string();
    if whole.len() <= 10 { whole } else { shown(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cell_is_far_from_the_others() {
        let tensor = |third: f64, fifth: f64| Tensor {
            shape: vec![3, 2],
            data: vec![1.0, -2.0, third, 3.0, fifth, 1.0],
        };
        let far = Far::of("X", &tensor(1e300, 2.0)).expect("a cell");
        assert_eq!((far.at, far.value, far.others, far.middle), (2, 1e300, (1.0, 2.0), 2.0));
        // Two of them are the unit of the column.
        assert!(Far::of("X", &tensor(1e300, 1e300)).is_none() && Far::of("X", &tensor(9.0, 2.0)).is_none());
    }
}
