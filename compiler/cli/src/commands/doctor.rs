//! `hep doctor`: what this machine is, how fast, and what fits it.

mod disk;
mod examples;
mod speed;
mod text;

use super::{print, print_json};
use crate::args::Doctor;
use crate::costs;
use crate::failure::Failure;
use examples::Example;
use serde::Serialize;
use speed::Speed;

/// Everything that is looked at.
#[derive(Debug, Serialize)]
struct Health {
    /// Processor.
    cpu: Option<String>,
    cores: usize,
    /// Kernels used, the best that the processor has, and whether the environment forces them.
    instruction_set: &'static str,
    best_instruction_set: &'static str,
    forced: bool,
    /// Bytes that a process may still take.
    memory_available: Option<u64>,
    /// How the system gives large pages: `always`, `madvise` or `never`.
    large_pages: Option<String>,
    /// Large pages set aside that nobody uses.
    large_pages_reserved: Option<u64>,
    /// Folder where keys would go.
    keys: String,
    /// Bytes free there.
    disk_available: Option<u64>,
    speed: Speed,
    examples: Vec<Example>,
    /// Whether every built-in example fits.
    fit: bool,
    /// What to do, most useful first.
    advice: Vec<String>,
}

/// Looks at everything.
pub fn run(args: &Doctor) -> Result<(), Failure> {
    let costs = costs::load(&args.costs)?;
    let kernels = hep_server::machine::instruction_set()?;
    let pages = hep_server::machine::large_pages();
    let (memory, disk) = (hep_server::memory::available_bytes(), disk::available(&args.keys));
    let speed = speed::measure(&costs)?;
    let examples = examples::examine(&costs, memory, disk)?;
    let mut health = Health {
        cpu: hep_server::machine::cpu(),
        cores: hep_server::executor::Options::default().threads,
        instruction_set: kernels.active,
        best_instruction_set: kernels.best,
        forced: kernels.forced,
        memory_available: memory,
        large_pages_reserved: pages.as_ref().map(|pages| pages.reserved_free),
        large_pages: pages.map(|pages| pages.transparent),
        keys: args.keys.display().to_string(),
        disk_available: disk,
        speed,
        fit: examples.iter().all(|example| example.fits),
        examples,
        advice: Vec::new(),
    };
    health.advice = text::advice(&health);
    if args.output.json {
        return print_json(&health);
    }
    print(&text::text(&health))?;
    Ok(())
}
