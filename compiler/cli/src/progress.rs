//! Progress bars with the time left, on standard error, for anything that takes longer than two seconds.

use hep_plan::cost::CostTable;
use hep_plan::{Part, Plan};
use hep_server::executor::{Progress, weights};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Nothing is shown before.
const PATIENCE: Duration = Duration::from_secs(2);
/// Steps of the bar.
const STEPS: u64 = 1000;

/// A bar for a run of the server's program.
pub struct Bar {
    started: Instant,
    /// Whether the plan has a loop that runs several times.
    repeats: bool,
    /// Seconds of every instruction, by a table; what counts is their share.
    weights: Vec<f64>,
    done: f64,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// A bar that shows nothing yet.
    pub fn new(plan: &Plan, table: &CostTable) -> Self {
        let (started, repeats) = (Instant::now(), plan.server.repeats.is_some());
        Self { started, repeats, weights: weights(plan, table), done: 0.0, bar: None }
    }

    /// Shows how far the run is.
    pub fn update(&mut self, progress: &Progress) {
        self.done += self.weights.get(progress.instr).copied().unwrap_or(0.0);
        let elapsed = self.started.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(STEPS);
            let template = "{msg} [{bar:32}] {percent} %  {elapsed} gone";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        // How often a loop runs, and where it begins, the run knows.
        let (done, all) = match self.repeats {
            true => (progress.done_cost, progress.total_cost),
            false => (self.done, self.weights.iter().sum::<f64>()),
        };
        let share = (done / all.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let left = elapsed.mul_f64((1.0 - share) / share.max(1e-6));
        let part = match progress.part {
            Part::Iteration(t) => format!("iteration {t} of {}", progress.iterations),
            part => part.to_string(),
        };
        bar.set_message(format!("{part}, {} s left", left.as_secs()));
        bar.set_position((share * STEPS as f64) as u64);
    }

    /// Removes the bar.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Runs a step without measurable progress under a spinner that appears after two seconds.
pub fn spin<T>(what: &str, work: impl FnOnce() -> T) -> T {
    spin_telling(what, |_| work())
}

/// The same where the step tells what it is at.
pub fn spin_telling<T>(what: &str, work: impl FnOnce(&mut (dyn FnMut(&str) + Send)) -> T) -> T {
    let spinner = ProgressBar::new_spinner();
    let at = Arc::new(Mutex::new(what.to_string()));
    let told = Arc::clone(&at);
    // The first tick draws, so it comes from the timer and not from here.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let ticking = spinner.clone();
    let tick = move || {
        let mut wait = PATIENCE;
        while stopped.recv_timeout(wait) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            ticking.set_message(told.lock().unwrap_or_else(PoisonError::into_inner).clone());
            ticking.tick();
            wait = Duration::from_millis(200);
        }
    };
    // Where the system gives no thread, the work goes on without a spinner.
    let timer = std::thread::Builder::new().spawn(tick).ok();
    let what = what.to_string();
    let result = work(&mut |step| {
        *at.lock().unwrap_or_else(PoisonError::into_inner) = format!("{what} {step}");
    });
    drop(stop);
    // A timer that panicked has nothing to clean up.
    let _ = timer.map(std::thread::JoinHandle::join);
    spinner.finish_and_clear();
    result
}
