//! Which parameters of functions are records, and which of their fields are read.

use super::Fields;
use crate::syntax::ast::{Expr, ExprKind, File, Function, Item};
use std::collections::{BTreeMap, BTreeSet};

/// A function and the position of a parameter.
type Parameter = (String, usize);

/// The record parameters of all functions.
pub(super) struct Functions {
    read: BTreeMap<Parameter, BTreeSet<String>>,
}

impl Functions {
    /// Reads the fields off the bodies: those that are named, and those that functions read to which a parameter is handed
    /// on, until nothing changes.
    pub fn of(file: &File) -> Self {
        let functions: Vec<&Function> = file.items.iter().filter_map(function).collect();
        let mut this = Self { read: BTreeMap::new() };
        loop {
            let mut found = this.read.clone();
            for f in &functions {
                for (position, param) in f.params.iter().enumerate() {
                    let mut fields = BTreeSet::new();
                    f.results.iter().for_each(|result| this.fields(result, &param.name.name, &mut fields));
                    if !fields.is_empty() {
                        found.insert((f.name.name.clone(), position), fields);
                    }
                }
            }
            if found == this.read {
                return this;
            }
            this.read = found;
        }
    }

    /// Fields that a function reads of its parameter at a position; `None` when that is a tensor.
    pub fn record(&self, function: &str, position: usize) -> Option<Fields> {
        let fields = self.read.get(&(function.to_owned(), position))?;
        Some(fields.iter().cloned().collect())
    }

    fn fields(&self, expr: &Expr, param: &str, found: &mut BTreeSet<String>) {
        let is_param = |e: &Expr| matches!(&e.kind, ExprKind::Name(name) if name == param);
        match &expr.kind {
            ExprKind::Number { .. } | ExprKind::Name(_) => {}
            ExprKind::Member { base, field } if is_param(base) => {
                if field.name != "T" {
                    found.insert(field.name.clone());
                }
            }
            ExprKind::Neg(inner) | ExprKind::Member { base: inner, .. } => self.fields(inner, param, found),
            ExprKind::Binary { left, right, .. } => {
                self.fields(left, param, found);
                self.fields(right, param, found);
            }
            ExprKind::Call { function, args } => {
                for (position, arg) in args.iter().enumerate() {
                    match self.read.get(&(function.name.clone(), position)) {
                        Some(read) if is_param(&arg.value) => found.extend(read.iter().cloned()),
                        _ => self.fields(&arg.value, param, found),
                    }
                }
            }
            ExprKind::Index { base, indices } => {
                self.fields(base, param, found);
                indices.iter().for_each(|index| self.fields(index, param, found));
            }
        }
    }
}

fn function(item: &Item) -> Option<&Function> {
    match item {
        Item::Function(f) => Some(f),
        _ => None,
    }
}
