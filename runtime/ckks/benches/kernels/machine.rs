//! What the measurement ran on, from Linux's `/proc`.

use std::fs::read_to_string;

/// Processor, instruction set and load.
#[derive(Clone, Debug)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub isa: &'static str,
    /// Load over 1, 5 and 15 minutes.
    pub load: String,
}

impl Machine {
    pub fn now() -> Self {
        Self {
            cpu: cpu().unwrap_or_else(|| "unknown".into()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            isa: hep_ring::Isa::active().name(),
            load: load(),
        }
    }
}

fn cpu() -> Option<String> {
    let text = read_to_string("/proc/cpuinfo").ok()?;
    let field = |name: &str| {
        let line = text.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        Some(line.split_once(':')?.1.trim().to_string())
    };
    let (family, model) = (field("cpu family"), field("model"));
    let number = |value: Option<String>| value.unwrap_or_else(|| "?".into());
    Some(format!("{}, family {}, model {}", field("model name")?, number(family), number(model)))
}

/// Load over 1, 5 and 15 minutes.
pub fn load() -> String {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Largest resident memory of this process.
pub fn peak_bytes() -> Option<u64> {
    let text = read_to_string("/proc/self/status").ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(rest.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}
