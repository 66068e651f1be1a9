//! The system's allocator, with a message where it has no more to give: otherwise the process would be aborted without advice.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// What to do where the system gives no memory.
pub const HELP: &str = "use a machine with more memory, or raise the limit of this process (`ulimit -v`)";
/// The message. Nothing can be formatted where there is no memory.
const MESSAGE: &str = "error: out of memory: the system gives this process no more\n \
                       help: use a machine with more memory, or raise the limit of this process (`ulimit -v`)\n";
/// The same for machines.
const DOCUMENT: &str = concat!(
    r#"{"errors": [{"file": null, "severity": "error", "code": null, "#,
    r#""title": "out of memory: the system gives this process no more", "labels": [], "note": null, "#,
    r#""help": "use a machine with more memory, or raise the limit of this process (`ulimit -v`)"}], "warnings": []}"#,
    "\n"
);

/// Whether machines read the output.
static JSON: AtomicBool = AtomicBool::new(false);
/// Whether a thread has come to the end of the memory.
static SAID: AtomicBool = AtomicBool::new(false);

/// Says that errors are printed for machines too.
pub fn print_json() {
    JSON.store(true, Ordering::Relaxed);
}

/// Memory that is given back where there is no more: the C library aborts the process where a thread that starts meanwhile
/// gets none.
static SPARE: AtomicPtr<u8> = AtomicPtr::new(null_mut());
/// Its bytes: few enough to lie among those that all threads can take.
const SPARE_LAYOUT: Layout = Layout::new::<[u64; 8192]>();

/// Sets the spare memory aside.
pub fn prepare() {
    // SAFETY: the layout has a size.
    #[allow(unsafe_code)]
    let spare = unsafe { System.alloc(SPARE_LAYOUT) };
    SPARE.store(spare, Ordering::Relaxed);
}

/// The system's allocator. Where it fails, the process ends with exit code 1 and a message.
pub struct Allocator;

// SAFETY: every call is handed on to the system's allocator as it came, and what that returns is returned unless it is null,
// when nothing is returned at all. Nothing else can see a failed allocation without an unstable feature.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the same contract.
        given(unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the same contract.
        given(unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the same contract.
        given(unsafe { System.realloc(memory, layout, size) })
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the same contract.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[inline]
fn given(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        out_of_memory();
    }
    memory
}

/// Ends the process. Neither takes memory nor waits for a lock, which the thread that came here may hold.
#[cold]
fn out_of_memory() -> ! {
    // Another thread is saying so already, and ends this one too.
    while SAID.swap(true, Ordering::Relaxed) {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    hep_format::place::abandon();
    let spare = SPARE.swap(null_mut(), Ordering::Relaxed);
    if !spare.is_null() {
        // SAFETY: it was allocated with this layout, and nobody else has it.
        #[allow(unsafe_code)]
        unsafe {
            System.dealloc(spare, SPARE_LAYOUT);
        }
    }
    #[cfg(unix)]
    {
        // There is nothing left to do where this fails too.
        let _ = rustix::io::write(rustix::stdio::stderr(), MESSAGE.as_bytes());
        if JSON.load(Ordering::Relaxed) {
            let _ = rustix::io::write(rustix::stdio::stdout(), DOCUMENT.as_bytes());
        }
        // SAFETY: this ends the process, whatever state it is in.
        #[allow(unsafe_code)]
        unsafe {
            libc::_exit(1)
        }
    }
    #[cfg(not(unix))]
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_that_of_a_failure() {
        let title = "out of memory: the system gives this process no more";
        let failure = crate::failure::Failure::with_help(title, HELP);
        let document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(Some(document), crate::failure::document(&failure));
        assert_eq!(failure.to_string(), MESSAGE);
    }
}
