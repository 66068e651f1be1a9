//! Numbers that nobody wrote, as messages and reports show them: one way for all.

/// From here on a number is shown by its magnitude.
const LARGE: f64 = 1e5;
/// And below this.
const SMALL: f64 = 1e-3;

/// A number for a message: four digits that count, three and a power of ten where it is large or small, and no zeros that say
/// nothing. Programs read it too.
#[must_use]
pub fn shown(value: f64) -> String {
    let size = value.abs();
    if !size.is_finite() {
        return "no number".to_string();
    }
    if size == 0.0 {
        return "0".to_string();
    }
    if !(SMALL..LARGE).contains(&size) {
        let text = format!("{value:.2e}");
        return match text.split_once('e') {
            Some((digits, power)) => format!("{}e{power}", trimmed(digits)),
            None => text,
        };
    }
    let before = size.log10().floor();
    let after = (3.0 - before).max(0.0) as usize;
    trimmed(&format!("{value:.after$}")).to_string()
}

/// A number in a column of a table: with so many digits after the point, unless its magnitude says more.
#[must_use]
pub fn aligned(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let nothing = value != 0.0 && !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if nothing || !value.is_finite() || value.abs() >= LARGE { shown(value) } else { text }
}

/// Digits without zeros at the end of a fraction.
fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

#[cfg(test)]
mod tests {
    use super::{aligned, shown};

    #[test]
    fn numbers_have_one_form() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1e-6, "1e-6"),
            (0.000_001_234_5, "1.23e-6"),
            (-2.5e-4, "-2.5e-4"),
            (0.001, "0.001"),
            (0.114_34, "0.1143"),
            (-6.478_3, "-6.478"),
            (12.0, "12"),
            (100.0, "100"),
            (1234.56, "1235"),
            (45_678.0, "45678"),
            (1e5, "1e5"),
            (3.14e12, "3.14e12"),
            (f64::NAN, "no number"),
            (f64::NEG_INFINITY, "no number"),
        ] {
            assert_eq!(shown(value), text);
        }
        for (value, text) in
            [(0.859_15, "0.859"), (12.0, "12.000"), (1e-7, "1e-7"), (2e7, "2e7"), (0.0, "0.000")]
        {
            assert_eq!(aligned(value, 3), text);
        }
    }

    #[test]
    fn what_is_shown_is_read_back_as_nearly_the_same() {
        for exponent in -12..12 {
            let value = 1.234_567 * 10f64.powi(exponent);
            let read: f64 = shown(value).parse().unwrap();
            assert!((read / value - 1.0).abs() < 5e-3, "{value}: {read}");
        }
    }
}
