//! The report for people.

use crate::goals::{self, TWO_THREADS};
use crate::machine::Machine;
use crate::row::{Report, Row, Section};

pub fn machine(machine: &Machine) {
    println!("{}, {} cores, kernels {}, load {}", machine.cpu, machine.cores, machine.isa, machine.load);
    println!("medians; yard = one forward transform of tfhe-ntt, 2^16, one 50-bit prime, hot");
}

/// One section; `single` is that of one thread.
pub fn section(section: &Section, single: Option<&Section>) {
    let plural = if section.threads == 1 { "" } else { "s" };
    let [before, after] = section.yardstick.map(|seconds| seconds * 1e6);
    println!(
        "\n{} on {} thread{plural}   yard {before:.1} us before, {after:.1} us after",
        section.set, section.threads
    );
    if section.threads == 1 {
        println!(
            "  {:<30} {:>5} {:>11} {:>9} {:>9} {:>8} {:>9} {:>9}  {:<9}  {:<9}",
            "", "limbs", "ms", "yards", "floor ms", "goal ms", "floor yd", "goal yd", "in ms", "in yards"
        );
    } else {
        println!("  {:<30} {:>5} {:>11} {:>9} {:>9}", "", "limbs", "ms", "yards", "speed-up");
    }
    for row in &section.rows {
        let tail = if section.threads == 1 { asked(section, row) } else { gained(section, row, single) };
        println!(
            "  {:<30} {:>5} {:>11.3} {:>9.2}{tail}",
            row.kernel,
            row.limbs,
            row.milliseconds(),
            section.yards(row)
        );
    }
    let keys = section.keys;
    let share = 100.0 * keys.at_rest as f64 / keys.expanded.max(1) as f64;
    if let Some(others) = section.others {
        println!("  other programs took {:.0} % of the cores meanwhile", 100.0 * others);
    }
    println!("  switching key: {} bytes at rest, {} expanded ({share:.1} %)", keys.at_rest, keys.expanded);
}

fn asked(section: &Section, row: &Row) -> String {
    let Some(goal) = goals::goal(section.set, row.kernel, row.limbs) else { return String::new() };
    format!(
        " {:>9.3} {:>8.3} {:>9.1} {:>9.2}  {:<9}  {}",
        goal.floor_ms,
        goal.goal_ms,
        goal.floor_yards(),
        goal.goal_yards,
        goal.by_time(row.milliseconds()).word(),
        goal.by_yardstick(section.yards(row)).word()
    )
}

fn gained(section: &Section, row: &Row, single: Option<&Section>) -> String {
    let Some(one) = single.and_then(|single| single.same(row)) else { return String::new() };
    let gain = one / row.time.median;
    let mark = match (goals::must_scale(section.set, row.kernel) && section.threads == 2, gain >= TWO_THREADS)
    {
        (false, _) => String::new(),
        (true, true) => format!("  {TWO_THREADS} met"),
        (true, false) => format!("  below {TWO_THREADS}"),
    };
    format!(" {gain:>9.2}{mark}")
}

pub fn end(report: &Report) {
    let peak = report.peak_bytes.map_or("unknown".into(), |bytes| format!("{:.2} GB", bytes as f64 / 1e9));
    println!("\npeak resident memory {peak}, load at the end {}", report.load_at_end);
}
