//! What training never changes, and how it is written so that nothing has to be revealed of it.

use super::ast::{Expr, ExprKind, File, Ident, Item, Statement};
use super::fresh::fresh;
use super::print::{expression, plain, ty};
use super::walk::{expressions, statements, training, values};
use crate::diagnostics::{Edit, Proposal};
use hep_tensor::source::Span;

/// What is done about a name in `reveal` that keeps its first value: a field of a record becomes a value of its own, anything else
/// is left out.
#[must_use]
pub fn kept(file: &File, name: &Ident) -> Option<Proposal> {
    match name.name.split_once('.') {
        Some((record, field)) => field_of(file, record, field),
        None => left_out(file, name),
    }
}

/// What is done about a variable that is used and keeps its first value: it gets a step like that of another one, or becomes a value
/// of its own in front of the training. None where it is assigned.
#[must_use]
pub fn changing(file: &File, name: &str) -> Vec<Proposal> {
    let Some(train) = training(file) else { return vec![] };
    let (mut declared, mut steps) = (None, Vec::new());
    for statement in statements(&train.body) {
        match statement {
            Statement::Var(d) if d.name.name == name => declared = Some(d),
            Statement::Assign(a) if a.targets.iter().any(|target| target.name == name) => return vec![],
            Statement::Assign(a) => steps.push(a),
            _ => {}
        }
    }
    let Some((d, value)) = declared.and_then(|d| Some((d, d.value.as_ref()?))) else { return vec![] };
    let step = steps.into_iter().find_map(|a| match (a.targets.as_slice(), a.values.as_slice()) {
        ([target], [value]) if has_gradient(value) => {
            let step = format!("{name} = {}", plain(&stepping(value, &target.name, name)));
            let words =
                format!("training never changes it: add a step such as `{step}`, and `reveal {name}`");
            let end = Span::new(a.span.end, a.span.end);
            let edits =
                vec![Edit::Replace(end, format!("\n    {step}")), Edit::Last(format!("reveal {name}"))];
            Some(Proposal { words, edits })
        }
        _ => None,
    });
    let item = format!("public {name} : {} = {}", ty(&d.ty), expression(value));
    let words = format!(
        "training never changes it: take it out of the `train` block, and add `{item}` in front of it"
    );
    let edits = vec![Edit::Replace(d.span, String::new()), Edit::Items(train.span, item)];
    step.into_iter().chain([Proposal { words, edits }]).collect()
}

fn has_gradient(value: &Expr) -> bool {
    let mut found = false;
    expressions(value, &mut |expr| {
        found |= matches!(&expr.kind, ExprKind::Call { function, .. } if function.name == "grad");
        !found
    });
    found
}

/// The step of another variable: what a gradient is given stays, what it is taken by does not.
fn stepping(expr: &Expr, from: &str, to: &str) -> Expr {
    let boxed = |expr: &Expr| Box::new(stepping(expr, from, to));
    let kind = match &expr.kind {
        ExprKind::Name(name) if name == from => ExprKind::Name(to.to_owned()),
        ExprKind::Neg(inner) => ExprKind::Neg(boxed(inner)),
        ExprKind::Binary { op, left, right } => {
            ExprKind::Binary { op: *op, left: boxed(left), right: boxed(right) }
        }
        ExprKind::Call { function, args } => {
            let mut args = args.clone();
            for arg in args.iter_mut().filter(|arg| function.name != "grad" || arg.name.is_some()) {
                arg.value = stepping(&arg.value, from, to);
            }
            ExprKind::Call { function: function.clone(), args }
        }
        kind => kind.clone(),
    };
    Expr { kind, ..expr.clone() }
}

fn left_out(file: &File, name: &Ident) -> Option<Proposal> {
    let names = file.items.iter().find_map(|item| match item {
        Item::Reveal(names) if names.iter().any(|known| known.span == name.span) => Some(names),
        _ => None,
    })?;
    let others: Vec<&str> =
        names.iter().filter(|known| known.name != name.name).map(|known| known.name.as_str()).collect();
    let (first, last) = (names.first()?, names.last()?);
    let line = others.join(", ");
    let words = format!("it keeps its first value: leave it out, `reveal {line}`");
    let edits = vec![Edit::Replace(Span::new(first.span.start, last.span.end), line)];
    (!others.is_empty()).then_some(Proposal { words, edits })
}

fn field_of(file: &File, record: &str, field: &str) -> Option<Proposal> {
    let params = file.items.iter().find_map(|item| match item {
        Item::Params(params) if params.name.name == record => Some(params),
        _ => None,
    })?;
    let declared = params.fields.iter().find(|known| known.name.name == field)?;
    let name = if taken(file, field) { fresh(file, &format!("{field}0")) } else { field.to_owned() };
    let single = declared.ty.dims.is_empty() && declared.ty.range.is_none();
    let written = if single { declared.ty.kind.name.clone() } else { ty(&declared.ty) };
    let item = format!("public {name} : {written} = {}", expression(declared.value.as_ref()?));
    let mut edits = vec![Edit::Replace(declared.span, String::new()), Edit::Items(params.span, item.clone())];
    let mut replace = |expr: &Expr| {
        expressions(expr, &mut |expr| {
            if let ExprKind::Member { base, field: used } = &expr.kind
                && used.name == field
                && matches!(&base.kind, ExprKind::Name(base) if base == record)
            {
                edits.push(Edit::Replace(expr.span, name.clone()));
            }
            true
        });
    };
    for item in &file.items {
        match item {
            Item::Function(function) | Item::Loss(function) => function.results.iter().for_each(&mut replace),
            Item::Let(definition) => definition.values.iter().for_each(&mut replace),
            Item::Train(train) => {
                statements(&train.body).into_iter().flat_map(values).for_each(&mut replace);
            }
            Item::Predict(scores) => replace(scores),
            _ => {}
        }
    }
    let words = format!(
        "training never changes it: take it out of `params {record}`, add `{item}`, and write `{name}` for `{record}.{field}`"
    );
    Some(Proposal { words, edits })
}

/// Whether something of the program has this name already.
fn taken(file: &File, name: &str) -> bool {
    let declared = |item: &Item| match item {
        Item::Dim(binding) => binding.name.name == name,
        Item::Owner(d) | Item::Public(d) | Item::Secret(d) => d.name.name == name,
        Item::Let(definition) => definition.names.iter().any(|known| known.name == name),
        Item::Function(f) | Item::Loss(f) => {
            f.name.name == name || f.params.iter().any(|param| param.name.name == name)
        }
        Item::Train(train) => statements(&train.body).into_iter().any(|statement| match statement {
            Statement::Var(d) => d.name.name == name,
            Statement::Let(definition) => definition.names.iter().any(|known| known.name == name),
            _ => false,
        }),
        _ => false,
    };
    file.items.iter().any(declared)
}
