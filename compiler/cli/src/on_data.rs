//! A program and the data that it trains on, brought together: which labels it reads, which sizes the data bring, and, where the
//! program has errors, what helps it on these data.

use crate::args::{DataArgs, TestArgs};
use crate::data::{self, DataError, Dataset, plausible};
use crate::failure::Failure;
use crate::sizes::{self, Unfit};
use crate::twin::judgement;
use crate::{planned, source, twin};
use hep_compiler::checks::{self, Sample};
use hep_compiler::diagnostics::{Diagnostic, Edit, Proposal, codes};
use hep_compiler::source::SourceFile;
use hep_compiler::syntax::ast::{Declaration, Expr, ExprKind, File, Item};
use hep_compiler::syntax::labels;
use hep_compiler::{Analysis, Options, Shortage, proposals, syntax};
use hep_plan::plan::LabelKind;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A checked program with its data.
pub struct OnData {
    /// The program with the sizes of the data.
    pub analysis: Analysis,
    /// The settings with these sizes.
    pub options: Options,
    /// The data.
    pub data: Dataset,
}

/// Reads the data of a program, and checks it with their sizes. What is proposed where it has errors does on these data.
pub fn open(
    source: &SourceFile,
    options: Options,
    args: &DataArgs,
    test: Option<&TestArgs>,
) -> Result<OnData, Failure> {
    let read = |real: bool| data::training(args, test, real);
    let asked = options.clone();
    let sized = |first: &Analysis, options, data: &Dataset| {
        data.summary.say();
        sizes::sized(source, first, options, data, &args.data)
    };
    let (data, found, written) = match hep_compiler::analyze(source, &options) {
        Ok(first) => {
            let read_first = read(is_real(&first));
            let data =
                read_first.map_err(|failure| declared(source, &options, failure, (&read, &args.data)))?;
            let found = sized(&first, options.clone(), &data);
            (Some(data), found, Vec::new())
        }
        // Sizes that are written may be wrong where those of the data are right.
        Err(errors) => {
            match Inputs::declared(source).and_then(|inputs| Some((read(inputs.real).ok()?, inputs))) {
                Some((data, inputs)) => {
                    let options = inputs.with_sizes(options.clone(), &data);
                    let found = match hep_compiler::analyze(source, &options) {
                        Ok(first) => sized(&first, options, &data),
                        Err(errors) => Err(Unfit::Program(Box::new(options), errors)),
                    };
                    (Some(data), found, errors)
                }
                None => (None, Err(Unfit::Program(Box::new(options.clone()), errors.clone())), errors),
            }
        }
    };
    match (found, data) {
        (Ok((mut analysis, options)), Some(data)) => {
            if analysis.warnings.iter().any(|warning| !warning.proposals.is_empty()) {
                let known = BTreeMap::from([(is_real(&analysis), Some(data.clone()))]);
                let mut trying = Trying { read: &read, known, path: &args.data, lenient: Vec::new() };
                let mut attempt = |source: &SourceFile, options: &Options| trying.attempt(source, options);
                let (trial, patience) =
                    ((proposals::Trial::Data, &mut attempt as &mut _), source::patience());
                analysis.warnings = proposals::warned(source, &options, analysis.warnings, &patience, trial);
            }
            Ok(OnData { analysis, options, data })
        }
        (Err(Unfit::Data(failure)), _) => Err(declared(source, &asked, failure, (&read, &args.data))),
        (Err(Unfit::Program(options, mut errors)), data) => {
            let brought = brought(source, &options);
            let is_written = |error: &Diagnostic| {
                written.iter().any(|known| known.code == error.code && known.title == error.title)
            };
            for error in errors.iter_mut().filter(|error| error.is_error() && !is_written(error)) {
                error.note =
                    error.note.take().into_iter().chain(brought.clone()).reduce(|a, b| format!("{a}; {b}"));
            }
            let known = data.map(|data| (data.classes.is_empty(), Some(data))).into_iter().collect();
            let trying = Trying { read: &read, known, path: &args.data, lenient: Vec::new() };
            Err(Failure::diagnostics(source, &settled(source, &options, errors, trying)))
        }
        (Ok(_), None) => Err(Failure::message("the data were not read")),
    }
}

