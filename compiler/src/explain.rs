//! What a plan costs, for people and for machines.
//!
//! All figures are counted in the plan itself. Sections: shape of the program, parameters and security, uploads and
//! keys, counts per iteration, precision and memory. Seconds depend on a machine: [`time`] predicts them by a table.
//! [`lines`](mod@lines) says where they go, [`drawing`] what a picture of the schedule
//! shows. [`figures`] is the same as a list that can be set side by side, [`snapshot`] all of a plan as text that is kept.

pub mod dot;
pub mod drawing;
pub mod figures;
pub mod lines;
pub mod names;
pub mod snapshot;
pub mod time;

use hep_plan::isa::Key;
use hep_plan::magnitude::bytes;
use hep_plan::params::Security;
use hep_plan::summary::Counts;
use hep_plan::{Part, Plan};
use serde::Serialize;
use std::fmt::Write;

/// The report of `hep explain`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the program.
    pub program: String,
    /// Named dimensions.
    pub dims: Vec<(String, usize)>,
    /// log2 of the ring degree.
    pub ring_log2: u32,
    /// log2 of the ciphertext modulus.
    pub log2_q: f64,
    /// log2 of the modulus with special primes.
    pub log2_qp: f64,
    /// Estimated security in bits; 0 for the insecure test set.
    pub security_bits: f64,
    /// Primes of a key-switching digit.
    pub digit_limbs: u32,
    /// Key-switching digits at the highest level.
    pub digits: usize,
    /// Uploaded tensors.
    pub uploads: Vec<Upload>,
    /// Revealed tensors with their shapes.
    pub reveals: Vec<(String, Vec<usize>)>,
    /// Ciphertexts uploaded.
    pub upload_ciphertexts: usize,
    /// Bytes uploaded.
    pub upload_bytes: u64,
    /// Bytes of the encrypted result.
    pub result_bytes: u64,
    /// Distinct rotation keys.
    pub rotation_keys: usize,
    /// Rotations that start from another rotation, because keys of their own would exceed the budget.
    pub composed_rotations: u32,
    /// Rotations that are made for those only.
    pub extra_rotations: u32,
    /// Bytes of the evaluation keys at rest.
    pub eval_key_bytes: u64,
    /// Bytes of the evaluation keys expanded in memory.
    pub eval_key_memory: u64,
    /// Predicted peak memory of a run on two threads, the whole process.
    pub predicted_peak_bytes: u64,
    /// Bits after the binary point that hold in every revealed number, on sample data.
    pub predicted_precision_bits: f64,
    /// Numbers that are revealed.
    pub revealed_numbers: usize,
    /// How many of them are expected to tell the sign of their error to whoever knows the exact result, every time they are
    /// published at the plan's precision.
    pub expected_hints: f64,
    /// Before the loop.
    pub prologue: Counts,
    /// Per iteration.
    pub iterations: Vec<Counts>,
    /// After the loop.
    pub epilogue: Counts,
    /// In total.
    pub total: Counts,
    /// Predicted seconds, where a table was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<time::Seconds>,
}

/// An uploaded tensor.
#[derive(Clone, Debug, Serialize)]
pub struct Upload {
    /// Its name; `X*B` is a product the owner computes because it involves only the owner's values.
    pub name: String,
    /// Its packing.
    pub layout: String,
    /// Ciphertexts.
    pub ciphertexts: usize,
    /// Level it is encrypted at.
    pub level: u32,
}

/// The report of a plan.
#[must_use]
pub fn report(plan: &Plan) -> Report {
    let summary = plan.summary();
    let (composed_rotations, extra_rotations) = plan.composed_rotations();
    let precision = plan.outputs.iter().map(|o| o.precision_bits).fold(f64::INFINITY, f64::min);
    Report {
        program: plan.info.name.clone(),
        dims: plan.info.dims.clone(),
        ring_log2: plan.params.log_n,
        log2_q: plan.params.log_q(),
        log2_qp: plan.params.log_qp(),
        security_bits: plan.params.security_bits(),
        digit_limbs: plan.params.digit_limbs,
        digits: plan.params.digits(plan.params.max_level()),
        uploads: plan
            .inputs
            .iter()
            .map(|input| Upload {
                name: input.name.clone(),
                layout: input.layout.to_string(),
                ciphertexts: input.layout.ciphertexts(),
                level: input.level.0,
            })
            .collect(),
        reveals: plan.outputs.iter().map(|o| (o.name.clone(), o.layout.shape.clone())).collect(),
        upload_ciphertexts: plan.upload_ciphertexts(),
        upload_bytes: plan.upload_bytes(),
        result_bytes: plan.result_bytes(),
        rotation_keys: plan.keys.rotations().count(),
        composed_rotations,
        extra_rotations,
        eval_key_bytes: plan.eval_key_bytes(),
        eval_key_memory: plan.eval_key_memory(),
        predicted_peak_bytes: plan.peak_bytes(hep_plan::memory::THREADS),
        predicted_precision_bits: precision,
        revealed_numbers: plan.outputs.iter().map(|o| o.layout.shape.iter().product::<usize>()).sum(),
        expected_hints: plan.outputs.iter().map(|o| o.expected_hints()).sum(),
        prologue: summary.prologue,
        iterations: summary.iterations,
        epilogue: summary.epilogue,
        total: summary.total,
        seconds: None,
    }
}

