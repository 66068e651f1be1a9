//! Normal forms as text, `s` standing for the sigmoid and `L` for the softplus: `s - 1`, `s * (1 - s) ** 2`, `z * L`.

use std::fmt;

use dashu::base::{Abs, Sign};

use super::NormalForm;
use super::terms::Terms;
use hep_tensor::scalar::number::show;

impl fmt::Display for NormalForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `s - 1` reads better than `-(1 - s)`.
        if self.as_affine_in_sigmoid().is_some() && self.t == 1 {
            return f.write_str(&sum(&self.rest.times_units(0, 1)));
        }
        let unit = |name: &str, n: i32| match n.unsigned_abs() {
            1 => name.to_owned(),
            n => format!("{name} ** {n}"),
        };
        let units = [("s", self.s), ("(1 - s)", self.t)];
        let mut above: Vec<String> = units.iter().filter(|u| u.1 > 0).map(|u| unit(u.0, u.1)).collect();
        let below: Vec<String> = units.iter().filter(|u| u.1 < 0).map(|u| unit(u.0, u.1)).collect();
        let text = sum(&self.rest);
        if above.is_empty() && below.is_empty() {
            return f.write_str(&text);
        }
        let (minus, rest) = match text.strip_prefix('-') {
            Some(magnitude) if self.rest.len() == 1 => ("-", magnitude),
            _ => ("", text.as_str()),
        };
        if self.rest.len() > 1 {
            above.insert(0, format!("({rest})"));
        } else if rest != "1" || above.is_empty() {
            above.insert(0, rest.to_owned());
        }
        write!(f, "{minus}{}", above.join(" * "))?;
        below.iter().try_for_each(|factor| write!(f, " / {factor}"))
    }
}

/// The terms from the highest power down.
fn sum(terms: &Terms) -> String {
    let mut text = String::new();
    for (&(i, j, l), c) in terms.iter().rev() {
        let variables =
            [("z", i), ("s", j), ("L", l)].into_iter().filter(|v| v.1 > 0).map(|(name, n)| match n {
                1 => name.to_owned(),
                n => format!("{name} ** {n}"),
            });
        let magnitude = c.clone().abs();
        let coefficient = (!magnitude.is_one() || (i + j + l == 0)).then(|| show(&magnitude));
        let product: Vec<String> = coefficient.into_iter().chain(variables).collect();
        text.push_str(match (text.is_empty(), c.sign()) {
            (true, Sign::Positive) => "",
            (true, Sign::Negative) => "-",
            (false, Sign::Positive) => " + ",
            (false, Sign::Negative) => " - ",
        });
        text.push_str(&product.join(" * "));
    }
    if text.is_empty() { "0".to_owned() } else { text }
}
