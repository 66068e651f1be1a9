//! Groups of limbs that are made together.

use std::ops::Range;

use smallvec::SmallVec;

/// Limbs of a group at most. More of them read the digits less often, fewer stay in the cache and balance better over threads.
pub(crate) const GROUP: usize = 6;

/// A list of limbs of a group.
pub(crate) type Limbs = SmallVec<[usize; GROUP]>;

/// The groups of the basis q_0…q_level, P, as ranges of positions in it. A group lies within one digit or within P.
pub(crate) fn groups(level: usize, digit_limbs: usize, special: usize) -> Vec<Range<usize>> {
    let starts = (0..=level).step_by(digit_limbs);
    let digits = starts.map(|start| start..(start + digit_limbs).min(level + 1));
    let special = level + 1..level + 1 + special;
    digits.chain(std::iter::once(special)).flat_map(split).collect()
}

/// A range in as few parts as may be, of nearly equal size.
fn split(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let parts = range.len().div_ceil(GROUP);
    (0..parts)
        .map(move |k| range.start + k * range.len() / parts..range.start + (k + 1) * range.len() / parts)
}

/// Calls `f` with every group and its part of every output, in parallel. A position has `width` words of each output.
pub(super) fn for_each_group<const K: usize>(
    groups: &[Range<usize>],
    width: usize,
    outputs: [&mut [u64]; K],
    f: &(impl Fn(&Range<usize>, [&mut [u64]; K]) + Sync),
) {
    match groups {
        [] => {}
        [group] => f(group, outputs),
        _ => {
            let (left, right) = groups.split_at(groups.len() / 2);
            let words = (right[0].start - left[0].start) * width;
            let mut rest = [(); K].map(|()| <&mut [u64]>::default());
            let mut slots = rest.iter_mut();
            let first = outputs.map(|output| {
                let (first, second) = output.split_at_mut(words);
                if let Some(slot) = slots.next() {
                    *slot = second;
                }
                first
            });
            rayon::join(|| for_each_group(left, width, first, f), || for_each_group(right, width, rest, f));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_cover_the_basis_and_keep_to_digits() {
        for (level, digit_limbs, special) in
            [(0, 1, 1), (24, 9, 9), (12, 5, 5), (13, 12, 12), (7, 8, 3), (6, 1, 2)]
        {
            let groups = groups(level, digit_limbs, special);
            let positions: Vec<usize> = groups.iter().cloned().flatten().collect();
            assert_eq!(positions, (0..level + 1 + special).collect::<Vec<_>>());
            for group in groups {
                assert!((1..=GROUP).contains(&group.len()));
                let last = group.end - 1;
                let same = group.start / digit_limbs == last / digit_limbs;
                assert!(if last <= level { same } else { group.start > level }, "{group:?}");
            }
        }
    }

    #[test]
    fn every_group_gets_its_words() {
        let groups = groups(9, 3, 2);
        let (mut a, mut b) = (vec![0; 24], vec![0; 24]);
        for_each_group(&groups, 2, [&mut a, &mut b], &|group, [a, b]| {
            assert_eq!((a.len(), b.len()), (2 * group.len(), 2 * group.len()));
            a.iter_mut().zip(2 * group.start as u64..).for_each(|(x, value)| *x = value);
            b.fill(1);
        });
        assert_eq!(a, (0..24).collect::<Vec<u64>>());
        assert_eq!(b, [1; 24]);
    }
}
