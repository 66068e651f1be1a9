//! Aligned memory, cut from slabs.

use std::ptr::NonNull;
use std::sync::Arc;

use memmap2::{MmapMut, MmapRaw};

/// Bytes that every block is aligned to: a cache line.
const ALIGNMENT: usize = 64;

/// Bytes of a large page.
const LARGE_PAGE: usize = 2 << 20;

/// Bytes of a page.
const PAGE: usize = 4 << 10;

/// Bytes of a slab, or of its one block if that is larger.
const SLAB: usize = 32 << 20;

/// Bytes from which blocks are cut from slabs. Smaller ones come from the heap.
const CUT: usize = 256 << 10;

/// Bytes left out between blocks, 17 cache lines. Blocks hold limbs of a power of two of residues, and a sum of products reads the same
/// residue of dozens of them: at the same distance from a page they would fight for the same eight lines of the first-level cache.
const STAGGER: usize = 17 * ALIGNMENT;

const WORD: usize = size_of::<u64>();

/// Initialized memory, aligned to 64 bytes.
#[derive(Default)]
pub(super) struct Block {
    memory: Memory,
    /// Words before the first aligned one.
    skipped: usize,
    capacity: usize,
}

enum Memory {
    Heap(Vec<u64>),
    Cut(Cut),
}

/// A part of a slab that nothing else refers to.
struct Cut {
    slab: Arc<MmapRaw>,
    /// Bytes from the slab's beginning.
    offset: usize,
    start: NonNull<u64>,
    words: usize,
}

// SAFETY: a `Cut` owns its part of the mapping, which stays where it is as long as the slab lives; words are `Send` and `Sync`.
#[allow(unsafe_code)]
unsafe impl Send for Cut {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Cut {}

impl Default for Memory {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Block {
    /// A block of at least `words` zeros, and others of the same capacity that were cut from the same slab. Nothing is touched
    /// here, so that pages lie with the thread that first writes them.
    pub(super) fn new(words: usize) -> (Self, Vec<Self>) {
        let capacity = Self::capacity_for(words);
        let mut blocks = if capacity * WORD >= CUT { cut(capacity) } else { Vec::new() };
        match blocks.pop() {
            Some(block) => (block, blocks),
            None => (Self::from_heap(capacity), blocks),
        }
    }

    /// The number of words of a block that was made for `words`.
    pub(super) fn capacity_for(words: usize) -> usize {
        words.next_multiple_of(ALIGNMENT / WORD)
    }

    fn from_heap(capacity: usize) -> Self {
        let words = vec![0; capacity + ALIGNMENT / WORD];
        let misaligned = words.as_ptr().addr() % ALIGNMENT;
        let skipped = (ALIGNMENT - misaligned) % ALIGNMENT / WORD;
        Self { memory: Memory::Heap(words), skipped, capacity }
    }

    /// The number of words.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.memory.words()[self.skipped..][..self.capacity]
    }

    pub(super) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.memory.words_mut()[self.skipped..][..self.capacity]
    }
}

impl Memory {
    fn words(&self) -> &[u64] {
        match self {
            Self::Heap(words) => words,
            // SAFETY: the part is mapped, initialized by the system, aligned, and borrowed with `self`.
            #[allow(unsafe_code)]
            Self::Cut(cut) => unsafe { std::slice::from_raw_parts(cut.start.as_ptr(), cut.words) },
        }
    }

    fn words_mut(&mut self) -> &mut [u64] {
        match self {
            Self::Heap(words) => words,
            // SAFETY: as above, and no other `Cut` covers these words.
            #[allow(unsafe_code)]
            Self::Cut(cut) => unsafe { std::slice::from_raw_parts_mut(cut.start.as_ptr(), cut.words) },
        }
    }
}

impl Drop for Cut {
    /// Hands whole pages back to the system; the addresses stay with the slab until its last part is gone.
    fn drop(&mut self) {
        let first = self.offset.next_multiple_of(PAGE);
        let end = (self.offset + self.words * WORD) / PAGE * PAGE;
        #[cfg(unix)]
        if first < end {
            // If the system refuses, it keeps the pages. SAFETY: these pages lie inside of this part, to which nothing refers any more,
            // and anonymous pages read as zeros afterwards.
            #[allow(unsafe_code)]
            let _ = unsafe {
                self.slab.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, first, end - first)
            };
        }
    }
}

/// A slab of blocks of so many words, a multiple of a cache line; none if the system has no more mappings to give.
fn cut(capacity: usize) -> Vec<Block> {
    let bytes = capacity * WORD + STAGGER;
    let count = (SLAB / bytes).max(1);
    // The end of the mapping is aligned too: no large page belongs to it in part.
    let length = (count * bytes + PAGE).next_multiple_of(LARGE_PAGE) + LARGE_PAGE;
    let Some(slab) = map(length) else { return Vec::new() };
    let slab = Arc::new(slab);
    let address = slab.as_mut_ptr().addr().next_multiple_of(LARGE_PAGE);
    // The first blocks of slabs lie apart too: 13 lines for every large page between the slabs.
    let aligned = address - slab.as_mut_ptr().addr() + (address / LARGE_PAGE * 13 * ALIGNMENT) % PAGE;
    let block = |number: usize| {
        let offset = aligned + number * bytes;
        let start = NonNull::new(slab.as_mut_ptr().wrapping_add(offset).cast::<u64>())?;
        let memory = Memory::Cut(Cut { slab: Arc::clone(&slab), offset, start, words: capacity });
        Some(Block { memory, skipped: 0, capacity })
    };
    (0..count).rev().filter_map(block).collect()
}

/// Anonymous memory of so many bytes.
fn map(bytes: usize) -> Option<MmapRaw> {
    let map = MmapMut::map_anon(bytes).ok()?;
    // If the system has none it gives others.
    #[cfg(target_os = "linux")]
    if wants_large_pages() {
        let _ = map.advise(memmap2::Advice::HugePage);
    }
    Some(map.into())
}

/// Whether to ask for large pages, where the system does not give them by itself. They make the first use of memory cheaper where
/// the machine has them at hand, and dearer where it must find them first, as virtual machines do that hand free memory
/// back to their host; once in use they made no difference to any kernel (`docs/benchmarks.md`).
#[cfg(target_os = "linux")]
fn wants_large_pages() -> bool {
    static WANTED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *WANTED.get_or_init(|| std::env::var_os(super::LARGE_PAGES_VARIABLE).is_some_and(|value| value == "1"))
}

/// Bytes in the order of the file formats (little-endian) as words, without a copy; `None` where they would need one, because they
/// are not aligned to 8 bytes, are no whole number of words, or the machine has the other order.
pub fn words_of_bytes(bytes: &[u8]) -> Option<&[u64]> {
    let words = aligned_words(bytes);
    (cfg!(target_endian = "little") && words.len() * WORD == bytes.len()).then_some(words)
}

/// The words that lie aligned in some bytes.
fn aligned_words(bytes: &[u8]) -> &[u64] {
    // SAFETY: every pattern of bytes is a u64.
    #[allow(unsafe_code)]
    let (_, words, _) = unsafe { bytes.align_to::<u64>() };
    words
}
