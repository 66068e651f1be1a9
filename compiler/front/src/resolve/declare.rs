//! Items in order: inputs, values, encryption.

use super::eval::place_name;
use super::types::Declared;
use super::{Eval, Locals, Reported, Resolver};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Declaration, Expr, ExprKind, Ident, Item, Let};
use crate::syntax::print::expression;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Place, Type};
use hep_tensor::source::Span;

impl<'a> Resolver<'a> {
    /// Goes through all items.
    pub(super) fn declare_items(&mut self) {
        let file = self.file;
        for item in &file.items {
            match item {
                Item::Owner(d) => {
                    let value = self.owner(d);
                    self.define(&d.name.name, value);
                }
                Item::Public(d) => {
                    let value = self.public(d);
                    self.define(&d.name.name, value);
                }
                Item::Secret(d) => {
                    let value = self.secret(d);
                    self.define(&d.name.name, value);
                }
                Item::Let(definition) => self.let_values(definition),
                Item::Train(train) => self.train_block(train),
                Item::Reveal(names) => self.reveals.extend(names),
                Item::Predict(expr) => self.predict_item(expr),
                Item::Dim(_)
                | Item::Function(_)
                | Item::Loss(_)
                | Item::Approx(_)
                | Item::Use(_)
                | Item::Params(_)
                | Item::Pack(_) => {}
            }
        }
    }

    /// Defines the names of a `let`.
    pub(super) fn let_values(&mut self, definition: &Let) {
        // What `names` has said to be a variable has no value of its own.
        let is_variable = |name: &Ident| {
            let is_said =
                |known: &Diagnostic| known.code == codes::BAD_ASSIGNMENT && known.span() == Some(name.span);
            self.messages.iter().any(is_said)
        };
        if definition.names.iter().any(is_variable) {
            return definition.names.iter().for_each(|name| self.define(&name.name, Err(Reported)));
        }
        let values = self.values_for(definition.names.len(), &definition.values, definition.span);
        for (name, value) in definition.names.iter().zip(values) {
            if let Ok(node) = value {
                self.name(node, &name.name);
            }
            self.define(&name.name, value);
        }
    }

    /// The first definition of a name counts; a second one has been reported.
    pub(super) fn define(&mut self, name: &str, value: Eval<NodeId>) {
        self.values.entry(name.to_owned()).or_insert(value);
    }

    fn owner(&mut self, d: &Declaration) -> Eval<NodeId> {
        if let Some(rows) = self.column(d) {
            let words =
                format!("a column of labels has one dimension: declare it `{}[{rows}]`", d.ty.kind.name);
            let edits =
                d.ty.dims.first().zip(d.ty.dims.last()).map(|(first, last)| {
                    vec![Edit::Replace(Span::new(first.span.start, last.span.end), rows)]
                });
            let error = Diagnostic::error(codes::DATA_INPUTS, "several matrices of features")
                .at(d.span, "one column")
                .help("a data file has one column of labels, and all others are the features: labels are `real[n]`")
                .proposing(self.columns())
                .proposing(edits.map(|edits| Proposal { words, edits }));
            return Err(self.report(error));
        }
        let declared = self.declared(&d.ty)?;
        let Declared { dims, values, range, classes, .. } = declared;
        let ty = Type { dims, place: Place::Owner, values, range };
        let node = self.b.input(&d.name.name, ty, d.name.span);
        self.inputs.push((node, d.span));
        if let Some(classes) = classes {
            self.classes.insert(node, classes);
        }
        Ok(node)
    }

    /// The rows of a matrix of one column beside another matrix: labels as other languages shape them.
    fn column(&self, d: &Declaration) -> Option<String> {
        let [rows, one] = d.ty.dims.as_slice() else { return None };
        let is_one = matches!(one.kind, ExprKind::Number { value, .. } if value == 1.0);
        let is_other = |item: &Item| matches!(item, Item::Owner(o) if o.span != d.span && o.ty.dims.len() == 2 && o.ty.kind.name == "real");
        (is_one && d.ty.kind.name == "real" && self.file.items.iter().any(is_other)).then(|| expression(rows))
    }

    fn public(&mut self, d: &Declaration) -> Eval<NodeId> {
        let (declared, value) = self.typed_value(d)?;
        let node = value.0;
        let place = self.b.ty(node).place;
        if place != Place::Public {
            let error =
                Diagnostic::error(codes::NOT_PUBLIC, format!("the value of `{}` is not public", d.name.name))
                    .at(value.1.span, format!("this is {}", place_name(place)))
                    .and(d.name.span, "declared public")
                    .note("a public value is known when compiling, before there is any data")
                    .help(format!("write `let {} = ...`: it lives where its operands live", d.name.name));
            return Err(self.report(error));
        }
        let node = self.conform(node, &declared, value.1)?;
        self.name(node, &d.name.name);
        Ok(node)
    }

    fn secret(&mut self, d: &Declaration) -> Eval<NodeId> {
        let (declared, (node, value)) = self.typed_value(d)?;
        if self.b.ty(node).place == Place::Secret {
            let result = self.b.encrypt(&d.name.name, node, d.span);
            return self.built(result, value, &[(node, value)]);
        }
        let node = self.conform(node, &declared, value)?;
        self.warn_lost_bias(value, node);
        let result = self.b.encrypt(&d.name.name, node, d.name.span);
        let encrypted = self.built(result, value, &[(node, value)])?;
        // What is declared is at least as precise as what is known of the value.
        let ty = &mut self.b.graph.node_mut(encrypted).ty;
        ty.values = declared.values;
        ty.range = declared.range.or(ty.range);
        Ok(encrypted)
    }

    fn typed_value<'d>(&mut self, d: &'d Declaration) -> Eval<(Declared, (NodeId, &'d Expr))> {
        let declared = self.declared(&d.ty);
        let Some(value) = &d.value else { return Err(Reported) };
        let node = self.first_value(value, &declared);
        Ok((declared?, (node?, value)))
    }

    /// The value of a declaration, whose dimensions are known to what it calls.
    pub(super) fn first_value(&mut self, value: &Expr, declared: &Eval<Declared>) -> Eval<NodeId> {
        self.expected = declared.as_ref().ok().map(|declared| declared.dims.clone());
        let node = self.eval(value, &Locals::new());
        self.expected = None;
        node
    }

    fn predict_item(&mut self, expr: &Expr) {
        if let Some((_, first)) = self.predict {
            let error = Diagnostic::error(codes::STRUCTURE, "several `predict` items");
            self.report(error.at(expr.span, "second").and(first, "first").help("remove one of them"));
            return;
        }
        if let Ok(node) = self.eval(expr, &Locals::new()) {
            let place = self.b.ty(node).place;
            if place == Place::Owner {
                let error =
                    Diagnostic::error(codes::STRUCTURE, "`predict` does not use the trained variables")
                        .at(expr.span, "computed by the owner alone")
                        .help("write `predict f(W)` with a `var` of the `train` block");
                self.report(error);
            }
            self.predict = Some((node, expr.span));
        }
    }
}
