//! On random sums of products of rotations: the meaning stays, and no division is added.

use super::super::drafts::{Draft, SLOTS, meaning};
use super::*;
use crate::ckks::verify::verify;
use proptest::prelude::*;

proptest! {
    #[test]
    fn products_keep_their_meaning_and_divide_for_no_more(
        steps in prop::collection::vec((0u8..3, prop::collection::vec(any::<u8>(), 1..6)), 1..16),
    ) {
        let mut draft = Draft::new();
        let mut values = draft.inputs.clone();
        for (what, picks) in steps {
            let pick = |values: &[NodeId], by: u8| values[usize::from(by) % values.len()];
            let first = pick(&values, picks[0]);
            let level = |id: &NodeId| draft.graph.node(*id).depth;
            let same: Vec<NodeId> =
                picks.iter().map(|by| pick(&values, *by)).filter(|id| level(id) == level(&first)).collect();
            let depth = level(&first) + u32::from(picks[0] % 3 == 0);
            values.push(if what == 0 && depth < 6 {
                draft.products(same, depth)
            } else {
                draft.rotate(first, u32::from(picks[0]) % (SLOTS as u32 - 1) + 1)
            });
        }
        let program = draft.finish(&values[values.len() - 2..]);
        prop_assert_eq!(verify(&program), Vec::<String>::new());
        let changed = double_hoisting(&program).unwrap_or_else(|| program.clone());
        prop_assert_eq!(verify(&changed), Vec::<String>::new());
        prop_assert_eq!(meaning(&changed), meaning(&program));
        prop_assert!(cost(&changed) <= cost(&program));
    }
}
