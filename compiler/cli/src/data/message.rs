//! What is said of a data file, in the form of the compiler's diagnostics.

use super::error::DataError;
use super::names::{LISTED, differences, labels_form, listed, quoted, short, similar};
use crate::failure::system;
use serde_json::{Value, json};
use std::path::PathBuf;

impl DataError {
    /// Title, place and help.
    fn parts(&self) -> (String, String, String) {
        let at = |path: &PathBuf| path.display().to_string();
        match self {
            DataError::Io { path, action, source } => (
                format!("cannot {action} the file: {source}"),
                at(path),
                system::help(source).unwrap_or("check the name and your rights").into(),
            ),
            DataError::Ending { path } => (
                "the ending of this name says nothing of its format".into(),
                at(path),
                "use a file that ends in .csv, .tsv, .txt or .npz".into(),
            ),
            DataError::Kind(wrong) => (wrong.to_string(), at(&wrong.path), wrong.help.clone()),
            DataError::Csv { path, line, column, name, row, problem } => {
                let place = if *column == 0 { String::new() } else { format!(":{column}") };
                let name = name.as_ref().filter(|name| !name.is_empty());
                let title = name.map_or_else(|| problem.to_string(), |name| problem.in_column(name));
                (
                    title,
                    format!("{}:{line}{place}", path.display()),
                    problem.help(*row, name.map(String::as_str)),
                )
            }
            DataError::LabelColumn { path, wanted, unlabeled: true, .. } => (
                format!("these rows have no labels: there is no column `{}`", short(wanted)),
                at(path),
                "add the column, or let `hep predict` tell what it would hold".to_owned(),
            ),
            DataError::LabelColumn { path, wanted, found, width, .. } => {
                let header = if found.is_empty() { ", and the file has no header" } else { "" };
                let title = format!("there is no column `{}`{header}", short(wanted));
                let near =
                    similar(wanted, found).map(|near| format!("did you mean `--label {}`?", quoted(near)));
                (title, at(path), near.unwrap_or_else(|| labels_form(wanted, found, *width)))
            }
            DataError::Twice { path, name, columns: [first, second] } => (
                format!("columns {first} and {second} are both called `{}`", short(name)),
                at(path),
                "give each column a name of its own: those of other rows are found by their names".into(),
            ),
            DataError::Format { path, what, help } => ((*what).to_owned(), at(path), help.clone()),
            DataError::Rows { path, reason, help }
            | DataError::TooLittle { path, reason, help }
            | DataError::Arrays { path, reason, help }
            | DataError::Fit { path, reason, help }
            | DataError::Label { path, reason, help, .. }
            | DataError::Outside { path, reason, help, .. } => (reason.clone(), at(path), help.clone()),
            DataError::Words { path, classes, help } => {
                let elsewhere = if *classes > 0 { "; another column is chosen with --label NAME|first|last" } else { "" };
                let title = "the program predicts numbers, but the labels are words";
                (title.into(), at(path), format!("{help}{elsewhere}"))
            }
            DataError::Classes { path, reason, column, help, .. } => {
                let help = column.iter().chain([help]).cloned().collect::<Vec<_>>().join("; ");
                (reason.clone(), at(path), help)
            }
            DataError::Header { path, cells } => (
                format!("the first row may be names or data: {}", listed(cells)),
                at(path),
                "say `--header yes` if it names the columns, `--header no` if it is a row of data".into(),
            ),
            DataError::Columns { path, missing, extra, twice, known } => {
                let label = known.label.as_ref().map_or(String::new(), |label| {
                    format!(" (and the label `{}`, if there is one)", short(label))
                });
                let renamed = missing.iter().filter_map(|name| Some((similar(name, extra)?, name)));
                let renamed: Vec<String> = renamed
                    .take(LISTED)
                    .map(|(found, name)| format!("`{}` to `{}`", short(found), short(name)))
                    .collect();
                let help = match renamed.is_empty() {
                    true => format!("give the columns {}{label}, in any order", listed(&known.features)),
                    false => format!("names are compared letter by letter: rename {}", renamed.join(", ")),
                };
                (differences(missing, extra, twice), at(path), help)
            }
            DataError::MissingLabel { path, array, word, row } => (
                format!("`{}` misses the label in row {} (`{}`)", short(array), row + 1, short(word)),
                at(path),
                "fill the label in, or remove the row".into(),
            ),
            DataError::WhichLabel { path, width } => (
                format!("the file has no names, and one of its {width} columns is no feature of the model"),
                at(path),
                format!("say which: `--label first`, `--label last` or a place from 1 to {width}; the features are then those of the training data, in their order"),
            ),
            DataError::UnseenLabels { path, labels, column, line, near } => (
                format!("{column} of the test rows has labels that no training row has: {}", listed(labels)),
                line.map_or_else(|| at(path), |line| format!("{}:{line}", path.display())),
                match near {
                    Some(near) => format!("did you mean `--label {near}`? That column has labels of the training rows only"),
                    None => "leave these rows out of the test, train on rows of every class, or choose the labels with --label".into(),
                },
            ),
            DataError::Archive { path, array, reason } if array.is_empty() => {
                (reason.clone(), at(path), "copy it again, or write it again: arrays of numbers by numpy.savez or numpy.savez_compressed".into())
            }
            DataError::Archive { path, array, reason } => (
                format!("the array `{}` cannot be read: {reason}", short(array)),
                at(path),
                "copy it again, or write it with numpy.savez as a plain array of numbers".into(),
            ),
            DataError::NotFinite { path, array, value, row, feature } => {
                let column = feature.map_or(String::new(), |feature| format!(", feature {}", feature + 1));
                (
                    format!("`{}` holds {value} in row {}{column}", short(array), row + 1),
                    at(path),
                    "fill the value in, or remove the row or the feature".into(),
                )
            }
            DataError::Model { path, reason } => {
                (reason.clone(), at(path), "use a model that `hep decrypt` or `hep train` wrote".into())
            }
        }
    }

    /// The message for machines, in the form of a diagnostic. Columns are those of the table.
    pub fn to_json(&self) -> Value {
        let (title, _, help) = self.parts();
        let file = self.path().display().to_string();
        let label = |line: u64, column: usize| {
            let place = json!({ "line": line, "column": column.max(1) });
            json!({ "file": file, "bytes": null, "start": place, "end": place, "text": "", "primary": true })
        };
        let labels: Vec<Value> = match self {
            DataError::Csv { line, column, .. } => vec![label(*line, *column)],
            DataError::UnseenLabels { line: Some(line), .. } => vec![label(*line, 1)],
            _ => vec![],
        };
        json!({
            "file": file,
            "severity": "error",
            "code": self.code(),
            "title": title,
            "labels": labels,
            "note": null,
            "help": help,
        })
    }

    pub(super) fn rendered(&self) -> String {
        let (title, place, help) = self.parts();
        format!("error[{}]: {title}\n   {place}\n help: {help}", self.code())
    }
}
