//! `hep compare`: what trains how, what costs what, on the terminal, as JSON and as a page.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::{Place, SIZES, SMALL};
use serde_json::Value;

const DATA: &str = "--data data.csv --rows 0..16 --test-rows 16..24";
const LOSSES: &str = "loss mse(y, z) = (y - sigmoid(z)) ** 2\nloss bce(y, z) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))\napprox sigmoid";

/// `mlr.hep` with three losses.
fn place() -> Place {
    let place = Place::new();
    place.changed("approx sigmoid", LOSSES);
    place
}

/// The cells of a row of the first table that has it.
fn cells(text: &str, row: &str) -> Vec<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{row}  ")));
    let line = line.unwrap_or_else(|| panic!("no row {row} in {text}"));
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).skip(1).map(str::to_string).collect()
}

/// The page, read as XML, which is stricter than any browser.
fn page(place: &Place, name: &str) -> String {
    let text = String::from_utf8(place.read(name)).unwrap();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document =
        roxmltree::Document::parse_with_options(&text, options).unwrap_or_else(|e| panic!("{e}: {text}"));
    for node in document.descendants() {
        assert!(
            !["script", "link", "img", "iframe", "a"].contains(&node.tag_name().name()),
            "{:?}",
            node.tag_name()
        );
        assert!(
            node.attributes().all(|a| !a.name().starts_with("on") && !["href", "src"].contains(&a.name()))
        );
    }
    let foreign = text.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !foreign.contains("http:") && !foreign.contains("https:") && !foreign.contains("@import"),
        "{text}"
    );
    for svg in document.descendants().filter(|node| node.tag_name().name() == "svg") {
        let child =
            |name: &str| svg.children().find(|node| node.tag_name().name() == name).and_then(|n| n.text());
        assert!(
            child("title").is_some_and(|t| !t.is_empty()) && child("desc").is_some_and(|t| !t.is_empty())
        );
    }
    assert!(text.contains("prefers-color-scheme: dark"));
    text
}

#[test]
fn losses_are_set_side_by_side() {
    let place = place();
    let found = place.hep(&format!("compare mlr.hep --loss sle,bce,mse {SMALL} {DATA}")).done().out;
    let plan = cells(&found, "plan");
    assert_eq!(plan[1..], ["= sle".to_string(), plan[2].clone()]);
    assert_ne!(plan[0], plan[2]);
    assert_eq!(cells(&found, "test accuracy")[0], "100.00 %");
    assert_eq!(cells(&found, "training accuracy").len(), 3);
    for row in [
        "degree",
        "largest error",
        "largest score",
        "levels",
        "rotations",
        "keys at rest",
        "upload",
        "peak memory",
    ] {
        assert_eq!(cells(&found, row).len(), 3, "{row}");
    }
    assert_eq!(found.matches("by iteration").count(), 2);
    let alone = place.hep(&format!("simulate mlr.hep {DATA} --json")).done().json();
    let json = place.hep(&format!("compare mlr.hep --loss sle,bce,mse {SMALL} {DATA} --json")).done().json();
    let candidates = json["candidates"].as_array().unwrap();
    assert_eq!(candidates[0]["iterations"], alone["iterations"]);
    assert_eq!(
        (&candidates[1]["same_plan_as"], &candidates[2]["same_plan_as"]),
        (&"sle".into(), &Value::Null)
    );
    let mut explained = place.hep(&format!("explain mlr.hep {SIZES} {SMALL} --json")).done().json();
    for beside in ["approximations", "lines"] {
        explained.as_object_mut().unwrap().remove(beside).unwrap();
    }
    assert_eq!(candidates[0]["costs"], explained);
    assert_eq!(candidates[0]["approximations"][0]["function"], "grad sle");
    assert_eq!(candidates[0]["approximations"][0]["degree"], 3);
    assert!(candidates[2]["approximations"][0]["error"].as_f64() > Some(0.0));
}

#[test]
fn a_page_shows_curves_and_costs() {
    let place = place();
    let compare = format!("compare mlr.hep --loss sle,bce,mse {SMALL} {DATA} --html page.html");
    place.hep(&compare).done();
    let text = page(&place, "page.html");
    for part in [
        "Test accuracy",
        "Training accuracy",
        "Largest score",
        "Levels",
        "Keys at rest",
        "sle = bce",
        "grad mse at label 0",
    ] {
        assert!(text.contains(part), "no {part}");
    }
    assert_eq!(text.matches("<svg").count(), 4 + 6);
    place.hep(&compare).done();
    assert_eq!(page(&place, "page.html"), text, "equal inputs give equal pages");
}

