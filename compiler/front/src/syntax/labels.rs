//! How labels of classes are declared: as bits, or as one-hot rows with a score for each class.

use super::ast::{BinaryOp, Declaration, Expr, ExprKind, File, Function, Item, Statement};
use super::fresh::fresh;
use super::print::{expression, ty};
use super::walk::{expressions, statements, training, values};
use crate::diagnostics::{Edit, Proposal};
use hep_tensor::source::Span;

/// Classes of a new dimension where nobody has said how many there are: an example.
const CLASSES: usize = 3;
/// What is said of an example.
const EXAMPLE: &str = ", where 3 stands for the number of classes of your labels,";

/// The encrypted labels of this name.
#[must_use]
pub fn encrypted<'f>(file: &'f File, name: &str) -> Option<&'f Declaration> {
    secrets(file).find(|d| d.name.name == name)
}

/// The encrypted labels with this value.
#[must_use]
pub fn encrypted_from<'f>(file: &'f File, value: &Expr) -> Option<&'f Declaration> {
    secrets(file).find(|d| d.value.as_ref().is_some_and(|known| known.span == value.span))
}

/// Everything that is encrypted.
pub fn secrets(file: &File) -> impl Iterator<Item = &Declaration> {
    file.items.iter().filter_map(|item| match item {
        Item::Secret(d) => Some(d),
        _ => None,
    })
}

/// The declarations with which labels are those of classes, the nearest to what is written first; `classes` of them where that is
/// known. None where the labels are computed of anything but the owner's.
#[must_use]
pub fn of_classes(file: &File, secret: &Declaration, classes: Option<usize>) -> Vec<Proposal> {
    let Some(labels) = Labels::of(file, secret) else { return vec![] };
    let mut found = Vec::new();
    if labels.may_be_two(file, classes) {
        found.push(labels.proposal(labels.bits(), None));
    }
    for (item, count) in labels.counts(file, classes) {
        let rows = labels.one_hot(&count);
        for more in [None, scores(file, &count)] {
            let mut proposal = labels.proposal(rows.clone(), more);
            if let Some(item) = &item {
                let known = if classes.is_some() { "" } else { EXAMPLE };
                proposal.words = format!("add `{item}`{known} and {}", proposal.words);
                proposal.edits.push(Edit::Items(labels.owner.span, item.clone()));
            }
            found.push(proposal);
        }
    }
    found.dedup();
    found
}

/// A proposal with the number of classes that the labels are found to have, where it has an example.
#[must_use]
pub fn counted(proposal: Proposal, classes: usize) -> Proposal {
    let Proposal { words, mut edits } = proposal;
    let mut words = words;
    for edit in &mut edits {
        let Edit::Items(_, item) = edit else { continue };
        let example = format!("`{item}`{EXAMPLE}");
        if let Some(name) = item.strip_suffix(&CLASSES.to_string())
            && words.contains(&example)
        {
            *item = format!("{name}{classes}");
            words = words.replace(&example, &format!("`{item}`"));
        }
    }
    Proposal { words, edits }
}

/// Class numbers of the owner, encrypted as labels for what is written in a place.
#[must_use]
pub fn encrypting(file: &File, name: &str, place: Span) -> Vec<Proposal> {
    let owner = file.items.iter().find_map(|item| match item {
        Item::Owner(d) if d.name.name == name && d.ty.kind.name == "class" => Some(d),
        _ => None,
    });
    let Some([rows, count]) = owner.map(|d| d.ty.dims.as_slice()) else { return vec![] };
    let (rows, count, secret) = (expression(rows), expression(count), fresh(file, "Y0"));
    let known = secrets(file).filter(|d| d.value.as_ref().is_some_and(|value| is_of(value, name))).map(|d| {
        let secret = &d.name.name;
        let words = format!("write `{secret}`, which is encrypted, for `{name}` here");
        Proposal { words, edits: vec![Edit::Replace(place, secret.clone())] }
    });
    let types = [format!("bit[{rows}] = {name}"), format!("onehot[{rows}, {count}] = one_hot({name})")];
    let proposals = types.into_iter().map(|ty| {
        let item = format!("secret {secret} : {ty}");
        let words = format!("encrypt the labels: add `{item}`, and write `{secret}` for `{name}` here");
        Proposal { words, edits: vec![Edit::Items(place, item), Edit::Replace(place, secret.clone())] }
    });
    known.chain(proposals).collect()
}

