//! A refresh that repeats itself takes all large memory from the pool of buffers, and not more of it than stated.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::*;
use hep_ckks::buffer;
use hep_params::Packing;

/// The system's allocator, counting what could hold residues.
struct Counting;

static LARGE: AtomicUsize = AtomicUsize::new(0);

/// Half of a limb of the ring below.
const LARGE_BYTES: usize = 4096;

// SAFETY: everything is left to the system's allocator; counting does not allocate.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= LARGE_BYTES {
            LARGE.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Ciphertexts modulo Q·P that one refresh has at a time beside its keys and tables.
const CIPHERTEXTS: usize = 12;

#[test]
fn a_refresh_after_others_allocates_no_buffers() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        for packing in [Packing::Real, Packing::Pair] {
            let mut setup =
                Setup::new(params(10, 12, 10, vec![shape(9, &[3, 3, 3], &[3, 3, 3], packing)]), 1);
            let (a, b) = (setup.values(), setup.values());
            let vectors = [setup.encrypt(&a), setup.encrypt(&b)];
            let vectors: Vec<_> = vectors.iter().take(if packing == Packing::Real { 1 } else { 2 }).collect();
            // The pool cuts its blocks to the sizes that are asked for: after two runs it has all of them.
            (0..2).for_each(|_| drop(setup.run(&vectors)));
            let before = LARGE.load(Ordering::Relaxed);
            drop(setup.run(&vectors));
            assert_eq!(LARGE.load(Ordering::Relaxed) - before, 0, "{packing:?}");

            buffer::trim(0);
            let live = buffer::usage().live;
            // Keys and tables are buffers, too.
            assert!(live >= setup.keys.bytes_expanded() + setup.refresh.bytes());
            drop(setup.run(&vectors));
            let params = setup.ctx.parameters();
            let one = 2 * (params.q.len() + params.p.len()) * params.degree() * size_of::<u64>();
            let peak = buffer::usage().peak - live;
            assert!(peak <= CIPHERTEXTS * one, "{packing:?}: {:.1} ciphertexts", peak as f64 / one as f64);
            // Which is no more than it needs: the two parts of the sums of one product are there in any case.
            assert!(peak >= 2 * one, "{packing:?}: {:.1} ciphertexts", peak as f64 / one as f64);
        }
    });
}
