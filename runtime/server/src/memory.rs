//! What the machine has left and what this process used, from Linux's `/proc` and `/sys`. Elsewhere nothing is known.

use std::fs::read_to_string;
use std::path::Path;

/// Bytes this process may still take: free memory as the kernel estimates it, what the control group leaves, and what is left of a
/// limit of addresses (`ulimit -v`). `None` where nothing is known.
#[must_use]
pub fn available_bytes() -> Option<u64> {
    let system = read_to_string("/proc/meminfo").ok().and_then(|text| field(&text, "MemAvailable:"));
    [system, group_available(), addresses_available()].into_iter().flatten().min()
}

/// Whether a limit of addresses (`ulimit -v`) leaves this process less than the machine has.
#[must_use]
pub fn addresses_are_fewest() -> bool {
    addresses_available().is_some_and(|addresses| available_bytes().is_some_and(|all| addresses <= all))
}

/// Largest resident memory of this process so far, in bytes. `None` where it is not known.
#[must_use]
pub fn peak_resident_bytes() -> Option<u64> {
    read_to_string("/proc/self/status").ok().and_then(|text| field(&text, "VmHWM:"))
}

/// Lets [`peak_resident_bytes`] begin again at what is resident now. Whether the system does that.
pub fn restart_peak() -> bool {
    // The number of this request is the kernel's.
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// Resident memory of this process now, in bytes. `None` where it is not known.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    read_to_string("/proc/self/status").ok().and_then(|text| field(&text, "VmRSS:"))
}

/// What is left of the addresses that this process may have; none where there is no limit.
fn addresses_available() -> Option<u64> {
    let limit = address_limit(&read_to_string("/proc/self/limits").ok()?)?;
    let used = read_to_string("/proc/self/status").ok().and_then(|text| field(&text, "VmSize:"))?;
    Some(limit.saturating_sub(used))
}

/// The soft limit in bytes; no number where there is none.
fn address_limit(limits: &str) -> Option<u64> {
    let rest = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// A line `NAME  123 kB`, in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The tightest limit on the path from this process's control group (version 2) to the root; version 1 at its root.
fn group_available() -> Option<u64> {
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
    let root = Path::new("/sys/fs/cgroup");
    let mut tightest =
        directory_available(&root.join("memory"), "memory.limit_in_bytes", "memory.usage_in_bytes");
    for directory in root.join(own.trim_start_matches('/')).ancestors().take_while(|d| d.starts_with(root)) {
        let left = directory_available(directory, "memory.max", "memory.current");
        tightest = [tightest, left].into_iter().flatten().min();
    }
    tightest
}

fn directory_available(directory: &Path, limit: &str, used: &str) -> Option<u64> {
    let number = |name: &str| read_to_string(directory.join(name)).ok()?.trim().parse::<u64>().ok();
    // "max", and the huge number that version 1 writes instead, are no limits.
    let limit = number(limit).filter(|&bytes| bytes < 1 << 60)?;
    let cached = read_to_string(directory.join("memory.stat")).ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("inactive_file "))?;
        line.trim().parse::<u64>().ok()
    });
    // Pages of files that nobody uses are given back on demand.
    Some(limit.saturating_sub(number(used)?.saturating_sub(cached.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_and_nonsense_is_not() {
        let text = "MemTotal:  10 kB\nMemAvailable:     7 kB\n";
        assert_eq!(field(text, "MemAvailable:"), Some(7 * 1024));
        assert_eq!(field(text, "VmHWM:"), None);
        assert_eq!(field("VmHWM: many kB", "VmHWM:"), None);
    }

    #[test]
    fn a_limit_of_addresses_is_a_number_or_none() {
        let line = |soft: &str| {
            format!("Max data size  1  1  bytes\nMax address space         {soft}   unlimited   bytes\n")
        };
        assert_eq!(address_limit(&line("4096")), Some(4096));
        assert_eq!(address_limit(&line("unlimited")), None);
        assert_eq!(address_limit(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_a_peak_and_the_machine_has_memory() {
        assert!(peak_resident_bytes().unwrap() > 100_000);
        assert!(available_bytes().unwrap() > 1_000_000);
    }
}
