//! The report for people.

use hep_calibrate::refresh::{Phases, RefreshReport};

/// Bytes in a GiB.
const GIB: f64 = (1u64 << 30) as f64;

/// One number of threads.
pub fn print(report: &RefreshReport) {
    let (machine, threads) = (&report.machine, report.threads);
    println!(
        "\n{}, {} cores, kernels {}, load {}; {threads} thread{}",
        machine.cpu,
        machine.cores,
        machine.isa,
        load(),
        if threads == 1 { "" } else { "s" }
    );
    println!(
        "s: median on the wall; least, rotation and phases: fastest, {}; random, at B: bits rms/worst; left: bits of modulus",
        if report.clock == "wall" { "on the wall" } else { "time of the thread's processor" }
    );
    println!(
        "  {:<15} {:>7} {:>7} {:>9} {:>11} {:>10} {:>10} {:>5} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7}",
        "",
        "s",
        "least s",
        "rotations",
        "rotation ms",
        "random",
        "at B",
        "left",
        "keys GiB",
        "peak GiB",
        "S2C",
        "raise",
        "C2S",
        "trace",
        "EvalMod"
    );
    for set in &report.sets {
        let bits =
            |bits: hep_calibrate::refresh::Precision| format!("{:.1}/{:.1}", bits.bits_rms, bits.bits_worst);
        let gib = |bytes: u64| format!("{:.2}", bytes as f64 / GIB);
        let phases = |phases: Phases| {
            let Phases { slots_to_coeffs, raise, coeffs_to_slots, trace, eval_mod } = phases;
            [slots_to_coeffs, raise, coeffs_to_slots, trace, eval_mod].map(|s| format!("{s:>8.3}")).concat()
        };
        println!(
            "  {:<15} {:>7.3} {:>7.3} {:>9.1} {:>11.1} {:>10} {:>10} {:>5.0} {:>9} {:>9}{}",
            set.name,
            set.seconds,
            set.least_seconds,
            set.rotations,
            set.rotation_seconds * 1e3,
            bits(set.random),
            bits(set.at_bound),
            set.bits_left,
            gib(set.key_bytes),
            set.peak_bytes.map_or("unknown".into(), gib),
            phases(set.phases),
        );
        let predicted = set.predicted.total();
        println!(
            "  {:<15} {:>7} {predicted:>7.3} {:>9.1}{:>66}{}",
            "  predicted",
            "",
            predicted / set.rotation_seconds,
            "",
            phases(set.predicted)
        );
    }
    for set in &report.left_out {
        println!(
            "  {:<15} counted only: keys {:.1} GiB, with a refresh {:.1} of {:.1} GiB; {:.0} bits left",
            set.name,
            set.key_bytes as f64 / GIB,
            set.needed_bytes as f64 / GIB,
            set.available_bytes as f64 / GIB,
            set.bits_left
        );
    }
}

/// Load over 1, 5 and 15 minutes.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
