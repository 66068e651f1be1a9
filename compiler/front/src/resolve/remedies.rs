//! Helps that are made of the rest of the program.

use super::eval::formula;
use super::names::{form, mentions};
use super::{Locals, Resolver};
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::ast::{BinaryOp, Declaration, Expr, ExprKind, File, Item, Statement};
use crate::syntax::foreign;
use crate::syntax::print::{expression, ty};
use crate::syntax::walk::{expressions, statements, training, values};
use hep_tensor::source::Span;

impl<'a> Resolver<'a> {
    /// What is said of a penalty on variables of the loop, which a loss does not see, and the program with it at the gradient;
    /// nothing where an expression mentions none.
    pub(super) fn penalty(&self, part: &Expr) -> Option<(String, Option<Proposal>)> {
        let train = training(self.file)?;
        let variables = train.body.iter().filter_map(|statement| match statement {
            Statement::Var(d) => Some(d.name.name.as_str()),
            _ => None,
        });
        let variable = variables.into_iter().find(|name| mentions(part, name))?;
        let said = format!(
            "a penalty on `{variable}` is added to the gradient and left out of the loss: `optimizers.decayed` adds one"
        );
        Some((said, self.decayed(variable, part, gradient_in(&train.body))))
    }

    fn decayed(&self, variable: &str, part: &Expr, gradient: Option<&Expr>) -> Option<Proposal> {
        let losses = self.file.items.iter().filter_map(|item| match item {
            Item::Loss(loss) => loss.results.first(),
            _ => None,
        });
        let removed = losses.into_iter().find_map(|body| summand(body, part.span))?;
        let call = expression(gradient?);
        let written = format!("decayed({call}, {variable}, 0.01)");
        let end = self.file.name.span.end;
        let words = format!(
            "a penalty on `{variable}` is added to the gradient: leave it out of the loss, add `use optimizers.decayed` \
             below the first line, and write `{written}` in place of `{call}`, where 0.01 stands for a penalty of 0.01 / 2 times \
             the sum of squares"
        );
        let used = Edit::Replace(Span::new(end, end), "\nuse optimizers.decayed".to_owned());
        let edits = vec![used, Edit::Replace(removed, String::new()), Edit::Replace(gradient?.span, written)];
        Some(Proposal { words, edits })
    }

    /// What stands for the tensor of the owner at the server: the first secret that is made of it.
    pub(super) fn encrypted(&self, name: &str) -> Option<&'a str> {
        self.file.items.iter().find_map(|item| match item {
            Item::Secret(d) => {
                d.value.as_ref().filter(|value| mentions(value, name)).map(|_| d.name.name.as_str())
            }
            _ => None,
        })
    }

    /// The name of the dimension with a number, `axis = 0` elsewhere.
    pub(super) fn dimension(&mut self, of: &Expr, axis: &Expr, locals: &Locals) -> Option<String> {
        let number = match &axis.kind {
            ExprKind::Number { value, .. } => *value,
            ExprKind::Neg(inner) => match inner.kind {
                ExprKind::Number { value, .. } => -value,
                _ => return None,
            },
            ExprKind::Name(name) => return self.dims.get(name).map(|dim| dim.name.clone()),
            _ => return None,
        };
        let Ok(node) = self.eval(of, locals) else {
            // What is wrong in the value has been said; its dimensions may be known all the same.
            return foreign::dimension(&definitions(self.file), &formula(of), &format!("axis = {number}"));
        };
        let dims = self.b.dims(node);
        let position = if number < 0.0 { number + dims.len() as f64 } else { number };
        let found = dims.iter().enumerate().find(|(at, _)| *at as f64 == position);
        found.map(|(_, dim)| dim.name.clone())
    }
}

/// Declarations and definitions as they are written.
fn definitions(file: &File) -> String {
    let mut text = String::new();
    let mut declared = |d: &Declaration| text += &format!("{} : {}\n", d.name.name, ty(&d.ty));
    let body = training(file).map_or(&[][..], |train| &train.body);
    file.items.iter().for_each(|item| match item {
        Item::Secret(d) | Item::Public(d) | Item::Owner(d) => declared(d),
        _ => {}
    });
    for statement in statements(body) {
        if let Statement::Var(d) = statement {
            declared(d);
        }
    }
    let lets = file.items.iter().filter_map(|item| match item {
        Item::Let(l) => Some(l),
        _ => None,
    });
    let inner = statements(body).into_iter().filter_map(|statement| match statement {
        Statement::Let(l) => Some(l),
        _ => None,
    });
    for l in lets.chain(inner) {
        if let ([name], [value]) = (l.names.as_slice(), l.values.as_slice()) {
            text += &format!("let {} = {}\n", name.name, formula(value));
        }
    }
    for item in &file.items {
        if let Item::Function(f) = item
            && let [value] = f.results.as_slice()
        {
            text += &format!("let {} = {}\n", form(f), formula(value));
        }
    }
    text
}

/// The text of the summand of an expression that a place is in, behind others, with its sign.
fn summand(sum: &Expr, place: Span) -> Option<Span> {
    let ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, left, right } = &sum.kind else { return None };
    if right.span.contains(place) {
        return Some(Span::new(left.span.end, right.span.end));
    }
    summand(left, place)
}

/// The first gradient of a block.
fn gradient_in(body: &[Statement]) -> Option<&Expr> {
    let mut first = None;
    for value in statements(body).into_iter().flat_map(values) {
        expressions(value, &mut |expr| {
            let found = matches!(&expr.kind, ExprKind::Call { function, .. } if function.name == "grad");
            first = first.or(found.then_some(expr));
            first.is_none()
        });
    }
    first
}
