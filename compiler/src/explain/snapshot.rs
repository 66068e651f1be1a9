//! A plan as text that is kept beside its program and compared with what the program compiles to later.
//!
//! The text is complete: settings, counts, approximations, parameters, layouts, keys, constants, the owner's program,
//! and every instruction of every iteration. It names no machine, and numbers are rounded where machines may differ.
//! Sections begin at the margin, their lines are indented; what is printed can be read back.

use super::figures::{FIGURES, PART, part};
use super::{report, time};
use hep_plan::print::{constant, host_program, instruction, rounded};
use hep_plan::server::Instr;
use hep_plan::summary::Counts;
use hep_plan::{Part, Plan};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// First line of the text; the number is the version of this format.
const HEAD: &str = "hep schedule 2";
/// Indentation of a section's lines.
const INDENT: &str = "  ";

/// Titles of the sections that are not parts of the schedule.
pub mod titles {
    /// Name, sizes and what was asked for.
    pub const PROGRAM: &str = "program";
    /// One figure a line.
    pub const FIGURES: &str = "figures";
    /// Counts of the prologue and of each iteration.
    pub const PARTS: &str = "parts";
    /// What stands for functions that ciphertexts cannot compute.
    pub const APPROXIMATIONS: &str = "approximations";
    /// Ring and primes.
    pub const PARAMETERS: &str = "parameters";
    /// Layouts in and out.
    pub const TENSORS: &str = "tensors";
    /// Evaluation keys.
    pub const KEYS: &str = "keys";
    /// Public vectors.
    pub const CONSTANTS: &str = "constants";
    /// What the owner computes before encrypting.
    pub const OWNER: &str = "owner";
    /// How scores are computed from a model.
    pub const PREDICT: &str = "predict";
    /// The sections that are followed by the schedule, in order.
    pub const ALL: [&str; 10] =
        [PROGRAM, FIGURES, PARTS, APPROXIMATIONS, PARAMETERS, TENSORS, KEYS, CONSTANTS, OWNER, PREDICT];
}

/// A title and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Title: one of [`titles`], or a part of the schedule.
    pub title: String,
    /// Lines, without indentation.
    pub lines: Vec<String>,
}

/// The text, by sections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Sections in order.
    pub sections: Vec<Section>,
}

/// What a plan does not say of itself.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// What was asked for, by name.
    pub settings: &'a [(&'static str, String)],
    /// One approximation a line.
    pub approximations: &'a [String],
    /// What seconds are predicted by.
    pub costs: time::Basis<'a>,
}

/// Why a text is no snapshot.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Another kind of file.
    #[error("it does not begin with `{HEAD}`")]
    Head,
    /// Written by another version of hep.
    #[error("it was written by another version of hep: it begins with `{0}`, expected `{HEAD}`")]
    Version(String),
    /// A line that belongs to no section.
    #[error("line {0} belongs to no section")]
    Stray(usize),
}

impl Snapshot {
    /// The snapshot of a plan.
    #[must_use]
    pub fn of(plan: &Plan, origin: Origin<'_>) -> Self {
        let mut sections = vec![
            section(titles::PROGRAM, program(plan, origin.settings)),
            section(titles::FIGURES, figures(plan, origin.costs)),
            section(titles::PARTS, parts(plan)),
            section(titles::APPROXIMATIONS, origin.approximations.to_vec()),
            section(titles::PARAMETERS, parameters(plan)),
            section(titles::TENSORS, tensors(plan)),
            section(titles::KEYS, keys(plan)),
            section(titles::CONSTANTS, constants(plan)),
            section(titles::OWNER, host_program(&plan.owner, rounded)),
            section(titles::PREDICT, host_program(&plan.predict, rounded)),
        ];
        sections.extend(schedule(plan));
        sections.retain(|section| !section.lines.is_empty());
        Self { sections }
    }

    /// Lines of a section; none where it is missing.
    #[must_use]
    pub fn lines(&self, title: &str) -> &[String] {
        self.sections.iter().find(|s| s.title == title).map_or(&[], |s| s.lines.as_slice())
    }

    /// The schedule: prologue and iterations.
    pub fn schedule(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|s| !titles::ALL.contains(&s.title.as_str()))
    }

    /// The value of a figure, as it is kept.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.lines(titles::FIGURES).iter().find_map(|line| entry(line, name)?.parse().ok())
    }

    /// The value of an entry of the section that says what was asked for.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.lines(titles::PROGRAM).iter().find_map(|line| entry(line, name))
    }

    /// Names of the parts with their counts, in the order of [`PART`].
    #[must_use]
    pub fn parts(&self) -> Vec<(String, Vec<f64>)> {
        let row = |line: &String| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (name, counts) = words.split_at(words.len().saturating_sub(PART.len()));
            Some((name.join(" "), counts.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?))
        };
        self.lines(titles::PARTS).iter().filter_map(row).collect()
    }
}

