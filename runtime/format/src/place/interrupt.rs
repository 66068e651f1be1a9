//! What has a name before it is whole, and is removed when a signal or the end of the memory ends the process.
//!
//! The handler is installed when the first such name is given. It removes the names and lets the signal end the process as it
//! would have, so that whoever started it sees by which (130 and 143 in a shell).

use std::ffi::{CString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Most names at a time: a command writes a few files. Those beyond them stay when it is interrupted.
const PLACES: usize = 16;

/// Names of files, as the handler needs them. Whoever takes a pointer out owns it.
static NAMES: [AtomicPtr<c_char>; PLACES] = [const { AtomicPtr::new(ptr::null_mut()) }; PLACES];

static INSTALLED: Once = Once::new();

/// A name that is removed by signals as long as this lives: of a file, or of a folder where nothing is in it.
#[derive(Debug)]
pub struct Named {
    place: Option<usize>,
}

impl Named {
    /// From now on a signal removes it.
    pub fn new(path: &Path) -> Self {
        INSTALLED.call_once(install);
        let Ok(name) = CString::new(path.as_os_str().as_bytes()) else { return Self { place: None } };
        let name = name.into_raw();
        let free = |place: &AtomicPtr<c_char>| {
            place.compare_exchange(ptr::null_mut(), name, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        let place = NAMES.iter().position(free);
        if place.is_none() {
            release(name);
        }
        Self { place }
    }
}

impl Named {
    /// Takes the name back, so that it stays; false where a handler has taken it: the process is about to end, by a signal that another
    /// thread is at.
    pub(crate) fn stays(mut self) -> bool {
        self.take_back()
    }

    fn take_back(&mut self) -> bool {
        let Some(place) = self.place.take().and_then(|number| NAMES.get(number)) else { return true };
        let name = place.swap(ptr::null_mut(), Ordering::AcqRel);
        release(name);
        !name.is_null()
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        self.take_back();
    }
}

/// Frees a name that nobody else can reach; null where the handler took it.
fn release(name: *mut c_char) {
    if !name.is_null() {
        // SAFETY: the pointer came from `CString::into_raw`, and was taken out of its place, if it had one, by an exchange: no
        // other thread and no handler holds it.
        #[allow(unsafe_code)]
        drop(unsafe { CString::from_raw(name) });
    }
}

fn install() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: an all-zero `sigaction` is a valid one, and the handler does only what a handler of signals may: exchange atomic
        // pointers, `unlink`, `signal`, `raise`. A signal that is ignored (`nohup`) stays so.
        #[allow(unsafe_code)]
        unsafe {
            let mut before: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, ptr::null(), &raw mut before);
            if before.sa_sigaction == libc::SIG_IGN {
                continue;
            }
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_signal as *const () as usize;
            libc::sigemptyset(&raw mut action.sa_mask);
            // Where it cannot be installed, a name may stay, which the next command removes.
            libc::sigaction(signal, &raw const action, ptr::null_mut());
        }
    }
}

/// Removes all that has a name and is not whole, as whoever ends the process does. Neither takes memory nor waits for a lock, so that
/// a handler of signals may call it, and an allocator that has no more.
pub fn abandon() {
    // The folder that was made for files comes before them in the table.
    for place in NAMES.iter().rev() {
        let name = place.swap(ptr::null_mut(), Ordering::AcqRel);
        if !name.is_null() {
            // SAFETY: whoever takes a pointer out of its place owns it, and it is never freed after this. A folder is removed only where
            // nothing is in it.
            #[allow(unsafe_code)]
            unsafe {
                if libc::unlink(name) != 0 {
                    libc::rmdir(name);
                }
            }
        }
    }
}

/// Waits for the end of the process, which another thread is at.
pub(crate) fn await_end() -> ! {
    loop {
        std::thread::park();
    }
}

/// Whether the next signal is to be heard and not obeyed.
static HEARD: AtomicBool = AtomicBool::new(false);
/// Whether one was.
static ASKED: AtomicBool = AtomicBool::new(false);

/// As long as this lives the first signal asks the process to end ([`Orderly::asked`]); the second ends it at once.
#[derive(Debug)]
pub struct Orderly(());

impl Orderly {
    /// From now on. There is one at a time.
    #[must_use]
    pub fn begin() -> Self {
        INSTALLED.call_once(install);
        ASKED.store(false, Ordering::Release);
        HEARD.store(true, Ordering::Release);
        Self(())
    }

    /// Whether a signal has come.
    #[must_use]
    pub fn asked(&self) -> bool {
        ASKED.load(Ordering::Acquire)
    }
}

impl Drop for Orderly {
    fn drop(&mut self) {
        HEARD.store(false, Ordering::Release);
    }
}

/// Makes a file that grows beyond what the process may write (`ulimit -f`) an error of the write, which is said, and not a signal.
pub fn long_files_are_errors() {
    // SAFETY: to ignore a signal installs no handler.
    #[allow(unsafe_code)]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Removes all names and ends the process by the same signal, unless it is heard ([`Orderly`]).
extern "C" fn on_signal(signal: c_int) {
    if HEARD.swap(false, Ordering::AcqRel) {
        ASKED.store(true, Ordering::Release);
        return;
    }
    abandon();
    // SAFETY: back to the default; the signal is blocked until the handler returns and ends the process then.
    #[allow(unsafe_code)]
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_is_heard_while_somebody_listens() {
        let orderly = Orderly::begin();
        assert!(!orderly.asked());
        // SAFETY: the handler is installed, and returns.
        #[allow(unsafe_code)]
        unsafe {
            libc::raise(libc::SIGTERM);
        }
        assert!(orderly.asked() && !HEARD.load(Ordering::Acquire));
        drop(orderly);
        assert!(!Orderly::begin().asked());
    }

    #[test]
    fn what_a_handler_has_taken_does_not_stay() {
        let there = Named::new(Path::new("/nowhere/there"));
        let taken = Named::new(Path::new("/nowhere/taken"));
        let place = taken.place.expect("a free place");
        release(NAMES[place].swap(ptr::null_mut(), Ordering::AcqRel));
        assert!(there.stays());
        assert!(!taken.stays());
    }
}