/// Several labels a row, as one of so many classes: a row has one label.
#[must_use]
pub fn one_a_row(file: &File, name: &str) -> Option<Proposal> {
    let owner = file.items.iter().find_map(|item| match item {
        Item::Owner(d) if d.name.name == name => Some(d),
        _ => None,
    })?;
    let [rows, classes] = owner.ty.dims.as_slice() else { return None };
    let secret = secrets(file).find(|d| d.value.as_ref().is_some_and(|value| is_of(value, name)))?;
    let labels = Labels { owner, secret, value: secret.value.as_ref()?, rows: expression(rows) };
    let Proposal { words, edits } = labels.proposal(labels.one_hot(&expression(classes)), None);
    Some(Proposal { words: format!("a row has one label, of one of the classes: {words}"), edits })
}

/// The owner's values that the labels of the training are made of.
#[must_use]
pub fn trained(file: &File) -> Option<&str> {
    let mut labels = None;
    for value in training(file).iter().flat_map(|train| statements(&train.body)).flat_map(values) {
        expressions(value, &mut |expr| {
            if let ExprKind::Call { function, args } = &expr.kind
                && function.name == "grad"
                && let Some(ExprKind::Name(name)) = args.get(1).map(|arg| &arg.value.kind)
            {
                labels = labels.or(Some(name.as_str()));
            }
            labels.is_none()
        });
    }
    let value = encrypted(file, labels?)?.value.as_ref()?;
    file.items.iter().find_map(|item| match item {
        Item::Owner(d) if is_of(value, &d.name.name) => Some(d.name.name.as_str()),
        _ => None,
    })
}

/// Whether a value is the owner's labels as they are, or their one-hot rows.
#[must_use]
pub fn is_of(value: &Expr, name: &str) -> bool {
    match &value.kind {
        ExprKind::Name(known) => known == name,
        ExprKind::Call { function, args } if function.name == "one_hot" => {
            matches!(args.as_slice(), [only] if is_of(&only.value, name))
        }
        _ => false,
    }
}

/// Labels that are declared as the numbers they are.
#[must_use]
pub fn as_numbers(secret: &Declaration) -> Option<Proposal> {
    let value = expression(secret.value.as_ref()?);
    let dims: Vec<String> = secret.ty.dims.iter().map(expression).collect();
    let ty = format!("real[{}]", dims.join(", "));
    let words = format!("declare `secret {} : {ty} = {value}`", secret.name.name);
    Some(Proposal { words, edits: vec![Edit::Replace(secret.ty.span, ty)] })
}

/// Labels of two classes that are encrypted as something computed of them, such as -1 and 1, as they are read.
#[must_use]
pub fn as_read(file: &File, secret: &Declaration) -> Option<Proposal> {
    let value = secret.value.as_ref()?;
    let mut names = Vec::new();
    expressions(value, &mut |expr| {
        if let ExprKind::Name(name) = &expr.kind {
            names.push(name.as_str());
        }
        true
    });
    let is_two = |d: &Declaration| {
        d.ty.kind.name == "class"
            && d.ty.dims.get(1).is_some_and(|count| {
                let text = expression(count);
                text == "2" || size(file, &text) == Some(2)
            })
    };
    let owner = file.items.iter().find_map(|item| match item {
        Item::Owner(d) if names.contains(&d.name.name.as_str()) => Some(d),
        _ => None,
    })?;
    let (name, y) = (&secret.name.name, &owner.name.name);
    let words =
        format!("labels are encrypted as 0 and 1: declare `secret {name} : {} = {y}`", ty(&secret.ty));
    is_two(owner).then(|| Proposal { words, edits: vec![Edit::Replace(value.span, y.clone())] })
}