/// The messages with what helps on the data: with all scores inside of their ranges, or else with some a little outside of those that
/// are written already, which is warned of.
fn settled(
    source: &SourceFile,
    options: &Options,
    errors: Vec<Diagnostic>,
    mut trying: Trying<'_>,
) -> Vec<Diagnostic> {
    let patience = source::patience();
    let written = approximated(source);
    let errors = match trying.classes() {
        Some(classes) => errors.into_iter().map(|error| counted(error, classes)).collect(),
        None => errors,
    };
    let mut settle = |inside: bool, errors: Vec<Diagnostic>| {
        trying.lenient = if inside { Vec::new() } else { written.clone() };
        let mut attempt = |source: &SourceFile, options: &Options| trying.attempt(source, options);
        proposals::settled(source, options, errors, &patience, (proposals::Trial::Data, &mut attempt))
    };
    let found = settle(true, errors.clone());
    let helped = errors.iter().zip(&found).any(|(error, found)| error.help != found.help);
    if helped || errors.iter().all(|error| error.proposals.is_empty()) {
        return found;
    }
    settle(false, errors)
}

/// The failure of a program whose declarations are not those of the labels in the data, with declarations that are.
fn declared(
    source: &SourceFile,
    options: &Options,
    failure: Failure,
    (read, path): (&dyn Fn(bool) -> Result<Dataset, Failure>, &Path),
) -> Failure {
    let Failure::Data(mut error) = failure else { return failure };
    let Ok(file) = syntax::parse(source) else { return Failure::Data(error) };
    let leading = |proposals: &[Proposal], known: BTreeMap<bool, Option<Dataset>>| {
        let mut trying = Trying { read, known, path, lenient: Vec::new() };
        let mut attempt = |source: &SourceFile, options: &Options| trying.attempt(source, options);
        proposals::leading(source, options, proposals, &source::patience(), &mut attempt)
    };
    match &mut *error {
        DataError::Words { classes, help, .. } | DataError::Classes { classes, help, .. } if *classes > 0 => {
            let found = read(false).ok().filter(are_classes);
            let of_classes = |secret| labels::of_classes(&file, secret, Some(*classes));
            let proposals: Vec<Proposal> = labels::secrets(&file).flat_map(of_classes).collect();
            // The labels of numbers are none.
            let classes = found.as_ref().and_then(|_| leading(&proposals, BTreeMap::from([(true, None)])));
            let counted = found.as_ref().is_some_and(are_counted);
            let numbers = (!counted && read(true).is_ok()).then(|| {
                let proposals = labels::secrets(&file).filter_map(|secret| labels::to_numbers(&file, secret));
                let proposals: Vec<Proposal> = proposals.collect();
                leading(&proposals, BTreeMap::from([(false, None)]))
            });
            let numbers = numbers.flatten().map(|words| format!("for numbers to be predicted, {words}"));
            let ways: Vec<String> = classes.into_iter().chain(numbers).collect();
            if !ways.is_empty() {
                *help = ways.join("; ");
            } else if found.is_none() {
                *help = format!("these labels are no classes: {NO_CLASSES}");
            }
        }
        DataError::Outside { help, wider: Some(wider), .. } => {
            *help = leading(std::slice::from_ref(wider.as_ref()), BTreeMap::new())
                .or_else(|| remaining(source, options, wider, (read, path)))
                .unwrap_or_else(|| "scale the data in the file".to_owned());
        }
        DataError::Label { help, numbers: true, .. } => {
            let proposals = labels::secrets(&file).filter_map(|secret| labels::to_numbers(&file, secret));
            let proposals: Vec<Proposal> = proposals.collect();
            if let Some(words) = leading(&proposals, BTreeMap::from([(false, None)])) {
                *help += &format!("; for numbers to be predicted, {words}");
            }
        }
        _ => {}
    }
    Failure::Data(error)
}

