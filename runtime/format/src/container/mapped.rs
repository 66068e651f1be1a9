//! Files mapped into memory, and what becomes of them while they are.
//!
//! Nobody can keep other processes from writing to a mapped file. What was read is compared at the end ([`Identity`], and the
//! digests), and a file that is cut short, whose missing pages the system answers with SIGBUS, ends the program with a
//! message instead of a crash.

use super::FileError;
use memmap2::Mmap;
use std::fs::Metadata;
use std::ops::{Deref, Range};
use std::path::Path;
use std::time::SystemTime;

/// A read-only map of a file whose name is known to the handler of SIGBUS as long as it lives.
#[derive(Debug)]
pub struct Mapped {
    /// Dropped before the watch ends.
    map: Mmap,
    _watch: bus_error::Watch,
}

impl Mapped {
    /// Maps an open file.
    pub(super) fn new(file: &std::fs::File, path: &Path) -> Result<Self, FileError> {
        // SAFETY: the map is read-only and private to this value. Its soundness needs that no other process shortens or
        // changes the file while it is mapped; hep itself never does, because it replaces files by renaming. Where somebody else
        // does, numbers that are read may be any, which the comparison at the end finds, and a missing page ends the program.
        #[allow(unsafe_code)]
        let map = unsafe { Mmap::map(file) }.map_err(FileError::io(path, "map"))?;
        let watch = bus_error::Watch::new(&map, path);
        Ok(Self { map, _watch: watch })
    }
}

impl Mapped {
    /// Hands the pages of a part back to the system, which reads them again when they are needed.
    pub(super) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        {
            let end = range.end.min(self.map.len());
            if range.start < end {
                // Whole pages; if the system refuses, it keeps them. SAFETY: the map is of a file and read-only, so that a page has the same
                // bytes when it comes back, as far as it ever has (see `new`).
                #[allow(unsafe_code)]
                let _ = unsafe {
                    self.map.unchecked_advise_range(
                        memmap2::UncheckedAdvice::DontNeed,
                        range.start,
                        end - range.start,
                    )
                };
            }
        }
        #[cfg(not(unix))]
        drop(range);
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

/// By what a file is recognized that nobody wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    length: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file, where the system has them.
    node: (u64, u64),
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let node = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let node = (0, 0);
        Self { length: metadata.len(), modified: metadata.modified().ok(), node }
    }

    /// What differs from what was opened.
    pub(super) fn difference(&self, now: &Self) -> Option<&'static str> {
        if self.node != now.node {
            Some("another file has taken its place")
        } else if self.length != now.length {
            Some("its length is another")
        } else if self.modified != now.modified {
            Some("it was written to")
        } else {
            None
        }
    }
}

/// A message for reads beyond the end of a mapped file.
#[cfg(unix)]
mod bus_error {
    use std::ffi::{c_int, c_void};
    use std::path::Path;
    use std::ptr;
    use std::sync::Once;
    use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

    /// Most maps that are watched at a time; files beyond them crash as they would without a handler.
    const PLACES: usize = 64;

    /// A map as the handler sees it: nothing but numbers that are read and written as a whole.
    struct Place {
        /// First address; 0 where the place is free, 1 while it is being filled.
        start: AtomicUsize,
        end: AtomicUsize,
        text: AtomicPtr<u8>,
        length: AtomicUsize,
    }

    static PLACES_OF_MAPS: [Place; PLACES] = [const {
        Place {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            text: AtomicPtr::new(ptr::null_mut()),
            length: AtomicUsize::new(0),
        }
    }; PLACES];

    /// A message that is ready while a map lives.
    #[derive(Debug)]
    pub(super) struct Watch {
        place: Option<usize>,
        /// What the place points at.
        _text: Box<[u8]>,
    }

    impl Watch {
        pub(super) fn new(map: &[u8], path: &Path) -> Self {
            static INSTALLED: Once = Once::new();
            INSTALLED.call_once(install);
            let text = format!(
                "error: {} was cut short while it was being read\n help: copy it again, or make it again, and start again when nobody writes to it\n",
                path.display()
            );
            let mut text = text.into_bytes().into_boxed_slice();
            let range = map.as_ptr_range();
            let free = |place: &Place| {
                place.start.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
            };
            let place = PLACES_OF_MAPS.iter().position(free);
            if let Some(place) = place.and_then(|number| PLACES_OF_MAPS.get(number)) {
                place.text.store(text.as_mut_ptr(), Ordering::Relaxed);
                place.length.store(text.len(), Ordering::Relaxed);
                place.end.store(range.end.addr(), Ordering::Relaxed);
                place.start.store(range.start.addr(), Ordering::Release);
            }
            Self { place, _text: text }
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            if let Some(place) = self.place.and_then(|number| PLACES_OF_MAPS.get(number)) {
                place.start.store(0, Ordering::Release);
            }
        }
    }

    fn install() {
        // SAFETY: an all-zero `sigaction` is a valid one, and the handler does only what a handler of signals may: read atomic
        // numbers, `write`, `_exit`, `signal`.
        #[allow(unsafe_code)]
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_bus_error as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&raw mut action.sa_mask);
            // Where it cannot be installed, a file that is cut short is a crash as before.
            libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut());
        }
    }

    /// Says which file was cut short and leaves; a fault of anything else ends the process as if there were no handler.
    extern "C" fn on_bus_error(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
        // SAFETY: the system passes the description of the signal.
        #[allow(unsafe_code)]
        let address = unsafe { (*info).si_addr() }.addr();
        for place in &PLACES_OF_MAPS {
            let start = place.start.load(Ordering::Acquire);
            if start <= 1 || address < start || address >= place.end.load(Ordering::Relaxed) {
                continue;
            }
            let (text, length) = (place.text.load(Ordering::Relaxed), place.length.load(Ordering::Relaxed));
            // SAFETY: the faulting read borrows the map, and the text lives as long as the map does.
            #[allow(unsafe_code)]
            unsafe {
                libc::write(2, text.cast::<c_void>(), length);
                libc::_exit(1);
            }
        }
        // SAFETY: back to the default; the faulting instruction runs again and ends the process.
        #[allow(unsafe_code)]
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
        }
    }
}

/// Elsewhere nothing is watched.
#[cfg(not(unix))]
mod bus_error {
    use std::path::Path;

    #[derive(Debug)]
    pub(super) struct Watch;

    impl Watch {
        pub(super) fn new(_map: &[u8], _path: &Path) -> Self {
            Self
        }
    }
}
