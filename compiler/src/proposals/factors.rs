//! Matrices that have no place in the slots, `A.T @ A` of the owner: their factors meet a vector one after the other.

use super::Trials;
use super::edits::edited;
use crate::analyze;
use hep_front::diagnostics::{Edit, Proposal};
use hep_front::syntax::ast::{BinaryOp, Declaration, Expr, ExprKind, File, Item};
use hep_front::syntax::fresh::fresh;
use hep_front::syntax::print::expression;
use hep_front::syntax::secrets::secret_of;
use hep_front::syntax::walk::{expressions, statements, training, values};
use hep_tensor::source::SourceFile;

impl Trials<'_, '_, '_> {
    /// The factors of the first secret that is a product of the owner's tensors, where it meets vectors.
    pub(super) fn factors(&mut self) {
        let Ok(analysis) = analyze(self.source, self.options) else { return };
        let Some(proposal) = analysis.ast.items.iter().find_map(|item| match item {
            Item::Secret(product) if twice(product) => factored(self.source, &analysis.ast, product),
            _ => None,
        }) else {
            return;
        };
        let Some(changed) = edited(self.source, &proposal) else { return };
        let found = self.proves(&changed, self.options, proposal.words);
        self.note(found, "its factors one after the other");
    }
}

/// Whether a declaration has one dimension twice.
fn twice(declaration: &Declaration) -> bool {
    let dims: Vec<String> = declaration.ty.dims.iter().map(expression).collect();
    matches!(&dims[..], [a, b] if a == b)
}

/// A product with what stands behind it: `/ n`.
struct Product<'e> {
    left: &'e Expr,
    right: &'e Expr,
    behind: String,
}

fn product(value: &Expr) -> Option<Product<'_>> {
    match &value.kind {
        ExprKind::Binary { op: BinaryOp::MatMul, left, right } => {
            Some(Product { left, right, behind: String::new() })
        }
        ExprKind::Binary { op: op @ (BinaryOp::Div | BinaryOp::Mul), left, right } => {
            let Product { left, right: inner, behind } = product(left)?;
            let behind = format!("{behind} {} {}", op.symbol(), expression(right));
            Some(Product { left, right: inner, behind })
        }
        _ => None,
    }
}

/// The program with the factors of a secret wherever it meets something.
fn factored(source: &SourceFile, file: &File, secret: &Declaration) -> Option<Proposal> {
    let Product { left, right, behind } = product(secret.value.as_ref()?)?;
    let mut items: Vec<String> = Vec::new();
    let (left, right) = (encrypted(file, left, &mut items)?, encrypted(file, right, &mut items)?);
    let mut met = Vec::new();
    let body = training(file).map_or(&[][..], |train| &train.body);
    for value in statements(body).into_iter().flat_map(values) {
        products(value, &secret.name.name, &mut met);
    }
    let mut edits = vec![Edit::Replace(secret.span, items.join("\n"))];
    let mut words = vec![match items.as_slice() {
        [] => format!("leave `{}` out", source.slice(secret.span).trim()),
        items => format!("write `{}` in place of `{}`", items.join("  "), source.slice(secret.span).trim()),
    }];
    for (whole, with) in met {
        let text = format!("{left} @ ({right} @ {}){behind}", source.slice(with.span));
        let old = source.slice(whole.span);
        let said = format!("`{text}` in place of `{old}`");
        if !words.contains(&said) {
            words.push(said);
        }
        edits.push(Edit::Replace(whole.span, text));
    }
    let words = format!("multiply by the factors one after the other: {}", words.join(", and "));
    (edits.len() > 1).then_some(Proposal { words, edits })
}

/// A factor of the owner as the server has it: the secret that is made of it, or a new one.
fn encrypted(file: &File, factor: &Expr, items: &mut Vec<String>) -> Option<String> {
    let (ExprKind::Name(_), of, behind) = (match &factor.kind {
        ExprKind::Member { base, field } if field.name == "T" => (&base.kind, base.as_ref(), ".T"),
        kind => (kind, factor, ""),
    }) else {
        return None;
    };
    let owner = expression(of);
    if let Some(name) = secret_of(file, of) {
        return Some(format!("{name}{behind}"));
    }
    let declared = file.items.iter().find_map(|item| match item {
        Item::Owner(d) if d.name.name == owner => Some(d),
        _ => None,
    })?;
    let dims: Vec<String> = declared.ty.dims.iter().map(expression).collect();
    let name = fresh(file, &owner);
    let item = format!("secret {name} : real[{}] = {owner}", dims.join(", "));
    if !items.contains(&item) {
        items.push(item);
    }
    Some(format!("{name}{behind}"))
}

/// Products of a name with something, and what it is.
fn products<'e>(expr: &'e Expr, name: &str, met: &mut Vec<(&'e Expr, &'e Expr)>) {
    expressions(expr, &mut |expr| match &expr.kind {
        ExprKind::Binary { op: BinaryOp::MatMul, left, right } if matches!(&left.kind, ExprKind::Name(found) if found == name) =>
        {
            met.push((expr, right));
            false
        }
        _ => true,
    });
}
