//! Aligned memory.

use memmap2::MmapMut;

/// Bytes that every block is aligned to: a cache line.
const ALIGNMENT: usize = 64;

/// Bytes of a large page, and the size from which a block is a mapping of its own.
const LARGE_PAGE: usize = 2 << 20;

const WORD: usize = size_of::<u64>();

/// Initialised memory, aligned to 64 bytes, or to large pages where it holds any.
#[derive(Default)]
pub(super) struct Block {
    memory: Memory,
    /// Words before the first aligned one.
    skipped: usize,
    capacity: usize,
}

enum Memory {
    Heap(Vec<u64>),
    Mapped(MmapMut),
}

impl Default for Memory {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Block {
    /// At least `words` zeros. Mapped memory is not touched here, so that the pages lie with the thread that first writes them.
    pub(super) fn new(words: usize) -> Self {
        let capacity = words.next_multiple_of(ALIGNMENT / WORD);
        if capacity * WORD >= LARGE_PAGE
            && let Some(map) = map(capacity * WORD + LARGE_PAGE)
        {
            return Self::aligned(Memory::Mapped(map), LARGE_PAGE, capacity);
        }
        Self::aligned(Memory::Heap(vec![0; capacity + ALIGNMENT / WORD]), ALIGNMENT, capacity)
    }

    fn aligned(memory: Memory, alignment: usize, capacity: usize) -> Self {
        let misaligned = memory.words().as_ptr().addr() % alignment;
        let skipped = (alignment - misaligned) % alignment / WORD;
        Self { memory, skipped, capacity }
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
            // A mapping begins at a page, so that nothing is left before the words.
            Self::Mapped(map) => aligned_words(map),
        }
    }

    fn words_mut(&mut self) -> &mut [u64] {
        match self {
            Self::Heap(words) => words,
            Self::Mapped(map) => {
                // SAFETY: every pattern of bytes is a u64 and every u64 is a pattern of bytes.
                #[allow(unsafe_code)]
                let (_, words, _) = unsafe { map.align_to_mut::<u64>() };
                words
            }
        }
    }
}

/// Anonymous memory of so many bytes, on large pages if the system likes; `None` if it has no more mappings to give.
fn map(bytes: usize) -> Option<MmapMut> {
    let map = MmapMut::map_anon(bytes).ok()?;
    // Without large pages it is slower and works as well.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map)
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