/// The report with seconds predicted by a table.
#[must_use]
pub fn timed_report(plan: &Plan, basis: time::Basis<'_>) -> Report {
    Report { seconds: Some(time::seconds(plan, basis)), ..report(plan) }
}

/// The report as text, with seconds predicted by a table.
#[must_use]
pub fn timed_text(plan: &Plan, basis: time::Basis<'_>) -> String {
    text(plan) + &time::text(&time::seconds(plan, basis))
}

/// The report as text, without anything that depends on a machine.
///
/// ```
/// use hep_compiler::{Options, compile, explain, source::SourceFile};
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/examples/linear_regression.hep"));
/// # let dims = [("n", 5), ("f", 3), ("T", 2)].map(|(name, size)| (name.to_string(), size)).to_vec();
/// # let options = Options { dims, ring_log2: Some(7), insecure: true, ..Options::default() };
/// let compiled = compile(&SourceFile::new("p.hep", text), &options).map_err(|errors| errors[0].title.clone())?;
/// let said = explain::text(&compiled.plan);
/// assert!(said.starts_with("linear_regression   n=5 f=3 d=4 T=2") && said.contains("iteration 2"));
/// # Ok::<(), String>(())
/// ```
#[must_use]
pub fn text(plan: &Plan) -> String {
    let report = report(plan);
    let mut out = String::new();
    let dims: Vec<String> = report.dims.iter().map(|(name, size)| format!("{name}={size}")).collect();
    let _ = writeln!(out, "{}   {}", report.program, dims.join(" "));
    let security = match plan.params.security {
        Security::Insecure => "INSECURE test parameters".to_string(),
        _ => format!("{:.0}-bit security", report.security_bits),
    };
    let _ = writeln!(
        out,
        "  ring 2^{}, {} + {} primes, log2 Q = {:.0}, log2 QP = {:.0}, {} key-switching digits, {security}",
        report.ring_log2,
        plan.params.q.len(),
        plan.params.p.len(),
        report.log2_q,
        report.log2_qp,
        report.digits,
    );
    let _ = writeln!(
        out,
        "  precision {:.1} bits after the point (predicted for {})",
        report.predicted_precision_bits,
        if plan.measured {
            "the owner's data in usual units"
        } else {
            "features in their declared range, else of unit variance"
        }
    );
    // A fraction says that most publications tell nothing.
    let digits = usize::from(report.expected_hints < 10.0);
    let _ = writeln!(
        out,
        "  reveals {} numbers; in every publication {:.digits$} of them are expected to tell the sign of their noise",
        report.revealed_numbers, report.expected_hints
    );
    let _ =
        writeln!(out, "  upload {} in {} ciphertexts", bytes(report.upload_bytes), report.upload_ciphertexts);
    for upload in &report.uploads {
        // Products are named after their factors when they move from the server to the owner.
        let moved = if upload.name.contains('*') {
            "  (the owner multiplies, which saves a level an iteration)"
        } else {
            ""
        };
        let _ = writeln!(out, "    {:<12} {} level {}{moved}", upload.name, upload.layout, upload.level);
    }
    let _ = writeln!(
        out,
        "  keys {} at rest, {} in memory: {} rotations{}",
        bytes(report.eval_key_bytes),
        bytes(report.eval_key_memory),
        report.rotation_keys,
        if plan.keys.level(Key::Relinearization).is_some() { " and relinearization" } else { "" },
    );
    if report.composed_rotations > 0 {
        let _ = writeln!(
            out,
            "    composed to fit the budget: {} rotations start from others, {} rotations more than with keys of their own",
            report.composed_rotations, report.extra_rotations
        );
    }
    let _ = writeln!(out, "  peak memory of a run {}", bytes(report.predicted_peak_bytes));
    let _ = writeln!(
        out,
        "  {:<12} {:>6} {:>9} {:>8} {:>6} {:>6} {:>6} {:>8} {:>10}",
        "", "levels", "rotations", "hoisted", "relin", "ct*ct", "ct*pt", "rescales", "bootstraps"
    );
    let mut row = |name: &str, c: &Counts| {
        let _ = writeln!(
            out,
            "  {name:<12} {:>6} {:>9} {:>8} {:>6} {:>6} {:>6} {:>8} {:>10}",
            c.levels,
            c.rotations,
            c.rotations_hoisted,
            c.relinearizations,
            c.ct_products,
            c.pt_products,
            c.rescales,
            c.bootstraps
        );
    };
    row(&Part::Prologue.to_string(), &report.prologue);
    for (index, counts) in report.iterations.iter().enumerate() {
        row(&Part::Iteration(index as u32 + 1).to_string(), counts);
    }
    if report.epilogue != Counts::default() {
        row(&Part::Epilogue.to_string(), &report.epilogue);
    }
    row("total", &report.total);
    out
}
