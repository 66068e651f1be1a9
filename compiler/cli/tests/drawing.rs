//! `hep explain --emit`: the schedule as a page and for graphviz.

mod common;

use common::{Place, SIZES, SMALL};
use roxmltree::{Document, ParsingOptions};

/// The page of a command, which must be XML: that is stricter than any browser.
fn page(place: &Place, line: &str) -> String {
    let text = place.hep(line).done().out;
    let options = ParsingOptions { allow_dtd: true, ..Default::default() };
    Document::parse_with_options(&text, options).unwrap_or_else(|e| panic!("{e}: {text}"));
    text
}

/// Whether a line of a printed plan begins with a value.
fn is_instruction(line: &str) -> bool {
    let first = line.trim_start().strip_prefix('r');
    first.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(" = "))
}

#[test]
fn the_page_shows_every_group_and_brings_all_it_needs() {
    let place = Place::new();
    let line = format!("explain mlr.hep {SIZES} {SMALL} --emit html");
    let text = page(&place, &line);
    let parsed =
        Document::parse_with_options(&text, ParsingOptions { allow_dtd: true, ..Default::default() });
    let document = parsed.unwrap();
    let all = |name: &'static str| document.descendants().filter(move |n| n.has_tag_name(name));
    let svg = |name: &'static str| {
        document.descendants().filter(move |n| {
            n.tag_name().name() == name && n.tag_name().namespace() == Some("http://www.w3.org/2000/svg")
        })
    };
    assert!(all("script").count() + svg("script").count() + all("link").count() == 0);
    assert_eq!(text.matches("http").count(), 1, "only the name of SVG");
    // Every box leads to its instructions, and these are all there.
    let ids: Vec<&str> = all("details").filter_map(|n| n.attribute("id")).collect();
    let links: Vec<&str> = svg("a").filter_map(|n| n.attribute("href")?.strip_prefix('#')).collect();
    assert!(ids.len() > 10 && ids == links, "{ids:?} {links:?}");
    let listed = all("details").flat_map(|n| n.children().filter(|c| c.has_tag_name("code"))).count();
    let plan = place.hep(&format!("compile mlr.hep {SIZES} {SMALL} --emit plan")).done().out;
    let instructions = plan.lines().filter(|line| is_instruction(line)).count();
    let more: usize = all("span")
        .filter_map(|n| n.text()?.strip_prefix("and ")?.strip_suffix(" more")?.parse::<usize>().ok())
        .sum();
    assert_eq!(listed + more, instructions);
    assert!(text.contains("let G = grad(sle, Y, logits, at = V)") && text.contains("iteration 2"));
    assert_eq!(page(&place, &line), text, "equal inputs give equal pages");
}

#[test]
fn big_schedules_stay_small_pages() {
    let place = Place::new();
    let line = |n: usize| format!("explain lr.hep -p n={n} -p f=100 -p T=2 --ring 12 --insecure --emit html");
    let (few, many) = (page(&place, &line(64)), page(&place, &line(4096)));
    let groups = |text: &str| text.matches("<details").count();
    assert!(groups(&many) <= groups(&few) + 8, "{} {}", groups(&few), groups(&many));
    assert!(many.contains(" more</span>") && many.len() < 400_000, "{}", many.len());
}

#[test]
fn no_text_is_markup() {
    let place = Place::new();
    place.copy("mlr.hep", "<b>&\"x.hep");
    let text = page(&place, &format!("explain <b>&\"x.hep {SIZES} {SMALL} --emit html"));
    assert!(!text.contains("<b>"));
    place.changed("at = V)\n", "at = V) # </code><script>alert(1)</script>\n");
    let text = page(&place, &format!("explain mlr.hep {SIZES} {SMALL} --emit html"));
    assert!(!text.contains("<script") && text.contains("&lt;script&gt;"), "{text}");
}

#[test]
fn graphviz_gets_a_box_for_every_group() {
    let place = Place::new();
    let line = format!("explain mlr.hep {SIZES} {SMALL} --emit");
    let (dot, html) =
        (place.hep(&format!("{line} dot")).done().out, place.hep(&format!("{line} html")).done().out);
    assert!(dot.starts_with("digraph {\n") && dot.ends_with("}\n"));
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    assert_eq!(dot.matches("tooltip = ").count(), html.matches("<details").count());
    assert_eq!(dot.matches(" -> ").count(), html.matches("class=\"edge ").count());
    assert_eq!(dot.matches("subgraph").count(), 3, "before the loop and two iterations");
    assert_eq!(place.hep(&format!("{line} html --json")).code, Some(2));
}
