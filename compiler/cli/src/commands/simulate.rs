//! `hep simulate`: the clear twin.

use super::{print, print_json, read_files, say};
use crate::args::Simulate;
use crate::data::{Dataset, Summary};
use crate::failure::Failure;
use crate::figures::{Figure, figures, text};
use crate::fit::{Fit, Fits};
use crate::on_data::{self, OnData};
use crate::twin::{Engine, Iteration, Settings, judgement, noise};
use crate::{costs, outputs, source, trace, twin};
use hep_compiler::checks::{Watched, divergence, far_outside, loss_before, range_warnings};
use hep_compiler::diagnostics::{Diagnostic, Severity};
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::Program;
use hep_compiler::tensor::ranges::RangeReport;
use hep_compiler::{Analysis, Compilation, Options};
use hep_format::place::{Content, Output};
use hep_plan::number::{aligned, shown};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// Trains in the clear and reports every iteration.
pub fn run(args: &Simulate) -> Result<(), Failure> {
    let inputs = read_files(&args.program, &args.data, &args.test, &args.costs);
    args.out.as_deref().map_or(Ok(()), outputs::model_name)?;
    let claimed = |path: &Option<PathBuf>, content: Content| {
        let claim = |path: &PathBuf| Output::claim(path, content.shared_if(args.shared.shared), &inputs);
        path.as_ref().map(claim).transpose()
    };
    let (out, trace) = (claimed(&args.out, outputs::MODEL)?, claimed(&args.trace, outputs::TRACE)?);
    if let (Some(out), Some(trace)) = (&out, &trace) {
        out.differs_from(trace)?;
    }
    let mut recorder = trace.map(trace::Recorder::new).transpose()?;
    let settings = settings(args)?;
    let file = source::read(&args.program)?;
    let costs = costs::load(&args.costs)?;
    let options =
        Options { exact: args.exact, ..source::packing_options(&args.program, &args.params, &costs) };
    let OnData { analysis, options, data } = on_data::open(&file, options, &args.data, Some(&args.test))?;
    source::warn(&file, &analysis.warnings, args.strict.strict)?;
    let subject = Subject::new(&file, analysis, &options, args.noise.noise.then_some(&data))?;
    let mut reports: Vec<Iteration> = Vec::new();
    let mut trained = twin::simulate_on(settings, subject.program(), &data, |report, values| {
        if !report.finite {
            return Err(no_number(&file, subject.analysis(), &options, &data, report.iteration));
        }
        if let Some(recorder) = &mut recorder {
            recorder.record(report.iteration, values);
        }
        if !args.output.json {
            if reports.is_empty() {
                print(&head(&report))?;
            }
            print(&line(&report))?;
        }
        reports.push(report);
        Ok(())
    })?;
    if let Some(note) = &trained.note {
        say(format_args!("note: trained on whole tensors: {note}"));
    }
    let ranges: Vec<_> = reports.iter().flat_map(|r| r.ranges.iter().cloned()).collect();
    let mut warnings = range_warnings(subject.program(), &ranges, |_| None);
    let diverging = diverging(&file, subject.program(), &data, &reports)?;
    trained.model.usage.diverges = mark(subject.program(), &ranges, diverging.as_ref());
    warnings.extend(diverging);
    advised(&mut warnings, &file, subject.analysis(), &options, &data)?;
    source::warn(&file, &warnings, args.strict.strict)?;
    if let Some(recorder) = recorder {
        recorder.finish()?;
    }
    if let Some(out) = out {
        trained.model.save(out)?;
    }
    let noisy = match &subject {
        Subject::Compiled(compilation) => Some(noise::train(compilation, &data, args.noise.seed)?),
        Subject::Analyzed(_) => None,
    };
    if args.output.json {
        let last = reports.last();
        return print_json(&Outcome {
            engine: trained.engine.name(),
            data: &data.summary,
            fits: last.and_then(|report| report.fits),
            revealed: figures(&trained.model.revealed),
            iterations: &reports,
            noise: noisy,
        });
    }
    if !trained.model.predicts() {
        print(&format!(
            "revealed (the program has no `predict`):\n{}",
            text(&figures(&trained.model.revealed), "  ")
        ))?;
    }
    if let Some(noisy) = &noisy {
        print(&described(noisy))?;
    }
    Ok(())
}

/// The error for an iteration after which the model or its loss is no number.
fn no_number(
    file: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
    iteration: u32,
) -> Failure {
    match judgement::judge(file, analysis, options, data, true) {
        Ok(findings) if findings.stops(false) => Failure::diagnostics(file, &findings.messages(false)),
        Ok(_) => Failure::message(format!("after iteration {iteration} the loss is no number on these data")),
        Err(failure) => failure,
    }
}

/// Says in warnings what helps on these data, as `train` does of the same training.
fn advised(
    warnings: &mut [Diagnostic],
    file: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    data: &Dataset,
) -> Result<(), Failure> {
    if warnings.is_empty() {
        return Ok(());
    }
    let found = judgement::judge(file, analysis, options, data, true)?.messages(true);
    for warning in warnings {
        // Far or near: what is said of a range stands where that is written.
        let same = found.iter().find(|known| known.span() == warning.span());
        warning.help = same.and_then(|known| known.help.clone()).or(warning.help.take());
    }
    Ok(())
}