fn section(title: &str, lines: Vec<String>) -> Section {
    Section { title: title.to_string(), lines }
}

/// A line with a name and a value. Names have no two spaces in a row.
fn pair(name: &str, value: &str) -> String {
    format!("{name:<20}  {value}")
}

/// The value of a line with this name.
fn entry<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let value = line.strip_prefix(name)?;
    value.starts_with("  ").then(|| value.trim())
}

fn program(plan: &Plan, settings: &[(&'static str, String)]) -> Vec<String> {
    let dims: Vec<String> = plan.info.dims.iter().map(|(name, size)| format!("{name}={size}")).collect();
    let mut lines = vec![pair("name", &plan.info.name), pair("sizes", &dims.join(" "))];
    lines.extend(settings.iter().map(|(name, value)| pair(name, value)));
    lines
}

fn figures(plan: &Plan, costs: time::Basis<'_>) -> Vec<String> {
    let report = super::timed_report(plan, costs);
    let line = |figure: &super::figures::Figure| {
        figure.of(&report).map(|value| pair(figure.name, &figure.unit.keep(value)))
    };
    FIGURES.iter().filter_map(line).collect()
}

/// A table whose columns are as wide as their names.
fn parts(plan: &Plan) -> Vec<String> {
    let report = report(plan);
    let row = |name: &str, cells: &[String]| {
        let cells = cells.iter().zip(PART).map(|(cell, title)| format!("  {cell:>0$}", title.len()));
        format!("{name:<12}{}", cells.collect::<String>())
    };
    let counts = |counts: &Counts| part(counts).map(|count| count.to_string());
    let mut lines = vec![row("", &PART.map(String::from)), row("prologue", &counts(&report.prologue))];
    let iterations = (1..).map(Part::Iteration).zip(&report.iterations);
    lines.extend(iterations.map(|(part, found)| row(&part.to_string(), &counts(found))));
    if report.epilogue != Counts::default() {
        lines.push(row(&Part::Epilogue.to_string(), &counts(&report.epilogue)));
    }
    lines
}

fn parameters(plan: &Plan) -> Vec<String> {
    let p = &plan.params;
    let primes = |list: &[u64]| list.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    let ring = pair("ring", &format!("2^{} {:?}, {} primes a digit", p.log_n, p.security, p.digit_limbs));
    vec![ring, pair("q", &primes(&p.q)), pair("p", &primes(&p.p))]
}

fn tensors(plan: &Plan) -> Vec<String> {
    let uploads =
        plan.inputs.iter().map(|i| format!("upload {} : {} {} {}", i.name, i.layout, i.level, i.scale));
    let reveals = plan.outputs.iter().map(|output| {
        let values: Vec<String> = output.values.iter().map(|v| format!("r{v}")).collect();
        let (name, layout, bits) = (&output.name, &output.layout, output.precision_bits);
        format!("reveal {name} : {layout} = {}  {bits:.1} bits", values.join(" "))
    });
    uploads.chain(reveals).collect()
}

fn keys(plan: &Plan) -> Vec<String> {
    plan.keys.iter().map(|(key, level)| format!("{key} {level}")).collect()
}

fn constants(plan: &Plan) -> Vec<String> {
    let constants = plan.server.constants.iter().enumerate();
    constants.map(|(index, vector)| format!("c{index} = {}", constant(vector))).collect()
}

/// Instructions by parts, in the order in which they run; of what comes after the loop only where there are any.
fn schedule(plan: &Plan) -> Vec<Section> {
    let parts = plan.server.by_parts().filter(|(part, instrs)| *part != Part::Epilogue || !instrs.is_empty());
    let lines = |instrs: &[Instr]| instrs.iter().map(|instr| instruction(plan, instr)).collect();
    parts.map(|(part, instrs)| section(&part.to_string(), lines(instrs))).collect()
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        for section in &self.sections {
            writeln!(f, "{}", section.title)?;
            for line in &section.lines {
                writeln!(f, "{INDENT}{line}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Snapshot {
    type Err = SnapshotError;

    /// Reads the text back; line ends may be those of any system.
    fn from_str(text: &str) -> Result<Self, SnapshotError> {
        let mut lines = text.lines().map(str::trim_end).zip(1..);
        match lines.next() {
            Some((HEAD, _)) => {}
            Some((head, _)) if head.starts_with("hep schedule ") => {
                return Err(SnapshotError::Version(head.chars().take(40).collect()));
            }
            _ => return Err(SnapshotError::Head),
        }
        let mut sections: Vec<Section> = Vec::new();
        for (line, number) in lines.filter(|(line, _)| !line.is_empty()) {
            match (line.strip_prefix(INDENT), sections.last_mut()) {
                (None, _) => sections.push(section(line, vec![])),
                (Some(line), Some(section)) => section.lines.push(line.to_string()),
                (Some(_), None) => return Err(SnapshotError::Stray(number)),
            }
        }
        Ok(Self { sections })
    }
}
