//! What every schedule must satisfy: levels fall by rescales only, summands agree in level and exact scale, products
//! are relinearized before they are rotated or multiplied. What holds of each operation stands in the [table](hep_plan::isa).
#![warn(clippy::wildcard_enum_match_arm)]

use super::graph::{Op, Program};
use super::scale::{Atom, Form};
use hep_plan::isa::rules::{Algebra, Shape};
use hep_plan::server::Kind;
use hep_plan::{Factor, Level};

/// All violations, as text; empty for a sound schedule.
#[must_use]
pub fn verify(program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    let graph = &program.graph;
    if !program.parts.are_of(graph.len()) {
        found.push("its parts are not those of its operations".into());
    }
    for id in graph.ids() {
        let node = graph.node(id);
        let operands = graph.operands(id);
        let mut check = |fits: Result<(), &str>| {
            found.extend(fits.err().map(|what| format!("{id} ({}): {what}", node.op.name())));
        };
        if node.depth > program.depth {
            check(Err("below the last level"));
            continue;
        }
        if let Op::Input { input, block } = node.op {
            let count = program.uploads.get(input as usize).map_or(0, |u| u.layout.ciphertexts());
            check(if (block as usize) < count { Ok(()) } else { Err("no such ciphertext of an upload") });
        }
        let level = |depth: u32| Level(program.depth.saturating_sub(depth));
        let shape = |id| {
            let node = graph.node(id);
            Shape { kind: Kind::Cipher { parts: node.parts }, level: level(node.depth) }
        };
        let scale = |id| program.scales.resolve(&graph.node(id).scale);
        let ciphers: Vec<Shape> = operands.iter().map(|o| shape(*o)).collect();
        let scales: Vec<Form> = operands.iter().map(|o| scale(*o)).collect();
        check(node.op.shapes_fit(&ciphers, None, &[shape(id)]));
        let operand = ciphers.first().map_or(level(node.depth), |cipher| cipher.level);
        let at = node.op.row().levels.computed_at(operand, level(node.depth));
        check(node.op.scales_fit(program, &scales, None, &[scale(id)], at));
    }
    found
}

/// Exact scales of a program.
impl Algebra for Program {
    type Scale = Form;

    fn product(&self, a: &Form, b: &Form) -> Form {
        self.scales.resolve(&a.times(b))
    }

    fn times_prime(&self, scale: &Form, level: Level) -> Form {
        scale.times(&Form::atom(Atom::Prime(self.depth.saturating_sub(level.0))))
    }

    fn times(&self, scale: &Form, factor: Factor) -> Form {
        scale.times(&Form::atom(Atom::Number(factor)))
    }

    fn equal(&self, a: &Form, b: &Form) -> bool {
        a == b
    }
}