/// What is said of labels that differ in nearly every row, or nowhere.
const NO_CLASSES: &str = "choose the labels with --label NAME, and leave columns of words out of the file";

/// The message with proposals that have the number of classes of the data.
fn counted(error: Diagnostic, classes: usize) -> Diagnostic {
    let proposals = error.proposals.into_iter().map(|proposal| labels::counted(proposal, classes)).collect();
    Diagnostic { proposals, ..error }
}

/// A change with what the data are refused for then.
fn remaining(
    source: &SourceFile,
    options: &Options,
    change: &Proposal,
    (read, path): (&dyn Fn(bool) -> Result<Dataset, Failure>, &Path),
) -> Option<String> {
    let replace = |source: SourceFile, edit: &Edit| match edit {
        Edit::Replace(place, text) => source.replaced(*place, text),
        _ => None,
    };
    // From the last on, so that the places of the others stay.
    let changed = change.edits.iter().rev().try_fold(source.clone(), replace)?;
    let first = hep_compiler::analyze(&changed, options).ok()?;
    let data = read(is_real(&first)).ok()?;
    let (analysis, options) = sizes::sized(&changed, &first, options.clone(), &data, path).ok()?;
    let findings = judgement::judge(&changed, &analysis, &options, &data, false).ok()?;
    let error = findings.messages(false).into_iter().find(Diagnostic::is_error)?;
    Some(format!("{}; then {} remains: {}", change.words, error.code, error.title))
}

/// What the `approx` lines of a program stand for, as checks name it.
fn approximated(source: &SourceFile) -> Vec<String> {
    let Ok(file) = syntax::parse(source) else { return Vec::new() };
    let lines = file.items.iter().filter_map(|item| match item {
        Item::Approx(line) if line.gradient => Some(format!("grad {}", line.name.name)),
        Item::Approx(line) => Some(line.name.name.clone()),
        _ => None,
    });
    lines.collect()
}

fn is_real(analysis: &Analysis) -> bool {
    analysis.program.data.label_kind == LabelKind::Real
}

/// What a program declares of its data, as it is written.
struct Inputs {
    /// Whether labels are numbers.
    real: bool,
    /// Names of the dimensions of rows and features.
    dims: Vec<String>,
}

impl Inputs {
    fn declared(source: &SourceFile) -> Option<Self> {
        let file = syntax::parse(source).ok()?;
        let features = owners(&file).find(|d| d.ty.kind.name == "real" && d.ty.dims.len() == 2)?;
        let labels = owners(&file).find(|d| d.name.name != features.name.name)?;
        let name = |dim: &Expr| match &dim.kind {
            ExprKind::Name(name) => Some(name.clone()),
            _ => None,
        };
        let dims = features.ty.dims.iter().map(name).collect::<Option<_>>()?;
        Some(Self { real: labels.ty.kind.name == "real", dims })
    }

    /// The settings with the sizes of the data, where nothing else is asked for.
    fn with_sizes(&self, mut options: Options, data: &Dataset) -> Options {
        for (name, size) in self.dims.iter().zip(&data.x.shape) {
            if !options.dims.iter().any(|(known, _)| known == name) {
                options.dims.push((name.clone(), *size));
            }
        }
        options
    }
}

fn owners(file: &File) -> impl Iterator<Item = &Declaration> {
    file.items.iter().filter_map(|item| match item {
        Item::Owner(d) => Some(d),
        _ => None,
    })
}

