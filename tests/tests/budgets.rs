//! What the examples cost as they are, at 128 bits: counts and bytes that `tests/budgets.toml` holds, and beside them all counts by
//! parts, keys with their levels, and predicted seconds.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::explain::{self, report};
use hep_plan::Plan;
use hep_plan::isa::Key;
use hep_tests::{compiled, example, root};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use toml::Spanned;

/// The examples, and whether their whole explanation is kept: those without data of their own.
const EXAMPLES: [(&str, bool); 11] = [
    ("linear_regression", true),
    ("lr_nesterov", false),
    ("mlr_focal", false),
    ("mlr_published", false),
    ("mlr_quadratic_gradient", false),
    ("mlr_whitened", false),
    ("nn_mini_batches", true),
    ("nn_one_hidden", true),
    ("nn_one_hidden_regression", true),
    ("nn_two_hidden", true),
    ("nn_two_hidden_single", true),
];

/// An example with its plan and the predicted seconds of one thread.
struct Priced {
    name: &'static str,
    explained: bool,
    plan: Plan,
    seconds: f64,
}

/// Compiled once for all tests of this file.
static PLANS: LazyLock<Vec<Priced>> = LazyLock::new(|| {
    let priced = |(name, explained)| {
        let c = compiled(&example(name), &hep_compiler::Options::default());
        Priced { name, explained, plan: c.plan, seconds: c.seconds }
    };
    EXAMPLES.map(priced).into()
});

type Figures = BTreeMap<String, Spanned<u64>>;

/// The figures of a plan that have a budget.
fn figures(plan: &Plan) -> [(&'static str, u64); 9] {
    let report = report(plan);
    let raised = |instr: &hep_plan::server::Instr| match instr.rotations().len() as u64 {
        0 => u64::from(!plan.server.keys_of(instr).is_empty()),
        sources => sources,
    };
    [
        ("levels", report.total.levels.into()),
        ("rotations", report.total.rotations.into()),
        ("relinearizations", report.total.relinearizations.into()),
        ("decompositions", plan.server.instrs.iter().map(raised).sum()),
        ("keys", plan.keys.len() as u64),
        ("key_bytes", report.eval_key_memory),
        ("upload_bytes", report.upload_bytes),
        ("result_bytes", report.result_bytes),
        ("peak_bytes", report.predicted_peak_bytes),
    ]
}

/// A number as the file writes it: `12_345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let begins = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    let place = |(at, digit)| if begins(at) { format!("_{digit}") } else { String::from(digit) };
    digits.chars().enumerate().map(place).collect()
}

/// What is wrong with the budget of a program: each line with what it must say.
fn wrong(text: &str, name: &str, budget: &Figures, found: &[(&'static str, u64)]) -> Vec<String> {
    let mut said = Vec::new();
    for &(figure, is) in found {
        let meant = format!("`{figure} = {}`", grouped(is));
        let Some(value) = budget.get(figure) else {
            said.push(format!("tests/budgets.toml: [{name}] lacks the line {meant}"));
            continue;
        };
        let (line, held) = (text[..value.span().start].matches('\n').count() + 1, *value.get_ref());
        let what = match is.cmp(&held) {
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater => "grew; if it must, say why in the commit and make the line",
            std::cmp::Ordering::Less => "fell; keep what was won and make the line",
        };
        said.push(format!(
            "tests/budgets.toml:{line}: {figure} of {name} {what} {meant} (is {})",
            grouped(held)
        ));
    }
    let known: BTreeSet<&str> = found.iter().map(|(figure, _)| *figure).collect();
    let strange = budget.keys().filter(|figure| !known.contains(figure.as_str()));
    said.extend(
        strange.map(|figure| format!("tests/budgets.toml: [{name}] has `{figure}`, which nothing counts")),
    );
    said
}

#[test]
fn counts_and_bytes_are_those_of_the_budgets() {
    let text = std::fs::read_to_string(root().join("tests/budgets.toml")).unwrap();
    let budgets: BTreeMap<String, Figures> = toml::from_str(&text).unwrap();
    let names: BTreeSet<&str> = PLANS.iter().map(|priced| priced.name).collect();
    let strange: Vec<&String> = budgets.keys().filter(|name| !names.contains(name.as_str())).collect();
    assert!(strange.is_empty(), "tests/budgets.toml: no program of {strange:?} is compiled here");
    let none = Figures::new();
    let budget = |name: &str| budgets.get(name).unwrap_or(&none);
    let said: Vec<String> = PLANS
        .iter()
        .flat_map(|priced| wrong(&text, priced.name, budget(priced.name), &figures(&priced.plan)))
        .collect();
    assert!(said.is_empty(), "\n{}", said.join("\n"));
}

/// Every program that is shipped has a budget.
#[test]
fn no_example_is_without_a_budget() {
    let files = std::fs::read_dir(root().join("programs/examples")).unwrap();
    let files =
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "hep"));
    let shipped: BTreeSet<String> =
        files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(shipped, EXAMPLES.iter().map(|(name, _)| (*name).to_string()).collect());
}

#[test]
fn what_grew_fell_or_is_unknown_is_named_with_its_line() {
    let text = "# What it costs.\n[p]\nkeys = 7\nlevels = 3\nslots = 1\n";
    let budgets: BTreeMap<String, Figures> = toml::from_str(text).unwrap();
    let said = wrong(text, "p", &budgets["p"], &[("keys", 8_000), ("levels", 2), ("rotations", 5)]);
    let [grew, fell, lacks, strange] = &said[..] else { panic!("{said:?}") };
    assert!(
        grew.starts_with("tests/budgets.toml:3: keys of p grew;") && grew.contains("`keys = 8_000` (is 7)"),
        "{grew}"
    );
    assert!(grew.contains("say why in the commit"), "{grew}");
    assert!(
        fell.starts_with("tests/budgets.toml:4: levels of p fell;") && fell.contains("`levels = 2`"),
        "{fell}"
    );
    assert!(lacks.contains("`rotations = 5`") && strange.contains("`slots`"), "{said:?}");
    assert_eq!(wrong(text, "p", &budgets["p"], &[("keys", 7), ("levels", 3), ("slots", 1)]), [""; 0]);
}

/// None of it changes where only names, forms or formats do.
#[test]
fn costs_by_parts() {
    let mut costs = String::new();
    for Priced { name, explained, plan, seconds } in PLANS.iter() {
        let report = report(plan);
        costs += &format!(
            "{name}\n  peak {} bytes, {seconds} seconds of one thread\n",
            report.predicted_peak_bytes
        );
        for (part, n) in std::iter::once(("before", &report.prologue))
            .chain(report.iterations.iter().map(|counts| ("iteration", counts)))
        {
            costs += &format!(
                "  {part}: levels {}, rotations {}, hoisted {}, relinearizations {}, products {}, by the public {}, rescales {}\n",
                n.levels,
                n.rotations,
                n.rotations_hoisted,
                n.relinearizations,
                n.ct_products,
                n.pt_products,
                n.rescales
            );
        }
        costs += "  keys";
        for (key, level) in plan.keys.iter() {
            costs += &match key {
                Key::Relinearization => format!(" products@{}", level.0),
                Key::Conjugation => format!(" conjugation@{}", level.0),
                Key::Rotation(step) => format!(" {}@{}", step.0, level.0),
            };
        }
        costs += "\n";
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            if *explained {
                insta::assert_snapshot!(format!("{name}.explain"), explain::text(plan));
            }
        });
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("costs", costs);
    });
}
