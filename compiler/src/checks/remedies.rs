//! Changes that make a training of one that diverges, each tried on the user's data before it is proposed.

use super::advice::Does;
use super::judge::in_vain;
use super::verdict::{self, divergence, far_outside, gradients, learned};
use super::watch::{Sample, watch};
use crate::proposals::{fewer, smaller};
use crate::{Analysis, Options, analyze};
use hep_front::syntax::ast::{Expr, ExprKind, File, Item};
use hep_front::syntax::walk::expressions;
use hep_plan::number::shown;
use hep_plan::plan::LabelKind;
use hep_tensor::source::{SourceFile, Span};

/// Shares of the step that are tried.
const STEPS: [f64; 6] = [0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4];

/// What is said of a training without a loss.
const ALL_INSIDE: &str = "all scores then stay inside";
/// What is said of one without approximations, too.
const NOT_DIVERGES: &str = "the training then does not diverge";

/// Targets that are larger than this are numbers of some unit, and may be written in a larger one.
const LARGE: f64 = 10.0;

/// Standardized features, targets of a larger unit, and the largest share of the step, with which the loss falls, everything stays
/// where it should, and the program `does`.
///
/// # Errors
/// What was tried in vain.
pub(super) fn remedies(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    sample: Sample<'_>,
    does: &mut Does<'_>,
) -> Result<String, Option<String>> {
    let mut falls = |changed: &SourceFile, options: &Options, enough: fn([f64; 3]) -> bool| {
        let program = analyze(changed, options).ok()?.program;
        let seen = watch(&program, sample.inputs).ok()?;
        let far = seen.ranges.iter().any(|r| far_outside(&program.checks[r.check], r));
        if far || seen.lost.is_some() {
            return None;
        }
        let Some(losses @ [first, _, last]) = seen.losses else {
            // Where no loss says that a model learns, its scores have to stay where they belong.
            let inside = seen.ranges.iter().all(|r| r.outside == 0.0);
            let sound = inside && divergence(changed, &program, &seen, || None).is_none();
            let what = if program.checks.is_empty() { NOT_DIVERGES } else { ALL_INSIDE };
            return (sound && does(changed, options)).then(|| what.to_owned());
        };
        let does = enough(losses) && does(changed, options);
        does.then(|| format!("the loss then falls from {} to {}", shown(first), shown(last)))
    };
    // Fewer iterations of a training that nothing measures are no remedy: see `fewer_inside`.
    let has_loss = analysis.program.loss.is_some() && analysis.program.predict.is_some();
    let features = &analysis.program.data.features;
    let prepared = standardized(source, &analysis.ast, features);
    let scaled = scaled(source, analysis, sample);
    let (mut tried, calls) = (Vec::new(), gradients(source, &analysis.program));
    tried.extend(prepared.is_some().then_some("standardized features"));
    tried.extend((calls.len() == 1).then_some("smaller steps"));
    tried.extend((has_loss && analysis.program.train.iterations > 1).then_some("fewer iterations"));
    tried.extend(scaled.is_some().then_some("targets of a larger unit"));
    let standard = prepared.and_then(|changed| falls(&changed, options, verdict::falls)).map(|loss| {
        format!(
            "write `standardise({features})` for `{features}`, with `use preprocessing.standardise`: {loss}"
        )
    });
    let scaled = scaled.and_then(|Scaled { words, changed }| {
        Some(format!("{words}: {}", falls(&changed, options, verdict::falls)?))
    });
    let slower = match calls[..] {
        [call] => STEPS.into_iter().find_map(|share| {
            let (changed, line) = smaller(source, &analysis.ast, call, share)?;
            Some(format!("take smaller steps, {line}: {}", falls(&changed, options, learned)?))
        }),
        _ => None,
    };
    let found: Vec<String> = [standard, scaled, slower].into_iter().flatten().collect();
    if !found.is_empty() {
        return Ok(format!("{}, on these data", found.join("; or ")));
    }
    if !has_loss {
        return Err(none_of(&tried, options));
    }
    let fewer = fewer(source, options, &mut |changed, options| falls(changed, options, learned).is_some());
    fewer
        .map(|fewer| format!("{fewer}: the loss then falls, on these data"))
        .ok_or_else(|| none_of(&tried, options))
}

