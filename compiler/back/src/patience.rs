//! How long somebody looks for a plan.

use std::fmt;
use std::sync::Arc;

/// Whether to go on looking, as whoever asks for a plan says: the compiler itself reads no clock.
#[derive(Clone, Default)]
pub struct Patience {
    lasts: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
    short: bool,
}

impl Patience {
    /// Looks on as long as `lasts` says so.
    pub fn while_it(lasts: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { lasts: Some(Arc::new(lasts)), short: false }
    }

    /// The same for a program whose own verdict took so long that few as large ones can be tried.
    #[must_use]
    pub fn short(self) -> Self {
        Self { short: true, ..self }
    }

    /// Whether smaller programs are better tried first.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.short
    }

    /// Whether to give up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.lasts.as_ref().is_some_and(|lasts| !lasts())
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.lasts.is_some() { "Patience(limited)" } else { "Patience(endless)" })
    }
}
