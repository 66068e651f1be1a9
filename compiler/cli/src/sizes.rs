//! Dimensions that the data fix: rows, features and classes are taken from the file, unless `-p` says otherwise, in
//! which case both must agree.

use crate::data::{DataError, Dataset};
use crate::failure::Failure;
use crate::{source, twin};
use hep_compiler::checks::{self, Sample, Unsound, judge_prepared};
use hep_compiler::diagnostics::{Diagnostic, Edit, Proposal};
use hep_compiler::source::SourceFile;
use hep_compiler::syntax::ast::{Expr, ExprKind, File, Item};
use hep_compiler::syntax::print::expression;
use hep_compiler::tensor::Program;
use hep_compiler::tensor::graph::Op;
use hep_compiler::{Analysis, Options};
use hep_plan::host::HostOp;
use hep_plan::plan::{DataSpec, LabelKind};
use hep_plan::ranges::Outside;
use hep_plan::visible::visible;
use std::path::Path;

/// Why a program and data do not come together.
pub enum Unfit {
    /// Errors of the program with the sizes of the data, which these options have.
    Program(Box<Options>, Vec<Diagnostic>),
    /// Something about the data.
    Data(Failure),
}

impl From<DataError> for Unfit {
    fn from(error: DataError) -> Self {
        Self::Data(error.into())
    }
}

/// A program checked with the sizes of these data.
pub fn analyze(
    source: &SourceFile,
    options: Options,
    data: &Dataset,
    path: &Path,
) -> Result<(Analysis, Options), Failure> {
    let first = source::analyze(source, &options)?;
    sized(source, &first, options, data, path).map_err(|unfit| match unfit {
        Unfit::Data(failure) => failure,
        Unfit::Program(options, errors) => source::refused(source, &options, errors),
    })
}

/// The same for a program that is `first` at its own sizes, from which the names of the dimensions come; of what is wrong nothing
/// is said yet.
pub fn sized(
    source: &SourceFile,
    first: &Analysis,
    mut options: Options,
    data: &Dataset,
    path: &Path,
) -> Result<(Analysis, Options), Unfit> {
    for (name, found, what) in fixed_by(&first.program, data) {
        match options.dims.iter().rev().find(|(known, _)| *known == name) {
            Some((_, wanted)) if *wanted != found => {
                let help = if what == "rows" {
                    format!("leave out -p {name}, or choose {wanted} rows with --rows")
                } else {
                    format!("leave out -p {name}, or use data with {wanted} {what}")
                };
                let reason = format!("-p {name}={wanted} contradicts the data, which have {found} {what}");
                return Err(DataError::Fit { path: path.to_path_buf(), reason, help }.into());
            }
            Some(_) => {}
            None => options.dims.push((name, found)),
        }
    }
    let known = |classes: usize| {
        let count = data.classes.len();
        if count == classes {
            return Ok(());
        }
        let reason = format!("the program tells {classes} classes apart, the data have {count}");
        let mut spelled: Vec<String> = data.classes.iter().map(|class| class.trim().to_lowercase()).collect();
        spelled.sort_unstable();
        spelled.dedup();
        let help = match classes {
            _ if spelled.len() == classes => {
                let classes: Vec<_> =
                    data.classes.iter().map(|class| format!("`{}`", visible(class))).collect();
                format!("some of {} differ in case only: write each class in one way", classes.join(", "))
            }
            2 => "use a program with one score per class (`onehot`), or data with two classes".to_string(),
            _ => format!("declare {count} classes in the program, or use rows of {classes} classes"),
        };
        let is_guessed = !data.summary.label_given && data.summary.label_column.is_some();
        let path = path.to_path_buf();
        match otherwise_labeled(data, classes).filter(|_| is_guessed) {
            Some(help) => Err(DataError::Fit { path, reason, help: format!("{FIRST}: {help}") }),
            None => {
                let column = is_guessed.then(|| FIRST.to_owned());
                Err(DataError::Classes { path, reason, classes: count, column, help })
            }
        }
    };
    if first.program.data.label_kind == LabelKind::Binary {
        known(2)?;
    }
    let analysis = match hep_compiler::analyze(source, &options) {
        Ok(analysis) => analysis,
        Err(errors) => return Err(Unfit::Program(Box::new(options), errors)),
    };
    if let LabelKind::Classes(classes) = analysis.program.data.label_kind {
        known(classes)?;
    }
    prepared(source, &analysis, &options, data, path).map_err(Unfit::Data)?;
    Ok((analysis, options))
}

/// What is said where nobody chose the labels.
const FIRST: &str = "the labels are the first column, as no --label is given";

/// A column that may be meant where the first was taken for the labels, and has other classes than the program.
fn otherwise_labeled(data: &Dataset, classes: usize) -> Option<String> {
    let mut features = data.feature_names().iter().enumerate();
    let (_, name) = features.find(|(at, _)| values_of(data, *at, classes) == classes)?;
    Some(format!("`--label` chooses another, such as `{}`, which has {classes} values", visible(name)))
}

