//! Which blocks are idle.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::block::Block;

/// A block may be larger than what it serves by this fraction of it.
const WASTE: usize = 4;

/// Idle words that are always allowed: 64 MiB.
const FREE_ALLOWANCE: usize = 8 << 20;

/// Idle words beyond that: this fraction of the most that was ever in use.
const ALLOWANCE: usize = 4;

/// Idle blocks at most, whatever their size.
const MAX_IDLE: usize = 4096;

static POOL: Mutex<Pool> =
    Mutex::new(Pool { idle: Vec::new(), idle_words: 0, live_words: 0, peak_words: 0, clock: 0 });

struct Pool {
    /// By capacity, the last used first among equals.
    idle: Vec<Idle>,
    idle_words: usize,
    live_words: usize,
    peak_words: usize,
    clock: u64,
}

struct Idle {
    block: Block,
    since: u64,
}

/// Bytes of all buffers of the process.
///
/// Idle memory is at most 64 MiB plus a quarter of the largest use so far; beyond that the blocks that were idle longest go back to the
/// system. In a loop that repeats itself nothing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// In use.
    pub live: usize,
    /// The largest use so far.
    pub peak: usize,
    /// Kept for later.
    pub idle: usize,
}

/// What the buffers of the process take now.
pub fn usage() -> Usage {
    let pool = lock();
    let [live, peak, idle] =
        [pool.live_words, pool.peak_words, pool.idle_words].map(|w| w * size_of::<u64>());
    Usage { live, peak, idle }
}

/// Hands all but `idle` bytes of the idle memory back to the system, and forgets the largest use.
pub fn trim(idle: usize) {
    let mut pool = lock();
    pool.peak_words = pool.live_words;
    pool.shrink_to(idle / size_of::<u64>());
}

/// A block of at least `words` words, which is one less idle or new.
pub(super) fn take(words: usize) -> Block {
    let found = lock().take(words);
    found.unwrap_or_else(|| {
        let (block, others) = Block::new(words);
        let mut pool = lock();
        pool.count(block.capacity());
        others.into_iter().for_each(|other| pool.keep(other));
        block
    })
}

/// The block becomes idle.
pub(super) fn give_back(block: Block) {
    if block.capacity() > 0 {
        lock().give_back(block);
    }
}

fn lock() -> MutexGuard<'static, Pool> {
    // The pool is consistent whenever a panic is possible.
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    fn take(&mut self, words: usize) -> Option<Block> {
        let at = self.idle.partition_point(|idle| idle.block.capacity() < words);
        let found = self.idle.get(at)?.block.capacity();
        if found > words.saturating_add(words / WASTE).saturating_add(64) {
            return None;
        }
        self.idle_words -= found;
        self.count(found);
        Some(self.idle.remove(at).block)
    }

    /// So many words more are in use.
    fn count(&mut self, words: usize) {
        self.live_words += words;
        self.peak_words = self.peak_words.max(self.live_words);
    }

    fn give_back(&mut self, block: Block) {
        self.live_words -= block.capacity();
        self.keep(block);
    }

    fn keep(&mut self, block: Block) {
        let capacity = block.capacity();
        self.idle_words += capacity;
        self.clock += 1;
        let at = self.idle.partition_point(|idle| idle.block.capacity() < capacity);
        self.idle.insert(at, Idle { block, since: self.clock });
        self.shrink_to(FREE_ALLOWANCE + self.peak_words / ALLOWANCE);
    }

    /// Forgets the blocks that were idle longest until `words` remain.
    fn shrink_to(&mut self, words: usize) {
        while self.idle_words > words || self.idle.len() > MAX_IDLE {
            let Some((oldest, _)) = self.idle.iter().enumerate().min_by_key(|(_, idle)| idle.since) else {
                return;
            };
            self.idle_words -= self.idle.remove(oldest).block.capacity();
        }
    }
}