/// Which sizes are others than those that are written.
fn brought(source: &SourceFile, options: &Options) -> Option<String> {
    let file = syntax::parse(source).ok()?;
    let other = file.items.iter().filter_map(|item| {
        let Item::Dim(binding) = item else { return None };
        let ExprKind::Number { text, .. } = &binding.value.kind else { return None };
        let (name, size) = options.dims.iter().rev().find(|(name, _)| *name == binding.name.name)?;
        (text.parse() != Ok(*size)).then(|| format!("`{name}` is {size} instead of {text}"))
    });
    let other: Vec<String> = other.collect();
    (!other.is_empty()).then(|| format!("with these data {}", other.join(", ")))
}

/// Whether labels that a program does not take for classes may be some: a few words or whole numbers, also where the user chose
/// their column.
fn are_classes(data: &Dataset) -> bool {
    let rows = data.x.shape.first().copied().unwrap_or(0);
    let fraction = |class: &String| class.parse::<f64>().is_ok_and(|value| value.fract() != 0.0);
    data.classes.len() > 1
        && !data.classes.iter().any(fraction)
        && !plausible::differ(rows, data.classes.len())
}

/// Whether classes are words, or numbers one after the other: others may be numbers to be predicted.
fn are_counted(data: &Dataset) -> bool {
    let numbers: Option<Vec<f64>> = data.classes.iter().map(|class| class.parse().ok()).collect();
    numbers.is_none_or(|numbers| numbers.windows(2).all(|two| two[1] - two[0] == 1.0))
}

/// Changed programs tried on the data.
struct Trying<'t> {
    read: &'t dyn Fn(bool) -> Result<Dataset, Failure>,
    /// What was read, with real targets and with classes; none where it could not be.
    known: BTreeMap<bool, Option<Dataset>>,
    path: &'t Path,
    /// Functions whose scores may be a little outside of their ranges.
    lenient: Vec<String>,
}

impl Trying<'_> {
    /// How many classes the labels are of, where they are classes.
    fn classes(&mut self) -> Option<usize> {
        let read = self.read;
        let known = self.known.entry(false).or_insert_with(|| read(false).ok().filter(are_classes));
        known.as_ref().filter(|data| are_classes(data)).map(|data| data.classes.len())
    }

    /// Whether a program has a plan that does on the data, and else what is missing; of data that cannot be read nothing is asked.
    fn attempt(&mut self, source: &SourceFile, options: &Options) -> Result<usize, Shortage> {
        let first = hep_compiler::analyze(source, options).map_err(|_| Shortage::Other)?;
        let real = is_real(&first);
        let read = self.read;
        let read = |real: bool| read(real).ok().filter(|data| real || are_classes(data));
        if self.known.entry(real).or_insert_with(|| read(real)).is_none() {
            // Data that have labels of the other kind have none of this one.
            let other = self.known.entry(!real).or_insert_with(|| read(!real));
            return if other.is_some() { Err(Shortage::Other) } else { proposals::compiled(source, options) };
        }
        let Some(Some(data)) = self.known.get(&real) else { return Err(Shortage::Other) };
        // True functions are for the clear twin: the plan has polynomials.
        let options = Options { exact: false, ..options.clone() };
        let sized = sizes::sized(source, &first, options, data, self.path);
        let (analysis, options) = sized.map_err(|_| Shortage::Other)?;
        // A polynomial that points the wrong way is no proposal, whatever comes of it on these data.
        if self.lenient.is_empty() && analysis.warnings.iter().any(|w| w.code == codes::WRONG_WAY) {
            return Err(Shortage::Room);
        }
        let inputs = twin::inputs(&analysis.program, data);
        let sample = Sample { inputs: &inputs, names: data.feature_names(), lines: &data.lines };
        let checks = &analysis.program.checks;
        let lenient = |check: &usize| self.lenient.contains(&checks[*check].function);
        match checks::trains(source, &analysis.program, sample) {
            Ok(Some(left)) if left.iter().all(lenient) => {}
            Ok(_) => return Err(Shortage::Room),
            Err(_) => return Err(Shortage::Other),
        }
        let options = Options { data: Some(Arc::new(inputs)), ..options };
        planned::does(source, &analysis, &options).map(|()| analysis.warnings.len())
    }
}
