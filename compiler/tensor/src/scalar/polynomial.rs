//! Polynomials in the score with float coefficients, lowest first.

use std::fmt;

/// `Σ c_k z^k`. The highest coefficient is not zero; the zero polynomial has the single coefficient 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    coefficients: Vec<f64>,
}

/// The symmetry of a polynomial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parity {
    /// Even powers only (in particular every constant): `p(-z) = p(z)`.
    Even,
    /// Odd powers only: `p(-z) = -p(z)`.
    Odd,
    /// A constant other than zero and odd powers, as the sigmoid: `p(z) - p(0)` is odd.
    OddAboutConstant,
    /// Anything else.
    Neither,
}

/// Multiplicative levels to evaluate a polynomial of this degree: `⌈log2(degree + 1)⌉`, when products are taken
/// in a balanced tree and scalars and masks are folded into its leaves.
pub fn depth(degree: usize) -> u32 {
    usize::BITS - degree.leading_zeros()
}

impl Polynomial {
    /// The polynomial with these coefficients, lowest first; zeros at the top are dropped.
    pub fn new(mut coefficients: Vec<f64>) -> Polynomial {
        while coefficients.len() > 1 && coefficients.last() == Some(&0.0) {
            coefficients.pop();
        }
        if coefficients.is_empty() {
            coefficients.push(0.0);
        }
        Polynomial { coefficients }
    }

    /// A constant.
    pub fn constant(value: f64) -> Polynomial {
        Polynomial::new(vec![value])
    }

    /// The coefficients, lowest first; at least one.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The coefficient of `z ** k`; zero above the degree.
    pub fn coefficient(&self, k: usize) -> f64 {
        self.coefficients.get(k).copied().unwrap_or(0.0)
    }

    /// The highest power with a coefficient; 0 for constants.
    pub fn degree(&self) -> usize {
        self.coefficients.len().saturating_sub(1)
    }

    /// Multiplicative levels of an evaluation, see [`depth`].
    pub fn depth(&self) -> u32 {
        depth(self.degree())
    }

    /// The value, if the degree is 0.
    pub fn as_constant(&self) -> Option<f64> {
        (self.degree() == 0).then(|| self.coefficient(0))
    }

    /// Whether this is the zero polynomial.
    pub fn is_zero(&self) -> bool {
        self.as_constant() == Some(0.0)
    }

    /// Whether every coefficient is a finite number.
    pub fn is_finite(&self) -> bool {
        self.coefficients.iter().all(|c| c.is_finite())
    }

    /// The value at `z`, by Horner's rule.
    pub fn eval(&self, z: f64) -> f64 {
        self.coefficients.iter().rev().fold(0.0, |value, c| value.mul_add(z, *c))
    }

    /// The derivative.
    pub fn derivative(&self) -> Polynomial {
        Polynomial::new(self.coefficients.iter().enumerate().skip(1).map(|(k, c)| k as f64 * c).collect())
    }

    /// The sum.
    pub fn add(&self, other: &Polynomial) -> Polynomial {
        let length = self.coefficients.len().max(other.coefficients.len());
        Polynomial::new((0..length).map(|k| self.coefficient(k) + other.coefficient(k)).collect())
    }

    /// The multiple by `factor`.
    pub fn scale(&self, factor: f64) -> Polynomial {
        Polynomial::new(self.coefficients.iter().map(|c| c * factor).collect())
    }

    /// The difference.
    pub fn sub(&self, other: &Polynomial) -> Polynomial {
        self.add(&other.scale(-1.0))
    }

    /// The largest `|c_k| reach^k`: the size of the biggest term for `|z| <= reach`.
    pub fn largest_term(&self, reach: f64) -> f64 {
        self.terms(reach).fold(0.0, f64::max)
    }

    /// Drops terms that stay below `1e-14 * scale` for `|z| <= reach`: what is left when rounding errors should
    /// have canceled.
    pub fn trimmed(&self, reach: f64, scale: f64) -> Polynomial {
        let keep = self.terms(reach).map(|size| size >= 1e-14 * scale);
        Polynomial::new(
            self.coefficients.iter().zip(keep).map(|(c, keep)| if keep { *c } else { 0.0 }).collect(),
        )
    }

    fn terms(&self, reach: f64) -> impl Iterator<Item = f64> {
        let mut power = 1.0;
        self.coefficients.iter().map(move |c| {
            let size = c.abs() * power;
            power *= reach.abs();
            size
        })
    }

    /// The symmetry, judged by which coefficients are exactly zero.
    pub fn parity(&self) -> Parity {
        let present = |parity: usize| {
            self.coefficients.iter().enumerate().any(|(k, c)| k >= 1 && k % 2 == parity && *c != 0.0)
        };
        match (present(0), present(1), self.coefficient(0) != 0.0) {
            (_, false, _) => Parity::Even,
            (false, true, false) => Parity::Odd,
            (false, true, true) => Parity::OddAboutConstant,
            (true, true, _) => Parity::Neither,
        }
    }
}

/// Source form: `0.5 + 0.15012 * z - 0.001593 * z ** 3`. Coefficients print with all digits that matter.
impl fmt::Display for Polynomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (k, &c) in self.coefficients.iter().enumerate() {
            if c == 0.0 {
                continue;
            }
            f.write_str(match (first, c < 0.0) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            })?;
            first = false;
            let digits = format!("{:?}", c.abs());
            let digits = digits.strip_suffix(".0").unwrap_or(&digits);
            match (k, c.abs() == 1.0) {
                (0, _) => f.write_str(digits)?,
                (_, true) => {}
                (_, false) => write!(f, "{digits} * ")?,
            }
            match k {
                0 => {}
                1 => f.write_str("z")?,
                k => write!(f, "z ** {k}")?,
            }
        }
        if first { f.write_str("0") } else { Ok(()) }
    }
}
