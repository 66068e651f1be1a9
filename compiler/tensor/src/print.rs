//! Programs as text, one node per line; stable, so that tests can hold it and people can compare it.
//!
//! ```text
//! program mlr
//! before the loop
//!   %0 : owner real[n, f] = input X0   # X0
//! for 2 iterations with W = %5 from %3, V = %6 from %3
//!   %9 : secret real[n, c] = contract %2 %6 over d   # logits(V)
//! next W = %20, V = %15
//! after the loop
//!   %21 : secret real[c, d] = final W
//! reveal W = %21
//! predict %22
//! ```

use super::graph::{Dim, Op, Place, Program, Type, Values};
use super::region::{Region, regions};
use crate::dag::NodeId;
use hep_plan::host::{HostOp, Reduction};
use std::fmt;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "program {}", self.name)?;
        let regions = regions(self);
        let section = |f: &mut fmt::Formatter<'_>, region| {
            let ids = self.graph.ids().filter(|id| regions[id.index()] == region);
            ids.into_iter().try_for_each(|id| writeln!(f, "  {}", line(self, id)))
        };
        writeln!(f, "before the loop")?;
        section(f, Region::Before)?;
        let list = |of: &dyn Fn(usize) -> String| {
            let items: Vec<String> = (0..self.train.carried.len()).map(of).collect();
            items.join(", ")
        };
        let heads = list(&|i| {
            let v = &self.train.carried[i];
            format!("{} = {} from {}", v.name, v.param, v.init)
        });
        writeln!(f, "for {} iterations with {heads}", self.train.iterations)?;
        section(f, Region::Body)?;
        writeln!(
            f,
            "next {}",
            list(&|i| format!("{} = {}", self.train.carried[i].name, self.train.carried[i].next))
        )?;
        for check in &self.checks {
            let (lo, hi) = check.domain;
            writeln!(f, "check {} in {lo} .. {hi} for {}", check.score, check.function)?;
        }
        for hint in &self.hints {
            writeln!(f, "pack {} by {}", hint.tensors.join(", "), hint.packing.name())?;
        }
        writeln!(f, "after the loop")?;
        section(f, Region::After)?;
        for reveal in &self.reveals {
            writeln!(f, "reveal {} = {}", reveal.name, reveal.node)?;
        }
        match self.predict {
            Some(node) => writeln!(f, "predict {node}"),
            None => Ok(()),
        }
    }
}

/// The line of a node: id, type, operation, operands, name.
#[must_use]
pub fn line(program: &Program, id: NodeId) -> String {
    let node = program.graph.node(id);
    let name = node.name.as_ref().map(|n| format!("   # {n}")).unwrap_or_default();
    format!("{id} : {} = {}{name}", node.ty, operation(program, id))
}

/// Operation and operands of a node, with dimension names instead of axis numbers.
#[must_use]
pub fn operation(program: &Program, id: NodeId) -> String {
    let operands = program.graph.operands(id);
    let shown: Vec<String> = operands.iter().map(ToString::to_string).collect();
    let shown = shown.join(" ");
    let dim = |operand: usize, axis: usize| -> &str {
        let dims = operands.get(operand).map(|&o| program.graph.node(o).ty.dims.as_slice());
        dims.and_then(|d| d.get(axis)).map_or("?", |d| d.name.as_str())
    };
    let variable = |i: usize| program.train.carried.get(i).map_or("?", |v| v.name.as_str());
    match &program.graph.node(id).op {
        Op::Host(HostOp::Contract { left, sum, .. }) => {
            let axis = left.iter().position(|l| l == sum).unwrap_or(usize::MAX);
            format!("contract {shown} over {}", dim(0, axis))
        }
        Op::Host(HostOp::Reduce { kind, axis }) => {
            let kind = if *kind == Reduction::Sum { "sum" } else { "mean" };
            format!("{kind} {shown} over {}", dim(0, *axis))
        }
        Op::Host(HostOp::Permute(order)) if order.iter().enumerate().all(|(i, &a)| i == a) => {
            format!("rename {shown}")
        }
        Op::Host(HostOp::Permute(_)) => format!("permute {shown}"),
        Op::Host(HostOp::Polynomial(coefficients)) => {
            let terms: Vec<String> = coefficients.iter().map(|c| format!("{c:?}")).collect();
            format!("polynomial {shown} by [{}]", terms.join(", "))
        }
        Op::Host(op @ HostOp::Constant(value)) if !value.shape.is_empty() => match value.data.first() {
            Some(first) if value.data.iter().all(|v| v == first) => format!("constant all {first}"),
            _ => op.name(),
        },
        Op::Host(op @ (HostOp::Input(_) | HostOp::Constant(_))) => op.name(),
        Op::Host(op) => format!("{} {shown}", op.name()),
        Op::Encrypt { name } => format!("encrypt {shown} as {name}"),
        Op::Carried(i) => format!("carried {}", variable(*i)),
        Op::Final(i) => format!("final {}", variable(*i)),
        Op::Iteration => "iteration".to_string(),
        Op::Rows { size } => format!("{size} rows of {shown}"),
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            Place::Public => "public",
            Place::Owner => "owner",
            Place::Secret => "secret",
        };
        let values = match self.values {
            Values::Real => "real".to_string(),
            Values::Class { classes } => format!("class({classes})"),
            Values::Bit => "bit".to_string(),
            Values::OneHot => "onehot".to_string(),
        };
        write!(f, "{place} {values}{}", Dims(&self.dims))
    }
}

/// `[n, d]`; nothing for a scalar.
struct Dims<'a>(&'a [Dim]);

impl fmt::Display for Dims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.0.iter().map(|d| d.name.as_str()).collect();
        write!(f, "[{}]", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::quadratic_gradient;

    #[test]
    fn text_is_stable_and_names_dimensions() {
        let program = quadratic_gradient(4, 2, 3, 2);
        let text = program.to_string();
        assert_eq!(text, quadratic_gradient(4, 2, 3, 2).to_string());
        for line in [
            "  %0 : owner real[n, f] = input X0   # X0",
            "  %1 : owner class(3)[n] = input y   # y",
            "  %2 : owner real[f] = mean %0 over n   # mean(X0, over = n)",
            "  %6 : secret real[n, d] = encrypt %4 as X   # X",
            "  %16 : public real[c, d] = constant all 0",
            "for 2 iterations with W = %17 from %16, V = %18 from %16",
            "  %21 : secret real[n, c] = contract %6 %18 over d   # logits(V)",
            "check %21 in -8 .. 8 for sigmoid",
        ] {
            assert!(text.lines().any(|l| l == line), "no line {line:?} in\n{text}");
        }
    }
}
