//! Failures for machines: what `--json` prints when a command does not do its work.

use super::{Failure, OUTPUT_HELP};
use serde_json::{Value, json};

/// The JSON value that a failed command prints: `errors`, and the `warnings` said with them. None where a document is
/// printed already, or where nothing can be.
pub fn document(failure: &Failure) -> Option<Value> {
    if matches!(failure, Failure::Listed(_) | Failure::Output(_) | Failure::Differs) {
        return None;
    }
    let (errors, warnings): (Vec<Value>, Vec<Value>) =
        messages(failure).into_iter().partition(|message| message["severity"] == "error");
    Some(json!({ "errors": errors, "warnings": warnings }))
}

/// The same for arguments that no command has.
pub fn misused(text: &str) -> Value {
    let (title, rest) = text.trim_end().split_once('\n').unwrap_or((text, ""));
    let help = rest.trim();
    json!({ "errors": [message(None, coded(title).1, Some(help).filter(|help| !help.is_empty()))], "warnings": [] })
}

/// The messages of a failure in the form of diagnostics, whatever failed.
pub fn messages(failure: &Failure) -> Vec<Value> {
    match failure {
        Failure::Program { messages, .. } => messages.clone(),
        Failure::Data(error) => vec![error.to_json()],
        Failure::Message { what, help } => {
            let (code, title) = coded(what);
            vec![message(code, title, help.as_deref())]
        }
        Failure::Usage(what) => vec![message(None, what, None)],
        Failure::Output(error) => {
            vec![message(None, &format!("cannot write to standard output: {error}"), Some(OUTPUT_HELP))]
        }
        Failure::Stopped { what, checkpoint } => {
            let help = format!("go on with `--resume {}` and the same files", checkpoint.display());
            vec![message(None, what, Some(&help).filter(|_| checkpoint.is_file()).map(String::as_str))]
        }
        Failure::Listed(failure) => messages(failure),
        Failure::Differs => vec![],
    }
}

/// A message about no place in a file.
fn message(code: Option<&str>, title: &str, help: Option<&str>) -> Value {
    json!({
        "file": null, "severity": "error", "code": code, "title": title, "labels": [], "note": null, "help": help,
    })
}

/// The code in the heading of a message, and what follows.
fn coded(what: &str) -> (Option<&str>, &str) {
    let what = what.trim_end();
    let heading = what.strip_prefix("error[").and_then(|rest| rest.split_once("]: "));
    heading.map_or((None, what.strip_prefix("error: ").unwrap_or(what)), |(code, title)| (Some(code), title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_failed_has_the_fields_of_a_diagnostic() {
        let failures = [
            Failure::message("error[H0503]: no room"),
            Failure::with_help("no file", "give one"),
            Failure::Usage("which?".into()),
        ];
        let found: Vec<Value> =
            failures.iter().filter_map(document).map(|d| d["errors"][0].clone()).collect();
        let titles: Vec<&Value> = found.iter().map(|message| &message["title"]).collect();
        assert_eq!(titles, ["no room", "no file", "which?"]);
        assert_eq!((&found[0]["code"], &found[1]["help"]), (&"H0503".into(), &"give one".into()));
        for name in ["file", "severity", "code", "title", "labels", "note", "help"] {
            assert!(found.iter().all(|message| message.get(name).is_some()), "{name}");
        }
    }

    #[test]
    fn what_is_printed_already_is_not_printed_again() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        for failure in
            [Failure::Differs, Failure::Listed(Box::new(Failure::message("2 of 3"))), Failure::Output(full)]
        {
            assert!(document(&failure).is_none(), "{failure:?}");
        }
    }
}