/// A program whose targets are numbers of a larger unit, and what is written then.
struct Scaled {
    words: String,
    changed: SourceFile,
}

/// The program with targets below 10 in place of large ones, and scores that are in the unit of the data.
fn scaled(source: &SourceFile, analysis: &Analysis, sample: Sample<'_>) -> Option<Scaled> {
    let data = &analysis.program.data;
    let labels = data.labels.as_str();
    let largest = sample.inputs.get(labels)?.data.iter().fold(0.0f64, |largest, y| largest.max(y.abs()));
    if data.label_kind != LabelKind::Real || !largest.is_finite() || largest < LARGE {
        return None;
    }
    let unit = 10f64.powf(largest.log10().floor());
    let mut edits: Vec<(Span, String)> = prepared(&analysis.ast, labels)
        .into_iter()
        .map(|span| (span, format!("({labels} / {unit})")))
        .collect();
    if edits.is_empty() {
        return None;
    }
    let mut words = format!("train on `{labels} / {unit}` in place of `{labels}`");
    let scores = analysis.ast.items.iter().find_map(|item| match item {
        Item::Predict(scores) => Some(scores.span),
        _ => None,
    });
    if let Some(scores) = scores {
        let text = format!("{unit} * {}", source.slice(scores));
        words += &format!(", and write `predict {text}`");
        edits.push((scores, text));
    }
    // From the end, so that earlier places stay where they are.
    edits.sort_by_key(|(span, _)| *span);
    let changed =
        edits.iter().rev().try_fold(source.clone(), |text, (span, with)| text.replaced(*span, with))?;
    Some(Scaled { words, changed })
}

/// What was tried in vain.
fn none_of(tried: &[&str], options: &Options) -> Option<String> {
    let words = || format!("none of these helps on these data: {}", tried.join(", "));
    (!tried.is_empty()).then(|| in_vain(options, &words()))
}

/// The program with standardized features wherever it mentions them.
fn standardized(source: &SourceFile, file: &File, features: &str) -> Option<SourceFile> {
    let mut spans = prepared(file, features);
    // From the end, so that earlier places stay where they are.
    spans.sort_unstable();
    let head = Span::new(file.name.span.end, file.name.span.end);
    let with = format!("standardise({features})");
    let prepared = (!spans.is_empty()).then(|| source.clone())?;
    let prepared = spans.iter().rev().try_fold(prepared, |text, span| text.replaced(*span, &with))?;
    let used = |item: &Item| {
        matches!(item, Item::Use(used) if used.module.name == "preprocessing"
        && used.item.as_ref().is_none_or(|item| item.name == "standardise"))
    };
    if file.items.iter().any(used) {
        return Some(prepared);
    }
    prepared.replaced(head, "\nuse preprocessing.standardise")
}

/// Where a name is mentioned in what the owner prepares.
fn prepared(file: &File, name: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for item in &file.items {
        match item {
            Item::Secret(d) => d.value.iter().for_each(|value| mentions(value, name, &mut spans)),
            Item::Let(definition) => {
                definition.values.iter().for_each(|value| mentions(value, name, &mut spans));
            }
            Item::Params(params) => {
                let values = params.fields.iter().filter_map(|field| field.value.as_ref());
                values.for_each(|value| mentions(value, name, &mut spans));
            }
            _ => {}
        }
    }
    spans
}

/// Where an expression mentions a name.
fn mentions(expr: &Expr, name: &str, spans: &mut Vec<Span>) {
    expressions(expr, &mut |expr| {
        spans.extend(matches!(&expr.kind, ExprKind::Name(found) if found == name).then_some(expr.span));
        true
    });
}