/// Values that differ in a column of features, as far as they may be classes and `most` of them.
fn values_of(data: &Dataset, column: usize, most: usize) -> usize {
    let width = data.x.shape.get(1).copied().unwrap_or(0).max(1);
    let mut seen = std::collections::BTreeSet::new();
    for value in data.x.data.iter().skip(column).step_by(width) {
        seen.insert((value + 0.0).to_bits());
        if seen.len() > most || value.fract() != 0.0 {
            return 0;
        }
    }
    seen.len()
}

/// Refuses values of the owner outside of their declared range, on which packing and precision rely, and those that are no
/// finite number.
fn prepared(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
    path: &Path,
) -> Result<(), Failure> {
    let inputs = twin::inputs(&analysis.program, data);
    let sample = Sample { inputs: &inputs, names: data.feature_names(), lines: &data.lines };
    match judge_prepared(source, analysis, options, sample).map_err(Failure::message)? {
        Ok(()) => Ok(()),
        Err(Unsound::Outside(outside)) => {
            let wider = wider(&analysis.ast, sample);
            Err(outside_error(&outside, sample, &analysis.program.data, path, wider).into())
        }
        Err(Unsound::NotFinite(error)) => Err(Failure::diagnostics(source, &[*error])),
    }
}

/// The message for data outside of a declared range, with the feature by its name where the file has it.
/// `wider` is a declaration with a range that holds them.
pub fn outside_error(
    outside: &Outside,
    sample: Sample<'_>,
    spec: &DataSpec,
    path: &Path,
    wider: Option<Box<Proposal>>,
) -> DataError {
    let Outside { name, index, value, lo, hi } = outside;
    let reason = match *index.as_slice() {
        [row, column] if *name == spec.features => {
            let (feature, row) = (sample.feature(column), row + 1);
            format!("{feature} of row {row} is {value}, and `{name}` is declared `in {lo} .. {hi}`")
        }
        _ => outside.to_string(),
    };
    let help = format!("scale the data in the file, or declare the range of `{name}` that they have");
    DataError::Outside { path: path.to_path_buf(), reason, help, wider }
}

/// The declarations of the owner with ranges that hold the data, where they do not.
fn wider(file: &File, sample: Sample<'_>) -> Option<Box<Proposal>> {
    let (mut lines, mut edits) = (Vec::new(), Vec::new());
    for item in &file.items {
        let Item::Owner(declared) = item else { continue };
        let (Some(range), Some(tensor)) = (&declared.ty.range, sample.inputs.get(&declared.name.name)) else {
            continue;
        };
        let present = (constant(&range.low)?, constant(&range.high)?);
        let values = || tensor.data.iter().copied();
        if values().all(|value| (present.0..=present.1).contains(&value)) {
            continue;
        }
        let data = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let (lo, hi) = checks::around(data, present);
        let dims: Vec<String> = declared.ty.dims.iter().map(expression).collect();
        let ty = format!("{}[{}] in {lo} .. {hi}", declared.ty.kind.name, dims.join(", "));
        lines.push(format!("`owner {} : {ty}`", declared.name.name));
        edits.push(Edit::Replace(declared.ty.span, ty));
    }
    let words = format!("scale the data in the file, or declare {}", lines.join(" and "));
    (!edits.is_empty()).then(|| Box::new(Proposal { words, edits }))
}

/// An end of a range as it is written.
fn constant(end: &Expr) -> Option<f64> {
    match &end.kind {
        ExprKind::Number { value, .. } => Some(*value),
        ExprKind::Neg(inner) => constant(inner).map(|value| -value),
        _ => None,
    }
}

/// Names of dimensions with the size the data give them.
fn fixed_by(program: &Program, data: &Dataset) -> Vec<(String, usize, &'static str)> {
    let mut fixed: Vec<(String, usize, &'static str)> = Vec::new();
    let named = |name: &str| program.dims.iter().any(|d| d.name == name);
    for id in program.graph.ids() {
        let node = program.graph.node(id);
        let sizes: &[(usize, &'static str)] = match &node.op {
            Op::Host(HostOp::Input(name)) if *name == program.data.features => {
                &[(data.x.shape[0], "rows"), (data.x.shape[1], "features")]
            }
            Op::Host(HostOp::OneHot { .. }) => &[(data.x.shape[0], "rows"), (data.classes.len(), "classes")],
            _ => &[],
        };
        for (dim, (size, what)) in node.ty.dims.iter().zip(sizes) {
            if *size > 0 && named(&dim.name) && !fixed.iter().any(|(known, ..)| *known == dim.name) {
                fixed.push((dim.name.clone(), *size, *what));
            }
        }
    }
    fixed
}
