use super::*;
use std::sync::{Mutex, PoisonError};

/// The pool is one for the process: tests that look at it take turns.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn buffers_are_aligned_and_of_their_length() {
    for len in [1, 7, 8, 1000, 1 << 18, (1 << 18) + 1, 3 << 18] {
        let mut buffer = Buffer::zeroed(len);
        assert_eq!(buffer.len(), len);
        assert_eq!(buffer.as_ptr().addr() % 64, 0, "{len} words");
        buffer.fill(u64::MAX);
        assert!(buffer.iter().all(|&x| x == u64::MAX));
        assert!(Buffer::zeroed(len).iter().all(|&x| x == 0));
    }
    assert!(Buffer::recycled(0).is_empty());
    assert_eq!(Buffer::copy_of(&[1, 2, 3]).clone()[..], [1, 2, 3]);
}

#[test]
fn dropped_buffers_serve_again() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let len = 1_234_567;
    let first = Buffer::recycled(len).as_ptr();
    assert_eq!(Buffer::recycled(len - 100).as_ptr(), first, "a little too large is welcome");
    assert_ne!(Buffer::recycled(len / 2).as_ptr(), first, "far too large is not");
    let (one, two) = (Buffer::recycled(len), Buffer::recycled(len));
    assert_ne!(one.as_ptr(), two.as_ptr());
}

/// Blocks of one slab do not overlap, and what is left of it after some are gone stays as it is.
#[test]
fn parts_of_a_slab_are_apart() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut buffers: Vec<Buffer> = (0..100).map(|_| Buffer::recycled(100_001)).collect();
    buffers.iter_mut().enumerate().for_each(|(k, buffer)| buffer.fill(k as u64));
    let mut kept: Vec<(usize, Buffer)> =
        buffers.into_iter().enumerate().filter(|(k, _)| k % 3 == 0).collect();
    trim(0);
    let others: Vec<Buffer> = (0..50).map(|_| Buffer::zeroed(100_001)).collect();
    assert!(others.iter().all(|buffer| buffer.iter().all(|&x| x == 0)));
    assert!(kept.drain(..).all(|(k, buffer)| buffer.iter().all(|&x| x == k as u64)));
}

#[test]
fn idle_memory_is_bounded() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    trim(0);
    for k in 0..60 {
        drop(Buffer::recycled((1 << 20) << (k % 4)));
        drop(Buffer::recycled((1 << 20) + (k << 14)));
    }
    let Usage { idle, peak, .. } = usage();
    assert!(idle <= (64 << 20) + peak / 4, "{idle} bytes idle after a use of {peak}");
    trim(1 << 20);
    assert!(usage().idle <= 1 << 20);
}

#[test]
fn a_ceiling_holds_for_what_is_live_and_idle_together() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    trim(0);
    let before = usage().live;
    let bytes = 40 << 20;
    let ceiling = Ceiling::above(bytes);
    // Sizes that nothing else can serve: without the ceiling 64 MiB of them stay.
    for k in 1..40 {
        drop(Buffer::zeroed(k << 17));
        let Usage { live, idle, .. } = usage();
        assert!(live + idle <= before + bytes, "{k}: {live} in use and {idle} idle above {before}");
    }
    let held: Vec<Buffer> = (0..30).map(|_| Buffer::zeroed(1 << 17)).collect();
    assert!(usage().live + usage().idle <= before + bytes);
    drop((held, ceiling));
    // More than the ceiling may be in use: nothing is refused.
    let _low = Ceiling::above(0);
    assert_eq!(Buffer::zeroed(1 << 20).len(), 1 << 20);
    assert_eq!(usage().idle, 0);
}

#[test]
fn below_a_ceiling_larger_blocks_serve_where_others_would_have_to_go() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    const MIB: usize = 1 << 20;
    let taken = |mebibytes: usize| Buffer::zeroed(mebibytes * MIB / 8).block.capacity() * 8 / MIB;
    for (ceiling, second) in [(None, 20), (Some(34), 24), (Some(60), 20), (Some(25), 20)] {
        trim(0);
        let _ceiling = ceiling.map(|mebibytes| Ceiling::above(mebibytes * MIB));
        // Without need, or close to the ceiling, nothing is wasted; and never more than half as much again.
        assert_eq!([24, 20].map(taken), [24, second], "{ceiling:?}");
        assert_eq!(taken(11), 11, "{ceiling:?}");
    }
}

#[test]
fn words_of_files_are_borrowed_if_they_can_be() {
    let buffer = Buffer::copy_of(&[1, 2, 3]);
    let bytes: Vec<u8> = buffer.iter().flat_map(|word| word.to_le_bytes()).collect();
    let odd: Vec<u8> = [0].into_iter().chain(bytes.iter().copied()).collect();
    let aligned = bytes.as_ptr().addr().is_multiple_of(8);
    assert_eq!(words_of_bytes(&bytes).is_some(), aligned && cfg!(target_endian = "little"));
    assert!(words_of_bytes(&odd[1..]).is_none() || !odd.as_ptr().addr().is_multiple_of(8));
    assert!(words_of_bytes(&bytes[..23]).is_none());
}