/// Labels of the owner that are declared as shares between 0 and 1.
#[must_use]
pub fn as_shares(file: &File, secret: &Declaration) -> Option<Proposal> {
    let Labels { owner, .. } = Labels::of(file, secret)?;
    let dims: Vec<String> = owner.ty.dims.iter().map(expression).collect();
    let ty = format!("{}[{}] in 0 .. 1", owner.ty.kind.name, dims.join(", "));
    let words = format!("declare shares, `owner {} : {ty}`", owner.name.name);
    Some(Proposal { words, edits: vec![Edit::Replace(owner.ty.span, ty)] })
}

/// A loss for numbers in place of one for classes.
#[must_use]
pub fn of_numbers(file: &File, loss: &Expr) -> Proposal {
    let is_used = |item: &Item| {
        matches!(item, Item::Use(used) if used.module.name == "losses"
            && used.item.as_ref().is_none_or(|item| item.name == "squared"))
    };
    let mut edits = vec![Edit::Replace(loss.span, "squared".to_owned())];
    let mut words = format!("write `squared` for `{}`, the loss of numbers", expression(loss));
    if !file.items.iter().any(is_used) {
        let end = file.name.span.end;
        edits.push(Edit::Replace(Span::new(end, end), "\nuse losses.squared".to_owned()));
        words = format!("add `use losses.squared` below the first line, and {words}");
    }
    Proposal { words, edits }
}

/// Labels of classes that are declared as numbers to be predicted, with a loss of numbers.
#[must_use]
pub fn to_numbers(file: &File, secret: &Declaration) -> Option<Proposal> {
    let labels = Labels::of(file, secret).filter(|labels| labels.owner.ty.kind.name == "class")?;
    let (rows, y) = (&labels.rows, &labels.owner.name.name);
    let numbers = (format!("real[{rows}]"), format!("real[{rows}] = {y}"));
    let mut losses = Vec::new();
    for value in statements(&training(file)?.body).into_iter().flat_map(values) {
        expressions(value, &mut |expr| {
            if let ExprKind::Call { function, args } = &expr.kind
                && function.name == "grad"
            {
                losses.extend(args.first().filter(|arg| arg.name.is_none()).map(|arg| &arg.value));
            }
            true
        });
    }
    let mut more: Option<Changed> = None;
    for loss in losses {
        let Proposal { words, edits } = of_numbers(file, loss);
        let Some(known) = &mut more else {
            more = Some(Changed { words, edits });
            continue;
        };
        // The line that brings it stands once.
        known.edits.extend(edits.into_iter().take(1));
    }
    let mut proposal = labels.proposal(numbers, None);
    if let Some(Changed { words, edits }) = more {
        proposal.words = format!("{}, and {words}", proposal.words);
        proposal.edits.extend(edits);
    }
    Some(proposal)
}

/// A score for each class, where labels have them and scores do not.
#[must_use]
pub fn score_each(file: &File, classes: &str) -> Option<Proposal> {
    let Changed { words, edits } = scores(file, classes)?;
    Some(Proposal { words: format!("give each class a score: {words}"), edits })
}

/// Changes of the text, and what is written then.
#[derive(Clone)]
struct Changed {
    words: String,
    edits: Vec<Edit>,
}

/// Labels of the owner, and what is encrypted of them.
struct Labels<'f> {
    owner: &'f Declaration,
    secret: &'f Declaration,
    value: &'f Expr,
    rows: String,
}

