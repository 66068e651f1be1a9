//! Smaller steps: a share of every gradient, or of what every update takes off where the program writes its gradients itself.

use super::Trials;
use super::shares::smaller;
use crate::analyze;
use crate::refusals::Shortage;
use hep_front::syntax;
use hep_front::syntax::ast::{BinaryOp, Expr, ExprKind, File, Statement};
use hep_front::syntax::walk::{statements, training, values};
use hep_plan::number::shown;
use hep_tensor::source::{SourceFile, Span};

/// Shares of the step that are tried.
const STEPS: [f64; 3] = [0.5, 0.1, 0.01];

impl Trials<'_, '_, '_> {
    /// The largest share with which values have room.
    pub(super) fn steps(&mut self) {
        let Ok(file) = syntax::parse(self.source) else { return };
        let calls = gradients(self.source);
        let updates = if calls.is_empty() { updates(self.source, &file) } else { Vec::new() };
        let mut last = Err(Shortage::Other);
        for share in STEPS {
            let found = self.lines(&file, &calls, share).or_else(|| {
                Some((self.smaller(&calls, &updates, share)?, self.words(&calls, &updates, share)?))
            });
            let Some((edited, words)) = found else { return };
            last = self.proves(&edited, self.options, words);
            if matches!(last, Ok(_) | Err(Shortage::Time)) {
                break;
            }
        }
        self.note(last, "smaller steps");
    }

    /// The program with this share of its gradients, where each stands in a statement of its own, which is told as it is then.
    fn lines(&self, file: &File, calls: &[Span], share: f64) -> Option<(SourceFile, String)> {
        let lines: Vec<String> = calls
            .iter()
            .map(|call| Some(smaller(self.source, file, *call, share)?.1))
            .collect::<Option<_>>()?;
        let statements = statements(&training(file)?.body).into_iter().map(values);
        let mut shared = statements.map(|own| {
            calls.iter().filter(|call| own.iter().any(|value| value.span.contains(**call))).count()
        });
        if lines.is_empty() || shared.any(|calls| calls > 1) {
            return None;
        }
        // From the last on, so that the places of the others stay.
        let edited = calls.iter().rev().try_fold(self.source.clone(), |source, call| {
            smaller(&source, file, *call, share).map(|(edited, _)| edited)
        })?;
        analyze(&edited, self.options).ok()?;
        Some((edited, format!("take smaller steps, {}", lines.join(" and "))))
    }

    /// The program with this share of its steps.
    fn smaller(&self, calls: &[Span], updates: &[Update], share: f64) -> Option<SourceFile> {
        // From the last on, so that the places of the others stay.
        let calls = calls.iter().rev().map(|call| (*call, share_of_call(self.source.slice(*call), share)));
        let updates = updates.iter().rev().map(|update| (update.step, update.share(self.source, share)));
        let edited = calls
            .chain(updates)
            .try_fold(self.source.clone(), |source, (place, text)| source.replaced(place, &text))?;
        // A share that cannot stand in its place is no proposal.
        analyze(&edited, self.options).is_ok().then_some(edited)
    }

    fn words(&self, calls: &[Span], updates: &[Update], share: f64) -> Option<String> {
        if let Some(call) = calls.first() {
            let smaller = share_of_call(self.source.slice(*call), share);
            return Some(format!("take smaller steps, `{smaller}` in place of the gradient"));
        }
        let lines: Vec<String> = updates
            .iter()
            .map(|update| {
                format!("`{}{}`", self.source.slice(update.before), update.share(self.source, share))
            })
            .collect();
        (!lines.is_empty()).then(|| format!("take smaller steps: {}", lines.join(" and ")))
    }
}

fn share_of_call(call: &str, share: f64) -> String {
    format!("{} * {call}", shown(share))
}

/// `w = w - step`
struct Update {
    /// From the target to the step.
    before: Span,
    step: Span,
}

impl Update {
    fn share(&self, source: &SourceFile, share: f64) -> String {
        let step = source.slice(self.step);
        // Parentheses belong to an expression.
        if step.starts_with('(') && step.ends_with(')') && !step[1..step.len() - 1].contains(['(', ')']) {
            return format!("{} * {step}", shown(share));
        }
        format!("{} * ({step})", shown(share))
    }
}

/// Statements of the program by which a variable moves on from where it is.
fn updates(source: &SourceFile, file: &File) -> Vec<Update> {
    let body = training(file).map_or(&[][..], |train| &train.body);
    let update = |statement: &Statement| {
        let Statement::Assign(assign) = statement else { return None };
        // Several targets are told as one line, which is too much of it.
        let ([target], [Expr { kind: ExprKind::Binary { op, left, right }, .. }]) =
            (assign.targets.as_slice(), assign.values.as_slice())
        else {
            return None;
        };
        let moves = matches!(op, BinaryOp::Sub | BinaryOp::Add)
            && source.slice(left.span) == source.slice(target.span);
        let before = Span::new(target.span.start, right.span.start);
        moves.then_some(Update { before, step: right.span })
    };
    statements(body).into_iter().filter_map(update).collect()
}

/// Every call of `grad` in the program that a factor can stand before.
fn gradients(source: &SourceFile) -> Vec<Span> {
    let text = &source.text;
    let mut found = Vec::new();
    for (start, _) in text.match_indices("grad(") {
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        let before = line.trim_end().chars().next_back();
        if line.contains('#') || !before.is_some_and(|c| "*+-=,(".contains(c)) {
            continue;
        }
        let mut depth = 0i32;
        let end = text[start..].char_indices().find(|(_, c)| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            *c == ')' && depth == 0
        });
        found.extend(end.map(|(offset, _)| Span::new(start, start + offset + 1)));
    }
    found
}
