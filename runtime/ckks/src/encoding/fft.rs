//! The special FFT: evaluation at ζ^(5^j), j = 0 … M−1, with M = N/2 and ζ = exp(iπ/N).
//!
//! A real polynomial m of degree below N is folded to w_k = m_k + i·m_(k+M), k < M: since ζ^(5^j·M) = i for every j,
//! m(ζ^(5^j)) = Σ_k w_k·ζ^(5^j·k). The recursion splits k by parity; 5^(j+len/2) ≡ 5^j + 2·len (mod 4·len)
//! makes the two halves of a block differ by the sign of the root (Cheon et al., "Bootstrapping for approximate homomorphic
//! encryption", EUROCRYPT 2018, §5).

use std::f64::consts::PI;
use std::ops::{Add, Mul, Sub};

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Complex {
    pub(crate) re: f64,
    pub(crate) im: f64,
}

impl zeroize::DefaultIsZeroes for Complex {}

impl Add for Complex {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        Self { re: self.re + o.re, im: self.im + o.im }
    }
}

impl Sub for Complex {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        Self { re: self.re - o.re, im: self.im - o.im }
    }
}

impl Mul for Complex {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        Self { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}

/// Roots for transforms of length M = 2^`log_m`.
#[derive(Debug)]
pub(crate) struct SpecialFft {
    log_m: u32,
    /// `roots[half + j]` = exp(2πi·5^j/(8·half)) for blocks of 2·half values, half = 1, 2, 4, … M/2, j < half.
    roots: Vec<Complex>,
}

impl SpecialFft {
    pub(crate) fn new(log_m: u32) -> Self {
        let mut roots = vec![Complex { re: 1.0, im: 0.0 }; 1 << log_m];
        for layer in 0..log_m {
            let half = 1usize << layer;
            let order = 8 * half;
            let mut power = 1;
            for root in &mut roots[half..2 * half] {
                *root = unit_root(power, order);
                power = power * 5 % order;
            }
        }
        Self { log_m, roots }
    }

    /// Folded coefficients w to slots.
    pub(crate) fn forward(&self, values: &mut [Complex]) {
        self.bit_reverse(values);
        let mut half = 1;
        while half < values.len() {
            let roots = &self.roots[half..2 * half];
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for ((x, y), &w) in low.iter_mut().zip(high).zip(roots) {
                    let t = *y * w;
                    (*x, *y) = (*x + t, *x - t);
                }
            }
            half *= 2;
        }
    }

    /// Slots to folded coefficients; undoes `forward`.
    pub(crate) fn inverse(&self, values: &mut [Complex]) {
        let mut half = values.len() / 2;
        while half >= 1 {
            let roots = &self.roots[half..2 * half];
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for ((x, y), &w) in low.iter_mut().zip(high).zip(roots) {
                    let conjugate = Complex { re: w.re, im: -w.im };
                    (*x, *y) = (*x + *y, (*x - *y) * conjugate);
                }
            }
            half /= 2;
        }
        self.bit_reverse(values);
        // M is a power of two: exact.
        let factor = 1.0 / values.len() as f64;
        values.iter_mut().for_each(|v| *v = Complex { re: v.re * factor, im: v.im * factor });
    }

    fn bit_reverse(&self, values: &mut [Complex]) {
        for i in 0..values.len() {
            let j = i.reverse_bits() >> (usize::BITS - self.log_m);
            if i < j {
                values.swap(i, j);
            }
        }
    }
}

/// exp(2πi·k/order) for a power of two `order` ≥ 8 and k < order, with the angle reduced to the first octant so that symmetric
/// roots are exactly symmetric and errors stay below one unit in the last place.
fn unit_root(k: usize, order: usize) -> Complex {
    let quarter = order / 4;
    let (quadrant, rest) = (k / quarter, k % quarter);
    let angle = |r: usize| 2.0 * PI * r as f64 / order as f64;
    let (sin, cos) = if 2 * rest <= quarter {
        angle(rest).sin_cos()
    } else {
        let (sin, cos) = angle(quarter - rest).sin_cos();
        (cos, sin)
    };
    match quadrant {
        0 => Complex { re: cos, im: sin },
        1 => Complex { re: -sin, im: cos },
        2 => Complex { re: -cos, im: -sin },
        _ => Complex { re: sin, im: -cos },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustfft::FftPlanner;

    /// Σ_k w_k·ζ^(5^j·k) by an ordinary FFT of length 2N: the polynomial's values at all powers of ζ.
    fn oracle(w: &[Complex]) -> Vec<Complex> {
        let m = w.len();
        let mut buffer = vec![rustfft::num_complex::Complex::new(0.0, 0.0); 4 * m];
        for (k, c) in w.iter().enumerate() {
            buffer[k] = rustfft::num_complex::Complex::new(c.re, c.im);
        }
        FftPlanner::new().plan_fft_inverse(4 * m).process(&mut buffer);
        let mut power = 1;
        (0..m)
            .map(|_| {
                let value = buffer[power];
                power = power * 5 % (4 * m);
                Complex { re: value.re, im: value.im }
            })
            .collect()
    }

    #[test]
    fn agrees_with_an_ordinary_fft() {
        for log_m in 2..=12 {
            let m = 1 << log_m;
            let fft = SpecialFft::new(log_m);
            let w: Vec<Complex> = (0..m)
                .map(|k| Complex {
                    re: ((k * 37 + 5) % 101) as f64 / 50.0 - 1.0,
                    im: ((k * 53) % 97) as f64 / 48.0 - 1.0,
                })
                .collect();
            let mut slots = w.clone();
            fft.forward(&mut slots);
            for (got, want) in slots.iter().zip(oracle(&w)) {
                let d = *got - want;
                assert!(d.re.hypot(d.im) < 1e-14 * m as f64, "{got:?} {want:?}");
            }
            fft.inverse(&mut slots);
            for (got, want) in slots.iter().zip(&w) {
                let d = *got - *want;
                assert!(d.re.hypot(d.im) < 1e-13);
            }
        }
    }
}
