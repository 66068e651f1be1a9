//! Names of a user's file in messages.

use hep_plan::visible::visible;

/// Text of a user's file for a message, as a name.
pub(crate) fn short(text: &str) -> String {
    shown(text, 40)
}

/// Text of a user's file for a message: of bounded length and without control characters.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let mut cut: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    visible(&cut).into_owned()
}

/// The column whose name differs in case, blanks and marks only.
pub(super) fn similar<'n>(wanted: &str, names: &'n [String]) -> Option<&'n str> {
    let plain = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let looked_for = plain(wanted);
    let found = names.iter().find(|name| !looked_for.is_empty() && plain(name) == looked_for);
    found.map(String::as_str)
}

/// A name as a word of a command.
pub(super) fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.chars().all(is_plain) && !name.is_empty() && !name.starts_with('-') {
        short(name)
    } else {
        format!("'{}'", short(name))
    }
}

/// So many names are told.
pub(super) const LISTED: usize = 8;

/// The first names of a list.
pub(crate) fn listed(names: &[String]) -> String {
    let mut text =
        names.iter().take(LISTED).map(|n| format!("`{}`", short(n))).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}

/// What `--label` takes, of a table with these columns.
pub(super) fn labels_form(wanted: &str, names: &[String], width: usize) -> String {
    let places = format!("a place from 1 to {width}, first or last");
    // In some languages the last is the one before the first.
    if wanted.parse::<i64>().is_ok_and(|place| place < 0) {
        let last =
            names.last().map_or_else(|| format!("column {width}"), |last| format!("`{}`", short(last)));
        return format!("columns are counted from 1: `--label last` is {last}");
    }
    // Who asks for a name does not want whatever column is the last.
    let example = names.last().filter(|_| wanted.parse::<usize>().is_ok());
    match example {
        None if !names.is_empty() => {
            format!("--label takes a name ({}), {places}: of the column that holds the labels", listed(names))
        }
        None => format!("--label takes {places}: `--label last` is column {width}"),
        Some(last) => {
            format!(
                "--label takes a name ({}), {places}: `--label {width}` is `{}`",
                listed(names),
                short(last)
            )
        }
    }
}

/// How columns differ from those of the training data.
pub(super) fn differences(missing: &[String], extra: &[String], twice: &[String]) -> String {
    let are = |names: &[String]| if names.len() == 1 { "is" } else { "are" };
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("{} {} missing", listed(missing), are(missing)));
    }
    if !extra.is_empty() {
        parts.push(format!("{} {} not among them", listed(extra), are(extra)));
    }
    if !twice.is_empty() {
        parts.push(format!("{} {} there twice", listed(twice), are(twice)));
    }
    format!("the columns are not those of the training data: {}", parts.join(", "))
}
