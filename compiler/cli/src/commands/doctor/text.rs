//! The report for people.

use super::Health;
use hep_plan::magnitude::bytes;
use hep_server::machine::INSTRUCTION_SET_VARIABLE;

/// A rotation that takes this many times as long as expected is worth a word.
const SLOW: f64 = 1.5;

pub fn text(health: &Health) -> String {
    let known = |count: Option<u64>| count.map_or("unknown".into(), bytes);
    let mut text =
        format!("processor   {}, {} cores\n", health.cpu.as_deref().unwrap_or("unknown"), health.cores);
    text += &format!("kernels     {}{}\n", health.instruction_set, choice(health));
    text += &format!("memory      {} available\n", known(health.memory_available));
    text += &format!("large pages {}\n", pages(health));
    text += &format!("disk        {} free for keys in {}\n", known(health.disk_available), health.keys);
    let s = &health.speed;
    text += &format!(
        "speed       ring 2^{}, one thread: transform of a limb {:.0} us (expected {:.0}), {} {:.1} ms (expected {:.1})\n",
        s.ring_log2,
        s.transform_seconds * 1e6,
        s.transform_expected * 1e6,
        s.rotation,
        s.rotation_seconds * 1e3,
        s.rotation_expected * 1e3,
    );
    text += &format!("            expected by {}\n", s.table);
    text += "examples    ring     memory       disk   seconds\n";
    for example in &health.examples {
        text += &format!(
            "  {:<24} 2^{:<3} {:>10} {:>10} {:>7.1}  {}\n",
            example.name,
            example.ring_log2,
            bytes(example.memory_bytes),
            bytes(example.disk_bytes),
            example.seconds,
            if example.fits { "fits" } else { "does not fit" }
        );
    }
    text += if health.fit { "this machine is fit for all examples\n" } else { "" };
    for advice in &health.advice {
        text += &format!("advice: {advice}\n");
    }
    text
}

fn choice(health: &Health) -> String {
    match (health.forced, health.instruction_set == health.best_instruction_set) {
        (false, _) => " (the best this processor has)".into(),
        (true, true) => format!(" (forced by {INSTRUCTION_SET_VARIABLE}; also the best this processor has)"),
        (true, false) => {
            format!(" (forced by {INSTRUCTION_SET_VARIABLE}; the best is {})", health.best_instruction_set)
        }
    }
}

fn pages(health: &Health) -> String {
    match (health.large_pages.as_deref(), health.large_pages_reserved) {
        (None, _) => "unknown".into(),
        (Some(mode), reserved) => {
            let meaning = match mode {
                "always" => "given to everybody",
                "madvise" => "given to who asks: HEP_LARGE_PAGES=1",
                _ => "not given",
            };
            let reserved = reserved.filter(|&count| count > 0);
            let more = reserved.map(|count| format!(", {count} of 2 MiB set aside")).unwrap_or_default();
            format!("{mode} ({meaning}){more}")
        }
    }
}

/// What to do, most useful first.
pub fn advice(health: &Health) -> Vec<String> {
    let mut advice = Vec::new();
    for example in health.examples.iter().filter(|example| !example.fits) {
        advice.push(format!(
            "{} needs {} of memory and {} on disk: free some, use fewer rows, or a larger machine",
            example.name,
            bytes(example.memory_bytes),
            bytes(example.disk_bytes)
        ));
    }
    if health.instruction_set != health.best_instruction_set {
        advice.push(format!("unset {INSTRUCTION_SET_VARIABLE} to use {}", health.best_instruction_set));
    }
    let slowness = health.speed.slowness();
    if !(1.0 / SLOW..=SLOW).contains(&slowness) {
        advice.push(format!(
            "a rotation takes {slowness:.1} times what the cost table expects: on an idle machine, run `hep calibrate`"
        ));
    }
    if health.large_pages.as_deref() == Some("never") {
        advice
            .push("allow large pages: write `madvise` to /sys/kernel/mm/transparent_hugepage/enabled".into());
    }
    advice
}
