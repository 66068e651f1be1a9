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
    let words = "program module dim owner public secret let loss approx train reveal predict params use pack var for in on \
                 degree by refresh";
    for word in words.split_whitespace() {
        assert!(page.contains(word), "docs/language.md does not name `{word}`");
    }
}

#[test]
fn the_language_page_names_the_whole_library() {
    let page = page("docs/language.md");
    for module in hep_compiler::library::modules() {
        assert!(page.contains(&format!("| `{}` |", module.name)), "{} has no table", module.name);
        for item in module.items {
            let named = [format!("`{}`", item.name), format!("`{}(", item.name)];
            assert!(named.iter().any(|name| page.contains(name)), "no `{}` in the page", item.name);
        }
    }
}

#[test]
fn the_module_in_the_language_page_can_be_used() {
    let page = page("docs/language.md");
    let (_, rest) = page.split_once("```hep\nmodule mine").unwrap();
    let place = Place::new();
    place.write("mine.hep", format!("module mine{}", rest.split_once("```").unwrap().0));
    place.changed("loss sle(y, z)   = -log(abs(1 - y - sigmoid(z)))", "use mine.pulled");
    let text = String::from_utf8(place.read("mlr.hep")).unwrap();
    place.write("mlr.hep", text.replace("sle", "pulled"));
    place.hep("check mlr.hep").done();
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

/// The table and the program of one's own in the README, by the commands that stand below them.
#[test]
fn the_table_and_the_program_of_ones_own_in_the_readme_work() {
    let readme = page("README.md");
    let (_, section) = readme.split_once("## A table of your own").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let block =
        |kind: &str| section.split_once(&format!("```{kind}\n")).unwrap().1.split_once("```").unwrap().0;
    let place = Place::new();
    place.write("patients.hep", block("hep"));
    // The rows that are shown, and more like them.
    let (head, rows) = block("csv").split_once('\n').unwrap();
    assert_eq!(rows.lines().count(), 2);
    let row = |i: usize| {
        let (ill, part) = (i % 2, (i * 37 % 23) as f64 / 23.0);
        let cells =
            [30.0 + 20.0 * ill as f64 + 30.0 * part, 120.0 + 20.0 * part, 90.0 + 40.0 * ill as f64 - part];
        let [age, pressure, glucose] = cells;
        format!("{age:.0},{pressure:.0},{glucose:.1}")
    };
    let label = |i: usize| ["well", "ill"][i % 2];
    let more: String = (2..140).map(|i| format!("{},{}\n", row(i), label(i))).collect();
    place.write("patients.csv", format!("{head}\n{rows}{more}"));
    let features = head.rsplit_once(',').unwrap().0;
    place.write("new.csv", format!("{features}\n{}\n{}\n", row(140), row(141)));
    let lines = commands(section);
    let [check, train, predict] = lines.as_slice() else { panic!("{lines:?}") };
    for line in [check, train] {
        place.hep(line.trim_start_matches("hep ")).done();
    }
    assert_eq!(place.hep(predict.trim_start_matches("hep ")).done().out, "well\nill\n");
}

/// The example with a module of its own reads it from beside the program.
#[test]
fn the_example_with_a_module_is_checked() {
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/examples/own_module/patients.hep");
    let place = Place::new();
    let said = place.hep(&format!("check {}", example.display())).done().out;
    assert!(said.contains("no errors, 0 warnings"), "{said}");
}

/// Commands in the blocks of a page, without comments, with lines that go on joined.
fn commands(page: &str) -> Vec<String> {
    let joined = page.replace("\\\n", " ");
    let blocks = joined.split("\n```").skip(1).step_by(2);
    let lines = blocks.flat_map(str::lines).map(|line| line.strip_prefix("$ ").unwrap_or(line));
    let lines = lines.filter(|line| line.starts_with("hep "));
    lines.map(|line| line.split('#').next().unwrap_or_default().to_string()).collect()
}

#[test]
fn commands_in_the_readme_exist() {
    let place = Place::new();
    let readme = page("README.md");
    let names = |page: &str| -> Vec<String> {
        commands(page).iter().filter_map(|line| Some(line.split_whitespace().nth(1)?.to_string())).collect()
    };
    let (_, roles) = readme.split_once("## The roles").unwrap();
    let (roles, rest) = roles.split_once("## Your data").unwrap();
    assert_eq!(names(roles), ["compile", "keygen", "encrypt", "run", "decrypt", "eval", "predict"]);
    let (_, losses) = rest.split_once("## Try another loss").unwrap();
    let (losses, _) = losses.split_once("## What it costs").unwrap();
    assert_eq!(names(losses), ["compare", "diff", "snapshot", "snapshot"]);
    for (page, least) in [(readme, 9), (page("docs/compare.md"), 9), (page("docs/networks.md"), 5)] {
        let commands = commands(&page);
        assert!(commands.len() >= least);
        for line in commands {
            let help = place.hep(&format!("{} --help", line.split_whitespace().nth(1).unwrap())).done().out;
            for option in line.split_whitespace().filter(|word| word.starts_with('-')) {
                assert!(help.contains(option), "{line}: no {option}");
            }
        }
    }
}

#[test]
fn the_fields_of_a_comparison_are_those_of_the_page() {
    let page = page("docs/compare.md");
    let place = Place::new();
    let sizes = "-p n=16 -p f=3 -p c=3 --ring 11 --insecure --json";
    let compared = place.hep(&format!("compare mlr.hep {sizes}")).done().json();
    let different = place.hep(&format!("diff mlr.hep --loss focal {sizes}")).done().json();
    let kept = place.hep(&format!("snapshot mlr.hep --update {sizes}")).done().json();
    let objects = [&compared, &compared["candidates"][0], &compared["candidates"][0]["approximations"][0]];
    for object in
        objects.into_iter().chain([&different, &different["sections"][0], &kept, &kept["snapshots"][0]])
    {
        for name in object.as_object().unwrap().keys() {
            assert!(page.contains(&format!("`{name}`")), "docs/compare.md does not name `{name}`");
        }
    }
}
