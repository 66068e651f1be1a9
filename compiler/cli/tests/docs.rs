//! The book says what the program says.

mod common;

use common::Place;
use hep_compiler::diagnostics::codes;
use std::collections::BTreeSet;
use std::path::Path;

fn page(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn every_code_has_a_section() {
    let page = page("docs/errors.md");
    let sections: BTreeSet<(String, String)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### ")?.split_once(": "))
        .map(|(code, title)| (code.to_string(), title.to_string()))
        .collect();
    for entry in codes::TABLE {
        let section = (entry.code.to_string(), entry.title.to_string());
        assert!(sections.contains(&section), "docs/errors.md has no section {section:?}");
    }
    let place = Place::new();
    for (code, title) in &sections {
        let outcome = place.hep(&format!("explain {code}")).done();
        assert!(
            outcome.out.starts_with(&format!("{code}: {title}\n")),
            "stale section {code}: {}",
            outcome.out
        );
    }
    let of_data = (1..20).filter(|n| place.hep(&format!("explain H07{n:02}")).code == Some(0)).count();
    let described =
        sections.iter().filter(|(code, _)| code.starts_with("H070") || code.starts_with("H071")).count();
    assert_eq!(of_data, described, "codes of data files");
}

#[test]
fn the_language_page_names_every_keyword_and_checks() {
    let page = page("docs/language.md");
    let words = "program dim owner public secret let loss approx train reveal predict params use pack var for in on \
                 degree by refresh";
    for word in words.split_whitespace() {
        assert!(page.contains(word), "docs/language.md does not name `{word}`");
    }
}

#[test]
fn the_program_in_the_readme_is_the_example() {
    let readme = page("README.md");
    let (_, rest) = readme.split_once("```hep\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let place = Place::new();
    let tokens = |file: &str| place.hep(&format!("compile {file} --emit tokens")).done().out;
    place.write("readme.hep", shown);
    let words = |text: String| {
        let word = |line: &str| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        text.lines().map(word).collect::<Vec<_>>()
    };
    assert_eq!(words(tokens("readme.hep")), words(tokens("lr.hep")));
}

#[test]
fn commands_in_the_readme_exist() {
    let place = Place::new();
    let readme = page("README.md");
    let (_, readme) = readme.split_once("## The roles").unwrap();
    let commands: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("hep ")?.split_whitespace().next()).collect();
    assert_eq!(commands, ["compile", "keygen", "encrypt", "run", "decrypt", "eval"]);
    for line in readme.lines().filter(|line| line.starts_with("hep ")) {
        let help = place.hep(&format!("{} --help", line.split_whitespace().nth(1).unwrap())).done().out;
        for option in line.split('#').next().unwrap().split_whitespace().filter(|word| word.starts_with('-'))
        {
            assert!(help.contains(option), "{line}: no {option}");
        }
    }
}
