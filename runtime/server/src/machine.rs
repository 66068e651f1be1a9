//! What the machine is: processor, instruction set of the kernels, large pages. From Linux's `/proc` and `/sys`; elsewhere only the
//! instruction set is known.

use hep_ring::Isa;
pub use hep_ring::isa::VARIABLE as INSTRUCTION_SET_VARIABLE;
use std::fs::read_to_string;
use thiserror::Error;

/// The environment asks for kernels that cannot be had.
#[derive(Clone, Debug, Error, PartialEq)]
#[error(transparent)]
pub struct InstructionSetError(#[from] hep_ring::RingError);

/// Which kernels are used, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet {
    /// The kernels used.
    pub active: &'static str,
    /// The best that this processor has.
    pub best: &'static str,
    /// Whether the environment variable [`INSTRUCTION_SET_VARIABLE`] names them.
    pub forced: bool,
}

/// Which kernels are used.
///
/// # Errors
/// When the environment names none, or some that this processor lacks.
pub fn instruction_set() -> Result<InstructionSet, InstructionSetError> {
    let active = Isa::from_environment()?.name();
    let forced = std::env::var_os(INSTRUCTION_SET_VARIABLE).is_some();
    Ok(InstructionSet { active, best: Isa::best().name(), forced })
}

/// Name of the kernels that are used.
#[must_use]
pub fn active_instruction_set() -> &'static str {
    Isa::active().name()
}

/// Name of the processor.
#[must_use]
pub fn cpu() -> Option<String> {
    let text = read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

/// Seconds that processors have worked for the calling thread.
#[must_use]
pub fn thread_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// How the system gives pages of 2 MiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargePages {
    /// `always`, `madvise` (to those who ask) or `never`.
    pub transparent: String,
    /// Pages that the administrator has set aside and nobody uses.
    pub reserved_free: u64,
}

impl LargePages {
    /// Whether hep can get any.
    #[must_use]
    pub fn available(&self) -> bool {
        self.transparent != "never" || self.reserved_free > 0
    }
}

/// Large pages; `None` where nothing is known.
#[must_use]
pub fn large_pages() -> Option<LargePages> {
    let modes = read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").ok()?;
    let memory = read_to_string("/proc/meminfo").unwrap_or_default();
    Some(LargePages {
        transparent: selected(&modes)?.to_string(),
        reserved_free: count(&memory, "HugePages_Free:"),
    })
}

/// The word in brackets: `always [madvise] never`.
fn selected(modes: &str) -> Option<&str> {
    Some(modes.split_once('[')?.1.split_once(']')?.0)
}

fn count(memory: &str, name: &str) -> u64 {
    let rest = memory.lines().find_map(|line| line.strip_prefix(name));
    rest.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_mode_of_large_pages_is_read() {
        assert_eq!(selected("always [madvise] never\n"), Some("madvise"));
        assert_eq!(selected("nonsense"), None);
        assert_eq!(count("HugePages_Free:        3\n", "HugePages_Free:"), 3);
        assert_eq!(count("HugePages_Free: many\n", "HugePages_Free:"), 0);
        let pages =
            |transparent: &str, reserved_free| LargePages { transparent: transparent.into(), reserved_free };
        assert!(pages("madvise", 0).available() && pages("never", 2).available());
        assert!(!pages("never", 0).available());
    }

    #[test]
    fn the_kernels_have_a_name() {
        assert!(["portable", "avx2", "avx512"].contains(&active_instruction_set()));
    }
}
