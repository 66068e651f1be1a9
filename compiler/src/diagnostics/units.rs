//! Numbers with units, as messages and reports print them.

/// A number of bytes for people.
#[must_use]
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.2} GB")
}

/// Two numbers of which the first is less, with so many digits after the point that they differ.
#[must_use]
pub fn apart(less: f64, more: f64) -> (String, String) {
    let shown = |digits: usize| (format!("{less:.digits$}"), format!("{more:.digits$}"));
    (1..=6).map(shown).find(|(less, more)| less != more).unwrap_or_else(|| shown(6))
}
