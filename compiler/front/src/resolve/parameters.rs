//! Parameters with types: `f(A : real[n, f], w : real[f])`.
//!
//! A name in a parameter's type is bound to the dimension of what is given, for the types of the other parameters and
//! for the body, where it is a dimension (`over = n`) and a number. The same name means the same dimension. Everything
//! else in brackets is a size.

use super::call::Argument;
use super::types::show;
use super::{Eval, Locals, Resolver};
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{Expr, ExprKind, Function, Param, Ty};
use crate::syntax::targets;
use hep_tensor::graph::{Dim, Values};
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// Where each dimension was bound.
type Bound = BTreeMap<String, Span>;

impl Resolver<'_> {
    /// What the names of a function stand for in a call with these values, one for each parameter.
    pub(super) fn bind(&mut self, f: &Function, given: &[Argument]) -> Eval<Locals> {
        let mut locals = Locals::new();
        let mut bound = Bound::new();
        let mut sizes: Vec<(&Expr, Dim, Span)> = vec![];
        for (param, &(node, at)) in f.params.iter().zip(given) {
            locals.values.insert(param.name.name.clone(), node);
            let Some(ty) = &param.ty else { continue };
            let dims = self.dims_of(param, ty, (node, at))?;
            for (written, dim) in ty.dims.iter().zip(dims) {
                match &written.kind {
                    ExprKind::Name(name) => {
                        self.bind_dim((name, written.span), dim, at, &mut locals, &mut bound)?
                    }
                    _ => sizes.push((written, dim, at)),
                }
            }
        }
        for (written, dim, at) in sizes {
            self.check_dim(written, &dim, at, &locals)?;
        }
        Ok(locals)
    }

    /// Dimensions of a value that has the kind and rank of its parameter; of class numbers also that of the classes.
    fn dims_of(&mut self, param: &Param, ty: &Ty, (node, at): Argument) -> Eval<Vec<Dim>> {
        if let Some(range) = &ty.range {
            let error = Diagnostic::error(codes::BAD_TYPE, "a parameter has no range");
            let error = error.at(range.span, "ranges belong to inputs");
            return Err(self.report(error.help("remove it: the range of what is given holds")));
        }
        let mut dims = self.b.dims(node).to_vec();
        let (fits, what) = match (ty.kind.name.as_str(), self.b.ty(node).values) {
            ("real", _) => (true, "real numbers"),
            ("bit", values) => (values == Values::Bit, "bits"),
            ("onehot", values) => (values == Values::OneHot, "one-hot rows"),
            ("class", _) => {
                let classes = self.classes.get(&node).cloned();
                let known = classes.is_some();
                dims.extend(classes);
                (known, "class numbers of the owner")
            }
            (other, _) => return Err(self.no_type(other, ty.kind.span, Some(ty))),
        };
        if fits && dims.len() == ty.dims.len() {
            return Ok(dims);
        }
        let found = if fits { format!("this is {}", show(&dims)) } else { format!("no {what}") };
        let names: Vec<String> = ty.dims.iter().map(super::eval::formula).collect();
        let wanted = if names.is_empty() {
            ty.kind.name.clone()
        } else {
            format!("{}[{}]", ty.kind.name, names.join(", "))
        };
        let error = Diagnostic::error(codes::BAD_TYPE, format!("`{}` takes `{wanted}`", param.name.name));
        // What the owner prepares of a vector has a formula of its own.
        let rows = dims.first().filter(|_| dims.len() == 1);
        let proposal = rows.and_then(|rows| targets::prepared(self.file, at, &rows.name));
        Err(self.report(error.at(at, found).and(ty.span, "declared here").proposing(proposal)))
    }

    fn bind_dim(
        &mut self,
        (name, written): (&str, Span),
        dim: Dim,
        at: Span,
        locals: &mut Locals,
        bound: &mut Bound,
    ) -> Eval<()> {
        let first = bound.entry(name.to_owned()).or_insert(at);
        let known = locals.dims.entry(name.to_owned()).or_insert_with(|| dim.clone());
        if *known == dim {
            return Ok(());
        }
        let size = |dim: &Dim| format!("`{name}` is `{}` of size {} here", dim.name, dim.size);
        let error = Diagnostic::error(codes::DIM_MISMATCH, format!("`{name}` would be two dimensions"))
            .at(at, size(&dim))
            .and(*first, size(known))
            .and(written, "has to be the same");
        Err(self.report(error))
    }

    fn check_dim(&mut self, written: &Expr, dim: &Dim, at: Span, locals: &Locals) -> Eval<()> {
        let size = self.dims.size_among(written, &locals.dims);
        let size = size.map_err(|error| error.map_or(super::Reported, |error| self.report(error)))?;
        if size == dim.size {
            return Ok(());
        }
        let error = Diagnostic::error(
            codes::DIM_MISMATCH,
            format!("a dimension of size {size} is needed, `{}` has size {}", dim.name, dim.size),
        );
        Err(self.report(error.at(at, "of this").and(written.span, format!("this is {size}"))))
    }

    /// The dimension of this name: of a parameter's type, else of the program.
    pub(super) fn dim(&self, name: &str, locals: &Locals) -> Option<Dim> {
        locals.dims.get(name).or_else(|| self.dims.get(name)).cloned()
    }
}