#[test]
fn without_data_costs_are_compared() {
    let place = place();
    let found =
        place.hep(&format!("compare mlr.hep published.hep {SIZES} {SMALL} --html page.html")).done().out;
    assert!(!found.contains("accuracy") && cells(&found, "levels").len() == 2, "{found}");
    assert!(found.contains("mlr") && found.contains("published"), "{found}");
    assert_eq!(page(&place, "page.html").matches("<svg").count(), 6);
}

#[test]
fn too_deep_a_program_still_has_its_curves() {
    let place = place();
    let compare = format!("compare mlr.hep lr.hep --loss sle --ring 12 -p T=30 {DATA}");
    let refused = place.hep(&compare);
    assert_eq!(refused.code, Some(1), "lr.hep has no sle");
    let found = place
        .hep(&format!("compare mlr.hep --loss sle,mse --ring 12 -p T=30 {DATA} --html page.html"))
        .done();
    assert_eq!(cells(&found.out, "plan"), ["none: H0501", "none: H0501"]);
    assert_eq!(cells(&found.out, "iterations"), ["30", "30"]);
    assert!(
        found.out.contains("\nsle, mse: no plan (H0501): ") && found.out.contains("levels too few"),
        "{}",
        found.out
    );
    assert!(found.out.lines().count() < 60, "iterations are thinned out: {}", found.out);
    assert!(page(&place, "page.html").contains("levels too few"));
    let json =
        place.hep(&format!("compare mlr.hep --loss mse --ring 12 -p T=30 {DATA} --json")).done().json();
    assert_eq!(json["candidates"][0]["refused"]["code"], "H0501");
    assert_eq!(json["candidates"][0]["iterations"].as_array().unwrap().len(), 30);
    assert_eq!(json["candidates"][0]["costs"], Value::Null);
    // Without data nothing is left to compare.
    let bare = place.hep(&format!("compare mlr.hep {SIZES} --ring 12 -p T=30"));
    bare.failed(&["mlr: the program is deeper than a secure modulus", "levels too few", "help: "]);
}

#[test]
fn an_error_in_one_does_not_hide_the_others() {
    let place = place();
    let text = String::from_utf8(place.read("mlr.hep")).unwrap();
    place.write("broken.hep", text.replace("predict logits", "predict logit"));
    let outcome = place.hep(&format!("compare mlr.hep broken.hep {SMALL} {DATA} --html page.html"));
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("error[H0201]") && outcome.err.contains("1 of 2 candidates failed"),
        "{}",
        outcome.err
    );
    assert_eq!(cells(&outcome.out, "levels").len(), 1);
    page(&place, "page.html");
    let json = place.hep(&format!("compare mlr.hep broken.hep {SMALL} {DATA} --json"));
    assert_eq!((json.code, &json.json()["failed"][0]["name"]), (Some(1), &"broken".into()));
    place.refused(&format!("compare broken.hep {SMALL} {DATA}"), &["error[H0201]", "broken.hep:"]);
    place.refused(
        &format!("compare mlr.hep --loss slee {SMALL}"),
        &["error[H0219]", "did you mean `--loss sle`?"],
    );
}

#[test]
fn names_are_harmless_and_distinct() {
    let place = place();
    place.copy("mlr.hep", "<b>&\"x.hep");
    place.copy("mlr.hep", "other/mlr.hep");
    place.hep(&format!("compare <b>&\"x.hep mlr.hep {SIZES} {SMALL} --html page.html")).done();
    let text = page(&place, "page.html");
    assert!(text.contains("&lt;b&gt;&amp;") && !text.contains("<b>"), "{text}");
    let both = place.hep(&format!("compare mlr.hep other/mlr.hep {SIZES} {SMALL} --json")).done().json();
    assert_eq!(both["candidates"][1]["name"], "other/mlr.hep");
    for line in [
        "compare mlr.hep mlr.hep",
        "compare mlr.hep --loss sle,sle",
        "compare mlr.hep --rows 0..4",
        "compare",
    ] {
        assert_eq!(place.hep(line).code, Some(2), "{line}");
    }
    place.refused("compare mlr.hep --html missing/page.html", &["there is no folder missing"]);
}
