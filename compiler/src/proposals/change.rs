//! Changes of settings.

use crate::Options;
use hep_plan::params::Security;
use hep_plan::setting::Setting;
use hep_tensor::optimization::Optimizations;

/// A change of one setting.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// The ring of least cost.
    AnyRing,
    /// This ring.
    Ring(u32),
    /// So many bits.
    Precision(f64),
    /// So many bytes of keys.
    Keys(u64),
    /// So many bytes of a run.
    Memory(u64),
    /// The claim that most programs make.
    Security,
    /// All optimizations.
    Everything,
}

impl Change {
    /// The settings with it.
    pub fn of(self, options: &Options) -> Options {
        let mut options = options.clone();
        match self {
            Self::AnyRing => options.ring_log2 = None,
            Self::Ring(ring) => options.ring_log2 = Some(ring),
            Self::Precision(bits) => options.precision_bits = bits,
            Self::Keys(bytes) => options.key_budget = bytes,
            Self::Memory(bytes) => options.memory = Some(bytes),
            Self::Security => options.security = Security::default(),
            Self::Everything => options.optimizations = Optimizations::default(),
        }
        options
    }

    /// Whether it is one.
    pub fn changes(self, options: &Options) -> bool {
        match self {
            Self::Security => !options.insecure && options.security != Security::default(),
            Self::Everything => options.optimizations != Optimizations::default(),
            _ => true,
        }
    }

    /// What it sets.
    pub fn setting(self) -> Setting {
        match self {
            Self::AnyRing | Self::Ring(_) => Setting::Ring,
            Self::Precision(_) => Setting::Precision,
            Self::Keys(_) => Setting::KeyBudget,
            Self::Memory(_) => Setting::Memory,
            Self::Security => Setting::Security,
            Self::Everything => Setting::Without,
        }
    }

    /// What it gives.
    pub fn what(self) -> &'static str {
        match self {
            Self::AnyRing | Self::Ring(_) => "another ring",
            Self::Precision(_) => "fewer bits",
            Self::Keys(_) => "larger keys",
            Self::Memory(_) => "more memory",
            Self::Security => "128 bits of security",
            Self::Everything => "all optimizations",
        }
    }

    /// What to do, where it has no value of its own.
    pub fn words(self) -> String {
        match self {
            Self::AnyRing | Self::Everything => format!("leave {} out", self.setting()),
            Self::Security => format!("claim less: {}", self.setting().to(128)),
            _ => self.what().to_owned(),
        }
    }
}

/// The settings without a ring that is forced and with the usual claim, where they are others, and what leads there.
pub(super) fn freed(options: &Options) -> Option<(Options, String)> {
    let changes = [(options.ring_log2.is_some() && !options.insecure, Change::AnyRing)];
    let changes = changes.into_iter().chain([(Change::Security.changes(options), Change::Security)]);
    let changes: Vec<Change> = changes.filter(|(is, _)| *is).map(|(_, change)| change).collect();
    let free = changes.iter().fold(options.clone(), |options, change| change.of(&options));
    let words: Vec<String> = changes.iter().map(|change| change.words()).collect();
    (!words.is_empty()).then(|| (free, words.join(", ")))
}

/// A budget of at least so many bytes, and as the option takes it.
pub(super) fn least_budget(bytes: u64) -> (u64, String) {
    match bytes {
        0..1_000_000_000 => {
            let mega = bytes.div_ceil(1_000_000);
            (mega * 1_000_000, format!("{mega}MB"))
        }
        _ => {
            let tenths = bytes.div_ceil(100_000_000);
            (tenths * 100_000_000, format!("{}.{}GB", tenths / 10, tenths % 10))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::least_budget;

    #[test]
    fn budgets_are_rounded_up() {
        assert_eq!(least_budget(1), (1_000_000, "1MB".into()));
        assert_eq!(least_budget(999_999_999), (1_000_000_000, "1000MB".into()));
        assert_eq!(least_budget(20_880_000_001), (20_900_000_000, "20.9GB".into()));
    }
}
