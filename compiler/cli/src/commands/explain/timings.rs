//! What the stages of the compiler took.

use hep_compiler::stage::Clock;
use serde::Serialize;
use std::fmt::Write;

/// A stage that ran.
#[derive(Serialize)]
pub struct Timed {
    /// Its name.
    stage: &'static str,
    /// The form that it makes, as `--emit` has it.
    form: &'static str,
    /// The optimization that leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    without: Option<&'static str>,
    /// How often it ran: the search tries many schedules.
    runs: u64,
    /// Seconds of all runs.
    seconds: f64,
}

/// The stages that ran, in order.
pub fn of(clock: &Clock) -> Vec<Timed> {
    let ran = clock.spent().filter(|spent| spent.runs > 0);
    ran.map(|spent| Timed {
        stage: spent.stage.name(),
        form: spent.stage.form().name(),
        without: spent.stage.switch().map(|one| one.name()),
        runs: spent.runs,
        seconds: spent.time.as_secs_f64(),
    })
    .collect()
}

/// A line for each stage.
pub fn text(timings: &[Timed]) -> String {
    let mut out = format!("  {:<20} {:<7} {:>6} {:>9}\n", "stage", "makes", "runs", "seconds");
    for Timed { stage, form, without, runs, seconds } in timings {
        let switch = without.map_or(String::new(), |name| format!("  --without {name}"));
        let _ = writeln!(out, "  {stage:<20} {form:<7} {runs:>6} {seconds:>9.3}{switch}");
    }
    let total: f64 = timings.iter().map(|timed| timed.seconds).sum();
    let _ = writeln!(out, "  {:<20} {:<7} {:>6} {total:>9.3}", "all", "", "");
    out
}
