//! Programs as text, one node per line; stable, so that tests can hold it and people can compare it. [`read`](mod@super::read) reads it
//! back: but for places in the source, the text is all of the program. (A contraction without axes has its labels numbered anew.)
//!
//! ```text
//! program mlr
//! dim n = 5                                            sizes that are declared
//! data X0[5, 3] y[3 classes]
//! before the loop
//!   %0 : owner real[n, f] in -1 .. 1 = input X0   # X0     where elements are, if it does not follow from the operands
//!   %1 : owner real[n, f + 1 = 4] = bias %0            a dimension that is not declared has its size here
//! for 2 iterations with W = %5 from %3, V = %6 from %3
//!   %9 : secret real[n, c] = contract %2 %6 over d   # logits(V)
//! next W = %20, V = %15
//! check %9 in -8 .. 8, error 0.06, share 0.1 for sigmoid
//! after the loop
//!   %21 : secret real[c, d] = final W   # W
//! reveal W = %21
//! predict %22
//! polynomials for sigmoid
//!   on -8 .. 8
//!   by [0.5, 0.15, 0.0, -0.0016]
//! ```

mod node;
mod tail;

use super::graph::{Dim, Program, Type, Values};
use super::region::{Region, regions};
use std::fmt;

pub use node::operation;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "program {}", self.name)?;
        if self.exact {
            writeln!(f, "exact")?;
        }
        for Dim { name, size } in &self.dims {
            writeln!(f, "dim {name} = {size}")?;
        }
        writeln!(f, "data {}", self.data)?;
        let regions = regions(self);
        let section = |f: &mut fmt::Formatter<'_>, region| {
            let mut ids = self.graph.ids().filter(|id| regions[id.index()] == region);
            ids.try_for_each(|id| writeln!(f, "  {}", node::line(self, id)))
        };
        writeln!(f, "before the loop")?;
        section(f, Region::Before)?;
        write!(f, "for {} iterations", self.train.iterations)?;
        for (at, v) in self.train.carried.iter().enumerate() {
            let word = if at == 0 { " with" } else { "," };
            write!(f, "{word} {} = {} from {}", v.name, v.param, v.init)?;
        }
        writeln!(f)?;
        section(f, Region::Body)?;
        write!(f, "next")?;
        for (at, v) in self.train.carried.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma} {} = {}", v.name, v.next)?;
        }
        writeln!(f)?;
        self.checks.iter().try_for_each(|check| writeln!(f, "{}", tail::check(check)))?;
        for hint in &self.hints {
            writeln!(f, "pack {} by {}", hint.tensors.join(", "), hint.packing.name())?;
        }
        writeln!(f, "after the loop")?;
        section(f, Region::After)?;
        for reveal in &self.reveals {
            writeln!(f, "reveal {} = {}", reveal.name, reveal.node)?;
        }
        if let Some(node) = self.predict {
            writeln!(f, "predict {node}")?;
        }
        self.substitutions
            .iter()
            .try_for_each(|substitution| f.write_str(&tail::polynomials(substitution)))?;
        self.loss.as_ref().map_or(Ok(()), |loss| write!(f, "loss\n{}", loss.text()))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.what(), Dims(self.dims.iter().map(|dim| dim.name.clone())))
    }
}

impl Type {
    /// Place and set of values.
    fn what(&self) -> String {
        let values = match self.values {
            Values::Real => "real".to_string(),
            Values::Class { classes } => format!("class({classes})"),
            Values::Bit => "bit".to_string(),
            Values::OneHot => "onehot".to_string(),
        };
        format!("{} {values}", self.place.name())
    }
}

/// `[n, d]`; nothing for a scalar.
struct Dims<T>(T);

impl<T: Iterator<Item = String> + Clone> fmt::Display for Dims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.clone().collect();
        if names.is_empty() { Ok(()) } else { write!(f, "[{}]", names.join(", ")) }
    }
}

/// The shorter one of the texts of a number, both of which are read back as the same bits.
fn number(value: f64) -> String {
    let short = format!("{value:?}");
    if short.contains('e') { short } else { value.to_string() }
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
            "dim d = 3",
            "data X0[4, 2] y[3 classes]",
            "  %0 : owner real[n, f] = input X0   # X0",
            "  %1 : owner class(3)[n] = input y   # y",
            "  %2 : owner real[f] = mean %0 over n   # mean(X0, over = n)",
            "  %6 : secret real[n, d] = encrypt %4 as X   # X",
            "  %16 : public real[c, d] = constant[3, 3] [9×0]",
            "for 2 iterations with W = %17 from %16, V = %18 from %16",
            "  %21 : secret real[n, c] = contract %6 %18 over d   # logits(V)",
            "check %21 in -8 .. 8 for sigmoid",
        ] {
            assert!(text.lines().any(|l| l == line), "no line {line:?} in\n{text}");
        }
    }
}
