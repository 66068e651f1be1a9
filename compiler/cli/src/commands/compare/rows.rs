//! The comparison as rows of text: one column for each candidate.

use super::measure::Measured;
use crate::twin::Iteration;
use hep_compiler::explain::figures::Figure;
use hep_plan::number::aligned;
use serde::Serialize;

/// A row: what it is about, and a cell for each candidate.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// Cells.
    pub cells: Vec<String>,
}

/// Rows under a title.
#[derive(Clone, Debug, Serialize)]
pub struct Block {
    /// Title.
    pub title: String,
    /// Rows.
    pub rows: Vec<Row>,
}

/// Figures of a plan that are compared, in order.
pub const FIGURES: [&str; 14] = [
    "levels",
    "rotations",
    "relinearizations",
    "ciphertext products",
    "plaintext products",
    "ring (log2 N)",
    "security bits",
    "precision bits",
    "keys at rest",
    "upload",
    "result",
    "peak memory",
    "seconds, 1 thread",
    "seconds, all cores",
];

/// What stands where there is nothing to say.
pub const NOTHING: &str = "–";

/// Everything but the iterations.
pub fn blocks(found: &[Measured]) -> Vec<Block> {
    let mut blocks = Vec::new();
    if found.iter().any(|m| !m.curve.is_empty()) {
        blocks.push(training(found));
    }
    blocks.push(approximations(found));
    blocks.push(costs(found));
    blocks
}

fn row(name: &str, found: &[Measured], cell: impl Fn(&Measured) -> Option<String>) -> Row {
    let cells = found.iter().map(|m| cell(m).unwrap_or_else(|| NOTHING.to_string()));
    Row { name: name.to_string(), cells: cells.collect() }
}

fn training(found: &[Measured]) -> Block {
    let last = |m: &Measured| m.curve.last().cloned();
    let fit = |quantity: Quantity| {
        row(quantity.title(), found, |m| Some(quantity.show(quantity.of(m.curve.last()?)?)))
    };
    let reach = |m: &Measured| m.curve.iter().filter_map(|i| Quantity::Score.of(i)).reduce(f64::max);
    let mut rows = vec![
        row("iterations", found, |m| Some(m.curve.len().to_string())),
        fit(Quantity::Train),
        fit(Quantity::Test),
        fit(Quantity::TrainTargets),
        fit(Quantity::TestTargets),
        row("its own loss, per sample", found, |m| Some(aligned(last(m)?.loss?, 5))),
        row("largest score", found, |m| Some(aligned(reach(m)?, 3))),
        row("scores outside the range", found, |m| Some(share(m.outside?))),
    ];
    rows.retain(|row| row.cells.iter().any(|cell| cell != NOTHING));
    Block { title: "in the clear, after the last iteration".into(), rows }
}

fn approximations(found: &[Measured]) -> Block {
    let approximated = |m: &Measured| m.substitutions.iter().any(|s| s.domain.is_some());
    let degree = |m: &Measured| m.substitutions.iter().map(|s| s.degree()).max();
    let approximate =
        |m: &Measured| m.substitutions.iter().filter(|s| s.domain.is_some()).cloned().collect::<Vec<_>>();
    let error = |m: &Measured| approximate(m).iter().filter_map(|s| s.max_error()).reduce(f64::max);
    let range = |m: &Measured| {
        let (lo, hi) = m.substitutions.iter().find_map(|s| s.domain)?;
        Some(format!("{lo} .. {hi}"))
    };
    let rows = vec![
        row("degree", found, |m| Some(degree(m)?.to_string())),
        row("range", found, |m| range(m).or_else(|| (!approximated(m)).then(|| "exact".to_string()))),
        row("largest error", found, |m| Some(format!("{:.4}", error(m)?))),
    ];
    Block { title: "polynomials in place of functions".into(), rows }
}

fn costs(found: &[Measured]) -> Block {
    let plan = |m: &Measured| {
        Some(match (&m.cost, same_plan(found, m)) {
            (Err(error), _) => format!("none: {}", error.code),
            (Ok(_), Some(first)) => format!("= {first}"),
            (Ok(cost), None) => cost.plan.chars().take(8).collect(),
        })
    };
    let mut rows = vec![row("plan", found, plan)];
    for figure in FIGURES.iter().filter_map(|name| Figure::named(name)) {
        let cells = row(figure.name, found, |m| Some(figure.unit.show(value(m, figure)?)));
        rows.push(cells);
    }
    rows.retain(|row| row.cells.iter().any(|cell| cell != NOTHING));
    Block { title: "on ciphertexts".into(), rows }
}

