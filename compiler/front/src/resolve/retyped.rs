//! Declarations of other types: columns as vectors, and variables with any of the types that they may have. Each is tried before
//! somebody is told of it.

use super::Resolver;
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::ast::{Declaration, ExprKind, Item, Statement};
use crate::syntax::print::{expression, plain};
use crate::syntax::typed;
use crate::syntax::walk::{statements, training};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::Op;
use hep_tensor::source::Span;

impl<'a> Resolver<'a> {
    /// Every matrix of one column as a vector: other languages need the second dimension for their products. Class numbers have the
    /// number of their classes there.
    pub(super) fn columns(&self) -> Option<Proposal> {
        let (mut said, mut edits) = (Vec::new(), Vec::new());
        for (keyword, d) in self.declarations() {
            let [first, .., last] = d.ty.dims.as_slice() else { continue };
            if !matches!(last.kind, ExprKind::Number { value, .. } if value == 1.0) {
                continue;
            }
            let kept = &d.ty.dims[..d.ty.dims.len() - 1];
            let mut dims: Vec<String> = kept.iter().map(expression).collect();
            if d.ty.kind.name == "class" {
                dims.push("2".to_owned());
            }
            let (kind, dims) = (&d.ty.kind.name, dims.join(", "));
            let range = d.ty.range.as_ref().map_or_else(String::new, |range| {
                format!(" in {} .. {}", plain(&range.low), plain(&range.high))
            });
            let value = d.value.as_ref().map_or_else(String::new, |value| format!(" = {}", plain(value)));
            said.push(format!("`{keyword} {} : {kind}[{dims}]{range}{value}`", d.name.name));
            edits.push(Edit::Replace(Span::new(first.span.start, last.span.end), dims));
        }
        let last = said.pop()?;
        let list = if said.is_empty() { last } else { format!("{} and {last}", said.join(", ")) };
        Some(Proposal { words: format!("a column has one dimension: declare {list}"), edits })
    }

    /// The variable of the loop that a value is, with other types.
    pub(super) fn retyped(&self, value: NodeId) -> Vec<Proposal> {
        let Some(d) = self.variable_behind(value) else { return vec![] };
        let mut others: Vec<&str> = self.dims.list.iter().rev().map(|dim| dim.name.as_str()).collect();
        let rows = self.declarations().into_iter().find_map(|(keyword, d)| {
            (keyword == "owner").then(|| d.ty.dims.first().map(expression)).flatten()
        });
        let is_of_data = |dim: &&str| {
            self.declarations().iter().any(|(_, d)| d.ty.dims.iter().any(|known| expression(known) == **dim))
        };
        others.retain(|dim| rows.as_deref() != Some(dim) && is_of_data(dim));
        let types = typed::of_variables(others).into_iter();
        let with = |ty: String| {
            let words = format!("declare it `{} : {ty}`", d.name.name);
            Proposal { words, edits: vec![Edit::Replace(d.ty.span, ty)] }
        };
        types.map(with).collect()
    }

    /// The declaration of the variable that a value is, as it is or transposed.
    pub(super) fn variable_behind(&self, value: NodeId) -> Option<&'a Declaration> {
        let graph = &self.b.graph;
        let mut node = value;
        while let ([only], false) = (graph.operands(node), matches!(graph.node(node).op, Op::Carried(_))) {
            node = *only;
        }
        let name =
            matches!(graph.node(node).op, Op::Carried(_)).then(|| graph.node(node).name.as_deref())??;
        self.declarations()
            .into_iter()
            .find_map(|(keyword, d)| (keyword == "var" && d.name.name == name).then_some(d))
    }

    /// Declarations with their keywords.
    fn declarations(&self) -> Vec<(&'static str, &'a Declaration)> {
        let items = self.file.items.iter().filter_map(|item| match item {
            Item::Owner(d) => Some(("owner", d)),
            Item::Public(d) => Some(("public", d)),
            Item::Secret(d) => Some(("secret", d)),
            _ => None,
        });
        let body = training(self.file).map_or(&[][..], |train| &train.body);
        let variables = statements(body).into_iter().filter_map(|statement| match statement {
            Statement::Var(d) => Some(("var", d)),
            _ => None,
        });
        items.chain(variables).collect()
    }
}
