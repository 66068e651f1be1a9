//! Which blocks are idle.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::block::Block;

/// A block may be larger than what it serves by this fraction of it.
const WASTE: usize = 16;

/// The same where a new block would drive idle ones out: giving pages back and taking others takes longer than anything done with them.
const WASTE_PRESSED: usize = 2;

/// Use below a ceiling, as its share in sixteenths, up to which more may be wasted.
const PRESSED: usize = 15;

/// Idle words that are always allowed: 64 MiB.
const FREE_ALLOWANCE: usize = 8 << 20;

/// Idle words beyond that: this fraction of the most that was ever in use.
const ALLOWANCE: usize = 4;

/// Idle blocks at most, whatever their size.
const MAX_IDLE: usize = 4096;

static POOL: Mutex<Pool> = Mutex::new(Pool {
    idle: Vec::new(),
    idle_words: 0,
    live_words: 0,
    peak_words: 0,
    clock: 0,
    ceilings: Vec::new(),
});

struct Pool {
    /// By capacity, the last used first among equals.
    idle: Vec<Idle>,
    idle_words: usize,
    live_words: usize,
    peak_words: usize,
    clock: u64,
    /// Words of live and idle buffers together, of every [`Ceiling`].
    ceilings: Vec<usize>,
}

struct Idle {
    block: Block,
    since: u64,
    /// Whether something was ever written to it. Pages that nobody touched are none of the system's.
    touched: bool,
}

/// Keeps live and idle memory together below a number of bytes as long as it exists: idle blocks go back to the system before a new
/// one is made, those that were idle longest first. What is in use is not refused.
#[derive(Debug)]
pub struct Ceiling {
    words: usize,
}

impl Ceiling {
    /// For so many bytes beyond those that are in use now. Where there are several, the highest counts.
    pub fn above(bytes: usize) -> Self {
        let mut pool = lock();
        let words = pool.live_words.saturating_add(bytes / size_of::<u64>());
        pool.ceilings.push(words);
        pool.make_room(0);
        Self { words }
    }
}

impl Drop for Ceiling {
    fn drop(&mut self) {
        let mut pool = lock();
        if let Some(at) = pool.ceilings.iter().position(|words| *words == self.words) {
            pool.ceilings.swap_remove(at);
        }
    }
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
        let mut pool = lock();
        pool.make_room(Block::capacity_for(words));
        pool.count(Block::capacity_for(words));
        drop(pool);
        let (block, others) = Block::new(words);
        let mut pool = lock();
        others.into_iter().for_each(|other| pool.keep(other, false));
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
        let Idle { block, touched, .. } = self.idle.get(at)?;
        let found = block.capacity();
        let wastes = |share: usize| found > words.saturating_add(words / share).saturating_add(64);
        if wastes(WASTE) && (!touched || wastes(WASTE_PRESSED) || !self.is_pressed(words, found)) {
            return None;
        }
        let Idle { block, touched, .. } = self.idle.remove(at);
        if touched {
            self.idle_words -= found;
        } else {
            self.make_room(found);
        }
        self.count(found);
        Some(block)
    }

    /// So many words more are in use.
    fn count(&mut self, words: usize) {
        self.live_words += words;
        self.peak_words = self.peak_words.max(self.live_words);
    }

    fn give_back(&mut self, block: Block) {
        self.live_words -= block.capacity();
        self.keep(block, true);
    }

    fn keep(&mut self, block: Block, touched: bool) {
        let capacity = block.capacity();
        self.idle_words += if touched { capacity } else { 0 };
        self.clock += 1;
        // Touched blocks come before others of their size: their pages are there.
        let place = |idle: &Idle| (idle.block.capacity(), !idle.touched) < (capacity, !touched);
        let at = self.idle.partition_point(place);
        self.idle.insert(at, Idle { block, since: self.clock, touched });
        self.shrink_to(FREE_ALLOWANCE + self.peak_words / ALLOWANCE);
        self.make_room(0);
    }

    /// Whether idle blocks would have to go for so many new words, while the use with others instead is well below the ceiling.
    fn is_pressed(&self, new: usize, instead: usize) -> bool {
        self.ceilings.iter().max().is_some_and(|ceiling| {
            let live = self.live_words + instead;
            self.live_words + self.idle_words + new > *ceiling && live <= ceiling / 16 * PRESSED
        })
    }

    /// Forgets idle blocks until so many words more may be in use.
    fn make_room(&mut self, words: usize) {
        if let Some(ceiling) = self.ceilings.iter().max() {
            self.shrink_to(ceiling.saturating_sub(self.live_words + words));
        }
    }

    /// Forgets the blocks that were idle longest until `words` remain.
    fn shrink_to(&mut self, words: usize) {
        while self.idle_words > words || self.idle.len() > MAX_IDLE {
            let own = self.idle.iter().enumerate().filter(|(_, idle)| idle.touched);
            let oldest = own.min_by_key(|(_, idle)| idle.since).map(|(at, _)| at);
            // Among too many there may be none that was touched.
            let Some(oldest) = oldest.or_else(|| self.idle.len().checked_sub(1)) else { return };
            let Idle { block, touched, .. } = self.idle.remove(oldest);
            self.idle_words -= if touched { block.capacity() } else { 0 };
        }
    }
}