impl<'f> Labels<'f> {
    fn of(file: &'f File, secret: &'f Declaration) -> Option<Self> {
        let value = secret.value.as_ref()?;
        let named = match &value.kind {
            ExprKind::Name(name) => name,
            ExprKind::Call { function, args } if function.name == "one_hot" => match args.as_slice() {
                [arg] => match &arg.value.kind {
                    ExprKind::Name(name) => name,
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
        let owner = file.items.iter().find_map(|item| match item {
            Item::Owner(d) if d.name.name == *named => Some(d),
            _ => None,
        })?;
        let kind = owner.ty.kind.name.as_str();
        let is_vector = match owner.ty.dims.len() {
            1 => kind != "class",
            2 => kind == "class",
            _ => false,
        };
        let rows = owner.ty.dims.first().map(expression)?;
        is_vector.then_some(Self { owner, secret, value, rows })
    }

    /// The number of classes as it is written, where the owner's labels are class numbers.
    fn written(&self) -> Option<String> {
        let is_class = self.owner.ty.kind.name == "class";
        self.owner.ty.dims.get(1).filter(|_| is_class).map(expression)
    }

    /// Whether there may be no more than two classes.
    fn may_be_two(&self, file: &File, classes: Option<usize>) -> bool {
        let written = self.written();
        let two = |text: &str| text == "2" || size(file, text).is_some_and(|size| size == 2);
        classes.map_or_else(|| written.is_none_or(|text| two(&text)), |classes| classes == 2)
    }

    /// The numbers of classes that a type may have, with the item that says one where none does.
    fn counts(&self, file: &File, classes: Option<usize>) -> Vec<(Option<String>, String)> {
        // The data bring the size of a dimension, and not that of a number.
        let is_known = |text: &String| {
            classes.is_none_or(|count| text.parse::<usize>().ok().is_none_or(|size| size == count))
        };
        let declared = self.secret.ty.dims.get(1).map(expression);
        let text = self.written().or(declared).filter(is_known);
        let is_number = text.as_ref().is_none_or(|text| text.parse::<usize>().is_ok());
        let name = fresh_dimension(file);
        let new = is_number.then(|| (Some(format!("dim {name} = {}", classes.unwrap_or(CLASSES))), name));
        text.map(|text| (None, text)).into_iter().chain(new).collect()
    }

    fn bits(&self) -> (String, String) {
        let (rows, y) = (&self.rows, &self.owner.name.name);
        (format!("class[{rows}, 2]"), format!("bit[{rows}] = {y}"))
    }

    fn one_hot(&self, count: &str) -> (String, String) {
        let (rows, y) = (&self.rows, &self.owner.name.name);
        (format!("class[{rows}, {count}]"), format!("onehot[{rows}, {count}] = one_hot({y})"))
    }

    /// Both declarations as they are to be, and what else is changed.
    fn proposal(&self, (owner, secret): (String, String), more: Option<Changed>) -> Proposal {
        let whole = self.secret.ty.span.start;
        let mut edits = vec![Edit::Replace(Span::new(whole, self.value.span.end), secret.clone())];
        let mut lines = vec![format!("`secret {} : {secret}`", self.secret.name.name)];
        if self.written().is_none_or(|count| owner != format!("class[{}, {count}]", self.rows)) {
            edits.push(Edit::Replace(self.owner.ty.span, owner.clone()));
            lines.insert(0, format!("`owner {} : {owner}`", self.owner.name.name));
        }
        let mut words = format!("declare {}", lines.join(" and "));
        if let Some(more) = more {
            words = format!("{words}, with a score for each class: {}", more.words);
            edits.extend(more.edits);
        }
        Proposal { words, edits }
    }
}

/// The size of a dimension that is a number.
fn size(file: &File, text: &str) -> Option<usize> {
    let value = file.items.iter().find_map(|item| match item {
        Item::Dim(binding) if binding.name.name == text => Some(&binding.value),
        _ => None,
    });
    match &value?.kind {
        ExprKind::Number { text, .. } => text.parse().ok(),
        _ => None,
    }
}

fn fresh_dimension(file: &File) -> String {
    // What `fresh` shortens is taken where it ends in a digit.
    fresh(file, "c0")
}

/// Scores of every class in place of one for all: the variables get a row for each, and the score is a product with all of them.
fn scores(file: &File, classes: &str) -> Option<Changed> {
    let (function, left, factor) = file.items.iter().find_map(|item| match item {
        Item::Function(function) => one_product(function),
        _ => None,
    })?;
    let body = &training(file)?.body;
    let first = statements(body).into_iter().find_map(|statement| match statement {
        Statement::Var(d) if d.ty.dims.len() == 1 => d.ty.dims.first(),
        _ => None,
    })?;
    let (first, mut edits, mut lines) = (expression(first), Vec::new(), Vec::new());
    for statement in statements(body) {
        let Statement::Var(d) = statement else { continue };
        let [dim] = d.ty.dims.as_slice() else { continue };
        if expression(dim) == first {
            edits.push(Edit::Replace(Span::new(dim.span.start, dim.span.start), format!("{classes}, ")));
            let value = d.value.as_ref().map_or(String::new(), |value| format!(" = {}", expression(value)));
            lines.push(format!("`var {} : {}[{classes}, {first}]{value}`", d.name.name, d.ty.kind.name));
        }
    }
    let (name, param) = (&function.name.name, expression(factor));
    edits.push(Edit::Replace(factor.span, format!("{param}.T")));
    lines.push(format!("`let {name}({param}) = {} @ {param}.T`", expression(left)));
    Some(Changed { words: lines.join(" and "), edits })
}

/// A function that is a product with its only argument, and both factors.
fn one_product(function: &Function) -> Option<(&Function, &Expr, &Expr)> {
    let ([param], [result]) = (function.params.as_slice(), function.results.as_slice()) else { return None };
    let ExprKind::Binary { op: BinaryOp::MatMul, left, right } = &result.kind else { return None };
    let is_param = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if *name == param.name.name);
    let mut elsewhere = false;
    expressions(left, &mut |expr| {
        elsewhere |= is_param(expr);
        true
    });
    (is_param(right) && !elsewhere).then_some((function, &**left, &**right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_tensor::source::SourceFile;

    fn words(owner: &str, secret: &str, classes: Option<usize>) -> Vec<String> {
        let text = format!(
            "program p dim n = 8 dim d = 2 dim k = 2 owner X0 : real[n, d] owner y : {owner} secret Y : {secret}\n\
             let score(w) = X0 @ w train {{ var w : real[d] = 0 }}"
        );
        let file = crate::syntax::parse(&SourceFile::new("p.hep", text)).expect("a program");
        let labels = encrypted(&file, "Y").expect("labels");
        of_classes(&file, labels, classes).into_iter().map(|proposal| proposal.words).collect()
    }

    #[test]
    fn labels_are_bits_or_one_hot_rows() {
        let bits = "declare `secret Y : bit[n] = y`";
        assert_eq!(words("class[n, 2]", "real[n] = y", None)[0], bits);
        assert_eq!(
            words("class[n, k]", "real[n] = y", None)[0],
            "declare `owner y : class[n, 2]` and `secret Y : bit[n] = y`"
        );
        let rows = words("class[n, 5]", "real[n, d] = y", None);
        let first = "declare `secret Y : onehot[n, 5] = one_hot(y)`";
        let each = "with a score for each class: `var w : real[5, d] = 0` and `let score(w) = X0 @ w.T`";
        assert_eq!(rows[..2], [first.to_owned(), format!("{first}, {each}")]);
        // A number may be another one on the data.
        assert!(
            rows[2].starts_with("add `dim c = 3`, where 3 stands for the number of classes of your labels, and declare `owner y"),
            "{rows:?}"
        );
    }

    #[test]
    fn numbers_become_classes() {
        let both = words("real[n] in 0 .. 1", "bit[n] = y", None);
        assert_eq!(both[0], "declare `owner y : class[n, 2]` and `secret Y : bit[n] = y`");
        assert!(
            both[1].starts_with(
                "add `dim c = 3`, where 3 stands for the number of classes of your labels, and declare `owner y : class[n, c]`"
            )
        );
        let four = words("real[n]", "real[n] = y", Some(4));
        assert!(four[0].starts_with("add `dim c = 4` and declare") && four.len() == 2, "{four:?}");
    }

    #[test]
    fn what_is_computed_of_labels_is_left() {
        assert!(words("class[n, 2]", "real[n] = 2 * y - 1", None).is_empty());
        assert!(words("class[n, 2]", "real[n] = X0", None).is_empty());
    }
}
