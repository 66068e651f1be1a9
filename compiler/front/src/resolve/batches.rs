//! `for batch in rows(X, Y, size = 64)`: a loop over mini-batches.
//!
//! In its body the tensors that are named stand for the rows of one batch, also where functions mention them; their first
//! dimension is called like the index of the loop. All iterations of all epochs are one loop of the graph: its number
//! says which rows ([`Op::Rows`](hep_tensor::graph::Op::Rows)) and which epoch.

use super::eval::{formula, place_name};
use super::types::show;
use super::{Eval, Reported, Resolver};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, For, Ident, Over};
use hep_plan::tensor::Tensor;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Op, Place, Values};
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// Most sizes that a message proposes.
const MAX_PROPOSED: usize = 4;

/// The batches of a loop.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    /// The rows of one batch.
    dim: Dim,
    /// All rows.
    samples: Dim,
    /// The tensors by name.
    whole: Vec<(String, NodeId)>,
    /// `rows(...)`
    span: Span,
    /// Names of values with all rows that were used, and refused.
    refused: Vec<String>,
}

impl Batches {
    /// Number of batches.
    pub fn count(&self) -> usize {
        self.samples.size / self.dim.size.max(1)
    }
}

/// The arguments of a loop over mini-batches.
pub(super) fn rows_of(f: &For) -> Option<&[Arg]> {
    match &f.over {
        Over::Expr(Expr { kind: ExprKind::Call { function, args }, .. }) if function.name == "rows" => {
            Some(args)
        }
        _ => None,
    }
}

/// Whether an argument is one of other languages that is on or off.
pub(super) fn is_switch(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Name(name) if matches!(name.as_str(), "true" | "false" | "True" | "False"))
}

fn has_size(arg: &Arg) -> bool {
    arg.name.as_ref().is_some_and(|name| name.name == "size")
}

/// An argument that `rows` does not have, or has already.
fn further(args: &[Arg], arg: &Arg, name: &Ident) -> Diagnostic {
    let text = format!("{} = {}", name.name, formula(&arg.value));
    let words = format!(
        "leave `{text}` out: every epoch goes through the rows in their order, `size` of them at a time"
    );
    let title = format!("`{}` is not an argument of `rows`", name.name);
    let before =
        args.iter().map(|known| known.value.span.end).take_while(|end| *end < arg.value.span.start).last();
    let edits = before.map(|end| Edit::Replace(Span::new(end, arg.value.span.end), String::new()));
    Diagnostic::error(codes::BAD_CALL, title)
        .at(name.span, "`rows` has `size = ...`, once")
        .help(words.clone())
        .proposing(edits.map(|edit| Proposal { words, edits: vec![edit] }))
}

