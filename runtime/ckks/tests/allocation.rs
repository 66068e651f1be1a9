//! In a loop that repeats itself, operations on ciphertexts allocate nothing: their memory comes from the pool of buffers.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::*;
use hep_ckks::buffer;

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static LARGE: AtomicUsize = AtomicUsize::new(0);

/// Bytes from which an allocation could hold residues.
const LARGE_BYTES: usize = 4096;

fn count(layout: Layout) {
    ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    if layout.size() >= LARGE_BYTES {
        LARGE.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: everything is left to the system's allocator; counting does not allocate.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most bytes of buffers that `f` takes beyond what there is.
fn scratch(f: &dyn Fn()) -> usize {
    buffer::trim(0);
    let before = buffer::usage().live;
    f();
    buffer::usage().peak - before
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// (All, large) allocations of one run of `f` after two others.
fn allocations<T>(f: impl Fn() -> T) -> (usize, usize) {
    f();
    f();
    let before = [&ALLOCATIONS, &LARGE].map(|counter| counter.load(Ordering::Relaxed));
    f();
    let after = [&ALLOCATIONS, &LARGE].map(|counter| counter.load(Ordering::Relaxed));
    (after[0] - before[0], after[1] - before[1])
}

#[test]
fn a_loop_that_repeats_itself_allocates_nothing() {
    const STEPS: [i64; 4] = [1, 2, 3, 0];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let mut setup = Setup::new(13, 6, 2, &STEPS);
        let (a, b) = (setup.encrypt(&setup.random(1), 6), setup.encrypt(&setup.random(2), 6));
        let plain = setup.ctx.encode(&setup.random(3), SCALE, 6).unwrap();
        let extended = setup.ctx.encode_extended(&setup.random(3), SCALE, 6).unwrap();
        let ev = setup.evaluator();
        let product = ev.sum_mul(&[(&a, &b)], 6).unwrap();
        for (name, found) in [
            ("rotate", allocations(|| ev.rotate(&a, 1).unwrap())),
            ("add", allocations(|| ev.add(&a, &b).unwrap())),
            ("add_plain", allocations(|| ev.add_plain(&a, &plain).unwrap())),
            ("rescale", allocations(|| ev.rescale(&a).unwrap())),
            ("sum_mul", allocations(|| ev.sum_mul(&[(&a, &b), (&b, &b)], 6).unwrap())),
            ("sum_mul_plain", allocations(|| ev.sum_mul_plain(&[(&a, &plain), (&b, &plain)]).unwrap())),
            ("relinearize", allocations(|| ev.relinearize(&product).unwrap())),
            ("relinearize_rescale", allocations(|| ev.relinearize_rescale(&product).unwrap())),
            (
                "sum_mul_relinearize_rescale",
                allocations(|| ev.sum_mul_relinearize_rescale(&[(&a, &b)], 6).unwrap()),
            ),
            ("sum_rotations", allocations(|| ev.sum_rotations(&[(&a, 1), (&b, 2), (&b, 0)]).unwrap())),
        ] {
            assert_eq!(found, (0, 0), "{name}");
        }
        // The list of results, nothing else.
        assert_eq!(allocations(|| ev.rotate_many(&a, &STEPS).unwrap()), (1, 0), "rotate_many");
        let terms = STEPS.map(|s| (&a, s, &extended));
        let [degree, level] = [setup.ctx.degree(), a.level()];
        for (name, limbs, found) in [
            (
                "rotate",
                setup.ctx.switch_scratch_limbs(level, 1),
                scratch(&|| drop(ev.rotate(&a, 1).unwrap())),
            ),
            (
                "relinearize",
                setup.ctx.switch_scratch_limbs(level, 1),
                scratch(&|| drop(ev.relinearize(&product).unwrap())),
            ),
            (
                "sum_rotations",
                setup.ctx.switch_scratch_limbs(level, 1),
                scratch(&|| drop(ev.sum_rotations(&[(&a, 1), (&a, 0), (&b, 2)]).unwrap())),
            ),
            (
                "rotated_products",
                setup.ctx.rotated_products_scratch_limbs(level, 2, 1) + 2 * level,
                scratch(&|| drop(ev.rotated_products(&[&terms, &terms[1..]]).unwrap())),
            ),
            (
                "rotate_many",
                setup.ctx.hoisted_scratch_limbs(level, 1) + 2 * (level + 1),
                scratch(&|| drop(ev.rotate_many(&a, &[1, 2]).unwrap())),
            ),
            ("rescale", setup.ctx.rescale_scratch_limbs(1), scratch(&|| drop(ev.rescale(&a).unwrap()))),
        ] {
            // With the result; blocks may be a sixteenth too large.
            let stated = (limbs + 2 * (level + 1)) * degree * 8;
            assert!(
                found <= stated * 17 / 16 && found >= stated * 2 / 5,
                "{name}: {found} bytes where {stated} are stated"
            );
        }
        // A descent through the levels, again and again, leaves buffers of all sizes and makes no more of them.
        let descent = || {
            let mut ct = ev.drop_to_level(&a, 6).unwrap();
            while ct.level() > 0 {
                ct = ev.sum_mul_relinearize_rescale(&[(&ct, &ct)], ct.level()).unwrap();
                ct = ev.rotate(&ct, 2).unwrap();
            }
        };
        assert_eq!(allocations(descent), (0, 0), "descent");
    });
    let usage = buffer::usage();
    assert!(usage.idle <= (64 << 20) + usage.peak / 2, "{usage:?}");
}
