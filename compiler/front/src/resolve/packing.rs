//! `pack X, W by volley_revolver`: wishes about packing.

use super::Resolver;
use crate::diagnostics::{Diagnostic, codes, suggest};
use crate::syntax::ast::{Ident, Item, Target};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Op, Packing, PackingHint, Place};
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// What can be named in a hint.
#[derive(Clone, Copy)]
struct Known {
    secret: bool,
    /// Whether the owner uploads it.
    sent: bool,
}

impl Resolver<'_> {
    /// The hints of the program, when all its values are known.
    pub(super) fn hints(&mut self) -> Vec<PackingHint> {
        let packed = self.packed();
        let file = self.file;
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut hints = vec![];
        for item in &file.items {
            let Item::Pack(pack) = item else { continue };
            let packing = self.packing(&pack.packing);
            let mut tensors = vec![];
            for target in &pack.names {
                if let Some(first) = seen.insert(&target.name, target.span) {
                    let title = format!("`{}` is packed twice", target.name);
                    let error = Diagnostic::error(codes::PACKING, title).at(target.span, "second");
                    self.report(error.and(first, "first").help("one packing is enough: remove one of them"));
                } else if packed.get(&target.name).is_some_and(|known| known.secret) {
                    if packing == Some(Packing::RowMajor) && !packed[&target.name].sent {
                        self.not_sent(target);
                    }
                    tensors.push(target.name.clone());
                } else {
                    self.not_packed(target, &packed);
                }
            }
            if let Some(packing) = packing {
                hints.push(PackingHint { tensors, packing, span: pack.span });
            }
        }
        hints
    }

    /// Uploads and loop variables by name.
    fn packed(&self) -> BTreeMap<String, Known> {
        let secret = |id: NodeId| self.b.ty(id).place == Place::Secret;
        let name = |id: NodeId| match &self.b.graph.node(id).op {
            Op::Encrypt { name } => Some((name.clone(), Known { secret: true, sent: true })),
            Op::Carried(_) => {
                let known = Known { secret: secret(id), sent: false };
                Some((self.b.graph.node(id).name.clone()?, known))
            }
            _ => None,
        };
        self.b.graph.ids().filter_map(name).collect()
    }

    fn packing(&mut self, written: &Ident) -> Option<Packing> {
        let known = Packing::ALL.into_iter().find(|packing| packing.name() == written.name);
        if known.is_none() {
            let names = || Packing::ALL.into_iter().map(Packing::name);
            let list: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            let near = suggest::nearest(&written.name, names());
            let title = format!("`{}` is no packing", written.name);
            let error = Diagnostic::error(codes::PACKING, title)
                .at(written.span, format!("expected {}", list.join(" or ")))
                .help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "remove the line: the compiler chooses the packing".to_owned(),
                });
            self.report(error);
        }
        known
    }

    fn not_sent(&mut self, target: &Target) {
        let title = format!("`{}` is not sent by the owner", target.name);
        let error = Diagnostic::error(codes::PACKING, title)
            .at(target.span, "a variable of the loop")
            .help("`row_major` says how the owner sends a tensor: name `secret` items");
        self.report(error);
    }

    fn not_packed(&mut self, target: &Target, packed: &BTreeMap<String, Known>) {
        let name = target.name.as_str();
        let place = match self.values.get(name) {
            // A definition with an error has been reported.
            Some(Err(_)) => return,
            Some(Ok(node)) => Some(self.b.ty(*node).place),
            None => None,
        };
        let why = match place {
            Some(Place::Secret) => {
                "computed by the server: its packing follows from what it is computed from"
            }
            Some(Place::Owner) => "stays with its owner in the clear",
            Some(Place::Public) => "public",
            None if self.dims.get(name).is_some() => "a dim",
            None if self.functions.contains_key(name) || self.losses.contains_key(name) => "a function",
            None => {
                let near = suggest::nearest(name, packed.keys().map(String::as_str));
                let error = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no `{name}` to pack"))
                    .at(target.span, "no `secret` item, `var` or field of `params` of this name");
                self.report(error.maybe_help(near.map(|near| format!("did you mean `{near}`?"))));
                return;
            }
        };
        let error = Diagnostic::error(codes::PACKING, format!("`{name}` is not packed"))
            .at(target.span, why)
            .help("name `secret` items and variables of the loop");
        self.report(error);
    }
}
