//! On random sums of rotations: the meaning stays, and what is given for a division saved is known.

use super::super::drafts::{Draft, SLOTS, meaning};
use super::super::radix4::radix4;
use super::*;
use crate::ckks::verify::verify;
use proptest::prelude::*;

fn summed(program: &Program) -> Program {
    rotate_sum(program).unwrap_or_else(|| program.clone())
}

/// Ciphertexts decomposed, rotations, divisions.
fn costs(program: &Program) -> (usize, usize, usize) {
    let graph = &program.graph;
    let (mut decomposed, mut rotations, mut divisions) = (std::collections::BTreeSet::new(), 0, 0);
    for id in graph.ids() {
        match &graph.node(id).op {
            Op::Rotate(_) => {
                decomposed.insert((graph.operands(id)[0], None));
                rotations += 1;
                divisions += 1;
            }
            Op::SumRotations(steps) => {
                let moved = graph.operands(id).iter().zip(steps).filter(|(_, step)| step.0 != 0);
                for (source, _) in moved {
                    decomposed.insert((*source, Some(id)));
                    rotations += 1;
                }
                divisions += 1;
            }
            _ => {}
        }
    }
    (decomposed.len(), rotations, divisions)
}

proptest! {
    #[test]
    fn sums_keep_their_meaning_and_cost_less(steps in prop::collection::vec((0u8..3, any::<u8>(), any::<u8>()), 1..24)) {
        let mut draft = Draft::new();
        let mut values = draft.inputs.clone();
        for (what, a, b) in steps {
            let a = values[usize::from(a) % values.len()];
            values.push(match what {
                0 => draft.rotate(a, u32::from(b) % (SLOTS as u32 - 1) + 1),
                1 => {
                    let turned = draft.rotate(a, 1 << (b % 4));
                    draft.add(a, turned)
                }
                _ => draft.add(a, values[usize::from(b) % values.len()]),
            });
        }
        let program = draft.finish(&values[values.len() - 2..]);
        let (wide, fused) = (radix4(&program), summed(&program));
        for changed in [&wide, &fused, &summed(&wide)] {
            prop_assert_eq!(verify(changed), Vec::<String>::new());
            prop_assert_eq!(meaning(changed), meaning(&program));
        }
        let (before, wider, after) = (costs(&program), costs(&wide), costs(&fused));
        prop_assert!(wider.0 <= before.0, "widening decomposes no more ciphertexts");
        prop_assert!(after.0 <= before.0 && after.1 == before.1 && after.2 <= before.2, "{before:?} {after:?}");
    }
}
