//! Labels as they stand in files, and the classes they name.

use super::names::short;

/// Which column of a CSV file holds the labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelColumn {
    /// The first.
    #[default]
    First,
    /// The last.
    Last,
    /// The one of that name in the header, or at that place, counted from 1.
    Name(String),
    /// There are no labels: every column is a feature.
    None,
}

impl std::str::FromStr for LabelColumn {
    type Err = std::convert::Infallible;

    /// `first`, `last`, `none`, a name, or a place.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "first" => LabelColumn::First,
            "last" => LabelColumn::Last,
            "none" => LabelColumn::None,
            name => LabelColumn::Name(name.to_string()),
        })
    }
}

/// One label per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// All of them numbers, all finite.
    Numbers(Vec<f64>),
    /// Anything else.
    Words(Vec<String>),
}

impl Labels {
    /// Numbers if all words are finite ones.
    pub(crate) fn from_words(words: Vec<String>) -> Self {
        let numbers: Option<Vec<f64>> = words.iter().map(|w| number(w)).collect();
        numbers.map_or(Labels::Words(words), Labels::Numbers)
    }

    /// Stands for labels where there are none and nobody looks at them.
    pub(crate) fn absent(rows: usize) -> Self {
        Labels::Numbers(vec![0.0; rows])
    }

    /// Number of labels.
    pub(crate) fn len(&self) -> usize {
        match self {
            Labels::Numbers(numbers) => numbers.len(),
            Labels::Words(words) => words.len(),
        }
    }

    /// Those of some rows.
    pub(crate) fn slice(&self, rows: &[usize]) -> Self {
        match self {
            Labels::Numbers(numbers) => Labels::Numbers(rows.iter().map(|r| numbers[*r]).collect()),
            Labels::Words(words) => Labels::Words(rows.iter().map(|r| words[*r].clone()).collect()),
        }
    }

    /// Names of the classes: numbers in ascending order, or words in the order of their bytes.
    pub(crate) fn classes(&self) -> Vec<String> {
        match self {
            Labels::Numbers(numbers) => {
                // Both zeros are one class.
                let mut sorted: Vec<f64> = numbers.iter().map(|v| v + 0.0).collect();
                sorted.sort_by(f64::total_cmp);
                sorted.dedup();
                sorted.iter().map(f64::to_string).collect()
            }
            Labels::Words(words) => {
                let mut sorted = words.clone();
                sorted.sort_unstable();
                sorted.dedup();
                sorted
            }
        }
    }

    /// Class numbers; the labels that are no class, each once, if there are any.
    pub(crate) fn numbered(&self, classes: &[String]) -> Result<Vec<f64>, Vec<String>> {
        let names: Vec<String> = match self {
            Labels::Numbers(numbers) => numbers.iter().map(|v| (v + 0.0).to_string()).collect(),
            Labels::Words(words) => words.clone(),
        };
        let index: std::collections::BTreeMap<&str, usize> =
            classes.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
        let mut unknown: Vec<String> =
            names.iter().filter(|n| !index.contains_key(n.as_str())).map(|n| short(n)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            Ok(names.iter().filter_map(|n| index.get(n.as_str())).map(|number| *number as f64).collect())
        } else {
            Err(unknown)
        }
    }
}

/// How people write that there is no value, in lower case.
const MISSING: [&str; 11] = ["", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "?", "-"];

/// Whether a cell says that its value is missing.
pub(crate) fn is_missing(text: &str) -> bool {
    // Longer than all of them.
    text.len() <= 4 && MISSING.contains(&text.to_ascii_lowercase().as_str())
}

/// A finite number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}
