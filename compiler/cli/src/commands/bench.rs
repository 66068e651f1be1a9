//! `hep bench`: times what takes longest on this machine.

use super::{print, print_json, run_options, say};
use crate::args::{Bench, BenchRefresh, Measured};
use crate::failure::Failure;
use crate::progress;
use crate::table::{Align, Table};
use hep_calibrate::refresh::{
    LeftOut, Phases, RefreshFigures, RefreshOptions, RefreshReport, RefreshSet, measure, standard,
};
use hep_plan::magnitude::bytes;

/// Refreshes of a set that are timed.
const REPETITIONS: usize = 3;

/// Measures what is asked for.
pub fn run(args: &Bench) -> Result<(), Failure> {
    match &args.what {
        Measured::Refresh(args) => refresh(args),
    }
}

/// Measures refreshes.
fn refresh(args: &BenchRefresh) -> Result<(), Failure> {
    let wanted = |set: &RefreshSet| args.sets.is_empty() || args.sets.iter().any(|name| name == set.name);
    let sets = standard().into_iter().filter(wanted);
    let sets: Vec<RefreshSet> = match args.ring {
        Some(ring) => sets.map(|set| set.on_ring(ring)).collect(),
        None => sets.collect(),
    };
    let threads = run_options(&args.run).threads;
    let options = RefreshOptions { threads, repetitions: REPETITIONS, memory: args.memory };
    let report = progress::spin_telling("measuring", |tell| measure(&sets, options, tell))?;
    if report.sets.is_empty()
        && let Some(least) = report.left_out.iter().min_by_key(|set| set.needed_bytes)
    {
        return Err(too_little(least));
    }
    for set in &report.left_out {
        say(format_args!("warning: {}", left_out(set)));
    }
    if args.output.json { print_json(&report) } else { print(&text(&report)) }
}

fn left_out(set: &LeftOut) -> String {
    let (needed, there) = (bytes(set.needed_bytes), bytes(set.available_bytes));
    format!("{} is left out: it takes {needed} of memory, there are {there}", set.name)
}

fn too_little(least: &LeftOut) -> Failure {
    let (needed, there) = (bytes(least.needed_bytes), bytes(least.available_bytes));
    let what = format!("no set fits: {} takes {needed} of memory, there are {there}", least.name);
    Failure::with_help(what, "free some, or use a machine with more memory")
}

fn text(report: &RefreshReport) -> String {
    let (machine, threads) = (&report.machine, report.threads);
    let plural = if threads == 1 { "" } else { "s" };
    let (cpu, cores, isa) = (&machine.cpu, machine.cores, &machine.isa);
    let mut text = format!("{cpu}, {cores} cores, kernels {isa}, {threads} thread{plural}\n");
    let mut table = Table::new([Align::Left].into_iter().chain([Align::Right; 8]));
    table.row(["set", "seconds", "rotations", "of ms", "rms", "worst", "left", "keys", "peak"]);
    report.sets.iter().for_each(|set| table.row(row(set)));
    text += &table.text();
    let names = ["set", "S2C", "raise", "C2S", "trace", "EvalMod"];
    let mut phases = Table::new([Align::Left].into_iter().chain([Align::Right; 5]));
    phases.heading(&format!("seconds of the fastest refresh, by the clock of the {}", clock(report)));
    phases.row(names);
    report.sets.iter().for_each(|set| phases.row(parts(set)));
    text += "\n";
    text += &phases.text();
    text += "\n";
    text += &columns(report);
    text
}

fn clock(report: &RefreshReport) -> &'static str {
    if report.clock == "wall" { "wall" } else { "thread's processor" }
}

fn row(set: &RefreshFigures) -> [String; 9] {
    [
        set.name.into(),
        format!("{:.3}", set.seconds),
        format!("{:.1}", set.rotations),
        format!("{:.1}", set.rotation_seconds * 1e3),
        format!("{:.1}", set.precision.bits_rms),
        format!("{:.1}", set.precision.bits_worst),
        format!("{:.0}", set.bits_left),
        bytes(set.key_bytes),
        set.peak_bytes.map_or("unknown".into(), bytes),
    ]
}

fn parts(set: &RefreshFigures) -> [String; 6] {
    let Phases { slots_to_coeffs, raise, coeffs_to_slots, trace, eval_mod } = set.phases;
    let [s2c, raise, c2s, trace, sine] =
        [slots_to_coeffs, raise, coeffs_to_slots, trace, eval_mod].map(|seconds| format!("{seconds:.3}"));
    [set.name.into(), s2c, raise, c2s, trace, sine]
}

/// A line for every column.
fn columns(report: &RefreshReport) -> String {
    let mut table = Table::new([Align::Left, Align::Left]);
    let insecure = report.sets.iter().any(|set| set.security_bits == 0);
    let set = if insecure {
        "without security, on a small ring: these figures say nothing about a large one"
    } else {
        "pair: two real vectors at once, real: one; full: all slots, slots13: 2^13, slots9: 2^9; 128 bits of security"
    };
    for (name, meaning) in [
        ("set", set),
        ("seconds", "median of the refreshes, on the wall"),
        (
            "rotations",
            "the fastest refresh in fastest rotations at 25 limbs, in digits of 9, of the same minute",
        ),
        ("of ms", "such a rotation"),
        (
            "rms, worst",
            "bits that all slots keep of the largest value allowed: root of the mean square, largest error",
        ),
        ("left", "bits of modulus between the level that is refreshed at and that of the result"),
        ("keys", "memory of the keys"),
        ("peak", "largest resident memory of the process in a refresh"),
    ] {
        table.row([name, meaning]);
    }
    table.text()
}
