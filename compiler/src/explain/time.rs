//! Predicted seconds: per iteration and in all, on one thread and on the cores of a machine.

use hep_plan::Plan;
use hep_plan::cost::{CostTable, Estimate, MachineName, estimate};
use serde::Serialize;
use std::fmt::Write;

/// Whose table the seconds come from, and for how many cores.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The table.
    pub table: &'a CostTable,
    /// What to call it: a file, or the one that ships.
    pub name: &'a str,
    /// Cores of the machine that will run the plan.
    pub cores: usize,
}

/// Predicted seconds, and where they come from.
#[derive(Clone, Debug, Serialize)]
pub struct Seconds {
    /// On one thread, and on all cores where there are more.
    pub runs: Vec<Estimate>,
    /// Name of the table.
    pub table: String,
    /// The machine that it was measured on.
    pub machine: MachineName,
}

/// Predicts a plan's run.
#[must_use]
pub fn seconds(plan: &Plan, basis: Basis<'_>) -> Seconds {
    let mut threads = vec![1, basis.cores.max(1)];
    threads.dedup();
    Seconds {
        runs: threads.into_iter().map(|threads| estimate(plan, basis.table, threads)).collect(),
        table: basis.name.to_string(),
        machine: basis.table.machine.clone(),
    }
}

/// The prediction as text, to stand below the counts.
#[must_use]
pub fn text(seconds: &Seconds) -> String {
    let mut out = format!("  {:<12}", "seconds");
    for run in &seconds.runs {
        let plural = if run.threads == 1 { "" } else { "s" };
        let _ = write!(out, " {:>12}", format!("{} thread{plural}", run.threads));
    }
    out.push('\n');
    let mut row = |name: &str, value: &dyn Fn(&Estimate) -> f64| {
        let _ = write!(out, "  {name:<12}");
        for run in &seconds.runs {
            let _ = write!(out, " {:>12}", number(value(run)));
        }
        out.push('\n');
    };
    row("prologue", &|run| run.prologue);
    for index in 0..seconds.runs.first().map_or(0, |run| run.iterations.len()) {
        row(&format!("iteration {}", index + 1), &|run| run.iterations.get(index).copied().unwrap_or(0.0));
    }
    if seconds.runs.iter().any(|run| run.epilogue > 0.0) {
        row("epilogue", &|run| run.epilogue);
    }
    row("total", &|run| run.total);
    let MachineName { cpu, isa, .. } = &seconds.machine;
    let _ = writeln!(out, "  estimated by {}, measured on {cpu} with {isa}", seconds.table);
    out
}

/// Seconds for people: two digits that count, no false ones.
pub(super) fn number(seconds: f64) -> String {
    match seconds {
        0.0 => "0".into(),
        s if s < 0.0005 => "<0.001".into(),
        s if s < 0.095 => format!("{s:.3}"),
        s if s < 9.95 => format!("{s:.1}"),
        s => format!("{s:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(threads: usize, prologue: f64) -> Estimate {
        Estimate {
            threads,
            prologue,
            iterations: vec![1.25, 130.4],
            runs: 1,
            run_length: 0,
            run: 0.0,
            epilogue: 0.0,
            total: prologue + 131.65,
        }
    }

    #[test]
    fn the_text_says_what_how_long_and_by_whose_table() {
        let machine = MachineName { cpu: "Some CPU".into(), isa: "avx2".into(), cores: 8 };
        let runs = vec![estimate(1, 0.0123), estimate(4, 0.0)];
        let seconds = Seconds { runs, table: "the table that ships with hep".into(), machine };
        let lines = [
            "  seconds          1 thread    4 threads",
            "  prologue            0.012            0",
            "  iteration 1           1.2          1.2",
            "  iteration 2           130          130",
            "  total                 132          132",
            "  estimated by the table that ships with hep, measured on Some CPU with avx2",
        ];
        assert_eq!(text(&seconds).lines().collect::<Vec<_>>(), lines);
    }
}