/// A figure of a candidate that has a plan.
pub fn value(measured: &Measured, figure: &Figure) -> Option<f64> {
    figure.of(&measured.cost.as_ref().ok()?.report)
}

/// The first candidate before this one that compiles to the same plan.
pub fn same_plan<'a>(found: &'a [Measured], of: &Measured) -> Option<&'a str> {
    let plan = &of.cost.as_ref().ok()?.plan;
    let mut before = found.iter().take_while(|m| m.name != of.name);
    before.find(|m| m.cost.as_ref().is_ok_and(|cost| cost.plan == *plan)).map(|m| m.name.as_str())
}

/// Why candidates have no plan, and what can be done.
pub fn notes(found: &[Measured]) -> Vec<String> {
    // One note for all that it holds for, in the order of the first.
    let mut notes: Vec<(Vec<&str>, String)> = Vec::new();
    for (name, error) in found.iter().filter_map(|m| Some((m.name.as_str(), m.cost.as_ref().err()?))) {
        let why = error.note.as_ref().map_or(String::new(), |note| format!(": {note}"));
        let help = error.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
        let text = format!("no plan ({}): {}{why}{help}", error.code, error.title);
        match notes.iter_mut().find(|(_, known)| *known == text) {
            Some((names, _)) => names.push(name),
            None => notes.push((vec![name], text)),
        }
    }
    notes.into_iter().map(|(names, text)| format!("{}: {text}", names.join(", "))).collect()
}

/// What is reported of every iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Accuracy on test rows.
    Test,
    /// Accuracy on training rows.
    Train,
    /// What is explained of the variance of the test rows' targets.
    TestTargets,
    /// The same of the training rows'.
    TrainTargets,
    /// Loss per sample.
    Loss,
    /// Largest absolute score.
    Score,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Quantity; 6] =
        [Self::Test, Self::Train, Self::TestTargets, Self::TrainTargets, Self::Loss, Self::Score];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Test => "test accuracy",
            Self::Train => "training accuracy",
            Self::TestTargets => "test R²",
            Self::TrainTargets => "training R²",
            Self::Loss => "loss per sample, each its own",
            Self::Score => "largest score",
        }
    }

    /// Its value in an iteration; accuracies in per cent.
    pub fn of(self, iteration: &Iteration) -> Option<f64> {
        match self {
            Self::Test => iteration.fits?.test?.accuracy().map(|share| 100.0 * share),
            Self::Train => iteration.fits?.train.accuracy().map(|share| 100.0 * share),
            Self::TestTargets => iteration.fits?.test?.r_squared(),
            Self::TrainTargets => iteration.fits?.train.r_squared(),
            Self::Loss => iteration.loss,
            Self::Score => iteration.largest_score,
        }
    }

    /// A value as people read it.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Test | Self::Train => format!("{value:.2} %"),
            Self::TestTargets | Self::TrainTargets => format!("{value:.4}"),
            Self::Loss => aligned(value, 5),
            Self::Score => aligned(value, 3),
        }
    }
}

/// A quantity in every iteration; none where no candidate has it.
pub fn iterations(found: &[Measured], quantity: Quantity) -> Option<Block> {
    let count = found.iter().map(|m| m.curve.len()).max().unwrap_or(0);
    let cell = |m: &Measured, index: usize| {
        m.curve.get(index).and_then(|i| quantity.of(i)).map(|v| quantity.show(v))
    };
    let rows: Vec<Row> =
        (0..count).map(|index| row(&(index + 1).to_string(), found, |m| cell(m, index))).collect();
    let known = rows.iter().any(|row| row.cells.iter().any(|cell| cell != NOTHING));
    known.then(|| Block { title: format!("{}, by iteration", quantity.title()), rows })
}

fn share(share: f64) -> String {
    match 100.0 * share {
        0.0 => "none".to_string(),
        percent if percent < 0.1 => "< 0.1 %".to_string(),
        percent => format!("{percent:.1} %"),
    }
}