impl Resolver<'_> {
    /// Reads `rows(X, Y, size = s)`.
    pub(super) fn batches(&mut self, f: &For) -> Eval<Batches> {
        let Over::Expr(over) = &f.over else { return Err(Reported) };
        let args = rows_of(f).ok_or(Reported)?;
        let (mut size, mut tensors) = (None, vec![]);
        for arg in args {
            match &arg.name {
                None => tensors.push(&arg.value),
                Some(name) if name.name == "size" && size.is_none() => size = Some(&arg.value),
                Some(name) if is_switch(&arg.value) || args.iter().any(has_size) => {
                    return Err(self.report(further(args, arg, name)));
                }
                Some(name) => {
                    let help = format!("write `size = {}`", formula(&arg.value));
                    let error = Diagnostic::error(
                        codes::BAD_CALL,
                        format!("`{}` is not an argument of `rows`", name.name),
                    );
                    let error = error.at(name.span, "`rows` has `size = ...`, once");
                    return Err(self.report(error.help(help)));
                }
            }
        }
        let (Some(size), false) = (size, tensors.is_empty()) else {
            let error = Diagnostic::error(codes::BATCHES, "`rows` takes tensors and the size of a batch")
                .at(over.span, "no tensors, or no size")
                .help(format!("write `for {} in {}`", f.index.name, self.written(&tensors)));
            return Err(self.report(error));
        };
        let (samples, whole) = self.whole_tensors(&tensors)?;
        let size = self.batch_size(size, &samples)?;
        let dim = Dim { name: f.index.name.clone(), size };
        Ok(Batches { dim, samples, whole, span: over.span, refused: vec![] })
    }

    /// `rows(...)` of what is given; a number among it is the size.
    fn written(&self, given: &[&Expr]) -> String {
        let is_size = |expr: &&&Expr| match &expr.kind {
            ExprKind::Number { .. } => true,
            ExprKind::Name(name) => self.dims.get(name).is_some(),
            _ => false,
        };
        let tensors: Vec<String> =
            given.iter().filter(|expr| !is_size(expr)).map(|expr| formula(expr)).collect();
        let tensors = if tensors.is_empty() { "X, Y".to_owned() } else { tensors.join(", ") };
        let size = given.iter().find(is_size).map_or_else(|| "64".to_owned(), |size| formula(size));
        format!("rows({tensors}, size = {size})")
    }

    /// Dimension of the samples, and the tensors, which all have it first.
    fn whole_tensors(&mut self, tensors: &[&Expr]) -> Eval<(Dim, Vec<(String, NodeId)>)> {
        let mut whole: Vec<(String, NodeId)> = vec![];
        let features = |this: &Self| {
            let matrix = |&&(node, _): &&(NodeId, Span)| this.b.dims(node).len() == 2;
            let (node, _) = this.inputs.iter().find(matrix).or(this.inputs.first())?;
            this.b.dims(*node).first().cloned()
        };
        let samples = features(self).ok_or(Reported)?;
        let mut complete = Ok(());
        for expr in tensors {
            match self.whole_tensor(expr, &samples) {
                Ok((name, _)) if whole.iter().any(|(known, _)| known == name) => {
                    let error = Diagnostic::error(codes::BATCHES, format!("`{name}` is given twice"));
                    complete = Err(self.report(error.at(expr.span, "second").help("remove it")));
                }
                Ok((name, node)) => whole.push((name.to_owned(), node)),
                Err(reported) => complete = Err(reported),
            }
        }
        complete.map(|()| (samples, whole))
    }

    fn whole_tensor<'e>(&mut self, expr: &'e Expr, samples: &Dim) -> Eval<(&'e str, NodeId)> {
        let ExprKind::Name(name) = &expr.kind else {
            let error = Diagnostic::error(codes::BATCHES, "`rows` takes names of tensors");
            let error = error.at(expr.span, "an expression");
            let help = format!("name it before `train`: `let Z = {}`", formula(expr));
            return Err(self.report(error.help(help)));
        };
        let Some(&value) = self.values.get(name) else {
            if self.dims.get(name).is_none() {
                // `names` has said that there is none.
                return Err(Reported);
            }
            let error = Diagnostic::error(codes::BATCHES, format!("`{name}` has no rows"));
            let help = "name tensors with one row per sample";
            return Err(self.report(error.at(expr.span, "a size").help(help)));
        };
        let node = value?;
        self.check_whole(name, (node, expr), samples)?;
        Ok((name, node))
    }

    fn check_whole(&mut self, name: &str, (node, expr): (NodeId, &Expr), samples: &Dim) -> Eval<()> {
        let ty = self.b.ty(node);
        let error = |title: String| Diagnostic::error(codes::BATCHES, title);
        let dims = show(&ty.dims);
        let first = ty.dims.first();
        let wrong = if first != Some(samples) {
            let label = match first {
                Some(dim) => format!("this is {dims}, and has {} rows", dim.size),
                None => format!("this is {dims}"),
            };
            let help = if ty.dims.get(1) == Some(samples) {
                format!("transpose it before `train`: `let {name}_rows = {name}.T`, and use {name}_rows here")
            } else {
                "leave it out: inside the loop it is the same for every batch".to_owned()
            };
            let title = format!("the rows of `{name}` are no samples");
            let note = format!("the samples are `{}`, of size {}", samples.name, samples.size);
            Some(error(title).at(expr.span, label).note(note).help(help))
        } else if ty.place == Place::Owner {
            let kind = match ty.values {
                Values::Class { .. } => "...",
                _ => "real",
            };
            let help = match self.encrypted(name) {
                Some(secret) => format!("name what is encrypted of it: `{secret}`"),
                None => format!("encrypt it: `secret NAME : {kind}{dims} = {name}`, and use NAME here"),
            };
            Some(
                error(format!("`{name}` is the owner's, and the batches are made of what the server has"))
                    .at(expr.span, format!("this is {}", place_name(ty.place)))
                    .help(help),
            )
        } else if matches!(self.b.graph.node(node).op, Op::Carried(_)) {
            Some(
                error(format!("`{name}` is a variable of the loop"))
                    .at(expr.span, "changes from iteration to iteration")
                    .help("batches are made of data: leave it out"),
            )
        } else {
            None
        };
        wrong.map_or(Ok(()), |error| Err(self.report(error)))
    }

    /// A constant that divides the number of samples.
    fn batch_size(&mut self, size: &Expr, samples: &Dim) -> Eval<usize> {
        let found = self.dims.size_among(size, &BTreeMap::new());
        let found = found.map_err(|error| error.map_or(Reported, |error| self.report(error)))?;
        if samples.size.is_multiple_of(found) {
            return Ok(found);
        }
        let proposed: Vec<String> =
            near(samples.size, found).iter().map(|d| format!("`size = {d}`")).collect();
        let title = format!("batches of {found} rows do not divide the {} samples", samples.size);
        let rest = samples.size % found;
        let error = Diagnostic::error(codes::BATCHES, title)
            .at(size.span, format!("leaves {rest} of {} over", samples.size))
            .help(format!("take {}", proposed.join(" or ")));
        Err(self.report(error))
    }

    /// The number of the epoch in every iteration of a loop of `epochs`.
    pub(super) fn epoch(
        &mut self,
        epochs: u32,
        batches: usize,
        iteration: NodeId,
        span: Span,
    ) -> Eval<NodeId> {
        if batches == 1 {
            return Ok(iteration);
        }
        let size = (epochs as usize).saturating_mul(batches);
        self.spend(size, span)?;
        let data = (1..=epochs).flat_map(|t| std::iter::repeat_n(f64::from(t), batches)).collect();
        let dim = Dim { name: "iteration".to_owned(), size };
        let known = self.b.tensor(Tensor { shape: vec![size], data }, vec![dim], span);
        let element = known.and_then(|epochs| self.b.element(epochs, iteration, span));
        element.map_err(|_| Reported)
    }

    /// From here on the tensors are those of a batch.
    pub(super) fn enter(&mut self, batches: Batches) {
        for (name, whole) in &batches.whole {
            let rows = self.b.rows(*whole, batches.dim.clone(), batches.span);
            if let Ok(rows) = rows {
                self.b.set_name(rows, format!("rows({name})"));
                self.values.insert(name.clone(), Ok(rows));
            }
        }
        self.dims.list.push(batches.dim.clone());
        self.shared = super::gradient::Shared::default();
        self.batch = Some(batches);
    }

    /// From here on the tensors have all rows again.
    pub(super) fn leave(&mut self) {
        let Some(batches) = self.batch.take() else { return };
        for (name, whole) in batches.whole {
            self.values.insert(name, Ok(whole));
        }
        self.shared = super::gradient::Shared::default();
    }

    /// A value with one row per sample has no place beside those of a batch.
    pub(super) fn check_rows(&mut self, name: &str, node: NodeId, span: Span) -> Eval<()> {
        let Some(batches) = &mut self.batch else { return Ok(()) };
        let ty = self.b.ty(node);
        if ty.place == Place::Owner || !ty.dims.contains(&batches.samples) {
            return Ok(());
        }
        if batches.refused.iter().any(|known| known == name) {
            return Err(Reported);
        }
        batches.refused.push(name.to_owned());
        let samples = &batches.samples;
        let title = format!("`{name}` has all rows, and the loop goes through batches");
        let error = Diagnostic::error(codes::BATCHES, title)
            .at(span, format!("this is {}", show(&ty.dims)))
            .and(batches.span, format!("{} of {} rows at a time", batches.dim.size, samples.size));
        let data = !matches!(self.b.graph.node(node).op, Op::Carried(_));
        let error = if data && ty.dims.first() == Some(samples) {
            let names: Vec<&str> = batches.whole.iter().map(|(known, _)| known.as_str()).collect();
            error.help(format!("add it: `rows({}, {name}, size = {})`", names.join(", "), batches.dim.size))
        } else {
            error.help(format!("compute it before the loop from a value without `{}`", samples.name))
        };
        Err(self.report(error))
    }
}

/// Divisors of `n` that are near `size`: at most two below it and two above.
fn near(n: usize, size: usize) -> Vec<usize> {
    let mut divisors: Vec<usize> =
        (1..=n.isqrt()).filter(|d| n.is_multiple_of(*d)).flat_map(|d| [d, n / d]).collect();
    divisors.sort_unstable();
    divisors.dedup();
    let above = divisors.partition_point(|d| *d < size);
    let from = above.saturating_sub(MAX_PROPOSED / 2);
    divisors.into_iter().skip(from).take(MAX_PROPOSED).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn proposed_sizes_divide_and_are_near() {
        assert_eq!(super::near(128, 48), [16, 32, 64, 128]);
        assert_eq!(super::near(100, 1000), [50, 100]);
        assert_eq!(super::near(97, 10), [1, 97]);
    }
}
