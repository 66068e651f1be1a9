//! Removes nodes nothing needs: what the roots of the program do not reach.

use super::super::graph::Program;
use super::rewriter::remap;
use crate::dag::{Rewrite, Rewritten};

/// Keeps the nodes that [`Program::roots`] need, in order.
#[must_use]
pub fn remove_dead(program: Program) -> Program {
    let needed = program.graph.reachable(program.roots());
    let mut kept = Rewrite::of(&program.graph);
    while let Some(id) = kept.advance() {
        if needed[id.index()] {
            kept.keep(id);
        }
    }
    let Rewritten { graph, map, .. } = kept.finish();
    remap(program, graph, &map)
}
