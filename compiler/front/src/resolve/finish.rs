//! What is revealed, predicted and read from data; the finished program.

use super::{Eval, Reported, Resolver, host_loss};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Ident, Item, Statement};
use crate::syntax::fresh::fresh;
use crate::syntax::walk::training;
use crate::syntax::{constants, labels};
use hep_plan::plan::DataSpec;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Place, Program, Reveal, Values};
use hep_tensor::source::Span;

impl Resolver<'_> {
    /// The program, if all parts of it are there.
    pub(super) fn finish(&mut self) -> Option<Program> {
        let data = self.data();
        let trained = self.file.items.iter().any(|item| matches!(item, Item::Train(_)));
        if !trained {
            let error = Diagnostic::error(codes::STRUCTURE, "the program has no `train` block")
                .at(self.file.name.span, "trains nothing")
                .help("add `train { var W : real[...] = 0  for t in 1 .. T { ... } }`");
            self.report(error);
        }
        let reveals = self.revealed();
        let hints = self.hints();
        let (train, data, reveals) = (self.train.take()?, data.ok()?, reveals.ok()?);
        let loss =
            self.objective.as_ref().map(|o| host_loss::program(&o.loss, o.values != Values::Real, o.rank));
        Some(Program {
            name: self.file.name.name.clone(),
            dims: self.dims.list.clone(),
            graph: std::mem::take(&mut self.b.graph),
            train,
            reveals,
            predict: self.predict.map(|(node, _)| node),
            data,
            loss,
            checks: std::mem::take(&mut self.checks),
            substitutions: std::mem::take(&mut self.substitutions),
            hints,
            exact: self.exact,
        })
    }

    fn revealed(&mut self) -> Eval<Vec<Reveal>> {
        let names: Vec<&Ident> = std::mem::take(&mut self.reveals);
        if names.is_empty() && !self.messages.iter().any(Diagnostic::is_error) {
            let error = Diagnostic::error(codes::STRUCTURE, "the program reveals nothing")
                .at(self.file.name.span, "nothing leaves the server")
                .help("a program reveals variables of its `train` block");
            let variable = training(self.file).and_then(|train| {
                train.body.iter().find_map(|statement| match statement {
                    Statement::Var(d) => d.name.name.split('.').next(),
                    _ => None,
                })
            });
            let proposal = variable.map(|name| {
                let line = format!("reveal {name}");
                Proposal { words: format!("add `{line}`"), edits: vec![Edit::Last(line)] }
            });
            return Err(self.report(error.proposing(proposal)));
        }
        let after = self.b.graph.ids().map(|id| self.finals.contains(&id)).collect::<Vec<bool>>();
        let after = self.depends(after);
        let mut reveals: Vec<Reveal> = vec![];
        let mut complete = Ok(());
        for name in names {
            let Some(&value) = self.values.get(&name.name) else { continue };
            let result = value.and_then(|node| self.revealable(name, node, &after));
            match result {
                Ok(node) if !reveals.iter().any(|r| r.name == name.name) => {
                    reveals.push(Reveal { name: name.name.clone(), node });
                }
                Ok(_) => {}
                Err(reported) => complete = Err(reported),
            }
        }
        complete.map(|()| reveals)
    }

    fn revealable(&mut self, name: &Ident, node: NodeId, after: &[bool]) -> Eval<NodeId> {
        let why = match self.b.ty(node).place {
            Place::Secret if after.get(node.index()) == Some(&true) => return Ok(node),
            Place::Secret => "the owner has encrypted it and knows it",
            Place::Owner => "the owner knows it",
            // Where assignments have errors, nothing is known to be public.
            Place::Public if self.messages.iter().any(Diagnostic::is_error) => return Err(Reported),
            Place::Public => "it is public",
        };
        let error = Diagnostic::error(
            codes::NOT_REVEALABLE,
            format!("there is nothing to reveal of `{}`", name.name),
        )
        .at(name.span, why)
        .help("reveal a `var` of the `train` block that depends on secrets")
        .proposing(constants::kept(self.written, name).filter(|_| self.b.ty(node).place == Place::Public));
        Err(self.report(error))
    }

    /// Adds everything that depends on a marked node.
    fn depends(&self, mut marked: Vec<bool>) -> Vec<bool> {
        for id in self.b.graph.ids() {
            let through = self.b.graph.operands(id).iter().any(|o| marked[o.index()]);
            marked[id.index()] |= through;
        }
        marked
    }

    /// One matrix of features and one vector of labels.
    fn data(&mut self) -> Eval<DataSpec> {
        let mut features: Vec<(NodeId, Span)> = vec![];
        let mut vectors: Vec<(NodeId, Span)> = vec![];
        for &(node, span) in &self.inputs {
            let ty = self.b.ty(node);
            match (ty.dims.len(), ty.values) {
                (2, Values::Real) => features.push((node, span)),
                (1, _) => vectors.push((node, span)),
                _ => {
                    let error = inputs("an input that is neither features nor labels").at(span, "this one");
                    let help = if ty.dims.len() > 2 {
                        "declare rows of numbers, `real[n, f]`: arrays of a data file are flattened to them"
                    } else {
                        "declare features as `real[n, f]`, and one label a row as `class[n, c]` or `real[n]`"
                    };
                    let name = self.b.graph.node(node).name.clone().unwrap_or_default();
                    let error = error.help(help).proposing(self.columns());
                    return Err(self.report(error.proposing(labels::one_a_row(self.written, &name))));
                }
            }
        }
        let (feature, label) = match (features.as_slice(), vectors.as_slice()) {
            ([feature], [label]) => (*feature, *label),
            ([_, second, ..], _) => {
                let error = inputs("several matrices of features").at(second.1, "second");
                return Err(self.report(error.help(
                    "nothing here reads two matrices: a data file has one column of labels, and all others are the features",
                )));
            }
            (_, [first, second, ..]) => {
                // What the training takes for its labels is not one too many.
                let trained = labels::trained(self.written);
                let is_label = trained.is_some() && self.b.graph.node(second.0).name.as_deref() == trained;
                let (other, label) =
                    if is_label { (first, "not the labels of the training") } else { (second, "second") };
                let error = inputs("several vectors of labels").at(other.1, label);
                return Err(self.report(error.help(
                    "nothing here reads two: a data file has one column of labels, and all others are the features",
                )));
            }
            // Inputs with an error of their own are not missing.
            _ if self.messages.iter().any(Diagnostic::is_error) => return Err(Reported),
            ([], _) => {
                return Err(self.report(inputs("no matrix of features").at(self.file.name.span, "missing")));
            }
            (_, []) => {
                let rows = features.first().and_then(|(node, _)| self.b.dims(*node).first().cloned());
                let rows = rows.map_or_else(|| "n".to_owned(), |dim| dim.name);
                let (name, at) = (fresh(self.file, "y0"), self.file.name.span);
                let at = features.first().map_or(at, |(_, span)| *span);
                let line = format!("owner {name} : real[{rows}]");
                let words = format!(
                    "declare `{line}`, which need not be used: one column of a data file is that of labels; where there are \
                     none, add one of zeros and choose it with ⟨label⟩"
                );
                let edits = vec![Edit::Items(at, line)];
                let error = inputs("no vector of labels").at(self.file.name.span, "missing");
                return Err(self.report(error.proposing([Proposal { words, edits }])));
            }
        };
        let (rows, columns) = match self.b.dims(feature.0) {
            [rows, columns] => (rows.clone(), columns.size),
            _ => return Err(Reported),
        };
        if self.b.dims(label.0) != [rows.clone()] {
            let error = inputs("features and labels have different rows")
                .at(label.1, "labels")
                .and(feature.1, "features");
            return Err(self.report(error));
        }
        let label_kind = self.label_kind(label.0)?;
        let name = |node: NodeId| self.b.graph.node(node).name.clone().unwrap_or_default();
        Ok(DataSpec {
            features: name(feature.0),
            labels: name(label.0),
            rows: rows.size,
            columns,
            label_kind,
        })
    }
}

fn inputs(title: &str) -> Diagnostic {
    Diagnostic::error(codes::DATA_INPUTS, title).help(
        "a data file holds one matrix of features and one vector of labels, and a program declares each once",
    )
}
