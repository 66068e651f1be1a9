//! Lines that are renamed are the same; lines that do something else are not.

use super::*;

fn snapshot(text: &str) -> Snapshot {
    format!("hep schedule 2\n{text}").parse().unwrap()
}

fn changed(old: &str, new: &str) -> Vec<String> {
    let lines = differences(&snapshot(old), &snapshot(new)).into_iter().flat_map(|d| d.lines);
    let shown = lines.filter_map(|line| match line {
        Line::Same(_) => None,
        Line::Moved(from, text) => Some(format!("~{text} was {from}")),
        Line::Gone(text) => Some(format!("-{text}")),
        Line::New(text) => Some(format!("+{text}")),
    });
    shown.collect()
}

const OLD: &str = "prologue\n  r0 = input X[0]  [L3]\n  r1 = input Y[0]  [L3]\niteration 1\n  r2 = rotate r0 by 1  [L3]\n  \
                   r3 = r0 + r2  [L3]\n  r4 = r3*r1  [L3]\n  r5 = relinearize r4  [L3]\ntensors\n  reveal w : [d] = r5\n";

#[test]
fn equal_texts_do_not_differ() {
    assert_eq!(differences(&snapshot(OLD), &snapshot(OLD)), vec![]);
    assert_eq!(differences(&snapshot(OLD), &snapshot(&OLD.replace('\n', "\r\n"))), vec![]);
}

#[test]
fn one_more_instruction_is_one_line() {
    let new = "prologue\n  r0 = input X[0]  [L3]\n  r1 = input Y[0]  [L3]\n  r2 = input Z[0]  [L3]\niteration 1\n  r3 = rotate r0 \
               by 1  [L3]\n  r4 = r0 + r3  [L3]\n  r5 = r4*r1  [L3]\n  r6 = relinearize r5  [L3]\ntensors\n  reveal w : [d] = r6\n";
    assert_eq!(changed(OLD, new), ["+r2 = input Z[0]  [L3]"]);
    assert_eq!(changed(new, OLD), ["-r2 = input Z[0]  [L3]"]);
}

#[test]
fn another_operand_of_the_same_operation_is_a_change() {
    let new = OLD.replace("r4 = r3*r1", "r4 = r3*r0");
    assert_eq!(changed(OLD, &new), ["-r4 = r3*r1  [L3]", "+r4 = r3*r0  [L3]"]);
}

#[test]
fn another_level_changes_a_line_and_not_those_that_read_it() {
    let new = OLD.replace("r2 = rotate r0 by 1  [L3]", "r2 = drop r0  [L3]\n  r3 = rotate r2 by 1  [L2]");
    let new = new.replace("r4 = r3*r1", "r5 = r4*r1").replace("relinearize r4", "relinearize r5");
    let new = new.replace("r5 = relinearize", "r6 = relinearize").replace("r3 = r0 + r2", "r4 = r0 + r3");
    let new = new.replace("= r5\n", "= r6\n");
    let expected = ["+r2 = drop r0  [L3]", "-r2 = rotate r0 by 1  [L3]", "+r3 = rotate r2 by 1  [L2]"];
    assert_eq!(changed(OLD, &new), expected);
}

#[test]
fn constants_are_known_by_their_values() {
    let old =
        "constants\n  c0 = [0.5]\n  c1 = [0.25]\nprologue\n  r0 = encode c0  [L1]\n  r1 = encode c1  [L1]\n";
    let new = "constants\n  c0 = [7]\n  c1 = [0.5]\n  c2 = [0.25]\nprologue\n  r0 = encode c1  [L1]\n  r1 = encode c2  [L1]\n";
    assert_eq!(changed(old, new), ["+c0 = [7]"]);
    let other = old.replace("[0.25]", "[0.26]");
    assert_eq!(changed(old, &other), ["-c1 = [0.25]", "+c1 = [0.26]"]);
}

#[test]
fn sections_of_one_side_only_are_shown() {
    let shorter = OLD.replace("iteration 1\n", "iteration 2\n");
    let found = differences(&snapshot(OLD), &snapshot(&shorter));
    let titles: Vec<&str> = found.iter().map(|difference| difference.title.as_str()).collect();
    assert_eq!(titles, ["iteration 2", "iteration 1"]);
    assert_eq!(found[0].changes(), Changes { new: 4, ..Changes::default() });
}

#[test]
fn the_same_at_another_level_has_moved() {
    let new = OLD.replace("r4 = r3*r1  [L3]", "r4 = r3*r1  [L2]");
    assert_eq!(changed(OLD, &new), ["~r4 = r3*r1  [L2] was [L3]"]);
    assert_eq!(changed("keys\n  rotation 1 L2\n", "keys\n  rotation 1 L3\n"), ["~rotation 1 L3 was L2"]);
}

#[test]
fn long_differences_are_cut_and_say_so() {
    let keys = |from: u32| {
        let lines = (from..from + 500).map(|i| format!("  rotation {i} L1\n"));
        format!("keys\n{}", lines.collect::<String>())
    };
    let found = differences(&snapshot(&keys(0)), &snapshot(&keys(500)));
    assert_eq!(found[0].changes(), Changes { gone: 500, new: 500, moved: 0 });
    let short = text::text(&found, false);
    assert!(
        short.lines().count() < 40 && short.contains("984 changed lines are not shown: --full"),
        "{short}"
    );
    assert_eq!(text::text(&found, true).lines().count(), 1001);
}

#[test]
fn changes_stand_between_their_neighbors() {
    let old = "keys\n  a 1\n  b 1\n  c 1\n  d 1\n  e 1\n  f 1\n  g 1\n  h 1\n";
    let found = differences(&snapshot(old), &snapshot(&old.replace("  d 1\n", "").replace("h 1", "h 2")));
    let plain = anstream::adapter::strip_str(&text::text(&found, false)).to_string();
    let expected = "keys: 1 line gone, 1 line at another level or scale\n    ⋮\n    b 1\n    c 1\n  - d 1\n    e 1\n    f 1\n";
    assert_eq!(plain, expected);
}