/// A warning where the loss is that of a training that diverges.
fn diverging(
    file: &SourceFile,
    program: &Program,
    data: &Dataset,
    reports: &[Iteration],
) -> Result<Option<Diagnostic>, Failure> {
    let first = loss_before(program, &twin::inputs(program, data)).map_err(Failure::message)?;
    let after: Vec<Option<f64>> = reports.iter().rev().take(2).map(|report| report.loss).collect();
    let losses = match (first, after.as_slice()) {
        (Some(first), [Some(last)]) => Some([first, first, *last]),
        (Some(first), [Some(last), Some(before)]) => Some([first, *before, *last]),
        _ => None,
    };
    let found = divergence(file, program, &Watched { losses, ..Watched::default() }, || None);
    Ok(found.map(|mut found| {
        found.severity = Severity::Warning;
        found
    }))
}

/// What a model is marked with that `train` would not make.
fn mark(program: &Program, ranges: &[RangeReport], diverging: Option<&Diagnostic>) -> Option<String> {
    let far = ranges.iter().any(|report| far_outside(&program.checks[report.check], report));
    let title = diverging.map(|found| found.note.clone().unwrap_or_else(|| found.title.clone()));
    title.or(far.then(|| "scores are far outside of the range of an approximation".to_string()))
}

/// What `--json` prints.
#[derive(Serialize)]
struct Outcome<'a> {
    engine: &'static str,
    data: &'a Summary,
    iterations: &'a [Iteration],
    /// After the last iteration.
    #[serde(flatten)]
    fits: Option<Fits>,
    revealed: Vec<Figure>,
    noise: Option<noise::Noisy>,
}

/// A program, with its schedule where noise needs parameters.
enum Subject {
    Analyzed(Box<Analysis>),
    Compiled(Box<Compilation>),
}

impl Subject {
    /// Chooses parameters where there shall be noise. A program too deep for any says so.
    fn new(
        file: &SourceFile,
        analysis: Analysis,
        options: &Options,
        noise: Option<&Dataset>,
    ) -> Result<Self, Failure> {
        let Some(data) = noise else { return Ok(Self::Analyzed(Box::new(analysis))) };
        let data = Some(Arc::new(twin::inputs(&analysis.program, data)));
        let options = &Options { data, ..options.clone() };
        let compilation = hep_compiler::lower(analysis, options).map_err(|refusal| {
            let mut error = refusal.message;
            error.help = Some("leave `--noise` out: without it the twin needs no parameters".into());
            Failure::diagnostics(file, &[error])
        })?;
        let mut compilation = compilation;
        compilation.name_values(file);
        Ok(Self::Compiled(Box::new(compilation)))
    }

    /// The program as written, with its text.
    fn analysis(&self) -> &Analysis {
        match self {
            Self::Analyzed(analysis) => analysis,
            Self::Compiled(compilation) => &compilation.analysis,
        }
    }

    /// The program as written.
    fn program(&self) -> &Program {
        &self.analysis().program
    }
}

/// How the program is run; named values are those of whole tensors.
fn settings(args: &Simulate) -> Result<Settings, Failure> {
    let tensors = args.trace.is_some() || args.exact;
    let engine = match args.engine {
        Some(Engine::Compiled | Engine::Slots) if tensors => {
            return Err(Failure::Usage("--trace and --exact need whole tensors: leave out --engine".into()));
        }
        None if tensors => Some(Engine::Tensors),
        wanted => wanted,
    };
    Ok(Settings { engine, slots: args.params.ring.map(|ring| 1 << (ring - 1)) })
}

fn fit(fit: Option<Fit>) -> String {
    fit.map_or("-".into(), |fit| fit.to_string())
}

/// Titles of the columns of [`line()`].
fn head(report: &Iteration) -> String {
    match report.fits.map(|fits| fits.train) {
        Some(Fit::Accuracy(_)) => "iteration       loss   train    test   largest score\n".to_string(),
        Some(Fit::RSquared(_)) => "iteration       loss  train R²  test R²   largest score\n".to_string(),
        None => {
            let norms = report.revealed.iter().map(|figure| format!(" {:>14}", norm_of(figure)));
            format!("iteration   largest score{}\n", norms.collect::<String>())
        }
    }
}

fn norm_of(figure: &Figure) -> String {
    format!("norm of {}", figure.name)
}

fn line(report: &Iteration) -> String {
    let score = report.largest_score.map_or("-".into(), |score| aligned(score, 4));
    let Some(Fits { train, test }) = report.fits else {
        let width = |figure: &Figure| norm_of(figure).chars().count().max(14);
        let norms = report.revealed.iter().map(|f| format!(" {:>1$}", f.norm_text(), width(f)));
        return format!("{:>9} {score:>15}{}\n", report.iteration, norms.collect::<String>());
    };
    // As wide as the heads of their columns.
    let (wide, narrow) = if train.accuracy().is_some() { (7, 7) } else { (9, 8) };
    format!(
        "{:>9} {:>10} {:>wide$} {:>narrow$} {score:>15}\n",
        report.iteration,
        report.loss.map_or("-".into(), |l| aligned(l, 5)),
        fit(Some(train)),
        fit(test),
    )
}

fn described(noisy: &noise::Noisy) -> String {
    let fits = noisy
        .fits
        .map_or(String::new(), |fits| format!(": train {}, test {}", fit(Some(fits.train)), fit(fits.test)));
    let mut text = format!("with the noise of ring 2^{} (seed {}){fits}\n", noisy.ring, noisy.seed);
    for output in &noisy.outputs {
        text.push_str(&format!(
            "  {} moves by at most {}, promised are {}\n",
            output.name,
            shown(output.deviation),
            shown(output.promised)
        ));
    }
    text
}
