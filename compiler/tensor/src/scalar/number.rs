//! Exact constants: decimals in, rationals inside, readable text out.
//!
//! `0.1` in a program means one tenth, not the nearest binary fraction. Constants stay rational until a plan is
//! made, so that `1 - y - sigmoid(z)` and `1.0 - y - sigmoid(z)` are the same expression.

use dashu::base::{BitTest, Sign};
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use thiserror::Error;

/// Longest accepted constant, in characters: far beyond `f64`, small enough to be harmless.
const MAX_CHARACTERS: usize = 400;
/// Largest decimal exponent: the range of `f64` and a margin.
const MAX_EXPONENT: i64 = 400;
/// Rationals with more bits than this are not folded any further.
const MAX_BITS: usize = 4096;

/// Why a text or a float is no constant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Not of the form `digits[.digits][e[+-]digits]`.
    #[error("`{0}` is not a decimal number")]
    NotDecimal(String),
    /// Too many digits, or an exponent beyond the range of `f64`.
    #[error("the constant has more than {MAX_CHARACTERS} digits or an exponent beyond {MAX_EXPONENT}")]
    OutOfRange,
    /// A float that is infinite or not a number.
    #[error("{0} is not a finite number")]
    NotFinite(String),
}

/// The exact value of a decimal such as `12`, `-0.5`, `.25` or `1.5e-10`; `_` may separate digits.
///
/// # Errors
/// [`NumberError::NotDecimal`] for anything else, [`NumberError::OutOfRange`] for absurd lengths and exponents.
pub fn parse(text: &str) -> Result<RBig, NumberError> {
    let malformed = || NumberError::NotDecimal(text.chars().take(40).collect());
    if text.len() > MAX_CHARACTERS {
        return Err(NumberError::OutOfRange);
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent).ok_or_else(malformed)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = String::with_capacity(mantissa.len());
    let mut after_point = 0i64;
    for (part, step) in [(whole, 0), (fraction, 1)] {
        for c in part.chars().filter(|&c| c != '_') {
            if !c.is_ascii_digit() {
                return Err(malformed());
            }
            digits.push(c);
            after_point += step;
        }
    }
    if exponent.abs() > MAX_EXPONENT {
        return Err(NumberError::OutOfRange);
    }
    // Empty digit strings (".", "e5") are refused here.
    let magnitude = UBig::from_str_radix(&digits, 10).map_err(|_| malformed())?;
    let sign = if negative { Sign::Negative } else { Sign::Positive };
    let numerator = IBig::from_parts(sign, magnitude);
    let shift = exponent - after_point;
    let power =
        UBig::from(10u8).pow(usize::try_from(shift.unsigned_abs()).map_err(|_| NumberError::OutOfRange)?);
    Ok(if shift < 0 { RBig::from_parts(numerator, power) } else { RBig::from(numerator * IBig::from(power)) })
}

/// The digits after `e`, or `None` when they are none. Saturates: the caller refuses large ones.
fn parse_exponent(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(sign * digits.parse::<i64>().unwrap_or(i64::from(i32::MAX)))
}

/// The exact value of a finite float.
///
/// # Errors
/// [`NumberError::NotFinite`].
pub fn from_f64(value: f64) -> Result<RBig, NumberError> {
    RBig::try_from(value).map_err(|_| NumberError::NotFinite(value.to_string()))
}

/// The nearest float; beyond the range of `f64` an infinity.
pub fn to_f64(value: &RBig) -> f64 {
    value.to_f64().value()
}

/// Whether the value is still small enough to take part in constant folding.
#[must_use]
pub fn is_moderate(value: &RBig) -> bool {
    value.numerator().bit_len() + value.denominator().bit_len() <= MAX_BITS
}

/// Readable and exact: an integer, a terminating decimal, the shortest text of a float, or `p/q`.
pub fn show(value: &RBig) -> String {
    if value.is_int() {
        return value.numerator().to_string();
    }
    if let Some(decimal) = terminating_decimal(value) {
        return decimal;
    }
    let float = to_f64(value);
    if RBig::try_from(float).is_ok_and(|exact| exact == *value) {
        return format!("{float:?}");
    }
    format!("{}/{}", value.numerator(), value.denominator())
}

/// `1/8 -> 0.125`; `None` when the expansion does not end or is longer than a reader wants (15 places).
fn terminating_decimal(value: &RBig) -> Option<String> {
    const PLACES: usize = 15;
    let scaled = value.clone() * RBig::from(UBig::from(10u8).pow(PLACES));
    if !scaled.is_int() {
        return None;
    }
    let (sign, magnitude) = scaled.numerator().clone().into_parts();
    let digits = format!("{:0>width$}", magnitude.to_string(), width = PLACES + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - PLACES)?;
    let minus = if sign == Sign::Negative { "-" } else { "" };
    Some(format!("{minus}{whole}.{}", fraction.trim_end_matches('0')))
}
